//! A gradient found in parts: several batches for one step.

use crate::Real;
use crate::objective::Objective;

/// An objective whose gradient over some rows is found in parts of equal size, the last one perhaps smaller.
pub(super) struct Accumulated<'a, T> {
    pub(super) objective: &'a mut dyn Objective<T>,
    pub(super) parts: u64,
    pub(super) part: &'a mut Vec<T>,
}

impl<T: Real> Objective<T> for Accumulated<'_, T> {
    fn len(&self) -> usize {
        self.objective.len()
    }

    fn rows(&self) -> usize {
        self.objective.rows()
    }

    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64 {
        if self.parts == 1 || rows.len() < 2 {
            return self.objective.gradient(parameters, rows, g);
        }
        self.part.resize(g.len(), T::ZERO);
        g.fill(T::ZERO);
        let mut mean = 0.0;
        let size = rows.len().div_ceil(self.parts as usize);
        for (index, part) in rows.chunks(size).enumerate() {
            self.objective.begin_part(index as u64);
            let share = part.len() as f64 / rows.len() as f64;
            mean += share * self.objective.gradient(parameters, part, self.part);
            let share = T::of(share);
            for (g, &part) in g.iter_mut().zip(self.part.iter()) {
                *g += share * part;
            }
        }
        self.objective.begin_part(0);
        mean
    }
}

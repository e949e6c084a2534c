//! A terrain: a test function as an objective, for whatever descends or measures; not a function itself.

use super::{Function, Tilt};
use crate::Real;
use crate::objective::Objective;

/// A test function as an [`Objective`], in either precision.
///
/// It computes in `f64` and rounds the gradient once, so that both precisions see the same surface.
pub struct Terrain<'a> {
    function: &'a dyn Function,
    tilts: Vec<Tilt>,
    x: Vec<f64>,
    g: Vec<f64>,
}

impl<'a> Terrain<'a> {
    /// The function with its settings of now.
    pub fn new(function: &'a dyn Function) -> Terrain<'a> {
        let n = function.dimension();
        Terrain {
            function,
            tilts: function.tilts(),
            x: vec![0.0; n],
            g: vec![0.0; n],
        }
    }

    /// Adds the mean of the rows' slopes to the gradient; returns the mean of what they add to the value.
    fn tilt(&mut self, rows: &[u32]) -> f64 {
        let share = 1.0 / rows.len() as f64;
        let mut sum = 0.0;
        for &row in rows {
            let Tilt { slope, offset } = &self.tilts[row as usize];
            sum += offset;
            for ((g, x), slope) in self.g.iter_mut().zip(&self.x).zip(slope) {
                sum += slope * x;
                *g += share * slope;
            }
        }
        share * sum
    }
}

impl<T: Real> Objective<T> for Terrain<'_> {
    fn len(&self) -> usize {
        self.x.len()
    }

    fn rows(&self) -> usize {
        self.tilts.len().max(1)
    }

    /// Over no rows at all it is the whole function, and so it is for a function without rows.
    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64 {
        for (x, parameter) in self.x.iter_mut().zip(parameters) {
            *x = parameter.to_f64();
        }
        let mut value = self.function.value(&self.x);
        self.function.gradient(&self.x, &mut self.g);
        if !self.tilts.is_empty() && !rows.is_empty() {
            value += self.tilt(rows);
        }
        for (to, &from) in g.iter_mut().zip(&self.g) {
            *to = T::of(from);
        }
        value
    }

    /// Exactly, by the function's own Hessian: rows only tilt it.
    fn hessian_product(&mut self, parameters: &[T], _rows: &[u32], v: &[T], out: &mut [T]) {
        for (x, parameter) in self.x.iter_mut().zip(parameters) {
            *x = parameter.to_f64();
        }
        let n = self.x.len();
        let mut hessian = vec![0.0; n * n];
        self.function.hessian(&self.x, &mut hessian);
        for (out, row) in out.iter_mut().zip(hessian.chunks(n)) {
            *out = T::of(row.iter().zip(v).map(|(h, v)| h * v.to_f64()).sum());
        }
    }
}

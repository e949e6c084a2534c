//! The objective along a line, φ(α) = f(x + α d). How a step along it is chosen is not here.

use super::point;
use super::vector::dot;
use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;

/// A line from the point that a solver stands at along its direction.
pub(super) struct Line<'a, T> {
    objective: &'a mut dyn Objective<T>,
    rows: &'a [u32],
    x: &'a [T],
    d: &'a [T],
    /// The point that was evaluated last, and its gradient.
    p: &'a mut [T],
    g: &'a mut [T],
    /// φ(0) and φ'(0), which is below 0.
    pub(super) start: Trial,
    /// Evaluations so far.
    pub(super) evaluations: u64,
}

/// φ at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    /// α.
    pub(super) step: f64,
    /// φ(α); infinite where it or the gradient is not finite, so that the step is too long for every search.
    pub(super) value: f64,
    /// φ'(α); NaN where the value is infinite.
    pub(super) slope: f64,
}

impl<'a, T: Real> Line<'a, T> {
    /// The line along the state's d, whose product with the gradient is `slope`.
    pub(super) fn new(
        state: &'a mut State<T>,
        objective: &'a mut dyn Objective<T>,
        rows: &'a [u32],
        p: &'a mut [T],
        slope: f64,
    ) -> Line<'a, T> {
        let start = Trial {
            step: 0.0,
            value: state.scalars[point::VALUE],
            slope,
        };
        let [x, _, d, g, ..] = &mut state.buffers[..] else {
            unreachable!("every solver has these buffers")
        };
        Line {
            objective,
            rows,
            x,
            d,
            p,
            g,
            start,
            evaluations: 0,
        }
    }

    /// Evaluates φ(α) and φ'(α) = ∇f(x + α d)ᵀ d, and leaves the point in `p` and its gradient in `g_new`.
    pub(super) fn at(&mut self, step: f64) -> Trial {
        for ((p, x), d) in self.p.iter_mut().zip(self.x).zip(self.d) {
            *p = T::of(x.to_f64() + step * d.to_f64());
        }
        let mut value = self.objective.gradient(self.p, self.rows, self.g);
        self.evaluations += 1;
        let mut slope = dot(self.g, self.d);
        let is_finite = value.is_finite() && self.p.iter().all(|p| p.is_finite());
        if !is_finite || !slope.is_finite() {
            (value, slope) = (f64::INFINITY, f64::NAN);
        }
        Trial { step, value, slope }
    }
}

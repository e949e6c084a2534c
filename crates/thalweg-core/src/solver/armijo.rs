//! Gradient descent whose steps are shortened until they bring the decrease that the slope promises.

use super::line::{Line, Trial};
use super::vector::{dot, negate};
use super::{Method, Progress, fields, point};
use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;
use crate::spec::{Card, Field, Range, Spec};

/// Gradient descent with backtracking (Armijo 1966; Nocedal & Wright 2006, algorithm 3.1).
///
/// ```text
/// α ← shrink α   until   f(p − α g) < f(p) − c1 α ‖g‖²     (3.4)
/// p ← p − α g
/// α ← growth α
/// ```
///
/// ## Differences
/// Armijo begins every step with the same α; here it grows from the one that was accepted last, so that a valley
/// that widens is not crossed with the steps that its narrow part needed. The decrease is strict, so that the
/// descent ends where rounding hides it.
#[derive(Clone, Debug, PartialEq)]
pub struct Armijo {
    /// The step that is tried first.
    pub lr: f64,
    /// Factor on a step that is too long.
    pub shrink: f64,
    /// Factor on an accepted step.
    pub growth: f64,
    /// Sufficient decrease.
    pub c1: f64,
    /// Evaluations of a line search.
    pub max_evaluations: u64,
    /// Largest slope at the minimum.
    pub tolerance: f64,
}

impl Default for Armijo {
    fn default() -> Self {
        Armijo {
            lr: 1.0,
            shrink: 0.5,
            growth: 2.0,
            c1: 1e-4,
            max_evaluations: 60,
            tolerance: 1e-8,
        }
    }
}

impl Spec for Armijo {
    const CARD: &'static Card = &Card {
        name: "armijo",
        summary: "Gradient descent whose steps are shortened until they bring the decrease that the slope promises.",
        formula: "α ← shrink α   until   f(p − α g) < f(p) − c1 α ‖g‖²\np ← p − α g\nα ← growth α",
        paper: "Armijo 1966, Minimization of functions having Lipschitz continuous first partial derivatives, doi:10.2140/pjm.1966.16.1; Nocedal & Wright 2006, Numerical Optimization, algorithm 3.1",
        differences: "Armijo begins every step with the same α; here it grows from the one that was accepted last. The decrease is strict, so that the descent ends where rounding hides it.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "The step that is tried first; the later ones follow from what was accepted.",
            |s| &mut s.lr,
        ),
        fields::float(
            "shrink",
            "Factor on a step that is too long.",
            Range::between(0.0, 1.0),
            |s| &mut s.shrink,
        ),
        fields::float(
            "growth",
            "Factor on an accepted step, for the next one to begin with.",
            Range::below(1.0, f64::INFINITY),
            |s| &mut s.growth,
        ),
        fields::c1(|s| &mut s.c1),
        fields::max_evaluations(|s| &mut s.max_evaluations),
        fields::tolerance(|s| &mut s.tolerance),
    ];
}

/// The scalar that holds the step to begin with; 0 before the first.
const ALPHA: usize = 2;

impl Method for Armijo {
    const SCALARS: &'static [&'static str] = &[point::SCALARS[0], point::SCALARS[1], "alpha"];

    fn buffers(&self) -> Vec<String> {
        point::buffers([])
    }

    fn step<T: Real>(
        &self,
        state: &mut State<T>,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> Progress {
        let mut progress = match point::arrive(state, objective, rows, p, self.tolerance) {
            Ok(progress) => progress,
            Err(ended) => return ended,
        };
        let [_, g, d, ..] = &mut state.buffers[..] else {
            unreachable!("every solver has these buffers")
        };
        negate(d, g);
        let slope = dot(g, d);
        let first = match state.scalars[ALPHA] {
            alpha if alpha > 0.0 => alpha,
            _ => self.lr,
        };
        let mut line = Line::new(state, objective, rows, p, slope);
        let end = self.backtrack(&mut line, first);
        progress.evaluations += line.evaluations;
        if let Some(end) = end {
            state.scalars[ALPHA] = (end.step * self.growth).min(f64::MAX);
        }
        point::settle(state, end, p, progress)
    }
}

impl Armijo {
    /// The first of the shrinking steps that brings a sufficient decrease, with its gradient in the line.
    fn backtrack<T: Real>(&self, line: &mut Line<'_, T>, mut step: f64) -> Option<Trial> {
        let start = line.start;
        while line.evaluations < self.max_evaluations {
            let now = line.at(step);
            let bound = start.value + self.c1 * step * start.slope;
            if now.value <= bound && now.value < start.value {
                return Some(now);
            }
            step *= self.shrink;
        }
        None
    }
}

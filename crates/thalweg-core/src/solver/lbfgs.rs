//! L-BFGS: a curvature learned from the last few steps, and a line search along what it suggests.

use super::line::Line;
use super::vector::norm1;
use super::wolfe::Wolfe;
use super::{Method, Progress, fields, pairs, point};
use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;
use crate::spec::{Card, Field, Spec};

/// Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5 with the two-loop recursion 7.4).
///
/// ```text
/// d = −H g      by the two loops over the last pairs (s, y), from H⁰ = (sᵀy / yᵀy) I (7.20)
/// α             strong Wolfe, tried first: lr; in the first step lr · min(1, 1 / ‖g‖₁)
/// p ← p + α d
/// s = α d,  y = g⁺ − g      kept where sᵀy > ε ‖s‖ ‖y‖
/// ```
///
/// ## Differences
/// A step is one iteration; PyTorch's `step` makes up to `max_iter` of them. PyTorch keeps a pair where
/// sᵀy > 1e-10, whatever the scale of the problem; here ε is the precision of the parameters. Where H g does not
/// descend, or nothing along it is lower, the pairs are dropped and the step is one of steepest descent.
#[derive(Clone, Debug, PartialEq)]
pub struct Lbfgs {
    /// The step that is tried first.
    pub lr: f64,
    /// Pairs that are kept.
    pub history: u64,
    /// Sufficient decrease.
    pub c1: f64,
    /// Curvature.
    pub c2: f64,
    /// Evaluations of a line search.
    pub max_evaluations: u64,
    /// Largest slope at the minimum.
    pub tolerance: f64,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Lbfgs {
            lr: 1.0,
            history: 10,
            c1: 1e-4,
            c2: 0.9,
            max_evaluations: 25,
            tolerance: 1e-8,
        }
    }
}

impl Spec for Lbfgs {
    const CARD: &'static Card = &Card {
        name: "lbfgs",
        summary: "Curvature learned from the last few steps, and a line search along what it suggests.",
        formula: "d = −H g      by two loops over the last pairs (s, y), from H⁰ = (sᵀy / yᵀy) I\nα             strong Wolfe, tried first: lr; in the first step lr · min(1, 1 / ‖g‖₁)\np ← p + α d\ns = α d,  y = g⁺ − g      kept where sᵀy > ε ‖s‖ ‖y‖",
        paper: "Nocedal & Wright 2006, Numerical Optimization, 2nd edition, algorithms 7.4, 7.5, 3.5 and 3.6, doi:10.1007/978-0-387-40065-5",
        differences: "A step is one iteration; PyTorch's step makes up to max_iter of them. PyTorch keeps a pair where sᵀy > 1e-10, whatever the scale of the problem; here ε is the precision of the parameters. Where H g does not descend, or nothing along it is lower, the pairs are dropped and the step is one of steepest descent.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "The step along the direction that is tried first; 1 takes the learned curvature at its word.",
            |s| &mut s.lr,
        ),
        Field {
            range: crate::spec::Range::count(1, 1000),
            ..fields::count(
                "history",
                "Steps that the curvature is learned from, each at the cost of two vectors.",
                |s| &mut s.history,
            )
        },
        fields::c1(|s| &mut s.c1),
        fields::c2(|s| &mut s.c2),
        fields::max_evaluations(|s| &mut s.max_evaluations),
        fields::tolerance(|s| &mut s.tolerance),
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.c1 >= self.c2)
            .then_some("`c1` must be below `c2`, or no step may satisfy both conditions")
    }
}

impl Method for Lbfgs {
    const SCALARS: &'static [&'static str] = &[point::SCALARS[0], point::SCALARS[1], "pairs"];

    fn buffers(&self) -> Vec<String> {
        point::buffers((0..self.history).flat_map(|i| [format!("s{i}"), format!("y{i}")]))
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
        let wolfe = Wolfe {
            c1: self.c1,
            c2: self.c2,
            max_evaluations: self.max_evaluations,
        };
        loop {
            let slope = pairs::direction(state);
            let is_fresh = pairs::count(state) == 0;
            let scale = if is_fresh {
                (1.0 / norm1(&state.buffers[point::G])).min(1.0)
            } else {
                1.0
            };
            let mut line = Line::new(state, objective, rows, p, slope);
            let end = wolfe.search(&mut line, self.lr * scale);
            progress.evaluations += line.evaluations;
            if end.is_some() {
                pairs::remember(state, p);
            } else if !is_fresh {
                pairs::forget(state);
                continue;
            }
            return point::settle(state, end, p, progress);
        }
    }
}

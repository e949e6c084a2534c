//! Newton's method whose equations are solved by conjugate gradients, with products of the Hessian and no Hessian.

use super::conjugate::{self, Inner};
use super::line::Line;
use super::vector::{dot, negate, norm1};
use super::wolfe::Wolfe;
use super::{Method, Progress, fields, point};
use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;
use crate::spec::{Card, Field, Range, Spec};

/// Line-search Newton-CG (Nocedal & Wright 2006, algorithm 7.1).
///
/// ```text
/// B d = −g      by conjugate gradients from 0, until ‖r‖ < min(forcing, √‖g‖) ‖g‖ (7.3)
///               where cᵀ B c ≤ 0 along a direction c: d as it is; if that is 0, d = −g
/// α             strong Wolfe, tried first: lr; with d = −g, lr · min(1, 1 / ‖g‖₁)
/// p ← p + α d
/// ```
///
/// ## Differences
/// The book leaves the line search open and asks for α = 1 where that will do. Its 0.5 is `forcing` here, and its
/// c2 of 0.9 for Newton's directions is 0.1: far from the minimum conjugate gradients end early, and what they
/// leave is closer to their own directions. They also end after `max_products`. The products are differences of gradients unless the objective has better ones.
#[derive(Clone, Debug, PartialEq)]
pub struct NewtonCg {
    /// The step that is tried first.
    pub lr: f64,
    /// The residual that is left, as a part of the gradient.
    pub forcing: f64,
    /// Hessian-vector products in a step.
    pub max_products: u64,
    /// Sufficient decrease.
    pub c1: f64,
    /// Curvature.
    pub c2: f64,
    /// Evaluations of a line search.
    pub max_evaluations: u64,
    /// Largest slope at the minimum.
    pub tolerance: f64,
}

impl Default for NewtonCg {
    fn default() -> Self {
        NewtonCg {
            lr: 1.0,
            forcing: 0.5,
            max_products: 100,
            c1: 1e-4,
            c2: 0.1,
            max_evaluations: 25,
            tolerance: 1e-8,
        }
    }
}

impl Spec for NewtonCg {
    const CARD: &'static Card = &Card {
        name: "newton_cg",
        summary: "Newton's method, its equations solved by conjugate gradients with products of the Hessian.",
        formula: "B d = −g      by conjugate gradients from 0, until ‖r‖ < min(forcing, √‖g‖) ‖g‖\n              where cᵀ B c ≤ 0 along a direction c: d as it is; if that is 0, d = −g\nα             strong Wolfe, tried first: lr; with d = −g, lr · min(1, 1 / ‖g‖₁)\np ← p + α d",
        paper: "Nocedal & Wright 2006, Numerical Optimization, 2nd edition, algorithm 7.1, doi:10.1007/978-0-387-40065-5",
        differences: "The book leaves the line search open and asks for α = 1 where that will do. Its 0.5 is forcing here, and its c2 of 0.9 for Newton's directions is 0.1: far from the minimum conjugate gradients end early, and what they leave is closer to their own directions. They also end after max_products. The products are differences of gradients unless the objective has better ones.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "The step along the direction that is tried first; 1 is Newton's.",
            |s| &mut s.lr,
        ),
        fields::float(
            "forcing",
            "The residual of Newton's equations that is left far from the minimum, as a part of the gradient.",
            Range::between(0.0, 1.0),
            |s| &mut s.forcing,
        ),
        fields::count(
            "max_products",
            "Hessian-vector products that one step may take.",
            |s| &mut s.max_products,
        ),
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

impl Method for NewtonCg {
    const SCALARS: &'static [&'static str] = &point::SCALARS;

    fn buffers(&self) -> Vec<String> {
        point::buffers(conjugate::BUFFERS.map(str::to_owned))
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
        let inner = Inner {
            forcing: self.forcing,
            max_products: self.max_products,
        };
        progress.products = inner.solve(state, objective, rows);
        let mut is_newton = true;
        loop {
            let [_, g, d, ..] = &mut state.buffers[..] else {
                unreachable!("every solver has these buffers")
            };
            let mut slope = dot(g, d);
            // It is 0 where already the first direction had no positive curvature, and could fail by rounding.
            is_newton &= slope < 0.0 && slope.is_finite();
            let mut scale = 1.0;
            if !is_newton {
                negate(d, g);
                slope = dot(g, d);
                scale = (1.0 / norm1(g)).min(1.0);
            }
            let mut line = Line::new(state, objective, rows, p, slope);
            let end = wolfe.search(&mut line, self.lr * scale);
            progress.evaluations += line.evaluations;
            if end.is_some() || !is_newton {
                return point::settle(state, end, p, progress);
            }
            is_newton = false;
        }
    }
}

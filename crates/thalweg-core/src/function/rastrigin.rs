//! Rastrigin: a shallow bowl under a regular pattern of bumps, with a minimum near every whole number.

use std::f64::consts::{PI, TAU};

use super::{Critical, Function, Kind, fill_diagonal, variables};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// A shallow bowl under a regular pattern of bumps (Rastrigin 1974; for n variables as in Mühlenbein et al. 1991).
///
/// ```text
/// f(x) = Σ (xⱼ² + a (1 − cos 2π xⱼ))
/// ```
///
/// It has hundreds of critical points already in two variables; given is only the lowest, at 0, where the
/// Hessian is 2 + 4π² a times the identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Rastrigin {
    /// Number of variables.
    pub n: u64,
    /// Half the height of the bumps.
    pub a: f64,
}

impl Default for Rastrigin {
    fn default() -> Self {
        Rastrigin { n: 2, a: 10.0 }
    }
}

impl Spec for Rastrigin {
    const CARD: &'static Card = &Card {
        name: "rastrigin",
        summary: "A shallow bowl under a regular pattern of bumps, with a minimum near every whole number.",
        formula: "f(x) = Σ (xⱼ² + a (1 − cos 2π xⱼ))",
        paper: "Rastrigin 1974, Systems of Extremal Control, Nauka; for n variables as in Mühlenbein, Schomisch & Born 1991, The Parallel Genetic Algorithm as Function Optimizer, Parallel Computing 17, pages 619–632",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        variables(100_000, |s| &mut s.n),
        Field {
            name: "a",
            doc: "Half the height of the bumps.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.a),
        },
    ];
}

impl Rastrigin {
    fn bend(&self, t: f64) -> f64 {
        2.0 + TAU * TAU * self.a * (TAU * t).cos()
    }
}

impl Function for Rastrigin {
    fn dimension(&self) -> usize {
        self.n as usize
    }

    fn value(&self, x: &[f64]) -> f64 {
        // 1 − cos 2πt as 2 sin² πt, which keeps its digits near 0.
        let term = |&t: &f64| t * t + 2.0 * self.a * (PI * t).sin().powi(2);
        x.iter().map(term).sum()
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        for (g, &t) in g.iter_mut().zip(x) {
            *g = 2.0 * t + TAU * self.a * (TAU * t).sin();
        }
    }

    fn hessian(&self, x: &[f64], h: &mut [f64]) {
        fill_diagonal(h, x.iter().map(|&t| self.bend(t)));
    }

    fn start(&self) -> Vec<f64> {
        // On the side of a bump: the way down ends near 3 in every variable, far from the lowest minimum.
        vec![2.7; self.dimension()]
    }

    fn bounds(&self) -> Vec<[f64; 2]> {
        vec![[-5.12, 5.12]; self.dimension()]
    }

    fn critical(&self) -> Vec<Critical> {
        vec![Critical {
            at: vec![0.0; self.dimension()],
            value: 0.0,
            kind: Kind::Minimum,
            eigenvalues: vec![self.bend(0.0); self.dimension()],
        }]
    }
}

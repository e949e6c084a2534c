//! Gradient descent itself: a step against the gradient, as long as the slope is steep.

use super::{Now, Rule, fields};
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// Gradient descent (Cauchy 1847; on samples, Robbins & Monro 1951).
///
/// ```text
/// p ← (1 − lr weight_decay) p − lr g
/// ```
/// Whether it is called batch, mini-batch or stochastic is a matter of the rows behind g, not of the rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd {
            lr: 1e-3,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Sgd {
    const CARD: &'static Card = &Card {
        name: "sgd",
        summary: "A step against the gradient, as long as the slope is steep.",
        formula: "p ← (1 − lr weight_decay) p − lr g",
        paper: "Robbins & Monro 1951, A Stochastic Approximation Method, doi:10.1214/aoms/1177729586",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr("Learning rate: the step for a slope of 1.", |s| &mut s.lr),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for Sgd {
    fn buffers(&self) -> &'static [&'static str] {
        &[]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], _buffers: &mut [&mut [T]]) {
        let (lr, keep): (T, T) = (T::of(self.lr), now.keep(self.lr * self.weight_decay));
        for (p, &g) in p.iter_mut().zip(g) {
            *p = keep * *p - lr * g;
        }
    }

    fn thresholds<T: Real>(&self, _now: Now<'_>, _buffers: &[&[T]], out: &mut [f64]) -> bool {
        out.fill(2.0 / self.lr);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn shrinks_a_quadratic_by_the_same_factor_every_step() {
        let (lr, curvature, x0) = (0.1, 3.0, 2.0);
        let rule = Sgd {
            lr,
            ..Sgd::default()
        };
        let (mut state, mut x) = (State::new(&rule, 1), [x0]);
        for k in 1..=50 {
            let g = [curvature * x[0]];
            state.step(&rule, &mut x, &g);
            let closed = (1.0_f64 - lr * curvature).powi(k) * x0;
            assert!((x[0] - closed).abs() <= 1e-14 * closed, "{k}");
        }
    }
}

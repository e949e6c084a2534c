//! AdaBelief: Adam that scales by how far gradients are from what was expected.

use super::{Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// AdaBelief (Zhuang et al. 2020, algorithm 2).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// s ← β₂ s + (1 − β₂)(g − m)² + eps_root
/// m̂ = m / (1 − β₁ᵗ)
/// ŝ = s / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√ŝ + ε)
/// ```
///
/// ## Differences
/// As optax; neither PyTorch nor Keras has it. The paper has one ε = 1e-8 for both places.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaBelief {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared surprises.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added to the average at every step.
    pub eps_root: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for AdaBelief {
    fn default() -> Self {
        AdaBelief {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-16,
            eps_root: 1e-16,
            weight_decay: 0.0,
        }
    }
}

impl Spec for AdaBelief {
    const CARD: &'static Card = &Card {
        name: "adabelief",
        summary: "Adam that scales by how far gradients are from what was expected, not by how large they are.",
        formula: "m ← β₁ m + (1 − β₁) g\ns ← β₂ s + (1 − β₂)(g − m)² + eps_root\nm̂ = m / (1 − β₁ᵗ)\nŝ = s / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√ŝ + ε)",
        paper: "Zhuang et al. 2020, AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients, algorithm 2, arXiv:2010.07468",
        differences: "As optax; neither PyTorch nor Keras has it. The paper has one ε = 1e-8 for both places.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::float(
            "beta2",
            "Decay of the average of squared surprises.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::eps(|s| &mut s.eps),
        fields::float(
            "eps_root",
            "Added to the average at every step, so that a gradient that is always as expected does not divide by zero.",
            Range::NOT_NEGATIVE,
            |s| &mut s.eps_root,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for AdaBelief {
    fn buffers(&self) -> &'static [&'static str] {
        &["m", "s"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, s] = buffers else {
            unreachable!("adabelief has two buffers")
        };
        let (beta1, beta2): (T, T) = (decay(self.beta1), decay(self.beta2));
        let step = T::of(self.lr / correction(beta1.to_f64(), now.t));
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        let (eps, eps_root) = (T::of(self.eps), T::of(self.eps_root));
        let keep: T = now.keep(self.lr * self.weight_decay);
        for (((p, &g), m), s) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(s.iter_mut()) {
            *m = mix(beta1, *m, g);
            let surprise = g - *m;
            *s = mix(beta2, *s, surprise * surprise) + eps_root;
            *p = keep * *p - step * (*m / (s.sqrt() / root + eps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_step_is_that_of_the_formula() {
        let rule = AdaBelief {
            eps: 0.0,
            eps_root: 0.0,
            ..AdaBelief::default()
        };
        let mut p = [0.0_f64];
        State::new(&rule, 1).step(&rule, &mut p, &[5.0]);
        // m̂ = g, and the surprise is 0.9 g.
        assert!((p[0] + 1e-3 / 0.9).abs() < 1e-15);
    }
}

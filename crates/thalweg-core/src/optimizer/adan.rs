//! Adan: Adam with Nesterov's momentum written as an average of how gradients change.

use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// Adan (Xie et al. 2024, algorithm 1), with decays β that are one less the β of the paper.
///
/// ```text
/// d = g − gₜ₋₁      (the first time d = 0)
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) d
/// n ← β₃ n + (1 − β₃)(g + β₂ d)²
/// u = (m / (1 − β₁ᵗ) + β₂ v / (1 − β₂ᵗ)) / (√(n / (1 − β₃ᵗ)) + ε)
/// p ← (p − lr u) / (1 + lr weight_decay)
/// with convention optax:  1 − β₂ stands for the factor β₂ of d and v, and p ← p − lr (u + weight_decay p)
/// ```
///
/// ## Differences
/// By default as the paper and its authors' program. optax writes the paper's factor 1 − β₂ without noticing
/// that its own β₂ is the paper's 1 − β₂: with β₂ = 0.92 its factor is 0.08. PyTorch and Keras have no Adan.
#[derive(Clone, Debug, PartialEq)]
pub struct Adan {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of changes.
    pub beta2: f64,
    /// Decay of the average of squares.
    pub beta3: f64,
    /// Added to the root.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Adan {
    fn default() -> Self {
        Adan {
            lr: 1e-3,
            beta1: 0.98,
            beta2: 0.92,
            beta3: 0.99,
            eps: 1e-8,
            weight_decay: 0.0,
            convention: Convention::Paper,
        }
    }
}

impl Spec for Adan {
    const CARD: &'static Card = &Card {
        name: "adan",
        summary: "Adam with Nesterov's momentum written as an average of how gradients change.",
        formula: "d = g − gₜ₋₁      (the first time d = 0)\nm ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) d\nn ← β₃ n + (1 − β₃)(g + β₂ d)²\nu = (m / (1 − β₁ᵗ) + β₂ v / (1 − β₂ᵗ)) / (√(n / (1 − β₃ᵗ)) + ε)\np ← (p − lr u) / (1 + lr weight_decay)\nwith convention optax:  1 − β₂ stands for the factor β₂ of d and v, and p ← p − lr (u + weight_decay p)",
        paper: "Xie et al. 2024, Adan: Adaptive Nesterov Momentum Algorithm for Faster Optimizing Deep Models, algorithm 1, arXiv:2208.06677",
        differences: "By default as the paper and its authors' program. optax writes the paper's factor 1 − β₂ without noticing that its own β₂ is the paper's 1 − β₂: with β₂ = 0.92 its factor is 0.08. PyTorch and Keras have no Adan.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::float(
            "beta2",
            "Decay of the average of the changes from one gradient to the next.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::float(
            "beta3",
            "Decay of the average of squared gradients.",
            Range::FRACTION,
            |s| &mut s.beta3,
        ),
        fields::eps(|s| &mut s.eps),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            || vec!["optax", "paper"],
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for Adan {
    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v", "n", "before"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v, n, before] = buffers else {
            unreachable!("adan has four buffers")
        };
        let [beta1, beta2, beta3]: [T; 3] = [self.beta1, self.beta2, self.beta3].map(decay);
        let [c1, c2, c3] = [beta1, beta2, beta3].map(|beta| correction(beta.to_f64(), now.t));
        if now.t == 1 {
            before.copy_from_slice(g);
        }
        let is_optax = self.convention == Convention::Optax;
        let ahead = if is_optax { T::ONE - beta2 } else { beta2 };
        let lost = if now.piece.decays {
            self.lr * self.weight_decay
        } else {
            0.0
        };
        let (keep, shrink) = if is_optax {
            (T::of(1.0 - lost), T::ONE)
        } else {
            (T::ONE, T::of(1.0 / (1.0 + lost)))
        };
        let (lr, eps, root) = (T::of(self.lr), T::of(self.eps), T::of(c3.sqrt()));
        let (unbias, unbias_ahead) = (T::of(1.0 / c1), ahead * T::of(1.0 / c2));
        let state = m
            .iter_mut()
            .zip(v.iter_mut())
            .zip(n.iter_mut())
            .zip(before.iter_mut());
        for ((p, &g), (((m, v), n), before)) in p.iter_mut().zip(g).zip(state) {
            let d = g - *before;
            *before = g;
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, d);
            let expected = g + ahead * d;
            *n = mix(beta3, *n, expected * expected);
            let u = (unbias * *m + unbias_ahead * *v) / (n.sqrt() / root + eps);
            *p = shrink * (keep * *p - lr * u);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_step_has_the_size_lr() {
        let rule = Adan {
            eps: 0.0,
            ..Adan::default()
        };
        let mut p = [0.0_f64, 0.0];
        State::new(&rule, 2).step(&rule, &mut p, &[7.0, -1e-5]);
        assert!((p[0] + 1e-3).abs() < 1e-15 && (p[1] - 1e-3).abs() < 1e-15);
    }
}

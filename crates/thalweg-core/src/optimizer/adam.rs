//! Adam: steps scaled by bias-corrected averages of the gradient and of its square.

use super::{Now, Rule, decay};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Adam (Kingma & Ba 2015, algorithm 1).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← p − lr m̂ / (√v̂ + ε)
/// ```
///
/// ## Differences
/// As PyTorch's. Keras and scikit-learn add ε to the uncorrected √v, which makes it larger in the first
/// steps: 31.6 times at t = 1 with β₂ = 0.999.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Adam {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
        }
    }
}

impl Spec for Adam {
    const CARD: &'static Card = &Card {
        name: "adam",
        summary: "Steps scaled by bias-corrected averages of the gradient and of its square.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = m / (1 − β₁ᵗ)\nv̂ = v / (1 − β₂ᵗ)\np ← p − lr m̂ / (√v̂ + ε)",
        paper: "Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1, arXiv:1412.6980",
        differences: "As PyTorch. Keras and scikit-learn add ε to the uncorrected root.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "lr",
            doc: "Learning rate: about the size of a step in each coordinate.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.lr),
        },
        Field {
            name: "beta1",
            doc: "Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.beta1),
        },
        Field {
            name: "beta2",
            doc: "Decay of the average of squared gradients.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.beta2),
        },
        Field {
            name: "eps",
            doc: "Added to the root, so that a vanishing gradient does not divide by zero.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.eps),
        },
    ];
}

impl Rule for Adam {
    const BUFFERS: &'static [&'static str] = &["m", "v"];

    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("Adam declares two buffers")
        };
        let (beta1, beta2, eps): (T, T, T) =
            (decay(self.beta1), decay(self.beta2), T::of(self.eps));
        // Corrected with the decays as T has them: 1 − 0.999 is 5e-5 too large in f32.
        let step = T::of(self.lr / correction(beta1.to_f64(), now.t));
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, g * g);
            *p -= step * (*m / (v.sqrt() / root + eps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_step_has_the_size_lr() {
        let rule = Adam {
            eps: 0.0,
            ..Adam::default()
        };
        let mut p = [1.0_f64, -2.0];
        State::new(&rule, 2).step(&rule, &mut p, &[1e-3, -40.0]);
        assert!((p[0] - (1.0 - 1e-3)).abs() < 1e-15 && (p[1] - (-2.0 + 1e-3)).abs() < 1e-15);
    }
}

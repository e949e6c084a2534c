//! AdamW: Adam with weight decay beside the gradient, not in it.

use super::{Now, Rule, decay};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// AdamW (Loshchilov & Hutter 2019, algorithm 2).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)
/// ```
/// The decay is left out where the parameters at hand do not decay: biases, as a rule.
///
/// ## Differences
/// As PyTorch's: the decay is multiplied by `lr`; the paper's is not, so that its λ is lr · `weight_decay`.
/// PyTorch decays biases too unless they are put into a group of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 1e-2,
        }
    }
}

impl Spec for AdamW {
    const CARD: &'static Card = &Card {
        name: "adamw",
        summary: "Adam with weight decay beside the gradient, so that it is not scaled with it.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = m / (1 − β₁ᵗ)\nv̂ = v / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)",
        paper: "Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2, arXiv:1711.05101",
        differences: "As PyTorch, but biases do not decay. The paper does not multiply the decay by lr: its λ is lr · weight_decay.",
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
        Field {
            name: "weight_decay",
            doc: "Part of each weight that a step takes away, times lr; biases do not decay.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.weight_decay),
        },
    ];
}

impl Rule for AdamW {
    const BUFFERS: &'static [&'static str] = &["m", "v"];

    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("AdamW declares two buffers")
        };
        let (beta1, beta2, eps): (T, T, T) =
            (decay(self.beta1), decay(self.beta2), T::of(self.eps));
        // Corrected with the decays as T has them: 1 − 0.999 is 5e-5 too large in f32.
        let step = T::of(self.lr / correction(beta1.to_f64(), now.t));
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        let lost = if now.decays { self.weight_decay } else { 0.0 };
        let keep = T::of(1.0 - self.lr * lost);
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, g * g);
            *p = keep * *p - step * (*m / (v.sqrt() / root + eps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Adam, State};

    #[test]
    fn only_what_decays_decays() {
        let rule = AdamW {
            lr: 0.5,
            weight_decay: 0.1,
            ..AdamW::default()
        };
        let (mut state, mut p) = (State::new(&rule, 2), [4.0_f64, 4.0]);
        state.advance(&rule);
        let (weight, bias) = p.split_at_mut(1);
        state.update_range(&rule, 0..1, true, weight, &[0.0]);
        state.update_range(&rule, 1..2, false, bias, &[0.0]);
        assert_eq!(p, [0.95 * 4.0, 4.0]);
    }

    #[test]
    fn is_adam_where_nothing_decays() {
        let rule = AdamW {
            weight_decay: 0.0,
            ..AdamW::default()
        };
        let (mut ours, mut plain) = ([1.0_f64, -2.0], [1.0, -2.0]);
        let (mut state, mut adam) = (State::new(&rule, 2), State::new(&Adam::default(), 2));
        for t in 0..20 {
            let g = [(f64::from(t) * 0.3).sin(), 1e-4];
            state.step(&rule, &mut ours, &g);
            adam.step(&Adam::default(), &mut plain, &g);
            assert_eq!(ours, plain);
        }
    }
}

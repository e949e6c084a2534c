//! Lion: steps of one size in the direction of the sign of an average.

use super::{Now, Rule, decay, fields};
use crate::Real;
use crate::ema::mix;
use crate::objective::sign;
use crate::spec::{Card, Field, Range, Spec};

/// Lion (Chen et al. 2023, algorithm 2).
///
/// ```text
/// u = sign(β₁ m + (1 − β₁) g)
/// m ← β₂ m + (1 − β₂) g
/// p ← (1 − lr weight_decay) p − lr u
/// ```
///
/// ## Differences
/// All implementations agree (Keras, optax, the authors'); PyTorch has none. Where the average is exactly 0
/// the step is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Lion {
    /// Learning rate.
    pub lr: f64,
    /// Weight of the average in a step.
    pub beta1: f64,
    /// Decay of the average.
    pub beta2: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Lion {
    fn default() -> Self {
        Lion {
            lr: 1e-4,
            beta1: 0.9,
            beta2: 0.99,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Lion {
    const CARD: &'static Card = &Card {
        name: "lion",
        summary: "Steps of one size in the direction of the sign of an average.",
        formula: "u = sign(β₁ m + (1 − β₁) g)\nm ← β₂ m + (1 − β₂) g\np ← (1 − lr weight_decay) p − lr u",
        paper: "Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, algorithm 2, arXiv:2302.06675",
        differences: "All implementations agree (Keras, optax, the authors'); PyTorch has none. Where the average is exactly 0 the step is 0.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: the size of every step in each coordinate; about a tenth of Adam's.",
            |s| &mut s.lr,
        ),
        fields::float(
            "beta1",
            "Weight of the average in the direction of a step.",
            Range::FRACTION,
            |s| &mut s.beta1,
        ),
        fields::float(
            "beta2",
            "Decay of the average of gradients.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for Lion {
    fn buffers(&self) -> &'static [&'static str] {
        &["m"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m] = buffers else {
            unreachable!("lion has one buffer")
        };
        let (beta1, beta2, lr): (T, T, T) = (decay(self.beta1), decay(self.beta2), T::of(self.lr));
        let keep: T = now.keep(self.lr * self.weight_decay);
        for ((p, &g), m) in p.iter_mut().zip(g).zip(m.iter_mut()) {
            *p = keep * *p - lr * sign(mix(beta1, *m, g));
            *m = mix(beta2, *m, g);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn every_step_has_the_size_lr_or_none() {
        let rule = Lion {
            lr: 0.25,
            ..Lion::default()
        };
        let (mut state, mut p) = (State::new(&rule, 3), [0.0_f64; 3]);
        state.step(&rule, &mut p, &[1e-30, -5.0, 0.0]);
        assert_eq!(p, [-0.25, 0.25, 0.0]);
    }
}

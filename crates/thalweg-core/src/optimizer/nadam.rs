//! Nadam: Adam with Nesterov's look ahead, and a momentum that grows during the run.

use super::{Now, Rule, decay};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Nadam (Dozat 2016, algorithm 2) with its growing momentum.
///
/// ```text
/// μₜ = β₁ (1 − ½ · 0.96^(t ψ)),  Π = μ₁ μ₂ … μₜ
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = μₜ₊₁ m / (1 − Π μₜ₊₁) + (1 − μₜ) g / (1 − Π)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← p − lr m̂ / (√v̂ + ε)
/// ```
/// ψ is `momentum_decay`. The product is carried on from step to step, so that it stays right when a schedule
/// drives `beta1`.
///
/// ## Differences
/// As PyTorch's. Keras has ψ = 1, which ends the growth of momentum within 100 steps; optax has a constant μ = β₁.
/// The paper multiplies v̂ by β₂ besides, which no framework does.
#[derive(Clone, Debug, PartialEq)]
pub struct Nadam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients, and the final momentum.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// How fast the momentum grows from half its final value.
    pub momentum_decay: f64,
}

impl Default for Nadam {
    fn default() -> Self {
        Nadam {
            lr: 2e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            momentum_decay: 4e-3,
        }
    }
}

impl Spec for Nadam {
    const CARD: &'static Card = &Card {
        name: "nadam",
        summary: "Adam with Nesterov's look ahead, and a momentum that grows during the run.",
        formula: "μₜ = β₁ (1 − ½ · 0.96^(t ψ)),  Π = μ₁ μ₂ … μₜ\nm ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = μₜ₊₁ m / (1 − Π μₜ₊₁) + (1 − μₜ) g / (1 − Π)\nv̂ = v / (1 − β₂ᵗ)\np ← p − lr m̂ / (√v̂ + ε)",
        paper: "Dozat 2016, Incorporating Nesterov Momentum into Adam, algorithm 2, openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        differences: "As PyTorch. Keras has momentum_decay = 1, optax a constant momentum of β₁.",
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
            doc: "Decay of the average of gradients, and the momentum that is reached in the end.",
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
            name: "momentum_decay",
            doc: "How fast the momentum grows from half its final value; 0 leaves it there.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.momentum_decay),
        },
    ];
}

impl Rule for Nadam {
    const BUFFERS: &'static [&'static str] = &["m", "v"];
    const SCALARS: &'static [&'static str] = &["product"];

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        let before = if t == 1 { 1.0 } else { scalars[0] };
        scalars[0] = before * self.momentum_at(t);
    }

    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("Nadam declares two buffers")
        };
        let (beta1, beta2, eps): (T, T, T) =
            (decay(self.beta1), decay(self.beta2), T::of(self.eps));
        let (momentum, next) = (self.momentum_at(now.t), self.momentum_at(now.t + 1));
        let product = now.scalars[0];
        let ahead = T::of(self.lr * next / (1.0 - product * next));
        let here = T::of(self.lr * (1.0 - momentum) / (1.0 - product));
        // Corrected with the decay as T has it: 1 − 0.999 is 5e-5 too large in f32.
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, g * g);
            *p -= (ahead * *m + here * g) / (v.sqrt() / root + eps);
        }
    }
}

impl Nadam {
    /// μₜ.
    fn momentum_at(&self, t: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96_f64.powf(t as f64 * self.momentum_decay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_step_is_that_of_the_formula() {
        let rule = Nadam {
            lr: 1.0,
            eps: 0.0,
            momentum_decay: 0.0,
            ..Nadam::default()
        };
        let mut p = [0.0_f64];
        State::new(&rule, 1).step(&rule, &mut p, &[-7.0]);
        // μ = 0.45 throughout; m = 0.1 g, √v̂ = |g|: 0.45 · 0.1 / (1 − 0.45²) + 0.55 / 0.55.
        assert!((p[0] - (0.045 / 0.7975 + 1.0)).abs() < 1e-15);
    }
}

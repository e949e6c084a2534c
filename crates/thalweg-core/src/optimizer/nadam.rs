//! Nadam: Adam with Nesterov's momentum, which grows during the first steps.

use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// Adam with Nesterov's momentum (Dozat 2016, algorithm 2, with the momentum's schedule of its appendix).
///
/// ```text
/// μₜ = β₁ (1 − ½ 0.96^(t momentum_decay))
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = μₜ₊₁ m / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ) + (1 − μₜ) g / (1 − ∏ᵢ₌₁ᵗ μᵢ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)
/// with convention optax:  μₜ = β₁
/// with convention paper:  v̂ = β₂ v / (1 − β₂ᵗ)
/// ```
///
/// ## Differences
/// Three frameworks, three algorithms. By default as PyTorch, which follows Dozat with `momentum_decay` =
/// 0.004; Keras's formula is the same with 1, so that the momentum is there after some tens of steps; optax
/// has μₜ = β₁ from the first step. All three leave out the β₂ that Dozat has in v̂ (`convention = "paper"`).
/// What PyTorch calls `weight_decay` is a penalty in the loss unless its `decoupled_weight_decay` is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Nadam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// How fast the momentum grows; `None` is the convention's.
    pub momentum_decay: Option<f64>,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Nadam {
    fn default() -> Self {
        Nadam {
            lr: 2e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            momentum_decay: None,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Nadam {
    const CARD: &'static Card = &Card {
        name: "nadam",
        summary: "Adam with Nesterov's momentum, which grows during the first steps.",
        formula: "μₜ = β₁ (1 − ½ 0.96^(t momentum_decay))\nm ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = μₜ₊₁ m / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ) + (1 − μₜ) g / (1 − ∏ᵢ₌₁ᵗ μᵢ)\nv̂ = v / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)\nwith convention optax:  μₜ = β₁\nwith convention paper:  v̂ = β₂ v / (1 − β₂ᵗ)",
        paper: "Dozat 2016, Incorporating Nesterov Momentum into Adam, algorithm 2, ICLR workshop",
        differences: "Three frameworks, three algorithms. By default as PyTorch, which follows Dozat with momentum_decay = 0.004; Keras's formula is the same with 1, so that the momentum is there after some tens of steps; optax has μₜ = β₁ from the first step. All three leave out the β₂ that Dozat has in v̂ (convention = \"paper\"). What PyTorch calls weight_decay is a penalty in the loss unless its decoupled_weight_decay is set.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::float(
            "beta1",
            "Decay of the average of gradients, and the momentum that is reached in the end.",
            Range::FRACTION,
            |s| &mut s.beta1,
        ),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
        fields::float_or(
            "momentum_decay",
            "How fast the momentum grows from half its final value (0 leaves it there), or `convention`: 0.004, with keras 1, with optax at once.",
            Range::NOT_NEGATIVE,
            "convention",
            |s| &mut s.momentum_decay,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for Nadam {
    const SCALARS: &'static [&'static str] = &["product"];

    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        let before = if t == 1 { 1.0 } else { scalars[0] };
        scalars[0] = before * self.momentum_at(t);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("nadam has two buffers")
        };
        let (beta1, beta2, eps): (T, T, T) =
            (decay(self.beta1), decay(self.beta2), T::of(self.eps));
        let (momentum, next) = (self.momentum_at(now.t), self.momentum_at(now.t + 1));
        let product = now.scalars[0];
        let ahead = T::of(self.lr * next / (1.0 - product * next));
        let here = T::of(self.lr * (1.0 - momentum) / (1.0 - product));
        // Corrected with the decay as T has it: 1 − 0.999 is 5e-5 too large in f32.
        let mut weight = correction(beta2.to_f64(), now.t);
        if self.convention == Convention::Paper {
            weight /= beta2.to_f64();
        }
        let root = T::of(weight.sqrt());
        let keep: T = now.keep(self.lr * self.weight_decay);
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, g * g);
            *p = keep * *p - (ahead * *m + here * g) / (v.sqrt() / root + eps);
        }
    }
}

impl Nadam {
    /// μₜ.
    fn momentum_at(&self, t: u64) -> f64 {
        let momentum_decay = self.momentum_decay.unwrap_or(match self.convention {
            Convention::Torch | Convention::Paper => 0.004,
            Convention::Keras => 1.0,
            Convention::Optax => f64::INFINITY,
        });
        self.beta1 * (1.0 - 0.5 * 0.96_f64.powf(t as f64 * momentum_decay))
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
            momentum_decay: Some(0.0),
            ..Nadam::default()
        };
        let mut p = [0.0_f64];
        State::new(&rule, 1).step(&rule, &mut p, &[-7.0]);
        // μ = 0.45 throughout; m = 0.1 g, √v̂ = |g|: 0.45 · 0.1 / (1 − 0.45²) + 0.55 / 0.55.
        assert!((p[0] - (0.045 / 0.7975 + 1.0)).abs() < 1e-15);
    }
}

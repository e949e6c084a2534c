//! Adamax: Adam with the largest gradient of late instead of an average of squares.

use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// Adamax (Kingma & Ba 2015, algorithm 2).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// u ← max(β₂ u, |g| + ε)
/// p ← (1 − lr weight_decay) p − lr / (1 − β₁ᵗ) · m / u
/// with convention keras:  u ← max(β₂ u, |g|), and u + ε divides
/// with convention paper:  u ← max(β₂ u, |g|), and u divides
/// ```
///
/// ## Differences
/// By default as PyTorch and optax, whose ε is part of the maximum; Keras adds it to the maximum, and the
/// paper has none: there a gradient that was always 0 takes no step.
#[derive(Clone, Debug, PartialEq)]
pub struct Adamax {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// How slowly a large gradient is forgotten.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Adamax {
    fn default() -> Self {
        Adamax {
            lr: 2e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Adamax {
    const CARD: &'static Card = &Card {
        name: "adamax",
        summary: "Adam with the largest gradient of late instead of an average of squares.",
        formula: "m ← β₁ m + (1 − β₁) g\nu ← max(β₂ u, |g| + ε)\np ← (1 − lr weight_decay) p − lr / (1 − β₁ᵗ) · m / u\nwith convention keras:  u ← max(β₂ u, |g|), and u + ε divides\nwith convention paper:  u ← max(β₂ u, |g|), and u divides",
        paper: "Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 2, arXiv:1412.6980",
        differences: "By default as PyTorch and optax, whose ε is part of the maximum; Keras adds it to the maximum, and the paper has none: there a gradient that was always 0 takes no step.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::float(
            "beta2",
            "How slowly a large gradient is forgotten.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::eps(|s| &mut s.eps),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for Adamax {
    fn buffers(&self) -> &'static [&'static str] {
        &["m", "u"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, u] = buffers else {
            unreachable!("adamax has two buffers")
        };
        let (beta1, beta2): (T, T) = (decay(self.beta1), decay(self.beta2));
        let step = T::of(self.lr / correction(beta1.to_f64(), now.t));
        let keep: T = now.keep(self.lr * self.weight_decay);
        let (inside, outside) = match self.convention {
            Convention::Torch | Convention::Optax => (self.eps, 0.0),
            Convention::Keras => (0.0, self.eps),
            Convention::Paper => (0.0, 0.0),
        };
        let (inside, outside) = (T::of(inside), T::of(outside));
        for (((p, &g), m), u) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(u.iter_mut()) {
            *m = mix(beta1, *m, g);
            *u = (beta2 * *u).max(g.abs() + inside);
            let size = *u + outside;
            let scaled = if size > T::ZERO { *m / size } else { T::ZERO };
            *p = keep * *p - step * scaled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn a_constant_gradient_steps_by_lr() {
        let rule = Adamax {
            eps: 0.0,
            ..Adamax::default()
        };
        let (mut state, mut p) = (State::new(&rule, 2), [0.0_f64, 0.0]);
        for t in 1..=50 {
            state.step(&rule, &mut p, &[3.0, -1e-6]);
            let way = 2e-3 * f64::from(t);
            assert!((p[0] + way).abs() < 1e-14 && (p[1] - way).abs() < 1e-14);
        }
    }
}

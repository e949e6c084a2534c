//! RAdam: Adam that steps without scaling until the average of squares can be trusted.

use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix, powu};
use crate::spec::{Card, Field, Spec};

/// Rectified Adam (Liu et al. 2020, algorithm 2).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// ρ∞ = 2 / (1 − β₂) − 1
/// ρₜ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
/// r = √((ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ))
/// if ρₜ > 5:  p ← (1 − lr weight_decay) p − lr r m̂ / (√v̂ + ε (1 − β₂ᵗ)^−½)
/// otherwise:  p ← (1 − lr weight_decay) p − lr m̂
/// with convention optax:  if ρₜ ≥ 5, and ε as it is
/// with convention paper:  if ρₜ > 4, and ε as it is
/// ```
///
/// ## Differences
/// By default as PyTorch, which adds ε to the uncorrected root and begins to scale at step 6 with β₂ = 0.999.
/// optax has the same threshold and adds ε to the corrected root; the paper begins at ρₜ > 4, which is step
/// 5, and has no ε. Keras has no RAdam.
#[derive(Clone, Debug, PartialEq)]
pub struct RAdam {
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
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for RAdam {
    fn default() -> Self {
        RAdam {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for RAdam {
    const CARD: &'static Card = &Card {
        name: "radam",
        summary: "Adam that steps without scaling until the average of squares can be trusted: a warm-up of its own.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = m / (1 − β₁ᵗ)\nv̂ = v / (1 − β₂ᵗ)\nρ∞ = 2 / (1 − β₂) − 1\nρₜ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)\nr = √((ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ))\nif ρₜ > 5:  p ← (1 − lr weight_decay) p − lr r m̂ / (√v̂ + ε (1 − β₂ᵗ)^−½)\notherwise:  p ← (1 − lr weight_decay) p − lr m̂\nwith convention optax:  if ρₜ ≥ 5, and ε as it is\nwith convention paper:  if ρₜ > 4, and ε as it is",
        paper: "Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2, arXiv:1908.03265",
        differences: "By default as PyTorch, which adds ε to the uncorrected root and begins to scale at step 6 with β₂ = 0.999. optax has the same threshold and adds ε to the corrected root; the paper begins at ρₜ > 4, which is step 5, and has no ε. Keras has no RAdam.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            || vec!["torch", "optax", "paper"],
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for RAdam {
    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("radam has two buffers")
        };
        let (beta1, beta2): (T, T) = (decay(self.beta1), decay(self.beta2));
        let step = self.lr / correction(beta1.to_f64(), now.t);
        let root = correction(beta2.to_f64(), now.t).sqrt();
        let keep: T = now.keep(self.lr * self.weight_decay);
        let Some(rectified) = self.rectification(now.t) else {
            let step = T::of(step);
            for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
                *m = mix(beta1, *m, g);
                *v = mix(beta2, *v, g * g);
                *p = keep * *p - step * *m;
            }
            return;
        };
        let eps = match self.convention {
            Convention::Torch => self.eps / root,
            _ => self.eps,
        };
        let (step, root, eps) = (T::of(step * rectified), T::of(root), T::of(eps));
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, g * g);
            *p = keep * *p - step * (*m / (v.sqrt() / root + eps));
        }
    }
}

impl RAdam {
    /// r, once the average of squares has enough terms.
    fn rectification(&self, t: u64) -> Option<f64> {
        let limit = 2.0 / (1.0 - self.beta2) - 1.0;
        let left = powu(self.beta2, t);
        let rho = limit - 2.0 * t as f64 * left / (1.0 - left);
        let trusted = match self.convention {
            Convention::Paper => rho > 4.0,
            Convention::Optax => rho >= 5.0,
            Convention::Torch | Convention::Keras => rho > 5.0,
        };
        let ratio = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho);
        trusted.then(|| ratio.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn scaling_begins_at_the_step_that_each_convention_says() {
        let first = |convention| {
            let rule = RAdam {
                convention,
                ..RAdam::default()
            };
            (1..20).find(|&t| rule.rectification(t).is_some())
        };
        assert_eq!(first(Convention::Torch), Some(6));
        assert_eq!(first(Convention::Optax), Some(6));
        assert_eq!(first(Convention::Paper), Some(5));
    }

    #[test]
    fn before_that_it_is_corrected_momentum() {
        let rule = RAdam::default();
        let (mut state, mut p) = (State::new(&rule, 1), [0.0_f64]);
        for t in 1..=5 {
            state.step(&rule, &mut p, &[2.0]);
            assert!((p[0] + 2e-3 * f64::from(t)).abs() < 1e-15);
        }
    }
}

//! Adam: steps scaled by bias-corrected averages of the gradient and of its square.

use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::ema::mix;
use crate::spec::{Card, Field, Spec};

/// Adam (Kingma & Ba 2015, algorithm 1), and AMSGrad (Reddi, Kale & Kumar 2018, algorithm 2).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)
/// with amsgrad:  the largest v so far stands for v in v̂
/// with convention keras:  ε √(1 − β₂ᵗ)⁻¹ stands for ε
/// ```
///
/// ## Differences
/// By default as PyTorch; optax and the paper agree. Keras and scikit-learn add ε to the uncorrected √v, which
/// makes it 31.6 times as large at t = 1 with β₂ = 0.999. With `amsgrad`, PyTorch and Keras correct the largest
/// v, optax takes the largest v̂, and the paper corrects neither m nor v. PyTorch's `weight_decay` is `l2` here.
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
    /// Whether the largest average of squares so far counts.
    pub amsgrad: bool,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Adam {
    fn default() -> Self {
        Adam {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            amsgrad: false,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Adam {
    const CARD: &'static Card = &Card {
        name: "adam",
        summary: "Steps scaled by bias-corrected averages of the gradient and of its square.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = m / (1 − β₁ᵗ)\nv̂ = v / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)\nwith amsgrad:  the largest v so far stands for v in v̂\nwith convention keras:  ε √(1 − β₂ᵗ)⁻¹ stands for ε",
        paper: "Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1, arXiv:1412.6980; Reddi, Kale & Kumar 2018, On the Convergence of Adam and Beyond, algorithm 2, arXiv:1904.09237",
        differences: "By default as PyTorch; optax and the paper agree. Keras and scikit-learn add ε to the uncorrected √v, which makes it larger in the first steps: 31.6 times at t = 1 with β₂ = 0.999. With amsgrad, PyTorch and Keras take the largest v and then correct it, optax takes the largest v̂, and the paper corrects neither m nor v. What PyTorch calls weight_decay here is a penalty in the loss (l2); this one is decoupled, as Keras's.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
        fields::switch(
            "amsgrad",
            "Whether the largest average of squares so far counts, so that no step grows again.",
            |s| &mut s.amsgrad,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for Adam {
    fn buffers(&self) -> &'static [&'static str] {
        if self.amsgrad {
            &["m", "v", "max"]
        } else {
            &["m", "v"]
        }
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        self.walk(self.lr * self.weight_decay, now, p, g, buffers);
    }
    fn thresholds<T: Real>(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool {
        self.limits(now, buffers, out)
    }
}

impl Adam {
    /// The update, where decoupled weight decay takes the part `lost` of each parameter.
    #[inline(always)]
    pub(super) fn walk<T: Real>(
        &self,
        lost: f64,
        now: Now<'_>,
        p: &mut [T],
        g: &[T],
        buffers: &mut [&mut [T]],
    ) {
        let (beta1, beta2): (T, T) = (decay(self.beta1), decay(self.beta2));
        let [first, second] = self.corrections::<T>(now.t);
        let (step, unbias_root) = (T::of(self.lr / first), T::of(1.0 / second.sqrt()));
        let eps = T::of(self.eps_after(second));
        let keep: T = now.keep(lost);
        match buffers {
            [m, v] => {
                for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
                    *m = mix(beta1, *m, g);
                    *v = mix(beta2, *v, g * g);
                    *p = keep * *p - step * (*m / (v.sqrt() * unbias_root + eps));
                }
            }
            [m, v, max] => {
                // optax compares averages that are already corrected.
                let (unbias, unbias_root) = match self.convention {
                    Convention::Optax => (T::of(1.0 / second), T::ONE),
                    _ => (T::ONE, unbias_root),
                };
                let state = m.iter_mut().zip(v.iter_mut()).zip(max.iter_mut());
                for ((p, &g), ((m, v), max)) in p.iter_mut().zip(g).zip(state) {
                    *m = mix(beta1, *m, g);
                    *v = mix(beta2, *v, g * g);
                    *max = max.max(unbias * *v);
                    *p = keep * *p - step * (*m / (max.sqrt() * unbias_root + eps));
                }
            }
            _ => unreachable!("adam has two buffers, or three with amsgrad"),
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

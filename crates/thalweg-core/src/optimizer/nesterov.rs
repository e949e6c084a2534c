//! Nesterov's momentum: the gradient counts where the velocity is about to carry the parameters.

use super::convention::lr_inside_or_outside;
use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// Nesterov's accelerated gradient (Nesterov 1983) as Sutskever et al. 2013, equations 3 and 4, write it,
/// seen from the look-ahead point (Bengio, Boulanger-Lewandowski & Pascanu 2013, section 3.5,
/// arXiv:1212.0901).
///
/// ```text
/// v ← momentum v + g
/// p ← (1 − lr weight_decay) p − lr (g + momentum v)
/// with convention keras or paper:  lr g stands for g, and p ← (1 − lr weight_decay) p − (lr g + momentum v)
/// ```
///
/// ## Differences
/// By default as PyTorch's SGD with `nesterov=True` and optax's. The parameters are the look-ahead point,
/// where the gradient is taken, not Sutskever's θ; they meet as the velocity dies out. Keras, scikit-learn
/// and Sutskever keep `lr` inside the velocity, which differs as soon as `lr` changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Nesterov {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the velocity.
    pub momentum: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Nesterov {
    fn default() -> Self {
        Nesterov {
            lr: 1e-3,
            momentum: 0.9,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Nesterov {
    const CARD: &'static Card = &Card {
        name: "nesterov",
        summary: "Momentum that takes the gradient where the velocity is about to carry the parameters.",
        formula: "v ← momentum v + g\np ← (1 − lr weight_decay) p − lr (g + momentum v)\nwith convention keras or paper:  lr g stands for g, and p ← (1 − lr weight_decay) p − (lr g + momentum v)",
        paper: "Sutskever et al. 2013, On the Importance of Initialization and Momentum in Deep Learning, equations 3 and 4, PMLR 28:1139-1147",
        differences: "By default as PyTorch's SGD with nesterov=True and optax's. The parameters are the look-ahead point, where the gradient is taken, not Sutskever's θ; they meet as the velocity dies out. Keras, scikit-learn and Sutskever keep lr inside the velocity, which differs as soon as lr changes.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr("Learning rate: the step for a velocity of 1.", |s| {
            &mut s.lr
        }),
        fields::momentum(|s| &mut s.momentum),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for Nesterov {
    fn buffers(&self) -> &'static [&'static str] {
        &["v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v] = buffers else {
            unreachable!("nesterov has one buffer")
        };
        let (inside, outside) = lr_inside_or_outside(self.convention, self.lr);
        let (inside, outside) = (T::of(inside), T::of(outside));
        let (momentum, keep): (T, T) =
            (decay(self.momentum), now.keep(self.lr * self.weight_decay));
        for ((p, &g), v) in p.iter_mut().zip(g).zip(v.iter_mut()) {
            let g = inside * g;
            *v = momentum * *v + g;
            *p = keep * *p - outside * (g + momentum * *v);
        }
    }

    fn thresholds<T: Real>(&self, _now: Now<'_>, _buffers: &[&[T]], out: &mut [f64]) -> bool {
        let (one, two) = (1.0 + self.momentum, 1.0 + 2.0 * self.momentum);
        out.fill(2.0 * one / (two * self.lr));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn is_sutskevers_form_seen_from_the_look_ahead_point() {
        let rule = Nesterov {
            lr: 0.05,
            momentum: 0.8,
            ..Nesterov::default()
        };
        let slope = |x: f64| 4.0 * x + x.powi(3);
        let (mut state, mut p) = (State::new(&rule, 1), [1.5]);
        let (mut theta, mut velocity) = (1.5_f64, 0.0);
        for _ in 0..40 {
            // Equations 3 and 4.
            velocity = 0.8 * velocity - 0.05 * slope(theta + 0.8 * velocity);
            theta += velocity;
            let g = [slope(p[0])];
            state.step(&rule, &mut p, &g);
            assert!((p[0] - (theta + 0.8 * velocity)).abs() < 1e-14);
        }
    }
}

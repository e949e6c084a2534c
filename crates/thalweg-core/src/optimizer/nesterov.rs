//! Nesterov's momentum: the gradient counts where the velocity is about to carry the parameters.

use super::{Now, Rule, decay};
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Nesterov's accelerated gradient (Nesterov 1983) as Sutskever et al. 2013, equations 3 and 4, write it, seen
/// from the look-ahead point (Bengio, Boulanger-Lewandowski & Pascanu 2013, section 3.5, arXiv:1212.0901).
///
/// ```text
/// v ← momentum v + g
/// p ← p − lr (g + momentum v)
/// ```
///
/// ## Differences
/// As PyTorch's SGD with `nesterov=True`. The parameters are the look-ahead point, where the gradient is taken,
/// not Sutskever's θ; they meet as the velocity dies out.
#[derive(Clone, Debug, PartialEq)]
pub struct Nesterov {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the velocity.
    pub momentum: f64,
}

impl Default for Nesterov {
    fn default() -> Self {
        Nesterov {
            lr: 1e-3,
            momentum: 0.9,
        }
    }
}

impl Spec for Nesterov {
    const CARD: &'static Card = &Card {
        name: "nesterov",
        summary: "Momentum that takes the gradient where the velocity is about to carry the parameters.",
        formula: "v ← momentum v + g\np ← p − lr (g + momentum v)",
        paper: "Sutskever et al. 2013, On the Importance of Initialization and Momentum in Deep Learning, equations 3 and 4, PMLR 28:1139-1147",
        differences: "As PyTorch's SGD with nesterov=True: the parameters are the look-ahead point, not Sutskever's θ.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "lr",
            doc: "Learning rate: the step for a velocity of 1.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.lr),
        },
        Field {
            name: "momentum",
            doc: "Decay of the velocity: it remembers about 1 / (1 − momentum) gradients.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.momentum),
        },
    ];
}

impl Rule for Nesterov {
    const BUFFERS: &'static [&'static str] = &["v"];

    fn update<T: Real>(&self, _now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v] = buffers else {
            unreachable!("Nesterov declares one buffer")
        };
        let (lr, momentum): (T, T) = (T::of(self.lr), decay(self.momentum));
        for ((p, &g), v) in p.iter_mut().zip(g).zip(v.iter_mut()) {
            *v = momentum * *v + g;
            *p -= lr * (g + momentum * *v);
        }
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

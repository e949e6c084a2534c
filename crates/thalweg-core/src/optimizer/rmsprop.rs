//! RMSprop: steps scaled by the root of an average of squared gradients.

use super::{Now, Rule, decay};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// RMSprop (Tieleman & Hinton 2012, slide 29), and centered (Graves 2013, equations 38 to 41).
///
/// ```text
/// v ← ρ v + (1 − ρ) g²
/// d = √v + ε
/// centered:  ḡ ← ρ ḡ + (1 − ρ) g,  d = √(v − ḡ²) + ε
/// with bias_correction:  v / (1 − ρᵗ) and ḡ / (1 − ρᵗ) stand for v and ḡ in d
/// with momentum:  b ← momentum b + g / d,  p ← p − lr b
/// without:  p ← p − lr g / d
/// ```
///
/// ## Differences
/// As PyTorch's, whose ρ is called `alpha` and which has no `bias_correction`; Keras and Graves have ε inside the
/// root. v − ḡ² is computed as (√v − |ḡ|)(√v + |ḡ|), which stays meaningful where squares overflow, and at least
/// 0: elsewhere a rounding below 0 gives NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the averages.
    pub rho: f64,
    /// Added to the root.
    pub eps: f64,
    /// Decay of the velocity; 0 has none.
    pub momentum: f64,
    /// Whether the gradient's mean is taken out of its square.
    pub centered: bool,
    /// Whether the averages' start from 0 is made up for.
    pub bias_correction: bool,
}

impl Default for RmsProp {
    fn default() -> Self {
        RmsProp {
            lr: 1e-2,
            rho: 0.99,
            eps: 1e-8,
            momentum: 0.0,
            centered: false,
            bias_correction: false,
        }
    }
}

impl Spec for RmsProp {
    const CARD: &'static Card = &Card {
        name: "rmsprop",
        summary: "Steps scaled by the root of an average of squared gradients.",
        formula: "v ← ρ v + (1 − ρ) g²\nd = √v + ε\ncentered:  ḡ ← ρ ḡ + (1 − ρ) g,  d = √(v − ḡ²) + ε\nwith bias_correction:  v / (1 − ρᵗ) and ḡ / (1 − ρᵗ) stand for v and ḡ in d\nwith momentum:  b ← momentum b + g / d,  p ← p − lr b\nwithout:  p ← p − lr g / d",
        paper: "Tieleman & Hinton 2012, Neural Networks for Machine Learning, lecture 6e, slide 29; Graves 2013, equations 38 to 41, arXiv:1308.0850",
        differences: "As PyTorch, whose rho is called alpha. Keras and Graves have ε inside the root. A v − ḡ² that rounding makes negative counts as 0; elsewhere it gives NaN.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "lr",
            doc: "Learning rate: about the size of a step in each coordinate.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.lr),
        },
        Field {
            name: "rho",
            doc: "Decay of the averages: they look back about 1 / (1 − ρ) steps.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.rho),
        },
        Field {
            name: "eps",
            doc: "Added to the root, so that a vanishing gradient does not divide by zero.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.eps),
        },
        Field {
            name: "momentum",
            doc: "Decay of a velocity of scaled gradients; 0 has none.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.momentum),
        },
        Field {
            name: "centered",
            doc: "Whether the gradient's mean is taken out of its square: what scales the steps is then a variance.",
            range: Range::Any,
            slot: Slot::Switch(|s| &mut s.centered),
        },
        Field {
            name: "bias_correction",
            doc: "Whether the averages' start from 0 is made up for, which makes the first steps smaller.",
            range: Range::Any,
            slot: Slot::Switch(|s| &mut s.bias_correction),
        },
    ];
}

impl Rule for RmsProp {
    const BUFFERS: &'static [&'static str] = &["v", "mean", "velocity"];

    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        // A loop of its own for each form, so that none decides anything in its loop.
        match (self.centered, self.momentum > 0.0) {
            (false, false) => self.walk::<T, false, false>(now, p, g, buffers),
            (false, true) => self.walk::<T, false, true>(now, p, g, buffers),
            (true, false) => self.walk::<T, true, false>(now, p, g, buffers),
            (true, true) => self.walk::<T, true, true>(now, p, g, buffers),
        }
    }
}

impl RmsProp {
    fn walk<T: Real, const CENTERED: bool, const MOVING: bool>(
        &self,
        now: Now<'_>,
        p: &mut [T],
        g: &[T],
        buffers: &mut [&mut [T]],
    ) {
        let [v, mean, velocity] = buffers else {
            unreachable!("RmsProp declares three buffers")
        };
        let (rho, eps): (T, T) = (decay(self.rho), T::of(self.eps));
        let (lr, momentum): (T, T) = (T::of(self.lr), decay(self.momentum));
        let unbias = if self.bias_correction {
            T::of(1.0 / correction(rho.to_f64(), now.t))
        } else {
            T::ONE
        };
        let state = v.iter_mut().zip(mean.iter_mut()).zip(velocity.iter_mut());
        for ((p, &g), ((v, mean), velocity)) in p.iter_mut().zip(g).zip(state) {
            *v = mix(rho, *v, g * g);
            let mut root = (*v * unbias).sqrt();
            if CENTERED {
                *mean = mix(rho, *mean, g);
                let size = (*mean * unbias).abs();
                root = ((root - size) * (root + size)).max(T::ZERO).sqrt();
            }
            let mut scaled = g / (root + eps);
            if MOVING {
                *velocity = momentum * *velocity + scaled;
                scaled = *velocity;
            }
            *p -= lr * scaled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn a_corrected_average_makes_the_first_step_as_long_as_lr() {
        let rule = RmsProp {
            bias_correction: true,
            eps: 0.0,
            ..RmsProp::default()
        };
        let mut p = [0.0_f64, 0.0];
        State::new(&rule, 2).step(&rule, &mut p, &[3.0, -1e-4]);
        assert!((p[0] + 0.01).abs() < 1e-15 && (p[1] - 0.01).abs() < 1e-15);
    }

    #[test]
    fn a_centered_constant_gradient_is_never_nan() {
        let rule = RmsProp {
            centered: true,
            rho: 0.5,
            ..RmsProp::default()
        };
        for gradient in [0.1_f32, 1.0 / 3.0, 7e18, 3e38] {
            let (mut state, mut p) = (State::new(&rule, 1), [0.0]);
            for _ in 0..200 {
                state.step(&rule, &mut p, &[gradient]);
                assert!(!p[0].is_nan(), "{gradient}");
            }
        }
    }
}

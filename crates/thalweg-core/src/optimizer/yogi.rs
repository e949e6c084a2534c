//! Yogi: Adam whose average of squares grows fast but falls slowly.

use super::{Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// Yogi (Zaheer et al. 2018, algorithm 2), with the corrections of Adam.
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← v − (1 − β₂) sign(v − g²) g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)
/// ```
///
/// ## Differences
/// As optax, which lets m and v start from `initial_accumulator` and corrects both as Adam does. The paper
/// corrects neither. PyTorch and Keras have no Yogi. Where g² overflows, v does and stays infinite: the
/// coordinate stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Yogi {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// How little each square changes the average.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Where both averages start.
    pub initial_accumulator: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Yogi {
    fn default() -> Self {
        Yogi {
            lr: 1e-2,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-3,
            initial_accumulator: 1e-6,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Yogi {
    const CARD: &'static Card = &Card {
        name: "yogi",
        summary: "Adam whose average of squares changes by no more than the new square, so that steps do not jump.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← v − (1 − β₂) sign(v − g²) g²\nm̂ = m / (1 − β₁ᵗ)\nv̂ = v / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)",
        paper: "Zaheer et al. 2018, Adaptive Methods for Nonconvex Optimization, algorithm 2, NeurIPS 31",
        differences: "As optax, which lets m and v start from initial_accumulator and corrects both as Adam does. The paper corrects neither. PyTorch and Keras have no Yogi. Where g² overflows, v does and stays infinite: the coordinate stops.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::float(
            "beta2",
            "How little each squared gradient changes the average.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::eps(|s| &mut s.eps),
        fields::float(
            "initial_accumulator",
            "Where both averages start.",
            Range::NOT_NEGATIVE,
            |s| &mut s.initial_accumulator,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for Yogi {
    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn initial(&self, _buffer: usize) -> f64 {
        self.initial_accumulator
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("yogi has two buffers")
        };
        let (beta1, beta2): (T, T) = (decay(self.beta1), decay(self.beta2));
        let step = T::of(self.lr / correction(beta1.to_f64(), now.t));
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        let (share, eps) = (T::ONE - beta2, T::of(self.eps));
        let keep: T = now.keep(self.lr * self.weight_decay);
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            let square = g * g;
            // Not the sign of v − g², which is NaN where both are infinite.
            let change = share * square;
            *v = if *v > square {
                *v - change
            } else if *v < square {
                *v + change
            } else {
                *v
            };
            *p = keep * *p - step * (*m / (v.sqrt() / root + eps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_average_moves_by_the_new_square_alone() {
        let rule = Yogi {
            initial_accumulator: 4.0,
            beta2: 0.75,
            ..Yogi::default()
        };
        let (mut state, mut p) = (State::new(&rule, 3), [0.0_f64; 3]);
        state.step(&rule, &mut p, &[1.0, 3.0, 2.0]);
        assert_eq!(state.buffers[1], [3.75, 6.25, 4.0]);
    }
}

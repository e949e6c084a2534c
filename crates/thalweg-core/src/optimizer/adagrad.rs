//! Adagrad: every coordinate has its own learning rate, the smaller the more its gradients have added up.

use super::{Now, Rule};
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Adagrad with a diagonal matrix (Duchi, Hazan & Singer 2011, figure 1).
///
/// ```text
/// s ← s + g²
/// p ← p − lr / (1 + (t − 1) lr_decay) · g / (√s + ε)
/// ```
///
/// ## Differences
/// As PyTorch's. Keras and optax start from s = 0.1 and have ε inside the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Adagrad {
    /// Learning rate.
    pub lr: f64,
    /// How fast the learning rate falls besides.
    pub lr_decay: f64,
    /// Where the sums of squares start.
    pub initial_accumulator: f64,
    /// Added to the root.
    pub eps: f64,
}

impl Default for Adagrad {
    fn default() -> Self {
        Adagrad {
            lr: 1e-2,
            lr_decay: 0.0,
            initial_accumulator: 0.0,
            eps: 1e-10,
        }
    }
}

impl Spec for Adagrad {
    const CARD: &'static Card = &Card {
        name: "adagrad",
        summary: "A learning rate for each coordinate, the smaller the more its gradients have added up.",
        formula: "s ← s + g²\np ← p − lr / (1 + (t − 1) lr_decay) · g / (√s + ε)",
        paper: "Duchi, Hazan & Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, figure 1, JMLR 12:2121-2159",
        differences: "As PyTorch. Keras and optax start from s = 0.1 and have ε inside the root.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "lr",
            doc: "Learning rate: the size of the first step in each coordinate.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.lr),
        },
        Field {
            name: "lr_decay",
            doc: "How fast the learning rate falls besides: it has halved after 1 / lr_decay steps.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.lr_decay),
        },
        Field {
            name: "initial_accumulator",
            doc: "Where the sums of squares start: more makes the first steps smaller.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.initial_accumulator),
        },
        Field {
            name: "eps",
            doc: "Added to the root, so that a gradient that was always 0 does not divide by zero.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.eps),
        },
    ];
}

impl Rule for Adagrad {
    const BUFFERS: &'static [&'static str] = &["s"];

    fn initial(&self, _buffer: usize) -> f64 {
        self.initial_accumulator
    }

    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [s] = buffers else {
            unreachable!("Adagrad declares one buffer")
        };
        let eps = T::of(self.eps);
        let step = T::of(self.lr / (1.0 + (now.t - 1) as f64 * self.lr_decay));
        for ((p, &g), s) in p.iter_mut().zip(g).zip(s.iter_mut()) {
            *s += g * g;
            *p -= step * (g / (s.sqrt() + eps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn steps_under_a_constant_gradient_fall_as_the_root_of_time() {
        let rule = Adagrad {
            lr: 0.1,
            eps: 0.0,
            ..Adagrad::default()
        };
        let (mut state, mut p, mut closed) = (State::new(&rule, 1), [0.0_f64], 0.0);
        for t in 1..=100 {
            state.step(&rule, &mut p, &[-3e4]);
            closed += 0.1 / f64::from(t).sqrt();
            assert!((p[0] - closed).abs() < 1e-13);
        }
    }
}

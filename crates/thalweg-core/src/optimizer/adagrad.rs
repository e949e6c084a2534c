//! Adagrad: every coordinate has its own learning rate, the smaller the more its gradients have added up.

use super::{Convention, Now, Rule, fields};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// Adagrad with a diagonal matrix (Duchi, Hazan & Singer 2011, figure 1).
///
/// ```text
/// s ← s + g²
/// p ← (1 − lr weight_decay) p − lr / (1 + (t − 1) lr_decay) · g / (√s + ε)
/// with convention keras or optax:  √(s + ε) stands for √s + ε
/// ```
///
/// ## Differences
/// By default as PyTorch, which is also the paper's form. Keras and optax start from s = 0.1 and have ε
/// inside the root; optax takes no step where s is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Adagrad {
    /// Learning rate.
    pub lr: f64,
    /// How fast the learning rate falls besides.
    pub lr_decay: f64,
    /// Where the sums of squares start; `None` is the convention's 0 or 0.1.
    pub initial_accumulator: Option<f64>,
    /// Added to the root.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Adagrad {
    fn default() -> Self {
        Adagrad {
            lr: 1e-2,
            lr_decay: 0.0,
            initial_accumulator: None,
            eps: 1e-10,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Adagrad {
    const CARD: &'static Card = &Card {
        name: "adagrad",
        summary: "A learning rate for each coordinate, the smaller the more its gradients have added up.",
        formula: "s ← s + g²\np ← (1 − lr weight_decay) p − lr / (1 + (t − 1) lr_decay) · g / (√s + ε)\nwith convention keras or optax:  √(s + ε) stands for √s + ε",
        paper: "Duchi, Hazan & Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, figure 1, JMLR 12:2121-2159",
        differences: "By default as PyTorch, which is also the paper's form. Keras and optax start from s = 0.1 and have ε inside the root; optax takes no step where s is 0.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: the size of the first step in each coordinate.",
            |s| &mut s.lr,
        ),
        fields::float(
            "lr_decay",
            "How fast the learning rate falls besides: it has halved after 1 / lr_decay steps.",
            Range::NOT_NEGATIVE,
            |s| &mut s.lr_decay,
        ),
        fields::float_or(
            "initial_accumulator",
            "Where the sums of squares start (more makes the first steps smaller), or `convention`: 0, with keras and optax 0.1.",
            Range::NOT_NEGATIVE,
            "convention",
            |s| &mut s.initial_accumulator,
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

impl Rule for Adagrad {
    fn buffers(&self) -> &'static [&'static str] {
        &["s"]
    }

    fn initial(&self, _buffer: usize) -> f64 {
        let of_convention = if self.eps_inside() { 0.1 } else { 0.0 };
        self.initial_accumulator.unwrap_or(of_convention)
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [s] = buffers else {
            unreachable!("adagrad has one buffer")
        };
        let step = T::of(self.lr_at(now.t));
        let keep: T = now.keep(self.lr * self.weight_decay);
        let eps = T::of(self.eps);
        let (inside, outside) = if self.eps_inside() {
            (eps, T::ZERO)
        } else {
            (T::ZERO, eps)
        };
        for ((p, &g), s) in p.iter_mut().zip(g).zip(s.iter_mut()) {
            *s += g * g;
            let root = (*s + inside).sqrt() + outside;
            // Without ε, a gradient that was always 0 divides 0 by 0.
            let scaled = if root > T::ZERO { g / root } else { T::ZERO };
            *p = keep * *p - step * scaled;
        }
    }
    fn thresholds<T: Real>(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool {
        let (inside, outside) = if self.eps_inside() {
            (self.eps, 0.0)
        } else {
            (0.0, self.eps)
        };
        for (threshold, s) in out.iter_mut().zip(buffers[0]) {
            *threshold = 2.0 * ((s.to_f64() + inside).sqrt() + outside) / self.lr_at(now.t);
        }
        true
    }
}

impl Adagrad {
    #[inline(always)]
    fn lr_at(&self, t: u64) -> f64 {
        self.lr / (1.0 + (t - 1) as f64 * self.lr_decay)
    }

    fn eps_inside(&self) -> bool {
        matches!(self.convention, Convention::Keras | Convention::Optax)
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

//! LARS: momentum whose steps are as long as a part of the weights that they move, layer by layer.

use super::{Now, Rule, Scope, decay, fields};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// Layer-wise adaptive rate scaling (You, Gitman & Ginsburg 2017, algorithm 1).
///
/// ```text
/// u = g + weight_decay p
/// λ = trust_coefficient ‖p‖ / (‖u‖ + ε)      (1 where either norm is 0)
/// v ← momentum v + lr λ u
/// p ← p − v
/// with nesterov:  p ← p − (lr λ u + momentum v)
/// ```
///
/// ## Differences
/// As optax; `lr` is inside the velocity, as in the paper. A vector of biases that is still 0 has no norm to
/// scale with and takes lr itself as its factor, which is a thousand times more than the others': give biases
/// a group of their own if that is too much. The decay is part of u, so it is not decoupled. PyTorch and
/// Keras have no LARS.
#[derive(Clone, Debug, PartialEq)]
pub struct Lars {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the velocity.
    pub momentum: f64,
    /// Whether the step looks ahead along the velocity.
    pub nesterov: bool,
    /// The part of the weights that a step is long.
    pub trust_coefficient: f64,
    /// Added to the norm of the gradient.
    pub eps: f64,
    /// Weight decay inside the step.
    pub weight_decay: f64,
}

impl Default for Lars {
    fn default() -> Self {
        Lars {
            lr: 1.0,
            momentum: 0.9,
            nesterov: false,
            trust_coefficient: 1e-3,
            eps: 0.0,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Lars {
    const CARD: &'static Card = &Card {
        name: "lars",
        summary: "Momentum whose steps are as long as a part of the weights that they move, layer by layer.",
        formula: "u = g + weight_decay p\nλ = trust_coefficient ‖p‖ / (‖u‖ + ε)      (1 where either norm is 0)\nv ← momentum v + lr λ u\np ← p − v\nwith nesterov:  p ← p − (lr λ u + momentum v)",
        paper: "You, Gitman & Ginsburg 2017, Large Batch Training of Convolutional Networks, algorithm 1, arXiv:1708.03888",
        differences: "As optax; lr is inside the velocity, as in the paper. A vector of biases that is still 0 has no norm to scale with and takes lr itself as its factor, which is a thousand times more than the others': give biases a group of their own if that is too much. The decay is part of u, so it is not decoupled. PyTorch and Keras have no LARS.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: factor on steps that are as long as trust_coefficient of the weights.",
            |s| &mut s.lr,
        ),
        fields::momentum(|s| &mut s.momentum),
        fields::switch(
            "nesterov",
            "Whether the step looks ahead along the velocity.",
            |s| &mut s.nesterov,
        ),
        fields::float(
            "trust_coefficient",
            "The part of the weights' norm that a step is long.",
            Range::POSITIVE,
            |s| &mut s.trust_coefficient,
        ),
        fields::float(
            "eps",
            "Added to the norm of the gradient.",
            Range::NOT_NEGATIVE,
            |s| &mut s.eps,
        ),
        fields::float(
            "weight_decay",
            "Weight decay, scaled with the gradient that it is added to.",
            Range::NOT_NEGATIVE,
            |s| &mut s.weight_decay,
        ),
    ];
}

impl Rule for Lars {
    const SCOPE: Scope = Scope::Segment;

    fn buffers(&self) -> &'static [&'static str] {
        &["v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v] = buffers else {
            unreachable!("lars has one buffer")
        };
        let weight_decay = T::of(if now.piece.decays {
            self.weight_decay
        } else {
            0.0
        });
        let (mut of_weights, mut of_step) = (0.0, 0.0);
        for (&p, &g) in p.iter().zip(g) {
            let u = (g + weight_decay * p).to_f64();
            of_weights += p.to_f64() * p.to_f64();
            of_step += u * u;
        }
        let (of_weights, of_step) = (of_weights.sqrt(), of_step.sqrt());
        let trust = if of_weights > 0.0 && of_step > 0.0 {
            self.trust_coefficient * of_weights / (of_step + self.eps)
        } else {
            1.0
        };
        let (lr, momentum) = (T::of(self.lr * trust), decay(self.momentum));
        let (of_new, of_velocity) = if self.nesterov {
            (T::ONE, momentum)
        } else {
            (T::ZERO, T::ONE)
        };
        for ((p, &g), v) in p.iter_mut().zip(g).zip(v.iter_mut()) {
            let u = lr * (g + weight_decay * *p);
            *v = momentum * *v + u;
            *p -= of_new * u + of_velocity * *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Piece, State};
    use crate::team::Team;

    #[test]
    fn the_first_step_is_as_long_as_its_part_of_the_weights() {
        let rule = Lars {
            lr: 0.5,
            trust_coefficient: 0.01,
            ..Lars::default()
        };
        let (mut state, mut p) = (State::new(&rule, 2), [3.0_f64, 4.0]);
        let piece = Piece::vector(2, true);
        state.advance(&rule);
        state.update_range(&Team::default(), &rule, 0..2, piece, &mut p, &[1e6, 0.0]);
        assert!((p[0] - (3.0 - 0.5 * 0.01 * 5.0)).abs() < 1e-15 && p[1] == 4.0);
    }
}

//! LAMB: Adam whose steps are as long as the weights that they move, layer by layer.

use super::{Convention, Now, Rule, Scope, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// LAMB (You et al. 2020, algorithm 2, with φ the identity).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// u = m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay p
/// p ← p − lr ‖p‖ / ‖u‖ · u      (the quotient is 1 where either norm is 0)
/// with convention keras:  weight_decay p is not in u, and p ← (1 − lr weight_decay) p comes before
/// ```
///
/// ## Differences
/// By default as optax and the paper: the decay is part of u and so is scaled with the step. In Keras it is
/// decoupled. PyTorch has no LAMB.
#[derive(Clone, Debug, PartialEq)]
pub struct Lamb {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Weight decay inside the step.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Lamb {
    fn default() -> Self {
        Lamb {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-6,
            weight_decay: 0.0,
            convention: Convention::Paper,
        }
    }
}

impl Spec for Lamb {
    const CARD: &'static Card = &Card {
        name: "lamb",
        summary: "Adam whose steps are as long as a part of the weights that they move, layer by layer.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nu = m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay p\np ← p − lr ‖p‖ / ‖u‖ · u      (the quotient is 1 where either norm is 0)\nwith convention keras:  weight_decay p is not in u, and p ← (1 − lr weight_decay) p comes before",
        paper: "You et al. 2020, Large Batch Optimization for Deep Learning: Training BERT in 76 Minutes, algorithm 2, arXiv:1904.00962",
        differences: "By default as optax and the paper: the decay is part of u and so is scaled with the step. In Keras it is decoupled. PyTorch has no LAMB.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: the part of the weights' norm that a step is long.",
            |s| &mut s.lr,
        ),
        fields::beta1(|s| &mut s.beta1),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
        fields::float(
            "weight_decay",
            "Weight decay, scaled with the step that it is added to.",
            Range::NOT_NEGATIVE,
            |s| &mut s.weight_decay,
        ),
        fields::convention(
            || vec!["keras", "optax", "paper"],
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for Lamb {
    const SCOPE: Scope = Scope::Segment;

    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v] = buffers else {
            unreachable!("lamb has two buffers")
        };
        let (beta1, beta2, eps): (T, T, T) =
            (decay(self.beta1), decay(self.beta2), T::of(self.eps));
        let unbias = T::of(1.0 / correction(beta1.to_f64(), now.t));
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        let decoupled = self.convention == Convention::Keras;
        if decoupled {
            let keep: T = now.keep(self.lr * self.weight_decay);
            for p in p.iter_mut() {
                *p = keep * *p;
            }
        }
        let weight_decay = if now.piece.decays && !decoupled {
            T::of(self.weight_decay)
        } else {
            T::ZERO
        };
        let direction = |m: T, v: T, p: T| unbias * m / (v.sqrt() / root + eps) + weight_decay * p;
        let (mut of_weights, mut of_step) = (0.0, 0.0);
        for (((&p, &g), m), v) in p.iter().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            *m = mix(beta1, *m, g);
            *v = mix(beta2, *v, g * g);
            let u = direction(*m, *v, p).to_f64();
            of_weights += p.to_f64() * p.to_f64();
            of_step += u * u;
        }
        let trust = if of_weights > 0.0 && of_step > 0.0 {
            (of_weights / of_step).sqrt()
        } else {
            1.0
        };
        let step = T::of(self.lr * trust);
        for ((p, m), v) in p.iter_mut().zip(m.iter()).zip(v.iter()) {
            *p -= step * direction(*m, *v, *p);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Piece, State};
    use crate::team::Team;

    #[test]
    fn every_step_is_as_long_as_its_part_of_the_weights() {
        let rule = Lamb::default();
        let (mut state, mut p) = (State::new(&rule, 2), [3.0_f64, 4.0]);
        state.advance(&rule);
        let piece = Piece::vector(2, true);
        state.update_range(&Team::default(), &rule, 0..2, piece, &mut p, &[1e3, -2.0]);
        let step = ((p[0] - 3.0).powi(2) + (p[1] - 4.0).powi(2)).sqrt();
        assert!((step - 5e-3).abs() < 1e-15);
    }
}

//! Muon: momentum whose steps turn and stretch every direction of a matrix alike.

use super::{Adjust, Convention, fields};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Muon (Jordan et al. 2024), with AdamW's steps for vectors.
///
/// ```text
/// m ← momentum m + (1 − momentum) g
/// u = momentum m + (1 − momentum) g with nesterov, otherwise m
/// X = u / max(‖u‖, ε)      (with convention keras or optax:  u / (‖u‖ + ε))
/// ns_steps times:  A = X Xᵀ,  X ← a X + (b A + c A²) X,  (a, b, c) = (3.4445, −4.775, 2.0315)
/// p ← (1 − lr weight_decay) p − lr κ X
/// κ = √max(1, rows / columns), or 0.2 √max(rows, columns) with adjust = "match_rms_adamw"
/// with convention optax:  m / (1 − momentumᵗ⁺¹) and g / (1 − momentumᵗ) stand for m and g in u
/// of a vector:  AdamW with lr · vector_scale, beta1, beta2, ε = 1e-8
/// ```
///
/// ## Differences
/// As PyTorch's Muon, which refuses vectors, and which computes X with bfloat16; here X has the precision of
/// the parameters. A matrix with more rows than columns is transposed first, which changes nothing but the
/// cost. Keras and optax add ε to the norm, which in Keras is of a sum, not of an average; optax also corrects the average's start from 0, which the norm
/// takes out again unless `nesterov` mixes it with g.
#[derive(Clone, Debug, PartialEq)]
pub struct Muon {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub momentum: f64,
    /// Whether the newest gradient counts once more.
    pub nesterov: bool,
    /// Newton-Schulz steps.
    pub ns_steps: u64,
    /// How lr depends on the shape of a matrix.
    pub adjust: Adjust,
    /// The least norm that a step is divided by.
    pub eps: f64,
    /// Factor of lr for vectors.
    pub vector_scale: f64,
    /// Decay of the average of gradients of vectors.
    pub beta1: f64,
    /// Decay of the average of squares of vectors.
    pub beta2: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Muon {
    fn default() -> Self {
        Muon {
            lr: 1e-3,
            momentum: 0.95,
            nesterov: true,
            ns_steps: 5,
            adjust: Adjust::Original,
            eps: 1e-7,
            vector_scale: 1.0,
            beta1: 0.9,
            beta2: 0.999,
            weight_decay: 0.1,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Muon {
    const CARD: &'static Card = &Card {
        name: "muon",
        summary: "Momentum whose steps turn and stretch every direction of a weight matrix alike; vectors take AdamW steps.",
        formula: "m ← momentum m + (1 − momentum) g\nu = momentum m + (1 − momentum) g with nesterov, otherwise m\nX = u / max(‖u‖, ε)      (with convention keras or optax:  u / (‖u‖ + ε))\nns_steps times:  A = X Xᵀ,  X ← a X + (b A + c A²) X,  (a, b, c) = (3.4445, −4.775, 2.0315)\np ← (1 − lr weight_decay) p − lr κ X\nκ = √max(1, rows / columns), or 0.2 √max(rows, columns) with adjust = \"match_rms_adamw\"\nwith convention optax:  m / (1 − momentumᵗ⁺¹) and g / (1 − momentumᵗ) stand for m and g in u\nof a vector:  AdamW with lr · vector_scale, beta1, beta2, ε = 1e-8",
        paper: "Jordan et al. 2024, Muon: An Optimizer for Hidden Layers in Neural Networks, kellerjordan.github.io/posts/muon; Liu et al. 2025, Muon Is Scalable for LLM Training, arXiv:2502.16982 (match_rms_adamw)",
        differences: "As PyTorch's Muon, which refuses vectors, and which computes X with bfloat16; here X has the precision of the parameters. A matrix with more rows than columns is transposed first, which changes nothing but the cost. Keras and optax add ε to the norm, which in Keras is of a sum, not of an average; optax also corrects the average's start from 0, which the norm takes out again unless nesterov mixes it with g.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: about the size of the step in every direction of a matrix.",
            |s| &mut s.lr,
        ),
        fields::float(
            "momentum",
            "Decay of the average of gradients.",
            Range::FRACTION,
            |s| &mut s.momentum,
        ),
        fields::switch(
            "nesterov",
            "Whether the newest gradient counts once more.",
            |s| &mut s.nesterov,
        ),
        fields::count(
            "ns_steps",
            "Newton-Schulz steps that make the step orthogonal.",
            Range::count(1, 99),
            |s| &mut s.ns_steps,
        ),
        Field {
            name: "adjust",
            doc: "How lr depends on the shape of a matrix: `match_rms_adamw` takes an lr that was tuned for AdamW.",
            range: Range::OneOf(|| vec!["original", "match_rms_adamw"]),
            slot: Slot::Choice(
                |s| s.adjust.name(),
                |s, word| s.adjust = Adjust::named(word),
            ),
        },
        fields::float(
            "eps",
            "The least norm that the average is divided by.",
            Range::POSITIVE,
            |s| &mut s.eps,
        ),
        fields::float(
            "vector_scale",
            "Factor of lr for vectors, which take AdamW steps.",
            Range::NOT_NEGATIVE,
            |s| &mut s.vector_scale,
        ),
        fields::float(
            "beta1",
            "Decay of the average of gradients of vectors.",
            Range::FRACTION,
            |s| &mut s.beta1,
        ),
        fields::float(
            "beta2",
            "Decay of the average of squared gradients of vectors.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            || vec!["torch", "keras", "optax"],
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Piece, State};
    use crate::team::Team;

    #[test]
    fn a_vector_takes_the_steps_of_adamw() {
        let rule = Muon::default();
        let (mut state, mut p) = (State::new(&rule, 2), [1.0_f64, 1.0]);
        state.advance(&rule);
        let piece = Piece::vector(2, false);
        state.update_range(&Team::default(), &rule, 0..2, piece, &mut p, &[2.0, -3.0]);
        assert!((p[0] - 0.999).abs() < 1e-10 && (p[1] - 1.001).abs() < 1e-10);
    }
}

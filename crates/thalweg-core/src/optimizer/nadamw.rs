//! NadamW: Nadam with weight decay beside the gradient.

use super::Nadam;
use super::{Convention, Now, Rule, fields};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// Nadam (Dozat 2016, algorithm 2) with decoupled weight decay (Loshchilov & Hutter 2019).
///
/// ```text
/// μₜ = β₁ (1 − ½ 0.96^(t momentum_decay))
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = μₜ₊₁ m / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ) + (1 − μₜ) g / (1 − ∏ᵢ₌₁ᵗ μᵢ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)
/// with convention optax:  μₜ = β₁
/// with convention paper:  v̂ = β₂ v / (1 − β₂ᵗ)
/// ```
///
/// ## Differences
/// [`super::Nadam`] with another default: as PyTorch's NAdam with `decoupled_weight_decay=True`, or optax's
/// nadamw with `convention = "optax"`. The conventions are Nadam's.
#[derive(Clone, Debug, PartialEq)]
pub struct NadamW {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// How fast the momentum grows; `None` is the convention's.
    pub momentum_decay: Option<f64>,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for NadamW {
    fn default() -> Self {
        NadamW {
            lr: 2e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            momentum_decay: None,
            weight_decay: 1e-2,
            convention: Convention::Torch,
        }
    }
}

impl Spec for NadamW {
    const CARD: &'static Card = &Card {
        name: "nadamw",
        summary: "Nadam with weight decay beside the gradient, so that it is not scaled with it.",
        formula: "μₜ = β₁ (1 − ½ 0.96^(t momentum_decay))\nm ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = μₜ₊₁ m / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ) + (1 − μₜ) g / (1 − ∏ᵢ₌₁ᵗ μᵢ)\nv̂ = v / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)\nwith convention optax:  μₜ = β₁\nwith convention paper:  v̂ = β₂ v / (1 − β₂ᵗ)",
        paper: "Dozat 2016, Incorporating Nesterov Momentum into Adam, algorithm 2, ICLR workshop; Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization, arXiv:1711.05101",
        differences: "Nadam with another default: as PyTorch's NAdam with decoupled_weight_decay=True, or optax's nadamw with convention = \"optax\". The conventions are Nadam's.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::float(
            "beta1",
            "Decay of the average of gradients, and the momentum that is reached in the end.",
            Range::FRACTION,
            |s| &mut s.beta1,
        ),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
        fields::float_or(
            "momentum_decay",
            "How fast the momentum grows from half its final value (0 leaves it there), or `convention`: 0.004, with keras 1, with optax at once.",
            Range::NOT_NEGATIVE,
            "convention",
            |s| &mut s.momentum_decay,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for NadamW {
    const SCALARS: &'static [&'static str] = Nadam::SCALARS;

    fn buffers(&self) -> &'static [&'static str] {
        Rule::buffers(&self.nadam())
    }

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        Rule::advance(&self.nadam(), t, scalars);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        Rule::update(&self.nadam(), now, p, g, buffers);
    }
}

impl NadamW {
    fn nadam(&self) -> Nadam {
        Nadam {
            lr: self.lr,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            momentum_decay: self.momentum_decay,
            weight_decay: self.weight_decay,
            convention: self.convention,
        }
    }
}

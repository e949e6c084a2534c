//! AdamW: Adam with weight decay beside the gradient, not in it.

use super::Adam;
use super::{Convention, Now, Rule, fields};
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// AdamW (Loshchilov & Hutter 2019, algorithm 2).
///
/// ```text
/// m ← β₁ m + (1 − β₁) g
/// v ← β₂ v + (1 − β₂) g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// p ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)
/// with convention paper:  p ← (1 − weight_decay) p − lr m̂ / (√v̂ + ε)
/// ```
/// The decay is left out where the parameters at hand do not decay: biases, as a rule.
///
/// ## Differences
/// [`super::Adam`] with another default, and by default as PyTorch, Keras and optax, who all multiply the
/// decay by `lr`; the paper does not, so that its λ is lr · `weight_decay`, and its schedule drives both:
/// with `convention = "paper"` let one schedule drive `lr` and one `weight_decay`. PyTorch decays biases too
/// unless they are put into a group of their own. ε and `amsgrad` are as Adam's in each convention.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Whether the largest average of squares so far counts.
    pub amsgrad: bool,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            amsgrad: false,
            weight_decay: 1e-2,
            convention: Convention::Torch,
        }
    }
}

impl Spec for AdamW {
    const CARD: &'static Card = &Card {
        name: "adamw",
        summary: "Adam with weight decay beside the gradient, so that it is not scaled with it.",
        formula: "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nm̂ = m / (1 − β₁ᵗ)\nv̂ = v / (1 − β₂ᵗ)\np ← (1 − lr weight_decay) p − lr m̂ / (√v̂ + ε)\nwith convention paper:  p ← (1 − weight_decay) p − lr m̂ / (√v̂ + ε)",
        paper: "Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2, arXiv:1711.05101",
        differences: "Adam with another default, and by default as PyTorch, Keras and optax, who all multiply the decay by lr; the paper does not, so that its λ is lr · weight_decay, and its schedule drives both: with convention = \"paper\" let one schedule drive lr and one weight_decay. PyTorch decays biases too unless they are in a group of their own. ε and amsgrad are as Adam's in each convention.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::beta1(|s| &mut s.beta1),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
        fields::switch(
            "amsgrad",
            "Whether the largest average of squares so far counts, so that no step grows again.",
            |s| &mut s.amsgrad,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for AdamW {
    fn buffers(&self) -> &'static [&'static str] {
        Rule::buffers(&self.adam())
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let lost = match self.convention {
            Convention::Paper => self.weight_decay,
            _ => self.lr * self.weight_decay,
        };
        self.adam().walk(lost, now, p, g, buffers);
    }
    fn thresholds<T: Real>(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool {
        Rule::thresholds(&self.adam(), now, buffers, out)
    }
}

impl AdamW {
    /// All but the decay.
    fn adam(&self) -> Adam {
        Adam {
            lr: self.lr,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            amsgrad: self.amsgrad,
            weight_decay: 0.0,
            convention: self.convention,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Piece, State};
    use crate::team::Team;

    #[test]
    fn only_what_decays_decays() {
        let rule = AdamW {
            lr: 0.5,
            weight_decay: 0.1,
            ..AdamW::default()
        };
        let (mut state, mut p) = (State::new(&rule, 2), [4.0_f64, 4.0]);
        let team = Team::default();
        state.advance(&rule);
        let (weight, bias) = p.split_at_mut(1);
        state.update_range(&team, &rule, 0..1, Piece::vector(1, true), weight, &[0.0]);
        state.update_range(&team, &rule, 1..2, Piece::vector(1, false), bias, &[0.0]);
        assert_eq!(p, [0.95 * 4.0, 4.0]);
    }

    #[test]
    fn is_adam_where_nothing_decays() {
        let rule = AdamW {
            weight_decay: 0.0,
            ..AdamW::default()
        };
        let (mut ours, mut plain) = ([1.0_f64, -2.0], [1.0, -2.0]);
        let (mut state, mut adam) = (State::new(&rule, 2), State::new(&Adam::default(), 2));
        for t in 0..20 {
            let g = [(f64::from(t) * 0.3).sin(), 1e-4];
            state.step(&rule, &mut ours, &g);
            adam.step(&Adam::default(), &mut plain, &g);
            assert_eq!(ours, plain);
        }
    }
}

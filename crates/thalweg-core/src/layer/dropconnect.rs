//! DropConnect: single weights switched off at random while training.

use super::{Noise, fill_mask};
use crate::Real;
use crate::rng::{Purpose, stream};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// DropConnect (Wan et al. 2013, section 3): a random mask on the weight matrix of a hidden layer.
///
/// ```text
/// Mᵢⱼ = 0 with probability rate, 1 / (1 − rate) otherwise
/// z = (M ⊙ W) x + b
/// ```
///
/// ## Differences
/// One mask for a batch, where the paper draws one for each row: with a mask for each row there is no matrix
/// product any more. The mask is scaled to mean 1, so the stored weights are the mean weights, which are used
/// for prediction; the paper samples a Gaussian there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DropConnect {
    /// The probability of dropping a weight.
    pub rate: f64,
}

impl Spec for DropConnect {
    const CARD: &'static Card = &Card {
        name: "dropconnect",
        summary: "Single weights switched off at random while training.",
        formula: "Mᵢⱼ = 0 with probability rate, 1 / (1 − rate) otherwise\nz = (M ⊙ W) x + b",
        paper: "Wan et al. 2013, Regularization of Neural Networks using DropConnect, section 3",
        differences: "One mask for a batch, where the paper draws one for each row; mean weights in use, where it samples.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "rate",
        doc: "Probability of dropping a weight.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.rate),
    }];
}

impl DropConnect {
    /// The mask of some of a layer's weights in this step, from the one at `first` of the matrix, row-major.
    pub fn fill<T: Real>(&self, noise: Noise, layer: usize, first: usize, mask: &mut [T]) {
        let mut rng = stream(noise.seed, Purpose::DropConnect, layer as u16, noise.step);
        rng.set_word_pos(first as u128);
        fill_mask(&mut rng, self.rate, mask);
    }
}

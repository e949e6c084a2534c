//! Normal: weights from a normal distribution of a given width, whatever the layer's size.

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_normal};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Weights from a normal distribution around 0.
///
/// ```text
/// w ~ N(0, std²)
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    /// Standard deviation.
    pub std: f64,
}

impl Default for Normal {
    fn default() -> Self {
        Normal { std: 0.05 }
    }
}

impl Spec for Normal {
    const CARD: &'static Card = &Card {
        name: "normal",
        summary: "Weights from a normal distribution of a given width, whatever the layer's size.",
        formula: "w ~ N(0, std²)",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "std",
        doc: "Standard deviation.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(|s| &mut s.std),
    }];
}

impl Initializer for Normal {
    fn fill(&self, rng: &mut ChaCha8Rng, _fan_in: usize, _fan_out: usize, weights: &mut [f64]) {
        fill_normal(rng, self.std, weights);
    }
}

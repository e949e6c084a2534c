//! Uniform: weights spread evenly between two bounds, whatever the layer's size.

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_uniform};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Weights spread evenly around 0.
///
/// ```text
/// w ~ U(−bound, bound)
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    /// Largest absolute value.
    pub bound: f64,
}

impl Default for Uniform {
    fn default() -> Self {
        Uniform { bound: 0.05 }
    }
}

impl Spec for Uniform {
    const CARD: &'static Card = &Card {
        name: "uniform",
        summary: "Weights spread evenly between two bounds, whatever the layer's size.",
        formula: "w ~ U(−bound, bound)",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "bound",
        doc: "Largest absolute value.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(|s| &mut s.bound),
    }];
}

impl Initializer for Uniform {
    fn fill(&self, rng: &mut ChaCha8Rng, _fan_in: usize, _fan_out: usize, weights: &mut [f64]) {
        fill_uniform(rng, self.bound, weights);
    }
}

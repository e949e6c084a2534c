//! Zeros: every weight 0, to see what symmetry does to a network.

use rand_chacha::ChaCha8Rng;

use super::Initializer;
use crate::spec::{Card, Field, Spec};

/// Every weight 0.
///
/// All units of a hidden layer then stay alike for ever: a network without a hidden layer can start so, any
/// other cannot learn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zeros;

impl Spec for Zeros {
    const CARD: &'static Card = &Card {
        name: "zeros",
        summary: "Every weight 0: right for a network without hidden layers, and a demonstration in any other.",
        formula: "w = 0",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Initializer for Zeros {
    fn fill(&self, _rng: &mut ChaCha8Rng, _fan_in: usize, _fan_out: usize, weights: &mut [f64]) {
        weights.fill(0.0);
    }
}

//! Xavier uniform: evenly spread weights, as wide as both directions of the signal allow.

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_uniform};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Glorot's normalized initialization (Glorot & Bengio 2010, equation 16).
///
/// ```text
/// w ~ U(−b, b),  b = gain √(6 / (fan_in + fan_out))
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct XavierUniform {
    /// Factor on the weights.
    pub gain: f64,
}

impl Default for XavierUniform {
    fn default() -> Self {
        XavierUniform { gain: 1.0 }
    }
}

impl Spec for XavierUniform {
    const CARD: &'static Card = &Card {
        name: "xavier_uniform",
        summary: "Evenly spread weights that keep the signal's variance, forwards and backwards, where the activation is near its linear part.",
        formula: "w ~ U(−b, b),  b = gain √(6 / (fan_in + fan_out))",
        paper: "Glorot & Bengio 2010, Understanding the Difficulty of Training Deep Feedforward Neural Networks, equation 16, PMLR 9:249-256",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "gain",
        doc: "Factor on the weights.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.gain),
    }];
}

impl Initializer for XavierUniform {
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, fan_out: usize, weights: &mut [f64]) {
        let bound = self.gain * (6.0 / (fan_in + fan_out) as f64).sqrt();
        fill_uniform(rng, bound, weights);
    }
}

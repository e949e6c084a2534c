//! Xavier normal: normal weights, as wide as both directions of the signal allow.

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_normal};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Glorot's condition on the variance with a normal distribution (Glorot & Bengio 2010, equation 12).
///
/// ```text
/// w ~ N(0, σ²),  σ = gain √(2 / (fan_in + fan_out))
/// ```
///
/// ## Differences
/// Not truncated, as in PyTorch. Keras cuts the distribution off at two standard deviations and widens it
/// to keep its variance.
#[derive(Clone, Debug, PartialEq)]
pub struct XavierNormal {
    /// Factor on the weights.
    pub gain: f64,
}

impl Default for XavierNormal {
    fn default() -> Self {
        XavierNormal { gain: 1.0 }
    }
}

impl Spec for XavierNormal {
    const CARD: &'static Card = &Card {
        name: "xavier_normal",
        summary: "Normal weights that keep the signal's variance, forwards and backwards, where the activation is near its linear part.",
        formula: "w ~ N(0, σ²),  σ = gain √(2 / (fan_in + fan_out))",
        paper: "Glorot & Bengio 2010, Understanding the Difficulty of Training Deep Feedforward Neural Networks, equation 12, PMLR 9:249-256",
        differences: "Not truncated, as in PyTorch; Keras cuts the distribution off at two standard deviations.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "gain",
        doc: "Factor on the weights.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.gain),
    }];
}

impl Initializer for XavierNormal {
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, fan_out: usize, weights: &mut [f64]) {
        let std = self.gain * (2.0 / (fan_in + fan_out) as f64).sqrt();
        fill_normal(rng, std, weights);
    }
}

//! He normal: normal weights, as wide as a ReLU layer's inputs allow.

use std::f64::consts::SQRT_2;

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_normal};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// He's initialization (He et al. 2015, equation 10).
///
/// ```text
/// w ~ N(0, σ²),  σ = gain / √fan_in
/// ```
///
/// ## Differences
/// Not truncated, as in PyTorch. Keras cuts the distribution off at two standard deviations and widens it
/// to keep its variance.
#[derive(Clone, Debug, PartialEq)]
pub struct HeNormal {
    /// Factor on the weights: √2 makes up for the half of the signal that ReLU cuts off.
    pub gain: f64,
}

impl Default for HeNormal {
    fn default() -> Self {
        HeNormal { gain: SQRT_2 }
    }
}

impl Spec for HeNormal {
    const CARD: &'static Card = &Card {
        name: "he_normal",
        summary: "Normal weights that keep the signal's variance through ReLU.",
        formula: "w ~ N(0, σ²),  σ = gain / √fan_in",
        paper: "He et al. 2015, Delving Deep into Rectifiers, equation 10, arXiv:1502.01852",
        differences: "Not truncated, as in PyTorch; Keras cuts the distribution off at two standard deviations.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "gain",
        doc: "Factor on the weights: √2 makes up for the half of the signal that ReLU cuts off.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.gain),
    }];
}

impl Initializer for HeNormal {
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, _fan_out: usize, weights: &mut [f64]) {
        fill_normal(rng, self.gain / (fan_in as f64).sqrt(), weights);
    }
}

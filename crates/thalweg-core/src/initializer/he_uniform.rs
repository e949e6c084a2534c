//! He uniform: evenly spread weights, as wide as a ReLU layer's inputs allow.

use std::f64::consts::SQRT_2;

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_uniform};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// He's condition on the variance with a uniform distribution (He et al. 2015, equation 10).
///
/// ```text
/// w ~ U(−b, b),  b = gain √(3 / fan_in)
/// ```
///
/// ## Differences
/// As PyTorch's `kaiming_uniform_` with `nonlinearity="relu"`; its `Linear` layers use the gain √(1/3).
#[derive(Clone, Debug, PartialEq)]
pub struct HeUniform {
    /// Factor on the weights: √2 makes up for the half of the signal that ReLU cuts off.
    pub gain: f64,
}

impl Default for HeUniform {
    fn default() -> Self {
        HeUniform { gain: SQRT_2 }
    }
}

impl Spec for HeUniform {
    const CARD: &'static Card = &Card {
        name: "he_uniform",
        summary: "Evenly spread weights that keep the signal's variance through ReLU.",
        formula: "w ~ U(−b, b),  b = gain √(3 / fan_in)",
        paper: "He et al. 2015, Delving Deep into Rectifiers, equation 10, arXiv:1502.01852",
        differences: "As PyTorch's kaiming_uniform_ with nonlinearity relu; its Linear layers use gain √(1/3).",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "gain",
        doc: "Factor on the weights: √2 makes up for the half of the signal that ReLU cuts off.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.gain),
    }];
}

impl Initializer for HeUniform {
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, _fan_out: usize, weights: &mut [f64]) {
        let bound = self.gain * (3.0 / fan_in as f64).sqrt();
        fill_uniform(rng, bound, weights);
    }
}

//! LeCun normal: normal weights that give each sum the variance of one input.

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_normal};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// LeCun's initialization (LeCun et al. 1998, equation 16).
///
/// ```text
/// w ~ N(0, σ²),  σ = gain / √fan_in
/// ```
///
/// ## Differences
/// Not truncated, as in PyTorch. Keras cuts the distribution off at two standard deviations and widens it
/// to keep its variance.
#[derive(Clone, Debug, PartialEq)]
pub struct LecunNormal {
    /// Factor on the weights.
    pub gain: f64,
}

impl Default for LecunNormal {
    fn default() -> Self {
        LecunNormal { gain: 1.0 }
    }
}

impl Spec for LecunNormal {
    const CARD: &'static Card = &Card {
        name: "lecun_normal",
        summary: "Normal weights that give each unit's sum the variance of one input.",
        formula: "w ~ N(0, σ²),  σ = gain / √fan_in",
        paper: "LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.6, equation 16, doi:10.1007/3-540-49430-8_2",
        differences: "Not truncated, as in PyTorch; Keras cuts the distribution off at two standard deviations.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "gain",
        doc: "Factor on the weights.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.gain),
    }];
}

impl Initializer for LecunNormal {
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, _fan_out: usize, weights: &mut [f64]) {
        fill_normal(rng, self.gain / (fan_in as f64).sqrt(), weights);
    }
}

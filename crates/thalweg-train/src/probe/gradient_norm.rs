//! How large the gradient of each layer is.

use thalweg_core::spec::{Card, Field, Spec};

use super::moment::square;
use super::{Measured, Moment, Probe, Reading, every};

/// The norm of each layer's gradient, weights and biases together.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientNorm {
    /// Steps from one reading to the next.
    pub every: u64,
}

impl Default for GradientNorm {
    fn default() -> Self {
        GradientNorm { every: 20 }
    }
}

impl Spec for GradientNorm {
    const CARD: &'static Card = &Card {
        name: "gradient_norm",
        summary: "The norm of each layer's gradient: whether it vanishes or explodes with depth.",
        formula: "gradient_norm[l] = ‖∇W[l], ∇b[l]‖",
        paper: "",
        differences: "Before any clipping, penalties included.",
    };
    const FIELDS: &'static [Field<Self>] = &[every(
        "Steps from one reading to the next; all readings of one step together cost one more gradient of its batch.",
        |s| &mut s.every,
    )];
}

impl Probe for GradientNorm {
    fn every(&self) -> u64 {
        self.every
    }

    fn needs_gradient(&self) -> bool {
        true
    }

    fn read(&self, moment: &mut Moment<'_, '_>, _memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let norms = moment.by_layer(|range| square(&moment.gradient[range]));
        vec![("gradient_norm", Measured::layers(norms))]
    }
}

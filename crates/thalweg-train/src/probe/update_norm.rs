//! How far a step has moved each layer.

use thalweg_core::spec::{Card, Field, Spec};

use super::{Measured, Moment, Probe, Reading, every};

/// The norm of what a step has added to each layer, weights and biases together.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateNorm {
    /// Steps from one reading to the next.
    pub every: u64,
}

impl Default for UpdateNorm {
    fn default() -> Self {
        UpdateNorm { every: 20 }
    }
}

impl Spec for UpdateNorm {
    const CARD: &'static Card = &Card {
        name: "update_norm",
        summary: "How far a step has moved each layer: what the rule has made of the gradient, decay and wrappers included.",
        formula: "update_norm[l] = ‖ΔW[l], Δb[l]‖",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[every(
        "Steps from one reading to the next, which costs a copy of the parameters.",
        |s| &mut s.every,
    )];
}

impl Probe for UpdateNorm {
    fn every(&self) -> u64 {
        self.every
    }

    fn read(&self, moment: &mut Moment<'_, '_>, _memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let norms = moment.by_layer(|range| moment.moved(range));
        vec![("update_norm", Measured::layers(norms))]
    }
}

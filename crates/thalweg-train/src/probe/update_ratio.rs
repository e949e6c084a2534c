//! How far a step has moved each layer's weights, beside how large they are.

use thalweg_core::layout::Part;
use thalweg_core::spec::{Card, Field, Spec};

use super::moment::square;
use super::{Measured, Moment, Probe, Reading, every};

/// The norm of what a step has added to each layer's weights over the norm of these; biases, which start from 0, are
/// left out.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRatio {
    /// Steps from one reading to the next.
    pub every: u64,
}

impl Default for UpdateRatio {
    fn default() -> Self {
        UpdateRatio { every: 20 }
    }
}

impl Spec for UpdateRatio {
    const CARD: &'static Card = &Card {
        name: "update_ratio",
        summary: "How far a step has moved each layer's weights, as a part of their size: about 0.001 as a rule.",
        formula: "update_ratio[l] = ‖ΔW[l]‖ / ‖W[l]‖",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[every(
        "Steps from one reading to the next, which costs a copy of the parameters.",
        |s| &mut s.every,
    )];
}

impl Probe for UpdateRatio {
    fn every(&self) -> u64 {
        self.every
    }

    fn read(&self, moment: &mut Moment<'_, '_>, _memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let segments = moment.layout().segments().iter();
        let weights = segments.filter(|segment| segment.part == Part::Weight);
        let ratio = |range: std::ops::Range<usize>| {
            let size = square(&moment.before[range.clone()]);
            (moment.moved(range) / size).sqrt()
        };
        let ratios = weights.map(|segment| ratio(segment.range.clone()));
        vec![("update_ratio", Measured::layers(ratios))]
    }
}

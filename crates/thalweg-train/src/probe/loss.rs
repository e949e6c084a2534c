//! The loss of single steps, which an epoch's record has only the mean of.

use thalweg_core::spec::{Card, Field, Spec};

use super::{Measured, Moment, Probe, Reading, every};

/// The loss of a step's batch before the step, with penalties.
#[derive(Clone, Debug, PartialEq)]
pub struct StepLoss {
    /// Steps from one reading to the next.
    pub every: u64,
}

impl Default for StepLoss {
    fn default() -> Self {
        StepLoss { every: 20 }
    }
}

impl Spec for StepLoss {
    const CARD: &'static Card = &Card {
        name: "loss",
        summary: "The loss of a step's batch before the step, with penalties.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[every(
        "Steps from one reading to the next, which costs nothing.",
        |s| &mut s.every,
    )];
}

impl Probe for StepLoss {
    fn every(&self) -> u64 {
        self.every
    }

    fn read(&self, moment: &mut Moment<'_, '_>, _memory: &mut [Vec<f32>]) -> Vec<Reading> {
        vec![("loss", Measured::number(moment.loss))]
    }
}

//! What probes have read after a step: a line of `metrics.jsonl`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What probes have read after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeRecord {
    /// Steps done.
    pub step: u64,
    /// Epochs done.
    pub epoch: u64,
    /// What was read, by name.
    pub probes: BTreeMap<String, Measured>,
}

/// What was read; none where there was no answer, or one that is not finite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Measured {
    /// One number.
    Number(Option<f64>),
    /// A number for each layer, the first one first.
    Layers(Vec<Option<f64>>),
}

impl Measured {
    /// A number, if it is finite.
    pub(super) fn number(x: f64) -> Measured {
        Measured::Number(finite(x))
    }

    /// A number for each layer.
    pub(super) fn layers(numbers: impl IntoIterator<Item = f64>) -> Measured {
        Measured::Layers(numbers.into_iter().map(finite).collect())
    }
}

/// JSON has no other numbers.
fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

impl ProbeRecord {
    /// A number that was read, if it was.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.probes.get(name) {
            Some(Measured::Number(x)) => *x,
            _ => None,
        }
    }

    /// The numbers of all layers, if they were read; else nothing.
    pub fn layers(&self, name: &str) -> &[Option<f64>] {
        match self.probes.get(name) {
            Some(Measured::Layers(numbers)) => numbers,
            _ => &[],
        }
    }
}

//! What a run tells while it goes: for a progress bar, a log, a test.

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Deserializer, Serialize};

use crate::probe::ProbeRecord;
use crate::scores::Scores;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A step was done.
    Step {
        /// Steps done in the run.
        step: u64,
        /// Steps done in this epoch.
        in_epoch: u64,
        /// The loss of its batch, with penalties.
        loss: f64,
    },
    /// An epoch was done; epoch 0 is the network before its first step.
    Epoch(&'a EpochRecord),
    /// Something was measured after a step.
    Probe(&'a ProbeRecord),
}

/// What is known after an epoch: a line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// Gradients of single rows that the steps took so far: in an epoch as many as there are training rows, more with a
    /// solver or SAM, which evaluate again within a step. A product with the Hessian counts as two.
    pub gradients: u64,
    /// The learning rate of the last step; NaN for a rule that has none.
    #[serde(deserialize_with = "or_nan")]
    pub lr: f64,
    /// The mean loss of the epoch's batches, each before its step; none before the first.
    pub loss: Option<f64>,
    /// The scores on the validation rows, if there are any.
    pub validation: Option<Scores>,
    /// The best epoch so far.
    pub best_epoch: u64,
    /// Seconds of training so far.
    pub seconds: f64,
}

/// A number that JSON may not have: what is not finite is written as `null`.
pub(crate) fn or_nan<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

/// Who watches a run, and can stop it.
pub struct Watch<'a> {
    /// Called for every event, on the thread that trains.
    pub observer: &'a mut (dyn FnMut(Event<'_>) + Send),
    /// Set to stop the run after the step at hand.
    pub interrupt: &'a AtomicBool,
}

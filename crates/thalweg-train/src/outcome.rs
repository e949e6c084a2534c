//! How a run ended. None of these is an error: the run's folder is whole in every case.

use std::fmt;

use serde::{Deserialize, Serialize};
use thalweg_core::spec::Value;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// All epochs are done.
    Finished {
        /// How many.
        epochs: u64,
    },
    /// No improvement for as long as the patience allows.
    EarlyStopped {
        /// Epochs done.
        epochs: u64,
        /// The patience.
        patience: u64,
        /// What was looked at.
        monitor: String,
    },
    /// A solver has come to where nothing lowers the loss any more.
    Converged {
        /// Epochs done.
        epochs: u64,
    },
    /// The loss became infinite or NaN.
    Diverged {
        /// The step, from 1.
        step: u64,
        /// The learning rate in force, of a rule that has one.
        lr: Option<f64>,
        /// Whether the gradient was bounded.
        clipped: bool,
    },
    /// Someone asked it to stop.
    Interrupted {
        /// Steps done.
        step: u64,
    },
}

impl Outcome {
    /// One word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Finished { .. } => "finished",
            Outcome::EarlyStopped { .. } => "early_stopped",
            Outcome::Converged { .. } => "converged",
            Outcome::Diverged { .. } => "diverged",
            Outcome::Interrupted { .. } => "interrupted",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Finished { epochs } => write!(f, "all {epochs} epochs done"),
            Outcome::EarlyStopped {
                epochs,
                patience,
                monitor,
            } => write!(
                f,
                "after {epochs} epochs: no better validation {monitor} in the last {patience}"
            ),
            Outcome::Converged { epochs } => write!(
                f,
                "after {epochs} epochs: no step lowers the training loss any more"
            ),
            Outcome::Diverged { step, lr, clipped } => {
                write!(f, "diverged at step {step}: the loss is no longer finite; ")?;
                match lr {
                    Some(lr) => write!(f, "lower optimizer.lr (now {})", Value::Float(*lr))?,
                    None => write!(f, "take smaller steps")?,
                }
                f.write_str(if *clipped {
                    ""
                } else {
                    " or set training.clip_norm"
                })
            }
            Outcome::Interrupted { step } => write!(f, "interrupted after step {step}"),
        }
    }
}

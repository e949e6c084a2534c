//! A training's state between two steps: everything that a checkpoint must hold, and nothing else.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thalweg_core::optimizer::{Optimizer, State};

use crate::archive::{self, Tensor};
use crate::stopping::EarlyStopping;
use crate::{Config, Outcome, TrainError};

/// Where a training is. Random numbers are functions of the seed and these counters, so no generator is in here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Session {
    pub(crate) place: Place,
    pub(crate) stopping: EarlyStopping,
    pub(crate) parameters: Vec<f32>,
    pub(crate) best: Vec<f32>,
    pub(crate) state: State<f32>,
}

/// The counters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Epochs done.
    pub(crate) epoch: u64,
    /// Rows of this epoch done.
    pub(crate) rows: u64,
    /// Steps done.
    pub(crate) step: u64,
    /// Epochs done when the best weights were kept.
    pub(crate) best_epoch: u64,
    /// Σ loss × rows over this epoch's batches.
    pub(crate) loss_sum: f64,
    /// Seconds of training so far.
    pub(crate) seconds: f64,
    /// How the run ended, if it has.
    pub(crate) outcome: Option<Outcome>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: String,
    /// Of the rows that the run began with, and of how they are encoded.
    fingerprint: u32,
    place: Place,
    stopping: EarlyStopping,
    optimizer: String,
    t: u64,
    scalars: Vec<f64>,
}

const REMEDY: &str = "start again with --config run.toml";

impl Session {
    pub(crate) fn new(
        rule: &dyn Optimizer,
        parameters: Vec<f32>,
        stopping: EarlyStopping,
    ) -> Session {
        Session {
            place: Place::default(),
            stopping,
            best: parameters.clone(),
            state: State::new(rule, parameters.len()),
            parameters,
        }
    }

    /// How the run has ended, if a limit is reached.
    pub(crate) fn limit(&self, config: &Config) -> Option<Outcome> {
        let (epoch, limits) = (self.place.epoch, &config.training);
        if let Some(Outcome::Diverged { .. }) = self.place.outcome {
            return self.place.outcome.clone();
        }
        // In the middle of an epoch nothing has been measured since the last limit was not reached.
        if self.place.rows > 0 {
            return None;
        }
        if let Some(patience) = self.stopping.over() {
            let monitor = limits.monitor.clone();
            return Some(Outcome::EarlyStopped {
                epochs: epoch,
                patience,
                monitor,
            });
        }
        (epoch >= limits.epochs).then_some(Outcome::Finished { epochs: epoch })
    }

    pub(crate) fn save(
        &self,
        path: &Path,
        rule: &dyn Optimizer,
        fingerprint: u32,
    ) -> Result<(), TrainError> {
        let header = Header {
            version: env!("CARGO_PKG_VERSION").into(),
            fingerprint,
            place: self.place.clone(),
            stopping: self.stopping.clone(),
            optimizer: rule.card().name.into(),
            t: self.state.t,
            scalars: self.state.scalars.clone(),
        };
        let mut tensors = vec![
            Tensor::vector("parameters", self.parameters.clone()),
            Tensor::vector("best", self.best.clone()),
        ];
        for (name, buffer) in rule.buffers().iter().zip(&self.state.buffers) {
            tensors.push(Tensor::vector(&format!("optimizer.{name}"), buffer.clone()));
        }
        archive::save(path, &header, &tensors)
    }

    /// Reads a checkpoint of `n` parameters; returns also the fingerprint of its data.
    pub(crate) fn load(
        path: &Path,
        rule: &dyn Optimizer,
        n: usize,
    ) -> Result<(Session, u32), TrainError> {
        let (header, mut tensors): (Header, _) = archive::load(path, REMEDY)?;
        let damaged = |reason: String| TrainError::Damaged {
            path: path.into(),
            reason,
            remedy: REMEDY,
        };
        if header.optimizer != rule.card().name {
            let reason = format!("it is of a run with `{}`", header.optimizer);
            return Err(damaged(reason));
        }
        let mut take = |name: &str| -> Result<Vec<f32>, TrainError> {
            let found = tensors
                .iter()
                .position(|it| it.name == name && it.data.len() == n);
            let index = found.ok_or_else(|| damaged(format!("it has no fitting `{name}`")))?;
            Ok(tensors.swap_remove(index).data)
        };
        let (parameters, best) = (take("parameters")?, take("best")?);
        let names = rule.buffers().iter();
        let buffers = names
            .map(|name| take(&format!("optimizer.{name}")))
            .collect::<Result<_, _>>()?;
        let state = State {
            t: header.t,
            scalars: header.scalars,
            buffers,
        };
        let session = Session {
            place: header.place,
            stopping: header.stopping,
            parameters,
            best,
            state,
        };
        Ok((session, header.fingerprint))
    }
}

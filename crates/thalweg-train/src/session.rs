//! A training's state between two steps: everything that a checkpoint must hold, and nothing else.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thalweg_core::descent::{Descent, Saved};
use thalweg_core::layout::Layout;
use thalweg_core::optimizer::State;
use thalweg_core::schedule::{Plateau, ReduceOnPlateau};
use thalweg_core::solver;

use crate::archive::{self, Tensor};
use crate::folder::Folder;
use crate::probe::Probe;
use crate::stopping::EarlyStopping;
use crate::{Config, Outcome, TrainError, Trajectory};

/// Where a training is. Random numbers are functions of the seed and these counters, so no generator is in here.
pub(crate) struct Session {
    pub(crate) place: Place,
    pub(crate) stopping: EarlyStopping,
    pub(crate) parameters: Vec<f32>,
    pub(crate) best: Vec<f32>,
    pub(crate) descent: Descent<f32>,
    /// What a solver remembers, where one is used instead.
    pub(crate) solver: Option<State<f32>>,
    /// What each probe remembers, in the order of [`Config::probes`]: its vectors, empty until there is something.
    pub(crate) probes: Vec<Vec<Vec<f32>>>,
    /// The weights of some steps, where they are recorded: in a file of their own.
    pub(crate) trajectory: Option<Trajectory>,
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
    /// Gradients of single rows that the steps took.
    pub(crate) gradients: u64,
    /// Epochs done when the best weights were kept.
    pub(crate) best_epoch: u64,
    /// Σ loss × rows over this epoch's batches.
    pub(crate) loss_sum: f64,
    /// Seconds of training so far.
    pub(crate) seconds: f64,
    /// What schedules that react to the scores remember, in the order of [`Config::schedules`].
    pub(crate) plateaus: Vec<Scores>,
    /// How the run ended, if it has.
    pub(crate) outcome: Option<Outcome>,
}

/// A [`Plateau`] as a checkpoint holds it: JSON has no infinite numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scores {
    best: Option<f64>,
    bad: u64,
    cooldown: u64,
    pub(crate) reductions: u64,
}

impl Scores {
    /// Lets a schedule react to a score.
    pub(crate) fn push(&mut self, rule: &ReduceOnPlateau, score: f64, higher_is_better: bool) {
        let mut state = Plateau {
            best: self.best.unwrap_or(Plateau::default().best),
            bad: self.bad,
            cooldown: self.cooldown,
            reductions: self.reductions,
        };
        rule.push(&mut state, score, higher_is_better);
        *self = Scores {
            best: state.best.is_finite().then_some(state.best),
            bad: state.bad,
            cooldown: state.cooldown,
            reductions: state.reductions,
        };
    }
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
    scalars: Vec<Vec<f64>>,
    counts: Vec<u64>,
    solver: Option<(u64, Vec<f64>)>,
}

const REMEDY: &str = "start again with --config run.toml";

/// What a vector that a probe remembers is called in a checkpoint.
fn of_probe(probe: &dyn Probe, buffer: &str) -> String {
    format!("probe.{}.{buffer}", probe.card().name)
}

impl Session {
    pub(crate) fn new(
        config: &Config,
        layout: &Layout,
        parameters: Vec<f32>,
        stopping: EarlyStopping,
    ) -> Session {
        let probes = config.probes();
        let memories = probes
            .iter()
            .map(|probe| vec![Vec::new(); probe.buffers().len()]);
        let record = config.training.record_path;
        Session {
            probes: memories.collect(),
            trajectory: record.then(|| Trajectory::new(parameters.len())),
            place: Place {
                plateaus: config.schedules().map(|_| Scores::default()).collect(),
                ..Place::default()
            },
            stopping,
            best: parameters.clone(),
            descent: Descent::new(config.plan(), layout),
            solver: config
                .solver
                .as_deref()
                .map(|it| solver::memory(it, parameters.len())),
            parameters,
        }
    }

    /// How the run has ended, if a limit is reached.
    pub(crate) fn limit(&self, config: &Config) -> Option<Outcome> {
        let (epoch, limits) = (self.place.epoch, &config.training);
        if let Some(Outcome::Diverged { .. } | Outcome::Converged { .. }) = self.place.outcome {
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
        config: &Config,
        fingerprint: u32,
    ) -> Result<(), TrainError> {
        let memory = self.descent.memory();
        let header = Header {
            version: env!("CARGO_PKG_VERSION").into(),
            fingerprint,
            place: self.place.clone(),
            stopping: self.stopping.clone(),
            optimizer: config.method().card().name.into(),
            t: memory.t,
            scalars: memory.scalars,
            counts: memory.counts,
            solver: self
                .solver
                .as_ref()
                .map(|state| (state.t, state.scalars.clone())),
        };
        let mut tensors = vec![
            Tensor::vector("parameters", self.parameters.clone()),
            Tensor::vector("best", self.best.clone()),
        ];
        for (name, vector) in memory.vectors {
            tensors.push(Tensor::vector(&name, vector));
        }
        if let (Some(solver), Some(state)) = (&config.solver, &self.solver) {
            for (name, buffer) in solver.buffers().iter().zip(&state.buffers) {
                tensors.push(Tensor::vector(&format!("solver.{name}"), buffer.clone()));
            }
        }
        for (probe, memory) in config.probes().iter().zip(&self.probes) {
            for (name, buffer) in probe.buffers().iter().zip(memory) {
                if !buffer.is_empty() {
                    tensors.push(Tensor::vector(&of_probe(&**probe, name), buffer.clone()));
                }
            }
        }
        archive::save(path, &header, &tensors)
    }

    /// The trajectory of a run that goes on: what was recorded up to here.
    pub(crate) fn resume_record(&mut self, folder: &Folder) -> Result<(), TrainError> {
        if let Some(trajectory) = &mut self.trajectory
            && self.place.step > 0
            && let Some(mut recorded) = folder.trajectory()?
            && recorded.width() == self.parameters.len()
        {
            recorded.rewind(self.place.step);
            *trajectory = recorded;
        }
        Ok(())
    }

    /// Takes the weights of this step into the trajectory, if there is one and they are to be in it.
    pub(crate) fn record(&mut self) {
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.push(self.place.step, &self.parameters);
        }
    }

    /// Takes the weights of this step as the end of the trajectory, if there is one; a run that goes on replaces it.
    pub(crate) fn record_end(&mut self) {
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.end(self.place.step, &self.parameters);
        }
    }

    /// Goes on from a checkpoint; returns the fingerprint of its data.
    pub(crate) fn load(&mut self, path: &Path, config: &Config) -> Result<u32, TrainError> {
        let (header, mut tensors): (Header, _) = archive::load(path, REMEDY)?;
        let damaged = |reason: String| TrainError::Damaged {
            path: path.into(),
            reason,
            remedy: REMEDY,
        };
        if header.optimizer != config.method().card().name {
            let reason = format!("it is of a run with `{}`", header.optimizer);
            return Err(damaged(reason));
        }
        if header.place.step == 0 {
            // From before the first step: it knows nothing that a new session does not.
            self.place.outcome = header.place.outcome;
            return Ok(header.fingerprint);
        }
        let n = self.parameters.len();
        let mut take = |name: &str| -> Result<Vec<f32>, TrainError> {
            let found = tensors
                .iter()
                .position(|it| it.name == name && it.data.len() == n);
            let index = found.ok_or_else(|| damaged(format!("it has no fitting `{name}`")))?;
            Ok(tensors.swap_remove(index).data)
        };
        (self.parameters, self.best) = (take("parameters")?, take("best")?);
        if let (Some(solver), Some(state)) = (&config.solver, &mut self.solver) {
            for (name, buffer) in solver.buffers().iter().zip(&mut state.buffers) {
                *buffer = take(&format!("solver.{name}"))?;
            }
            (state.t, state.scalars) = header
                .solver
                .ok_or_else(|| damaged("it is of no solver".into()))?;
        }
        for (probe, memory) in config.probes().iter().zip(&mut self.probes) {
            for (name, buffer) in probe.buffers().iter().zip(memory) {
                // What it has not remembered yet is not there.
                *buffer = take(&of_probe(&**probe, name)).unwrap_or_default();
            }
        }
        let saved = Saved {
            t: header.t,
            scalars: header.scalars,
            counts: header.counts,
            vectors: tensors.into_iter().map(|it| (it.name, it.data)).collect(),
        };
        let restored = self.descent.restore(saved);
        restored.ok_or_else(|| damaged("it is of another optimizer".into()))?;
        (self.place, self.stopping) = (header.place, header.stopping);
        Ok(header.fingerprint)
    }
}

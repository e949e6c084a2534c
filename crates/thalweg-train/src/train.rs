//! The training loop. It prints nothing and ends with an [`Outcome`]; the clock decides only when files are written.

// The loop measures its own time; nothing that it computes depends on it.
#![allow(clippy::disallowed_methods)]

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use thalweg_core::layer::Noise;
use thalweg_core::loss::Loss;
use thalweg_core::network::{Engine, Network};
use thalweg_core::objective::Objective as _;
use thalweg_core::solver;
use thalweg_core::spec::Value;
use thalweg_core::team::Team;

use crate::event::{EpochRecord, Event, Watch};
use crate::folder::Files;
use crate::learner::Learner;
use crate::prepare::Prepared;
use crate::probe::Probing;
use crate::run::step_rows;
use crate::scores;
use crate::session::Session;
use crate::{Config, ConfigError, Frame, Outcome, TrainError};

/// Rows that show whether an epoch's weights have a finite loss: one block, whatever the batch.
const SAMPLE: usize = 64;

/// A run while it trains.
pub(crate) struct Trainer<'r> {
    config: &'r Config,
    data: &'r Prepared,
    loss: &'r dyn Loss,
    session: &'r mut Session,
    files: Option<Files<'r>>,
    learner: Learner<'r>,
    probing: Option<Probing<'r>>,
    team: &'r Team,
    base_lr: Option<f64>,
    lr: f64,
    /// The weights to be evaluated, where they are not those that steps are taken from.
    evaluated: Vec<f32>,
    /// Whether a solver's last step found nothing lower.
    converged: bool,
    resumed: Instant,
    seconds_before: f64,
    saved: Instant,
    checkpoint_every: Duration,
}

impl<'r> Trainer<'r> {
    pub(crate) fn new(
        config: &'r Config,
        data: &'r Prepared,
        network: &'r Network,
        team: &'r Team,
        session: &'r mut Session,
        files: Option<Files<'r>>,
        checkpoint_every: Duration,
    ) -> Result<Trainer<'r>, TrainError> {
        let loss = config.the_loss()?;
        let mut learner = Learner::new(Engine::new(network, loss, team), data);
        learner.penalties = config.penalties();
        let base_lr = match config.method().get("lr") {
            Some(Value::Float(lr)) => Some(lr),
            _ => None,
        };
        let now = Instant::now();
        Ok(Trainer {
            evaluated: Vec::new(),
            converged: false,
            team,
            seconds_before: session.place.seconds,
            lr: base_lr.unwrap_or(f64::NAN),
            config,
            data,
            loss,
            session,
            files,
            learner,
            probing: Probing::new(config, data, network, loss, team),
            base_lr,
            resumed: now,
            saved: now,
            checkpoint_every,
        })
    }

    pub(crate) fn train(mut self, watch: &mut Watch<'_>) -> Result<Outcome, TrainError> {
        let limits = &self.config.training;
        let rows = self.data.training_rows();
        let batch_size = step_rows(self.config, rows);
        let mut batch: Vec<u32> = Vec::new();
        let mut sample = Vec::new();
        if self.session.place.step == 0 {
            self.session.record();
            self.end_epoch(None, watch)?;
        }
        loop {
            if let Some(outcome) = self.session.limit(self.config) {
                return Ok(outcome);
            }
            let (epoch, begun) = (self.session.place.epoch, self.session.place.rows as usize);
            let learner = &mut self.learner;
            learner.begin_epoch(limits.seed, epoch, begun, batch_size)?;
            let mut in_epoch = (begun / batch_size) as u64;
            while self.learner.next_batch(batch_size, &mut batch)? {
                if watch.interrupt.load(Ordering::Relaxed) {
                    return Ok(Outcome::Interrupted {
                        step: self.session.place.step,
                    });
                }
                self.drive(rows.div_ceil(batch_size) as u64);
                if let Some(probing) = &mut self.probing {
                    probing.before(&mut self.learner, self.session, &batch);
                }
                let before = self.learner.gradients;
                let loss = self.step(&batch);
                self.session.place.gradients += self.learner.gradients - before;
                if !loss.is_finite() {
                    return Ok(self.diverged());
                }
                self.session.record();
                in_epoch += 1;
                (watch.observer)(Event::Step {
                    step: self.session.place.step,
                    in_epoch,
                    loss,
                });
                self.probe(loss, watch)?;
                sample.clear();
                sample.extend(batch.iter().take(SAMPLE));
                // At its end an epoch is saved when all of it has been told.
                if self.session.place.rows < rows as u64 {
                    self.save_if_due()?;
                }
            }
            if !self.is_sound(&sample) {
                return Ok(self.diverged());
            }
            let mean = self.session.place.loss_sum / rows as f64;
            self.session.place.epoch += 1;
            (self.session.place.rows, self.session.place.loss_sum) = (0, 0.0);
            self.end_epoch(Some(mean), watch)?;
            if self.converged {
                return Ok(Outcome::Converged {
                    epochs: self.session.place.epoch,
                });
            }
            self.save_if_due()?;
        }
    }

    /// Sets the numbers that schedules drive, for the step at hand.
    fn drive(&mut self, steps_per_epoch: u64) {
        let (place, epochs) = (&self.session.place, self.config.training.epochs);
        let steps = epochs.saturating_mul(steps_per_epoch) as f64;
        let time = |frame: &Frame| match frame.by.as_str() {
            "step" => (place.step as f64, steps),
            "run" => (place.step as f64 / steps, 1.0),
            _ => (place.epoch as f64, epochs as f64),
        };
        let descent = &mut self.session.descent;
        let schedules = self.config.schedules().zip(&place.plateaus);
        for ((field, schedule, frame), plateau) in schedules {
            let value = |base| frame.value(schedule, base, time(frame), plateau.reductions);
            descent.drive(field, value);
            if let ("lr", Some(base)) = (field, self.base_lr) {
                self.lr = value(base);
            }
        }
    }

    /// One step on a batch; returns its loss with penalties. A loss that is not finite changes nothing.
    fn step(&mut self, batch: &[u32]) -> f64 {
        let Session {
            place,
            parameters,
            descent,
            solver,
            ..
        } = &mut *self.session;
        let layout = self.learner.engine.network().layout();
        if let (Some(method), Some(state)) = (&self.config.solver, solver) {
            let progress = solver::step(&**method, state, &mut self.learner, batch, parameters);
            let penalty = self.learner.penalties.cost(layout, parameters);
            if progress.outcome == solver::Outcome::NotFinite || !progress.value.is_finite() {
                return f64::NAN;
            }
            self.converged = !progress.moved();
            place.step += 1;
            place.rows += batch.len() as u64;
            place.loss_sum += (progress.value - penalty) * batch.len() as f64;
            return progress.value;
        }
        self.learner.noise = Some(Noise {
            seed: self.config.training.seed,
            step: place.step,
        });
        let penalty = self.learner.penalties.cost(layout, parameters);
        let loss = descent.step(self.team, &mut self.learner, batch, parameters);
        if loss.is_finite() {
            place.step += 1;
            place.rows += batch.len() as u64;
            place.loss_sum += (loss - penalty) * batch.len() as f64;
        }
        loss
    }

    /// Tells what the probes that are due have read after a step that began with this loss.
    fn probe(&mut self, loss: f64, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let probing = self.probing.as_mut();
        let Some(record) = probing.and_then(|probing| probing.after(self.session, loss)) else {
            return Ok(());
        };
        if let Some(files) = &self.files {
            files.folder.append(&record)?;
        }
        (watch.observer)(Event::Probe(&record));
        Ok(())
    }

    /// Whether the last step of an epoch has left weights with a finite loss. Validation would show it; without
    /// validation rows, nothing else would keep such weights from being taken for the best.
    fn is_sound(&mut self, batch: &[u32]) -> bool {
        if self.data.validation.is_some() {
            return true;
        }
        self.learner.noise = None;
        let parameters = &self.session.parameters;
        self.evaluated.resize(parameters.len(), 0.0);
        let value = self
            .learner
            .gradient(parameters, batch, &mut self.evaluated);
        value.is_finite()
    }

    /// Measures the network on the validation rows, keeps its weights if they are the best, and tells.
    fn end_epoch(&mut self, loss: Option<f64>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let session = &mut *self.session;
        if loss.is_some() {
            let progress = session.place.epoch as f64 / self.config.training.epochs as f64;
            session.descent.end_epoch(progress, &session.parameters);
        }
        let weights = if session.descent.averages() {
            self.evaluated.clone_from(&session.parameters);
            session.descent.evaluated(&mut self.evaluated);
            &self.evaluated
        } else {
            &session.parameters
        };
        let validation = self.data.validation.as_ref().map(|part| {
            let engine = &mut self.learner.engine;
            scores::score(engine, self.loss, weights, part, &self.data.preprocessing)
        });
        let monitor = &self.config.training.monitor;
        let score = validation
            .as_ref()
            .map(|scores| scores.get(monitor).unwrap_or(f64::NAN));
        if session.place.epoch == 0 && monitor != "loss" && score.is_some_and(f64::is_nan) {
            let monitor = monitor.clone();
            return Err(ConfigError::MonitorUndefined { monitor }.into());
        }
        let better = score.is_none_or(|score| session.stopping.push(session.place.epoch, score));
        if better {
            session.best.copy_from_slice(weights);
            session.place.best_epoch = session.place.epoch;
        }
        let higher = self.config.monitors_upwards();
        if let Some(loss) = loss {
            // Without validation rows it is the training loss that has to fall.
            let (score, higher) = score.map_or((loss, false), |score| (score, higher));
            for ((_, schedule, _), plateau) in
                self.config.schedules().zip(&mut session.place.plateaus)
            {
                if let Some(rule) = schedule.reaction() {
                    plateau.push(rule, score, higher);
                }
            }
        }
        session.place.seconds = self.seconds_before + self.resumed.elapsed().as_secs_f64();
        let record = EpochRecord {
            epoch: session.place.epoch,
            step: session.place.step,
            gradients: session.place.gradients,
            lr: self.lr,
            loss,
            validation,
            best_epoch: session.place.best_epoch,
            seconds: session.place.seconds,
        };
        if let Some(files) = &self.files {
            files.folder.append(&record)?;
        }
        (watch.observer)(Event::Epoch(&record));
        Ok(())
    }

    fn save_if_due(&mut self) -> Result<(), TrainError> {
        if self.saved.elapsed() < self.checkpoint_every {
            return Ok(());
        }
        self.session.place.seconds = self.seconds_before + self.resumed.elapsed().as_secs_f64();
        let begun = Instant::now();
        if let Some(files) = &self.files {
            files.save(self.session)?;
        }
        // A large network takes long to write: no more than a tenth of the time goes there.
        self.checkpoint_every = self.checkpoint_every.max(10 * begun.elapsed());
        self.saved = Instant::now();
        Ok(())
    }

    fn diverged(&self) -> Outcome {
        Outcome::Diverged {
            step: self.session.place.step + 1,
            lr: self.base_lr.map(|_| self.lr),
            clipped: self.config.clip().is_on(),
        }
    }
}

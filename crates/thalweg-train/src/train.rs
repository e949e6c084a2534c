//! The training loop. It prints nothing and ends with an [`Outcome`]; the clock decides only when files are written.

// The loop measures its own time; nothing that it computes depends on it.
#![allow(clippy::disallowed_methods)]

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom as _;
use thalweg_core::clip;
use thalweg_core::layer::Noise;
use thalweg_core::layout::Part;
use thalweg_core::loss::Loss;
use thalweg_core::network::{Engine, Network};
use thalweg_core::objective::{Objective as _, Penalties, Training};
use thalweg_core::optimizer::Optimizer;
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::spec::Value;
use thalweg_core::team::Team;

use crate::event::{EpochRecord, Event, Watch};
use crate::folder::Files;
use crate::prepare::Prepared;
use crate::scores;
use crate::session::Session;
use crate::{Config, ConfigError, Outcome, TrainError};

/// Rows that show whether an epoch's weights have a finite loss: one block, whatever the batch.
const SAMPLE: usize = 64;

/// A run while it trains.
pub(crate) struct Trainer<'r> {
    config: &'r Config,
    data: &'r Prepared,
    loss: &'r dyn Loss,
    session: &'r mut Session,
    files: Option<Files<'r>>,
    training: Training<'r, f32>,
    /// The configured rule, as the schedule sets it at each step.
    rule: Box<dyn Optimizer>,
    base_lr: Option<f64>,
    lr: f64,
    gradient: Vec<f32>,
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
        let mut training =
            Training::new(Engine::new(network, loss, team), data.training_examples());
        training.penalties = Penalties {
            l1: config.training.l1,
            l2: config.training.l2,
        };
        let base_lr = match config.optimizer.get("lr") {
            Some(Value::Float(lr)) => Some(lr),
            _ => None,
        };
        let now = Instant::now();
        Ok(Trainer {
            gradient: vec![0.0; session.parameters.len()],
            seconds_before: session.place.seconds,
            rule: config.optimizer.boxed(),
            lr: base_lr.unwrap_or(f64::NAN),
            config,
            data,
            loss,
            session,
            files,
            training,
            base_lr,
            resumed: now,
            saved: now,
            checkpoint_every,
        })
    }

    pub(crate) fn train(mut self, watch: &mut Watch<'_>) -> Result<Outcome, TrainError> {
        let limits = &self.config.training;
        let rows = self.data.train.rows();
        let batch_size = limits.batch_size.min(rows as u64) as usize;
        let mut order: Vec<u32> = Vec::new();
        if self.session.place.step == 0 {
            self.end_epoch(None, watch)?;
        }
        loop {
            if let Some(outcome) = self.session.limit(self.config) {
                return Ok(outcome);
            }
            let epoch = self.session.place.epoch;
            order.clear();
            order.extend(0..rows as u32);
            order.shuffle(&mut stream(limits.seed, Purpose::Shuffle, 0, epoch));
            let begun = self.session.place.rows as usize;
            for (index, batch) in order[begun..].chunks(batch_size).enumerate() {
                if watch.interrupt.load(Ordering::Relaxed) {
                    return Ok(Outcome::Interrupted {
                        step: self.session.place.step,
                    });
                }
                self.set_lr(rows.div_ceil(batch_size) as u64);
                let loss = self.step(batch);
                if !loss.is_finite() {
                    return Ok(self.diverged());
                }
                let in_epoch = (begun / batch_size + index + 1) as u64;
                (watch.observer)(Event::Step {
                    step: self.session.place.step,
                    in_epoch,
                    loss,
                });
                self.save_if_due()?;
            }
            if !self.is_sound(&order[..batch_size.min(SAMPLE)]) {
                return Ok(self.diverged());
            }
            let mean = self.session.place.loss_sum / rows as f64;
            self.session.place.epoch += 1;
            (self.session.place.rows, self.session.place.loss_sum) = (0, 0.0);
            self.end_epoch(Some(mean), watch)?;
        }
    }

    /// Sets the learning rate of the step at hand.
    fn set_lr(&mut self, steps_per_epoch: u64) {
        let Some(base) = self.base_lr else { return };
        let (place, epochs) = (&self.session.place, self.config.training.epochs);
        let (t, horizon) = match self.config.frame.by.as_str() {
            "step" => (place.step, epochs.saturating_mul(steps_per_epoch)),
            _ => (place.epoch, epochs),
        };
        self.lr = self.config.lr(base, t as f64, horizon as f64);
        // The range of `lr` was checked for the base value; schedules keep it.
        let _ = self.rule.set("lr", &Value::Float(self.lr));
    }

    /// One step on a batch; returns its loss with penalties. A loss that is not finite changes nothing.
    fn step(&mut self, batch: &[u32]) -> f64 {
        let Session {
            place,
            parameters,
            state,
            ..
        } = &mut *self.session;
        self.training.noise = Some(Noise {
            seed: self.config.training.seed,
            step: place.step,
        });
        let loss = self
            .training
            .gradient(parameters, batch, &mut self.gradient);
        if !loss.is_finite() {
            return loss;
        }
        if let Some(bound) = self.config.training.clip_value {
            clip::by_value(&mut self.gradient, bound);
        }
        if let Some(bound) = self.config.training.clip_norm {
            clip::by_norm(&mut self.gradient, bound);
        }
        state.advance(&*self.rule);
        for segment in self.training.engine.network().layout().segments() {
            let range = segment.range.clone();
            let decays = segment.part == Part::Weight;
            let (p, g) = (
                &mut parameters[range.clone()],
                &self.gradient[range.clone()],
            );
            state.update_range(&*self.rule, range, decays, p, g);
        }
        place.step += 1;
        place.rows += batch.len() as u64;
        place.loss_sum += self.training.loss * batch.len() as f64;
        loss
    }

    /// Whether the last step of an epoch has left weights with a finite loss. Validation would show it; without
    /// validation rows, nothing else would keep such weights from being taken for the best.
    fn is_sound(&mut self, batch: &[u32]) -> bool {
        if self.data.validation.is_some() {
            return true;
        }
        self.training.noise = None;
        let parameters = &self.session.parameters;
        self.training
            .gradient(parameters, batch, &mut self.gradient)
            .is_finite()
    }

    /// Measures the network on the validation rows, keeps its weights if they are the best, and tells.
    fn end_epoch(&mut self, loss: Option<f64>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let session = &mut *self.session;
        let validation = self.data.validation.as_ref().map(|part| {
            let engine = &mut self.training.engine;
            scores::score(
                engine,
                self.loss,
                &session.parameters,
                part,
                &self.data.preprocessing,
            )
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
            session.best.copy_from_slice(&session.parameters);
            session.place.best_epoch = session.place.epoch;
        }
        session.place.seconds = self.seconds_before + self.resumed.elapsed().as_secs_f64();
        let record = EpochRecord {
            epoch: session.place.epoch,
            step: session.place.step,
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
        let limits = &self.config.training;
        Outcome::Diverged {
            step: self.session.place.step + 1,
            lr: self.base_lr.map(|_| self.lr),
            clipped: limits.clip_norm.is_some() || limits.clip_value.is_some(),
        }
    }
}

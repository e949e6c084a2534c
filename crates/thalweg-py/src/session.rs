//! A network under training in one precision. Its parameters are an array of Python's.

// When Python is asked whether to stop is about time.
#![allow(clippy::disallowed_methods)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use thalweg::core::Real;
use thalweg::core::clip::Clip;
use thalweg::core::descent::{Descent, Plan};
use thalweg::core::layer::Noise;
use thalweg::core::loss::{self, Loss};
use thalweg::core::network::{Engine, Network};
use thalweg::core::optimizer::{self, State};
use thalweg::core::schedule::{self, Plateau, Schedule};
use thalweg::core::solver::{self, Outcome, Solver};
use thalweg::core::wrapper;
use thalweg::spec::{SpecError, parse_short};
use thalweg::train::Trajectory;
use thalweg::{Architecture, Team};

use crate::arrays::Input;
use crate::rows::{Rows, Task};
use crate::team::team;

/// How long it works without looking whether it should stop.
const BREATH: Duration = Duration::from_millis(50);

/// All that a session is made of.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) architecture: Architecture,
    pub(crate) loss: String,
    /// An update rule or a solver, in its short form.
    pub(crate) optimizer: String,
    /// What drives the rule's `lr`, if anything.
    pub(crate) schedule: Option<String>,
    pub(crate) wrappers: Vec<String>,
    pub(crate) clip_norm: Option<f64>,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
    pub(crate) record_path: bool,
}

/// The network and what trains it.
pub(crate) struct Session<T: Real> {
    pub(crate) network: Network,
    pub(crate) loss: Box<dyn Loss>,
    pub(crate) team: Arc<Team>,
    pub(crate) means: Means<T>,
    schedule: Option<(Box<dyn Schedule>, Plateau)>,
    seed: u64,
    /// Steps so far, of which each has masks of its own.
    pub(crate) step: u64,
    /// Where it has been, if that is recorded.
    pub(crate) trajectory: Option<Trajectory>,
}

/// An update rule, or a solver.
pub(crate) enum Means<T: Real> {
    Rule(Box<Descent<T>>),
    Solver(Box<dyn Solver>, State<T>),
}

/// Where an epoch stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Rows that have been learned from.
    pub(crate) done: usize,
    /// The sum of the batches' losses and of their penalties, each by its rows.
    pub(crate) loss: f64,
    pub(crate) penalty: f64,
    /// Whether a loss was not finite: then nothing has moved since.
    pub(crate) diverged: bool,
}

/// When a solver stops.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    pub(crate) steps: u64,
    pub(crate) evaluations: u64,
    /// The least part of the value, or of 1, that a step has to take off it.
    pub(crate) gain: f64,
}

/// Where a solver stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Solved {
    pub(crate) steps: u64,
    pub(crate) evaluations: u64,
    pub(crate) value: f64,
    /// Why it has ended; none while it has not.
    pub(crate) reason: Option<&'static str>,
}

impl<T: Real> Session<T> {
    pub(crate) fn new(settings: &Settings) -> Result<Session<T>, Vec<SpecError>> {
        let network = Network::new(settings.inputs, settings.outputs, &settings.architecture)?;
        let (name, _) = parse_short(&settings.optimizer).map_err(|it| vec![it])?;
        let n = network.layout().len();
        let means = if solver::ALL.names().contains(&name.as_str()) {
            let solver = solver::ALL.parse(&settings.optimizer)?;
            let state = solver::memory(&*solver, n);
            Means::Solver(solver, state)
        } else {
            let mut plan = Plan::new(optimizer::ALL.parse(&settings.optimizer)?);
            for it in &settings.wrappers {
                plan.wrappers.push(wrapper::ALL.parse(it)?);
            }
            plan.clip = Clip {
                norm: settings.clip_norm,
                ..Clip::default()
            };
            Means::Rule(Box::new(Descent::new(plan, network.layout())))
        };
        let schedule = settings.schedule.as_deref();
        let schedule = schedule.map(|it| schedule::ALL.parse(it)).transpose()?;
        Ok(Session {
            trajectory: settings.record_path.then(|| Trajectory::new(n)),
            schedule: schedule.map(|it| (it, Plateau::default())),
            loss: loss::ALL.parse(&settings.loss)?,
            team: team(settings.threads),
            means,
            network,
            seed: settings.seed,
            step: 0,
        })
    }

    /// Goes on with an epoch for a while: batches of `size` of the rows in `order`.
    pub(crate) fn learn(
        &mut self,
        task: &Task<'_, T>,
        parameters: &mut [T],
        (order, size): (&[u32], usize),
        progress: &mut Progress,
    ) {
        let Means::Rule(descent) = &mut self.means else {
            return;
        };
        let begun = Instant::now();
        let engine = Engine::new(&self.network, &*self.loss, &self.team);
        let mut rows = Rows::new(engine, *task);
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.push(self.step, &narrow(parameters));
        }
        while progress.done < order.len() && !progress.diverged {
            let batch = &order[progress.done..order.len().min(progress.done + size)];
            rows.noise = Some(Noise {
                seed: self.seed,
                step: self.step,
            });
            let value = descent.step(&self.team, &mut rows, batch, parameters);
            progress.diverged = !value.is_finite();
            progress.loss += rows.cost.loss * batch.len() as f64;
            progress.penalty += rows.cost.penalty * batch.len() as f64;
            progress.done += batch.len();
            self.step += 1;
            if let Some(trajectory) = &mut self.trajectory
                && trajectory.wants(self.step)
            {
                trajectory.push(self.step, &narrow(parameters));
            }
            if begun.elapsed() > BREATH {
                break;
            }
        }
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.end(self.step, &narrow(parameters));
        }
    }

    /// Goes on with a solver for a while, on all rows in `order`.
    pub(crate) fn solve(
        &mut self,
        task: &Task<'_, T>,
        parameters: &mut [T],
        order: &[u32],
        until: Until,
        solved: &mut Solved,
    ) {
        let Means::Solver(solver, state) = &mut self.means else {
            return;
        };
        let begun = Instant::now();
        let engine = Engine::new(&self.network, &*self.loss, &self.team);
        let mut rows = Rows::new(engine, *task);
        while solved.reason.is_none() && begun.elapsed() < BREATH {
            let before = solved.value;
            let step = solver::step(&**solver, state, &mut rows, order, parameters);
            solved.evaluations += step.evaluations + 2 * step.products;
            solved.value = step.value;
            let gain = before - step.value;
            let least = until.gain * before.abs().max(step.value.abs()).max(1.0);
            solved.reason = match step.outcome {
                Outcome::Converged => Some("converged"),
                Outcome::NoDescent => Some("no_descent"),
                Outcome::NotFinite => Some("not_finite"),
                Outcome::Stepped => {
                    solved.steps += 1;
                    if solved.steps > 1 && gain <= least {
                        Some("converged")
                    } else if solved.steps >= until.steps {
                        Some("steps")
                    } else if solved.evaluations >= until.evaluations {
                        Some("evaluations")
                    } else {
                        None
                    }
                }
            };
        }
    }

    /// Predictions for all rows: probabilities, or numbers.
    pub(crate) fn predict(&self, parameters: &[T], input: Input<'_, T>) -> Vec<T> {
        let mut engine = Engine::new(&self.network, &*self.loss, &self.team);
        let mut predictions = vec![T::ZERO; input.rows() * self.network.outputs()];
        engine.predict(parameters, input.features, &mut predictions);
        predictions
    }

    /// Sets the learning rate by the schedule, for the epoch at hand and those that were planned.
    pub(crate) fn begin_epoch(&mut self, epoch: f64, epochs: f64) {
        let (Means::Rule(descent), Some((schedule, plateau))) = (&mut self.means, &self.schedule)
        else {
            return;
        };
        descent.drive("lr", |base| match schedule.reaction() {
            Some(rule) => rule.value_after(base, plateau.reductions),
            None => schedule.value(base, epoch, epochs),
        });
    }

    /// Lets a schedule that reacts to scores see one.
    pub(crate) fn observe(&mut self, score: f64, higher_is_better: bool) {
        if let Some((schedule, plateau)) = &mut self.schedule
            && let Some(rule) = schedule.reaction()
        {
            rule.push(plateau, score, higher_is_better);
        }
    }

    /// Sets a number of the update rule; false if it has none of this name.
    pub(crate) fn drive(&mut self, field: &str, value: f64) -> bool {
        match &mut self.means {
            Means::Rule(descent) => descent.drive(field, |_| value),
            Means::Solver(..) => false,
        }
    }

    /// Whether the parameters to predict with may be others than those that steps are taken from.
    pub(crate) fn averages(&self) -> bool {
        matches!(&self.means, Means::Rule(descent) if descent.averages())
    }
}

/// The weights in single precision.
fn narrow<T: Real>(parameters: &[T]) -> Vec<f32> {
    parameters.iter().map(|&it| it.to_f64() as f32).collect()
}

//! Probes at work: what must be kept before a step, and what is read after it.

use std::collections::BTreeMap;

use thalweg_core::layer::Noise;
use thalweg_core::loss::Loss;
use thalweg_core::network::{Engine, Network};
use thalweg_core::objective::{Objective as _, Training};
use thalweg_core::team::Team;

use super::{Moment, Probe, ProbeRecord};
use crate::Config;
use crate::learner::Learner;
use crate::prepare::Prepared;
use crate::session::Session;

/// The probes of a run.
pub(crate) struct Probing<'r> {
    probes: Vec<Box<dyn Probe>>,
    function: Training<'r, f32>,
    before: Vec<f32>,
    gradient: Vec<f32>,
    of: usize,
    seed: u64,
    is_noisy: bool,
}

impl<'r> Probing<'r> {
    /// The probes that a configuration asks for; none where it asks for none.
    pub(crate) fn new(
        config: &Config,
        data: &'r Prepared,
        network: &'r Network,
        loss: &'r dyn Loss,
        team: &'r Team,
    ) -> Option<Probing<'r>> {
        let probes = config.probes();
        if probes.is_empty() {
            return None;
        }
        let engine = Engine::new(network, loss, team);
        let mut function = Training::new(engine, data.training_examples());
        function.penalties = config.penalties();
        Some(Probing {
            probes,
            function,
            before: Vec::new(),
            gradient: Vec::new(),
            of: data.training_rows(),
            seed: config.training.seed,
            is_noisy: config.solver.is_none(),
        })
    }

    /// Keeps what the next step, on this batch, will change.
    pub(crate) fn before(&mut self, learner: &mut Learner<'_>, session: &Session, batch: &[u32]) {
        let step = session.place.step + 1;
        let probes = &self.probes;
        let wanting = || probes.iter().filter(move |probe| probe.wants(step));
        self.gradient.clear();
        if wanting().next().is_none() {
            return;
        }
        let needs_gradient = wanting().any(|probe| probe.needs_gradient());
        self.before.clone_from(&session.parameters);
        if needs_gradient {
            // Under the masks that the step will have.
            learner.noise = self.is_noisy.then_some(Noise {
                seed: self.seed,
                step: session.place.step,
            });
            self.gradient.resize(session.parameters.len(), 0.0);
            learner.gradient(&session.parameters, batch, &mut self.gradient);
        }
    }

    /// What is read after a step that began with this loss; none where no probe was due.
    pub(crate) fn after(&mut self, session: &mut Session, loss: f64) -> Option<ProbeRecord> {
        let (step, epoch) = (session.place.step, session.place.epoch);
        let mut moment = Moment {
            step,
            loss,
            before: &self.before,
            after: &session.parameters,
            gradient: &self.gradient,
            descent: &session.descent,
            function: &mut self.function,
            of: self.of,
            seed: self.seed,
        };
        let mut readings = Vec::new();
        for (probe, memory) in self.probes.iter().zip(&mut session.probes) {
            if probe.wants(step) {
                readings.extend(probe.read(&mut moment, memory));
            }
        }
        let named = readings.into_iter().map(|(name, it)| (name.to_owned(), it));
        let probes: BTreeMap<_, _> = named.collect();
        (!probes.is_empty()).then_some(ProbeRecord {
            step,
            epoch,
            probes,
        })
    }
}

//! thalweg's side of the comparison, through the library. Variant `f32`.

mod look;

use peer::{Job, Kind, Order, Run, Session, Task};
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::loss::{Loss, MeanSquared, SoftmaxCrossEntropy, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::Training;
use thalweg_core::optimizer::{Adam, Optimizer, Sgd};
use thalweg_core::team::Team;

fn main() {
    peer::serve(|job, session| match job.kind {
        Kind::Step => step(job, session),
        Kind::Infer => infer(job, session),
        Kind::Plane => look::plane(job, session),
        Kind::Hessian => look::hessian(job, session),
        Kind::Spectrum => look::spectrum(job, session),
        Kind::Products => Err("thalweg's products are not to be had alone".into()),
    });
}

/// The network of a job, without dropout.
fn network(job: &Job) -> Result<Network, String> {
    let hidden = &job.layers[1..job.layers.len() - 1];
    let architecture = Architecture {
        hidden: hidden.iter().map(|&width| width as u64).collect(),
        dropout: 0.0,
        ..Architecture::default()
    };
    Network::new(job.inputs(), job.outputs(), &architecture).map_err(|errors| format!("{errors:?}"))
}

fn loss(job: &Job) -> Box<dyn Loss> {
    match job.task {
        Task::Classes => Box::new(SoftmaxCrossEntropy::default()),
        Task::Squares => Box::new(MeanSquared),
    }
}

struct Step<'a> {
    team: &'a Team,
    training: Training<'a, f32>,
    descent: Descent<f32>,
    parameters: Vec<f32>,
    order: Order,
    batch: usize,
    loss: f64,
}

impl Run for Step<'_> {
    fn call(&mut self) {
        let rows = self.order.next(self.batch);
        let (team, training) = (self.team, &mut self.training);
        self.loss = self
            .descent
            .step(team, training, rows, &mut self.parameters);
    }

    fn value(&mut self) -> f64 {
        self.loss
    }
}

fn step(job: &Job, session: &mut Session) -> Result<(), String> {
    let features = job.features()?;
    let (classes, values);
    let targets = match job.task {
        Task::Classes => {
            classes = job.classes()?;
            Targets::Classes(&classes)
        }
        Task::Squares => {
            values = job.targets()?;
            Targets::Values {
                values: &values,
                width: job.outputs(),
            }
        }
    };
    let examples = Examples {
        features: Features::Dense(&features),
        width: job.inputs(),
        targets,
        weights: None,
    };
    let rule: Box<dyn Optimizer> = match job.task {
        Task::Classes => Box::new(Adam {
            lr: job.lr(),
            ..Adam::default()
        }),
        Task::Squares => Box::new(Sgd {
            lr: job.lr(),
            ..Sgd::default()
        }),
    };
    let (network, loss, team) = (network(job)?, loss(job), Team::new(job.threads));
    let engine = Engine::new(&network, &*loss, &team);
    session.measure(&mut Step {
        team: &team,
        training: Training::new(engine, examples),
        descent: Descent::new(Plan::new(rule), network.layout()),
        parameters: network.initialize(0),
        order: Order::new(job.rows),
        batch: job.batch,
        loss: f64::NAN,
    });
    Ok(())
}

struct Infer<'a> {
    engine: Engine<'a, f32>,
    parameters: Vec<f32>,
    features: Vec<f32>,
    predictions: Vec<f32>,
}

impl Run for Infer<'_> {
    fn call(&mut self) {
        self.engine
            .predict(&self.parameters, Features::Dense(&self.features), &mut self.predictions);
    }

    fn value(&mut self) -> f64 {
        self.predictions.iter().map(|&it| f64::from(it)).sum()
    }
}

fn infer(job: &Job, session: &mut Session) -> Result<(), String> {
    let (network, loss, team) = (network(job)?, loss(job), Team::new(job.threads));
    let mut features = job.features()?;
    features.truncate(job.batch * job.inputs());
    session.measure(&mut Infer {
        engine: Engine::new(&network, &*loss, &team),
        parameters: network.initialize(0),
        features,
        predictions: vec![0.0; job.batch * job.outputs()],
    });
    Ok(())
}

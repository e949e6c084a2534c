//! Looking at a loss surface: a map, a product with the Hessian, all of its eigenvalues.

use peer::{Job, Run, Session};
use thalweg_core::loss::Targets;
use thalweg_core::network::{Engine, Examples, Features, Network};
use thalweg_core::objective::{Curvature, Training};
use thalweg_core::team::Team;
use thalweg_landscape::dense::Dense;
use thalweg_landscape::grid::{Lattice, grid};
use thalweg_landscape::operator::{CurvatureAt, Operator};
use thalweg_landscape::plane::Plane;
use thalweg_landscape::{Rows, Surface, directions};

use crate::{loss, network};

/// A map of `batch` of all rows, as `thalweg landscape --directions random --grid 51` draws it.
pub(crate) fn plane(job: &Job, session: &mut Session) -> Result<(), String> {
    let (features, classes) = (job.features()?, job.classes()?);
    let examples = examples(job, &features, &classes);
    let (network, loss, team) = (network(job)?, loss(job), Team::new(job.threads));
    let mut training = Training::new(Engine::new(&network, &*loss, &team), examples);
    let weights = weights(&network);
    let plane = directions::random(&network, &weights, 0).map_err(|error| error.to_string())?;
    let rows = Rows::sample(job.batch, job.rows, 0);
    session.measure(&mut Map {
        surface: Surface::new(&mut training, rows),
        plane,
        lattice: Lattice::default(),
        sum: f64::NAN,
    });
    Ok(())
}

struct Map<'a> {
    surface: Surface<'a, f32>,
    plane: Plane,
    lattice: Lattice,
    sum: f64,
}

impl Run for Map<'_> {
    fn call(&mut self) {
        let found = grid(&mut self.surface, &self.plane, &self.lattice);
        self.sum = found.map_or(f64::NAN, |grid| grid.losses.iter().sum());
    }

    fn value(&mut self) -> f64 {
        self.sum
    }

    fn steps(&self) -> u32 {
        (self.lattice.points[0] * self.lattice.points[1]) as u32
    }
}

/// A product of the Hessian of the first `batch` rows with a vector, in single precision.
pub(crate) fn hessian(job: &Job, session: &mut Session) -> Result<(), String> {
    let (features, classes) = (job.features()?, job.classes()?);
    let examples = examples(job, &features, &classes);
    let (network, loss, team) = (network(job)?, loss(job), Team::new(job.threads));
    let mut training = Training::new(Engine::new(&network, &*loss, &team), examples);
    let weights = weights(&network);
    let mut surface = Surface::new(&mut training, Rows::all(job.batch));
    let operator = CurvatureAt::new(&mut surface, &weights, Curvature::Hessian);
    session.measure(&mut Product {
        operator: operator.map_err(|error| error.to_string())?,
        v: weights.clone(),
        out: vec![0.0; weights.len()],
    });
    Ok(())
}

struct Product<'s, 'a> {
    operator: CurvatureAt<'s, 'a, f32>,
    v: Vec<f64>,
    out: Vec<f64>,
}

impl Run for Product<'_, '_> {
    fn call(&mut self) {
        if self.operator.apply(&self.v, &mut self.out).is_err() {
            self.out.fill(f64::NAN);
        }
    }

    fn value(&mut self) -> f64 {
        self.out.iter().sum()
    }
}

/// All eigenvalues of the Hessian of the first `batch` rows.
pub(crate) fn spectrum(job: &Job, session: &mut Session) -> Result<(), String> {
    let features: Vec<f64> = job.features()?.into_iter().map(f64::from).collect();
    let classes = job.classes()?;
    let examples = examples(job, &features, &classes);
    let (network, loss, team) = (network(job)?, loss(job), Team::new(job.threads));
    let mut training = Training::new(Engine::new(&network, &*loss, &team), examples);
    session.measure(&mut Eigenvalues {
        surface: Surface::new(&mut training, Rows::all(job.batch)),
        weights: weights(&network),
        largest: f64::NAN,
    });
    Ok(())
}

struct Eigenvalues<'a> {
    surface: Surface<'a, f64>,
    weights: Vec<f64>,
    largest: f64,
}

impl Run for Eigenvalues<'_> {
    fn call(&mut self) {
        let operator = CurvatureAt::new(&mut self.surface, &self.weights, Curvature::Hessian);
        let dense = operator.and_then(|mut operator| Dense::of(&mut operator));
        let found = dense.and_then(|dense| dense.spectrum(f64::EPSILON));
        self.largest = found.map_or(f64::NAN, |found| found.eigenvalues[self.weights.len() - 1]);
    }

    fn value(&mut self) -> f64 {
        self.largest
    }
}

fn examples<'a, T>(job: &Job, features: &'a [T], classes: &'a [u32]) -> Examples<'a, T> {
    Examples {
        features: Features::Dense(features),
        width: job.inputs(),
        targets: Targets::Classes(classes),
        weights: None,
    }
}

fn weights(network: &Network) -> Vec<f64> {
    network.initialize::<f64>(0)
}

//! A network, its loss and its training rows as a function to be made small, and the batches of an epoch.
//!
//! The rows are held, or come from a file; everything above this does not know the difference.

use rand::seq::SliceRandom as _;
use thalweg_core::layer::Noise;
use thalweg_core::network::{Batch, Engine, Examples, Place, SecondOrder};
use thalweg_core::objective::{Curvature, Objective, Penalties, Taker};
use thalweg_core::rng::{Purpose, stream};

use crate::TrainError;
use crate::prepare::Prepared;
use crate::shuffle::Shuffle;

/// Training rows with what is learned from them.
pub(crate) struct Learner<'r> {
    pub(crate) engine: Engine<'r, f32>,
    pub(crate) penalties: Penalties,
    /// The masks of the step at hand; none for the function without noise.
    pub(crate) noise: Option<Noise>,
    /// Gradients of single rows so far; a product with the Hessian counts as two of each of its rows.
    pub(crate) gradients: u64,
    part: u64,
    rows: usize,
    order: Order<'r>,
}

/// Where the rows are, and in which order they come.
enum Order<'r> {
    Held {
        examples: Examples<'r, f32>,
        order: Vec<u32>,
        at: usize,
        /// Made when a solver first asks for a product.
        passes: Option<Box<SecondOrder<'r, f32>>>,
    },
    Drawn(Box<Shuffle>),
}

impl<'r> Learner<'r> {
    pub(crate) fn new(engine: Engine<'r, f32>, data: &'r Prepared) -> Learner<'r> {
        Learner {
            engine,
            penalties: Penalties::default(),
            noise: None,
            gradients: 0,
            part: 0,
            rows: data.training_rows(),
            order: match &data.streamed {
                Some(streamed) => Order::Drawn(Box::new(Shuffle::new(streamed))),
                None => Order::Held {
                    examples: data.training_examples(),
                    order: Vec::new(),
                    at: 0,
                    passes: None,
                },
            },
        }
    }

    /// Begins an epoch of which so many rows have been learned from, in batches of `size`.
    pub(crate) fn begin_epoch(
        &mut self,
        seed: u64,
        epoch: u64,
        done: usize,
        size: usize,
    ) -> Result<(), TrainError> {
        match &mut self.order {
            Order::Held { order, at, .. } => {
                order.clear();
                order.extend(0..self.rows as u32);
                order.shuffle(&mut stream(seed, Purpose::Shuffle, 0, epoch));
                *at = done;
            }
            Order::Drawn(shuffle) => {
                shuffle.begin(seed, epoch)?;
                let (mut skipped, mut batch) = (0, Vec::new());
                while skipped < done {
                    shuffle.next(size, &mut batch)?;
                    skipped += batch.len();
                    if batch.is_empty() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// The next batch of the epoch, as rows of the examples at hand; false when there is none.
    pub(crate) fn next_batch(
        &mut self,
        size: usize,
        batch: &mut Vec<u32>,
    ) -> Result<bool, TrainError> {
        match &mut self.order {
            Order::Held { order, at, .. } => {
                let end = order.len().min(*at + size);
                batch.clear();
                batch.extend_from_slice(&order[*at..end]);
                *at = end;
            }
            Order::Drawn(shuffle) => shuffle.next(size, batch)?,
        }
        Ok(!batch.is_empty())
    }
}

impl Order<'_> {
    fn examples(&self) -> Examples<'_, f32> {
        match self {
            Order::Held { examples, .. } => *examples,
            Order::Drawn(shuffle) => shuffle
                .examples()
                .expect("there is a buffer where there is a batch"),
        }
    }
}

impl Objective<f32> for Learner<'_> {
    fn len(&self) -> usize {
        self.engine.network().layout().len()
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn gradient(&mut self, parameters: &[f32], rows: &[u32], g: &mut [f32]) -> f64 {
        let batch = Batch {
            examples: self.order.examples(),
            rows,
            noise: self.noise.map(|noise| noise.part(self.part)),
            penalties: self.penalties,
        };
        self.gradients += rows.len() as u64;
        let cost = self.engine.gradient(&batch, parameters, g);
        cost.loss + cost.penalty
    }

    fn descend(
        &mut self,
        parameters: &mut [f32],
        rows: &[u32],
        taker: &mut dyn Taker<f32>,
    ) -> Option<f64> {
        let batch = Batch {
            examples: self.order.examples(),
            rows,
            noise: self.noise.map(|noise| noise.part(self.part)),
            penalties: self.penalties,
        };
        let cost = self.engine.descend(&batch, parameters, taker)?;
        self.gradients += rows.len() as u64;
        Some(cost.loss + cost.penalty)
    }

    fn begin_part(&mut self, part: u64) {
        self.part = part;
    }

    /// Exactly, by the R-operator. Only solvers ask, and their rows are held and without noise.
    fn hessian_product(&mut self, parameters: &[f32], rows: &[u32], v: &[f32], out: &mut [f32]) {
        self.gradients += 2 * rows.len() as u64;
        let place = Place {
            parameters,
            rows,
            noise: None,
        };
        let engine = &self.engine;
        let new =
            |examples| SecondOrder::new(engine.network(), engine.loss(), engine.team(), examples);
        match &mut self.order {
            Order::Held {
                examples, passes, ..
            } => passes
                .get_or_insert_with(|| Box::new(new(*examples)))
                .products(Curvature::Hessian, &place, v, out),
            Order::Drawn(_) => unreachable!("a solver's rows are held"),
        }
        let layout = self.engine.network().layout();
        self.penalties.add_product(layout, v, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::Specimen;
    use crate::{Config, Run, Settings};

    /// Against the same product in double precision. Differences of gradients in single precision are off by 1e-3.
    #[test]
    fn a_solver_gets_exact_products() {
        let mut settings = Settings::default();
        for setting in [
            "data.source=moons:n=200",
            "network.hidden=6,5",
            "network.activation=tanh",
            "training.batch_size=full",
            "training.l2=0.01",
            "optimizer.name=newton_cg",
        ] {
            settings.assign(setting).unwrap();
        }
        let run = Run::new(Config::new(&settings).unwrap(), 1).unwrap();
        let loss = run.config.the_loss().unwrap();
        let mut learner = Learner::new(Engine::new(&run.network, loss, &run.team), &run.data);
        learner.penalties = run.config.penalties();
        let at = run.parameters();
        let rows: Vec<u32> = (0..learner.rows as u32).collect();
        let v: Vec<f32> = (0..at.len()).map(|k| ((k * 7 % 11) as f32) - 5.0).collect();
        let mut product = vec![0.0; at.len()];
        learner.hessian_product(at, &rows, &v, &mut product);

        let specimen = Specimen::<f64>::of(&run, None);
        let wide = |x: &[f32]| -> Vec<f64> { x.iter().map(|&x| f64::from(x)).collect() };
        let mut exact = vec![0.0; at.len()];
        let mut objective = specimen.objective(&run).unwrap();
        objective.hessian_product(&wide(at), &rows, &wide(&v), &mut exact);
        let largest = exact.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        for (found, exact) in wide(&product).iter().zip(&exact) {
            assert!((found - exact).abs() < 2e-6 * largest, "{found} {exact}");
        }
    }
}

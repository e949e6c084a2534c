//! A network, its loss and its training rows as a function to be made small, and the batches of an epoch.
//!
//! The rows are held, or come from a file; everything above this does not know the difference.

use rand::seq::SliceRandom as _;
use thalweg_core::layer::Noise;
use thalweg_core::network::{Batch, Engine, Examples};
use thalweg_core::objective::{Objective, Penalties, Taker};
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
    },
    Drawn(Box<Shuffle>),
}

impl<'r> Learner<'r> {
    pub(crate) fn new(engine: Engine<'r, f32>, data: &'r Prepared) -> Learner<'r> {
        Learner {
            engine,
            penalties: Penalties::default(),
            noise: None,
            part: 0,
            rows: data.training_rows(),
            order: match &data.streamed {
                Some(streamed) => Order::Drawn(Box::new(Shuffle::new(streamed))),
                None => Order::Held {
                    examples: data.training_examples(),
                    order: Vec::new(),
                    at: 0,
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
        Some(cost.loss + cost.penalty)
    }

    fn begin_part(&mut self, part: u64) {
        self.part = part;
    }
}

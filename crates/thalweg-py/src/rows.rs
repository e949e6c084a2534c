//! Rows that come from Python as a function of the parameters: with weights of their own, and scikit-learn's penalty.

use thalweg::core::Real;
use thalweg::core::layer::Noise;
use thalweg::core::loss::Targets;
use thalweg::core::network::{Batch, Cost, Engine, Examples};
use thalweg::core::objective::{Objective, Penalties, Taker};

use crate::arrays::Input;

/// What is learned from, and what it costs.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a, T> {
    pub(crate) input: Input<'a, T>,
    pub(crate) targets: Targets<'a, T>,
    /// What each row counts; all the same where there is nothing.
    pub(crate) weights: Option<&'a [T]>,
    /// The factor of the loss.
    pub(crate) factor: f64,
    pub(crate) penalties: Penalties,
    /// The factor of ½ Σ w² over the sum of a batch's weights, which is scikit-learn's `alpha`.
    pub(crate) alpha: f64,
}

/// The function.
pub(crate) struct Rows<'a, T> {
    pub(crate) engine: Engine<'a, T>,
    pub(crate) noise: Option<Noise>,
    /// What the last batch cost: the mean of its rows' losses by their weights, and the penalties.
    pub(crate) cost: Cost,
    task: Task<'a, T>,
    /// What each row counts in its batch, with mean `factor`.
    shares: Vec<T>,
}

impl<'a, T: Real> Rows<'a, T> {
    pub(crate) fn new(engine: Engine<'a, T>, task: Task<'a, T>) -> Rows<'a, T> {
        // Any other number than 1 is a factor, however near.
        #[allow(clippy::float_cmp)]
        let is_plain = task.weights.is_none() && task.factor == 1.0;
        let rows = if is_plain { 0 } else { task.targets.len() };
        Rows {
            engine,
            noise: None,
            cost: Cost::default(),
            task,
            shares: vec![T::of(task.factor); rows],
        }
    }

    /// Calls `f` with the batch of these rows; returns the objective over them.
    fn on(
        &mut self,
        rows: &[u32],
        f: impl FnOnce(&mut Engine<'a, T>, &Batch<'_, T>) -> Option<Cost>,
    ) -> Option<f64> {
        let task = self.task;
        let sum = self.share(rows);
        let batch = Batch {
            examples: Examples {
                features: task.input.features,
                width: task.input.width,
                targets: task.targets,
                weights: (!self.shares.is_empty()).then_some(&self.shares[..]),
            },
            rows,
            noise: self.noise,
            penalties: Penalties {
                l2: task.penalties.l2 + task.alpha / sum,
                ..task.penalties
            },
        };
        self.cost = f(&mut self.engine, &batch)?;
        self.cost.loss /= task.factor;
        Some(task.factor * self.cost.loss + self.cost.penalty)
    }

    /// Finds what each of a batch's rows counts in it; returns the sum of their weights, or their number.
    fn share(&mut self, rows: &[u32]) -> f64 {
        let count = rows.len() as f64;
        let Some(weights) = self.task.weights else {
            return count;
        };
        let sum: f64 = rows.iter().map(|&row| weights[row as usize].to_f64()).sum();
        let scale = if sum > 0.0 {
            self.task.factor * count / sum
        } else {
            0.0
        };
        for &row in rows {
            self.shares[row as usize] = T::of(weights[row as usize].to_f64() * scale);
        }
        if sum > 0.0 { sum } else { count }
    }
}

impl<T: Real> Objective<T> for Rows<'_, T> {
    fn len(&self) -> usize {
        self.engine.network().layout().len()
    }

    fn rows(&self) -> usize {
        self.task.targets.len()
    }

    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64 {
        self.on(rows, |engine, batch| {
            Some(engine.gradient(batch, parameters, g))
        })
        .unwrap_or(f64::NAN)
    }

    fn descend(
        &mut self,
        parameters: &mut [T],
        rows: &[u32],
        taker: &mut dyn Taker<T>,
    ) -> Option<f64> {
        self.on(rows, |engine, batch| {
            engine.descend(batch, parameters, taker)
        })
    }
}

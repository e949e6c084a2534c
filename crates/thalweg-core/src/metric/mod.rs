//! Metrics: how good predictions are, in numbers that people compare. Not losses: nothing descends on these.
//!
//! All sums are taken in f64, row by row. NaN says that a metric is not defined on the given rows (no rows,
//! no weight, one class only) or that a prediction of a number was NaN; it never means "bad".
//!
//! Adding one: a file beside these, and its two lines in this one.

mod accuracy;
mod auc;
mod balanced_accuracy;
mod mae;
mod r2;
mod rmse;

pub use accuracy::Accuracy;
pub use auc::Auc;
pub use balanced_accuracy::BalancedAccuracy;
pub use mae::Mae;
pub use r2::R2;
pub use rmse::Rmse;

use crate::loss::{Purpose, Targets};
use crate::spec::{Entry, Family, Spec, Tunable};

/// All metrics.
pub static ALL: Family<dyn Metric> = Family {
    name: "metrics",
    singular: "metric",
    summary: "How good predictions are.",
    members: &[
        Entry::<dyn Metric>::of::<Accuracy>(),
        Entry::<dyn Metric>::of::<BalancedAccuracy>(),
        Entry::<dyn Metric>::of::<Auc>(),
        Entry::<dyn Metric>::of::<Rmse>(),
        Entry::<dyn Metric>::of::<Mae>(),
        Entry::<dyn Metric>::of::<R2>(),
    ],
};

/// Predictions and what they should have been.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    /// Row after row, `outputs` each: the probability of every class, that of class 1 alone where
    /// `outputs` is 1, or numbers in the target's own unit.
    pub predictions: &'a [f32],
    /// Predictions in a row.
    pub outputs: usize,
    /// What was to be predicted.
    pub targets: Targets<'a, f32>,
    /// Each row's weight, or 1 for all.
    pub weights: Option<&'a [f32]>,
}

/// A measure of predictions.
pub trait Metric: Tunable {
    /// The metric over all rows; see the module on NaN.
    fn score(&self, rows: &Scored<'_>) -> f64;
    /// Whether it measures predictions for this purpose with so many outputs in a row.
    fn suits(&self, purpose: Purpose, outputs: usize) -> bool;
    /// Whether a larger score is a better one.
    fn higher_is_better(&self) -> bool;
}

impl Entry<dyn Metric> {
    /// The entry of a metric.
    pub const fn of<M: Spec + Metric>() -> Self {
        Entry {
            card: M::CARD,
            build: || Box::new(M::default()),
            describe: || Box::new(M::default()),
        }
    }
}

impl<'a> Scored<'a> {
    fn rows(&self) -> usize {
        self.targets.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[row]))
    }

    /// One row's predictions.
    fn prediction(&self, row: usize) -> &'a [f32] {
        &self.predictions[row * self.outputs..(row + 1) * self.outputs]
    }

    /// Every row's class.
    fn classes(&self) -> &'a [u32] {
        match self.targets {
            Targets::Classes(classes) => classes,
            Targets::Values { .. } => unreachable!("a metric for classes is given classes"),
        }
    }

    /// The most probable class, the first of several; `None` where a probability is NaN, which is no class.
    fn predicted_class(&self, row: usize) -> Option<u32> {
        let probabilities = self.prediction(row);
        if probabilities.iter().any(|p| p.is_nan()) {
            return None;
        }
        if let [p] = *probabilities {
            return Some(u32::from(p > 0.5));
        }
        let mut best = 0;
        for (class, p) in probabilities.iter().enumerate() {
            if *p > probabilities[best] {
                best = class;
            }
        }
        Some(best as u32)
    }

    /// The mean over outputs of what `score` makes of one output's (target, prediction, weight) triples.
    fn mean_over_outputs(&self, score: impl Fn(&[(f64, f64, f64)]) -> f64) -> f64 {
        let Targets::Values { values, width } = self.targets else {
            unreachable!("a metric for numbers is given numbers")
        };
        assert_eq!(width, self.outputs, "a target for every output");
        let column = |output: usize| -> Vec<_> {
            (0..self.rows())
                .map(|row| {
                    let target = f64::from(values[row * width + output]);
                    let prediction = f64::from(self.prediction(row)[output]);
                    (target, prediction, self.weight(row))
                })
                .collect()
        };
        (0..width).map(|output| score(&column(output))).sum::<f64>() / width as f64
    }
}

/// Whether the purpose is to tell classes apart.
fn is_for_classes(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Classes | Purpose::TwoClasses)
}

/// Σ w x / Σ w; NaN without weight.
fn weighted_mean(terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, weight) = terms.fold((0.0, 0.0), |(sum, weight), (x, w)| {
        (sum + w * x, weight + w)
    });
    sum / weight
}

//! How good a model is on some rows: its loss and every metric that suits the task.

use serde::{Deserialize, Serialize};
use thalweg_core::Real;
use thalweg_core::loss::{Loss, Purpose, Targets};
use thalweg_core::metric::{self, Metric, Scored, Tally};
use thalweg_core::network::{Engine, Examples};
use thalweg_data::Preprocessing;

use crate::event::or_nan;
use crate::part::Part;

/// The loss and the metrics of some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The mean loss, without penalties; of a regression in units of the standardized target, where that is standardized.
    #[serde(deserialize_with = "or_nan")]
    pub loss: f64,
    /// The metrics by name, in the order of their list; a regression's are in the target's own unit.
    #[serde(flatten)]
    pub metrics: serde_json::Map<String, serde_json::Value>,
}

impl Scores {
    /// A metric by its name, or `loss`; NaN where it is not defined on these rows.
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return Some(self.loss);
        }
        self.metrics
            .get(name)
            .map(|value| value.as_f64().unwrap_or(f64::NAN))
    }
}

/// The metrics that suit a purpose with so many outputs.
pub(crate) fn suited(purpose: Purpose, outputs: usize) -> Vec<Box<dyn Metric>> {
    let members = metric::ALL.members.iter().map(|entry| (entry.build)());
    members
        .filter(|metric| metric.suits(purpose, outputs))
        .collect()
}

/// Rows that a scorer runs at a time.
const ROWS: usize = 4096;

/// Scores rows that come block after block.
pub(crate) struct Scoring<'r, 'n> {
    engine: &'r mut Engine<'n, f32>,
    loss: &'r dyn Loss,
    parameters: &'r [f32],
    /// The factor from the network's unit to the target's own.
    scale: Option<f32>,
    tallies: Vec<(&'static str, Box<dyn Tally>)>,
    /// Σ w loss and Σ w; a row without a weight has 1.
    loss_sum: f64,
    weight: f64,
    predictions: Vec<f32>,
    own_unit: Vec<f32>,
}

impl<'r, 'n> Scoring<'r, 'n> {
    /// Metrics that cannot be added up keep the predictions of so many rows at most.
    pub(crate) fn new(
        engine: &'r mut Engine<'n, f32>,
        loss: &'r dyn Loss,
        parameters: &'r [f32],
        preprocessing: &Preprocessing,
        most: usize,
    ) -> Scoring<'r, 'n> {
        let outputs = engine.network().outputs();
        let metrics = suited(loss.purpose(), outputs).into_iter();
        let tallies = metrics.map(|metric| (metric.card().name, metric.tally(most)));
        Scoring {
            tallies: tallies.collect(),
            engine,
            loss,
            parameters,
            scale: preprocessing.target_scale().map(|(_, std)| std as f32),
            loss_sum: 0.0,
            weight: 0.0,
            predictions: Vec::new(),
            own_unit: Vec::new(),
        }
    }

    /// Takes the next rows in. Their weights may have any mean.
    pub(crate) fn add(&mut self, examples: &Examples<'_, f32>) {
        for first in (0..examples.rows()).step_by(ROWS) {
            let rows = first..examples.rows().min(first + ROWS);
            self.add_some(&examples.slice(rows));
        }
    }

    fn add_some(&mut self, examples: &Examples<'_, f32>) {
        let outputs = self.engine.network().outputs();
        self.predictions.clear();
        self.predictions.resize(examples.rows() * outputs, 0.0);
        let mean = self
            .engine
            .evaluate(self.parameters, examples, &mut self.predictions);
        let n = examples.rows() as f64;
        self.loss_sum += mean * n;
        self.weight += examples.weights.map_or(n, |weights| {
            weights.iter().map(|&weight| f64::from(weight)).sum()
        });
        f32::criterion(self.loss).predict(&mut self.predictions, outputs);
        let (predictions, own_unit) = (&mut self.predictions, &mut self.own_unit);
        let scored = Scored {
            targets: to_own_unit(examples.targets, self.scale, predictions, own_unit),
            predictions: &self.predictions,
            outputs,
            weights: examples.weights,
        };
        for (_, tally) in &mut self.tallies {
            tally.add(&scored);
        }
    }

    /// The scores of all rows so far.
    pub(crate) fn finish(self) -> Scores {
        // A metric that is not defined becomes null.
        let metrics = self.tallies.iter();
        let metrics = metrics.map(|(name, tally)| ((*name).to_owned(), tally.score().into()));
        Scores {
            loss: self.loss_sum / self.weight,
            metrics: metrics.collect(),
        }
    }
}

/// Scores rows that are in memory.
pub(crate) fn score(
    engine: &mut Engine<'_, f32>,
    loss: &dyn Loss,
    parameters: &[f32],
    part: &Part,
    preprocessing: &Preprocessing,
) -> Scores {
    let outputs = engine.network().outputs();
    let mut predictions = vec![0.0; part.rows() * outputs];
    let mean = engine.evaluate(parameters, &part.examples(), &mut predictions);
    f32::criterion(loss).predict(&mut predictions, outputs);
    let scale = preprocessing.target_scale().map(|(_, std)| std as f32);
    let mut own_unit = Vec::new();
    let scored = Scored {
        targets: to_own_unit(part.targets(), scale, &mut predictions, &mut own_unit),
        predictions: &predictions,
        outputs,
        weights: part.examples().weights,
    };
    let metrics = suited(loss.purpose(), outputs).into_iter().map(|metric| {
        // A metric that is not defined becomes null.
        let score = metric.score(&scored);
        (metric.card().name.to_owned(), score.into())
    });
    Scores {
        loss: mean,
        metrics: metrics.collect(),
    }
}

/// Targets and predictions in the target's own unit, but still around 0: the metrics do not see a shift, and 32 bits
/// would lose digits.
fn to_own_unit<'t>(
    targets: Targets<'t, f32>,
    scale: Option<f32>,
    predictions: &mut [f32],
    own_unit: &'t mut Vec<f32>,
) -> Targets<'t, f32> {
    let (Targets::Values { values, width }, Some(scale)) = (targets, scale) else {
        return targets;
    };
    own_unit.clear();
    own_unit.extend(values.iter().map(|value| value * scale));
    for value in predictions {
        *value *= scale;
    }
    Targets::Values {
        values: own_unit,
        width,
    }
}

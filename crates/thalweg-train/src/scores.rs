//! How good a model is on some rows: its loss and every metric that suits the task.

use serde::{Deserialize, Serialize};
use thalweg_core::Real;
use thalweg_core::loss::{Loss, Purpose, Targets};
use thalweg_core::metric::{self, Metric, Scored};
use thalweg_core::network::Engine;
use thalweg_data::Preprocessing;

use crate::prepare::Part;

/// The loss and the metrics of some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The mean loss, without penalties; of a regression in units of the standardized target.
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

/// Scores some rows.
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
    // In the target's own unit, but still around 0: the metrics do not see a shift, and 32 bits would lose digits.
    let own_unit: Vec<f32>;
    let targets = match (
        part.targets(),
        preprocessing.target_scale().map(|(_, std)| std as f32),
    ) {
        (Targets::Values { values, width }, Some(scale)) => {
            own_unit = values.iter().map(|value| value * scale).collect();
            for value in &mut predictions {
                *value *= scale;
            }
            Targets::Values {
                values: &own_unit,
                width,
            }
        }
        (targets, _) => targets,
    };
    let scored = Scored {
        predictions: &predictions,
        outputs,
        targets,
        weights: part.examples().weights,
    };
    let metrics = suited(loss.purpose(), outputs).into_iter().map(|metric| {
        // A metric that is not defined becomes null.
        (
            metric.card().name.to_owned(),
            serde_json::Value::from(metric.score(&scored)),
        )
    });
    let metrics = metrics.collect();
    Scores {
        loss: mean,
        metrics,
    }
}

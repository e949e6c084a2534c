//! What a model gets wrong on rows that it has not learned from: which class it takes for which, or how far off it is.

use thalweg_core::Real as _;
use thalweg_core::loss::Targets;
use thalweg_core::network::Engine;

use crate::{Run, TrainError};

/// Rows of a regression that are kept: every k-th of more.
const MOST: usize = 2000;

/// What a model gets wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistakes {
    /// Which rows these are: `test` or `validation`.
    pub part: &'static str,
    /// How many.
    pub rows: usize,
    /// What was predicted.
    pub kind: MistakeKind,
}

/// What was predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum MistakeKind {
    /// Classes.
    Classes {
        /// Their names.
        names: Vec<String>,
        /// For each true class, how many of its rows were taken for each.
        counts: Vec<Vec<usize>>,
    },
    /// Numbers: the true one and the prediction, of each row or of every k-th.
    Numbers(Vec<[f64; 2]>),
}

impl Run {
    /// What the best weights get wrong on the test rows, or on the validation rows where no test rows are held; none
    /// without either.
    ///
    /// # Errors
    /// The run has no loss.
    pub fn mistakes(&self) -> Result<Option<Mistakes>, TrainError> {
        let parts = [
            ("test", &self.data.test),
            ("validation", &self.data.validation),
        ];
        let held = parts
            .into_iter()
            .find_map(|(name, part)| Some((name, part.as_ref()?)));
        let Some((name, part)) = held.filter(|(_, part)| part.rows() > 0) else {
            return Ok(None);
        };
        let loss = self.config.the_loss()?;
        let mut engine = Engine::new(&self.network, loss, &self.team);
        let (outputs, examples) = (self.network.outputs(), part.examples());
        let mut predictions = vec![0.0_f32; part.rows() * outputs];
        engine.evaluate(self.best(), &examples, &mut predictions);
        f32::criterion(loss).predict(&mut predictions, outputs);
        let preprocessing = &self.data.preprocessing;
        let kind = match (examples.targets, preprocessing.classes()) {
            (Targets::Values { values, .. }, _) => {
                let (mean, std) = preprocessing.target_scale().unwrap_or((0.0, 1.0));
                let own = |x: &f32| mean + std * f64::from(*x);
                let pairs = values
                    .iter()
                    .zip(&predictions)
                    .map(|(y, p)| [own(y), own(p)]);
                MistakeKind::Numbers(pairs.step_by(values.len().div_ceil(MOST)).collect())
            }
            (Targets::Classes(classes), names) => {
                let count = names.map_or(0, <[String]>::len).max(2);
                let mut counts = vec![vec![0; count]; count];
                for (&class, outputs) in classes.iter().zip(predictions.chunks(outputs)) {
                    counts[class as usize][predicted(outputs)] += 1;
                }
                MistakeKind::Classes {
                    names: names.map_or_else(Vec::new, <[String]>::to_vec),
                    counts,
                }
            }
        };
        Ok(Some(Mistakes {
            part: name,
            rows: part.rows(),
            kind,
        }))
    }
}

/// The class of a row's probabilities: the first of the largest, or of two classes by the probability of the second.
fn predicted(outputs: &[f32]) -> usize {
    if let [second] = outputs {
        return usize::from(*second >= 0.5);
    }
    let mut best = 0;
    for (class, p) in outputs.iter().enumerate() {
        if *p > outputs[best] {
            best = class;
        }
    }
    best
}

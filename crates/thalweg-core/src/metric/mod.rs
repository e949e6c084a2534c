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

/// A metric of rows that come block after block: the same as of all rows at once.
pub trait Tally {
    /// Takes the next rows in.
    fn add(&mut self, rows: &Scored<'_>);
    /// The metric of all rows so far; see the module on NaN.
    fn score(&self) -> f64;
}

/// A measure of predictions.
pub trait Metric: Tunable {
    /// The metric under way, of no rows yet. One that needs every prediction keeps those of `most` rows at most: of
    /// every so many rows one.
    fn tally(&self, most: usize) -> Box<dyn Tally>;
    /// The metric over all rows; see the module on NaN.
    fn score(&self, rows: &Scored<'_>) -> f64 {
        let mut tally = self.tally(usize::MAX);
        tally.add(rows);
        tally.score()
    }
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

    /// One row's target and prediction of one output.
    fn pair(&self, row: usize, output: usize) -> (f64, f64) {
        let Targets::Values { values, width } = self.targets else {
            unreachable!("a metric for numbers is given numbers")
        };
        assert_eq!(width, self.outputs, "a target for every output");
        let target = f64::from(values[row * width + output]);
        (target, f64::from(self.prediction(row)[output]))
    }
}

/// Whether the purpose is to tell classes apart.
fn is_for_classes(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Classes | Purpose::TwoClasses)
}

/// Σ w f(y − ŷ) of each output, and Σ w: the score is the mean over outputs of what `finish` makes of the mean.
struct MeanError {
    f: fn(f64) -> f64,
    finish: fn(f64) -> f64,
    sums: Vec<f64>,
    weight: f64,
}

impl MeanError {
    fn new(f: fn(f64) -> f64, finish: fn(f64) -> f64) -> MeanError {
        MeanError {
            f,
            finish,
            sums: Vec::new(),
            weight: 0.0,
        }
    }
}

impl Tally for MeanError {
    fn add(&mut self, rows: &Scored<'_>) {
        self.sums.resize(rows.outputs, 0.0);
        for row in 0..rows.rows() {
            let w = rows.weight(row);
            for (output, sum) in self.sums.iter_mut().enumerate() {
                let (y, p) = rows.pair(row, output);
                *sum += w * (self.f)(y - p);
            }
            self.weight += w;
        }
    }

    fn score(&self) -> f64 {
        let scores = self.sums.iter().map(|sum| (self.finish)(sum / self.weight));
        scores.sum::<f64>() / self.sums.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The score of the metric of this name.
    fn score(name: &str, rows: &Scored<'_>) -> f64 {
        (ALL.find(name).unwrap().build)().score(rows)
    }

    fn check(name: &str, rows: &Scored<'_>, expected: f64) {
        let score = score(name, rows);
        assert!(
            (score - expected).abs() < 1e-12,
            "{name}: {score} {expected}"
        );
    }

    // The expected values below are those of scikit-learn 1.9.1: accuracy_score, balanced_accuracy_score,
    // roc_auc_score, root_mean_squared_error, mean_absolute_error and r2_score, without and with sample_weight,
    // on the same f32 values.

    #[test]
    fn three_classes_score_as_in_scikit_learn() {
        let mut rows = Scored {
            predictions: &[
                0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.2, 0.3, 0.5, 0.5, 0.25, 0.25, 0.4, 0.4, 0.2, 0.1,
                0.8, 0.1, 0.0, 0.1, 0.9, 0.3, 0.4, 0.3,
            ],
            outputs: 3,
            targets: Targets::Classes(&[0, 1, 2, 2, 1, 0, 2, 1]),
            weights: None,
        };
        check("accuracy", &rows, 0.625);
        check("balanced_accuracy", &rows, 0.611_111_111_111_111);
        rows.weights = Some(&[1.0, 2.0, 0.5, 1.5, 1.0, 3.0, 0.25, 2.0]);
        check("accuracy", &rows, 0.511_111_111_111_111_1);
        check("balanced_accuracy", &rows, 0.461_111_111_111_111_1);
    }

    const PROBABILITIES: [f32; 9] = [0.1, 0.4, 0.35, 0.8, 0.8, 0.4, 0.2, 0.9, 0.4];
    const CLASSES: [u32; 9] = [0, 1, 1, 0, 1, 0, 0, 1, 1];

    #[test]
    fn auc_is_that_of_scikit_learn_with_one_output_or_two() {
        let pairs: Vec<f32> = PROBABILITIES.iter().flat_map(|p| [1.0 - p, *p]).collect();
        for (outputs, predictions) in [(1, &PROBABILITIES[..]), (2, &pairs)] {
            let mut rows = Scored {
                predictions,
                outputs,
                targets: Targets::Classes(&CLASSES),
                weights: None,
            };
            check("auc", &rows, 0.725);
            rows.weights = Some(&[1.0, 2.0, 0.5, 1.5, 1.0, 3.0, 0.25, 2.0, 0.75]);
            check("auc", &rows, 0.686_956_521_739_130_5);
        }
    }

    #[test]
    fn auc_is_nan_where_it_is_not_defined() {
        let one_class = Scored {
            predictions: &PROBABILITIES,
            outputs: 1,
            targets: Targets::Classes(&[1; 9]),
            weights: None,
        };
        assert!(score("auc", &one_class).is_nan());
        let mut probabilities = PROBABILITIES;
        probabilities[4] = f32::NAN;
        let unknown = Scored {
            predictions: &probabilities,
            targets: Targets::Classes(&CLASSES),
            ..one_class
        };
        assert!(score("auc", &unknown).is_nan());
        // A row without a class is a wrong one, and nothing is undefined: 5 rows were right, row 4 among them.
        let right = score("accuracy", &unknown) * 9.0;
        assert!((right - 4.0).abs() < 1e-12, "{right}");
    }

    #[test]
    fn numbers_score_as_in_scikit_learn() {
        let (targets, predictions) = (
            [3.0, -0.5, -1.0, 2.0, 7.0, 1.0, 2.5, 4.0, 0.0, 1.5],
            [2.5, 0.0, 0.0, 2.0, 8.0, -1.0, 2.0, 3.25, -0.25, 1.5],
        );
        let mut rows = Scored {
            predictions: &predictions,
            outputs: 2,
            targets: Targets::Values {
                values: &targets,
                width: 2,
            },
            weights: None,
        };
        check("rmse", &rows, 0.848_480_948_340_623_5);
        check("mae", &rows, 0.65);
        check("r2", &rows, 0.742_094_915_213_411_8);
        rows.weights = Some(&[1.0, 2.0, 0.5, 1.5, 3.0]);
        check("rmse", &rows, 0.632_672_016_001_662_6);
        check("mae", &rows, 0.445_312_5);
        check("r2", &rows, 0.837_436_295_906_940_6);
    }

    #[test]
    fn r2_of_a_constant_target_is_nan() {
        let rows = Scored {
            predictions: &[0.1, 0.2, 0.4],
            outputs: 1,
            targets: Targets::Values {
                values: &[0.1; 3],
                width: 1,
            },
            weights: None,
        };
        assert!(score("r2", &rows).is_nan());
    }

    #[test]
    fn no_rows_score_nan() {
        for entry in ALL.members {
            let metric = (entry.build)();
            let targets = if metric.suits(Purpose::Numbers, 1) {
                Targets::Values {
                    values: &[],
                    width: 1,
                }
            } else {
                Targets::Classes(&[])
            };
            let rows = Scored {
                predictions: &[],
                outputs: 1,
                targets,
                weights: None,
            };
            assert!(metric.score(&rows).is_nan(), "{}", entry.card.name);
        }
    }

    /// A number in [0, 1) that looks drawn.
    fn drawn(at: usize) -> f32 {
        (at * 7919 % 1009) as f32 / 1009.0
    }

    /// Some of the rows.
    fn part<'a>(all: &Scored<'a>, rows: std::ops::Range<usize>) -> Scored<'a> {
        Scored {
            predictions: &all.predictions[rows.start * all.outputs..rows.end * all.outputs],
            outputs: all.outputs,
            targets: match all.targets {
                Targets::Classes(it) => Targets::Classes(&it[rows.clone()]),
                Targets::Values { values, width } => Targets::Values {
                    values: &values[rows.start * width..rows.end * width],
                    width,
                },
            },
            weights: all.weights.map(|it| &it[rows]),
        }
    }

    /// Every metric that suits gives the same bits for all rows and for uneven blocks of them.
    fn compare(purpose: Purpose, all: &Scored<'_>) {
        for entry in ALL.members {
            let metric = (entry.build)();
            if metric.suits(purpose, all.outputs) {
                let mut tally = metric.tally(usize::MAX);
                let mut first = 0;
                for len in [1, 64, 100, 35, 300] {
                    tally.add(&part(all, first..first + len));
                    first += len;
                }
                let (blocks, whole) = (tally.score(), metric.score(all));
                assert_eq!(blocks.to_bits(), whole.to_bits(), "{}", entry.card.name);
            }
        }
    }

    #[test]
    fn blocks_score_as_all_rows_at_once() {
        let weights: Vec<f32> = (0..500).map(|at| drawn(at + 3)).collect();
        for weights in [None, Some(&weights[..])] {
            for outputs in [1, 2, 3] {
                let predictions: Vec<f32> = (0..500 * outputs).map(drawn).collect();
                let numbers: Vec<f32> = (0..500 * outputs).map(|at| drawn(at + 1)).collect();
                let class = |at: usize| (at * at + at / 7) as u32 % outputs.max(2) as u32;
                let classes: Vec<u32> = (0..500).map(class).collect();
                let mut all = Scored {
                    predictions: &predictions,
                    outputs,
                    targets: Targets::Classes(&classes),
                    weights,
                };
                let purpose = match outputs {
                    1 => Purpose::TwoClasses,
                    _ => Purpose::Classes,
                };
                compare(purpose, &all);
                all.targets = Targets::Values {
                    values: &numbers,
                    width: outputs,
                };
                compare(Purpose::Numbers, &all);
            }
        }
    }
}

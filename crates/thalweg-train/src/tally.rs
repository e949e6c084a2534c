//! Metrics of rows that come block after block: sums are kept and not rows, except where a metric needs every prediction.
//!
//! Not the metrics themselves, which are the engine's. What is added up here is added in the order of the rows, so that
//! the result is that of all rows at once.

use thalweg_core::loss::Targets;
use thalweg_core::metric::{Accuracy, BalancedAccuracy, Mae, Metric, R2, Rmse, Scored};
use thalweg_core::spec::Spec;

/// A metric under way.
pub(crate) trait Tally {
    /// Takes the next rows in.
    fn add(&mut self, rows: &Scored<'_>);
    /// The metric of all rows so far; NaN where it is not defined.
    fn score(&self) -> f64;
}

/// A metric that can be added up, and how.
type Own = (&'static str, fn() -> Box<dyn Tally>);

const OWN: [Own; 5] = [
    (Accuracy::CARD.name, || Box::new(Mean::of(is_right))),
    (BalancedAccuracy::CARD.name, || Box::<Recalls>::default()),
    (Mae::CARD.name, || Box::new(Mean::of(absolute_error))),
    (Rmse::CARD.name, || Box::new(Root(Mean::of(squared_error)))),
    (R2::CARD.name, || Box::<Explained>::default()),
];

/// The tally of a metric. One that cannot be added up keeps the predictions of `most` rows at most.
pub(crate) fn of(metric: Box<dyn Metric>, most: usize) -> Box<dyn Tally> {
    let name = metric.card().name;
    match OWN.iter().find(|(own, _)| *own == name) {
        Some((_, tally)) => tally(),
        None => Box::new(Kept::new(metric, most)),
    }
}

/// What a row counts for.
type Measure = fn(&Scored<'_>, usize) -> f64;

/// Σ w x / Σ w.
struct Mean {
    measure: Measure,
    sum: f64,
    weight: f64,
}

impl Mean {
    fn of(measure: Measure) -> Mean {
        Mean {
            measure,
            sum: 0.0,
            weight: 0.0,
        }
    }
}

impl Tally for Mean {
    fn add(&mut self, rows: &Scored<'_>) {
        for row in 0..rows.targets.len() {
            let w = weight(rows, row);
            self.sum += w * (self.measure)(rows, row);
            self.weight += w;
        }
    }

    fn score(&self) -> f64 {
        self.sum / self.weight
    }
}

/// The square root of a mean.
struct Root(Mean);

impl Tally for Root {
    fn add(&mut self, rows: &Scored<'_>) {
        self.0.add(rows);
    }

    fn score(&self) -> f64 {
        self.0.score().sqrt()
    }
}

/// The weight of each class, and of its rows that are predicted right.
#[derive(Default)]
struct Recalls {
    right: Vec<f64>,
    all: Vec<f64>,
}

impl Tally for Recalls {
    fn add(&mut self, rows: &Scored<'_>) {
        for row in 0..rows.targets.len() {
            let (class, w) = (class(rows, row) as usize, weight(rows, row));
            if class >= self.all.len() {
                self.right.resize(class + 1, 0.0);
                self.all.resize(class + 1, 0.0);
            }
            self.all[class] += w;
            self.right[class] += w * is_right(rows, row);
        }
    }

    fn score(&self) -> f64 {
        let occurs = self.all.iter().filter(|&&all| all > 0.0).count();
        let recalls = self
            .right
            .iter()
            .zip(&self.all)
            .filter(|&(_, &all)| all > 0.0);
        recalls.map(|(right, all)| right / all).sum::<f64>() / occurs as f64
    }
}

/// The squares of the errors, and those of the target around its mean, which moves with every row (West 1979,
/// doi:10.1145/359146.359153).
#[derive(Default)]
struct Explained {
    errors: f64,
    weight: f64,
    mean: f64,
    squares: f64,
    range: Option<(f64, f64)>,
}

impl Tally for Explained {
    fn add(&mut self, rows: &Scored<'_>) {
        for row in 0..rows.targets.len() {
            let (y, w) = (value(rows, row), weight(rows, row));
            if w == 0.0 {
                continue;
            }
            self.errors += w * squared_error(rows, row);
            self.weight += w;
            let above = y - self.mean;
            self.mean += above * w / self.weight;
            self.squares += w * above * (y - self.mean);
            let (low, high) = self.range.unwrap_or((y, y));
            self.range = Some((low.min(y), high.max(y)));
        }
    }

    fn score(&self) -> f64 {
        match self.range {
            Some((low, high)) if low < high => 1.0 - self.errors / self.squares,
            _ => f64::NAN,
        }
    }
}

/// The predictions themselves: four bytes for each, four for the target and four for a weight.
struct Kept {
    metric: Box<dyn Metric>,
    most: usize,
    /// One row of so many is kept.
    stride: usize,
    seen: usize,
    outputs: usize,
    predictions: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
    weights: Option<Vec<f32>>,
}

impl Kept {
    fn new(metric: Box<dyn Metric>, most: usize) -> Kept {
        Kept {
            metric,
            most: most.max(2),
            stride: 1,
            seen: 0,
            outputs: 1,
            predictions: Vec::new(),
            classes: Vec::new(),
            values: Vec::new(),
            weights: None,
        }
    }

    fn rows(&self) -> usize {
        self.predictions.len() / self.outputs
    }

    fn push(&mut self, rows: &Scored<'_>, row: usize) {
        let outputs = rows.outputs;
        self.predictions
            .extend_from_slice(&rows.predictions[row * outputs..][..outputs]);
        match rows.targets {
            Targets::Classes(classes) => self.classes.push(classes[row]),
            Targets::Values { values, width } => {
                self.values
                    .extend_from_slice(&values[row * width..][..width]);
            }
        }
        if let Some(weights) = rows.weights {
            self.weights.get_or_insert_default().push(weights[row]);
        }
    }

    /// Keeps every other row of those that are kept.
    fn thin(&mut self) {
        self.stride *= 2;
        keep_even(&mut self.predictions, self.outputs);
        keep_even(&mut self.classes, 1);
        keep_even(&mut self.values, self.outputs);
        if let Some(weights) = &mut self.weights {
            keep_even(weights, 1);
        }
    }
}

/// Keeps the rows 0, 2, 4, … of so many numbers each.
fn keep_even<T: Copy>(numbers: &mut Vec<T>, width: usize) {
    let rows = numbers.len() / width;
    for row in (0..rows).step_by(2) {
        numbers.copy_within(row * width..(row + 1) * width, row / 2 * width);
    }
    numbers.truncate(rows.div_ceil(2) * width);
}

impl Tally for Kept {
    fn add(&mut self, rows: &Scored<'_>) {
        self.outputs = rows.outputs;
        for row in 0..rows.targets.len() {
            if self.seen.is_multiple_of(self.stride) {
                if self.rows() == self.most {
                    self.thin();
                }
                if self.seen.is_multiple_of(self.stride) {
                    self.push(rows, row);
                }
            }
            self.seen += 1;
        }
    }

    fn score(&self) -> f64 {
        let targets = if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: self.values.len() / self.rows(),
            }
        };
        self.metric.score(&Scored {
            predictions: &self.predictions,
            outputs: self.outputs,
            targets,
            weights: self.weights.as_deref(),
        })
    }
}

fn weight(rows: &Scored<'_>, row: usize) -> f64 {
    rows.weights.map_or(1.0, |weights| f64::from(weights[row]))
}

fn class(rows: &Scored<'_>, row: usize) -> u32 {
    match rows.targets {
        Targets::Classes(classes) => classes[row],
        Targets::Values { .. } => unreachable!("a metric for classes is given classes"),
    }
}

/// 1 where the most probable class is the right one. NaN makes no class.
fn is_right(rows: &Scored<'_>, row: usize) -> f64 {
    let p = &rows.predictions[row * rows.outputs..][..rows.outputs];
    let predicted = match p {
        [p] => u32::from(*p > 0.5),
        p => (1..p.len()).fold(0, |best, at| if p[at] > p[best] { at } else { best }) as u32,
    };
    let is_class = !p.iter().any(|p| p.is_nan());
    f64::from(u8::from(is_class && predicted == class(rows, row)))
}

fn value(rows: &Scored<'_>, row: usize) -> f64 {
    match rows.targets {
        Targets::Values { values, .. } => f64::from(values[row]),
        Targets::Classes(_) => unreachable!("a metric for numbers is given numbers"),
    }
}

fn error(rows: &Scored<'_>, row: usize) -> f64 {
    value(rows, row) - f64::from(rows.predictions[row])
}

fn absolute_error(rows: &Scored<'_>, row: usize) -> f64 {
    error(rows, row).abs()
}

fn squared_error(rows: &Scored<'_>, row: usize) -> f64 {
    error(rows, row) * error(rows, row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::loss::Purpose;
    use thalweg_core::metric::ALL;

    /// A number in [0, 1) that looks drawn.
    fn drawn(at: usize) -> f32 {
        (at * 7919 % 1009) as f32 / 1009.0
    }

    /// Every metric that suits, in one piece by the engine and in uneven blocks by its tally.
    fn compare(purpose: Purpose, outputs: usize, all: &Scored<'_>) {
        for entry in ALL.members {
            let metric = (entry.build)();
            if !metric.suits(purpose, outputs) {
                continue;
            }
            let expected = metric.score(all);
            let mut tally = of(metric, usize::MAX);
            let mut first = 0;
            for len in [1, 64, 100, 35, 300] {
                let rows = first..first + len;
                tally.add(&Scored {
                    predictions: &all.predictions[rows.start * outputs..rows.end * outputs],
                    outputs,
                    targets: match all.targets {
                        Targets::Classes(it) => Targets::Classes(&it[rows.clone()]),
                        Targets::Values { values, width } => Targets::Values {
                            values: &values[rows.clone()],
                            width,
                        },
                    },
                    weights: all.weights.map(|it| &it[rows]),
                });
                first += len;
            }
            let (name, score) = (entry.card.name, tally.score());
            // R² finds the mean on the way and not before: a few roundings of f64.
            assert!(
                (score - expected).abs() < 1e-12,
                "{name}: {score} {expected}"
            );
        }
    }

    #[test]
    fn blocks_score_as_all_rows_at_once() {
        let weights: Vec<f32> = (0..500).map(|at| drawn(at + 3)).collect();
        for weights in [None, Some(&weights[..])] {
            for outputs in [1, 2, 3] {
                let predictions: Vec<f32> = (0..500 * outputs).map(drawn).collect();
                let classes: Vec<u32> = (0..500)
                    .map(|at| (at * at + at / 7) as u32 % outputs.max(2) as u32)
                    .collect();
                let purpose = if outputs == 1 {
                    Purpose::TwoClasses
                } else {
                    Purpose::Classes
                };
                let scored = Scored {
                    predictions: &predictions,
                    outputs,
                    targets: Targets::Classes(&classes),
                    weights,
                };
                compare(purpose, outputs, &scored);
            }
            let predictions: Vec<f32> = (0..500).map(drawn).collect();
            let values: Vec<f32> = (0..500).map(|at| drawn(at) + drawn(at + 1)).collect();
            let scored = Scored {
                predictions: &predictions,
                outputs: 1,
                targets: Targets::Values {
                    values: &values,
                    width: 1,
                },
                weights,
            };
            compare(Purpose::Numbers, 1, &scored);
        }
    }

    #[test]
    fn what_is_kept_stays_within_its_bound() {
        let auc = (ALL.find("auc").unwrap().build)();
        let mut tally = Kept::new(auc, 100);
        let predictions: Vec<f32> = (0..1000).map(drawn).collect();
        let classes: Vec<u32> = (0..1000).map(|at| at % 2).collect();
        tally.add(&Scored {
            predictions: &predictions,
            outputs: 1,
            targets: Targets::Classes(&classes),
            weights: None,
        });
        let (kept, seen) = (tally.rows(), tally.seen);
        assert!((50..=100).contains(&kept) && seen == 1000, "{kept}");
        let expected: Vec<f32> = (0..1000).step_by(16).map(|at| predictions[at]).collect();
        assert_eq!(tally.predictions, expected);
    }
}

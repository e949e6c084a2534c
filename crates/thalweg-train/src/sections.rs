//! The sections of a configuration that are no family's member: data, the schedule's frame, training.
//!
//! Each is a plain struct with a field table, so files, flags, documentation and range checks come from one place.

use thalweg_core::metric;
use thalweg_core::network::Architecture;
use thalweg_core::spec::{Card, Entry, Family, Field, Range, Slot, Spec, Tunable};
use thalweg_core::wrapper;

use crate::{Frame, probe};

/// The word for "find it out".
pub const AUTO: &str = "auto";

/// The largest whole number that TOML can write.
const MOST: u64 = i64::MAX as u64;

/// `[data]`: what is learned from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// A file, or a data set.
    pub source: String,
    /// The labels of an IDX image file; empty elsewhere.
    pub labels: String,
    /// The column to predict.
    pub target: String,
    /// `classification`, `regression` or `auto`.
    pub task: String,
    /// A fraction of the rows, or a file.
    pub validation: String,
    /// A fraction of the rows, or a file.
    pub test: String,
    /// The seed by which rows are dealt to the parts, if not that of the training.
    pub split_seed: Option<u64>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// The column of row weights; empty for equal weights.
    pub sample_weight: String,
    /// Whether rows without a target are left out.
    pub drop_missing_target: bool,
    /// The separator of a text table, or `auto`.
    pub delimiter: String,
    /// `yes`, `no` or `auto`.
    pub header: String,
    /// What the data may take of the memory, as `256MB`; a larger file is read again for every epoch.
    pub memory: String,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            source: String::new(),
            labels: String::new(),
            target: String::new(),
            task: AUTO.into(),
            validation: "0.1".into(),
            test: "0.1".into(),
            split_seed: None,
            ignore: Vec::new(),
            sample_weight: String::new(),
            drop_missing_target: false,
            delimiter: AUTO.into(),
            header: AUTO.into(),
            memory: AUTO.into(),
        }
    }
}

/// Batch gradient descent: all rows in one step.
pub const FULL_BATCH: u64 = u64::MAX;
/// A batch size that follows from the number of rows.
pub const AUTO_BATCH: u64 = 0;
const BATCHES: [(&str, u64); 2] = [("auto", AUTO_BATCH), ("full", FULL_BATCH)];

impl Descent {
    /// Replaces [`AUTO_BATCH`]: the largest power of two up to 128 that leaves ten steps an epoch, but at least 8.
    pub(crate) fn settle_batch(&mut self, rows: usize) {
        if self.batch_size == AUTO_BATCH {
            let most = (rows as u64 / 10).clamp(8, 128);
            self.batch_size = (1 << most.ilog2()).min(rows as u64);
        }
    }
}

impl Spec for Data {
    const CARD: &'static Card = &Card {
        name: "data",
        summary: "What is learned from what.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "source",
            doc: "File (CSV, TSV, Parquet, IDX; .gz too) or data set (`digits`, `moons:n=2000,noise=0.2`).",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.source),
        },
        Field {
            name: "labels",
            doc: "Labels of an IDX image file; empty where the labels are a column.",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.labels),
        },
        Field {
            name: "target",
            doc: "Column to predict; empty for the one that the data set has itself.",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.target),
        },
        Field {
            name: "task",
            doc: "What is predicted; `auto` decides by the target.",
            range: Range::OneOf(|| vec![AUTO, "classification", "regression"]),
            slot: Slot::Text(|s| &mut s.task),
        },
        Field {
            name: "validation",
            doc: "Rows that stop the training and choose the weights: a fraction, or a file.",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.validation),
        },
        Field {
            name: "test",
            doc: "Rows that only the final score sees: a fraction, or a file.",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.test),
        },
        Field {
            name: "split_seed",
            doc: "Seed by which rows are dealt to the parts, so that trainings with other seeds have the same rows; `seed` is the training's.",
            range: Range::count(0, MOST),
            slot: Slot::CountOr("seed", |s| &mut s.split_seed),
        },
        Field {
            name: "ignore",
            doc: "Columns to leave out.",
            range: Range::Any,
            slot: Slot::Texts(|s| &mut s.ignore),
        },
        Field {
            name: "sample_weight",
            doc: "Column of row weights; empty for equal weights.",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.sample_weight),
        },
        Field {
            name: "drop_missing_target",
            doc: "Leaves out rows whose target is missing, instead of refusing them.",
            range: Range::Any,
            slot: Slot::Switch(|s| &mut s.drop_missing_target),
        },
        Field {
            name: "delimiter",
            doc: "Separator of a text table.",
            range: Range::OneOf(|| vec![AUTO, ",", ";", "tab", "|"]),
            slot: Slot::Text(|s| &mut s.delimiter),
        },
        Field {
            name: "header",
            doc: "Whether the first line of a text table names its columns.",
            range: Range::OneOf(|| vec![AUTO, "yes", "no"]),
            slot: Slot::Text(|s| &mut s.header),
        },
        Field {
            name: "memory",
            doc: "What the data may take of the memory, as `256MB` or `8GB`; a CSV or Parquet file that takes more is read again for every epoch, its rows mixed in a buffer. `auto` is half of the machine's memory.",
            range: Range::Any,
            slot: Slot::Text(|s| &mut s.memory),
        },
    ];
}

/// `[training]`: how the descent runs and when it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// The most passes over the training rows.
    pub epochs: u64,
    /// The rows in a step, or [`AUTO_BATCH`], or [`FULL_BATCH`].
    pub batch_size: u64,
    /// The epochs without improvement after which the training stops.
    pub patience: Option<u64>,
    /// What counts as an improvement.
    pub min_delta: f64,
    /// The loss or a metric, on the validation rows.
    pub monitor: String,
    /// The factor of Σ|w|.
    pub l1: f64,
    /// The factor of ½ Σ w².
    pub l2: f64,
    /// The bound on every element of the gradient.
    pub clip_value: Option<f64>,
    /// The bound on the norm of the whole gradient.
    pub clip_norm: Option<f64>,
    /// The bound on the norm of each weight matrix's and each bias's gradient.
    pub clip_layer_norm: Option<f64>,
    /// The bound on the norm of each unit's gradient, relative to that of its weights.
    pub clip_adaptive: Option<f64>,
    /// The batches whose mean gradient one step takes.
    pub accumulate: u64,
    /// `weights` or `all`.
    pub decayed: String,
    /// What is done around the optimizer, as short forms.
    pub wrappers: Vec<String>,
    /// `none` or `balanced`.
    pub class_weight: String,
    /// What is measured while it goes, as short forms; see [`probe::ALL`].
    pub probe: Vec<String>,
    /// Whether its trajectory is kept.
    pub record_path: bool,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Default for Descent {
    fn default() -> Self {
        Descent {
            epochs: 100,
            batch_size: AUTO_BATCH,
            patience: Some(20),
            min_delta: 0.0,
            monitor: "loss".into(),
            l1: 0.0,
            l2: 0.0,
            clip_value: None,
            clip_norm: None,
            clip_layer_norm: None,
            clip_adaptive: None,
            accumulate: 1,
            decayed: "weights".into(),
            wrappers: Vec::new(),
            class_weight: "none".into(),
            probe: Vec::new(),
            record_path: false,
            seed: 0,
        }
    }
}

impl Spec for Descent {
    const CARD: &'static Card = &Card {
        name: "training",
        summary: "How the descent runs and when it ends.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "epochs",
            doc: "Most passes over the training rows.",
            range: Range::count(1, MOST),
            slot: Slot::Count(|s| &mut s.epochs),
        },
        Field {
            name: "batch_size",
            doc: "Rows in a step: `full` is batch gradient descent, 1 stochastic, anything between mini-batch; `auto` is 128, or less where that would be under ten steps an epoch.",
            range: Range::count(1, MOST),
            slot: Slot::CountNamed(&BATCHES, |s| &mut s.batch_size),
        },
        Field {
            name: "patience",
            doc: "Epochs without improvement after which the training stops, or `never`.",
            range: Range::count(1, MOST),
            slot: Slot::CountOr("never", |s| &mut s.patience),
        },
        Field {
            name: "min_delta",
            doc: "What counts as an improvement: more than this.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.min_delta),
        },
        Field {
            name: "monitor",
            doc: "What early stopping and the choice of weights look at, on the validation rows.",
            range: Range::OneOf(monitors),
            slot: Slot::Text(|s| &mut s.monitor),
        },
        Field {
            name: "l1",
            doc: "Penalty l1 · Σ|w| on the weights, not on the biases.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.l1),
        },
        Field {
            name: "l2",
            doc: "Penalty ½ l2 · Σ w² on the weights, not on the biases.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.l2),
        },
        Field {
            name: "clip_value",
            doc: "Bound on every element of the gradient, or `off`.",
            range: Range::POSITIVE,
            slot: Slot::FloatOr("off", |s| &mut s.clip_value),
        },
        Field {
            name: "clip_norm",
            doc: "Bound on the norm of the whole gradient, or `off`.",
            range: Range::POSITIVE,
            slot: Slot::FloatOr("off", |s| &mut s.clip_norm),
        },
        Field {
            name: "clip_layer_norm",
            doc: "Bound on the norm of the gradient of each weight matrix and of each bias, or `off`.",
            range: Range::POSITIVE,
            slot: Slot::FloatOr("off", |s| &mut s.clip_layer_norm),
        },
        Field {
            name: "clip_adaptive",
            doc: "Bound on the norm of the gradient of each unit, as a part of the norm of its weights, or `off`.",
            range: Range::POSITIVE,
            slot: Slot::FloatOr("off", |s| &mut s.clip_adaptive),
        },
        Field {
            name: "accumulate",
            doc: "Batches whose mean gradient one step takes: memory for one, steps as of a batch as many times as large.",
            range: Range::count(1, MOST),
            slot: Slot::Count(|s| &mut s.accumulate),
        },
        Field {
            name: "decayed",
            doc: "What the optimizer's decoupled `weight_decay` is for: the weights, or all parameters, as in PyTorch.",
            range: Range::OneOf(|| vec!["weights", "all"]),
            slot: Slot::Text(|s| &mut s.decayed),
        },
        Field {
            name: "wrappers",
            doc: "What is done around the optimizer, as in `sam:rho=0.05,ema`.",
            range: Range::Member {
                names: || wrapper::ALL.names(),
                check: |short| wrapper::ALL.parse(short).map(drop),
            },
            slot: Slot::Texts(|s| &mut s.wrappers),
        },
        Field {
            name: "class_weight",
            doc: "`balanced` weighs each class by the inverse of its share of the training rows.",
            range: Range::OneOf(|| vec!["none", "balanced"]),
            slot: Slot::Text(|s| &mut s.class_weight),
        },
        Field {
            name: "probe",
            doc: "What is measured while it goes and told in metrics.jsonl: `light`, `full` or probes, as in `light,lambda_max:every=100`; it changes nothing of the result.",
            range: Range::Member {
                names: probe::names,
                check: probe::check,
            },
            slot: Slot::Texts(|s| &mut s.probe),
        },
        Field {
            name: "record_path",
            doc: "Keeps the weights at no more than 256 steps, spread over the run, in trajectory.safetensors of at most 64 MB (eight steps, where they take more): what `landscape` draws the path from.",
            range: Range::Any,
            slot: Slot::Switch(|s| &mut s.record_path),
        },
        Field {
            name: "seed",
            doc: "Seed of the split, the first weights, the order of the rows and the masks.",
            range: Range::count(0, MOST),
            slot: Slot::Count(|s| &mut s.seed),
        },
    ];
}

/// What can be monitored: the loss and every metric.
fn monitors() -> Vec<&'static str> {
    [vec!["loss"], metric::ALL.names()].concat()
}

/// The sections as a family, so that they are listed and explained like everything else.
pub static SETTINGS: Family<dyn Tunable> = Family {
    name: "settings",
    singular: "section",
    summary: "The sections of a configuration that are not a member of another family.",
    members: &[
        Entry::<dyn Tunable>::describing::<Data>(),
        Entry::<dyn Tunable>::describing::<Architecture>(),
        Entry::<dyn Tunable>::describing::<Frame>(),
        Entry::<dyn Tunable>::describing::<Descent>(),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_tables_get_small_batches() {
        let batch = |rows| {
            let mut descent = Descent::default();
            descent.settle_batch(rows);
            descent.batch_size
        };
        assert_eq!(
            [5, 60, 120, 1_000, 1_280, 1_000_000].map(batch),
            [5, 8, 8, 64, 128, 128]
        );
    }
}

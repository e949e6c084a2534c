//! Fitted preprocessing: from a table's columns to features and targets. Fitted on the training rows only.
//!
//! Not the split and not the checks of the target that come before it. A fitted value is plain data: it
//! is stored with the model and finds its columns by name.

mod encode;
mod fit;
mod labels;
mod target;

pub use encode::{Notes, Unseen};
pub(crate) use fit::{mean_and_std, median, standard_deviation};
pub use target::EncodedTarget;
pub(crate) use target::target_number;

use serde::{Deserialize, Serialize};

use crate::{Reason, Task};

/// How a table becomes numbers, as it was fitted on the training rows.
///
/// Numbers and booleans (as 0 and 1): missing and infinite values become the median of the values that
/// are there; then the mean of those is subtracted and the result divided by their standard deviation
/// (of the population; 1 where it is 0). Where training rows lack a value, a second feature is 1 for a
/// missing value and 0 otherwise.
///
/// Categories: one feature for each that the training rows have, 1 or 0, and one for "missing" where the
/// training rows lack a value. A category that training has not seen is treated as missing: where there
/// is no feature for that, all of the column's features are 0.
///
/// Images: every pixel with one common mean and standard deviation. A pixel's own would blow up those
/// that are nearly always 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    pub(crate) columns: Vec<Fitted>,
    pub(crate) left_out: Vec<(String, Reason)>,
    pub(crate) sample_weight: Option<String>,
    pub(crate) target: TargetEncoding,
}

/// A column that gives features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fitted {
    pub(crate) name: String,
    pub(crate) encoding: Encoding,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encoding {
    Number(Standard),
    Boolean(Standard),
    OneHot {
        categories: Vec<String>,
        missing: bool,
    },
    Image {
        height: usize,
        width: usize,
        mean: f64,
        std: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standard {
    pub(crate) median: f64,
    pub(crate) mean: f64,
    pub(crate) std: f64,
    pub(crate) indicator: bool,
}

/// What is predicted, and how it becomes numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoding {
    /// The column.
    pub name: String,
    /// Classes or numbers.
    pub kind: TargetKind,
}

/// How a target becomes numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A class is its position in this list.
    Classes(Vec<String>),
    /// A number y is (y − mean) / std.
    Values {
        /// The training rows' mean.
        mean: f64,
        /// Their standard deviation, of the population; 1 where it is 0.
        std: f64,
    },
    /// A number of at least 0, as it is.
    Counts,
}

impl Encoding {
    fn width(&self) -> usize {
        match self {
            Encoding::Number(standard) | Encoding::Boolean(standard) => {
                1 + usize::from(standard.indicator)
            }
            Encoding::OneHot {
                categories,
                missing,
            } => categories.len() + usize::from(*missing),
            Encoding::Image { height, width, .. } => height * width,
        }
    }

    fn names(&self, column: &str) -> Vec<String> {
        match self {
            Encoding::Number(standard) | Encoding::Boolean(standard) => {
                let indicator = standard.indicator.then(|| format!("{column} (missing)"));
                [column.to_owned()].into_iter().chain(indicator).collect()
            }
            Encoding::OneHot {
                categories,
                missing,
            } => {
                let missing = missing.then(|| format!("{column} (missing)"));
                let each = categories
                    .iter()
                    .map(|category| format!("{column}={category}"));
                each.chain(missing).collect()
            }
            Encoding::Image { height, width, .. } => (0..height * width)
                .map(|at| format!("{column}[{},{}]", at / width, at % width))
                .collect(),
        }
    }
}

impl Preprocessing {
    /// How many features a row has.
    pub fn n_features(&self) -> usize {
        self.columns
            .iter()
            .map(|column| column.encoding.width())
            .sum()
    }

    /// The features' names: `age`, `age (missing)`, `color=red`, `image[0,3]`.
    pub fn feature_names(&self) -> Vec<String> {
        self.columns
            .iter()
            .flat_map(|column| column.encoding.names(&column.name))
            .collect()
    }

    /// The columns that give features, in the order of the features.
    pub fn columns(&self) -> Vec<&str> {
        self.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    }

    /// The columns that were left out, and why.
    pub fn left_out(&self) -> &[(String, Reason)] {
        &self.left_out
    }

    /// The column with the rows' weights.
    pub fn sample_weight(&self) -> Option<&str> {
        self.sample_weight.as_deref()
    }

    /// What is predicted.
    pub fn target(&self) -> &TargetEncoding {
        &self.target
    }

    /// What is learned.
    pub fn task(&self) -> Task {
        match self.target.kind {
            TargetKind::Classes(_) => Task::Classification,
            TargetKind::Values { .. } | TargetKind::Counts => Task::Regression,
        }
    }

    /// The classes of a classification, in the order of their numbers.
    pub fn classes(&self) -> Option<&[String]> {
        match &self.target.kind {
            TargetKind::Classes(classes) => Some(classes),
            TargetKind::Values { .. } | TargetKind::Counts => None,
        }
    }

    /// The mean and the standard deviation that a regression's outputs are to be scaled back with.
    pub fn target_scale(&self) -> Option<(f64, f64)> {
        match self.target.kind {
            TargetKind::Values { mean, std } => Some((mean, std)),
            TargetKind::Counts => Some((0.0, 1.0)),
            TargetKind::Classes(_) => None,
        }
    }

    /// Takes the numbers of the target as they are, and none below 0. A classification stays one.
    pub fn count(&mut self) {
        if self.task() == Task::Regression {
            self.target.kind = TargetKind::Counts;
        }
    }
}

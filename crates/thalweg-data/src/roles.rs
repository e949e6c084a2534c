//! What each column is for: the person's choice, and the one rule that decides about the rest.
//!
//! The rule, for a column that is neither target nor weight nor ignored, over the rows it is asked about:
//!
//! - nothing but missing values: left out as empty;
//! - one value and nothing missing: left out as constant;
//! - text with more than [`MOST_CATEGORIES`] distinct values, or with more than [`FEW_CATEGORIES`] that
//!   are also more than half as many as the rows: left out as text that names its row;
//! - other text: a feature for each category;
//! - numbers and booleans: a feature, and another one that says "missing" where values are missing;
//! - images: a feature for each pixel.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::table::{Column, Rows, Table, Values};
use crate::{ColumnRole, DataError};

/// Text with more distinct values than this is left out.
pub(crate) const MOST_CATEGORIES: usize = 100;
/// Text with no more distinct values than this is used, however few the rows.
pub(crate) const FEW_CATEGORIES: usize = 20;

/// What is to be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Which class a row belongs to.
    Classification,
    /// A number.
    Regression,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Task::Classification => "classification",
            Task::Regression => "regression",
        })
    }
}

/// A word that is no task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a task; it is `classification` or `regression`")]
pub struct UnknownTask(pub String);

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(text: &str) -> Result<Task, UnknownTask> {
        match text {
            "classification" => Ok(Task::Classification),
            "regression" => Ok(Task::Regression),
            other => Err(UnknownTask(other.to_owned())),
        }
    }
}

/// What a person has said about the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The column to predict.
    pub target: String,
    /// The task; found from the target where it is `None`.
    pub task: Option<Task>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// The column with each row's weight in the loss.
    pub sample_weight: Option<String>,
    /// Leaves out rows whose target is missing; otherwise they are an error.
    pub drop_missing_target: bool,
}

impl Choice {
    /// Checks that all columns that were named exist and have one role.
    pub(crate) fn check(&self, table: &Table) -> Result<(), DataError> {
        let mut named = vec![(ColumnRole::Target, &self.target)];
        named.extend(
            self.sample_weight
                .iter()
                .map(|name| (ColumnRole::SampleWeight, name)),
        );
        named.extend(self.ignore.iter().map(|name| (ColumnRole::Ignored, name)));
        for (index, &(role, name)) in named.iter().enumerate() {
            if role != ColumnRole::Ignored || !table.unsupported().iter().any(|(it, _)| it == name)
            {
                find(table, role, name)?;
            }
            if let Some(&(first, _)) = named[..index].iter().find(|&&(_, other)| other == name)
                && first != role
            {
                return Err(DataError::TwoRoles {
                    name: name.clone(),
                    first,
                    second: role,
                });
            }
        }
        Ok(())
    }
}

/// The column that was named for a role.
pub(crate) fn find<'a>(
    table: &'a Table,
    role: ColumnRole,
    name: &str,
) -> Result<&'a Column, DataError> {
    if let Some(column) = table.column(name) {
        return Ok(column);
    }
    if let Some((_, type_name)) = table.unsupported().iter().find(|(it, _)| it == name) {
        return Err(DataError::UnsupportedColumn {
            role,
            name: name.to_owned(),
            origin: table.origin.clone(),
            type_name: type_name.clone(),
        });
    }
    if role == ColumnRole::Target && name.is_empty() {
        return Err(table.no_target());
    }
    let known = table.names();
    Err(DataError::UnknownColumn {
        role,
        name: name.to_owned(),
        origin: table.origin.clone(),
        near: thalweg_core::spec::near_names(name, known.iter().copied()),
        known: known.into_iter().map(str::to_owned).collect(),
    })
}

/// What training does with a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// Predicts it.
    Target,
    /// Weights rows by it.
    SampleWeight,
    /// One standardized feature.
    Number {
        /// Whether another feature says where values are missing.
        indicator: bool,
    },
    /// One standardized feature, from 0 and 1.
    Boolean {
        /// Whether another feature says where values are missing.
        indicator: bool,
    },
    /// A feature for each category.
    OneHot {
        /// How many categories there are.
        categories: usize,
        /// Whether "missing" is one more of them.
        missing: bool,
    },
    /// A feature for each pixel.
    Image {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
    },
    /// Nothing.
    LeftOut {
        /// Why.
        reason: Reason,
    },
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = |on: &bool| if *on { " + missing" } else { "" };
        match self {
            Use::Target => f.write_str("target"),
            Use::SampleWeight => f.write_str("sample weight"),
            Use::Number { indicator } => write!(f, "number{}", flag(indicator)),
            Use::Boolean { indicator } => write!(f, "boolean{}", flag(indicator)),
            Use::OneHot {
                categories,
                missing,
            } => write!(f, "{categories} categories{}", flag(missing)),
            Use::Image { height, width } => write!(f, "{height} × {width} pixels"),
            Use::LeftOut { reason } => write!(f, "left out: {reason}"),
        }
    }
}

/// Why a column is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is the same in every row.
    Constant,
    /// It has no values.
    Empty,
    /// It is text that is different in nearly every row, or in too many.
    ManyTexts {
        /// How many distinct values there are.
        distinct: usize,
    },
    /// The person has said so.
    Ignored,
    /// Its type cannot be used.
    Unsupported {
        /// The type.
        type_name: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Constant => f.write_str("constant"),
            Reason::Empty => f.write_str("all missing"),
            Reason::ManyTexts { distinct } => {
                let distinct = crate::error::thousands(*distinct);
                write!(f, "high-cardinality text, {distinct} distinct")
            }
            Reason::Ignored => f.write_str("ignored"),
            Reason::Unsupported { type_name } => write!(f, "type {type_name}"),
        }
    }
}

/// The rule above, for a column that has no other role.
pub(crate) fn feature_use(column: &Column, rows: Rows<'_>) -> Use {
    if let Values::Image { height, width, .. } = column.values {
        return Use::Image { height, width };
    }
    let facts = Facts::of(column, rows);
    let missing = facts.missing > 0;
    let reason = match facts.distinct {
        0 => Reason::Empty,
        1 if !missing => Reason::Constant,
        distinct if facts.text && is_high(distinct, rows.len()) => Reason::ManyTexts { distinct },
        distinct => {
            return match column.values {
                Values::Boolean { .. } => Use::Boolean { indicator: missing },
                Values::Text(_) => Use::OneHot {
                    categories: distinct,
                    missing,
                },
                _ => Use::Number { indicator: missing },
            };
        }
    };
    Use::LeftOut { reason }
}

fn is_high(distinct: usize, rows: usize) -> bool {
    distinct > MOST_CATEGORIES || (distinct > FEW_CATEGORIES && 2 * distinct > rows)
}

/// What the rule looks at.
struct Facts {
    text: bool,
    missing: usize,
    /// Exact for text; for other columns counted only up to 2, which is all that the rule asks.
    distinct: usize,
}

impl Facts {
    fn of(column: &Column, rows: Rows<'_>) -> Facts {
        match &column.values {
            Values::Number(values) => {
                Facts::of_few(rows, |row| number(values, row).map(f64::to_bits))
            }
            Values::Boolean { values, .. } => {
                use arrow_array::Array;
                Facts::of_few(rows, |row| {
                    values.is_valid(row).then(|| u64::from(values.value(row)))
                })
            }
            Values::Text(values) => {
                let (counts, missing) = key_counts(values, rows);
                Facts {
                    text: true,
                    missing,
                    distinct: counts.iter().filter(|&&count| count > 0).count(),
                }
            }
            Values::Image { .. } => Facts {
                text: false,
                missing: 0,
                distinct: 2,
            },
        }
    }

    fn of_few(rows: Rows<'_>, value: impl Fn(usize) -> Option<u64>) -> Facts {
        let mut first = None;
        let mut facts = Facts {
            text: false,
            missing: 0,
            distinct: 0,
        };
        for row in rows.iter() {
            match (value(row), first) {
                (None, _) => facts.missing += 1,
                (Some(x), None) => {
                    first = Some(x);
                    facts.distinct = 1;
                }
                (Some(x), Some(first)) if x != first => facts.distinct = 2,
                _ => {}
            }
        }
        facts
    }
}

/// A feature's number: infinite values count as missing, −0 as 0.
pub(crate) fn number(values: &arrow_array::Float64Array, row: usize) -> Option<f64> {
    use arrow_array::Array;
    let x = values.value(row);
    (x.is_finite() && values.is_valid(row)).then_some(x + 0.0)
}

/// How often each distinct text stands in these rows, and how many are missing.
pub(crate) fn key_counts(
    values: &arrow_array::DictionaryArray<arrow_array::types::Int32Type>,
    rows: Rows<'_>,
) -> (Vec<usize>, usize) {
    use arrow_array::Array;
    let mut counts = vec![0; values.values().len()];
    let mut missing = 0;
    for row in rows.iter() {
        match values.key(row) {
            Some(key) => counts[key] += 1,
            None => missing += 1,
        }
    }
    (counts, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn use_of(column: Column) -> String {
        let rows = Rows::All(column.len());
        feature_use(&column, rows).to_string()
    }

    fn texts(count: usize, distinct: usize) -> Column {
        let texts: Vec<_> = (0..count).map(|i| format!("t{}", i % distinct)).collect();
        Column::text("t", texts.iter().map(|text| Some(text.as_str())))
    }

    #[test]
    fn each_kind_of_column_has_its_use() {
        let nan = f64::NAN;
        assert_eq!(use_of(Column::number("x", vec![1.0, 2.0])), "number");
        assert_eq!(
            use_of(Column::number("x", vec![1.0, nan])),
            "number + missing"
        );
        assert_eq!(
            use_of(Column::number("x", vec![1.0, 2.0, f64::INFINITY])),
            "number + missing"
        );
        assert_eq!(
            use_of(Column::number("x", vec![1.0, 1.0])),
            "left out: constant"
        );
        assert_eq!(
            use_of(Column::number("x", vec![0.0, -0.0])),
            "left out: constant"
        );
        assert_eq!(
            use_of(Column::number("x", vec![nan])),
            "left out: all missing"
        );
        assert_eq!(
            use_of(Column::boolean("x", vec![Some(true), None])),
            "boolean + missing"
        );
        assert_eq!(
            use_of(Column::text("x", [Some("a"), None])),
            "1 categories + missing"
        );
    }

    #[test]
    fn text_that_names_its_row_is_left_out() {
        assert_eq!(use_of(texts(20, 20)), "20 categories");
        assert_eq!(
            use_of(texts(41, 21)),
            "left out: high-cardinality text, 21 distinct"
        );
        assert_eq!(use_of(texts(42, 21)), "21 categories");
        assert_eq!(use_of(texts(1000, 100)), "100 categories");
        assert_eq!(
            use_of(texts(9000, 1100)),
            "left out: high-cardinality text, 1,100 distinct"
        );
    }

    #[test]
    fn tasks_are_read_and_written() {
        for task in [Task::Classification, Task::Regression] {
            assert_eq!(task.to_string().parse(), Ok(task));
        }
        assert_eq!(
            "regresion".parse::<Task>().unwrap_err().to_string(),
            "`regresion` is not a task; it is `classification` or `regression`"
        );
    }
}

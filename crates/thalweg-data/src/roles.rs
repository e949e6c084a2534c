//! What each column is for: the person's choice, and what training does with a column.
//!
//! Not the rule that decides about a column that was not named, which is in `rule`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Column, ColumnRole, DataError, Format, Table};

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
    let unlabeled = matches!(table.format, Format::Idx { .. }) && table.own_target().is_none();
    if role == ColumnRole::Target && (name.is_empty() || unlabeled) {
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

#[cfg(test)]
mod tests {
    use super::*;

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

//! What can be known of the target before the rows are split: the task, the usable rows, the classes.
//!
//! Not the target's encoding, which is fitted on the training rows.

use std::collections::{HashMap, HashSet};

use arrow_array::{Array, Float64Array};

use crate::column::dictionary;
use crate::inspect::suspect;
use crate::roles::find;
use crate::rule::{FEW_CATEGORIES, key_counts};
use crate::table::Rows;
use crate::{Choice, Column, ColumnRole, DataError, Format, Place, Table, Task, Values};

/// A target with more classes than this was meant as something else.
pub(crate) const MOST_CLASSES: usize = 1_000;
/// Whole numbers with no more distinct values than this may be classes.
pub(crate) const MOST_NUMBER_CLASSES: usize = 20;
/// But only where there are so many rows for each of them.
pub(crate) const ROWS_FOR_EACH: usize = 10;
/// Lines that a message names.
pub(crate) const SHOWN: usize = 3;

/// A target that can be learned.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedTarget {
    /// What is to be learned.
    pub task: Task,
    /// The rows with a usable target, ascending.
    pub rows: Vec<u32>,
    /// How many rows were left out because they lack it.
    pub dropped: usize,
    /// The classes of a classification.
    pub classes: Option<ClassLabels>,
}

/// Each row's class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassLabels {
    /// The class of each of [`CheckedTarget::rows`].
    pub of_rows: Vec<u32>,
    /// The classes' names: numbers ascending, false before true, text in the order of its letters.
    pub names: Vec<String>,
}

/// Finds the task and the usable rows, and refuses a target that cannot be learned.
///
/// # Errors
/// The columns that were named do not exist, or the target is missing in some rows (unless they are to
/// be dropped), has one class only, a class with a single row or too many classes, or is text where a
/// number is needed.
pub fn check_target(table: &Table, choice: &Choice) -> Result<CheckedTarget, DataError> {
    choice.check(table)?;
    let column = find(table, ColumnRole::Target, &choice.target)?;
    if let Values::Image { .. } = column.values {
        return Err(DataError::UnsupportedColumn {
            role: ColumnRole::Target,
            name: column.name.clone(),
            origin: table.origin.clone(),
            type_name: "image".into(),
        });
    }
    let task = choice.task.unwrap_or_else(|| infer_task(table, column));
    if choice.task.is_none()
        && let Some(suspicion) = suspect(table, column, FEW_CATEGORIES)
    {
        let column = column.name.clone();
        return Err(DataError::NearlyNumbers { column, suspicion });
    }
    if task == Task::Regression {
        refuse_text(table, column)?;
    }
    let rows = usable_rows(table, column, choice.drop_missing_target)?;
    if rows.is_empty() {
        return Err(DataError::TooFewRows { rows: 0, needed: 1 });
    }
    let classes = match task {
        Task::Classification => Some(check_classes(table, column, &rows)?),
        Task::Regression => {
            refuse_constant(column, &rows)?;
            None
        }
    };
    Ok(CheckedTarget {
        task,
        dropped: table.rows() - rows.len(),
        rows,
        classes,
    })
}

/// A regression needs at least two different numbers.
fn refuse_constant(column: &Column, rows: &[u32]) -> Result<(), DataError> {
    let Values::Number(values) = &column.values else {
        return Ok(());
    };
    let value = values.value(rows[0] as usize);
    let same = |&row: &u32| values.value(row as usize).total_cmp(&value).is_eq();
    if rows.iter().all(same) {
        let column = column.name.clone();
        return Err(DataError::ConstantTarget { column, value });
    }
    Ok(())
}

/// Text, booleans and labels of images are classes. So are whole numbers with 20 distinct values or
/// fewer and at least ten rows for each, and numbers that are only 0 and 1; other numbers are quantities.
pub fn infer_task(table: &Table, column: &Column) -> Task {
    let Values::Number(values) = &column.values else {
        return Task::Classification;
    };
    let is_label = matches!(table.format, Format::Idx { .. })
        && table.own_target() == Some(column.name.as_str());
    let few = distinct_integers(values).is_some_and(|(distinct, rows, binary)| {
        binary || (distinct <= MOST_NUMBER_CLASSES && rows >= ROWS_FOR_EACH * distinct)
    });
    if is_label || few {
        Task::Classification
    } else {
        Task::Regression
    }
}

/// How many distinct values there are in how many rows, and whether they are only 0 and 1; `None` where
/// some are not whole or there are too many.
fn distinct_integers(values: &Float64Array) -> Option<(usize, usize, bool)> {
    let mut seen = HashSet::new();
    for x in values.iter().flatten().filter(|x| x.is_finite()) {
        if x.fract() != 0.0 {
            return None;
        }
        seen.insert((x + 0.0).to_bits());
        if seen.len() > MOST_NUMBER_CLASSES {
            return None;
        }
    }
    let binary = seen.len() == 2 && [0.0_f64, 1.0].iter().all(|x| seen.contains(&x.to_bits()));
    Some((seen.len(), values.len() - values.null_count(), binary))
}

fn refuse_text(table: &Table, column: &Column) -> Result<(), DataError> {
    let bad = match &column.values {
        Values::Text(values) => {
            let texts = dictionary(values);
            (0..column.len()).find(|&row| {
                values
                    .key(row)
                    .is_some_and(|key| texts.value(key).parse::<f64>().is_err())
            })
        }
        Values::Boolean { values, .. } => (0..column.len()).find(|&row| values.is_valid(row)),
        _ => None,
    };
    match bad {
        Some(row) => Err(DataError::TextTarget {
            column: column.name.clone(),
            place: table.place(row),
            cell: column.cell(row).unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

/// Whether a row's target is there, and finite.
pub fn is_usable(column: &Column, row: usize) -> bool {
    match &column.values {
        Values::Number(values) => values.is_valid(row) && values.value(row).is_finite(),
        _ => !column.is_missing(row),
    }
}

fn usable_rows(table: &Table, column: &Column, drop: bool) -> Result<Vec<u32>, DataError> {
    let usable = |row: usize| is_usable(column, row);
    let rows: Vec<u32> = (0..table.rows())
        .filter(|&row| usable(row))
        .map(|row| row as u32)
        .collect();
    if rows.len() == table.rows() || drop {
        return Ok(rows);
    }
    Err(DataError::MissingTarget {
        column: column.name.clone(),
        origin: table.origin.clone(),
        count: table.rows() - rows.len(),
        rows: table.rows(),
        first: first_places(table, |row| !usable(row)),
    })
}

fn first_places(table: &Table, wanted: impl Fn(usize) -> bool) -> Vec<Place> {
    (0..table.rows())
        .filter(|&row| wanted(row))
        .take(SHOWN)
        .map(|row| table.place(row))
        .collect()
}

fn check_classes(table: &Table, column: &Column, rows: &[u32]) -> Result<ClassLabels, DataError> {
    let labels = class_labels(column, rows);
    let name = || column.name.clone();
    if labels.names.len() > MOST_CLASSES {
        return Err(DataError::TooManyClasses {
            column: name(),
            classes: labels.names.len(),
            most: MOST_CLASSES,
            numeric: matches!(column.values, Values::Number(_)),
        });
    }
    if let [class] = labels.names.as_slice() {
        return Err(DataError::OneClass {
            column: name(),
            class: class.clone(),
        });
    }
    let mut counts = vec![0_usize; labels.names.len()];
    for &class in &labels.of_rows {
        counts[class as usize] += 1;
    }
    let single = labels
        .of_rows
        .iter()
        .position(|&class| counts[class as usize] == 1);
    match single {
        Some(at) => Err(DataError::SingleRowClass {
            column: name(),
            class: labels.names[labels.of_rows[at] as usize].clone(),
            place: table.place(rows[at] as usize),
        }),
        None => Ok(labels),
    }
}

/// The classes of these rows, none of which is missing.
pub(crate) fn class_labels(column: &Column, rows: &[u32]) -> ClassLabels {
    match &column.values {
        Values::Number(values) => {
            let numbers: Vec<f64> = rows
                .iter()
                .map(|&row| values.value(row as usize) + 0.0)
                .collect();
            number_labels(&numbers)
        }
        Values::Boolean { values, words } => {
            let seen: HashSet<bool> = rows.iter().map(|&row| values.value(row as usize)).collect();
            let known: Vec<bool> = [false, true]
                .into_iter()
                .filter(|x| seen.contains(x))
                .collect();
            let of = |x: bool| known.iter().position(|&it| it == x).unwrap_or_default() as u32;
            ClassLabels {
                of_rows: rows
                    .iter()
                    .map(|&row| of(values.value(row as usize)))
                    .collect(),
                names: known
                    .iter()
                    .map(|&x| words[usize::from(x)].clone())
                    .collect(),
            }
        }
        Values::Text(values) => {
            let (counts, _) = key_counts(values, Rows::Chosen(rows));
            let texts = dictionary(values);
            let mut known: Vec<usize> = (0..counts.len()).filter(|&key| counts[key] > 0).collect();
            known.sort_by_key(|&key| texts.value(key));
            let mut class_of = vec![0; counts.len()];
            for (class, &key) in known.iter().enumerate() {
                class_of[key] = class as u32;
            }
            let keys = values.keys();
            ClassLabels {
                of_rows: rows
                    .iter()
                    .map(|&row| class_of[keys.value(row as usize) as usize])
                    .collect(),
                names: known
                    .iter()
                    .map(|&key| texts.value(key).to_owned())
                    .collect(),
            }
        }
        Values::Image { .. } => ClassLabels {
            of_rows: Vec::new(),
            names: Vec::new(),
        },
    }
}

fn number_labels(numbers: &[f64]) -> ClassLabels {
    let mut known = numbers.to_vec();
    known.sort_unstable_by(f64::total_cmp);
    known.dedup();
    let of: HashMap<u64, u32> = known
        .iter()
        .enumerate()
        .map(|(at, x)| (x.to_bits(), at as u32))
        .collect();
    ClassLabels {
        of_rows: numbers.iter().map(|x| of[&x.to_bits()]).collect(),
        names: known.iter().map(ToString::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task_of(values: Vec<f64>) -> Task {
        let table = Table::new("memory", vec![Column::number("y", values)]).unwrap();
        infer_task(&table, table.column("y").unwrap())
    }

    #[test]
    fn few_whole_numbers_are_classes() {
        assert_eq!(
            task_of((0..100).map(|i| f64::from(i % 10)).collect()),
            Task::Classification
        );
        assert_eq!(
            task_of((0..99).map(|i| f64::from(i % 10)).collect()),
            Task::Regression
        );
        assert_eq!(
            task_of((0..999).map(|i| f64::from(i % 21)).collect()),
            Task::Regression
        );
        assert_eq!(
            task_of((0..999).map(|i| f64::from(i % 2) / 2.0).collect()),
            Task::Regression
        );
        assert_eq!(task_of(vec![0.0, 1.0, 1.0]), Task::Classification);
    }

    #[test]
    fn classes_are_named_and_sorted() {
        let column = Column::number("y", vec![10.0, 9.0, -1.0, 9.0, 0.5]);
        let labels = class_labels(&column, &[0, 1, 2, 3, 4]);
        assert_eq!(labels.names, ["-1", "0.5", "9", "10"]);
        assert_eq!(labels.of_rows, [3, 2, 0, 2, 1]);
        let column = Column::text("y", [Some("b"), Some("a"), Some("c"), Some("b")]);
        let labels = class_labels(&column, &[0, 1, 3]);
        assert_eq!(labels.names, ["a", "b"]);
        assert_eq!(labels.of_rows, [1, 0, 1]);
        let column = Column::boolean("y", vec![Some(true), Some(false)]);
        assert_eq!(class_labels(&column, &[0, 1]).names, ["false", "true"]);
        assert_eq!(class_labels(&column, &[0]).names, ["true"]);
    }
}

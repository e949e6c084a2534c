//! Targets and weights: the columns that are not features.

use arrow_array::Array;

use super::encode::narrow;
use super::labels::{Found, Labels};
use super::{Preprocessing, TargetKind};
use crate::column::dictionary;
use crate::roles::find;
use crate::rule::number;
use crate::table::Rows;
use crate::{Column, ColumnRole, DataError, Place, Table, Values};

/// Lines that a message names.
const SHOWN: usize = 3;

/// A target as a network needs it.
#[derive(Clone, Debug, PartialEq)]
pub enum EncodedTarget {
    /// Each row's class.
    Classes(Vec<u32>),
    /// Each row's standardized number.
    Values(Vec<f32>),
}

impl Preprocessing {
    /// The target of these rows (of all where `rows` is `None`).
    ///
    /// # Errors
    /// The column is missing, a row lacks it, or has a class that training has not seen.
    pub fn encode_target(
        &self,
        table: &Table,
        rows: Option<&[u32]>,
    ) -> Result<EncodedTarget, DataError> {
        let rows = Rows::of(table, rows);
        let column = find(table, ColumnRole::Target, &self.target.name)?;
        match &self.target.kind {
            TargetKind::Classes(classes) => {
                encode_classes(table, column, rows, classes).map(EncodedTarget::Classes)
            }
            TargetKind::Values { mean, std } => {
                let values = target_values(table, column, rows)?;
                let standardize = |y: &f64| narrow((y - mean) / std);
                Ok(EncodedTarget::Values(
                    values.iter().map(standardize).collect(),
                ))
            }
            TargetKind::Counts => {
                let values = target_values(table, column, rows)?;
                if let Some(at) = values.iter().position(|&y| y < 0.0) {
                    let row = rows.iter().nth(at).unwrap_or_default();
                    return Err(DataError::NegativeTarget {
                        column: column.name.clone(),
                        place: table.place(row),
                        value: values[at],
                    });
                }
                Ok(EncodedTarget::Values(
                    values.iter().map(|&y| narrow(y)).collect(),
                ))
            }
        }
    }

    /// The weights of these rows (of all where `rows` is `None`), as they are; `None` where no column of
    /// weights was chosen.
    ///
    /// # Errors
    /// The column is missing, a weight is missing, negative or not finite, or all of them are 0.
    pub fn encode_weights(
        &self,
        table: &Table,
        rows: Option<&[u32]>,
    ) -> Result<Option<Vec<f32>>, DataError> {
        let Some(name) = &self.sample_weight else {
            return Ok(None);
        };
        let rows = Rows::of(table, rows);
        let weights = table_weights(table, name, rows)?;
        if !weights.is_empty() && weights.iter().all(|&weight| weight == 0.0) {
            return Err(DataError::NoWeight {
                column: name.clone(),
            });
        }
        Ok(Some(weights))
    }
}

impl Table {
    /// The weights in this column of these rows, as they are.
    pub(crate) fn weights(&self, name: &str, rows: &[u32]) -> Result<Vec<f32>, DataError> {
        table_weights(self, name, Rows::Chosen(rows))
    }
}

fn table_weights(table: &Table, name: &str, rows: Rows<'_>) -> Result<Vec<f32>, DataError> {
    let column = find(table, ColumnRole::SampleWeight, name)?;
    let weight = |row: usize| match &column.values {
        Values::Number(values) => number(values, row).filter(|&x| x >= 0.0),
        Values::Boolean { values, .. } if values.is_valid(row) => {
            Some(f64::from(u8::from(values.value(row))))
        }
        _ => None,
    };
    let checked = |row: usize| {
        weight(row).map(narrow).ok_or_else(|| DataError::BadWeight {
            column: name.to_owned(),
            place: table.place(row),
            cell: column
                .cell(row)
                .map_or("missing".into(), |cell| format!("`{cell}`")),
        })
    };
    rows.iter().map(checked).collect()
}

fn encode_classes(
    table: &Table,
    column: &Column,
    rows: Rows<'_>,
    classes: &[String],
) -> Result<Vec<u32>, DataError> {
    refuse_missing(table, column, rows)?;
    let mut encoded = vec![0; rows.len()];
    let mut unknown = None;
    Labels::new(classes).look_up(column, rows, |at, row, found| match found {
        Found::Known(class) => encoded[at] = class,
        Found::Missing | Found::Unseen => {
            unknown.get_or_insert(row);
        }
    });
    let Some(row) = unknown else {
        return Ok(encoded);
    };
    let class = column.cell(row).unwrap_or_default();
    Err(DataError::UnknownClass {
        column: column.name.clone(),
        origin: table.origin.clone(),
        class,
        place: table.place(row),
        known: classes.to_vec(),
    })
}

pub(super) fn refuse_missing(
    table: &Table,
    column: &Column,
    rows: Rows<'_>,
) -> Result<(), DataError> {
    refuse_unusable(table, column, rows, |row| !column.is_missing(row))
}

fn refuse_unusable(
    table: &Table,
    column: &Column,
    rows: Rows<'_>,
    usable: impl Fn(usize) -> bool,
) -> Result<(), DataError> {
    let count = rows.iter().filter(|&row| !usable(row)).count();
    if count == 0 {
        return Ok(());
    }
    let places = rows
        .iter()
        .filter(|&row| !usable(row))
        .map(|row| table.place(row));
    let first: Vec<Place> = places.take(SHOWN).collect();
    Err(DataError::MissingTarget {
        column: column.name.clone(),
        origin: table.origin.clone(),
        count,
        rows: rows.len(),
        first,
    })
}

/// A target's number in this row. A column may be text because of a cell in another row.
pub(crate) fn target_number(column: &Column, row: usize) -> Option<f64> {
    match &column.values {
        Values::Number(values) => number(values, row),
        Values::Text(values) => {
            let cell = dictionary(values).value(values.key(row)?);
            cell.parse::<f64>().ok().filter(|x| x.is_finite())
        }
        _ => None,
    }
}

/// The target's numbers, all of them present and finite.
pub(super) fn target_values(
    table: &Table,
    column: &Column,
    rows: Rows<'_>,
) -> Result<Vec<f64>, DataError> {
    let text = |row: usize| DataError::TextTarget {
        column: column.name.clone(),
        place: table.place(row),
        cell: column.cell(row).unwrap_or_default(),
    };
    match &column.values {
        Values::Number(values) => {
            refuse_unusable(table, column, rows, |row| number(values, row).is_some())?;
            Ok(rows.iter().filter_map(|row| number(values, row)).collect())
        }
        Values::Text(_) => {
            refuse_missing(table, column, rows)?;
            let parse = |row: usize| target_number(column, row).ok_or_else(|| text(row));
            rows.iter().map(parse).collect()
        }
        _ => Err(text(rows.iter().next().unwrap_or_default())),
    }
}

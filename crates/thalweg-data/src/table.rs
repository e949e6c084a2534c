//! A typed table: equally long columns, and where each row stands in its file.
//!
//! Not the roles of the columns, and nothing fitted: a table is what a file says.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};

use crate::{Column, DataError, Place};

/// What was found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Csv {
        /// What separates fields.
        delimiter: u8,
        /// Whether the first line holds the names.
        header: bool,
        /// Whether it was compressed.
        gzip: bool,
    },
    /// Parquet.
    Parquet,
    /// IDX images.
    Idx {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
    },
    /// No file: a bundled or generated set, or columns made in memory.
    Memory,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Format::Csv {
                delimiter,
                header,
                gzip,
            } => {
                let kind = match delimiter {
                    b'\t' => "TSV".to_owned(),
                    b',' => "CSV".to_owned(),
                    other => format!("CSV with `{}`", char::from(other)),
                };
                let header = if header { "" } else { " without header" };
                let gzip = if gzip { ", gzip" } else { "" };
                write!(f, "{kind}{header}{gzip}")
            }
            Format::Parquet => f.write_str("Parquet"),
            Format::Idx { height, width } => write!(f, "IDX images, {height} × {width}"),
            Format::Memory => f.write_str("in memory"),
        }
    }
}

/// Where the rows stand in their file.
#[derive(Clone, Debug)]
pub(crate) enum Lines {
    /// Row 0 is on this line, and every row is one line.
    From(u64),
    /// Each row's line.
    Each(Vec<u64>),
    /// There are no lines, and row 0 is this one of its file, from 1.
    Rows(u64),
}

/// A table: equally long columns with distinct names.
#[derive(Clone, Debug)]
pub struct Table {
    /// The file or the data set that it comes from, as a person named it.
    pub origin: String,
    /// What was found there.
    pub format: Format,
    columns: Vec<Column>,
    index: HashMap<String, usize>,
    unsupported: Vec<(String, String)>,
    target: Option<String>,
    lines: Lines,
}

impl Table {
    /// A table from columns in memory.
    ///
    /// # Errors
    /// Two columns have the same name, or not all are equally long.
    pub fn new(origin: &str, columns: Vec<Column>) -> Result<Table, DataError> {
        Table::build(origin, Format::Memory, columns, Lines::Rows(1))
    }

    pub(crate) fn build(
        origin: &str,
        format: Format,
        columns: Vec<Column>,
        lines: Lines,
    ) -> Result<Table, DataError> {
        let mut index = HashMap::with_capacity(columns.len());
        let rows = columns.first().map_or(0, Column::len);
        for (at, column) in columns.iter().enumerate() {
            if let Some(first) = index.insert(column.name.clone(), at) {
                return Err(DataError::DuplicateColumn {
                    path: origin.to_owned(),
                    name: column.name.clone(),
                    first: first + 1,
                    second: at + 1,
                });
            }
            if column.len() != rows {
                return Err(DataError::UnequalColumns {
                    name: column.name.clone(),
                    expected: rows,
                    found: column.len(),
                });
            }
        }
        Ok(Table {
            origin: origin.to_owned(),
            format,
            columns,
            index,
            unsupported: Vec::new(),
            target: None,
            lines,
        })
    }

    /// The same table with the names and types of further columns that cannot be used.
    #[must_use]
    pub fn with_unsupported(self, unsupported: Vec<(String, String)>) -> Table {
        Table {
            unsupported,
            ..self
        }
    }

    pub(crate) fn with_target(self, target: &str) -> Table {
        Table {
            target: Some(target.to_owned()),
            ..self
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// The columns' names, in the file's order.
    pub fn names(&self) -> Vec<&str> {
        self.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    }

    /// The columns, in the file's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.index.get(name).map(|&at| &self.columns[at])
    }

    /// Columns of a type that cannot be used, with the type.
    pub fn unsupported(&self) -> &[(String, String)] {
        &self.unsupported
    }

    /// The target, where the table itself says which it is: labels of images, a data set's own.
    pub fn own_target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The error for a person who has named no target.
    pub fn no_target(&self) -> DataError {
        if matches!(self.format, Format::Idx { .. }) && self.columns.len() == 1 {
            return DataError::ImagesWithoutLabels {
                path: self.origin.clone(),
            };
        }
        DataError::NoTarget {
            origin: self.origin.clone(),
            names: self.names().into_iter().map(str::to_owned).collect(),
        }
    }

    /// The columns as an Arrow batch, which shares their memory.
    pub fn batch(&self) -> RecordBatch {
        let arrays: Vec<_> = self.columns.iter().map(Column::to_arrow).collect();
        let fields: Vec<_> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .expect("the columns of a table are equally long and have their arrays' types")
    }

    /// Takes all cells into a checksum.
    pub(crate) fn digest(&self, hasher: &mut crc32fast::Hasher) {
        for column in &self.columns {
            column.digest(hasher);
        }
    }

    /// So many of its rows from this one on; the cells are shared, not copied.
    ///
    /// # Panics
    /// There are not so many rows.
    pub fn slice(&self, first: usize, len: usize) -> Table {
        assert!(first + len <= self.rows(), "rows that the table has");
        Table {
            origin: self.origin.clone(),
            format: self.format,
            columns: self
                .columns
                .iter()
                .map(|column| column.slice(first, len))
                .collect(),
            index: self.index.clone(),
            unsupported: self.unsupported.clone(),
            target: self.target.clone(),
            lines: match &self.lines {
                Lines::From(line) => Lines::From(line + first as u64),
                Lines::Each(lines) => Lines::Each(lines[first..first + len].to_vec()),
                Lines::Rows(row) => Lines::Rows(row + first as u64),
            },
        }
    }

    /// Where a row stands in its file.
    pub fn place(&self, row: usize) -> Place {
        match &self.lines {
            Lines::From(first) => Place::Line(first + row as u64),
            Lines::Each(lines) => Place::Line(lines[row]),
            Lines::Rows(first) => Place::Row(first + row as u64),
        }
    }
}

/// Some rows of a table, or all of them.
#[derive(Clone, Copy)]
pub(crate) enum Rows<'a> {
    /// All of so many.
    All(usize),
    /// These.
    Chosen(&'a [u32]),
}

impl<'a> Rows<'a> {
    pub(crate) fn of(table: &Table, rows: Option<&'a [u32]>) -> Rows<'a> {
        rows.map_or(Rows::All(table.rows()), Rows::Chosen)
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Rows::All(count) => count,
            Rows::Chosen(rows) => rows.len(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> + 'a {
        (0..self.len()).map(move |at| match self {
            Rows::All(_) => at,
            Rows::Chosen(rows) => rows[at] as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_an_arrow_batch() {
        let table = Table::new(
            "memory",
            vec![
                Column::number("x", vec![1.0, f64::NAN, 2.5]),
                Column::boolean("b", vec![Some(true), None, Some(false)]),
                Column::text("t", [Some("a"), None, Some("a")]),
                Column::image("i", 1, 2, vec![1, 2, 3, 4, 5, 6]).unwrap(),
            ],
        )
        .unwrap();
        let batch = table.batch();
        assert_eq!((batch.num_rows(), batch.num_columns()), (3, 4));
        for name in ["x", "b", "t"] {
            assert_eq!(batch.column_by_name(name).unwrap().null_count(), 1);
        }
        assert_eq!(table.column("x").unwrap().cell(0).as_deref(), Some("1"));
        assert_eq!(table.column("x").unwrap().cell(2).as_deref(), Some("2.5"));
        assert_eq!(table.column("b").unwrap().cell(0).as_deref(), Some("true"));
        assert_eq!(table.column("t").unwrap().cell(1), None);
        assert_eq!(table.place(2), Place::Row(3));
    }

    #[test]
    fn columns_must_agree() {
        let x = Column::number("x", vec![1.0]);
        let longer = Column::number("y", vec![1.0, 2.0]);
        let error = Table::new("memory", vec![x.clone(), x.clone()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`memory` has two columns named `x` (the 1st and the 2nd); rename one"
        );
        let error = Table::new("memory", vec![x, longer]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column `y` has 2 rows, the columns before it have 1"
        );
    }
}

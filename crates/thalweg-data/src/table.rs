//! A typed table: columns of Arrow arrays with a name, and where each row stands in its file.
//!
//! Not the roles of the columns, and nothing fitted: a table is what a file says.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt8Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, Float64Array, RecordBatch,
    StringArray, UInt8Array,
};
use arrow_schema::{DataType, Field, Schema};

use crate::{DataError, Place};

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
    Generated,
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
            Format::Generated => f.write_str("generated"),
        }
    }
}

/// The cells of a column; null stands for a missing value.
#[derive(Clone, Debug)]
pub enum Values {
    /// Numbers; never NaN, but infinities as they were written.
    Number(Float64Array),
    /// True and false.
    Boolean {
        /// The cells.
        values: BooleanArray,
        /// How false and true are written in the file.
        words: [String; 2],
    },
    /// Text, each distinct value stored once.
    Text(DictionaryArray<Int32Type>),
    /// Gray images of one size, a byte for each pixel; never missing.
    Image {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
        /// Image after image.
        pixels: FixedSizeListArray,
    },
}

/// A column: its name and its cells.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name, unique in its table.
    pub name: String,
    /// The cells.
    pub values: Values,
}

impl Column {
    /// A column of numbers; NaN becomes missing.
    pub fn number(name: &str, values: Vec<f64>) -> Column {
        let values = if values.iter().any(|x| x.is_nan()) {
            values
                .into_iter()
                .map(|x| (!x.is_nan()).then_some(x))
                .collect()
        } else {
            Float64Array::from(values)
        };
        Column::new(name, Values::Number(values))
    }

    /// A column of booleans.
    pub fn boolean(name: &str, values: Vec<Option<bool>>) -> Column {
        let words = ["false".to_owned(), "true".to_owned()];
        let values = BooleanArray::from(values);
        Column::new(name, Values::Boolean { values, words })
    }

    /// A column of text.
    pub fn text<'a>(name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Column {
        Column::new(name, Values::Text(values.into_iter().collect()))
    }

    /// A column of gray images, `height` × `width` bytes for each, row after row.
    ///
    /// # Errors
    /// [`DataError::UnequalColumns`] where the bytes are no whole number of images.
    pub fn image(
        name: &str,
        height: usize,
        width: usize,
        pixels: Vec<u8>,
    ) -> Result<Column, DataError> {
        let size = height * width;
        if size == 0 || pixels.len() % size != 0 {
            return Err(DataError::UnequalColumns {
                name: name.to_owned(),
                expected: size,
                found: pixels.len(),
            });
        }
        let item = Arc::new(Field::new("pixel", DataType::UInt8, false));
        let bytes = Arc::new(UInt8Array::from(pixels));
        let pixels = FixedSizeListArray::new(item, size as i32, bytes, None);
        Ok(Column::new(
            name,
            Values::Image {
                height,
                width,
                pixels,
            },
        ))
    }

    pub(crate) fn new(name: &str, values: Values) -> Column {
        Column {
            name: name.to_owned(),
            values,
        }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.array().len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this row's cell is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        self.array().is_null(row)
    }

    /// This row's cell as it would be written: a whole number without a point, a boolean in the file's
    /// own words. `None` where it is missing, or an image.
    pub fn cell(&self, row: usize) -> Option<String> {
        if self.is_missing(row) {
            return None;
        }
        match &self.values {
            Values::Number(values) => Some(values.value(row).to_string()),
            Values::Boolean { values, words } => {
                Some(words[usize::from(values.value(row))].clone())
            }
            Values::Text(values) => {
                let key = values.keys().value(row) as usize;
                Some(dictionary(values).value(key).to_owned())
            }
            Values::Image { .. } => None,
        }
    }

    fn array(&self) -> &dyn Array {
        match &self.values {
            Values::Number(values) => values,
            Values::Boolean { values, .. } => values,
            Values::Text(values) => values,
            Values::Image { pixels, .. } => pixels,
        }
    }

    fn to_arrow(&self) -> ArrayRef {
        match &self.values {
            Values::Number(values) => Arc::new(values.clone()),
            Values::Boolean { values, .. } => Arc::new(values.clone()),
            Values::Text(values) => Arc::new(values.clone()),
            Values::Image { pixels, .. } => Arc::new(pixels.clone()),
        }
    }
}

/// The distinct texts of a text column.
pub(crate) fn dictionary(values: &DictionaryArray<Int32Type>) -> &StringArray {
    values.values().as_string()
}

/// All bytes of an image column.
pub(crate) fn bytes(pixels: &FixedSizeListArray) -> &[u8] {
    pixels.values().as_primitive::<UInt8Type>().values()
}

/// Where the rows stand in their file.
#[derive(Clone, Debug)]
pub(crate) enum Lines {
    /// Row 0 is on this line, and every row is one line.
    From(u64),
    /// Each row's line.
    Each(Vec<u64>),
    /// There are no lines.
    None,
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
        Table::build(origin, Format::Generated, columns, Lines::None)
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

    pub(crate) fn with_unsupported(self, unsupported: Vec<(String, String)>) -> Table {
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

    /// Where a row stands in its file.
    pub fn place(&self, row: usize) -> Place {
        match &self.lines {
            Lines::From(first) => Place::Line(first + row as u64),
            Lines::Each(lines) => Place::Line(lines[row]),
            Lines::None => Place::Row(row as u64 + 1),
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

//! A column: a name and an Arrow array. Not what the column is for.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt8Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, Float64Array, StringArray,
    UInt8Array,
};
use arrow_schema::{DataType, Field};

use crate::DataError;
use crate::read::is_missing;

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

    /// The same as cells of a file are read: without the spaces around them, and missing where `?`, `NA` or another word
    /// for that stands.
    pub fn cells<'a>(name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Column {
        let cells = values.into_iter().map(|cell| cell.map(str::trim));
        Column::text(
            name,
            cells.map(|cell| cell.filter(|cell| !is_missing(cell.as_bytes()))),
        )
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
        if size == 0 || !pixels.len().is_multiple_of(size) {
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

    /// Takes all cells into a checksum.
    pub(crate) fn digest(&self, hasher: &mut crc32fast::Hasher) {
        if let Some(nulls) = self.array().nulls() {
            hasher.update(nulls.validity());
        }
        match &self.values {
            Values::Number(values) => hasher.update(values.values().inner().as_slice()),
            Values::Boolean { values, .. } => hasher.update(values.values().values()),
            Values::Text(values) => {
                hasher.update(values.keys().values().inner().as_slice());
                let texts = dictionary(values);
                hasher.update(texts.value_data());
                // Where each text ends: `ab`, `c` are not `a`, `bc`.
                let ends = texts.value_offsets().iter();
                ends.for_each(|end| hasher.update(&end.to_le_bytes()));
            }
            Values::Image { pixels, .. } => hasher.update(bytes(pixels)),
        }
    }

    pub(crate) fn slice(&self, first: usize, len: usize) -> Column {
        let values = match &self.values {
            Values::Number(values) => Values::Number(values.slice(first, len)),
            Values::Boolean { values, words } => Values::Boolean {
                values: values.slice(first, len),
                words: words.clone(),
            },
            Values::Text(values) => Values::Text(values.slice(first, len)),
            Values::Image {
                height,
                width,
                pixels,
            } => Values::Image {
                height: *height,
                width: *width,
                pixels: pixels.slice(first, len),
            },
        };
        Column::new(&self.name, values)
    }

    fn array(&self) -> &dyn Array {
        match &self.values {
            Values::Number(values) => values,
            Values::Boolean { values, .. } => values,
            Values::Text(values) => values,
            Values::Image { pixels, .. } => pixels,
        }
    }

    pub(crate) fn to_arrow(&self) -> ArrayRef {
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

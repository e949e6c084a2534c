//! Parquet: typed columns come typed. Numbers of every width, decimals and booleans are taken as they are,
//! dates and times as text; nested columns and raw bytes are left out and named.

use std::fs::File;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::temporal_conversions as temporal;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::cell::is_missing;
use crate::table::Lines;
use crate::{Column, DataError, Format, Table, Values};

pub(super) fn read(origin: &str, file: File) -> Result<Table, DataError> {
    let mut batches = Batches::new(origin, file)?;
    let mut parts = batches.parts();
    let mut rows = 0;
    while let Some(batch) = batches.next_batch()? {
        rows += batch.num_rows();
        take(&mut parts, &batch);
    }
    if rows == 0 {
        let path = origin.to_owned();
        return Err(DataError::HeaderOnly { path });
    }
    batches.table(parts, 1)
}

/// Cells in a batch: so many are in memory at a time.
const BATCH_CELLS: usize = 1 << 17;

/// The rows of a Parquet file as tables, of as many rows each as have about [`BATCH_CELLS`] cells.
pub(super) struct Batches {
    origin: String,
    columns: Vec<(String, DataType)>,
    reader: ParquetRecordBatchReader,
    rows_in_file: u64,
    rows_read: u64,
}

impl Batches {
    pub(super) fn new(origin: &str, file: File) -> Result<Batches, DataError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| damaged(origin, Box::new(error)))?;
        let fields = builder.schema().fields();
        let columns: Vec<_> = fields
            .iter()
            .map(|field| (field.name().clone(), field.data_type().clone()))
            .collect();
        let rows_in_file = builder.metadata().file_metadata().num_rows();
        let batch = (BATCH_CELLS / columns.len().max(1)).clamp(64, 8192);
        let reader = builder
            .with_batch_size(batch)
            .build()
            .map_err(|error| damaged(origin, Box::new(error)))?;
        Ok(Batches {
            origin: origin.to_owned(),
            columns,
            reader,
            rows_in_file: rows_in_file.max(0) as u64,
            rows_read: 0,
        })
    }

    pub(super) fn rows_in_file(&self) -> u64 {
        self.rows_in_file
    }

    /// The next rows, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Table>, DataError> {
        let Some(batch) = self.next_batch()? else {
            return Ok(None);
        };
        let mut parts = self.parts();
        take(&mut parts, &batch);
        let first = self.rows_read + 1;
        self.rows_read += batch.num_rows() as u64;
        self.table(parts, first).map(Some)
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, DataError> {
        let batch = self.reader.find(|batch| {
            // Nothing is told by a batch without rows.
            batch.as_ref().map_or(true, |batch| batch.num_rows() > 0)
        });
        batch
            .transpose()
            .map_err(|error| damaged(&self.origin, Box::new(error)))
    }

    fn parts(&self) -> Vec<(String, Part)> {
        let part = |(name, data_type): &(String, DataType)| (name.clone(), Part::of(data_type));
        self.columns.iter().map(part).collect()
    }

    fn table(&self, parts: Vec<(String, Part)>, first_row: u64) -> Result<Table, DataError> {
        let mut columns = Vec::new();
        let mut unsupported = Vec::new();
        for (name, part) in parts {
            match part.finish(&name) {
                Ok(column) => columns.push(column),
                Err(type_name) => unsupported.push((name, type_name)),
            }
        }
        let lines = Lines::Rows(first_row);
        let table = Table::build(&self.origin, Format::Parquet, columns, lines)?;
        Ok(table.with_unsupported(unsupported))
    }
}

fn damaged(origin: &str, source: Box<dyn std::error::Error + Send + Sync>) -> DataError {
    DataError::DamagedParquet {
        path: origin.to_owned(),
        source,
    }
}

fn take(parts: &mut [(String, Part)], batch: &RecordBatch) {
    for ((_, part), array) in parts.iter_mut().zip(batch.columns()) {
        part.take(array.as_ref());
    }
}

/// A column in the making.
enum Part {
    /// Missing is NaN.
    Numbers(Vec<f64>),
    Booleans(Vec<Option<bool>>),
    Texts(Box<StringDictionaryBuilder<Int32Type>>),
    Unsupported(String),
}

impl Part {
    fn of(data_type: &DataType) -> Part {
        match data_type {
            DataType::Boolean => Part::Booleans(Vec::new()),
            DataType::Null
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Float16
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal128(..) => Part::Numbers(Vec::new()),
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..) => Part::Texts(Box::default()),
            DataType::Dictionary(_, values) => Part::of(values),
            other => Part::Unsupported(type_name(other)),
        }
    }

    fn take(&mut self, array: &dyn Array) {
        if let Some(dictionary) = array.as_any_dictionary_opt() {
            let keys = dictionary.normalized_keys();
            let rows = (0..array.len()).map(|row| array.is_valid(row).then(|| keys[row]));
            return self.take_rows(dictionary.values().as_ref(), rows);
        }
        self.take_rows(array, (0..array.len()).map(Some));
    }

    /// Takes these elements of the array; `None` is missing.
    fn take_rows(&mut self, array: &dyn Array, rows: impl Iterator<Item = Option<usize>>) {
        let valid = rows.map(|row| row.filter(|&row| array.is_valid(row)));
        match self {
            Part::Numbers(cells) => {
                let number = number_reader(array);
                cells.extend(valid.map(|row| row.map_or(f64::NAN, &number)));
            }
            Part::Booleans(cells) => {
                let booleans = array.as_boolean();
                cells.extend(valid.map(|row| row.map(|row| booleans.value(row))));
            }
            Part::Texts(builder) => {
                let text = text_reader(array);
                for row in valid {
                    let value = row.and_then(&text);
                    let value = value.as_ref().map(|text| text.trim());
                    builder.append_option(value.filter(|text| !is_missing(text.as_bytes())));
                }
            }
            Part::Unsupported(_) => {}
        }
    }

    fn finish(self, name: &str) -> Result<Column, String> {
        match self {
            Part::Numbers(cells) => Ok(Column::number(name, cells)),
            Part::Booleans(cells) => Ok(Column::new(
                name,
                Values::Boolean {
                    values: BooleanArray::from(cells),
                    words: ["false".to_owned(), "true".to_owned()],
                },
            )),
            Part::Texts(mut builder) => Ok(Column::new(name, Values::Text(builder.finish()))),
            Part::Unsupported(type_name) => Err(type_name),
        }
    }
}

/// A type in a word or two.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "list".into(),
        DataType::Struct(_) => "struct".into(),
        DataType::Map(..) => "map".into(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary".into(),
        other => other.to_string().to_lowercase(),
    }
}

type NumberReader<'a> = Box<dyn Fn(usize) -> f64 + 'a>;

fn number_reader(array: &dyn Array) -> NumberReader<'_> {
    match array.data_type() {
        DataType::Int8 => numbers::<Int8Type>(array, f64::from),
        DataType::Int16 => numbers::<Int16Type>(array, f64::from),
        DataType::Int32 => numbers::<Int32Type>(array, f64::from),
        DataType::Int64 => numbers::<Int64Type>(array, |x| x as f64),
        DataType::UInt8 => numbers::<UInt8Type>(array, f64::from),
        DataType::UInt16 => numbers::<UInt16Type>(array, f64::from),
        DataType::UInt32 => numbers::<UInt32Type>(array, f64::from),
        DataType::UInt64 => numbers::<UInt64Type>(array, |x| x as f64),
        DataType::Float16 => numbers::<Float16Type>(array, f64::from),
        DataType::Float32 => numbers::<Float32Type>(array, f64::from),
        DataType::Float64 => numbers::<Float64Type>(array, |x| x),
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(i32::from(*scale));
            let values = array.as_primitive::<Decimal128Type>();
            Box::new(move |row| values.value(row) as f64 / unit)
        }
        // All that is left is a column of nulls, which no valid row asks for.
        _ => Box::new(|_| f64::NAN),
    }
}

fn numbers<T: ArrowPrimitiveType>(array: &dyn Array, to: fn(T::Native) -> f64) -> NumberReader<'_> {
    let values = array.as_primitive::<T>();
    Box::new(move |row| to(values.value(row)))
}

type TextReader<'a> = Box<dyn Fn(usize) -> Option<String> + 'a>;

/// Text as it is; dates and times as ISO 8601 writes them, `None` where they are out of its range.
fn text_reader(array: &dyn Array) -> TextReader<'_> {
    use arrow_array::types as t;
    match array.data_type() {
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Box::new(|row| Some(values.value(row).to_owned()))
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            Box::new(|row| Some(values.value(row).to_owned()))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            Box::new(|row| Some(values.value(row).to_owned()))
        }
        DataType::Date32 => {
            let values = array.as_primitive::<t::Date32Type>();
            Box::new(|row| {
                temporal::date32_to_datetime(values.value(row)).map(|at| at.date().to_string())
            })
        }
        DataType::Date64 => times::<t::Date64Type, _>(array, temporal::date64_to_datetime),
        DataType::Timestamp(TimeUnit::Second, _) => {
            times::<t::TimestampSecondType, _>(array, temporal::timestamp_s_to_datetime)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            times::<t::TimestampMillisecondType, _>(array, temporal::timestamp_ms_to_datetime)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            times::<t::TimestampMicrosecondType, _>(array, temporal::timestamp_us_to_datetime)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            times::<t::TimestampNanosecondType, _>(array, temporal::timestamp_ns_to_datetime)
        }
        _ => Box::new(|_| None),
    }
}

fn times<T: ArrowPrimitiveType<Native = i64>, D: ToString + 'static>(
    array: &dyn Array,
    to: fn(i64) -> Option<D>,
) -> TextReader<'_> {
    let values = array.as_primitive::<T>();
    Box::new(move |row| to(values.value(row)).map(|at| at.to_string()))
}

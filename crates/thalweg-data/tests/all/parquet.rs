//! Parquet files of every type that is read, written here with the same library.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array,
    Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt8Array,
};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_data::{Choice, Format, ReadOptions, Table, check_target, inspect, read};

fn write(columns: Vec<(&str, ArrayRef)>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    // By its first bytes, whatever the name.
    let path = folder.path().join("table.data");
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

fn cells(table: &Table, name: &str) -> String {
    let column = table.column(name).unwrap();
    let cells = (0..table.rows()).map(|row| column.cell(row).unwrap_or_else(|| ".".into()));
    cells.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_type_is_read_or_named() {
    let dictionary: DictionaryArray<Int8Type> = [Some("u"), None, Some("v")].into_iter().collect();
    let lists =
        ListArray::from_iter_primitive::<Int8Type, _, _>(vec![Some(vec![Some(1)]), None, None]);
    let decimals = Decimal128Array::from(vec![Some(125), None, Some(-5)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "int",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(-3)])),
        ),
        ("byte", Arc::new(UInt8Array::from(vec![0, 7, 255]))),
        (
            "float",
            Arc::new(Float32Array::from(vec![0.5, f32::NAN, 2.0])),
        ),
        (
            "decimal",
            Arc::new(decimals.with_precision_and_scale(9, 2).unwrap()),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        ),
        (
            "text",
            Arc::new(StringArray::from(vec![Some("a "), Some("NA"), None])),
        ),
        (
            "large",
            Arc::new(LargeStringArray::from(vec!["p", "q", "p"])),
        ),
        ("code", Arc::new(dictionary)),
        (
            "day",
            Arc::new(Date32Array::from(vec![Some(0), None, Some(19_000)])),
        ),
        (
            "time",
            Arc::new(TimestampMillisecondArray::from(vec![0, 1500, 86_400_000])),
        ),
        ("nested", Arc::new(lists)),
    ];
    let (_folder, path) = write(columns);
    let table = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!((table.format, table.rows()), (Format::Parquet, 3));
    let expected = [
        ("int", "1 . -3"),
        ("byte", "0 7 255"),
        ("float", "0.5 . 2"),
        ("decimal", "1.25 . -0.05"),
        ("flag", "true . false"),
        ("text", "a . ."),
        ("large", "p q p"),
        ("code", "u . v"),
        ("day", "1970-01-01 . 2022-01-08"),
        (
            "time",
            "1970-01-01 00:00:00 1970-01-01 00:00:01.500 1970-01-02 00:00:00",
        ),
    ];
    for (name, text) in expected {
        assert_eq!(cells(&table, name), text, "{name}");
    }
    assert_eq!(
        table.unsupported(),
        [("nested".to_owned(), "list".to_owned())]
    );
    let reports = inspect(&table, None).columns;
    assert_eq!(
        reports.last().unwrap().use_.to_string(),
        "left out: type list"
    );
    assert_eq!(table.place(2).to_string(), "row 3");
}

#[test]
fn a_target_of_a_nested_type_is_refused() {
    let lists = ListArray::from_iter_primitive::<Int8Type, _, _>(vec![Some(vec![Some(1)])]);
    let (_folder, path) = write(vec![
        ("x", Arc::new(UInt8Array::from(vec![1]))),
        ("nested", Arc::new(lists)),
    ]);
    let mut table = read(&path, &ReadOptions::default()).unwrap();
    table.origin = "t.parquet".into();
    let choice = Choice {
        target: "nested".into(),
        ..Choice::default()
    };
    assert_eq!(
        check_target(&table, &choice).unwrap_err().to_string(),
        "target `nested` of `t.parquet` has the type list, which cannot be used; choose another"
    );
}

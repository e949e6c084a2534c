//! Files that are read in blocks: the same cells, types, lines and fitted values as of the whole table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_data::{
    Choice, Deal, Preprocessing, ReadOptions, Source, Table, Task, check_target, estimate, inspect,
    read, survey,
};

/// Three chunks of text: numbers, gaps, a code that is text only because of its last cells, quotes with line breaks.
/// With the line of each row.
fn text() -> (String, Vec<usize>) {
    let mut text = String::from("x,code,note,flag,y\r\n");
    let (mut lines, mut line) = (Vec::new(), 2);
    for row in 0..120_000_u32 {
        let x = f64::from(row.wrapping_mul(2_654_435_761)) / 1e3;
        let code = if row > 119_990 { "A7" } else { "007" };
        let note = if row % 1000 == 3 {
            "\"two\nlines\""
        } else {
            ["good", "bad", "NA"][(row % 3) as usize]
        };
        let flag = if row % 5 == 0 { "Yes" } else { "no" };
        let gap = if row % 700 == 9 { "\r\n" } else { "" };
        lines.push(line);
        line += 1 + note.matches('\n').count() + gap.matches('\n').count();
        writeln!(text, "{x},{code},{note},{flag},{}\r{gap}", row % 3).unwrap();
    }
    (text, lines)
}

fn write(content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn source(path: &Path) -> Source {
    Source::open(path, &ReadOptions::default()).unwrap()
}

/// Cells and places of some rows of a table, from this row of the file on.
fn rows(table: &Table) -> impl Iterator<Item = (Vec<Option<String>>, String)> + '_ {
    (0..table.rows()).map(|row| {
        let cells = table.columns().iter().map(|column| column.cell(row));
        (cells.collect(), table.place(row).to_string())
    })
}

#[test]
fn blocks_have_the_rows_of_the_table() {
    let (_folder, path) = write(&text().0);
    let table = read(&path, &ReadOptions::default()).unwrap();
    let source = source(&path);
    let blocks: Vec<Table> = source.blocks().unwrap().map(Result::unwrap).collect();
    assert!(blocks.len() >= 3, "{}", blocks.len());
    assert!(blocks.iter().flat_map(rows).eq(rows(&table)));
    let lines = text().1.into_iter().map(|line| format!("line {line}"));
    assert!(rows(&table).map(|(_, place)| place).eq(lines));
    // Slices of a table are its rows, too.
    let held = Source::Held(table.clone());
    let slices: Vec<Table> = held.blocks().unwrap().map(Result::unwrap).collect();
    assert!(slices.len() > 10 && slices.iter().flat_map(rows).eq(rows(&table)));
}

#[test]
fn a_record_may_be_longer_than_a_chunk() {
    let long = "word ".repeat(700_000);
    let (_folder, path) = write(&format!("a,b\n1,x\n2,\"{long}\"\n3,z\n"));
    let blocks = source(&path);
    let blocks: Vec<Table> = blocks.blocks().unwrap().map(Result::unwrap).collect();
    let found: Vec<_> = blocks.iter().flat_map(rows).collect();
    assert_eq!(found[1].0[1].as_deref(), Some(long.trim()));
    assert_eq!(found[2].1, "line 4");
}

#[test]
fn parquet_comes_in_blocks_with_numbered_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let numbers: Float64Array = (0..30_000).map(f64::from).collect();
    let texts: StringArray = (0..30_000).map(|row| Some(["a", "b"][row % 2])).collect();
    let columns: [(&str, ArrayRef); 2] = [("x", Arc::new(numbers)), ("t", Arc::new(texts))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let table = read(&path, &ReadOptions::default()).unwrap();
    let blocks: Vec<Table> = source(&path)
        .blocks()
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(blocks.len() >= 3);
    assert!(blocks.iter().flat_map(rows).eq(rows(&table)));
    assert_eq!(
        blocks[1].place(0).to_string(),
        format!("row {}", blocks[0].rows() + 1)
    );
    // 8 bytes a number, 4 a key; features of 4 bytes for the number and for each of two categories.
    let estimate = estimate(&path, &ReadOptions::default()).unwrap().unwrap();
    assert_eq!(estimate.rows, 30_000);
    assert!(
        (24 * 30_000..25 * 30_000).contains(&estimate.bytes),
        "{estimate:?}"
    );
}

#[test]
fn a_survey_fits_what_the_whole_table_does() {
    let (_folder, path) = write(&text().0);
    let table = read(&path, &ReadOptions::default()).unwrap();
    let choice = Choice {
        target: "y".into(),
        ..Choice::default()
    };
    let found = survey(&source(&path), &choice, &Deal::all(3)).unwrap();
    let checked = check_target(&table, &choice).unwrap();
    let whole = Preprocessing::fit(&table, &choice, checked.task, &checked.rows).unwrap();
    assert_eq!(
        (found.task, found.counts.train),
        (Task::Classification, 120_000)
    );
    assert_eq!(found.sampled_medians, ["x", "flag"]);
    let (a, b) = (&found.preprocessing, &whole);
    assert_eq!(a.feature_names(), b.feature_names());
    assert_eq!((a.classes(), a.left_out()), (b.classes(), b.left_out()));
    // No cell of x is missing, so its sampled median is not used.
    let features = |it: &Preprocessing| it.encode(&table, Some(&[0, 7, 77_777])).unwrap().0;
    for (a, b) in features(a).iter().zip(features(b)) {
        assert!((a - b).abs() <= 4.0 * f32::EPSILON * b.abs(), "{a} {b}");
    }
    let (seen, expected) = (&found.inspection, inspect(&table, Some(&choice)));
    assert_eq!((seen.rows, seen.task), (expected.rows, expected.task));
    for (a, b) in seen.columns.iter().zip(&expected.columns) {
        assert_eq!(
            (&a.name, a.kind, a.missing, &a.use_),
            (&b.name, b.kind, b.missing, &b.use_)
        );
        assert_eq!(
            (&a.categories, a.range, a.distinct),
            (&b.categories, b.range, b.distinct)
        );
    }
}

#[test]
fn a_bad_target_is_refused_as_in_the_whole_table() {
    let many = |cell: &dyn Fn(u32) -> String| {
        let row = |row: u32| format!("{},{}\n", row % 97, cell(row));
        "x,y\n".to_owned() + &(0..3000).map(row).collect::<String>()
    };
    for (content, task) in [
        (many(&|_| "a".into()), None),
        (many(&|_| "2.5".into()), None),
        (many(&|row| format!("w{}", row % 1500)), None),
        (
            many(&|row| {
                if row == 999 {
                    "b".into()
                } else {
                    format!("{row}.5")
                }
            }),
            None,
        ),
        (
            many(&|row| if row == 999 { "b".into() } else { "a".into() }),
            None,
        ),
        (
            many(&|row| if row == 999 { "b".into() } else { "1".into() }),
            Some(Task::Regression),
        ),
        (
            many(&|row| {
                if row % 999 == 1 {
                    String::new()
                } else {
                    row.to_string()
                }
            }),
            None,
        ),
        (many(&|row| format!("{row},5").replace(',', ";")), None),
    ] {
        let (_folder, path) = write(&content);
        let table = read(&path, &ReadOptions::default()).unwrap();
        let choice = Choice {
            target: "y".into(),
            task,
            ..Choice::default()
        };
        let whole = check_target(&table, &choice).unwrap_err().to_string();
        let found = survey(&source(&path), &choice, &Deal::all(0)).unwrap_err();
        assert_eq!(found.to_string(), whole);
    }
}

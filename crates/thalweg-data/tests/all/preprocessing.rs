//! From text to features, against numbers worked out by hand. Not the messages of bad data.

// Worked out by hand means exact.
#![allow(clippy::float_cmp)]

use thalweg_data::{
    Choice, Column, EncodedTarget, Format, Preprocessing, ReadOptions, Table, Task, check_target,
    read,
};

fn csv_with(text: &str, options: &ReadOptions) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    std::fs::write(&path, text).unwrap();
    read(&path, options).unwrap()
}

fn csv(text: &str) -> Table {
    csv_with(text, &ReadOptions::default())
}

fn choice(target: &str) -> Choice {
    Choice {
        target: target.into(),
        ..Choice::default()
    }
}

fn fit(table: &Table, target: &str, rows: &[u32]) -> Preprocessing {
    let choice = choice(target);
    let task = check_target(table, &choice).unwrap().task;
    Preprocessing::fit(table, &choice, task, rows).unwrap()
}

/// Every cell of a table as text; a point stands for a missing one.
fn cells(table: &Table, name: &str) -> String {
    let column = table.column(name).unwrap();
    let cells = (0..table.rows()).map(|row| column.cell(row).unwrap_or_else(|| ".".into()));
    cells.collect::<Vec<_>>().join(" ")
}

#[test]
fn cells_are_typed_by_all_rows() {
    let table = csv(
        "n, t ,b,e,late\n 1 ,x,Yes,,1\n-2.50, x,NO,NA,02\n?,N/A,null,?,3.0\n1e3,\"a,\"\"b\",yes,None,code\n",
    );
    assert_eq!(table.names(), ["n", "t", "b", "e", "late"]);
    assert_eq!(cells(&table, "n"), "1 -2.5 . 1000");
    assert_eq!(cells(&table, "t"), "x x . a,\"b");
    assert_eq!(cells(&table, "b"), "Yes NO . Yes");
    assert_eq!(cells(&table, "e"), ". . . .");
    // Found to be text in the last row, and still as it is written in the file.
    assert_eq!(cells(&table, "late"), "1 02 3.0 code");
}

#[test]
fn booleans_may_turn_out_to_be_text() {
    let table = csv("x,b\n1,\n2,True\n3,no\n4,maybe\n");
    assert_eq!(cells(&table, "b"), ". True no maybe");
}

#[test]
fn the_dialect_is_found_or_told() {
    let table = csv("1;2\n3;4\n");
    assert_eq!(table.names(), ["column_1", "column_2"]);
    assert_eq!(
        (table.rows(), table.format.to_string()),
        (2, "CSV with `;` without header".into())
    );
    let told = ReadOptions {
        delimiter: Some(b','),
        header: Some(true),
        ..ReadOptions::default()
    };
    let table = csv_with("1;2\n3;4\n", &told);
    assert_eq!((table.names(), table.rows()), (vec!["1;2"], 1));
    assert_eq!(
        table.format,
        Format::Csv {
            delimiter: b',',
            header: true,
            gzip: false
        }
    );
    let table = csv(",x\n0,5\n1,6");
    assert_eq!(table.names(), ["column_1", "x"]);
}

#[test]
fn lines_are_those_of_the_file() {
    let table = csv("x,t\r\n\r\n1,\"a\r\nb\"\r\n2,c\r\n\r\n\r\n3,d");
    let lines: Vec<_> = (0..3).map(|row| table.place(row).to_string()).collect();
    assert_eq!(lines, ["line 3", "line 5", "line 8"]);
    let table = csv("x,t\n1,a\n2,b\n");
    assert_eq!(table.place(1).to_string(), "line 3");
}

#[test]
fn numbers_are_filled_and_standardized() {
    // Present 1, 2, 3, 10: median 2.5, mean 4, variance (9 + 4 + 1 + 36) / 4 = 12.5.
    let table = csv("x,y\n1,0.5\n2,1.5\n,0.5\n3,1\n10,2\n");
    let fit = fit(&table, "y", &[0, 1, 2, 3, 4]);
    assert_eq!(fit.feature_names(), ["x", "x (missing)"]);
    let std = 12.5_f64.sqrt();
    let z = |x: f64| ((x - 4.0) / std) as f32;
    let (features, notes) = fit.encode(&table, None).unwrap();
    assert_eq!(
        features,
        [
            z(1.0),
            0.0,
            z(2.0),
            0.0,
            z(2.5),
            1.0,
            z(3.0),
            0.0,
            z(10.0),
            0.0
        ]
    );
    assert_eq!(notes.filled, [("x".to_owned(), 1)]);
    let (features, _) = fit.encode(&table, Some(&[4, 0])).unwrap();
    assert_eq!(features, [z(10.0), 0.0, z(1.0), 0.0]);
    // Targets 0.5, 1.5, 0.5, 1, 2: mean 1.1, variance 0.34.
    let (mean, std) = fit.target_scale().unwrap();
    assert!((mean - 1.1).abs() < 1e-15 && (std - 0.34_f64.sqrt()).abs() < 1e-15);
    let EncodedTarget::Values(values) = fit.encode_target(&table, Some(&[1])).unwrap() else {
        panic!("numbers");
    };
    assert_eq!(values, [((1.5 - mean) / std) as f32]);
}

#[test]
fn a_value_that_training_always_had_is_filled_with_the_median() {
    let fit = fit(&csv("x,y\n1,0.5\n2,1.5\n6,2\n"), "y", &[0, 1, 2]);
    let (features, notes) = fit.encode(&csv("x\n2\n\ninf\nNA\n"), None).unwrap();
    assert_eq!(fit.n_features(), 1);
    assert!(features.iter().all(|x| *x == features[0]));
    assert_eq!(notes.filled, [("x".to_owned(), 1)]);
    assert_eq!(notes.infinite, [("x".to_owned(), 1)]);
}

#[test]
fn features_are_finite_whatever_the_cell() {
    let fit = fit(&csv("x,y\n1,0.5\n2,1.5\n"), "y", &[0, 1]);
    let (features, _) = fit.encode(&csv("x\n1e308\n-1e308\n"), None).unwrap();
    assert_eq!(features, [f32::MAX, f32::MIN]);
}

#[test]
fn booleans_are_numbers() {
    let table = csv("b,y\nyes,0.5\nno,1.5\nno,2\nno,1\n");
    let fit = fit(&table, "y", &[0, 1, 2, 3]);
    let std = 0.1875_f64.sqrt();
    let (on, off) = ((0.75 / std) as f32, (-0.25 / std) as f32);
    assert_eq!(fit.encode(&table, None).unwrap().0, [on, off, off, off]);
    // The same, written otherwise.
    for text in ["b\nTRUE\nfalse\n", "b\n1\n0\n"] {
        assert_eq!(fit.encode(&csv(text), None).unwrap().0, [on, off]);
    }
}

#[test]
fn categories_are_one_hot() {
    let table = csv("c,y\nred,0.5\nblue,1.5\n?,2\nred,1\n");
    let with_missing = fit(&table, "y", &[0, 1, 2, 3]);
    assert_eq!(
        with_missing.feature_names(),
        ["c=blue", "c=red", "c (missing)"]
    );
    let (features, _) = with_missing
        .encode(&csv("c\nred\ngreen\nNA\n"), None)
        .unwrap();
    assert_eq!(features, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let without = fit(&table, "y", &[0, 1, 3]);
    let (features, notes) = without
        .encode(&csv("c\nblue\ngreen\nNA\ngreen\n"), None)
        .unwrap();
    assert_eq!(features, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!((notes.unseen.len(), notes.unseen[0].rows), (1, 2));
    assert_eq!(notes.unseen[0].examples, ["green"]);
    assert_eq!(notes.filled, [("c".to_owned(), 1)]);
}

#[test]
fn codes_are_found_although_a_file_has_only_numbers() {
    let table = csv("c,y\nA1,0.5\n007,1.5\n12,2\nyes,3\n");
    let fit = fit(&table, "y", &[0, 1, 2, 3]);
    assert_eq!(fit.feature_names(), ["c=007", "c=12", "c=A1", "c=yes"]);
    let encode = |text| fit.encode(&csv(text), None).unwrap().0;
    assert_eq!(encode("c\n007\n"), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(encode("c\n12.0\n"), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(encode("c\nYes\n"), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn classes_keep_their_names() {
    let table = csv("x,y\n1,10\n2,9\n3,10\n4,9\n");
    let choice = Choice {
        task: Some(Task::Classification),
        ..choice("y")
    };
    let fit = Preprocessing::fit(&table, &choice, Task::Classification, &[0, 1, 2, 3]).unwrap();
    assert_eq!(fit.classes().unwrap(), ["9", "10"]);
    for text in ["x,y\n1,9\n2,10\n", "x,y\n1,9.0\n2,10.0\n"] {
        let encoded = fit.encode_target(&csv(text), None).unwrap();
        assert_eq!(encoded, EncodedTarget::Classes(vec![0, 1]));
    }
    let table = csv("x,y\n1,Yes\n2,No\n3,Yes\n4,No\n");
    let fit = self::fit(&table, "y", &[0, 1, 2, 3]);
    assert_eq!(fit.classes().unwrap(), ["No", "Yes"]);
    let encoded = fit.encode_target(&csv("y\nyes\nno\n"), None).unwrap();
    assert_eq!(encoded, EncodedTarget::Classes(vec![1, 0]));
}

#[test]
fn pixels_share_one_scale() {
    let columns = vec![
        Column::image("image", 1, 2, vec![0, 2, 0, 2, 0, 200]).unwrap(),
        Column::number("y", vec![0.5, 1.0, 2.0]),
    ];
    let table = Table::new("memory", columns).unwrap();
    let fit = fit(&table, "y", &[0, 1]);
    assert_eq!(fit.feature_names(), ["image[0,0]", "image[0,1]"]);
    let (features, _) = fit.encode(&table, None).unwrap();
    assert_eq!(features, [-1.0, 1.0, -1.0, 1.0, -1.0, 199.0]);
}

#[test]
fn columns_are_found_by_name() {
    let fit = fit(&csv("a,b,id,y\n1,2,7,0.5\n3,5,7,1.5\n"), "y", &[0, 1]);
    assert_eq!(fit.left_out()[0].0, "id");
    let (features, notes) = fit
        .encode(&csv("new,b,y,a\n0,2,9,1\n0,5,9,3\n"), None)
        .unwrap();
    assert_eq!(features, [-1.0, -1.0, 1.0, 1.0]);
    assert_eq!(
        (notes.extra, notes.reordered),
        (vec!["new".to_owned()], true)
    );
    let (_, notes) = fit.encode(&csv("a,b,id\n1,2,7\n"), None).unwrap();
    assert_eq!(notes, thalweg_data::Notes::default());
}

#[test]
fn only_training_rows_are_fitted_on() {
    let text = |wild: &str| format!("x,c,b,y\n1,p,yes,0.5\n2,q,no,1.5\n4,p,yes,2\n{wild}\n");
    let (tame, wild) = (csv(&text("3,q,no,1")), csv(&text("1e9,zzz,?,-1e9")));
    let rows = [0, 1, 2];
    assert_eq!(fit(&tame, "y", &rows), fit(&wild, "y", &rows));
    assert_ne!(fit(&tame, "y", &rows), fit(&tame, "y", &[0, 1, 2, 3]));
}

#[test]
fn a_fit_is_plain_data() {
    let table = csv("x,c,y\n1,p,0.1\n,q,1.3\n4,?,2\n3,p,1\n");
    let fit = fit(&table, "y", &[0, 1, 2, 3]);
    let text = serde_json::to_string(&fit).unwrap();
    assert_eq!(serde_json::from_str::<Preprocessing>(&text).unwrap(), fit);
}

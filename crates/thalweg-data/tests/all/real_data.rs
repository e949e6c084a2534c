//! Real files as people have them. A test whose file is absent is skipped and says so.

use std::path::PathBuf;

use thalweg_data::{
    Choice, Dataset, Preprocessing, ReadOptions, Table, Task, Use, check_target, dataset, inspect,
    read, split,
};

/// A file in the folder of real data beside the repository.
fn find(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    skip(name);
    None
}

// A skipped test has no other way to say so.
#[allow(clippy::print_stderr)]
fn skip(name: &str) {
    eprintln!("skipped: {name} is not in ../shared/data");
}

fn read_whole(name: &str) -> Option<Table> {
    Some(read(&find(name)?, &ReadOptions::default()).unwrap())
}

fn choice(target: &str) -> Choice {
    Choice {
        target: target.into(),
        ..Choice::default()
    }
}

/// Checks, splits, fits and encodes as a training would; returns the fit and the number of training rows.
fn prepare(table: &Table, target: &str) -> (Preprocessing, usize) {
    let choice = choice(target);
    let checked = check_target(table, &choice).unwrap();
    let classes = checked.classes.as_ref();
    let labels = classes.map(|classes| classes.of_rows.as_slice());
    let parts = split(&checked.rows, labels, 0.1, 0.1, 0).unwrap();
    let fit = Preprocessing::fit(table, &choice, checked.task, &parts.train).unwrap();
    assert_eq!(
        fit.classes(),
        classes.map(|classes| classes.names.as_slice())
    );
    let (features, notes) = fit.encode(table, Some(&parts.validation)).unwrap();
    assert_eq!(features.len(), parts.validation.len() * fit.n_features());
    assert!(features.iter().all(|x| x.is_finite()));
    assert!(notes.extra.is_empty() && !notes.reordered);
    fit.encode_target(table, Some(&parts.test)).unwrap();
    (fit, parts.train.len())
}

#[test]
fn adult() {
    let Some(table) = read_whole("adult.csv") else {
        return;
    };
    assert_eq!(table.rows(), 32_561);
    let choice = choice("income-per-year");
    let found = inspect(&table, Some(&choice));
    assert_eq!(found.task, Some(Task::Classification));
    let report = |name: &str| {
        found
            .columns
            .iter()
            .find(|column| column.name == name)
            .unwrap()
    };
    assert_eq!(
        (report("workclass").missing, report("workclass").distinct),
        (1_836, 8)
    );
    assert_eq!(report("age").range, Some((17.0, 90.0)));
    assert_eq!(report("age").median, Some(37.0));
    assert_eq!(
        report("native-country").use_.to_string(),
        "41 categories + missing"
    );
    let (fit, train) = prepare(&table, "income-per-year");
    assert_eq!(fit.classes().unwrap(), ["<=50K", ">50K"]);
    assert_eq!(train, 32_561 - 2 * 3_256);
}

#[test]
fn housing() {
    let Some(table) = read_whole("housing.csv") else {
        return;
    };
    let found = inspect(&table, Some(&choice("median_house_value")));
    assert_eq!(found.task, Some(Task::Regression));
    assert_eq!(found.columns[4].use_, Use::Number { indicator: true });
    assert_eq!(found.columns[4].missing, 207);
    let (fit, _) = prepare(&table, "median_house_value");
    assert_eq!(fit.n_features(), 8 + 1 + 5);
    assert_eq!(fit.task(), Task::Regression);
}

#[test]
fn letter() {
    let Some(table) = read_whole("letter.csv") else {
        return;
    };
    assert_eq!(table.rows(), 20_000);
    assert_eq!(table.names()[..4], ["Letter", "1", "2", "3"]);
    let (fit, _) = prepare(&table, "Letter");
    assert_eq!((fit.n_features(), fit.classes().unwrap().len()), (16, 26));
}

#[test]
fn mnist() {
    let Some(images) = find("mnist-10k-images-idx3-ubyte.gz") else {
        return;
    };
    let options = ReadOptions {
        labels: find("mnist-10k-labels-idx1-ubyte.gz"),
        ..ReadOptions::default()
    };
    let table = read(&images, &options).unwrap();
    assert_eq!(table.format.to_string(), "IDX images, 28 × 28");
    assert_eq!(table.own_target(), Some("label"));
    let (fit, _) = prepare(&table, "label");
    assert_eq!(fit.n_features(), 784);
    assert_eq!(fit.classes().unwrap().concat(), "0123456789");
}

#[test]
fn digits() {
    let digits = dataset::Digits;
    let (fit, train) = prepare(&digits.table(), digits.target());
    assert_eq!((fit.n_features(), train), (64, 1797 - 2 * 180));
    assert_eq!(fit.classes().unwrap().concat(), "0123456789");
}

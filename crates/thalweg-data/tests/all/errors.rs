//! The exact message for each kind of bad data. Not the readers' other behavior.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use thalweg_data::{
    Choice, Column, DataError, Preprocessing, ReadOptions, Table, Task, check_target, read,
};

/// A folder with files for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The message without the folder's own path.
    fn clean(&self, error: &DataError) -> String {
        let folder = format!("{}/", self.0.path().display());
        error.to_string().replace(&folder, "")
    }

    fn read_with(&self, name: &str, content: impl AsRef<[u8]>, options: &ReadOptions) -> String {
        let path = self.write(name, content);
        self.clean(&read(&path, options).unwrap_err())
    }

    fn read(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.read_with(name, content, &ReadOptions::default())
    }
}

fn csv(text: &str) -> Table {
    let folder = Folder::new();
    let path = folder.write("x.csv", text);
    let mut table = read(&path, &ReadOptions::default()).unwrap();
    table.origin = "x.csv".into();
    table
}

fn choice(target: &str) -> Choice {
    Choice {
        target: target.into(),
        ..Choice::default()
    }
}

fn check(text: &str, choice: &Choice) -> String {
    check_target(&csv(text), choice).unwrap_err().to_string()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_that_are_not_there() {
    let folder = Folder::new();
    folder.write("letter.csv", "a,b\n1,2\n");
    let missing = |name: &str| {
        let error = read(&folder.0.path().join(name), &ReadOptions::default()).unwrap_err();
        folder.clean(&error)
    };
    assert_eq!(
        missing("lettr.csv"),
        "no such file `lettr.csv`; did you mean `letter.csv`?"
    );
    assert_eq!(missing("q.csv"), "no such file `q.csv`");
    let bare = |name: &str| DataError::no_such_file(PathBuf::from(name)).to_string();
    assert_eq!(
        bare("digit"),
        "no such file or data set `digit`; did you mean `digits`?"
    );
    assert_eq!(
        bare("qqq"),
        "no such file or data set `qqq`; bundled data sets are digits, moons, circles, spirals, blobs, sine"
    );
    let error = read(folder.0.path(), &ReadOptions::default()).unwrap_err();
    let path = folder.0.path().display();
    assert_eq!(
        error.to_string(),
        format!("`{path}` is a folder; name the file in it that holds the data")
    );
}

#[test]
fn files_without_rows() {
    let folder = Folder::new();
    let empty = "`e.csv` is empty; it needs a header and rows";
    assert_eq!(folder.read("e.csv", ""), empty);
    assert_eq!(folder.read("e.csv", "\u{feff}\n \n\n"), empty);
    assert_eq!(
        folder.read("h.csv", "a,b\n"),
        "`h.csv` has a header and no rows; add rows below line 1"
    );
}

#[test]
fn text_that_is_not_utf8() {
    let folder = Folder::new();
    assert_eq!(
        folder.read(
            "u.csv",
            b"name,x\n\"K\xC3\xB6ln\",1\nZ\xC3\xBCrich M\xFCller,2\n"
        ),
        "`u.csv` is not UTF-8: line 3, column 9 has the byte 0xFC; save it as UTF-8"
    );
}

#[test]
fn rows_that_do_not_fit() {
    let folder = Folder::new();
    assert_eq!(
        folder.read("r.csv", "a,b\n1,2\n\n\"x\ny\",2\n3,4,5\n"),
        "`r.csv`, line 6: expected 2 fields, found 3; put text that contains the delimiter `,` in quotes"
    );
    assert_eq!(
        folder.read("r.tsv", "a\tb\r\n1\t2\r\n\r\n3\r\n4\t5\r\n"),
        "`r.tsv`, line 4: expected 2 fields, found 1; put text that contains the delimiter `⇥` in quotes"
    );
}

#[test]
fn quotes_that_are_not_closed() {
    let folder = Folder::new();
    let message = |line| {
        format!(
            "`q.csv`, line {line}: the quote that opens here is never closed; \
             close it, or write a quote inside quotes twice"
        )
    };
    assert_eq!(folder.read("q.csv", "a,b\n1,\"x\n2,y\n3,z\n"), message(2));
    assert_eq!(
        folder.read("q.csv", "a,b\n1,2\n\"x\ny\",\"z\"\"\n"),
        message(4)
    );
    let path = folder.write("ok.csv", "a,b\n1,\"x\n\"\"y\"\n2,z");
    assert_eq!(read(&path, &ReadOptions::default()).unwrap().rows(), 2);
    let path = folder.write("ok.csv", "a,b\n1,x\n2,5\" z");
    assert_eq!(read(&path, &ReadOptions::default()).unwrap().rows(), 2);
}

#[test]
fn columns_with_one_name() {
    let folder = Folder::new();
    assert_eq!(
        folder.read("d.csv", "a,b,a\n1,2,3\n"),
        "`d.csv` has two columns named `a` (the 1st and the 3rd); rename one"
    );
}

#[test]
fn files_that_were_cut_off() {
    let folder = Folder::new();
    let whole = gzip("a,b\n1,2\n3,4\n".repeat(50).as_bytes());
    assert_eq!(
        folder.read("t.csv.gz", &whole[..whole.len() - 12]),
        "`t.csv.gz` is a gzip file that ends too early; copy or download it again"
    );
    let mut damaged = whole.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 0x40;
    assert_eq!(
        folder.read("t.csv.gz", &damaged),
        "`t.csv.gz` is a damaged gzip file; copy or download it again"
    );
    let parquet = parquet_bytes();
    let message = "`t.parquet` is a truncated or damaged Parquet file; copy or download it again";
    assert_eq!(
        folder.read("t.parquet", &parquet[..parquet.len() / 2]),
        message
    );
    assert_eq!(folder.read("t.parquet", "PAR1"), message);
    assert_eq!(folder.read("t.parquet", "a,b\n1,2\n"), message);
    assert_eq!(
        folder.read("t.parquet.gz", gzip(&parquet)),
        "`t.parquet.gz` is a Parquet file inside gzip; unpack it with gunzip first"
    );
}

fn parquet_bytes() -> Vec<u8> {
    let table = Table::new("memory", vec![Column::number("x", vec![1.0, 2.0, 3.0])]).unwrap();
    let batch = table.batch();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn idx(kind: u8, sizes: &[u32], bytes: usize) -> Vec<u8> {
    let mut content = vec![0, 0, 8, kind];
    content.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    content.resize(content.len() + bytes, 7);
    content
}

#[test]
fn images_that_are_none() {
    let folder = Folder::new();
    let labels = folder.write("labels-ubyte", idx(1, &[3], 3));
    let with_labels = |path: &Path| ReadOptions {
        labels: Some(path.to_owned()),
        ..ReadOptions::default()
    };
    assert_eq!(
        folder.read("i-ubyte", idx(4, &[2, 2, 2, 3], 24)),
        "`i-ubyte` is not an IDX file of images: its magic number is 0x00000804, expected 0x00000803"
    );
    assert_eq!(
        folder.read("i-ubyte.gz", "a,b\n1,2\n"),
        "`i-ubyte.gz` is not an IDX file of images: its magic number is 0x612C620A, expected 0x00000803"
    );
    assert_eq!(
        folder.read("i-ubyte", idx(3, &[2, 2, 2], 7)),
        "`i-ubyte` should have 24 bytes by its header, found 23; copy or download it again"
    );
    assert_eq!(
        folder.read("i-ubyte", idx(1, &[3], 3)),
        "`i-ubyte` holds labels; name the images file and give this one with --labels"
    );
    let images = idx(3, &[2, 2, 2], 8);
    assert_eq!(
        folder.read_with("i-ubyte", &images, &with_labels(&labels)),
        "`i-ubyte` has 2 images and `labels-ubyte` has 3 labels; they do not belong together"
    );
    let other = folder.write("other-ubyte", &images);
    assert_eq!(
        folder.read_with("i-ubyte", &images, &with_labels(&other)),
        "`other-ubyte` is not an IDX file of labels: its magic number is 0x00000803, expected 0x00000801"
    );
    assert_eq!(
        folder.read_with("x.csv", "a,b\n1,2\n", &with_labels(&labels)),
        "`x.csv` is no IDX images file, so --labels does not apply; use --target"
    );
    let table = read(&other, &ReadOptions::default()).unwrap();
    assert_eq!(
        folder.clean(&check_target(&table, &Choice::default()).unwrap_err()),
        "`other-ubyte` holds images without labels; give the labels file with --labels"
    );
}

#[test]
fn columns_that_do_not_exist() {
    let text = "age,income,city\n1,2,a\n3,4,b\n";
    assert_eq!(
        check(text, &choice("incom")),
        "unknown target `incom` of `x.csv`; did you mean `income`?"
    );
    assert_eq!(
        check(text, &choice("")),
        "no target given; say with --target which column of `x.csv` to predict: `age`, `income`, `city`"
    );
    let ignoring = Choice {
        ignore: vec!["q".into()],
        ..choice("income")
    };
    assert_eq!(
        check(text, &ignoring),
        "unknown ignored column `q` of `x.csv`; there are `age`, `income`, `city`"
    );
    let weighted = Choice {
        sample_weight: Some("agee".into()),
        ..choice("income")
    };
    assert_eq!(
        check(text, &weighted),
        "unknown sample-weight column `agee` of `x.csv`; did you mean `age`?"
    );
    let twice = Choice {
        ignore: vec!["income".into()],
        ..choice("income")
    };
    assert_eq!(
        check(text, &twice),
        "column `income` cannot be both target and ignored column; choose one"
    );
}

#[test]
fn targets_that_are_missing() {
    let text = "x,y\n1,0.5\n2,\n3,inf\n4,?\n5,NaN\n6,2.5\n";
    assert_eq!(
        check(text, &choice("y")),
        "target `y` of `x.csv` is missing or not finite in 4 of 6 rows (lines 3, 4, 5, …); \
         fill them in, or leave these rows out with --drop-missing-target"
    );
    assert_eq!(
        check("x,y\n1,a\n\n2,\n3,b\n", &choice("y")),
        "target `y` of `x.csv` is missing or not finite in 1 of 3 rows (line 4); \
         fill them in, or leave these rows out with --drop-missing-target"
    );
    let dropping = Choice {
        drop_missing_target: true,
        ..choice("y")
    };
    let checked = check_target(&csv(text), &dropping).unwrap();
    assert_eq!(
        (checked.task, checked.rows, checked.dropped),
        (Task::Regression, vec![0, 5], 4)
    );
    assert_eq!(
        check("x,y\n1,\n2,\n", &dropping),
        "0 usable rows are too few to split: at least 1 are needed; add rows"
    );
}

#[test]
fn targets_that_cannot_be_learned() {
    assert_eq!(
        check("x,y\n1,a\n2,a\n", &choice("y")),
        "target `y` has one class only, `a`: there is nothing to tell apart; choose another target"
    );
    assert_eq!(
        check("x,y\n1,a\n2,b\n3,c\n4,a\n5,b\n", &choice("y")),
        "class `c` of target `y` has a single row (line 4), which cannot be both learned and tested; \
         add rows of this class, remove the row, or merge the class with another"
    );
    let mut numbers: Vec<String> = (0..40).map(|i| format!("{i},{}.5", i * 7)).collect();
    numbers[4] = "4,oops".into();
    assert_eq!(
        check(&format!("x,y\n{}\n", numbers.join("\n")), &choice("y")),
        "target `y` is text, though 39 of its cells are numbers: line 6 has `oops`; correct it or leave it empty, \
         or choose --task classification"
    );
    let regression = Choice {
        task: Some(Task::Regression),
        ..choice("y")
    };
    assert_eq!(
        check("x,y\n1,2.5\n2,2.5\n3,2.5\n", &regression),
        "target `y` is 2.5 in every row: there is nothing to predict; choose another target"
    );
    assert_eq!(
        check("x,y\n1,1\n2,abc\n3,4\n", &regression),
        "target `y` is not a number at line 3: `abc`; correct it, or use --task classification"
    );
    assert_eq!(
        check("x,y\n1,yes\n2,no\n", &regression),
        "target `y` is not a number at line 2: `yes`; correct it, or use --task classification"
    );
    let rows = |of: &str| {
        (0..1_234).fold("x,y\n".to_owned(), |text, row| {
            format!("{text}1,{of}{row}\n")
        })
    };
    let classification = Choice {
        task: Some(Task::Classification),
        ..choice("y")
    };
    assert_eq!(
        check(&rows(""), &classification),
        "target `y` has 1,234 classes, more than 1,000; if it is a quantity, use --task regression"
    );
    assert_eq!(
        check(&rows("t"), &choice("y")),
        "target `y` has 1,234 classes, more than 1,000; choose another target, or merge classes"
    );
}

fn fitted(text: &str, choice: &Choice) -> Result<Preprocessing, DataError> {
    let table = csv(text);
    let checked = check_target(&table, choice)?;
    Preprocessing::fit(&table, choice, checked.task, &checked.rows)
}

#[test]
fn tables_with_nothing_to_learn_from() {
    let error = fitted("a,y\n1,2.5\n1,3\n", &choice("y")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no column of `x.csv` is left to learn from: `a` (constant)"
    );
    let error = fitted("y\n2.5\n3\n", &choice("y")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no column of `x.csv` is left to learn from: it has only the target"
    );
}

#[test]
fn weights_that_are_none() {
    let weights = |cells: [&str; 2]| {
        let text = format!("x,w,y\n1,{},2.5\n2,{},3\n", cells[0], cells[1]);
        let choice = Choice {
            sample_weight: Some("w".into()),
            ..choice("y")
        };
        let fit = fitted(&text, &choice).unwrap();
        fit.encode_weights(&csv(&text), None)
    };
    assert_eq!(weights(["0", "2.5"]).unwrap(), Some(vec![0.0, 2.5]));
    let message = |cells| weights(cells).unwrap_err().to_string();
    let tail = "weights must be finite and at least 0";
    assert_eq!(
        message(["1", "-2"]),
        format!("sample weight `w` is `-2` at line 3; {tail}")
    );
    assert_eq!(
        message(["", "2"]),
        format!("sample weight `w` is missing at line 2; {tail}")
    );
    assert_eq!(
        message(["1", "inf"]),
        format!("sample weight `w` is `inf` at line 3; {tail}")
    );
    assert_eq!(
        message(["1", "a"]),
        format!("sample weight `w` is `1` at line 2; {tail}")
    );
    assert_eq!(
        message(["0", "0"]),
        "sample weight `w` is 0 in every row; at least one weight must be above 0"
    );
}

#[test]
fn tables_that_do_not_fit_the_model() {
    let training = "age,city,open,y\n1,a,yes,p\n2,b,no,q\n3,a,yes,p\n4,b,no,q\n";
    let fit = fitted(training, &choice("y")).unwrap();
    let message = |text| fit.encode(&csv(text), None).unwrap_err().to_string();
    assert_eq!(
        message("Age,open\n1,yes\n"),
        "`x.csv` lacks columns that the model was trained on: `age` (did you mean `Age`?), `city`"
    );
    assert_eq!(
        message("age,city\n1,a\n"),
        "`x.csv` lacks a column that the model was trained on: `open`"
    );
    assert_eq!(
        message("age,city,open\n1,a,yes\nold,b,no\n"),
        "column `age` of `x.csv` was a number in training, but line 3 has `old`; \
         correct it or leave it empty"
    );
    assert_eq!(
        message("age,city,open\n1,a,maybe\n"),
        "column `open` of `x.csv` was true or false in training, but line 2 has `maybe`; \
         correct it or leave it empty"
    );
    let error = fit.encode_target(&csv("y\np\npp\n"), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "target `y` of `x.csv` is `pp` at line 3, a class that was not seen in training; \
         did you mean `p`?"
    );
    let error = fit
        .encode_target(&csv("age,city\n1,a\n"), None)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown target `y` of `x.csv`; there are `age`, `city`"
    );
}

#[test]
fn images_of_another_size() {
    let images = |width| {
        let columns = vec![
            Column::image("image", 2, width, (0..12).collect()).unwrap(),
            Column::number("y", vec![0.5; 12 / (2 * width)]),
        ];
        Table::new("memory", columns).unwrap()
    };
    let table = images(2);
    let fit = Preprocessing::fit(&table, &choice("y"), Task::Regression, &[0, 1, 2]).unwrap();
    let error = fit.encode(&images(3), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `image` of `memory` held images of 2 × 2 pixels in training, found 2 × 3"
    );
}

//! What can be wrong with a person's data: what, where, and what to do about it. Not the errors of a run.

use std::fmt;
use std::path::PathBuf;

use thalweg_core::spec::near_names;

use crate::Suspicion;
use crate::dataset;

/// Where a row is in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of a text file, from 1; the header, blank lines and line breaks in quotes are counted.
    Line(u64),
    /// A row of a table that has no lines, from 1.
    Row(u64),
}

impl Place {
    fn word(self) -> &'static str {
        match self {
            Place::Line(_) => "line",
            Place::Row(_) => "row",
        }
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Place::Line(n) | Place::Row(n) => n,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word(), self.number())
    }
}

/// What a column was named as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// What is to be predicted.
    Target,
    /// A column to leave out.
    Ignored,
    /// The weight of each row.
    SampleWeight,
}

impl fmt::Display for ColumnRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColumnRole::Target => "target",
            ColumnRole::Ignored => "ignored column",
            ColumnRole::SampleWeight => "sample-weight column",
        })
    }
}

/// What can be wrong with data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither a file nor a bundled data set has this name.
    #[error("{}", no_such_file(path, near))]
    NoSuchFile {
        /// The name that was given.
        path: PathBuf,
        /// Files or data sets with a name close to it.
        near: Vec<String>,
    },
    /// A folder was given.
    #[error("`{path}` is a folder; name the file in it that holds the data")]
    IsDirectory {
        /// The folder.
        path: String,
    },
    /// The system refuses to read the file.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The system refuses to write the file.
    #[error("cannot write `{path}`")]
    NotWritten {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A table of images that is to be written as Parquet.
    #[error(
        "column `{column}` holds images, which are not written as Parquet; train from an IDX file"
    )]
    ImagesInParquet {
        /// The column.
        column: String,
    },
    /// There is nothing in the file.
    #[error("`{path}` is empty; it needs a header and rows")]
    EmptyFile {
        /// The file.
        path: String,
    },
    /// There is one line, and it is the header.
    #[error("`{path}` has a header and no rows; add rows below line 1")]
    HeaderOnly {
        /// The file.
        path: String,
    },
    /// A byte that is no part of UTF-8 text.
    #[error(
        "`{path}` is not UTF-8: line {line}, column {column} has the byte 0x{byte:02X}; save it as UTF-8"
    )]
    NotUtf8 {
        /// The file.
        path: String,
        /// The line, from 1.
        line: u64,
        /// The character in the line, from 1.
        column: u64,
        /// The byte.
        byte: u8,
    },
    /// A row with more or fewer fields than the first.
    #[error(
        "`{path}`, line {line}: expected {expected} fields, found {found}; put text that contains the delimiter `{}` in quotes", shown(*delimiter)
    )]
    RaggedRow {
        /// The file.
        path: String,
        /// The line on which the row begins.
        line: u64,
        /// How many fields the first row has.
        expected: usize,
        /// How many this one has.
        found: usize,
        /// What separates fields.
        delimiter: u8,
    },
    /// A quote that is never closed.
    #[error(
        "`{path}`, line {line}: the quote that opens here is never closed; close it, or write a quote inside quotes twice"
    )]
    UnclosedQuote {
        /// The file.
        path: String,
        /// The line with the opening quote.
        line: u64,
    },
    /// A row that is longer than any that is meant.
    #[error(
        "`{path}`, line {line}: the row is longer than {} MB; a quote that is not closed in its row may be the cause", most >> 20
    )]
    LongRow {
        /// The file.
        path: String,
        /// The line on which the row begins.
        line: u64,
        /// The bytes that a row may have.
        most: usize,
    },
    /// A file is not what it was when it was first read.
    #[error("`{path}` has changed while it was in use; start again when nothing writes to it")]
    Changed {
        /// The file.
        path: String,
    },
    /// Two columns have the same name.
    #[error(
        "`{path}` has two columns named `{name}` (the {}{} and the {}{}); rename one", first, ordinal(*first), second, ordinal(*second)
    )]
    DuplicateColumn {
        /// The file.
        path: String,
        /// The name.
        name: String,
        /// Which column has it first, from 1.
        first: usize,
        /// Which has it again.
        second: usize,
    },
    /// Columns of a table that are not equally long.
    #[error("column `{name}` has {found} rows, the columns before it have {expected}")]
    UnequalColumns {
        /// The column.
        name: String,
        /// Rows of the columns before.
        expected: usize,
        /// Its rows.
        found: usize,
    },
    /// A compressed file that ends too early.
    #[error("`{path}` is a gzip file that ends too early; copy or download it again")]
    TruncatedGzip {
        /// The file.
        path: String,
    },
    /// A compressed file that cannot be unpacked.
    #[error("`{path}` is a damaged gzip file; copy or download it again")]
    DamagedGzip {
        /// The file.
        path: String,
        /// What the unpacking says.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file that ends too early or makes no sense.
    #[error("`{path}` is a truncated or damaged Parquet file; copy or download it again")]
    DamagedParquet {
        /// The file.
        path: String,
        /// What the reader says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Parquet within gzip, which would have to be unpacked to be looked into.
    #[error("`{path}` is a Parquet file inside gzip; unpack it with gunzip first")]
    ParquetInGzip {
        /// The file.
        path: String,
    },
    /// An IDX file that does not begin as it should.
    #[error(
        "`{path}` is not an IDX file of {what}: its magic number is 0x{found:08X}, expected 0x{expected:08X}"
    )]
    IdxMagic {
        /// The file.
        path: String,
        /// Images or labels.
        what: &'static str,
        /// The first four bytes.
        found: u32,
        /// What they should be.
        expected: u32,
    },
    /// A file of labels where images were expected.
    #[error("`{path}` holds labels; name the images file and give this one with --labels")]
    IdxLabelsAsData {
        /// The file.
        path: String,
    },
    /// An IDX file that is shorter or longer than its header says.
    #[error(
        "`{path}` should have {expected} bytes by its header, found {found}; copy or download it again"
    )]
    IdxLength {
        /// The file.
        path: String,
        /// The bytes it should have.
        expected: u64,
        /// The bytes it has.
        found: u64,
    },
    /// Images and labels that cannot belong together.
    #[error(
        "`{images_path}` has {images} images and `{labels_path}` has {labels} labels; they do not belong together"
    )]
    IdxCounts {
        /// The images file.
        images_path: String,
        /// How many images there are.
        images: usize,
        /// The labels file.
        labels_path: String,
        /// How many labels there are.
        labels: usize,
    },
    /// Images alone, where a target is needed.
    #[error("`{path}` holds images without labels; give the labels file with --labels")]
    ImagesWithoutLabels {
        /// The file.
        path: String,
    },
    /// Labels for something that is no IDX file.
    #[error("`{path}` is no IDX images file, so --labels does not apply; use --target")]
    LabelsNotNeeded {
        /// The file.
        path: String,
    },
    /// No target was named.
    #[error(
        "no target given; say with --target which column of `{origin}` to predict: {}",
        list(names)
    )]
    NoTarget {
        /// The table.
        origin: String,
        /// Its columns.
        names: Vec<String>,
    },
    /// A column was named that the table does not have.
    #[error("unknown {role} `{name}` of `{origin}`{}", suggest(near, known))]
    UnknownColumn {
        /// What it was named as.
        role: ColumnRole,
        /// The name.
        name: String,
        /// The table.
        origin: String,
        /// Names close to it.
        near: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// A column that was given two roles.
    #[error("column `{name}` cannot be both {first} and {second}; choose one")]
    TwoRoles {
        /// The column.
        name: String,
        /// One role.
        first: ColumnRole,
        /// The other.
        second: ColumnRole,
    },
    /// A column that has to be used is of a type that cannot be.
    #[error(
        "{role} `{name}` of `{origin}` has the type {type_name}, which cannot be used; choose another"
    )]
    UnsupportedColumn {
        /// What it was named as.
        role: ColumnRole,
        /// The column.
        name: String,
        /// The table.
        origin: String,
        /// Its type.
        type_name: String,
    },
    /// Rows without a usable target.
    #[error(
        "target `{column}` of `{origin}` is missing or not finite in {count} of {rows} rows ({}); \
         fill them in, or leave these rows out with --drop-missing-target", places(first, *count)
    )]
    MissingTarget {
        /// The target.
        column: String,
        /// The table.
        origin: String,
        /// How many rows lack it.
        count: usize,
        /// How many rows there are.
        rows: usize,
        /// The first of them.
        first: Vec<Place>,
    },
    /// The target is the same everywhere.
    #[error(
        "target `{column}` has one class only, `{class}`: there is nothing to tell apart; choose another target"
    )]
    OneClass {
        /// The target.
        column: String,
        /// The class.
        class: String,
    },
    /// A target of numbers that never changes.
    #[error(
        "target `{column}` is {value} in every row: there is nothing to predict; choose another target"
    )]
    ConstantTarget {
        /// The target.
        column: String,
        /// Its value.
        value: f64,
    },
    /// A target that would be numbers but for a few words or its notation.
    #[error("target `{column}` {suspicion}, or choose --task classification")]
    NearlyNumbers {
        /// The target.
        column: String,
        /// What makes it text.
        suspicion: Suspicion,
    },
    /// A class that cannot be both learned and tested.
    #[error(
        "class `{class}` of target `{column}` has a single row ({place}), which cannot be both learned and tested; \
         add rows of this class, remove the row, or merge the class with another"
    )]
    SingleRowClass {
        /// The target.
        column: String,
        /// The class.
        class: String,
        /// Its row.
        place: Place,
    },
    /// A regression's target that is no number.
    #[error(
        "target `{column}` is not a number at {place}: `{cell}`; correct it, or use --task classification"
    )]
    TextTarget {
        /// The target.
        column: String,
        /// The first row that is no number.
        place: Place,
        /// What it has instead.
        cell: String,
    },
    /// A classification with more classes than anyone means.
    #[error(
        "target `{column}` has {} classes, more than {}; {}", thousands(*classes), thousands(*most),
        if *numeric { "if it is a quantity, use --task regression" } else { "choose another target, or merge classes" }
    )]
    TooManyClasses {
        /// The target.
        column: String,
        /// How many classes it has.
        classes: usize,
        /// How many are allowed.
        most: usize,
        /// Whether the classes are numbers.
        numeric: bool,
    },
    /// A table too small for its split.
    #[error("{rows} usable rows are too few to split: at least {needed} are needed; add rows")]
    TooFewRows {
        /// How many rows there are.
        rows: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A share of the rows that is no share.
    #[error("--{what} must be a fraction in [0, 1) or a file, found {value}")]
    BadShare {
        /// Which share.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Shares that leave nothing to train on.
    #[error("--validation {validation} and --test {test} leave no rows to train on; lower one")]
    SharesTooLarge {
        /// The validation share.
        validation: f64,
        /// The test share.
        test: f64,
    },
    /// A count that is none.
    #[error(
        "target `{column}` is {value} at {place}; this loss is for numbers of at least 0: take another one, such as mean_squared"
    )]
    NegativeTarget {
        /// The column.
        column: String,
        /// The first bad row.
        place: Place,
        /// What it has.
        value: f64,
    },
    /// A weight that is none.
    #[error("sample weight `{column}` is {cell} at {place}; weights must be finite and at least 0")]
    BadWeight {
        /// The column.
        column: String,
        /// The first bad row.
        place: Place,
        /// What it has.
        cell: String,
    },
    /// Weights that leave nothing to train on.
    #[error("sample weight `{column}` is 0 in every row; at least one weight must be above 0")]
    NoWeight {
        /// The column.
        column: String,
    },
    /// Every column is left out.
    #[error("no column of `{origin}` is left to learn from: {}", reasons(left_out))]
    NoFeatures {
        /// The table.
        origin: String,
        /// The columns, and why they are left out.
        left_out: Vec<(String, crate::Reason)>,
    },
    /// Columns that the model needs and the table lacks.
    #[error("`{origin}` lacks {}", lacking(missing))]
    MissingColumns {
        /// The table.
        origin: String,
        /// The missing columns, each with the table's columns of a similar name.
        missing: Vec<(String, Vec<String>)>,
    },
    /// A cell of another type than the column had in training.
    #[error(
        "column `{column}` of `{origin}` was {expected} in training, but {place} has `{cell}`; correct it or leave it empty"
    )]
    WrongCell {
        /// The column.
        column: String,
        /// The table.
        origin: String,
        /// What it was in training.
        expected: &'static str,
        /// The first bad row.
        place: Place,
        /// What it has.
        cell: String,
    },
    /// Images of another size than in training, or none.
    #[error(
        "column `{column}` of `{origin}` held images of {height} × {width} pixels in training, found {found}"
    )]
    WrongImages {
        /// The column.
        column: String,
        /// The table.
        origin: String,
        /// Rows of pixels in training.
        height: usize,
        /// Columns of pixels in training.
        width: usize,
        /// What the table has instead.
        found: String,
    },
    /// A class that training has not seen.
    #[error(
        "target `{column}` of `{origin}` is `{class}` at {place}, a class that was not seen in training{}",
        suggest(&near_classes(class, known), known)
    )]
    UnknownClass {
        /// The target.
        column: String,
        /// The table.
        origin: String,
        /// The class.
        class: String,
        /// The first row that has it.
        place: Place,
        /// All classes.
        known: Vec<String>,
    },
}

impl DataError {
    /// [`DataError::NoSuchFile`] with the names that come close to it.
    pub fn no_such_file(path: PathBuf) -> DataError {
        let name = path.to_string_lossy().into_owned();
        let near = if could_be_dataset(&path) {
            let stem = name.split(':').next().unwrap_or_default();
            near_names(stem, dataset::ALL.names())
        } else {
            near_files(&path)
        };
        DataError::NoSuchFile { path, near }
    }
}

/// A name with neither a folder nor an extension may be meant as a data set's.
fn could_be_dataset(path: &std::path::Path) -> bool {
    let name = path.to_string_lossy();
    let stem = name.split(':').next().unwrap_or_default();
    !stem.contains(['/', '\\', '.'])
}

/// Files beside a missing one with a similar name; none where the folder cannot be read.
fn near_files(path: &std::path::Path) -> Vec<String> {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
        return Vec::new();
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => std::path::Path::new("."),
    };
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    files.sort();
    near_names(&name, files.iter().map(String::as_str))
}

fn no_such_file(path: &std::path::Path, near: &[String]) -> String {
    let dataset = could_be_dataset(path);
    let what = if dataset {
        "no such file or data set"
    } else {
        "no such file"
    };
    let known = if dataset {
        dataset::ALL.names().join(", ")
    } else {
        String::new()
    };
    let hint = match near {
        [] if dataset => format!("; bundled data sets are {known}"),
        [] => String::new(),
        near => format!("; did you mean `{}`?", near.join("` or `")),
    };
    format!("{what} `{}`{hint}", path.display())
}

fn near_classes(class: &str, known: &[String]) -> Vec<String> {
    near_names(class, known.iter().map(String::as_str))
}

fn suggest(near: &[String], known: &[String]) -> String {
    if near.is_empty() {
        format!("; there are {}", list(known))
    } else {
        format!("; did you mean `{}`?", near.join("` or `"))
    }
}

/// Names in quotes; of a long list its beginning and its last, where a target often stands.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let quoted = |names: &[String]| {
        let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    };
    match names {
        [head @ .., last] if head.len() > SHOWN => {
            format!("{}, …, `{last}`", quoted(&head[..SHOWN]))
        }
        names => quoted(names),
    }
}

fn places(first: &[Place], count: usize) -> String {
    let numbers: Vec<_> = first
        .iter()
        .map(|place| place.number().to_string())
        .collect();
    let word = first.first().map_or("row", |place| place.word());
    let plural = if count == 1 { "" } else { "s" };
    let more = if count > first.len() { ", …" } else { "" };
    format!("{word}{plural} {}{more}", numbers.join(", "))
}

fn reasons(left_out: &[(String, crate::Reason)]) -> String {
    let parts: Vec<_> = left_out
        .iter()
        .take(12)
        .map(|(name, reason)| format!("`{name}` ({reason})"))
        .collect();
    if parts.is_empty() {
        "it has only the target".into()
    } else {
        parts.join(", ")
    }
}

fn lacking(missing: &[(String, Vec<String>)]) -> String {
    let parts: Vec<_> = missing
        .iter()
        .map(|(name, near)| match near.as_slice() {
            [] => format!("`{name}`"),
            near => format!("`{name}` (did you mean `{}`?)", near.join("` or `")),
        })
        .collect();
    let what = if missing.len() == 1 {
        "a column"
    } else {
        "columns"
    };
    format!("{what} that the model was trained on: {}", parts.join(", "))
}

fn shown(byte: u8) -> char {
    if byte == b'\t' {
        '⇥'
    } else {
        char::from(byte)
    }
}

fn ordinal(n: usize) -> &'static str {
    match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// 12345 as `12,345`.
pub(crate) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_ordered() {
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        let words: Vec<_> = [1, 2, 3, 4, 11, 21, 112].map(ordinal).into();
        assert_eq!(words, ["st", "nd", "rd", "th", "th", "st", "th"]);
    }

    #[test]
    fn long_lists_keep_their_last_name() {
        let names: Vec<String> = (0..30).map(|index| format!("c{index}")).collect();
        assert!(list(&names).ends_with("`c11`, …, `c29`"));
    }
}

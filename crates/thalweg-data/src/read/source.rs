//! A file that is read block after block, in memory that does not grow with its rows: CSV, TSV and Parquet.
//!
//! Not what is learned from the blocks.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::builder::Type;
use super::csv::{self, Text};
use super::parquet::Batches;
use super::{ReadOptions, Recognized, io_error, open, recognize};
use crate::rule::feature_use;
use crate::table::Rows;
use crate::{DataError, Table, Use, Values};

/// A table that is there, or a file that is read in blocks; as often as is needed, always with the same blocks.
pub enum Source {
    /// A table in memory.
    Held(Table),
    /// A file.
    File(SourceFile),
}

/// A text or Parquet file whose columns and their types are known.
#[derive(Clone, Debug)]
pub struct SourceFile {
    path: PathBuf,
    origin: String,
    kind: Kind,
    stamp: Stamp,
}

#[derive(Clone, Debug)]
enum Kind {
    Text(Text, Vec<(String, Type)>),
    Parquet,
}

/// Rows in a block of a table that is held.
const BLOCK_ROWS: usize = 8192;

impl Source {
    /// Opens a file to be read in blocks. A text file is read once, to find the types of its columns by the same rule
    /// as [`crate::read`]; images are held.
    ///
    /// # Errors
    /// As [`crate::read`].
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Source, DataError> {
        let recognized = recognize(path, options)?;
        let origin = path.display().to_string();
        // Before the types are found, so that a change from then on is noticed.
        let stamp = Stamp::of(&open(path)?, &origin)?;
        let kind = match recognized {
            Recognized::Idx => return super::read(path, options).map(Source::Held),
            Recognized::Parquet(_) => Kind::Parquet,
            Recognized::Text(text) => {
                let types = csv::types(&text)?;
                Kind::Text(text, types)
            }
        };
        Ok(Source::File(SourceFile {
            path: path.to_owned(),
            origin,
            kind,
            stamp,
        }))
    }

    /// The file or data set, as a person named it.
    pub fn origin(&self) -> &str {
        match self {
            Source::Held(table) => &table.origin,
            Source::File(file) => &file.origin,
        }
    }

    /// Its rows from the start, in blocks that are tables; at least one block, or an error.
    ///
    /// # Errors
    /// The file cannot be read, or has changed.
    pub fn blocks(&self) -> Result<Blocks<'_>, DataError> {
        Ok(Blocks(match self {
            Source::Held(table) => Reading::Held(table, 0),
            Source::File(file) => Reading::File(Box::new(file.blocks()?)),
        }))
    }
}

impl SourceFile {
    /// Its rows from the start, in blocks that are tables.
    ///
    /// # Errors
    /// The file cannot be read, or has changed.
    pub fn blocks(&self) -> Result<FileBlocks, DataError> {
        let file = open(&self.path)?;
        self.stamp.check(&file, &self.origin)?;
        let reading = match &self.kind {
            Kind::Text(text, types) => ReadingFile::Text(Box::new(csv::Blocks::new(text, types)?)),
            Kind::Parquet => ReadingFile::Parquet(Batches::new(&self.origin, file)?),
        };
        Ok(FileBlocks {
            file: self.clone(),
            reading: Some(reading),
            n_blocks: 0,
        })
    }
}

/// The rows of a source, block after block. An error is the last thing that comes.
pub struct Blocks<'a>(Reading<'a>);

enum Reading<'a> {
    Held(&'a Table, usize),
    File(Box<FileBlocks>),
}

impl Iterator for Blocks<'_> {
    type Item = Result<Table, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Reading::File(blocks) => blocks.next(),
            Reading::Held(table, first) => {
                let len = BLOCK_ROWS.min(table.rows().saturating_sub(*first));
                // A table without rows is one block, so that its columns are checked too.
                if len == 0 && (*first > 0 || table.rows() > 0) {
                    return None;
                }
                let block = table.slice(*first, len);
                *first += len.max(1);
                Some(Ok(block))
            }
        }
    }
}

/// The rows of a file, block after block. An error is the last thing that comes.
pub struct FileBlocks {
    file: SourceFile,
    reading: Option<ReadingFile>,
    n_blocks: u64,
}

enum ReadingFile {
    Text(Box<csv::Blocks>),
    Parquet(Batches),
}

impl Iterator for FileBlocks {
    type Item = Result<Table, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.reading.as_mut()? {
            ReadingFile::Text(blocks) => blocks.next(),
            ReadingFile::Parquet(batches) => batches.next(),
        };
        let (file, origin) = (&self.file, &self.file.origin);
        let unchanged = |reopened: File| file.stamp.check(&reopened, origin);
        let next = match next {
            Ok(Some(table)) => {
                self.n_blocks += 1;
                return Some(Ok(table));
            }
            // Whatever is wrong: if the file is another one, that is the reason.
            Ok(None) if self.n_blocks == 0 => Err(DataError::HeaderOnly {
                path: origin.clone(),
            }),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        let checked = open(&file.path).and_then(unchanged).and(next);
        self.reading = None;
        checked.err().map(Err)
    }
}

/// What tells a file that has been written to from one that has not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    fn of(file: &File, origin: &str) -> Result<Stamp, DataError> {
        let found = file.metadata().map_err(|source| io_error(origin, source))?;
        Ok(Stamp {
            bytes: found.len(),
            modified: found.modified().ok(),
            inode: inode(&found),
        })
    }

    fn check(&self, file: &File, origin: &str) -> Result<(), DataError> {
        if Stamp::of(file, origin)? == *self {
            return Ok(());
        }
        let path = origin.to_owned();
        Err(DataError::Changed { path })
    }
}

#[cfg(unix)]
fn inode(found: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    found.ino()
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

/// What a file would take in memory, by its size and its first rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Its rows, about.
    pub rows: u64,
    /// Bytes of the table with its cells as they are read and of the features, both of which are there while one is
    /// made from the other.
    pub bytes: u64,
}

/// What a text or Parquet file would take in memory; none for images, which are always held.
///
/// # Errors
/// The file cannot be read, or something is wrong with its first rows.
pub fn estimate(path: &Path, options: &ReadOptions) -> Result<Option<Estimate>, DataError> {
    let origin = path.display().to_string();
    let (beginning, rows) = match recognize(path, options)? {
        Recognized::Idx => return Ok(None),
        Recognized::Parquet(file) => {
            let mut batches = Batches::new(&origin, file)?;
            (batches.next()?, batches.rows_in_file())
        }
        Recognized::Text(text) => {
            let (table, bytes) = csv::read_beginning(&text)?;
            let share = text.bytes()? / bytes.max(1) as f64;
            let rows = (table.rows() as f64 * share.max(1.0)) as u64;
            (Some(table), rows)
        }
    };
    let bytes = beginning.map_or(0, |table| bytes_of_rows(&table, rows));
    Ok(Some(Estimate { rows, bytes }))
}

/// What so many rows like these take.
fn bytes_of_rows(table: &Table, rows: u64) -> u64 {
    let width = |column: &crate::Column| match feature_use(column, Rows::All(column.len())) {
        Use::Number { indicator } | Use::Boolean { indicator } => 1 + u64::from(indicator),
        Use::OneHot {
            categories,
            missing,
        } => categories as u64 + u64::from(missing),
        _ => 0,
    };
    let of_column = |column: &crate::Column| {
        let cell = match &column.values {
            Values::Number(_) => 8.0,
            Values::Boolean { .. } => 0.25,
            // A key, and every text that is another.
            Values::Text(values) => {
                let texts = crate::column::dictionary(values);
                let distinct = texts.value_data().len() as f64;
                4.0 + 2.0 * distinct / column.len().max(1) as f64
            }
            Values::Image { pixels, .. } => f64::from(pixels.value_length()),
        };
        cell + 4.0 * width(column) as f64
    };
    let row: f64 = table.columns().iter().map(of_column).sum();
    (row * rows as f64) as u64
}

//! Reading files: CSV and TSV, Parquet, IDX images; each may be compressed, but for Parquet.
//!
//! A file is read as a whole, or block after block by a [`Source`]. What it is, is told by its first bytes, and by its
//! name only where they say nothing.

mod builder;
mod cell;
mod csv;
mod dialect;
mod idx;
mod parquet;
mod records;
mod source;
mod texts;

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::{DataError, Table};

pub(crate) use self::cell::{is_missing, parse_boolean};
pub use source::{Blocks, Estimate, FileBlocks, Source, SourceFile, estimate};

use self::csv::Text;
pub(crate) use idx::Idx;

/// What a person has said about a file; everything is found out where it is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// What separates the fields of a text file.
    pub delimiter: Option<u8>,
    /// Whether the first line of a text file holds the columns' names.
    pub header: Option<bool>,
    /// The IDX file with the labels of an IDX file of images.
    pub labels: Option<PathBuf>,
}

/// Reads a file into a typed table.
///
/// A text file's columns are numbers where every cell that is not missing is one, booleans where every
/// one is `true`, `false`, `yes` or `no`, and text otherwise; all rows are looked at. Missing are the empty
/// cell and `NA`, `N/A`, `NaN`, `null`, `None` and `?`. Neither the case of these words nor spaces around
/// a cell matter.
///
/// # Errors
/// The file cannot be read, or is not what it seems to be; the message says where and what to do.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Table, DataError> {
    let origin = path.display().to_string();
    match recognize(path, options)? {
        Recognized::Parquet(file) => parquet::read(&origin, file),
        Recognized::Text(text) => csv::read(&text),
        Recognized::Idx => {
            let content = read_whole(path)?;
            idx::read(&origin, &content, options.labels.as_deref())
        }
    }
}

/// What a file is.
enum Recognized {
    Parquet(File),
    Text(Text),
    Idx,
}

/// Finds out what a file is, by its first bytes.
fn recognize(path: &Path, options: &ReadOptions) -> Result<Recognized, DataError> {
    let origin = path.display().to_string();
    let file = open(path)?;
    let start = peek(&file).map_err(|source| io_error(&origin, source))?;
    let is_parquet = start.starts_with(b"PAR1");
    if is_parquet || (has_extension(path, "parquet") && !start.is_empty()) {
        refuse_labels(&origin, options)?;
        return Ok(Recognized::Parquet(file));
    }
    let gzip = start.starts_with(&[0x1f, 0x8b]);
    let mut unpacked = Vec::new();
    if gzip {
        let mut beginning = MultiGzDecoder::new(io::BufReader::new(file)).take(4);
        beginning
            .read_to_end(&mut unpacked)
            .map_err(|source| gzip_error(&origin, source))?;
    }
    let start = if gzip { unpacked } else { start };
    if start.is_empty() {
        return Err(DataError::EmptyFile { path: origin });
    }
    if start.starts_with(b"PAR1") {
        return Err(DataError::ParquetInGzip { path: origin });
    }
    if start.starts_with(&[0, 0]) || looks_like_idx(path) {
        return Ok(Recognized::Idx);
    }
    refuse_labels(&origin, options)?;
    Text::new(path, options, gzip).map(Recognized::Text)
}

fn refuse_labels(origin: &str, options: &ReadOptions) -> Result<(), DataError> {
    match options.labels {
        Some(_) => Err(DataError::LabelsNotNeeded {
            path: origin.to_owned(),
        }),
        None => Ok(()),
    }
}

fn open(path: &Path) -> Result<File, DataError> {
    let origin = path.display().to_string();
    if path.is_dir() {
        return Err(DataError::IsDirectory { path: origin });
    }
    File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => DataError::no_such_file(path.to_owned()),
        _ => io_error(&origin, source),
    })
}

fn io_error(origin: &str, source: io::Error) -> DataError {
    DataError::Io {
        path: origin.to_owned(),
        source,
    }
}

/// The first four bytes, fewer where there are none; they are read again afterwards.
fn peek(mut file: &File) -> io::Result<Vec<u8>> {
    use std::io::{Seek, SeekFrom};
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(start)
}

/// The whole file, decompressed where it is compressed.
fn unpack(origin: &str, mut file: File, start: &[u8]) -> Result<Vec<u8>, DataError> {
    let mut content = Vec::new();
    if !start.starts_with(&[0x1f, 0x8b]) {
        file.read_to_end(&mut content)
            .map_err(|source| io_error(origin, source))?;
        return Ok(content);
    }
    MultiGzDecoder::new(io::BufReader::new(file))
        .read_to_end(&mut content)
        .map_err(|source| gzip_error(origin, source))?;
    Ok(content)
}

/// What is wrong with a file that cannot be unpacked.
fn gzip_error(origin: &str, source: io::Error) -> DataError {
    let path = origin.to_owned();
    match source.kind() {
        ErrorKind::UnexpectedEof => DataError::TruncatedGzip { path },
        _ => DataError::DamagedGzip { path, source },
    }
}

/// The whole content of a file.
fn read_whole(path: &Path) -> Result<Vec<u8>, DataError> {
    let origin = path.display().to_string();
    let file = open(path)?;
    let start = peek(&file).map_err(|source| io_error(&origin, source))?;
    unpack(&origin, file, &start)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(extension))
}

/// `…-ubyte`, `….idx`, and the same with `.gz`.
fn looks_like_idx(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with("ubyte") || has_extension(Path::new(name), "idx")
}

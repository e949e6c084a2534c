//! Delimited text: from checked records to typed columns, all of them at once or block after block.
//!
//! Not the splitting into records, which is in `records`, and not the guessing of the delimiter and the header, which
//! is in `dialect`.

use std::io::{BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::builder::{Builder, Type};
use super::dialect::{SAMPLE_BYTES, Sample, find_delimiter};
use super::records::{CHUNK, Dialect, Records};
use super::{ReadOptions, io_error, open};
use crate::table::Lines;
use crate::{Column, DataError, Format, Table};

/// A text file and how it is written.
#[derive(Clone, Debug)]
pub(super) struct Text {
    path: PathBuf,
    origin: String,
    dialect: Dialect,
    /// Bytes that are read at a time.
    chunk: usize,
}

impl Text {
    /// Finds out how a file is written by its beginning.
    pub(super) fn new(path: &Path, options: &ReadOptions, gzip: bool) -> Result<Text, DataError> {
        let mut text = Text {
            path: path.to_owned(),
            origin: path.display().to_string(),
            dialect: Dialect {
                delimiter: b',',
                header: true,
                gzip,
            },
            chunk: CHUNK,
        };
        let (sample, is_all) = text.beginning()?;
        let content = sample.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&sample);
        if is_all && content.trim_ascii().is_empty() {
            let path = text.origin;
            return Err(DataError::EmptyFile { path });
        }
        let delimiter = options.delimiter.unwrap_or_else(|| find_delimiter(content));
        text.dialect.delimiter = delimiter;
        text.dialect.header = options
            .header
            .unwrap_or_else(|| Sample::read(content, delimiter).has_header());
        Ok(text)
    }

    /// The first bytes, and whether there are no others.
    fn beginning(&self) -> Result<(Vec<u8>, bool), DataError> {
        let mut content = Vec::new();
        let mut input = self.input()?.take(SAMPLE_BYTES as u64 + 4);
        input
            .read_to_end(&mut content)
            .map_err(|source| self.dialect.io_error(&self.origin, source))?;
        let is_all = input.limit() > 0;
        Ok((content, is_all))
    }

    fn input(&self) -> Result<Box<dyn Read + Send>, DataError> {
        let file = open(&self.path)?;
        Ok(if self.dialect.gzip {
            Box::new(MultiGzDecoder::new(BufReader::new(file)))
        } else {
            Box::new(file)
        })
    }

    /// Its records from the start.
    pub(super) fn records(&self) -> Result<Records, DataError> {
        let (input, dialect) = (self.input()?, &self.dialect);
        Ok(Records::new(&self.origin, input, dialect, self.chunk))
    }

    /// Bytes of text, about: of a compressed file by how well its beginning is compressed.
    pub(super) fn bytes(&self) -> Result<f64, DataError> {
        let failed = |source| io_error(&self.origin, source);
        let file = open(&self.path)?;
        let bytes = file.metadata().map_err(failed)?.len() as f64;
        if !self.dialect.gzip {
            return Ok(bytes);
        }
        let mut decoder = MultiGzDecoder::new(BufReader::new(file));
        let mut beginning = Vec::new();
        decoder
            .by_ref()
            .take(self.chunk as u64)
            .read_to_end(&mut beginning)
            .map_err(|source| self.dialect.io_error(&self.origin, source))?;
        let position = decoder.get_mut().stream_position().map_err(failed)?;
        Ok(bytes * beginning.len() as f64 / position.max(1) as f64)
    }

    fn format(&self) -> Format {
        Format::Csv {
            delimiter: self.dialect.delimiter,
            header: self.dialect.header,
            gzip: self.dialect.gzip,
        }
    }
}

/// The whole table. The text is not held, only its cells.
pub(super) fn read(text: &Text) -> Result<Table, DataError> {
    let mut records = text.records()?;
    let names = records.names()?;
    let mut builders: Vec<Builder> = names.iter().map(|_| Builder::new()).collect();
    let mut lines = LineCount::default();
    while let Some(line) = records.next()? {
        lines.push(line);
        for (cell, builder) in records.record.iter().zip(&mut builders) {
            builder.push(cell.trim_ascii());
        }
    }
    if lines.rows == 0 {
        let path = text.origin.clone();
        return Err(DataError::HeaderOnly { path });
    }
    if builders.iter().any(Builder::must_read_again) {
        read_text_again(text, &mut builders)?;
    }
    table(text, &names, builders, lines)
}

/// Builds those columns from the start that turned out to be text after their first cells.
fn read_text_again(text: &Text, builders: &mut [Builder]) -> Result<(), DataError> {
    let mut again = Vec::new();
    for (at, builder) in builders.iter_mut().enumerate() {
        if builder.must_read_again() {
            *builder = Builder::of(&Type::Text);
            again.push(at);
        }
    }
    let mut records = text.records()?;
    records.names()?;
    while records.next()?.is_some() {
        for &at in &again {
            builders[at].push(records.record[at].trim_ascii());
        }
    }
    Ok(())
}

fn table(
    text: &Text,
    names: &[String],
    builders: Vec<Builder>,
    lines: LineCount,
) -> Result<Table, DataError> {
    let columns: Vec<Column> = builders
        .into_iter()
        .zip(names)
        .map(|(builder, name)| builder.finish(name))
        .collect();
    Table::build(&text.origin, text.format(), columns, lines.finish())
}

/// A table of the file's beginning, and how many bytes of text it took; its columns may be of a narrower type than
/// those of the whole file.
pub(super) fn read_beginning(text: &Text) -> Result<(Table, u64), DataError> {
    let mut records = text.records()?;
    let names = records.names()?;
    let mut builders: Vec<Builder> = names.iter().map(|_| Builder::new()).collect();
    let mut lines = LineCount::default();
    let mut bytes = 0;
    while let Some(line) = records.next_in_chunk()? {
        lines.push(line);
        bytes = records.bytes_read();
        for (cell, builder) in records.record.iter().zip(&mut builders) {
            builder.push(cell.trim_ascii());
        }
    }
    for builder in &mut builders {
        if builder.must_read_again() {
            // A key for each row; which texts they are is not known.
            *builder = Builder::of(&Type::Text);
            (0..lines.rows).for_each(|_| builder.push(b""));
        }
    }
    Ok((table(text, &names, builders, lines)?, bytes))
}

/// The columns' names and types; all rows are looked at, and none is kept.
pub(super) fn types(text: &Text) -> Result<Vec<(String, Type)>, DataError> {
    let mut records = text.records()?;
    let names = records.names()?;
    let mut types = vec![Type::Empty; names.len()];
    let mut rows = 0_u64;
    while records.next()?.is_some() {
        rows += 1;
        for (cell, kind) in records.record.iter().zip(&mut types) {
            kind.take(cell.trim_ascii());
        }
    }
    if rows == 0 {
        let path = text.origin.clone();
        return Err(DataError::HeaderOnly { path });
    }
    Ok(names.into_iter().zip(types).collect())
}

/// The rows of a text file as tables, a chunk of the file in each.
pub(super) struct Blocks {
    text: Text,
    names: Vec<String>,
    types: Vec<Type>,
    records: Records,
}

impl Blocks {
    /// Columns are of the types that [`types`] has found.
    pub(super) fn new(text: &Text, columns: &[(String, Type)]) -> Result<Blocks, DataError> {
        let mut records = text.records()?;
        let found = records.names()?;
        if !found.iter().eq(columns.iter().map(|(name, _)| name)) {
            let path = text.origin.clone();
            return Err(DataError::Changed { path });
        }
        Ok(Blocks {
            text: text.clone(),
            names: found,
            types: columns.iter().map(|(_, kind)| kind.clone()).collect(),
            records,
        })
    }

    /// The next rows, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Table>, DataError> {
        let mut builders: Vec<Builder> = self.types.iter().map(Builder::of).collect();
        let mut lines = LineCount::default();
        loop {
            while let Some(line) = self.records.next_in_chunk()? {
                lines.push(line);
                for (cell, builder) in self.records.record.iter().zip(&mut builders) {
                    builder.push(cell.trim_ascii());
                }
            }
            if lines.rows > 0 {
                break;
            }
            if !self.records.next_chunk()? {
                return Ok(None);
            }
        }
        if builders.iter().any(Builder::must_read_again) {
            let path = self.text.origin.clone();
            return Err(DataError::Changed { path });
        }
        table(&self.text, &self.names, builders, lines).map(Some)
    }
}

/// The rows' lines, kept one by one only where they are not consecutive.
#[derive(Default)]
struct LineCount {
    rows: u64,
    first: u64,
    each: Vec<u64>,
}

impl LineCount {
    fn push(&mut self, line: u64) {
        if self.rows == 0 {
            self.first = line;
        }
        if self.each.is_empty() && line != self.first + self.rows {
            self.each.extend((0..self.rows).map(|row| self.first + row));
        }
        // Row 0 never departs from itself, so a list that is kept is never empty.
        if !self.each.is_empty() {
            self.each.push(line);
        }
        self.rows += 1;
    }

    fn finish(self) -> Lines {
        if self.each.is_empty() {
            Lines::From(self.first)
        } else {
            Lines::Each(self.each)
        }
    }
}

//! Delimited text: splitting into records and cells, checking them, typing the columns.
//!
//! Not the guessing of the delimiter and the header, which is in `dialect`.

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::ReadOptions;
use super::builder::Builder;
use super::dialect::{Sample, find_delimiter};
use crate::table::Lines;
use crate::{Column, DataError, Format, Table};

pub(super) fn read(
    origin: &str,
    content: &[u8],
    options: &ReadOptions,
    gzip: bool,
) -> Result<Table, DataError> {
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    check_utf8(origin, content)?;
    if content.trim_ascii().is_empty() {
        let path = origin.to_owned();
        return Err(DataError::EmptyFile { path });
    }
    let delimiter = options.delimiter.unwrap_or_else(|| find_delimiter(content));
    let header = options
        .header
        .unwrap_or_else(|| Sample::read(content, delimiter).has_header());
    let mut records = Records::new(origin, content, delimiter);
    let names = records.names(header)?;
    let mut builders: Vec<Builder> = names.iter().map(|_| Builder::new()).collect();
    let mut lines = LineCount::default();
    while let Some(line) = records.next()? {
        lines.push(line);
        for (cell, builder) in records.record.iter().zip(&mut builders) {
            builder.push(cell.trim_ascii());
        }
    }
    if lines.rows == 0 {
        let path = origin.to_owned();
        return Err(DataError::HeaderOnly { path });
    }
    if builders.iter().any(Builder::must_read_again) {
        read_text_again(
            Records::new(origin, content, delimiter),
            header,
            &mut builders,
        )?;
    }
    let columns: Vec<Column> = builders
        .into_iter()
        .zip(&names)
        .map(|(builder, name)| builder.finish(name))
        .collect();
    let format = Format::Csv {
        delimiter,
        header,
        gzip,
    };
    Table::build(origin, format, columns, lines.finish())
}

/// Builds those columns from the start that turned out to be text after their first cells.
fn read_text_again(
    mut records: Records<'_>,
    header: bool,
    builders: &mut [Builder],
) -> Result<(), DataError> {
    let mut again = Vec::new();
    for (at, builder) in builders.iter_mut().enumerate() {
        if builder.must_read_again() {
            *builder = Builder::text();
            again.push(at);
        }
    }
    records.names(header)?;
    while records.next()?.is_some() {
        for &at in &again {
            builders[at].push(records.record[at].trim_ascii());
        }
    }
    Ok(())
}

/// The records of a text, whatever their number of fields; quotes and line ends as in RFC 4180.
pub(super) fn reader(content: &[u8], delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(content)
}

/// A file's records, one at a time, each checked to have as many fields as the first.
struct Records<'a> {
    origin: &'a str,
    content: &'a [u8],
    delimiter: u8,
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    width: Option<usize>,
    /// The first record is data and has been read already.
    pending: Option<u64>,
}

impl<'a> Records<'a> {
    fn new(origin: &'a str, content: &'a [u8], delimiter: u8) -> Records<'a> {
        Records {
            origin,
            content,
            delimiter,
            reader: reader(content, delimiter),
            record: ByteRecord::new(),
            width: None,
            pending: None,
        }
    }

    /// Reads the header, or makes names up; to be called first.
    fn names(&mut self, header: bool) -> Result<Vec<String>, DataError> {
        let line = self.next()?;
        if !header {
            self.pending = line;
            return Ok((1..=self.record.len()).map(made_up).collect());
        }
        let name = |(at, cell): (usize, &[u8])| {
            let name = String::from_utf8_lossy(cell.trim_ascii()).into_owned();
            if name.is_empty() {
                made_up(at + 1)
            } else {
                name
            }
        };
        Ok(self.record.iter().enumerate().map(name).collect())
    }

    /// Moves to the next record and returns its line.
    fn next(&mut self) -> Result<Option<u64>, DataError> {
        if let Some(line) = self.pending.take() {
            return Ok(Some(line));
        }
        // The content is in memory, flexible and read as bytes: there is nothing left to fail.
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .unwrap_or(false)
        {
            return Ok(None);
        }
        let (line, start) = self.start();
        let expected = *self.width.get_or_insert(self.record.len());
        let is_last =
            self.reader.is_done() || self.reader.position().byte() >= self.content.len() as u64;
        if (is_last || self.record.len() != expected)
            && let Some(opened) = unclosed_quote(&self.content[start..], self.delimiter)
        {
            return Err(DataError::UnclosedQuote {
                path: self.origin.to_owned(),
                line: line + opened,
            });
        }
        if self.record.len() != expected {
            return Err(DataError::RaggedRow {
                path: self.origin.to_owned(),
                line,
                expected,
                found: self.record.len(),
                delimiter: self.delimiter,
            });
        }
        Ok(Some(line))
    }

    /// The record's line and first byte: the reader gives the place where it went on, before blank lines.
    fn start(&self) -> (u64, usize) {
        let (mut line, mut at) = self.record.position().map_or((1, 0), |position| {
            (position.line(), position.byte() as usize)
        });
        while let Some(byte @ (b'\n' | b'\r')) = self.content.get(at) {
            line += u64::from(*byte == b'\n');
            at += 1;
        }
        (line, at)
    }
}

fn made_up(number: usize) -> String {
    format!("column_{number}")
}

/// How many lines below the start of this record a quote opens that is still open at the end of the
/// text; `None` where the record ends before that.
fn unclosed_quote(text: &[u8], delimiter: u8) -> Option<u64> {
    let mut state = Quote::FieldStart;
    let mut line = 0;
    for &byte in text {
        state = match (state, byte) {
            (Quote::Open(opened), b'"') => Quote::Closed(opened),
            // A quote right after one that closes: both stand for one quote, and the field goes on.
            (Quote::Open(opened), _) | (Quote::Closed(opened), b'"') => Quote::Open(opened),
            (Quote::FieldStart, b'"') => Quote::Open(line),
            (_, b'\n' | b'\r') => return None,
            (_, byte) if byte == delimiter => Quote::FieldStart,
            _ => Quote::Plain,
        };
        line += u64::from(byte == b'\n');
    }
    match state {
        Quote::Open(opened) => Some(opened),
        _ => None,
    }
}

/// Where a record is with respect to quotes; an open one with the line on which it opened.
enum Quote {
    FieldStart,
    Plain,
    Open(u64),
    Closed(u64),
}

/// Says where a text is not UTF-8.
fn check_utf8(origin: &str, content: &[u8]) -> Result<(), DataError> {
    let Err(error) = std::str::from_utf8(content) else {
        return Ok(());
    };
    let (good, bad) = content.split_at(error.valid_up_to());
    let line_start = good
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let in_line = String::from_utf8_lossy(&good[line_start..]);
    Err(DataError::NotUtf8 {
        path: origin.to_owned(),
        line: good.split(|&byte| byte == b'\n').count() as u64,
        column: in_line.chars().count() as u64 + 1,
        byte: bad.first().copied().unwrap_or_default(),
    })
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

//! The records of a text file, one at a time, in memory that does not grow with the file.
//!
//! The file is read in chunks. A record that touches the end of its chunk may go on in the next one, so it is carried
//! over to that and parsed there. Not what is made of the cells.

use std::io::{self, Cursor, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{gzip_error, io_error};
use crate::DataError;

/// Bytes that are parsed at a time; a longer record makes its chunk as long as it needs.
pub(super) const CHUNK: usize = 1 << 20;
/// Chunks in the longest record; what is longer is no row of a table.
const LONGEST: usize = 64;

/// What is read and how it is to be split.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Whether the first record holds the columns' names.
    pub(super) header: bool,
    pub(super) gzip: bool,
}

impl Dialect {
    /// What is wrong where a file of this kind cannot be read.
    pub(super) fn io_error(&self, origin: &str, source: io::Error) -> DataError {
        if self.gzip {
            gzip_error(origin, source)
        } else {
            io_error(origin, source)
        }
    }
}

/// A file's records, each checked to have as many fields as the first.
pub(super) struct Records {
    origin: String,
    dialect: Dialect,
    input: Box<dyn Read + Send>,
    /// Over the chunk at hand.
    reader: Reader<Cursor<Vec<u8>>>,
    pub(super) record: ByteRecord,
    width: Option<usize>,
    /// The first record is data and has been read already.
    pending: Option<u64>,
    /// Bytes in a chunk whose records are all shorter.
    chunk: usize,
    /// Bytes in the chunk at hand.
    size: usize,
    /// Line breaks before the chunk.
    lines: u64,
    /// Where in the chunk the records begin that the next one has, once all others have been read.
    rest: Option<usize>,
    is_last: bool,
}

impl Records {
    /// The records of an input that is at its start.
    pub(super) fn new(
        origin: &str,
        input: Box<dyn Read + Send>,
        dialect: &Dialect,
        chunk: usize,
    ) -> Records {
        Records {
            origin: origin.to_owned(),
            input,
            reader: reader(Cursor::default(), dialect.delimiter),
            dialect: dialect.clone(),
            record: ByteRecord::new(),
            width: None,
            pending: None,
            chunk,
            size: chunk,
            lines: 0,
            rest: Some(0),
            is_last: false,
        }
    }

    /// Reads the header, or makes names up; to be called first.
    pub(super) fn names(&mut self) -> Result<Vec<String>, DataError> {
        let line = self.next()?;
        if !self.dialect.header {
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
    pub(super) fn next(&mut self) -> Result<Option<u64>, DataError> {
        loop {
            if let Some(line) = self.next_in_chunk()? {
                return Ok(Some(line));
            }
            if !self.next_chunk()? {
                return Ok(None);
            }
        }
    }

    /// The same within the chunk at hand; where there is none, the next chunk may have one.
    pub(super) fn next_in_chunk(&mut self) -> Result<Option<u64>, DataError> {
        if let Some(line) = self.pending.take() {
            return Ok(Some(line));
        }
        if self.rest.is_some() {
            return Ok(None);
        }
        // The chunk is in memory, flexible and read as bytes: there is nothing left to fail.
        let found = self.reader.read_byte_record(&mut self.record);
        if !found.unwrap_or(false) {
            self.rest = Some(self.content().len());
            return Ok(None);
        }
        let (line, start) = self.start();
        let touches_end =
            self.reader.is_done() || self.reader.position().byte() >= self.content().len() as u64;
        if touches_end && !self.is_last {
            self.rest = Some(start);
            return Ok(None);
        }
        let expected = *self.width.get_or_insert(self.record.len());
        if (touches_end || self.record.len() != expected)
            && let Some(opened) =
                Quotes::new(self.dialect.delimiter).open_at_end(&self.content()[start..])
        {
            return Err(DataError::UnclosedQuote {
                path: self.origin.clone(),
                line: line + opened,
            });
        }
        if self.record.len() != expected {
            return Err(DataError::RaggedRow {
                path: self.origin.clone(),
                line,
                expected,
                found: self.record.len(),
                delimiter: self.dialect.delimiter,
            });
        }
        Ok(Some(line))
    }

    /// Reads on; false at the end of the file.
    pub(super) fn next_chunk(&mut self) -> Result<bool, DataError> {
        if self.is_last {
            return Ok(false);
        }
        let delimiter = self.dialect.delimiter;
        let empty = reader(Cursor::default(), delimiter);
        let mut chunk = std::mem::replace(&mut self.reader, empty)
            .into_inner()
            .into_inner();
        let is_first = chunk.is_empty();
        let rest = self.rest.take().unwrap_or_default();
        if is_first || rest > 0 {
            self.size = self.chunk;
        } else {
            // One record, and it is longer than the chunk.
            if chunk.len() >= self.chunk * LONGEST {
                return Err(self.too_long(&chunk)?);
            }
            self.size = 2 * chunk.len();
        }
        self.lines += line_breaks(&chunk[..rest]);
        chunk.drain(..rest);
        let wanted = self.size.saturating_sub(chunk.len()) as u64;
        let found = self.input.by_ref().take(wanted).read_to_end(&mut chunk);
        let found = found.map_err(|source| self.dialect.io_error(&self.origin, source))?;
        self.is_last = (found as u64) < wanted;
        if is_first && chunk.starts_with(b"\xEF\xBB\xBF") {
            chunk.drain(..3);
        }
        self.check_utf8(&chunk)?;
        self.reader = reader(Cursor::new(chunk), delimiter);
        Ok(true)
    }

    /// Bytes of the chunk at hand that the records have taken so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    fn content(&self) -> &[u8] {
        self.reader.get_ref().get_ref()
    }

    /// The record's line and first byte in the chunk: the reader gives the place where it went on, before blank lines.
    fn start(&self) -> (u64, usize) {
        let (line, mut at) = self.record.position().map_or((1, 0), |position| {
            (position.line(), position.byte() as usize)
        });
        let mut line = self.lines + line;
        while let Some(byte @ (b'\n' | b'\r')) = self.content().get(at) {
            line += u64::from(*byte == b'\n');
            at += 1;
        }
        (line, at)
    }

    /// What is wrong with a record that has no end in a chunk of the greatest length.
    fn too_long(&mut self, chunk: &[u8]) -> Result<DataError, DataError> {
        let path = self.origin.clone();
        let line = self.lines + 1;
        let mut quotes = Quotes::new(self.dialect.delimiter);
        let mut has_ended = quotes.read(chunk);
        let mut more = vec![0; CHUNK];
        while !has_ended {
            let found = self.input.read(&mut more);
            let found = found.map_err(|source| self.dialect.io_error(&self.origin, source))?;
            if found == 0 {
                break;
            }
            has_ended = quotes.read(&more[..found]);
        }
        Ok(match quotes.opened() {
            Some(opened) if !has_ended => DataError::UnclosedQuote {
                path,
                line: line + opened,
            },
            _ => DataError::LongRow {
                path,
                line,
                most: self.chunk * LONGEST,
            },
        })
    }

    /// Says where a text is not UTF-8. The end of a chunk may cut a character, which then comes again.
    fn check_utf8(&self, content: &[u8]) -> Result<(), DataError> {
        let Err(error) = std::str::from_utf8(content) else {
            return Ok(());
        };
        if error.error_len().is_none() && !self.is_last {
            return Ok(());
        }
        let (good, bad) = content.split_at(error.valid_up_to());
        let line_start = good
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let in_line = String::from_utf8_lossy(&good[line_start..]);
        Err(DataError::NotUtf8 {
            path: self.origin.clone(),
            line: self.lines + line_breaks(good) + 1,
            column: in_line.chars().count() as u64 + 1,
            byte: bad.first().copied().unwrap_or_default(),
        })
    }
}

/// The records of a text, whatever their number of fields; quotes and line ends as in RFC 4180.
pub(super) fn reader<R: Read>(content: R, delimiter: u8) -> Reader<R> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(content)
}

fn made_up(number: usize) -> String {
    format!("column_{number}")
}

fn line_breaks(text: &[u8]) -> u64 {
    // In bytes as far as they reach, so that many are counted at a time.
    let count = |part: &[u8]| part.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    text.chunks(255).map(|part| u64::from(count(part))).sum()
}

/// Where a record is with respect to quotes.
struct Quotes {
    delimiter: u8,
    state: Quote,
    line: u64,
}

/// An open quote with the line on which it opened.
#[derive(Clone, Copy)]
enum Quote {
    FieldStart,
    Plain,
    Open(u64),
    Closed(u64),
}

impl Quotes {
    /// At the start of a record.
    fn new(delimiter: u8) -> Quotes {
        Quotes {
            delimiter,
            state: Quote::FieldStart,
            line: 0,
        }
    }

    /// Reads on, up to the end of the record; true where that is in this text.
    fn read(&mut self, text: &[u8]) -> bool {
        for &byte in text {
            self.state = match (self.state, byte) {
                (Quote::Open(opened), b'"') => Quote::Closed(opened),
                // A quote right after one that closes: both stand for one quote, and the field goes on.
                (Quote::Open(opened), _) | (Quote::Closed(opened), b'"') => Quote::Open(opened),
                (Quote::FieldStart, b'"') => Quote::Open(self.line),
                (_, b'\n' | b'\r') => return true,
                (_, byte) if byte == self.delimiter => Quote::FieldStart,
                _ => Quote::Plain,
            };
            self.line += u64::from(byte == b'\n');
        }
        false
    }

    /// How many lines below the start of the record the quote opens that is open now.
    fn opened(&self) -> Option<u64> {
        match self.state {
            Quote::Open(opened) => Some(opened),
            _ => None,
        }
    }

    /// The same of the quote that is still open at the end of the text; `None` where the record ends before that.
    fn open_at_end(mut self, text: &[u8]) -> Option<u64> {
        if self.read(text) { None } else { self.opened() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, chunk: usize) -> Records {
        let dialect = Dialect {
            delimiter: b',',
            header: true,
            gzip: false,
        };
        let input = Cursor::new(text.as_bytes().to_vec());
        Records::new("t.csv", Box::new(input), &dialect, chunk)
    }

    fn all(text: &str, chunk: usize) -> Result<Vec<(u64, Vec<String>)>, DataError> {
        let mut records = records(text, chunk);
        let mut found = vec![(1, records.names()?)];
        while let Some(line) = records.next()? {
            let cells = records.record.iter();
            let cells = cells.map(|cell| String::from_utf8_lossy(cell).into_owned());
            found.push((line, cells.collect()));
        }
        Ok(found)
    }

    #[test]
    fn records_are_the_same_however_long_a_chunk_is() {
        let text =
            "\u{feff}a,größe\r\n1,\"x\ny\"\r\n\r\n\n2,\"\"\"q\"\", z\"\n3,é\n\n4,\"a,\r\nb\"";
        let row = |line: u64, cells: [&str; 2]| (line, cells.map(String::from).to_vec());
        let expected = [
            row(1, ["a", "größe"]),
            row(2, ["1", "x\ny"]),
            row(6, ["2", "\"q\", z"]),
            row(7, ["3", "é"]),
            row(9, ["4", "a,\r\nb"]),
        ];
        for chunk in 4..=text.len() + 2 {
            for text in [text.to_owned(), format!("{text}\n")] {
                assert_eq!(all(&text, chunk).unwrap(), expected, "{chunk}");
            }
        }
    }

    #[test]
    fn a_record_of_more_than_64_chunks_is_refused_with_its_reason() {
        let long = "word ".repeat(300);
        let error = |text: String| all(&text, 16).unwrap_err().to_string();
        let unclosed = error(format!("a,b\n1,x\n2,\"{long}\n3,z\n"));
        assert!(
            unclosed.contains("line 3: the quote that opens here is never closed"),
            "{unclosed}"
        );
        let closed = error(format!("a,b\n1,x\n2,\"{long}\"\n3,z\n"));
        assert!(
            closed.contains("line 3: the row is longer than"),
            "{closed}"
        );
        let short = "word ".repeat(100);
        assert_eq!(all(&format!("a,b\n1,{short}\n3,z\n"), 16).unwrap().len(), 3);
    }

    #[test]
    fn chunks_are_short_again_after_a_long_record() {
        let long = "word ".repeat(100);
        let text = format!("a,b\n1,{long}\n{}", "3,z\n".repeat(1000));
        let mut records = records(&text, 16);
        while records.next().unwrap().is_some() {}
        assert_eq!(records.size, 16);
    }
}

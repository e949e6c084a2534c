//! Finding out how a text file is written: what separates its fields, and whether it has a header.
//!
//! **The delimiter** is the one among tab, `;`, `|` and `,` for which most of the first 200 records have
//! the same number of fields, two at least; the first in this order where several do equally well. A file
//! for which none does has one column.
//!
//! **The header.** The first record holds names, not data, if it has a word above a column of numbers or
//! booleans. If it has none, but there are such columns, it is a header only if at least three of its
//! cells above numbers ascend in equal steps, as in `Letter,1,2,3`, and no record of the sample does the
//! same. If all columns are text, it is a header unless it has a number, a cell twice, a missing cell, or a cell that occurs
//! again in its column. A single record is a header if it has no number in it.

use super::cell::{is_missing, parse_boolean, parse_number};

/// The records that are looked at.
const SAMPLE_RECORDS: usize = 200;
/// And the bytes.
pub(super) const SAMPLE_BYTES: usize = 1 << 18;
/// In the order of preference.
const DELIMITERS: [u8; 4] = *b"\t;|,";

/// The first records of a file, their cells without the spaces around them.
pub(super) struct Sample(Vec<Vec<Vec<u8>>>);

impl Sample {
    pub(super) fn read(content: &[u8], delimiter: u8) -> Sample {
        let cut = content.len() > SAMPLE_BYTES;
        let mut reader =
            super::records::reader(&content[..content.len().min(SAMPLE_BYTES)], delimiter);
        let cells = |record: csv::ByteRecord| -> Vec<Vec<u8>> {
            record
                .iter()
                .map(|cell| cell.trim_ascii().to_vec())
                .collect()
        };
        let mut records: Vec<_> = reader
            .byte_records()
            .take(SAMPLE_RECORDS)
            .map_while(Result::ok)
            .map(cells)
            .collect();
        if cut && records.len() > 1 && records.len() < SAMPLE_RECORDS {
            // The last one is cut off somewhere.
            records.pop();
        }
        Sample(records)
    }

    /// The share of records with the most frequent number of fields; 0 where that is 1.
    fn agreement(&self) -> f64 {
        let mut widths: Vec<usize> = self.0.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let runs = widths.chunk_by(|a, b| a == b);
        let most = runs.max_by_key(|run| run.len()).unwrap_or_default();
        match most {
            [] | [1, ..] => 0.0,
            most => most.len() as f64 / self.0.len() as f64,
        }
    }

    /// Whether the first record holds the columns' names; the rule is in the module's documentation.
    pub(super) fn has_header(&self) -> bool {
        let Some((first, below)) = self.0.split_first() else {
            return false;
        };
        if below.is_empty() {
            return first.iter().all(|cell| parse_number(cell).is_none());
        }
        let kinds: Vec<Kind> = (0..first.len()).map(|at| kind(below, at)).collect();
        if kinds
            .iter()
            .all(|kind| matches!(kind, Kind::Text | Kind::Empty))
        {
            return self.words_are_names();
        }
        let is_word_above = |(cell, kind): (&Vec<u8>, &Kind)| match kind {
            Kind::Number => !is_missing(cell) && parse_number(cell).is_none(),
            Kind::Boolean => !is_missing(cell) && parse_boolean(cell).is_none(),
            Kind::Text | Kind::Empty => false,
        };
        first.iter().zip(&kinds).any(is_word_above)
            || (ascends(first, &kinds) && !below.iter().any(|record| ascends(record, &kinds)))
    }

    fn words_are_names(&self) -> bool {
        let Some((first, below)) = self.0.split_first() else {
            return false;
        };
        first.iter().enumerate().all(|(at, cell)| {
            !is_missing(cell)
                && parse_number(cell).is_none()
                && !first[..at].contains(cell)
                && !below.iter().any(|record| record.get(at) == Some(cell))
        })
    }
}

/// The delimiter that the first records agree on.
pub(super) fn find_delimiter(content: &[u8]) -> u8 {
    let mut best = (0.0, b',');
    for delimiter in DELIMITERS {
        let agreement = Sample::read(content, delimiter).agreement();
        if agreement > best.0 {
            best = (agreement, delimiter);
        }
    }
    best.1
}

/// What a column of the sample holds below its first cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    Number,
    Boolean,
    Text,
}

fn kind(records: &[Vec<Vec<u8>>], at: usize) -> Kind {
    let cells = || {
        let cells = records.iter().filter_map(|record| record.get(at));
        cells.filter(|cell| !is_missing(cell))
    };
    if cells().next().is_none() {
        Kind::Empty
    } else if cells().all(|cell| parse_number(cell).is_some()) {
        Kind::Number
    } else if cells().all(|cell| parse_boolean(cell).is_some()) {
        Kind::Boolean
    } else {
        Kind::Text
    }
}

/// Whether the cells in columns of numbers are three or more and ascend in equal steps.
fn ascends(record: &[Vec<u8>], kinds: &[Kind]) -> bool {
    let numbers = record
        .iter()
        .zip(kinds)
        .filter(|&(_, &kind)| kind == Kind::Number);
    let numbers: Vec<f64> = numbers.filter_map(|(cell, _)| parse_number(cell)).collect();
    let steps: Vec<f64> = numbers.windows(2).map(|pair| pair[1] - pair[0]).collect();
    match steps.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => {
            *first > 0.0 && rest.iter().all(|step| (step - first).abs() < 1e-9)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> bool {
        Sample::read(text.as_bytes(), find_delimiter(text.as_bytes())).has_header()
    }

    #[test]
    fn delimiters_are_found() {
        let find = |text: &str| char::from(find_delimiter(text.as_bytes()));
        assert_eq!(find("a,b\n1,2\n"), ',');
        assert_eq!(find("a;b\n1,5;2,5\n"), ';');
        assert_eq!(find("a\tb c\n1\t2,3\n"), '\t');
        assert_eq!(find("a|b\n1|2\n3|4\n"), '|');
        assert_eq!(find("a,b\n\"x;y\",1\n\"z;w\",2\n"), ',');
        assert_eq!(find("a\n1\n2\n"), ',');
        assert_eq!(find("a,note\n1,x;y\n2,z\n"), ',');
    }

    #[test]
    fn headers_are_found() {
        assert!(header("x,y\n1,2\n3,4\n"));
        assert!(header(",x,y\n0,1,2\n1,3,4\n"));
        assert!(header("Letter,1,2,3\nT,2,8,3\nI,5,12,3\n"));
        assert!(header("0,1,2\n5.1,3.5,1.4\n4.9,3.0,1.4\n"));
        assert!(header("name,city\nBob,Paris\nAnn,Rome\n"));
        assert!(header("name,old\nBob,yes\nAnn,no\n"));
        assert!(header("a,b\n"));
    }

    #[test]
    fn data_is_no_header() {
        assert!(!header("1,2\n3,4\n"));
        assert!(!header("5.1,3.5,1.4,setosa\n4.9,3.0,1.4,setosa\n"));
        assert!(!header("T,2,8,3\nI,5,12,3\nD,4,11,6\n"));
        assert!(!header("1,2,3\n4,5,6\n7,8,9\n"));
        assert!(!header("a,b\nb,a\na,c\n"));
        assert!(!header("0,0,5,13,9,1\n0,0,0,12,13,5\n"));
        assert!(!header("1,2,3\n"));
    }
}

//! A column in the making: it is of the narrowest type that holds all cells so far.
//!
//! When a cell does not fit, the cells before it are read again from the file: keeping the text of every
//! number, only because it might turn out to be a code, would cost more than the numbers.

use arrow_array::BooleanArray;

use super::cell::{is_missing, parse_boolean, parse_number};
use super::texts::Texts;
use crate::{Column, Values};

pub(super) enum Builder {
    /// So many missing cells and nothing else.
    Empty(usize),
    /// Missing cells are NaN, which no cell can be.
    Number(Vec<f64>),
    Boolean {
        cells: Vec<Option<bool>>,
        words: [Option<String>; 2],
    },
    Text(Box<Texts>),
    /// Text, but what came before has not been kept: the column must be read again.
    Again,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder::Empty(0)
    }

    /// A column of a type that is known before its first cell.
    pub(super) fn of(kind: &Type) -> Builder {
        match kind {
            Type::Empty => Builder::Empty(0),
            Type::Number => Builder::Number(Vec::new()),
            Type::Boolean(words) => Builder::Boolean {
                cells: Vec::new(),
                words: words.clone(),
            },
            Type::Text => Builder::Text(Box::new(Texts::new(0))),
        }
    }

    pub(super) fn must_read_again(&self) -> bool {
        matches!(self, Builder::Again)
    }

    /// Takes the next cell, which is UTF-8 and has no spaces around it.
    pub(super) fn push(&mut self, cell: &[u8]) {
        match self {
            Builder::Number(cells) => match parse_number(cell) {
                Some(x) => cells.push(x),
                None if is_missing(cell) => cells.push(f64::NAN),
                None => *self = Builder::Again,
            },
            Builder::Text(texts) if is_missing(cell) => texts.push_missing(),
            Builder::Text(texts) => texts.push(cell),
            Builder::Boolean { cells, words } => match parse_boolean(cell) {
                Some(on) => {
                    words[usize::from(on)].get_or_insert_with(|| lossless(cell));
                    cells.push(Some(on));
                }
                None if is_missing(cell) => cells.push(None),
                None => *self = Builder::Again,
            },
            Builder::Empty(missing) if is_missing(cell) => *missing += 1,
            Builder::Empty(missing) => {
                *self = Builder::first(*missing, cell);
                self.push(cell);
            }
            Builder::Again => {}
        }
    }

    /// The builder for a column that begins with so many missing cells and then this one.
    fn first(missing: usize, cell: &[u8]) -> Builder {
        if parse_number(cell).is_some() {
            return Builder::Number(vec![f64::NAN; missing]);
        }
        if parse_boolean(cell).is_some() {
            return Builder::Boolean {
                cells: vec![None; missing],
                words: [None, None],
            };
        }
        Builder::Text(Box::new(Texts::new(missing)))
    }

    /// The column; one that is empty counts as numbers, all of them missing.
    pub(super) fn finish(self, name: &str) -> Column {
        match self {
            Builder::Empty(missing) => Column::number(name, vec![f64::NAN; missing]),
            Builder::Number(cells) => Column::number(name, cells),
            Builder::Boolean { cells, words } => Column::new(
                name,
                Values::Boolean {
                    values: BooleanArray::from(cells),
                    words: both_words(words),
                },
            ),
            Builder::Text(texts) => Column::new(name, Values::Text(texts.finish())),
            // It has been read again before this.
            Builder::Again => Column::new(name, Values::Text(Texts::new(0).finish())),
        }
    }
}

/// The narrowest type that holds all cells of a column so far: a [`Builder`] that keeps none of them.
#[derive(Clone, Debug)]
pub(super) enum Type {
    /// All cells are missing.
    Empty,
    Number,
    /// With the first spelling of false and of true.
    Boolean([Option<String>; 2]),
    Text,
}

impl Type {
    /// Takes the next cell into account.
    pub(super) fn take(&mut self, cell: &[u8]) {
        match self {
            Type::Text => {}
            _ if is_missing(cell) => {}
            Type::Number if parse_number(cell).is_some() => {}
            Type::Boolean(words) => match parse_boolean(cell) {
                Some(on) => {
                    words[usize::from(on)].get_or_insert_with(|| lossless(cell));
                }
                None => *self = Type::Text,
            },
            Type::Empty if parse_number(cell).is_some() => *self = Type::Number,
            Type::Empty if parse_boolean(cell).is_some() => {
                *self = Type::Boolean([None, None]);
                self.take(cell);
            }
            Type::Empty | Type::Number => *self = Type::Text,
        }
    }
}

fn lossless(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).into_owned()
}

/// Where only one of the two occurs, the other is its counterpart.
fn both_words(words: [Option<String>; 2]) -> [String; 2] {
    let is_yes_or_no = |word: &String| matches!(word.len(), 2 | 3);
    let [no, yes] = if words.iter().flatten().any(is_yes_or_no) {
        ["no", "yes"]
    } else {
        ["false", "true"]
    };
    let [off, on] = words;
    [
        off.unwrap_or_else(|| no.into()),
        on.unwrap_or_else(|| yes.into()),
    ]
}

//! Which rows of the examples a batch or a part of it has.

use std::ops::Range;

/// Which rows of the examples.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rows<'a> {
    /// These.
    Listed(&'a [u32]),
    /// So many from the first one.
    Range(usize, usize),
}

impl Rows<'_> {
    pub(super) fn len(&self) -> usize {
        match *self {
            Rows::Listed(rows) => rows.len(),
            Rows::Range(_, len) => len,
        }
    }

    pub(super) fn at(&self, index: usize) -> usize {
        match *self {
            Rows::Listed(rows) => rows[index] as usize,
            Rows::Range(first, _) => first + index,
        }
    }

    /// A part of them.
    pub(super) fn part(&self, part: Range<usize>) -> Self {
        match *self {
            Rows::Listed(rows) => Rows::Listed(&rows[part]),
            Rows::Range(first, _) => Rows::Range(first + part.start, part.len()),
        }
    }
}

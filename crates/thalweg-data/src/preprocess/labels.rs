//! Finding a cell among known categories or classes, however the cell's column was typed.
//!
//! A column of codes such as `A1, 7` is text in training; a file with nothing but `7` in it makes it a
//! number. So a cell is looked up first as it is written, then by what it means: 7, 7.0 and 007 are one
//! number, `True` and `true` one boolean.

use std::collections::HashMap;

use arrow_array::Array;

use crate::column::dictionary;
use crate::read::parse_boolean;
use crate::table::Rows;
use crate::{Column, Values};

/// What a cell is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Known(u32),
    Missing,
    Unseen,
}

/// Known categories or classes.
pub(super) struct Labels<'a> {
    texts: HashMap<&'a str, u32>,
    numbers: HashMap<u64, u32>,
    booleans: [Option<u32>; 2],
}

impl<'a> Labels<'a> {
    pub(super) fn new(names: &'a [String]) -> Labels<'a> {
        let mut labels = Labels {
            texts: HashMap::with_capacity(names.len()),
            numbers: HashMap::new(),
            booleans: [None, None],
        };
        for (name, at) in names.iter().zip(0..) {
            labels.texts.insert(name, at);
            if let Ok(x) = name.parse::<f64>() {
                // Of `7` and `007`, the one that a number is written as.
                let bits = (x + 0.0).to_bits();
                if x.to_string() == *name || !labels.numbers.contains_key(&bits) {
                    labels.numbers.insert(bits, at);
                }
            }
            if let Some(on) = parse_boolean(name.as_bytes()) {
                labels.booleans[usize::from(on)].get_or_insert(at);
            }
        }
        labels
    }

    fn number(&self, x: f64) -> Found {
        known(self.numbers.get(&(x + 0.0).to_bits()).copied())
    }

    fn boolean(&self, on: bool, word: &str) -> Found {
        let as_written = self.texts.get(word).copied();
        known(as_written.or(self.booleans[usize::from(on)]))
    }

    fn text(&self, text: &str) -> Found {
        if let Some(&at) = self.texts.get(text) {
            return Found::Known(at);
        }
        match (text.parse(), parse_boolean(text.as_bytes())) {
            (Ok(x), _) => self.number(x),
            (_, Some(on)) => known(self.booleans[usize::from(on)]),
            _ => Found::Unseen,
        }
    }

    /// Calls `each` with every row's position among `rows`, the row, and what its cell is found to be.
    pub(super) fn look_up(
        &self,
        column: &Column,
        rows: Rows<'_>,
        mut each: impl FnMut(usize, usize, Found),
    ) {
        match &column.values {
            Values::Number(values) => rows.iter().enumerate().for_each(|(at, row)| {
                let missing = values.is_null(row);
                each(
                    at,
                    row,
                    if missing {
                        Found::Missing
                    } else {
                        self.number(values.value(row))
                    },
                );
            }),
            Values::Boolean { values, words } => {
                let found = [
                    self.boolean(false, &words[0]),
                    self.boolean(true, &words[1]),
                ];
                rows.iter().enumerate().for_each(|(at, row)| {
                    let missing = values.is_null(row);
                    let on = usize::from(values.value(row));
                    each(at, row, if missing { Found::Missing } else { found[on] });
                });
            }
            Values::Text(values) => {
                let texts = dictionary(values).iter().flatten();
                let found: Vec<Found> = texts.map(|text| self.text(text)).collect();
                rows.iter().enumerate().for_each(|(at, row)| {
                    each(
                        at,
                        row,
                        values.key(row).map_or(Found::Missing, |key| found[key]),
                    );
                });
            }
            Values::Image { .. } => rows
                .iter()
                .enumerate()
                .for_each(|(at, row)| each(at, row, Found::Unseen)),
        }
    }
}

fn known(at: Option<u32>) -> Found {
    at.map_or(Found::Unseen, Found::Known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str], column: &Column) -> Vec<Found> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut all = Vec::new();
        Labels::new(&names).look_up(column, Rows::All(column.len()), |at, row, found| {
            assert_eq!(at, row);
            all.push(found);
        });
        all
    }

    #[test]
    fn a_cell_is_found_by_what_it_means() {
        use Found::{Known, Missing, Unseen};
        let names = ["007", "7", "A1", "2.50", "Yes", "No"];
        let column = Column::number("c", vec![7.0, 2.5, f64::NAN, 8.0]);
        assert_eq!(
            found(&names, &column),
            [Known(1), Known(3), Missing, Unseen]
        );
        let column = Column::text("c", ["007", "7.0", "a1", "2.5", "yes", "?"].map(Some));
        assert_eq!(
            found(&names, &column),
            [Known(0), Known(1), Unseen, Known(3), Known(4), Unseen]
        );
        let column = Column::boolean("c", vec![Some(true), Some(false), None]);
        assert_eq!(found(&names, &column), [Known(4), Known(5), Missing]);
        let column = Column::number("c", vec![7.0]);
        assert_eq!(found(&["007", "A1"], &column), [Known(0)]);
    }
}

//! What is known of a column whose cells come block after block: what a report of it says, and what is fitted on it.
//!
//! Memory is bounded: distinct values are counted up to a number, and medians come from a reservoir.

use std::cmp::Reverse;
use std::collections::HashMap;

use arrow_array::{Array, BooleanArray, DictionaryArray, Float64Array, types::Int32Type};

use super::moments::{Moments, Reservoir};
use crate::column::dictionary;
use crate::inspect::{MOST_DISTINCT, NEARLY, TOP, blank, chosen_use, has_comma, is_number, kind};
use crate::preprocess::{Encoding, Standard};
use crate::rule::{Cells, Facts, MOST_CATEGORIES, key_counts, number};
use crate::table::Rows;
use crate::{Choice, Column, ColumnReport, Place, Reason, Suspicion, Table, Values};

/// Bytes of distinct texts that are kept of a column.
const MOST_TEXT: usize = 1 << 21;

/// A column so far.
pub(super) struct Sketch {
    name: String,
    cells: Cells,
    words: [String; 2],
    rows: usize,
    missing: usize,
    infinite: usize,
    range: Option<(f64, f64)>,
    example: Option<String>,
    numbers: Distinct<u64>,
    texts: Distinct<String>,
    booleans: [usize; 2],
    nearly: Nearly,
    train: Training,
}

/// Values with their counts, as long as there are not too many.
struct Distinct<T> {
    counts: HashMap<T, usize>,
    bytes: usize,
    is_capped: bool,
}

/// Cells of text that look like numbers.
#[derive(Default)]
struct Nearly {
    numbers: usize,
    commas: usize,
    word: Option<(Place, String)>,
}

/// What is known of the training rows alone.
struct Training {
    rows: usize,
    missing: usize,
    first: Option<u64>,
    differs: bool,
    moments: Moments,
    reservoir: Reservoir,
    texts: Distinct<String>,
}

impl<T: std::hash::Hash + Eq> Distinct<T> {
    fn new() -> Distinct<T> {
        Distinct {
            counts: HashMap::new(),
            bytes: 0,
            is_capped: false,
        }
    }

    /// How many there are; where they were too many to count, more than the rule takes for categories.
    fn len(&self) -> usize {
        if self.is_capped {
            self.counts.len().max(MOST_CATEGORIES + 1)
        } else {
            self.counts.len()
        }
    }

    /// Counts a value of so many bytes; those that come after there are too many are not counted.
    fn add<Q>(&mut self, value: &Q, count: usize, bytes: usize)
    where
        T: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(known) = self.counts.get_mut(value) {
            *known += count;
        } else if self.counts.len() == MOST_DISTINCT || self.bytes + bytes > MOST_TEXT {
            self.is_capped = true;
        } else {
            self.bytes += bytes;
            self.counts.insert(value.to_owned(), count);
        }
    }
}

impl Sketch {
    /// Before the first block; `most` numbers are kept for the median.
    pub(super) fn new(column: &Column, at: usize, most: usize, seed: u64) -> Sketch {
        let words = match &column.values {
            Values::Boolean { words, .. } => words.clone(),
            _ => Default::default(),
        };
        Sketch {
            name: column.name.clone(),
            cells: Cells::of(&column.values),
            words,
            rows: 0,
            missing: 0,
            infinite: 0,
            range: None,
            example: None,
            numbers: Distinct::new(),
            texts: Distinct::new(),
            booleans: [0, 0],
            nearly: Nearly::default(),
            train: Training {
                rows: 0,
                missing: 0,
                first: None,
                differs: false,
                moments: Moments::default(),
                reservoir: Reservoir::new(most, seed, at as u64),
                texts: Distinct::new(),
            },
        }
    }

    /// Takes in a block, of which `train` are training rows.
    pub(super) fn add(&mut self, table: &Table, column: &Column, train: &[u32]) {
        self.rows += column.len();
        self.train.rows += train.len();
        if self.example.is_none() {
            self.example = (0..column.len()).find_map(|row| column.cell(row));
        }
        match &column.values {
            Values::Number(values) => self.add_numbers(values, train),
            Values::Boolean { values, .. } => self.add_booleans(values, train),
            Values::Text(values) => self.add_texts(table, column, values, train),
            // Images are held; they are no file that comes in blocks.
            Values::Image { .. } => {}
        }
    }

    fn add_numbers(&mut self, values: &Float64Array, train: &[u32]) {
        self.missing += values.null_count();
        for row in 0..values.len() {
            let Some(x) = number(values, row) else {
                self.infinite += usize::from(values.is_valid(row));
                continue;
            };
            let (low, high) = self.range.unwrap_or((x, x));
            self.range = Some((low.min(x), high.max(x)));
            if !self.numbers.is_capped {
                self.numbers.add(&x.to_bits(), 1, 8);
            }
        }
        let present = train.iter().filter_map(|&row| number(values, row as usize));
        self.train.add(&present.collect::<Vec<f64>>(), train.len());
    }

    fn add_booleans(&mut self, values: &BooleanArray, train: &[u32]) {
        self.missing += values.null_count();
        for on in values.iter().flatten() {
            self.booleans[usize::from(on)] += 1;
        }
        let present = train
            .iter()
            .filter(|&&row| values.is_valid(row as usize))
            .map(|&row| f64::from(u8::from(values.value(row as usize))));
        self.train.add(&present.collect::<Vec<f64>>(), train.len());
    }

    fn add_texts(
        &mut self,
        table: &Table,
        column: &Column,
        values: &DictionaryArray<Int32Type>,
        train: &[u32],
    ) {
        let texts = dictionary(values);
        let (counts, missing) = key_counts(values, Rows::All(values.len()));
        self.missing += missing;
        for (key, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let text = texts.value(key);
            self.texts.add(text, count, text.len());
            if is_number(text) {
                self.nearly.numbers += count;
            } else if self.nearly.word.is_none() {
                let is_word = |row: &usize| column.cell(*row).is_some_and(|it| !is_number(&it));
                let first = (0..column.len()).find(is_word);
                let word = |row| (table.place(row), column.cell(row).unwrap_or_default());
                self.nearly.word = first.map(word);
            }
            if has_comma(text) {
                self.nearly.commas += count;
            }
        }
        let (counts, missing) = key_counts(values, Rows::Chosen(train));
        self.train.missing += missing;
        for (key, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let text = texts.value(key);
            self.train.texts.add(text, count, text.len());
        }
    }

    /// The number of distinct values, as far as they were counted.
    pub(super) fn distinct(&self) -> usize {
        match self.cells {
            Cells::Number => self.numbers.len(),
            Cells::Boolean => self.booleans.iter().filter(|&&count| count > 0).count(),
            Cells::Text => self.texts.len(),
            Cells::Image => 2,
        }
    }

    /// Whether a text column of more than `few` distinct values is nearly one of numbers.
    pub(super) fn suspicion(&self, few: usize) -> Option<Suspicion> {
        if self.cells != Cells::Text || self.distinct() <= few {
            return None;
        }
        let enough = (self.rows - self.missing) as f64 * NEARLY;
        if self.nearly.commas as f64 >= enough {
            return Some(Suspicion::DecimalCommas);
        }
        let (place, word) = self.nearly.word.clone()?;
        let numbers = self.nearly.numbers;
        (numbers as f64 >= enough).then_some(Suspicion::FewWords {
            numbers,
            word,
            place,
        })
    }

    /// What is said of the column. Its mean and median are those of the training rows.
    pub(super) fn report(&self, choice: Option<&Choice>) -> ColumnReport {
        let facts = Facts {
            cells: self.cells,
            missing: self.missing + self.infinite,
            distinct: self.distinct(),
        };
        let by_rule = facts.feature_use(self.rows);
        let kind = kind(&by_rule);
        let mut report = blank(
            &self.name,
            chosen_use(&self.name, choice).unwrap_or(by_rule),
        );
        report.kind = kind;
        report.missing = self.missing;
        report.infinite = self.infinite;
        report.distinct = self.distinct();
        report.distinct_is_capped = self.numbers.is_capped || self.texts.is_capped;
        report.range = self.range;
        report.example.clone_from(&self.example);
        report.suspicion = self.suspicion(0);
        if self.cells == Cells::Number && self.range.is_some() {
            report.mean = Some(self.train.moments.mean_and_std().0);
            report.median = Some(self.train.reservoir.median());
        }
        let texts = self.texts.counts.iter();
        let mut categories: Vec<(String, usize)> =
            texts.map(|(text, &count)| (text.clone(), count)).collect();
        categories.sort();
        let booleans = self.words.iter().cloned().zip(self.booleans);
        categories.extend(booleans.filter(|&(_, count)| count > 0));
        categories.sort_by_key(|&(_, count)| Reverse(count));
        categories.truncate(TOP);
        report.categories = categories;
        report
    }

    /// What is fitted on the training rows, or why the column is left out.
    pub(super) fn fit(&self) -> Result<Encoding, Reason> {
        let train = &self.train;
        let facts = Facts {
            cells: self.cells,
            missing: train.missing,
            distinct: match (self.cells, train.first) {
                (Cells::Text, _) => train.texts.len(),
                (_, None) => 0,
                (_, Some(_)) => 1 + usize::from(train.differs),
            },
        };
        if let crate::Use::LeftOut { reason } = facts.feature_use(train.rows) {
            return Err(reason);
        }
        let missing = train.missing > 0;
        if self.cells == Cells::Text {
            let mut categories: Vec<String> = train.texts.counts.keys().cloned().collect();
            categories.sort_unstable();
            return Ok(Encoding::OneHot {
                categories,
                missing,
            });
        }
        let (mean, std) = train.moments.mean_and_std();
        let standard = Standard {
            median: train.reservoir.median(),
            mean,
            std,
            indicator: missing,
        };
        Ok(match self.cells {
            Cells::Boolean => Encoding::Boolean(standard),
            _ => Encoding::Number(standard),
        })
    }

    /// Whether the median that is fitted is one of a sample.
    pub(super) fn has_sampled_median(&self) -> bool {
        !self.train.reservoir.is_whole()
    }
}

impl Training {
    fn add(&mut self, present: &[f64], rows: usize) {
        self.missing += rows - present.len();
        if let Some(first) = present.first() {
            let first = *self.first.get_or_insert(first.to_bits());
            self.differs |= present.iter().any(|x| x.to_bits() != first);
        }
        self.moments.add(present);
        self.reservoir.add(present);
    }
}

//! What is known of a target whose cells come block after block, and what can be wrong with it.
//!
//! The rules and messages are those of `check_target`, which has the whole table.

use std::collections::HashMap;

use super::moments::Moments;
use super::sketch::Sketch;
use crate::column::dictionary;
use crate::preprocess::{TargetEncoding, TargetKind, target_number};
use crate::rule::{Cells, FEW_CATEGORIES};
use crate::target::{MOST_CLASSES, MOST_NUMBER_CLASSES, ROWS_FOR_EACH, SHOWN, is_usable};
use crate::{Choice, Column, DataError, Place, Table, Task, Values};

/// Classes are counted up to this many; nobody means more.
const MOST_COUNTED: usize = 1 << 16;

/// A target so far.
pub(super) struct Target {
    cells: Cells,
    words: [String; 2],
    rows: usize,
    missing: usize,
    unusable: usize,
    first_unusable: Vec<Place>,
    whole: bool,
    classes: HashMap<Class, Count>,
    too_many: bool,
    text: Option<(Place, String)>,
    moments: Moments,
    /// Σ w over the training rows.
    pub(super) weight: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Class {
    Number(u64),
    Boolean(bool),
    Text(String),
}

struct Count {
    rows: usize,
    first: Place,
    /// Σ w over the training rows.
    weight: f64,
}

/// What the target turns out to be.
pub(super) struct Found {
    pub(super) task: Task,
    pub(super) encoding: TargetEncoding,
    /// Σ w over each class's training rows.
    pub(super) class_weights: Option<Vec<f64>>,
}

impl Target {
    pub(super) fn new(column: &Column) -> Target {
        Target {
            cells: Cells::of(&column.values),
            words: match &column.values {
                Values::Boolean { words, .. } => words.clone(),
                _ => Default::default(),
            },
            rows: 0,
            missing: 0,
            unusable: 0,
            first_unusable: Vec::new(),
            whole: true,
            classes: HashMap::new(),
            too_many: false,
            text: None,
            moments: Moments::default(),
            weight: 0.0,
        }
    }

    /// The rows of a block that have a usable target, ascending.
    pub(super) fn usable(&mut self, table: &Table, column: &Column) -> Vec<u32> {
        let mut rows = Vec::with_capacity(column.len());
        for row in 0..column.len() {
            if is_usable(column, row) {
                rows.push(row as u32);
            } else {
                self.unusable += 1;
                self.missing += usize::from(column.is_missing(row));
                if self.first_unusable.len() < SHOWN {
                    self.first_unusable.push(table.place(row));
                }
            }
        }
        self.rows += column.len();
        rows
    }

    /// Takes in the usable rows of a block, some of which are training rows with these weights.
    pub(super) fn add(
        &mut self,
        table: &Table,
        column: &Column,
        usable: &[u32],
        train: &[u32],
        weights: Option<&[f32]>,
    ) {
        for &row in usable {
            let row = row as usize;
            self.see_text(table, column, row);
            if !self.too_many {
                let count = self.count(table, column, row);
                count.rows += 1;
                self.too_many = self.classes.len() > MOST_COUNTED;
            }
        }
        for (at, &row) in train.iter().enumerate() {
            let weight = weights.map_or(1.0, |weights| f64::from(weights[at]));
            self.weight += weight;
            if !self.too_many {
                self.count(table, column, row as usize).weight += weight;
            }
        }
        let numbers = train
            .iter()
            .filter_map(|&row| target_number(column, row as usize));
        self.moments.add(&numbers.collect::<Vec<f64>>());
    }

    fn count(&mut self, table: &Table, column: &Column, row: usize) -> &mut Count {
        let class = match &column.values {
            Values::Number(values) => {
                let x = values.value(row) + 0.0;
                self.whole &= x.fract() == 0.0;
                Class::Number(x.to_bits())
            }
            Values::Boolean { values, .. } => Class::Boolean(values.value(row)),
            _ => Class::Text(column.cell(row).unwrap_or_default()),
        };
        self.classes.entry(class).or_insert_with(|| Count {
            rows: 0,
            first: table.place(row),
            weight: 0.0,
        })
    }

    /// Remembers the first cell that is no number.
    fn see_text(&mut self, table: &Table, column: &Column, row: usize) {
        let is_number = match &column.values {
            Values::Number(_) => true,
            Values::Text(values) => values
                .key(row)
                .is_some_and(|key| dictionary(values).value(key).parse::<f64>().is_ok()),
            _ => false,
        };
        if !is_number && self.text.is_none() {
            let cell = column.cell(row).unwrap_or_default();
            self.text = Some((table.place(row), cell));
        }
    }

    /// Rows without a usable target.
    pub(super) fn dropped(&self) -> usize {
        self.unusable
    }

    /// The task that the target has.
    pub(super) fn task(&self) -> Task {
        let distinct = self.classes.len();
        let has = |x: f64| self.classes.contains_key(&Class::Number(x.to_bits()));
        let few = !self.too_many
            && self.whole
            && distinct <= MOST_NUMBER_CLASSES
            && ((distinct == 2 && has(0.0) && has(1.0))
                || self.rows - self.missing >= ROWS_FOR_EACH * distinct);
        if self.cells != Cells::Number || few {
            Task::Classification
        } else {
            Task::Regression
        }
    }

    /// What the target is, once all blocks have come.
    pub(super) fn finish(
        self,
        origin: &str,
        choice: &Choice,
        sketch: &Sketch,
    ) -> Result<Found, DataError> {
        let column = || choice.target.clone();
        if choice.task.is_none()
            && let Some(suspicion) = sketch.suspicion(FEW_CATEGORIES)
        {
            let column = column();
            return Err(DataError::NearlyNumbers { column, suspicion });
        }
        let task = choice.task.unwrap_or_else(|| self.task());
        if task == Task::Regression
            && let Some((place, cell)) = &self.text
        {
            return Err(DataError::TextTarget {
                column: column(),
                place: *place,
                cell: cell.clone(),
            });
        }
        if self.unusable > 0 && !choice.drop_missing_target {
            return Err(DataError::MissingTarget {
                column: column(),
                origin: origin.to_owned(),
                count: self.unusable,
                rows: self.rows,
                first: self.first_unusable,
            });
        }
        if self.unusable == self.rows {
            return Err(DataError::TooFewRows { rows: 0, needed: 1 });
        }
        let (kind, class_weights) = match task {
            Task::Classification => {
                let (names, weights) = self.check_classes(&column())?;
                (TargetKind::Classes(names), Some(weights))
            }
            Task::Regression => {
                self.refuse_constant(&column())?;
                let (mean, std) = self.moments.mean_and_std();
                (TargetKind::Values { mean, std }, None)
            }
        };
        let name = column();
        Ok(Found {
            task,
            encoding: TargetEncoding { name, kind },
            class_weights,
        })
    }

    fn refuse_constant(&self, column: &str) -> Result<(), DataError> {
        let mut classes = self.classes.keys();
        if let (Some(Class::Number(bits)), None) = (classes.next(), classes.next()) {
            return Err(DataError::ConstantTarget {
                column: column.to_owned(),
                value: f64::from_bits(*bits),
            });
        }
        Ok(())
    }

    /// The classes' names in their order, and the weight of each.
    fn check_classes(self, column: &str) -> Result<(Vec<String>, Vec<f64>), DataError> {
        let column = || column.to_owned();
        if self.classes.len() > MOST_CLASSES {
            return Err(DataError::TooManyClasses {
                column: column(),
                classes: self.classes.len(),
                most: MOST_CLASSES,
                numeric: self.cells == Cells::Number,
            });
        }
        let mut classes: Vec<(Class, Count)> = self.classes.into_iter().collect();
        classes.sort_by(|(a, _), (b, _)| match (a, b) {
            (Class::Number(a), Class::Number(b)) => {
                f64::from_bits(*a).total_cmp(&f64::from_bits(*b))
            }
            (Class::Boolean(a), Class::Boolean(b)) => a.cmp(b),
            (Class::Text(a), Class::Text(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
        let name = |class: &Class| match class {
            Class::Number(bits) => f64::from_bits(*bits).to_string(),
            Class::Boolean(on) => self.words[usize::from(*on)].clone(),
            Class::Text(text) => text.clone(),
        };
        if let [(class, _)] = &classes[..] {
            let class = name(class);
            return Err(DataError::OneClass {
                column: column(),
                class,
            });
        }
        let single = classes.iter().filter(|(_, count)| count.rows == 1);
        if let Some((class, count)) = single.min_by_key(|(_, count)| count.first.number()) {
            return Err(DataError::SingleRowClass {
                column: column(),
                class: name(class),
                place: count.first,
            });
        }
        let names = classes.iter().map(|(class, _)| name(class)).collect();
        Ok((names, classes.iter().map(|(_, it)| it.weight).collect()))
    }
}

//! One pass over a file that is too large for memory: what its columns hold, what is fitted on the training rows, and
//! whether its target can be learned.
//!
//! The results are those of the functions that have the whole table, but for what a bounded memory cannot hold: medians
//! of more than [`MOST_NUMBERS`] training values are those of a seeded sample of as many, distinct values are counted up
//! to 10,000, and rows are dealt one by one, whatever their class.

mod deal;
mod moments;
mod sketch;
mod target;

use crate::preprocess::Fitted;
use crate::roles::find;
use crate::target::is_usable;
use crate::{
    Choice, ColumnRole, DataError, Format, Inspection, Preprocessing, Reason, Source, Table, Task,
    Values,
};
pub use deal::{Deal, Lot};
use sketch::Sketch;
use target::Target;

/// Values of a column that its median is taken from; fewer where a table has so many columns that they would take more
/// than 16 MB.
pub const MOST_NUMBERS: usize = 1 << 16;
/// Bytes that the values for all medians take at most.
const MOST_BYTES: usize = 1 << 24;

/// What one pass has found.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What was found in the table and what each column is used for.
    pub inspection: Inspection,
    /// What kind of table it is.
    pub format: Format,
    /// What was fitted on the training rows.
    pub preprocessing: Preprocessing,
    /// What is to be learned.
    pub task: Task,
    /// The rows of each part.
    pub counts: Counts,
    /// Σ w over the training rows.
    pub weight: f64,
    /// The same of each class.
    pub class_weights: Option<Vec<f64>>,
    /// A number that changes when the file's cells change.
    pub digest: u32,
    /// Columns whose median is that of a sample.
    pub sampled_medians: Vec<String>,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the file.
    pub rows: u64,
    /// Without a target, and left out.
    pub dropped: u64,
    /// For training.
    pub train: u64,
    /// For validation.
    pub validation: u64,
    /// For the test.
    pub test: u64,
}

/// The training, validation and test rows of a block, by their place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lots {
    /// What is learned from.
    pub train: Vec<u32>,
    /// What decides when to stop.
    pub validation: Vec<u32>,
    /// What is looked at once, at the end.
    pub test: Vec<u32>,
}

impl Deal {
    /// Deals the rows of a block that have a usable target; its first row is this one of the file, from 0.
    ///
    /// # Errors
    /// There is no such target.
    pub fn deal(&self, table: &Table, target: &str, first: u64) -> Result<Lots, DataError> {
        let column = find(table, ColumnRole::Target, target)?;
        let rows = (0..table.rows() as u32).filter(|&row| is_usable(column, row as usize));
        Ok(self.lots(first, rows))
    }

    fn lots(&self, first: u64, rows: impl IntoIterator<Item = u32>) -> Lots {
        let mut lots = Lots::default();
        for row in rows {
            let part = match self.lot(first + u64::from(row)) {
                Lot::Train => &mut lots.train,
                Lot::Validation => &mut lots.validation,
                Lot::Test => &mut lots.test,
            };
            part.push(row);
        }
        lots
    }
}

/// Reads a source once and fits on its training rows.
///
/// # Errors
/// The file cannot be read, columns that were named do not exist, the target cannot be learned, or no column is left to
/// learn from; as [`crate::check_target`] and [`Preprocessing::fit`].
pub fn survey(source: &Source, choice: &Choice, deal: &Deal) -> Result<Survey, DataError> {
    let mut pass = Pass::default();
    for block in source.blocks()? {
        pass.add(&block?, Some(choice), deal)?;
    }
    pass.finish(source.origin(), choice)
}

/// Reads a source once and says what its columns hold, as [`crate::inspect`] of the whole table.
///
/// # Errors
/// The file cannot be read, or the target does not exist or cannot be learned.
pub fn survey_columns(
    source: &Source,
    choice: Option<&Choice>,
) -> Result<(Format, Inspection), DataError> {
    let mut pass = Pass::default();
    for block in source.blocks()? {
        pass.add(&block?, choice, &Deal::all(0))?;
    }
    let format = pass.format.unwrap_or(Format::Memory);
    let inspection = match choice {
        Some(choice) => pass.finish(source.origin(), choice)?.inspection,
        None => pass.inspection(None),
    };
    Ok((format, inspection))
}

/// What is known so far.
#[derive(Default)]
struct Pass {
    sketches: Vec<Sketch>,
    target: Option<Target>,
    format: Option<Format>,
    unsupported: Vec<(String, String)>,
    counts: Counts,
    digest: crc32fast::Hasher,
    has_weight: bool,
}

impl Pass {
    fn begin(
        &mut self,
        table: &Table,
        choice: Option<&Choice>,
        deal: &Deal,
    ) -> Result<(), DataError> {
        if let Some(choice) = choice {
            choice.check(table)?;
            let column = find(table, ColumnRole::Target, &choice.target)?;
            if let Values::Image { .. } = column.values {
                return Err(DataError::UnsupportedColumn {
                    role: ColumnRole::Target,
                    name: column.name.clone(),
                    origin: table.origin.clone(),
                    type_name: "image".into(),
                });
            }
            self.target = Some(Target::new(column));
        }
        let columns = table.columns();
        let most = MOST_BYTES / 8 / columns.len().max(1);
        let most = most.clamp(256, MOST_NUMBERS);
        let sketch = |(at, column)| Sketch::new(column, at, most, deal.seed);
        self.sketches = columns.iter().enumerate().map(sketch).collect();
        self.format = Some(table.format);
        self.unsupported = table.unsupported().to_vec();
        Ok(())
    }

    fn add(
        &mut self,
        table: &Table,
        choice: Option<&Choice>,
        deal: &Deal,
    ) -> Result<(), DataError> {
        if self.format.is_none() {
            self.begin(table, choice, deal)?;
        }
        table.digest(&mut self.digest);
        let mut train: Vec<u32> = (0..table.rows() as u32).collect();
        if let (Some(choice), Some(target)) = (choice, &mut self.target) {
            let column = find(table, ColumnRole::Target, &choice.target)?;
            let usable = target.usable(table, column);
            let lots = deal.lots(self.counts.rows, usable.iter().copied());
            let weights = match &choice.sample_weight {
                Some(name) => {
                    // Those of the other parts are checked before anything is trained, too.
                    table.weights(name, &usable)?;
                    Some(table.weights(name, &lots.train)?)
                }
                None => None,
            };
            self.has_weight |= weights.iter().flatten().any(|&weight| weight > 0.0);
            target.add(table, column, &usable, &lots.train, weights.as_deref());
            self.counts.train += lots.train.len() as u64;
            self.counts.validation += lots.validation.len() as u64;
            self.counts.test += lots.test.len() as u64;
            train = lots.train;
        }
        for (sketch, column) in self.sketches.iter_mut().zip(table.columns()) {
            sketch.add(table, column, &train);
        }
        self.counts.rows += table.rows() as u64;
        Ok(())
    }

    fn inspection(&self, choice: Option<&Choice>) -> Inspection {
        let reports = self.sketches.iter().map(|sketch| sketch.report(choice));
        let unsupported = crate::inspect::unsupported(&self.unsupported);
        let chosen = choice.and_then(|choice| choice.task);
        Inspection {
            rows: self.counts.rows as usize,
            columns: reports.chain(unsupported).collect(),
            task: chosen.or(self.target.as_ref().map(Target::task)),
        }
    }

    fn finish(mut self, origin: &str, choice: &Choice) -> Result<Survey, DataError> {
        let inspection = self.inspection(Some(choice));
        let target = self.target.take();
        let at = inspection
            .columns
            .iter()
            .position(|column| column.name == choice.target);
        let (Some(target), Some(format), Some(at)) = (target, self.format, at) else {
            let path = origin.to_owned();
            return Err(DataError::HeaderOnly { path });
        };
        self.counts.dropped = target.dropped() as u64;
        let weight = target.weight;
        let found = target.finish(origin, choice, &self.sketches[at])?;
        if let Some(column) = &choice.sample_weight
            && !self.has_weight
        {
            let column = column.clone();
            return Err(DataError::NoWeight { column });
        }
        let (columns, left_out, sampled_medians) = self.fit(choice, &inspection);
        if columns.is_empty() {
            return Err(DataError::NoFeatures {
                origin: origin.to_owned(),
                left_out,
            });
        }
        Ok(Survey {
            inspection,
            format,
            preprocessing: Preprocessing {
                columns,
                left_out,
                sample_weight: choice.sample_weight.clone(),
                target: found.encoding,
            },
            task: found.task,
            counts: self.counts,
            weight,
            class_weights: found.class_weights,
            digest: self.digest.finalize(),
            sampled_medians,
        })
    }

    /// The features' columns, those that are left out, and those whose median is that of a sample.
    fn fit(&self, choice: &Choice, inspection: &Inspection) -> FittedColumns {
        let unsupported = self.unsupported.iter().map(|(name, type_name)| {
            let type_name = type_name.clone();
            (name.clone(), Reason::Unsupported { type_name })
        });
        let (mut columns, mut left_out) = (Vec::new(), unsupported.collect::<Vec<_>>());
        let mut sampled = Vec::new();
        for (sketch, report) in self.sketches.iter().zip(&inspection.columns) {
            let name = report.name.clone();
            if name == choice.target || choice.sample_weight.as_ref() == Some(&name) {
                continue;
            }
            let fitted = if choice.ignore.contains(&name) {
                Err(Reason::Ignored)
            } else {
                sketch.fit()
            };
            match fitted {
                Ok(encoding) => {
                    if sketch.has_sampled_median() {
                        sampled.push(name.clone());
                    }
                    columns.push(Fitted { name, encoding });
                }
                Err(reason) => left_out.push((name, reason)),
            }
        }
        (columns, left_out, sampled)
    }
}

type FittedColumns = (Vec<Fitted>, Vec<(String, Reason)>, Vec<String>);

//! Tables that come one after the other, encoded: what is wrong with the target is told of all of them together.

use thalweg_data::{DataError, Place, Preprocessing, Table, is_usable};

use crate::part::{Part, block_weights};

/// What becomes of rows without a target when a model is scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingTarget {
    /// They are an error.
    #[default]
    Refused,
    /// They are left out.
    LeftOut,
}

/// Numbers that an encoded part of a table has at most, or else it is one row.
const PART: usize = 1 << 20;

/// Rows of an encoded part.
pub(crate) fn rows_of_part(n_features: usize) -> usize {
    (PART / n_features.max(1)).max(1)
}

/// A table in parts that are small once they are encoded, however many categories there are.
pub(crate) fn parts(table: &Table, n_features: usize) -> impl Iterator<Item = Table> + '_ {
    let rows = rows_of_part(n_features);
    let starts = (0..table.rows().max(1)).step_by(rows);
    starts.map(move |first| table.slice(first, rows.min(table.rows() - first)))
}

/// Encodes tables that come one after the other, and finds out whether all of their rows have a target.
pub(crate) struct Encoder<'p> {
    preprocessing: &'p Preprocessing,
    missing: MissingTarget,
    rows: usize,
    has_weight: bool,
    /// What is known of rows without a target, once there has been one.
    lacking: Option<(usize, Vec<Place>)>,
    origin: String,
}

impl<'p> Encoder<'p> {
    pub(crate) fn new(preprocessing: &'p Preprocessing, missing: MissingTarget) -> Encoder<'p> {
        Encoder {
            preprocessing,
            missing,
            rows: 0,
            has_weight: false,
            lacking: None,
            origin: String::new(),
        }
    }

    /// The rows of a table with their weights as they are; none where nothing but missing targets matters any more.
    pub(crate) fn encode(&mut self, table: &Table) -> Result<Option<Part>, DataError> {
        let target = table.column(&self.preprocessing.target().name);
        let chosen: Option<Vec<u32>> = (self.missing == MissingTarget::LeftOut).then(|| {
            let has_one = |row: &u32| target.is_none_or(|it| is_usable(it, *row as usize));
            (0..table.rows() as u32).filter(has_one).collect()
        });
        let rows = chosen.as_ref().map_or(table.rows(), Vec::len);
        self.rows += rows;
        let preprocessing = self.preprocessing;
        let target = match preprocessing.encode_target(table, chosen.as_deref()) {
            Err(DataError::MissingTarget { count, first, .. }) => {
                let (sum, places) = self.lacking.get_or_insert_default();
                *sum += count;
                places.extend(first);
                self.origin.clone_from(&table.origin);
                return Ok(None);
            }
            target => target?,
        };
        if self.lacking.is_some() {
            return Ok(None);
        }
        let (features, notes) = preprocessing.encode(table, chosen.as_deref())?;
        let weights = block_weights(preprocessing, table, chosen.as_deref())?;
        self.has_weight |= weights.iter().flatten().any(|&weight| weight > 0.0);
        let part = Part::of(preprocessing, features, target, weights, notes);
        Ok(Some(part))
    }

    /// The number of rows, or what is wrong with all of them together.
    pub(crate) fn finish(self) -> Result<usize, DataError> {
        if let Some((count, mut first)) = self.lacking {
            first.truncate(3);
            return Err(DataError::MissingTarget {
                column: self.preprocessing.target().name.clone(),
                origin: self.origin,
                count,
                rows: self.rows,
                first,
            });
        }
        match self.preprocessing.sample_weight() {
            Some(column) if !self.has_weight && self.rows > 0 => Err(DataError::NoWeight {
                column: column.into(),
            }),
            _ => Ok(self.rows),
        }
    }
}

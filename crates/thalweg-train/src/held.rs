//! Rows of a file that are held in memory: all of them, or a sample as large as there is room for.
//!
//! Not rows that stay in their file.

use thalweg_data::{DataError, Deal, Preprocessing, Table};

use crate::encoder::rows_of_part;
use crate::part::Part;

/// Rows that are held: all, or as many as there is room for.
pub(crate) struct Held<'p> {
    preprocessing: &'p Preprocessing,
    most: usize,
    share: f64,
    part: Option<Part>,
}

impl<'p> Held<'p> {
    /// Room for so many of all rows.
    pub(crate) fn new(preprocessing: &'p Preprocessing, most: usize, all: u64) -> Held<'p> {
        Held {
            preprocessing,
            most,
            share: if all <= most as u64 {
                1.0
            } else {
                // A little less, so that chance seldom fills the room before the last rows.
                0.99 * most as f64 / all as f64
            },
            part: None,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.part.as_ref().map_or(0, Part::rows)
    }

    pub(crate) fn encode(&mut self, table: &Table, rows: &[u32]) -> Result<(), DataError> {
        for rows in rows.chunks(rows_of_part(self.preprocessing.n_features())) {
            self.push(Part::of_block(self.preprocessing, table, rows)?);
        }
        Ok(())
    }

    /// Those of the rows that are kept: no more than there is room for, and at least one of all.
    pub(crate) fn choose(
        &self,
        deal: &Deal,
        first: u64,
        mut rows: impl Iterator<Item = u32> + Clone,
    ) -> Vec<u32> {
        let is_in = |row: &u32| deal.samples(first + u64::from(*row), self.share);
        let room = self.most.saturating_sub(self.rows());
        let mut chosen: Vec<u32> = rows.clone().filter(is_in).take(room).collect();
        if chosen.is_empty() && self.rows() == 0 {
            chosen.extend(rows.next());
        }
        chosen
    }

    fn push(&mut self, part: Part) {
        match &mut self.part {
            Some(held) => held.append(part, self.preprocessing),
            None => self.part = Some(part),
        }
    }

    pub(crate) fn finish(self) -> Option<Part> {
        self.part.filter(|part| part.rows() > 0)
    }
}

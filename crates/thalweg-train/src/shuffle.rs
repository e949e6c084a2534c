//! A buffer of rows from which batches are drawn: the order of the rows of a file that is too large to be held.
//!
//! A batch is a draw of so many different rows of the buffer; the rows that the file has next take their places. What is
//! drawn is a function of the seed, the epoch and the file, whatever the threads do.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use thalweg_core::network::Examples;
use thalweg_core::rng::{Purpose, stream};
use thalweg_data::DataError;

use crate::part::Part;
use crate::streamed::{Portion, Streamed, Supply};

/// The rows at hand and where the next ones come from.
pub(crate) struct Shuffle {
    supply: Supply,
    /// Rows in the buffer, at most.
    most: usize,
    /// As many places as the epoch had rows for; none before the first epoch.
    buffer: Option<Part>,
    /// The places of the rows that have not been in a batch, behind those of the batch at hand.
    places: Vec<u32>,
    batch: usize,
    rng: ChaCha8Rng,
    portion: Option<(Part, usize)>,
    has_ended: bool,
}

impl Shuffle {
    pub(crate) fn new(streamed: &Streamed) -> Shuffle {
        Shuffle {
            supply: streamed.supply(),
            most: streamed.buffer_rows,
            buffer: None,
            places: Vec::new(),
            batch: 0,
            rng: stream(0, Purpose::Shuffle, 0, 0),
            portion: None,
            has_ended: false,
        }
    }

    /// The rows of the buffer; a batch is some of them.
    pub(crate) fn examples(&self) -> Option<Examples<'_, f32>> {
        self.buffer.as_ref().map(Part::examples)
    }

    /// Fills the buffer with the first rows of an epoch.
    pub(crate) fn begin(&mut self, seed: u64, epoch: u64) -> Result<(), DataError> {
        self.rng = stream(seed, Purpose::Shuffle, 0, epoch);
        self.places.clear();
        (self.batch, self.has_ended) = (0, false);
        while self.places.len() < self.most && self.put_next(self.places.len())? {
            self.places.push(self.places.len() as u32);
        }
        Ok(())
    }

    /// Draws the next batch; it is empty when the epoch is over.
    pub(crate) fn next(&mut self, size: usize, batch: &mut Vec<u32>) -> Result<(), DataError> {
        for at in (0..self.batch).rev() {
            if !self.put_next(self.places[at] as usize)? {
                self.places.swap_remove(at);
            }
        }
        self.batch = size.min(self.places.len());
        for at in 0..self.batch {
            let left = (self.places.len() - at) as u64;
            // The high half of a 64-bit product is uniform but for a bias below 2⁻³² · `left`.
            let pick = (u64::from(self.rng.next_u32()) * left) >> 32;
            self.places.swap(at, at + pick as usize);
        }
        batch.clear();
        batch.extend_from_slice(&self.places[..self.batch]);
        Ok(())
    }

    /// Puts the file's next row into a place of the buffer; false if the epoch has no more.
    fn put_next(&mut self, place: usize) -> Result<bool, DataError> {
        loop {
            if let Some((part, row)) = &mut self.portion {
                if *row < part.rows() {
                    let most = self.most;
                    let buffer = self.buffer.get_or_insert_with(|| part.room_for(most));
                    buffer.put(place, part, *row);
                    *row += 1;
                    return Ok(true);
                }
                self.portion = None;
            }
            if self.has_ended {
                return Ok(false);
            }
            match self.supply.next()? {
                Portion::Rows(part) => self.portion = Some((part, 0)),
                Portion::End => self.has_ended = true,
            }
        }
    }
}

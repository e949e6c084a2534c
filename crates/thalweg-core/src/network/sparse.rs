//! The first layer where most features are 0, as they are with categories, words and pixels: its products with those
//! that are not.
//!
//! A product of a finite number with 0 changes no sum, so what is left of each chain of the [`kernel`](super::kernel) gives the same
//! number. It is the same chain: nonzeros of a row follow each other as its features do, and rows as they do in a batch.
//!
//! ```text
//! zᵣ ← xᵣₖ Wᵀₖ + zᵣ      for the k of row r, a row of Wᵀ at a time
//! Gᵀₖ ← xᵣₖ δᵀᵣ + Gᵀₖ    for r = 0, 1, 2, … and the k of each
//! ```
//!
//! Here, units lie side by side in vectors, not examples, whose nonzeros are in different places. Weights and deltas
//! are turned for that, and results are turned back. Where a batch has less than one nonzero for each feature that would
//! take longer than the products: then they are taken a unit at a time, from the weights as they lie.

mod compress;
mod kernel;
mod thin;

pub(super) use kernel::{SparseGradient, SparseProduct, SparseShare};
pub(super) use thin::{ThinGradient, ThinProduct};

use std::hint::black_box;

use super::Network;
use super::features::{Features, Row, Sparsity, sparsity};
use super::lines::{LINE, Lines};
use super::panels::{GROUP, LANES};
use super::rows::Rows;
use super::turn::turn;
use crate::Real;
use crate::team::Team;
use compress::compress;

/// Rows that are read ahead.
const AHEAD: usize = 4;
/// Weights that are turned at a time.
const TURNED: usize = 1 << 14;

/// The nonzeros of a tile's rows, in segments of some features whose weights stay in a near cache for all rows.
#[derive(Default)]
pub(super) struct Nonzeros<T> {
    rows: usize,
    segments: usize,
    /// [`Sparsity::is_thin`].
    pub(super) is_thin: bool,
    /// Where each row begins and the last one ends, segment after segment.
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<T>,
}

/// The parameters that a network goes forward with.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a, T> {
    pub(super) parameters: &'a [T],
    /// Those of the first layer, if its input is sparse.
    pub(super) turned: Option<&'a Turned<T>>,
}

/// The first layer's weights, inputs × outputs, with rows of whole vectors.
pub(super) struct Turned<T> {
    data: Lines<T>,
    /// Whether it is used.
    is_on: bool,
    /// That of the rows that it is multiplied with.
    sparsity: Sparsity,
    /// Inputs and outputs.
    shape: (usize, usize),
}

impl<T: Real> Nonzeros<T> {
    /// Takes those of some rows of `width` features, in segments.
    pub(super) fn load<'f>(
        &mut self,
        (rows, width): (usize, usize),
        sparsity: Sparsity,
        row: impl Fn(usize) -> Row<'f, T>,
    ) {
        let segment = sparsity.segment;
        self.rows = rows;
        self.is_thin = sparsity.is_thin;
        self.segments = width.div_ceil(segment);
        // Rows are read from one end to the other, so each segment has a room of its own, and for a vector behind it.
        let room = LANES * segment + GROUP;
        if self.segments > 1 || matches!(row(0), Row::Dense(_)) {
            self.make_room(self.segments * room);
        }
        self.starts.clear();
        self.starts.resize(self.segments * (rows + 1), 0);
        for index in 0..rows {
            if index % AHEAD == 0 {
                touch((index + AHEAD..rows.min(index + 2 * AHEAD)).map(&row));
            }
            let row = row(index);
            let mut rest = 0;
            for at in 0..self.segments {
                let (first, end) = (at * segment, width.min((at + 1) * segment));
                let place = at * (rows + 1) + index;
                let start = if index == 0 {
                    at * room
                } else {
                    self.starts[place]
                };
                let count = match row {
                    Row::Dense(features) => {
                        let (columns, values) =
                            (&mut self.columns[start..], &mut self.values[start..]);
                        compress(&features[first..end], first as u32, columns, values)
                    }
                    Row::Sparse(columns, values) => {
                        let (columns, values) = (&columns[rest..], &values[rest..]);
                        let count = if end == width {
                            columns.len()
                        } else {
                            columns.partition_point(|&column| (column as usize) < end)
                        };
                        self.make_room(start + count);
                        self.columns[start..][..count].copy_from_slice(&columns[..count]);
                        self.values[start..][..count].copy_from_slice(&values[..count]);
                        rest += count;
                        count
                    }
                };
                self.starts[place] = start;
                self.starts[place + 1] = start + count;
            }
        }
    }

    /// Makes room for so many nonzeros, and for a vector behind them.
    fn make_room(&mut self, count: usize) {
        if self.values.len() < count + GROUP {
            self.columns.resize(count + GROUP, 0);
            self.values.resize(count + GROUP, T::ZERO);
        }
    }

    /// The columns and values of a row in a segment.
    #[inline(always)]
    fn part(&self, segment: usize, row: usize) -> (&[u32], &[T]) {
        let at = segment * (self.rows + 1) + row;
        let range = self.starts[at]..self.starts[at + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// Σ x² of each row, in the order of its features.
    pub(super) fn squares(&self) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for segment in 0..self.segments {
            for (row, sum) in sums[..self.rows].iter_mut().enumerate() {
                for x in self.part(segment, row).1 {
                    *sum += x.to_f64() * x.to_f64();
                }
            }
        }
        sums
    }

    /// Z = W X + b, outputs × lanes, for W and b of these shapes. `sums` is a place for rows × outputs.
    pub(super) fn product(
        &self,
        (weights, bias): (&[T], &[T]),
        turned: &Turned<T>,
        sums: &mut Lines<T>,
        z: &mut [T],
        lanes: usize,
    ) {
        if self.is_thin {
            T::thin_product(ThinProduct {
                nonzeros: self,
                weights,
                bias,
                z,
                lanes,
            });
            return;
        }
        let stride = turned.stride();
        sums.make_room(LANES * stride);
        let sums = &mut sums[..self.rows * stride];
        for row in sums.chunks_mut(stride) {
            row[..bias.len()].copy_from_slice(bias);
        }
        T::sparse_product(SparseProduct {
            nonzeros: self,
            weights: turned,
            z: sums,
        });
        turn(sums, stride, z, lanes, (self.rows, bias.len()));
    }
}

impl<T> Default for Turned<T> {
    fn default() -> Turned<T> {
        Turned {
            data: Lines::default(),
            is_on: false,
            sparsity: Sparsity {
                density: 0.0,
                segment: 1,
                is_thin: false,
            },
            shape: (0, 0),
        }
    }
}

impl<T: Real> Turned<T> {
    /// The same, out of use.
    pub(super) fn off(self) -> Turned<T> {
        Turned {
            is_on: false,
            ..self
        }
    }

    /// These, if they are used.
    pub(super) fn used(&self) -> Option<&Turned<T>> {
        self.is_on.then_some(self)
    }

    /// The parameters with these weights, if they are used.
    pub(super) fn with<'a>(&'a self, parameters: &'a [T]) -> Weights<'a, T> {
        Weights {
            parameters,
            turned: self.used(),
        }
    }

    /// Numbers in a row.
    fn stride(&self) -> usize {
        stride::<T>(self.shape.1)
    }

    /// How sparse the rows are that it is multiplied with.
    pub(super) fn sparsity(&self) -> Sparsity {
        self.sparsity
    }

    /// Takes weights, outputs × inputs, to be multiplied with such rows; nothing where these are thin.
    pub(super) fn fill(
        mut self,
        team: &Team,
        weights: &[T],
        inputs: usize,
        sparsity: Sparsity,
    ) -> Self {
        self.is_on = true;
        self.sparsity = sparsity;
        if sparsity.is_thin {
            return self;
        }
        let outputs = weights.len() / inputs;
        let stride = stride::<T>(outputs);
        self.shape = (inputs, outputs);
        if self.data.len() != inputs * stride {
            self.data = Lines::new(T::ZERO, inputs * stride);
        }
        let columns = (TURNED / outputs).next_multiple_of(GROUP);
        // A number takes as long as some operations: it comes from afar.
        let operations = 8.0 * weights.len() as f64;
        team.each_chunk(
            operations,
            &mut self.data,
            columns * stride,
            |index, part| {
                let (first, count) = (index * columns, part.len() / stride);
                turn(&weights[first..], inputs, part, stride, (outputs, count));
            },
        );
        self
    }
}

/// The first layer's weights of several vectors of parameters, turned for these rows; none if they are not sparse.
pub(super) fn turn_all<T: Real>(
    network: &Network,
    team: &Team,
    features: (Features<'_, T>, usize),
    rows: Rows<'_>,
    vectors: &[&[T]],
) -> Vec<Turned<T>> {
    let Some(sparsity) = sparsity(features, rows) else {
        return Vec::new();
    };
    let turn = |vector: &&[T]| {
        let (weights, _) = network.layout().layer(1, vector);
        Turned::default().fill(team, weights, features.1, sparsity)
    };
    vectors.iter().map(turn).collect()
}

/// Reads a number of each cache line of these rows, without waiting for any of them, so that they are there when their
/// nonzeros are taken. That has to wait for each.
fn touch<'f, T: Real>(rows: impl Iterator<Item = Row<'f, T>>) {
    let (mut sum, mut mix) = (T::ZERO, 0);
    for row in rows {
        let values = match row {
            Row::Dense(features) => features,
            Row::Sparse(columns, values) => {
                for column in columns.iter().step_by(LINE / size_of::<u32>()) {
                    mix ^= column;
                }
                values
            }
        };
        for &x in values.iter().step_by(LINE / size_of::<T>()) {
            sum += x;
        }
    }
    black_box((sum, mix));
}

/// Turns deltas, outputs × lanes of a tile with so many rows, for [`SparseShare`]. There are as many as for [`LANES`].
pub(super) fn turn_delta<T: Real>(
    (delta, lanes): (&[T], usize),
    turned: &mut Lines<T>,
    rows: usize,
) {
    let outputs = delta.len() / LANES;
    turned.make_room(LANES * stride::<T>(outputs));
    turn(delta, lanes, turned, stride::<T>(outputs), (outputs, rows));
}

/// Numbers of so many outputs with those that fill the last vector.
fn padded(outputs: usize) -> usize {
    outputs.next_multiple_of(GROUP)
}

/// Numbers from one row of so many outputs to the next: an odd number of cache lines. With a power of two, all rows would
/// compete for the same few places of the cache.
pub(super) fn stride<T>(outputs: usize) -> usize {
    let line = LINE / size_of::<T>();
    ((padded(outputs) / line) | 1) * line
}

#[cfg(test)]
mod tests;

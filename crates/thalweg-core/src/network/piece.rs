//! A piece of the gradient: some rows of a weight matrix or a bias, summed over all tiles and made ready for a step.

use std::ops::Range;

use super::kernel::{Gradient, Share};
use super::lines::Lines;
use super::panels::{GROUP, Seen};
use super::sparse::{SparseGradient, ThinGradient};
use crate::Real;
use crate::layout::{Cut, Layout, Part};
use crate::objective::Penalties;

/// A cut of the parameters: the unit of work where the gradient is summed.
pub(super) struct Piece {
    pub(super) cut: Cut,
    /// The layer, from 0.
    pub(super) layer: usize,
    pub(super) part: Part,
    /// Rows of all, and numbers in one.
    pub(super) height: usize,
    pub(super) width: usize,
    /// What its weights cost, when last asked.
    pub(super) penalty: f64,
}

/// The pieces of a layout, one for each of its cuts.
pub(super) fn pieces(layout: &Layout, cuts: Vec<Cut>) -> Vec<Piece> {
    let piece = |cut: Cut| {
        let segment = &layout.segments()[cut.segment];
        Piece {
            layer: segment.layer - 1,
            part: segment.part,
            height: segment.shape.0,
            width: segment.shape.1,
            penalty: 0.0,
            cut,
        }
    };
    cuts.into_iter().map(piece).collect()
}

/// Pieces that lie side by side and are summed together.
pub(super) struct Group {
    /// All of them, as one.
    pub(super) whole: Piece,
    /// Which piece of all the first one is.
    pub(super) first: usize,
    pub(super) pieces: Vec<Piece>,
}

/// These pieces, each by itself, but those of the first layer's weights so many rows together, if that is more.
pub(super) fn groups(pieces: impl IntoIterator<Item = Piece>, rows: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, piece) in pieces.into_iter().enumerate() {
        if let Some(Group { whole, pieces, .. }) = groups.last_mut()
            && (piece.layer, piece.part) == (0, Part::Weight)
            && piece.cut.rows.end - whole.cut.rows.start <= rows
        {
            whole.cut.rows.end = piece.cut.rows.end;
            whole.cut.range.end = piece.cut.range.end;
            pieces.push(piece);
            continue;
        }
        groups.push(Group {
            whole: Piece {
                cut: piece.cut.clone(),
                ..piece
            },
            first: index,
            pieces: vec![piece],
        });
    }
    groups
}

/// A place for any of these pieces, in rows or columns of whole vectors.
pub(super) fn wide<'p, T: Real>(pieces: impl Iterator<Item = &'p Piece>) -> Lines<T> {
    let numbers = |piece: &Piece| {
        let rows = piece.cut.rows.len();
        let sparse = if piece.layer == 0 {
            SparseGradient::<T>::room(rows, piece.width)
        } else {
            0
        };
        sparse.max(rows * Seen::<T>::padded(piece.width))
    };
    let most = pieces.map(numbers).max();
    Lines::new(T::ZERO, most.unwrap_or(0))
}

impl Piece {
    /// Its place in the parameter vector.
    pub(super) fn range(&self) -> Range<usize> {
        self.cut.range.clone()
    }

    /// Σ over the rows of these shares of its layer, from 0 to the last, into `g`, or added to what it has. `wide` is the
    /// place that [`wide`] makes.
    pub(super) fn sum<'s, T: Real>(
        &self,
        share: impl Fn(usize) -> Option<Share<'s, T>>,
        wide: &mut [T],
        g: &mut [T],
        adds: bool,
    ) {
        let alone = alone(&share).filter(|_| !adds);
        if self.part == Part::Bias {
            match alone {
                Some(share) => g.copy_from_slice(&share.delta[..g.len()]),
                None => sum_bias(share, g, adds),
            }
            return;
        }
        if let Some(sparse) = share(0).and_then(|first| first.sparse) {
            if sparse.nonzeros.is_thin {
                T::thin_gradient(ThinGradient {
                    first: self.cut.rows.start,
                    inputs: self.width,
                    share: &share,
                    g,
                    adds,
                });
                return;
            }
            let share = |tile: usize| share(tile)?.sparse;
            T::sparse_gradient(SparseGradient {
                first: self.cut.rows.start,
                shape: (self.height, self.width),
                share: &share,
                turned: wide,
                g,
                adds,
            });
            return;
        }
        let gradient = Gradient {
            first: self.cut.rows.start,
            share: &share,
        };
        let padded = Seen::<T>::padded(self.width);
        if padded == self.width {
            T::gradient(gradient, g, padded, adds);
            return;
        }
        if let Some(share) = alone {
            // Nothing to sum, and nothing to win from whole vectors.
            let seen = &share.seen.panel(0, 1)[..self.width];
            let delta = &share.delta[self.cut.rows.clone()];
            for (g, &delta) in g.chunks_mut(self.width).zip(delta) {
                for (g, &seen) in g.iter_mut().zip(seen) {
                    *g = delta * seen;
                }
            }
            return;
        }
        let wide = &mut wide[..self.cut.rows.len() * padded];
        if adds {
            for (wide, g) in wide.chunks_mut(padded).zip(g.chunks(self.width)) {
                wide[..self.width].copy_from_slice(g);
            }
        }
        T::gradient(gradient, wide, padded, adds);
        for (g, wide) in g.chunks_mut(self.width).zip(wide.chunks(padded)) {
            g.copy_from_slice(&wide[..self.width]);
        }
    }

    /// Adds the slope of the penalties at the piece's parameters to its gradient and keeps what they cost.
    pub(super) fn penalize<T: Real>(&mut self, penalties: &Penalties, p: &[T], g: &mut [T]) {
        self.penalty = if self.part == Part::Weight {
            penalties.add(p, g)
        } else {
            0.0
        };
    }
}

/// The share of a batch of one row, whose gradient is not a sum.
fn alone<'s, T: Real>(share: &impl Fn(usize) -> Option<Share<'s, T>>) -> Option<Share<'s, T>> {
    share(0).filter(|first| first.rows == 1 && share(1).is_none())
}

/// Σ δ over all rows, as 16 sums of every 16th row, which are then added in halves.
fn sum_bias<'s, T: Real>(share: impl Fn(usize) -> Option<Share<'s, T>>, g: &mut [T], adds: bool) {
    for (unit, g) in g.iter_mut().enumerate() {
        let mut sums = [T::ZERO; GROUP];
        for share in (0..).map_while(&share) {
            let delta = &share.delta[unit * share.lanes..][..share.rows];
            let (groups, rest) = delta.as_chunks::<GROUP>();
            for group in groups {
                for (sum, &delta) in sums.iter_mut().zip(group) {
                    *sum += delta;
                }
            }
            for (sum, &delta) in sums.iter_mut().zip(rest) {
                *sum += delta;
            }
        }
        let mut half = GROUP / 2;
        while half > 0 {
            for index in 0..half {
                let other = sums[index + half];
                sums[index] += other;
            }
            half /= 2;
        }
        *g = if adds { *g + sums[0] } else { sums[0] };
    }
}

/// The masks of DropConnect, as factors of the parameters, and the parameters under them.
#[derive(Default)]
pub(super) struct Masks<T> {
    /// Whether there are any in this step.
    pub(super) on: bool,
    pub(super) factors: Vec<T>,
    pub(super) weights: Vec<T>,
}

impl<T: Real> Masks<T> {
    /// The weights to be used.
    pub(super) fn weights<'a>(&'a self, parameters: &'a [T]) -> &'a [T] {
        if self.on { &self.weights } else { parameters }
    }

    /// Leaves of a gradient what the masks let through.
    pub(super) fn apply(&self, range: Range<usize>, g: &mut [T]) {
        if self.on {
            for (g, &m) in g.iter_mut().zip(&self.factors[range]) {
                *g *= m;
            }
        }
    }
}

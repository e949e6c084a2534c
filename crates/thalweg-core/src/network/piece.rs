//! A piece of the gradient: some rows of a weight matrix or a bias, summed over all tiles and made ready for a step.

use std::ops::Range;

use super::kernel::{Gradient, Share};
use super::lines::Lines;
use super::panels::{GROUP, Seen};
use crate::Real;
use crate::layout::{Cut, Layout, Part};
use crate::objective::Penalties;

/// A cut of the parameters: the unit of work where the gradient is summed.
pub(super) struct Piece {
    pub(super) cut: Cut,
    /// The layer, from 0.
    pub(super) layer: usize,
    pub(super) part: Part,
    /// Numbers in a row.
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
            width: segment.shape.1,
            penalty: 0.0,
            cut,
        }
    };
    cuts.into_iter().map(piece).collect()
}

/// A place for any of these pieces, in rows of whole vectors.
pub(super) fn wide<T: Real>(pieces: &[Piece]) -> Lines<T> {
    let numbers = |piece: &Piece| piece.cut.rows.len() * Seen::<T>::padded(piece.width);
    let most = pieces.iter().map(numbers).max();
    Lines::new(T::ZERO, most.unwrap_or(0))
}

impl Piece {
    /// Its place in the parameter vector.
    pub(super) fn range(&self) -> Range<usize> {
        self.cut.range.clone()
    }

    /// Σ over the rows of these shares of its layer, from 0 to the last, into `g`, or added to what it has. `wide` is a
    /// place for rows of whole vectors.
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

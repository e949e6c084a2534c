//! The two products of a step, for tiles: examples side by side in vectors, or the features of one example.
//!
//! Every element of a result is one chain of fused products, in the order of the sum's index:
//!
//! ```text
//! cᵢⱼ ← fma(aᵢₖ, bₖⱼ, cᵢⱼ)   for k = 0, 1, 2, …
//! ```
//!
//! However a result is cut into tiles, blocks and vectors, and whichever thread has which, its bits are those of this
//! chain; they are the same on every processor too.
//!
//! A block of sums stays in registers while some terms are added to it, so few of them that the rows of B that they
//! need stay in the nearest cache for all blocks; then come the next terms, from where the sums were left.
//!
//! A term of a block is so short that it must not do anything besides: a check of bounds or an address that is computed
//! anew takes some percent of all time.

use std::hint::black_box;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::panels::Seen;
use super::sparse::SparseShare;
use super::strided::Strided;
use crate::Real;
use crate::vector::{Vector, run_in_vectors};

/// How the left factor is read: aᵢₖ at `i · stride + k`, or at `k · stride + i`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left<'a, T> {
    Rows(&'a [T], usize),
    Columns(&'a [T], usize),
}

impl<T> Left<'_, T> {
    /// Terms that are added at a time: with 64 lanes, 32 KB of B. Fewer down the columns of a large A, where each term
    /// is on another page.
    fn depth(&self) -> usize {
        match self {
            Left::Rows(..) => 512 / size_of::<T>(),
            Left::Columns(..) => 64,
        }
    }
}

/// What sums begin with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<'a, T> {
    Zero,
    /// A number for each row.
    Rows(&'a [T]),
    /// What C has.
    Here,
}

/// C = A B with C of m × lanes, A of m × k and B of k × lanes, k > 0.
pub struct Product<'a, T> {
    pub(crate) c: &'a mut [T],
    pub(crate) a: Left<'a, T>,
    pub(crate) b: &'a [T],
    pub(crate) start: Start<'a, T>,
    /// m, lanes, k.
    pub(crate) shape: (usize, usize, usize),
}

impl<T: Real> Product<'_, T> {
    pub(super) fn compute_on(self, arch: Arch) {
        run_in_vectors::<T, _>(arch, self.shape.1, self);
    }
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ((m, lanes, k), depth) = (self.shape, self.a.depth());
        let mut terms = Terms {
            product: self,
            range: 0..0,
        };
        for first in (0..k).step_by(depth) {
            terms.range = first..k.min(first + depth);
            cover(simd, (m, lanes / T::lanes::<S>()), &mut terms);
        }
    }
}

/// Some terms of the sums of a product.
struct Terms<'a, T> {
    product: Product<'a, T>,
    range: Range<usize>,
}

impl<T: Real> Blocks for Terms<'_, T> {
    #[inline(always)]
    fn block<S: Simd, const MR: usize, const NV: usize>(&mut self, simd: S, i: usize, j: usize) {
        let (first, count) = (self.range.start, self.range.len());
        let Product { a, b, start, .. } = self.product;
        let stride = self.product.shape.1 / T::lanes::<S>();
        let c = T::vectors_mut::<S>(self.product.c);
        let zero = [[T::splat(simd, T::ZERO); NV]; MR];
        let sums: [[T::Of<S>; NV]; MR] = match start {
            Start::Zero if first == 0 => zero,
            Start::Rows(start) if first == 0 => {
                let mut sums = zero;
                for (sums, &start) in sums.iter_mut().zip(&start[i..][..MR]) {
                    *sums = [T::splat(simd, start); NV];
                }
                sums
            }
            _ => read(c, (i, j), stride),
        };
        let b = &T::vectors::<S>(b)[first * stride + j..];
        let sums = match a {
            Left::Rows(a, width) => {
                let rows = rows::<T, MR>(&a[i * width + first..], width, count);
                accumulate(simd, sums, count, |k| column(&rows, k), b, stride)
            }
            Left::Columns(a, width) => {
                let columns = Strided::new(&a[first * width + i..], width, count);
                accumulate(simd, sums, count, |k| *columns.get(k), b, stride)
            }
        };
        write(c, (i, j), stride, &sums);
    }
}

/// What one tile brings to the gradient of a layer: its deltas, outputs × lanes, and what the layer has seen.
pub(super) struct Share<'a, T> {
    pub(super) rows: usize,
    pub(super) lanes: usize,
    pub(super) delta: &'a [T],
    pub(super) seen: &'a Seen<T>,
    /// What the first layer has seen instead, where most of it is 0.
    pub(super) sparse: Option<SparseShare<'a, T>>,
}

/// Rows `first..` of G = δᵀ A, a sum over the rows of all tiles in order; G's rows have a whole number of vectors.
pub struct Gradient<'a, 's, T> {
    pub(super) first: usize,
    /// The tiles' shares, from 0, one at least; none after the last.
    pub(super) share: &'a dyn Fn(usize) -> Option<Share<'s, T>>,
}

impl<T: Real> Gradient<'_, '_, T> {
    pub(super) fn compute_on(self, arch: Arch, g: &mut [T], width: usize, adds: bool) {
        let panels = Panels {
            g,
            width,
            adds,
            gradient: self,
        };
        run_in_vectors::<T, _>(arch, width, panels);
    }
}

/// A gradient on its way.
struct Panels<'a, 's, 'g, T> {
    g: &'g mut [T],
    width: usize,
    adds: bool,
    gradient: Gradient<'a, 's, T>,
}

impl<T: Real> WithSimd for Panels<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let m = self.g.len() / self.width;
        for panel in 0..Seen::<T>::panels(self.width) {
            let columns = Seen::<T>::panel_width(self.width, panel);
            let mut tiles = 0;
            while let Some(share) = (self.gradient.share)(tiles) {
                let mut part = Panel {
                    g: self.g,
                    width: self.width,
                    adds: self.adds || tiles > 0,
                    first: self.gradient.first,
                    index: panel,
                    share,
                };
                cover(simd, (m, columns / T::lanes::<S>()), &mut part);
                tiles += 1;
            }
        }
    }
}

/// What one tile brings to a panel of columns.
struct Panel<'a, 's, T> {
    g: &'a mut [T],
    width: usize,
    adds: bool,
    first: usize,
    index: usize,
    share: Share<'s, T>,
}

impl<T: Real> Blocks for Panel<'_, '_, T> {
    #[inline(always)]
    fn block<S: Simd, const MR: usize, const NV: usize>(&mut self, simd: S, i: usize, j: usize) {
        let Share { rows, lanes, .. } = self.share;
        let stride = Seen::<T>::panel_width(self.width, self.index) / T::lanes::<S>();
        let row = self.width / T::lanes::<S>();
        let at = Seen::<T>::panel_start(self.index) / T::lanes::<S>() + j;
        let g = T::vectors_mut::<S>(self.g);
        let sums: [[T::Of<S>; NV]; MR] = if self.adds {
            read(g, (i, at), row)
        } else {
            [[T::splat(simd, T::ZERO); NV]; MR]
        };
        let first = self.first + i;
        let delta = self::rows::<T, MR>(&self.share.delta[first * lanes..], lanes, rows);
        let b = &T::vectors::<S>(self.share.seen.panel(self.index, lanes))[j..];
        let sums = accumulate(simd, sums, rows, |k| column(&delta, k), b, stride);
        write(g, (i, at), row, &sums);
    }
}

/// Something that is computed in blocks of MR rows and NV vectors.
trait Blocks {
    fn block<S: Simd, const MR: usize, const NV: usize>(&mut self, simd: S, i: usize, j: usize);
}

/// Reads a block whose first vector is in row i and column j; rows have `stride` vectors.
#[inline(always)]
fn read<V: Copy, const MR: usize, const NV: usize>(
    c: &[V],
    (i, j): (usize, usize),
    stride: usize,
) -> [[V; NV]; MR] {
    // Not `array::from_fn`, here and below: what it is given is not inlined everywhere, and then blocks go through memory.
    let mut block = [[c[i * stride + j]; NV]; MR];
    for (r, row) in block.iter_mut().enumerate() {
        row.copy_from_slice(&c[(i + r) * stride + j..][..NV]);
    }
    block
}

/// Writes a block back.
#[inline(always)]
fn write<V: Copy, const MR: usize, const NV: usize>(
    c: &mut [V],
    (i, j): (usize, usize),
    stride: usize,
    block: &[[V; NV]; MR],
) {
    for (r, row) in block.iter().enumerate() {
        c[(i + r) * stride + j..][..NV].copy_from_slice(row);
    }
}

/// Cuts m × n vectors into blocks that keep the multipliers busy: 8 to 24 sums, 12 where there are but 16 registers, 8
/// where vectors are single numbers.
#[inline(always)]
fn cover<S: Simd>(simd: S, (m, n): (usize, usize), blocks: &mut impl Blocks) {
    let most = const {
        match (
            size_of::<S::f32s>() > size_of::<f32>(),
            S::REGISTER_COUNT >= 32,
        ) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 4,
        }
    };
    let mut j = 0;
    while j < n {
        let taken = (n - j).min(most);
        if taken == 1 {
            columns::<S, 8, 1>(simd, m, j, blocks);
        } else if const { S::REGISTER_COUNT < 32 } {
            columns::<S, 6, 2>(simd, m, j, blocks);
        } else {
            match taken {
                2 => columns::<S, 8, 2>(simd, m, j, blocks),
                3 => columns::<S, 6, 3>(simd, m, j, blocks),
                _ => columns::<S, 6, 4>(simd, m, j, blocks),
            }
        }
        j += taken;
    }
}

/// All rows of NV columns of vectors.
#[inline(always)]
fn columns<S: Simd, const MR: usize, const NV: usize>(
    simd: S,
    m: usize,
    j: usize,
    blocks: &mut impl Blocks,
) {
    let mut i = 0;
    while m - i >= MR {
        blocks.block::<S, MR, NV>(simd, i, j);
        i += MR;
    }
    if MR > 4 && m - i >= 4 {
        blocks.block::<S, 4, NV>(simd, i, j);
        i += 4;
    }
    if m - i >= 2 {
        blocks.block::<S, 2, NV>(simd, i, j);
        i += 2;
    }
    if m - i >= 1 {
        blocks.block::<S, 1, NV>(simd, i, j);
    }
}

/// The first `count` numbers of MR rows of a matrix with this stride.
#[inline(always)]
fn rows<T, const MR: usize>(a: &[T], stride: usize, count: usize) -> [&[T]; MR] {
    let mut rows = [&a[..0]; MR];
    for (r, row) in rows.iter_mut().enumerate() {
        *row = &a[r * stride..][..count];
    }
    // Who knows that the rows are so far apart computes their places anew for each term.
    let mut rows = black_box(rows);
    for row in &mut rows {
        *row = &row[..count];
    }
    rows
}

/// The k-th number of each row.
#[inline(always)]
fn column<T: Real, const MR: usize>(rows: &[&[T]; MR], k: usize) -> [T; MR] {
    let mut column = [T::ZERO; MR];
    for (number, row) in column.iter_mut().zip(rows) {
        *number = row[k];
    }
    column
}

/// Σₖ a(k)ᵣ bₖᵥ on top of `sums`, for the first `terms` rows of b and the first NV vectors of each.
#[inline(always)]
fn accumulate<T: Real, S: Simd, const MR: usize, const NV: usize>(
    simd: S,
    mut sums: [[T::Of<S>; NV]; MR],
    terms: usize,
    a: impl Fn(usize) -> [T; MR],
    b: &[T::Of<S>],
    stride: usize,
) -> [[T::Of<S>; NV]; MR] {
    let b = Strided::<_, NV>::new(b, stride, terms);
    for k in 0..terms {
        let (a, b) = (a(k), b.get(k));
        for r in 0..MR {
            let a = T::splat(simd, a[r]);
            for v in 0..NV {
                sums[r][v] = <T as Vector>::mul_add(simd, a, b[v], sums[r][v]);
            }
        }
    }
    sums
}

#[cfg(test)]
pub(super) mod tests;

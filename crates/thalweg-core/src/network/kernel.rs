//! The two products of a step, for tiles: examples side by side in vectors, or the features of one example.
//!
//! Every element of a result is one chain of fused products, in the order of the sum's index:
//!
//! ```text
//! cᵢⱼ ← fma(aᵢₖ, bₖⱼ, cᵢⱼ)   for k = 0, 1, 2, …
//! ```
//!
//! However a result is cut into tiles, blocks and vectors, and whichever thread has which, its bits are those of this
//! chain; they are the same on every processor too. See [`Factor`] for what a and b may be.

use std::array::from_fn;

use pulp::{Arch, Simd, WithSimd};

use super::factor::{Factor, Sums};
use super::panels::Seen;
use crate::Real;
use crate::vector::Vector;

/// How the left factor is read: aᵢₖ at `i · stride + k`, or at `k · stride + i`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Left<'a, F> {
    Rows(&'a [F], usize),
    Columns(&'a [F], usize),
}

/// C = A B with C of m × lanes, A of m × k and B of k × lanes; the sums start from `start`, or from 0.
pub(super) struct Product<'a, F: Factor> {
    pub(super) c: &'a mut [F::Sum],
    pub(super) a: Left<'a, F>,
    pub(super) b: &'a [F],
    pub(super) start: Option<&'a [F::Sum]>,
    /// m, lanes, k in factors.
    pub(super) shape: (usize, usize, usize),
}

impl<F: Factor> Product<'_, F> {
    pub(super) fn compute(self) {
        self.compute_on(Arch::new());
    }

    pub(super) fn compute_on(self, arch: Arch) {
        F::dispatch(arch, self.shape.1, self);
    }
}

impl<F: Factor> WithSimd for Product<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (m, lanes, _) = self.shape;
        cover(simd, (m, lanes / F::Sum::lanes::<S>()), &mut self);
    }
}

impl<F: Factor> Blocks for Product<'_, F> {
    #[inline(always)]
    fn block<S: Simd, const MR: usize, const NV: usize>(&mut self, simd: S, i: usize, j: usize) {
        let (_, lanes, k) = self.shape;
        let stride = lanes / F::Sum::lanes::<S>();
        let start = |r: usize| self.start.map_or(F::Sum::ZERO, |start| start[i + r]);
        let sums = from_fn(|r| [<F::Sum as Vector>::splat(simd, start(r)); NV]);
        let b = &F::vectors::<S>(self.b)[j..];
        let sums = match self.a {
            Left::Rows(a, width) => {
                let rows: [&[F]; MR] = from_fn(|r| &a[(i + r) * width..][..k]);
                accumulate::<F, S, MR, NV>(simd, sums, k, |k| from_fn(|r| rows[r][k]), b, stride)
            }
            Left::Columns(a, width) => {
                let a = &a[i..];
                let column = |k: usize| -> [F; MR] {
                    let from = &a[k * width..][..MR];
                    from_fn(|r| from[r])
                };
                accumulate::<F, S, MR, NV>(simd, sums, k, column, b, stride)
            }
        };
        let c = F::Sum::vectors_mut::<S>(self.c);
        for (r, sums) in sums.iter().enumerate() {
            c[(i + r) * stride + j..][..NV].copy_from_slice(sums);
        }
    }
}

/// What one tile brings to the gradient of a layer: its deltas, outputs × rows, and what the layer has seen, both as
/// factors along the rows.
pub(super) struct Share<'a, F> {
    /// Factors that count, of so many for each output.
    pub(super) rows: usize,
    pub(super) lanes: usize,
    pub(super) delta: &'a [F],
    pub(super) seen: &'a Seen<F>,
}

/// Rows `first..` of G = δᵀ A, a sum over the rows of all tiles in order; G's rows have a whole number of vectors.
pub(super) struct Gradient<'a, F: Factor, S> {
    /// What it has counts only if it is to be added to.
    pub(super) g: &'a mut [F::Sum],
    pub(super) width: usize,
    pub(super) adds: bool,
    pub(super) first: usize,
    /// The tiles' shares, from 0; none after the last.
    pub(super) share: S,
    /// The panel of columns that it has come to.
    pub(super) panel: usize,
}

impl<'t, F: Factor, Shares: Fn(usize) -> Option<Share<'t, F>>> Gradient<'_, F, Shares> {
    pub(super) fn compute(self) {
        F::dispatch(Arch::new(), self.width, self);
    }
}

impl<'t, F: Factor, Shares: Fn(usize) -> Option<Share<'t, F>>> WithSimd
    for Gradient<'_, F, Shares>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let m = self.g.len() / self.width;
        for panel in 0..Seen::<F>::panels(self.width) {
            self.panel = panel;
            let columns = Seen::<F>::panel_width(self.width, panel);
            cover(simd, (m, columns / F::Sum::lanes::<S>()), &mut self);
        }
    }
}

impl<'t, F: Factor, Shares: Fn(usize) -> Option<Share<'t, F>>> Blocks for Gradient<'_, F, Shares> {
    #[inline(always)]
    fn block<S: Simd, const MR: usize, const NV: usize>(&mut self, simd: S, i: usize, j: usize) {
        let lanes_of_vector = F::Sum::lanes::<S>();
        let stride = Seen::<F>::panel_width(self.width, self.panel) / lanes_of_vector;
        let row = self.width / lanes_of_vector;
        let at = Seen::<F>::panel_start(self.panel) / lanes_of_vector + j;
        let g = F::Sum::vectors_mut::<S>(self.g);
        let mut sums = [[<F::Sum as Vector>::splat(simd, F::Sum::ZERO); NV]; MR];
        if self.adds {
            for (r, sums) in sums.iter_mut().enumerate() {
                sums.copy_from_slice(&g[(i + r) * row + at..][..NV]);
            }
        }
        let mut index = 0;
        while let Some(share) = (self.share)(index) {
            let (rows, lanes) = (share.rows, share.lanes);
            let delta: [&[F]; MR] =
                from_fn(|r| &share.delta[(self.first + i + r) * lanes..][..rows]);
            let b = &F::vectors::<S>(share.seen.panel(self.panel, lanes))[j..];
            let a = |k: usize| from_fn(|r| delta[r][k]);
            sums = accumulate::<F, S, MR, NV>(simd, sums, rows, a, b, stride);
            index += 1;
        }
        for (r, sums) in sums.iter().enumerate() {
            g[(i + r) * row + at..][..NV].copy_from_slice(sums);
        }
    }
}

/// Something that is computed in blocks of MR rows and NV vectors.
trait Blocks {
    fn block<S: Simd, const MR: usize, const NV: usize>(&mut self, simd: S, i: usize, j: usize);
}

/// Cuts m × n vectors into blocks that keep the multipliers busy: 8 to 24 sums, 12 where there are but 16 registers.
#[inline(always)]
fn cover<S: Simd>(simd: S, (m, n): (usize, usize), blocks: &mut impl Blocks) {
    let many = S::REGISTER_COUNT >= 32;
    let mut j = 0;
    while j < n {
        let taken = (n - j).min(if many { 4 } else { 2 });
        match taken {
            1 => columns::<S, 8, 1>(simd, m, j, blocks),
            2 if many => columns::<S, 8, 2>(simd, m, j, blocks),
            2 => columns::<S, 6, 2>(simd, m, j, blocks),
            3 => columns::<S, 8, 3>(simd, m, j, blocks),
            _ => columns::<S, 4, 4>(simd, m, j, blocks),
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

/// Σₖ a(k)ᵣ bₖᵥ on top of `sums`, for the first NV vectors of each row of b.
#[inline(always)]
fn accumulate<F: Factor, S: Simd, const MR: usize, const NV: usize>(
    simd: S,
    mut sums: [[Sums<F, S>; NV]; MR],
    k: usize,
    a: impl Fn(usize) -> [F; MR],
    b: &[F::Of<S>],
    stride: usize,
) -> [[Sums<F, S>; NV]; MR] {
    for (k, row) in b.chunks(stride).take(k).enumerate() {
        let Some(row) = row.first_chunk::<NV>() else {
            break;
        };
        let a = a(k);
        for r in 0..MR {
            let a = F::splat(simd, a[r]);
            for v in 0..NV {
                sums[r][v] = F::mul_add(simd, a, row[v], sums[r][v]);
            }
        }
    }
    sums
}

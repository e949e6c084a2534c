//! The two products with nonzeros, for every width of vectors.

use pulp::{Arch, Simd, WithSimd};

use super::{GROUP, Nonzeros, Turned, padded, stride};
use crate::Real;
use crate::network::strided::Strided;
use crate::network::turn::turn;
use crate::vector::{Vector, run_in_vectors};

/// Z ← X Wᵀ + Z with Z of rows × outputs, whose rows are padded as those of the weights.
pub struct SparseProduct<'a, T> {
    pub(super) nonzeros: &'a Nonzeros<T>,
    pub(super) weights: &'a Turned<T>,
    pub(super) z: &'a mut [T],
}

impl<T: Real> SparseProduct<'_, T> {
    pub(in crate::network) fn compute_on(self, arch: Arch) {
        run_in_vectors::<T, _>(arch, padded(self.weights.shape.1), self);
    }

    /// NV vectors of each row, with a segment of its nonzeros.
    #[inline(always)]
    fn columns<S: Simd, const NV: usize>(&mut self, simd: S, segment: usize, j: usize) {
        let (inputs, stride) = (
            self.weights.shape.0,
            self.weights.stride() / T::lanes::<S>(),
        );
        let weights = &T::vectors::<S>(&self.weights.data)[j..];
        let weights = Strided::<_, NV>::new(weights, stride, inputs);
        let z = T::vectors_mut::<S>(self.z);
        for (row, z) in z.chunks_exact_mut(stride).enumerate() {
            let (columns, values) = self.nonzeros.part(segment, row);
            let z = &mut z[j..][..NV];
            let mut sums = [z[0]; NV];
            sums.copy_from_slice(z);
            for (&column, &x) in columns.iter().zip(values) {
                let (x, w) = (T::splat(simd, x), weights.get(column as usize));
                for v in 0..NV {
                    sums[v] = <T as Vector>::mul_add(simd, x, w[v], sums[v]);
                }
            }
            z.copy_from_slice(&sums);
        }
    }
}

impl<T: Real> WithSimd for SparseProduct<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let vectors = padded(self.weights.shape.1) / T::lanes::<S>();
        for segment in 0..self.nonzeros.segments {
            let mut j = 0;
            while j < vectors {
                // No more, so that the weights of a segment stay in the nearest cache.
                let taken = (vectors - j).min(4);
                match taken {
                    1 => self.columns::<S, 1>(simd, segment, j),
                    2 => self.columns::<S, 2>(simd, segment, j),
                    3 => self.columns::<S, 3>(simd, segment, j),
                    _ => self.columns::<S, 4>(simd, segment, j),
                }
                j += taken;
            }
        }
    }
}

/// What one tile brings to the gradient of the first layer: its deltas, rows × outputs, whose rows are [`stride`] apart,
/// and what is not 0 of its features.
#[derive(Clone, Copy)]
pub(in crate::network) struct SparseShare<'a, T> {
    pub(in crate::network) delta: &'a [T],
    pub(in crate::network) nonzeros: &'a Nonzeros<T>,
}

/// Some rows of G = δᵀ X, from this one on, a sum over the rows of all tiles in order.
pub struct SparseGradient<'a, 's, T> {
    pub(in crate::network) first: usize,
    /// Of all: outputs and inputs.
    pub(in crate::network) shape: (usize, usize),
    /// The tiles' shares, from 0, one at least; none after the last.
    pub(in crate::network) share: &'a dyn Fn(usize) -> Option<SparseShare<'s, T>>,
    /// These rows of G.
    pub(in crate::network) g: &'a mut [T],
    /// A place for them, turned; see [`SparseGradient::room`].
    pub(in crate::network) turned: &'a mut [T],
    /// Whether what `g` has is to be added to.
    pub(in crate::network) adds: bool,
}

impl<T: Real> SparseGradient<'_, '_, T> {
    /// The place that so many rows of G need.
    pub(in crate::network) fn room(rows: usize, inputs: usize) -> usize {
        rows.next_multiple_of(GROUP) * inputs
    }

    pub(in crate::network) fn compute_on(self, arch: Arch) {
        // The first unit, too, has to be where a vector begins.
        let width = self.units() | self.first;
        run_in_vectors::<T, _>(arch, width, self);
    }

    /// Its rows, with those that fill the last vector. Pieces begin at multiples of eight rows.
    fn units(&self) -> usize {
        let rows = self.g.len() / self.shape.1;
        let whole = if self.first.is_multiple_of(GROUP) {
            GROUP
        } else {
            8
        };
        rows.next_multiple_of(whole)
    }

    /// NV vectors of units, from the j-th on.
    #[inline(always)]
    fn columns<S: Simd, const NV: usize>(&mut self, simd: S, j: usize) {
        let (lanes, (outputs, inputs)) = (T::lanes::<S>(), self.shape);
        let stride = stride::<T>(outputs) / lanes;
        let first = self.first / lanes + j;
        let units = (self.g.len() / inputs - j * lanes).min(NV * lanes);
        let g = &mut self.g[j * lanes * inputs..];
        let turned = &mut self.turned[..NV * lanes * inputs];
        if self.adds {
            turn(g, inputs, turned, NV * lanes, (units, inputs));
        } else {
            turned.fill(T::ZERO);
        }
        let sums = T::vectors_mut::<S>(turned).as_chunks_mut::<NV>().0;
        let mut segment = 0;
        // All tiles have as many segments.
        while segment == 0 || (self.share)(0).is_some_and(|it| segment < it.nonzeros.segments) {
            for share in (0..).map_while(self.share) {
                let delta = T::vectors::<S>(share.delta);
                for row in 0..share.nonzeros.rows {
                    let (columns, values) = share.nonzeros.part(segment, row);
                    let here = &delta[row * stride + first..][..NV];
                    let mut delta = [here[0]; NV];
                    delta.copy_from_slice(here);
                    for (&column, &x) in columns.iter().zip(values) {
                        let (x, sums) = (T::splat(simd, x), &mut sums[column as usize]);
                        for v in 0..NV {
                            sums[v] = <T as Vector>::mul_add(simd, x, delta[v], sums[v]);
                        }
                    }
                }
            }
            segment += 1;
        }
        turn(turned, NV * lanes, g, inputs, (inputs, units));
    }
}

impl<T: Real> WithSimd for SparseGradient<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let rows = self.g.len() / self.shape.1;
        let vectors = self.units() / T::lanes::<S>();
        let mut j = 0;
        while j * T::lanes::<S>() < rows {
            let taken = (vectors - j).min(4);
            match taken {
                1 => self.columns::<S, 1>(simd, j),
                2 => self.columns::<S, 2>(simd, j),
                3 => self.columns::<S, 3>(simd, j),
                _ => self.columns::<S, 4>(simd, j),
            }
            j += taken;
        }
    }
}

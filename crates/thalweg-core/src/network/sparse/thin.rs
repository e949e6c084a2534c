//! The two products with nonzeros that are few for the number of features: a unit at a time, a number at a time.

use pulp::{Arch, Simd, WithSimd};

use super::Nonzeros;
use crate::Real;
use crate::network::kernel::Share;
use crate::vector::run;

/// Z = W X + b, outputs × lanes.
pub struct ThinProduct<'a, T> {
    pub(super) nonzeros: &'a Nonzeros<T>,
    /// W, outputs × inputs.
    pub(super) weights: &'a [T],
    pub(super) bias: &'a [T],
    pub(super) z: &'a mut [T],
    pub(super) lanes: usize,
}

impl<T: Real> ThinProduct<'_, T> {
    pub(in crate::network) fn compute_on(self, arch: Arch) {
        run(arch, self);
    }
}

/// Compiled for the machine's instructions: a fused product is one of them.
impl<T: Real> WithSimd for ThinProduct<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let inputs = self.weights.len() / self.bias.len();
        let units = self.weights.chunks(inputs).zip(self.bias);
        for ((weights, &bias), z) in units.zip(self.z.chunks_mut(self.lanes)) {
            for (row, z) in z[..self.nonzeros.rows].iter_mut().enumerate() {
                let (columns, values) = self.nonzeros.part(0, row);
                let mut sum = bias;
                for (&column, &x) in columns.iter().zip(values) {
                    sum = x.mul_add(weights[column as usize], sum);
                }
                *z = sum;
            }
        }
    }
}

/// Rows of G = δᵀ X from `first` on, a sum over the rows of all tiles in order.
pub struct ThinGradient<'a, 's, T> {
    pub(in crate::network) first: usize,
    pub(in crate::network) inputs: usize,
    /// The tiles' shares, from 0; none after the last.
    pub(in crate::network) share: &'a dyn Fn(usize) -> Option<Share<'s, T>>,
    /// These rows of G.
    pub(in crate::network) g: &'a mut [T],
    /// Whether what `g` has is to be added to.
    pub(in crate::network) adds: bool,
}

impl<T: Real> ThinGradient<'_, '_, T> {
    pub(in crate::network) fn compute_on(self, arch: Arch) {
        run(arch, self);
    }
}

impl<T: Real> WithSimd for ThinGradient<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (unit, g) in self.g.chunks_mut(self.inputs).enumerate() {
            if !self.adds {
                g.fill(T::ZERO);
            }
            for share in (0..).map_while(self.share) {
                let delta = &share.delta[(self.first + unit) * share.lanes..][..share.rows];
                let Some(sparse) = share.sparse else {
                    continue;
                };
                for (row, &delta) in delta.iter().enumerate() {
                    let (columns, values) = sparse.nonzeros.part(0, row);
                    for (&column, &x) in columns.iter().zip(values) {
                        let g = &mut g[column as usize];
                        *g = x.mul_add(delta, *g);
                    }
                }
            }
        }
    }
}

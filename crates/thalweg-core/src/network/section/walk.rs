//! The sums of the second layer on a line, point after point: the kernel of what [`line`](super::line) tells.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::line::{Line, Trail};
use crate::Real;
use crate::vector::{Vector, run_in_vectors};

/// The sums of the second layer at some points, which follow those of the last time.
pub struct Walk<'a, T> {
    pub(super) line: &'a Line<T>,
    pub(super) trail: &'a mut Trail<T>,
    pub(super) rows: usize,
    pub(super) units: usize,
    pub(super) points: Range<usize>,
}

impl<T: Real> Walk<'_, T> {
    pub(in super::super) fn compute_on(self, arch: Arch) {
        run_in_vectors::<T, _>(arch, self.line.second[0].bias.len(), self);
    }

    /// NV vectors of the sums of all rows, from one on.
    #[inline(always)]
    fn block<S: Simd, const NV: usize>(&mut self, simd: S, j: usize) {
        let Walk {
            line, rows, units, ..
        } = *self;
        let stride = line.second[0].bias.len() / T::lanes::<S>();
        let p = T::vectors::<S>(&line.second[0].weight);
        let q = T::vectors::<S>(&line.second[1].weight);
        let Trail {
            events,
            starts,
            polynomials,
            sums,
            ..
        } = &mut *self.trail;
        let (polynomials, sums) = (T::vectors_mut::<S>(polynomials), T::vectors_mut::<S>(sums));
        for row in 0..rows {
            let events = &events[2 * units * row..][..2 * units];
            let starts = &starts[(line.taus.len() + 1) * row..][..=line.taus.len()];
            let mut c = [[T::splat(simd, T::ZERO); NV]; 3];
            for (i, c) in c.iter_mut().enumerate() {
                c.copy_from_slice(&polynomials[(3 * row + i) * stride + j..][..NV]);
            }
            for (at, point) in self.points.clone().enumerate() {
                for event in &events[starts[point]..starts[point + 1]] {
                    let first = event.unit as usize * stride + j;
                    let (p, q) = (&p[first..][..NV], &q[first..][..NV]);
                    let (m, d) = (T::splat(simd, event.middle), T::splat(simd, event.gain));
                    for v in 0..NV {
                        c[0][v] = <T as Vector>::mul_add(simd, m, p[v], c[0][v]);
                        c[1][v] = <T as Vector>::mul_add(simd, m, q[v], c[1][v]);
                        c[1][v] = <T as Vector>::mul_add(simd, d, p[v], c[1][v]);
                        c[2][v] = <T as Vector>::mul_add(simd, d, q[v], c[2][v]);
                    }
                }
                let tau = T::splat(simd, line.taus[point]);
                let sums = &mut sums[(at * rows + row) * stride + j..][..NV];
                for v in 0..NV {
                    let slope = <T as Vector>::mul_add(simd, tau, c[2][v], c[1][v]);
                    sums[v] = <T as Vector>::mul_add(simd, tau, slope, c[0][v]);
                }
            }
            for (i, c) in c.iter().enumerate() {
                polynomials[(3 * row + i) * stride + j..][..NV].copy_from_slice(c);
            }
        }
    }
}

impl<T: Real> WithSimd for Walk<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (n, mut j) = (self.line.second[0].bias.len() / T::lanes::<S>(), 0);
        while n - j >= 4 {
            self.block::<S, 4>(simd, j);
            j += 4;
        }
        while n - j >= 1 {
            self.block::<S, 1>(simd, j);
            j += 1;
        }
    }
}

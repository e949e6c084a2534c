//! The Hessian of a loss with respect to the outputs: its products with vectors, and its root, for rows side by side.
//!
//! A loss's author writes them for one row, in [`RowLoss`]; nothing here belongs to one loss.

use super::{RowLoss, Targets};
use crate::Real;

/// One precision of a loss's second derivatives. Numbers lie as outputs × `lanes`, a lane for each row; the factor of a
/// row is what its Hessian is multiplied by, and 0 goes into the lanes beyond those of the rows.
pub trait Curved<T: Real> {
    /// See [`RowLoss::curvature`]; the outputs `z` of a row for each of the targets.
    fn curvatures(&self, z: &mut [T], lanes: usize, targets: Targets<'_, T>);
    /// r ← factor · H r for each row; see [`RowLoss::hessian_product`].
    fn hessian_products(&self, curvatures: &[T], r: &mut [T], lanes: usize, factors: &[T]);
    /// Column `c` of √factor · S for each row; see [`RowLoss::hessian_root`].
    fn hessian_roots(&self, curvatures: &[T], c: usize, s: &mut [T], lanes: usize, factors: &[T]);
}

impl<T: Real, L: RowLoss> Curved<T> for L {
    fn curvatures(&self, z: &mut [T], lanes: usize, targets: Targets<'_, T>) {
        let mut row = vec![T::ZERO; z.len() / lanes];
        for lane in 0..targets.len() {
            take_lane(z, lanes, lane, &mut row);
            self.curvature(&mut row, targets.row(lane));
            put_lane(&row, z, lanes, lane);
        }
    }

    fn hessian_products(&self, curvatures: &[T], r: &mut [T], lanes: usize, factors: &[T]) {
        let outputs = r.len() / lanes;
        let (mut curvature, mut row) = (vec![T::ZERO; outputs], vec![T::ZERO; outputs]);
        for lane in 0..lanes {
            row.fill(T::ZERO);
            if let Some(&factor) = factors.get(lane) {
                take_lane(curvatures, lanes, lane, &mut curvature);
                take_lane(r, lanes, lane, &mut row);
                self.hessian_product(&curvature, &mut row);
                for r in &mut row {
                    *r *= factor;
                }
            }
            put_lane(&row, r, lanes, lane);
        }
    }

    fn hessian_roots(&self, curvatures: &[T], c: usize, s: &mut [T], lanes: usize, factors: &[T]) {
        let outputs = s.len() / lanes;
        let (mut curvature, mut row) = (vec![T::ZERO; outputs], vec![T::ZERO; outputs]);
        for lane in 0..lanes {
            row.fill(T::ZERO);
            if let Some(&factor) = factors.get(lane) {
                take_lane(curvatures, lanes, lane, &mut curvature);
                self.hessian_root(&curvature, c, &mut row);
                for s in &mut row {
                    *s *= factor.sqrt();
                }
            }
            put_lane(&row, s, lanes, lane);
        }
    }
}

/// Reads the numbers of the row that has a lane.
fn take_lane<T: Real>(from: &[T], lanes: usize, lane: usize, row: &mut [T]) {
    for (row, from) in row.iter_mut().zip(from.chunks_exact(lanes)) {
        *row = from[lane];
    }
}

/// Writes them.
fn put_lane<T: Real>(row: &[T], to: &mut [T], lanes: usize, lane: usize) {
    for (&row, to) in row.iter().zip(to.chunks_exact_mut(lanes)) {
        to[lane] = row;
    }
}

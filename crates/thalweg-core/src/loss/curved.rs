//! The Hessian of a loss with respect to the outputs, times a vector and as a product of roots, for rows in lanes.
//!
//! A loss's author writes it for one row, in [`RowLoss`]; nothing here belongs to one loss.

use super::{RowLoss, Targets};
use crate::Real;

/// One precision of a loss's second derivatives. Shapes are (outputs, lanes, rows): numbers lie as outputs × lanes, and
/// the first lanes have the rows.
pub trait Curved<T: Real> {
    /// See [`RowLoss::bend`]; for outputs × lanes, of which so many are rows.
    fn bends(&self, z: &mut [T], shape: (usize, usize, usize), targets: Targets<'_, T>);
    /// r ← `scale` wᵢ Hᵢ r for each row; see [`RowLoss::hessian`].
    fn hessians(
        &self,
        bends: &[T],
        r: &mut [T],
        shape: (usize, usize, usize),
        weights: Option<&[T]>,
        scale: T,
    );
    /// Column `c` of √(`scale` wᵢ) Sᵢ for each row; see [`RowLoss::root`].
    fn roots(
        &self,
        bends: &[T],
        c: usize,
        s: &mut [T],
        shape: (usize, usize, usize),
        weights: Option<&[T]>,
        scale: T,
    );
}

impl<T: Real, L: RowLoss> Curved<T> for L {
    fn bends(
        &self,
        z: &mut [T],
        (outputs, lanes, rows): (usize, usize, usize),
        targets: Targets<'_, T>,
    ) {
        let mut row = vec![T::ZERO; outputs];
        for lane in 0..rows {
            take_lane(z, lanes, lane, &mut row);
            self.bend(&mut row, targets.row(lane));
            put_lane(&row, z, lanes, lane);
        }
    }

    fn hessians(
        &self,
        bends: &[T],
        r: &mut [T],
        (outputs, lanes, rows): (usize, usize, usize),
        weights: Option<&[T]>,
        scale: T,
    ) {
        let (mut bend, mut row) = (vec![T::ZERO; outputs], vec![T::ZERO; outputs]);
        for lane in 0..lanes {
            if lane < rows {
                take_lane(bends, lanes, lane, &mut bend);
                take_lane(r, lanes, lane, &mut row);
                self.hessian(&bend, &mut row);
                let weight = weights.map_or(scale, |weights| scale * weights[lane]);
                row.iter_mut().for_each(|r| *r *= weight);
            } else {
                row.fill(T::ZERO);
            }
            put_lane(&row, r, lanes, lane);
        }
    }

    fn roots(
        &self,
        bends: &[T],
        c: usize,
        s: &mut [T],
        (outputs, lanes, rows): (usize, usize, usize),
        weights: Option<&[T]>,
        scale: T,
    ) {
        let (mut bend, mut row) = (vec![T::ZERO; outputs], vec![T::ZERO; outputs]);
        for lane in 0..lanes {
            if lane < rows {
                take_lane(bends, lanes, lane, &mut bend);
                self.root(&bend, c, &mut row);
                let weight = weights.map_or(scale, |weights| scale * weights[lane]);
                row.iter_mut().for_each(|s| *s *= weight.sqrt());
            } else {
                row.fill(T::ZERO);
            }
            put_lane(&row, s, lanes, lane);
        }
    }
}

/// Reads the numbers of one row, which has a lane.
fn take_lane<T: Real>(from: &[T], lanes: usize, lane: usize, row: &mut [T]) {
    for (o, row) in row.iter_mut().enumerate() {
        *row = from[o * lanes + lane];
    }
}

/// Writes them.
fn put_lane<T: Real>(row: &[T], to: &mut [T], lanes: usize, lane: usize) {
    for (o, &row) in row.iter().enumerate() {
        to[o * lanes + lane] = row;
    }
}

//! Losses: what a row's outputs cost against its target, and the gradient of that.
//!
//! A loss sees one row at a time; the mean over rows and their weights is taken here, once for all losses.
//! Penalties on the weights belong to the objective, not to the loss.

mod binary_cross_entropy;
mod curved;
mod huber;
mod mean_absolute;
mod mean_squared;
mod poisson;
mod softmax;
mod softmax_cross_entropy;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use curved::Curved;
pub use huber::Huber;
pub use mean_absolute::MeanAbsolute;
pub use mean_squared::MeanSquared;
pub use poisson::Poisson;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;

use std::ops::Range;

use crate::Real;
use crate::spec::{Entry, Family, Spec, Tunable};
use crate::vector::vectorized;

/// All losses.
pub static ALL: Family<dyn Loss> = Family {
    name: "losses",
    singular: "loss",
    summary: "What a prediction costs against its target.",
    members: &[
        Entry::<dyn Loss>::of::<SoftmaxCrossEntropy>(),
        Entry::<dyn Loss>::of::<BinaryCrossEntropy>(),
        Entry::<dyn Loss>::of::<MeanSquared>(),
        Entry::<dyn Loss>::of::<MeanAbsolute>(),
        Entry::<dyn Loss>::of::<Huber>(),
        Entry::<dyn Loss>::of::<Poisson>(),
    ],
};

/// Lanes that a loss takes together.
const SIDE: usize = 16;

/// What a loss is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Any number of classes, an output for each.
    Classes,
    /// Two classes, one output.
    TwoClasses,
    /// Numbers, an output for each.
    Numbers,
    /// Numbers of at least 0, an output for each, in their own unit.
    Counts,
}

/// A row's target.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a, T> {
    /// A class, from 0.
    Class(u32),
    /// Numbers, one for each output.
    Values(&'a [T]),
}

/// The targets of several rows.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a, T> {
    /// A class for each row, from 0.
    Classes(&'a [u32]),
    /// Numbers, `width` for each row.
    Values {
        /// Row after row.
        values: &'a [T],
        /// Numbers in a row.
        width: usize,
    },
}

impl<'a, T> Targets<'a, T> {
    /// One row's target.
    pub fn row(&self, row: usize) -> Target<'a, T> {
        match *self {
            Targets::Classes(classes) => Target::Class(classes[row]),
            Targets::Values { values, width } => {
                Target::Values(&values[row * width..(row + 1) * width])
            }
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match *self {
            Targets::Classes(classes) => classes.len(),
            Targets::Values { values, width } => values.len() / width,
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A loss, as its author writes it: one row, generic over the precision. Mark its functions `#[inline(always)]`: then they are
/// compiled for the machine's vectors.
pub trait RowLoss: Spec {
    /// What it is for.
    const PURPOSE: Purpose;
    /// The row's loss; its outputs `z` become the gradient ∂loss/∂z.
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T;
    /// The same for all rows of a tile. A loss whose rows have many outputs may have a faster way.
    #[inline(always)]
    fn tile<T: Real>(&self, tile: &mut LossTile<'_, T>) {
        each_row(self, tile);
    }
    /// Turns a row's outputs into its prediction: probabilities, or the numbers themselves.
    fn predict<T: Real>(&self, z: &mut [T]);
    /// Turns a row's outputs into what its Hessian H = ∂²loss/∂z² is made of: the diagonal, where H has nothing else. At
    /// a kink of the loss the curvature is 0.
    fn curvature<T: Real>(&self, z: &mut [T], target: Target<'_, T>);
    /// r ← H r.
    fn hessian_product<T: Real>(&self, curvature: &[T], r: &mut [T]) {
        for (r, &curvature) in r.iter_mut().zip(curvature) {
            *r *= curvature;
        }
    }
    /// Column `c` of a square matrix S with S Sᵀ = H, which exists because every loss is convex in z.
    fn hessian_root<T: Real>(&self, curvature: &[T], c: usize, s: &mut [T]) {
        s.fill(T::ZERO);
        s[c] = curvature[c].sqrt();
    }
}

/// The outputs of some rows, side by side, and what is wanted of them.
pub struct LossTile<'a, T> {
    /// Outputs × lanes, a lane for each row; they become the slopes ∂lossᵢ/∂z.
    pub z: &'a mut [T],
    /// Lanes, of which the first `rows` count.
    pub lanes: usize,
    /// Rows.
    pub rows: usize,
    /// A target for each row.
    pub targets: Targets<'a, T>,
    /// lossᵢ of each row, in a place for each lane.
    pub losses: &'a mut [T],
    /// A place for a row's outputs.
    pub row: &'a mut [T],
}

impl<T: Real> LossTile<'_, T> {
    /// Calls `f` with some lanes at a time, at most [`SIDE`]. Twice here, because a call that is known to have all of them
    /// becomes whole vectors.
    #[inline(always)]
    fn each_part(&mut self, mut f: impl FnMut(&mut Self, Range<usize>)) {
        let mut first = 0;
        while first + SIDE <= self.lanes {
            f(self, first..first + SIDE);
            first += SIDE;
        }
        if first < self.lanes {
            f(self, first..self.lanes);
        }
    }
}

/// One precision of a loss.
pub trait Criterion<T: Real>: Curved<T> {
    /// The losses of a tile's rows, times the rows' weights, which are 1 where there are none; the outputs become
    /// `scale` · weightᵢ · ∂lossᵢ/∂z, and 0 in the lanes that do not count.
    fn tile(&self, tile: LossTile<'_, T>, weights: Option<&[T]>, scale: T);
    /// See [`RowLoss::predict`]; all rows.
    fn predict(&self, z: &mut [T], outputs: usize);
}

/// A loss behind a pointer. Every [`RowLoss`] is one; write a `RowLoss`.
pub trait Loss: Tunable + Criterion<f32> + Criterion<f64> {
    /// See [`RowLoss::PURPOSE`].
    fn purpose(&self) -> Purpose;
}

impl<T: Real, L: RowLoss> Criterion<T> for L {
    fn tile(&self, mut tile: LossTile<'_, T>, weights: Option<&[T]>, scale: T) {
        vectorized(
            #[inline(always)]
            || {
                RowLoss::tile(self, &mut tile);
                let (lanes, rows) = (tile.lanes, tile.rows);
                let LossTile { z, losses, .. } = &mut tile;
                let weights = weights.map(|weights| &weights[..rows]);
                for z in z.chunks_exact_mut(lanes) {
                    let (slopes, rest) = z.split_at_mut(rows);
                    rest.fill(T::ZERO);
                    match weights {
                        None => slopes.iter_mut().for_each(|slope| *slope *= scale),
                        Some(weights) => {
                            for (slope, &weight) in slopes.iter_mut().zip(weights) {
                                *slope *= scale * weight;
                            }
                        }
                    }
                }
                for (loss, &weight) in losses.iter_mut().zip(weights.unwrap_or_default()) {
                    *loss *= weight;
                }
            },
        );
    }

    fn predict(&self, z: &mut [T], outputs: usize) {
        vectorized(
            #[inline(always)]
            || {
                for row in z.chunks_exact_mut(outputs) {
                    RowLoss::predict(self, row);
                }
            },
        );
    }
}

impl<L: RowLoss> Loss for L {
    fn purpose(&self) -> Purpose {
        L::PURPOSE
    }
}

impl Entry<dyn Loss> {
    /// The entry of a loss.
    pub const fn of<L: RowLoss>() -> Self {
        Entry {
            card: L::CARD,
            build: || Box::new(L::default()),
            describe: || Box::new(L::default()),
        }
    }
}

/// One row after the other.
#[inline(always)]
fn each_row<T: Real, L: RowLoss>(loss: &L, tile: &mut LossTile<'_, T>) {
    let lanes = tile.lanes;
    for lane in 0..tile.rows {
        for (row, z) in tile.row.iter_mut().zip(tile.z.chunks_exact(lanes)) {
            *row = z[lane];
        }
        tile.losses[lane] = loss.row(tile.row, tile.targets.row(lane));
        for (z, &row) in tile.z.chunks_exact_mut(lanes).zip(&*tile.row) {
            z[lane] = row;
        }
    }
}

#[inline(always)]
fn class<T: Real>(target: Target<'_, T>) -> u32 {
    match target {
        Target::Class(class) => class,
        Target::Values(_) => unreachable!("a loss for classes is given classes"),
    }
}

#[inline(always)]
fn values<'a, T: Real>(target: Target<'a, T>) -> &'a [T] {
    match target {
        Target::Values(values) => values,
        Target::Class(_) => unreachable!("a loss for numbers is given numbers"),
    }
}

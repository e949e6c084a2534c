//! Losses: what a row's outputs cost against its target, and the gradient of that.
//!
//! A loss sees one row at a time; the mean over rows and their weights is taken here, once for all losses.
//! Penalties on the weights belong to the objective, not to the loss.

mod binary_cross_entropy;
mod curved;
mod huber;
mod mean_absolute;
mod mean_squared;
mod softmax_cross_entropy;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use curved::Curved;
pub use huber::Huber;
pub use mean_absolute::MeanAbsolute;
pub use mean_squared::MeanSquared;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;

use crate::Real;
use crate::spec::{Entry, Family, Spec, Tunable};

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
    ],
};

/// What a loss is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Any number of classes, an output for each.
    Classes,
    /// Two classes, one output.
    TwoClasses,
    /// Numbers, an output for each.
    Numbers,
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

/// A loss, as its author writes it: one row, generic over the precision.
pub trait RowLoss: Spec {
    /// What it is for.
    const PURPOSE: Purpose;
    /// The row's loss; its outputs `z` become the gradient ∂loss/∂z.
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T;
    /// Turns a row's outputs into its prediction: probabilities, or the numbers themselves.
    fn predict<T: Real>(&self, z: &mut [T]);
    /// Turns a row's outputs into what its Hessian H = ∂²loss/∂z² is made of: the diagonal, where H has nothing else.
    fn bend<T: Real>(&self, z: &mut [T], target: Target<'_, T>);
    /// r ← H r.
    fn hessian<T: Real>(&self, bend: &[T], r: &mut [T]) {
        for (r, &bend) in r.iter_mut().zip(bend) {
            *r *= bend;
        }
    }
    /// Column `c` of a square matrix S with S Sᵀ = H, which exists because every loss is convex in z.
    fn root<T: Real>(&self, bend: &[T], c: usize, s: &mut [T]) {
        s.fill(T::ZERO);
        s[c] = bend[c].sqrt();
    }
}

/// One precision of a loss.
pub trait Criterion<T: Real>: Curved<T> {
    /// Σ wᵢ lossᵢ over the rows of `z` (rows × `outputs`); `z` becomes `scale · wᵢ · ∂lossᵢ/∂z`.
    /// Without `weights` each is 1. Sums are taken in f64, row by row.
    fn rows(
        &self,
        z: &mut [T],
        outputs: usize,
        targets: Targets<'_, T>,
        weights: Option<&[T]>,
        scale: T,
    ) -> f64;
    /// Lanes.
    fn lanes(
        &self,
        z: &mut [T],
        shape: (usize, usize, usize),
        targets: Targets<'_, T>,
        weights: Option<&[T]>,
        scale: T,
        losses: &mut [T],
    );
    /// See [`RowLoss::predict`]; all rows.
    fn predict(&self, z: &mut [T], outputs: usize);
}

/// A loss behind a pointer. Every [`RowLoss`] is one; write a `RowLoss`.
pub trait Loss: Tunable + Criterion<f32> + Criterion<f64> {
    /// See [`RowLoss::PURPOSE`].
    fn purpose(&self) -> Purpose;
}

impl<T: Real, L: RowLoss> Criterion<T> for L {
    fn rows(
        &self,
        z: &mut [T],
        outputs: usize,
        targets: Targets<'_, T>,
        weights: Option<&[T]>,
        scale: T,
    ) -> f64 {
        let mut sum = 0.0;
        for (index, row) in z.chunks_exact_mut(outputs).enumerate() {
            let weight = weights.map_or(T::ONE, |weights| weights[index]);
            sum += weight.to_f64() * self.row(row, targets.row(index)).to_f64();
            for slope in row {
                *slope *= scale * weight;
            }
        }
        sum
    }

    fn lanes(
        &self,
        z: &mut [T],
        (outputs, lanes, rows): (usize, usize, usize),
        targets: Targets<'_, T>,
        weights: Option<&[T]>,
        scale: T,
        losses: &mut [T],
    ) {
        let mut row = vec![T::ZERO; outputs];
        for lane in 0..lanes {
            if lane >= rows {
                for o in 0..outputs {
                    z[o * lanes + lane] = T::ZERO;
                }
                continue;
            }
            for o in 0..outputs {
                row[o] = z[o * lanes + lane];
            }
            let weight = weights.map_or(T::ONE, |weights| weights[lane]);
            losses[lane] = weight * self.row(&mut row, targets.row(lane));
            for o in 0..outputs {
                z[o * lanes + lane] = scale * weight * row[o];
            }
        }
    }

    fn predict(&self, z: &mut [T], outputs: usize) {
        for row in z.chunks_exact_mut(outputs) {
            RowLoss::predict(self, row);
        }
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

fn class<T: Real>(target: Target<'_, T>) -> u32 {
    match target {
        Target::Class(class) => class,
        Target::Values(_) => unreachable!("a loss for classes is given classes"),
    }
}

fn values<'a, T: Real>(target: Target<'a, T>) -> &'a [T] {
    match target {
        Target::Values(values) => values,
        Target::Class(_) => unreachable!("a loss for numbers is given numbers"),
    }
}

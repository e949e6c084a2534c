//! Mean absolute error: the mean of the absolute differences: outliers pull no harder than others.

use super::{Purpose, RowLoss, Target, values};
use crate::Real;
use crate::objective::sign;
use crate::spec::{Card, Field, Spec};

/// Mean absolute error: `loss = 1/K Σₖ |zₖ − yₖ|`.
///
/// ## Differences
/// As PyTorch's L1Loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeanAbsolute;

impl Spec for MeanAbsolute {
    const CARD: &'static Card = &Card {
        name: "mean_absolute",
        summary: "The mean of the absolute differences: outliers pull no harder than others.",
        formula: "loss = 1/K Σₖ |zₖ − yₖ|",
        paper: "",
        differences: "As PyTorch's L1Loss.",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl RowLoss for MeanAbsolute {
    const PURPOSE: Purpose = Purpose::Numbers;

    #[inline(always)]
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let scale = T::ONE / T::of(z.len() as f64);
        let mut sum = T::ZERO;
        for (z, &y) in z.iter_mut().zip(values(target)) {
            let error = *z - y;
            sum += error.abs();
            *z = scale * sign(error);
        }
        scale * sum
    }

    #[inline(always)]
    fn predict<T: Real>(&self, _z: &mut [T]) {}

    fn curvature<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        z.fill(T::ZERO);
    }
}

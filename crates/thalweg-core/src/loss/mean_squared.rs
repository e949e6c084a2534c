//! Mean squared error: the mean of the squared differences.

use super::{Purpose, RowLoss, Target, values};
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// Mean squared error: `loss = 1/K Σₖ (zₖ − yₖ)²`.
///
/// ## Differences
/// As PyTorch's MSELoss: no factor ½, and the mean over outputs too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeanSquared;

impl Spec for MeanSquared {
    const CARD: &'static Card = &Card {
        name: "mean_squared",
        summary: "The mean of the squared differences.",
        formula: "loss = 1/K Σₖ (zₖ − yₖ)²",
        paper: "",
        differences: "As PyTorch's MSELoss: no factor ½, and the mean over outputs too.",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl RowLoss for MeanSquared {
    const PURPOSE: Purpose = Purpose::Numbers;

    #[inline(always)]
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let scale = T::ONE / T::of(z.len() as f64);
        let mut sum = T::ZERO;
        for (z, &y) in z.iter_mut().zip(values(target)) {
            let error = *z - y;
            sum += error * error;
            *z = T::of(2.0) * scale * error;
        }
        scale * sum
    }

    #[inline(always)]
    fn predict<T: Real>(&self, _z: &mut [T]) {}

    fn curvature<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        z.fill(T::of(2.0 / z.len() as f64));
    }
}

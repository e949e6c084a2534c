//! Huber loss: squared for small differences, absolute for large ones.

use super::{Purpose, RowLoss, Target, values};
use crate::Real;
use crate::objective::sign;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Huber loss: `loss = 1/K Σₖ h(zₖ − yₖ)` (Huber 1964).
///
/// ## Differences
/// As PyTorch's HuberLoss.
#[derive(Clone, Debug, PartialEq)]
pub struct Huber {
    /// δ: where it turns from squared to absolute, in units of the (standardized) target.
    pub delta: f64,
}

impl Default for Huber {
    fn default() -> Self {
        Huber { delta: 1.0 }
    }
}

impl Spec for Huber {
    const CARD: &'static Card = &Card {
        name: "huber",
        summary: "Squared for small differences, absolute for large ones.",
        formula: "loss = 1/K Σₖ h(zₖ − yₖ),  h(e) = ½ e² for |e| ≤ δ, δ (|e| − ½ δ) otherwise",
        paper: "Huber 1964, Robust Estimation of a Location Parameter",
        differences: "As PyTorch's HuberLoss.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "delta",
        doc: "δ: where it turns from squared to absolute, in units of the (standardized) target.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.delta),
    }];
}

impl RowLoss for Huber {
    const PURPOSE: Purpose = Purpose::Numbers;

    #[inline(always)]
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let (delta, half) = (T::of(self.delta), T::of(0.5));
        let scale = T::ONE / T::of(z.len() as f64);
        let mut sum = T::ZERO;
        for (z, &y) in z.iter_mut().zip(values(target)) {
            let error = *z - y;
            if error.abs() <= delta {
                sum += half * error * error;
                *z = scale * error;
            } else {
                sum += delta * (error.abs() - half * delta);
                *z = scale * delta * sign(error);
            }
        }
        scale * sum
    }

    #[inline(always)]
    fn predict<T: Real>(&self, _z: &mut [T]) {}

    fn curvature<T: Real>(&self, z: &mut [T], target: Target<'_, T>) {
        let (delta, scale) = (T::of(self.delta), T::of(1.0 / z.len() as f64));
        for (z, &y) in z.iter_mut().zip(values(target)) {
            let is_squared = (*z - y).abs() <= delta;
            *z = if is_squared { scale } else { T::ZERO };
        }
    }
}

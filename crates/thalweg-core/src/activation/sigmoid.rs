//! The logistic sigmoid: squashes into (0, 1).

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// The logistic sigmoid: `φ(z) = σ(z) = 1 / (1 + e⁻ᶻ)` (Rumelhart).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sigmoid;

impl Spec for Sigmoid {
    const CARD: &'static Card = &Card {
        name: "sigmoid",
        summary: "Squashes into (0, 1).",
        formula: "φ(z) = σ(z) = 1 / (1 + e⁻ᶻ)",
        paper: "Rumelhart, Hinton & Williams 1986, Learning Representations by Back-Propagating Errors",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Curve for Sigmoid {
    const INIT: &'static str = "xavier_uniform";

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        sigmoid(z)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, _z: T, a: T) -> T {
        a * (T::ONE - a)
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, _z: T, a: T) -> T {
        a * (T::ONE - a) * (T::ONE - a - a)
    }
}

/// 1 / (1 + e⁻ᶻ) without overflow for any z.
#[inline(always)]
pub(crate) fn sigmoid<T: Real>(z: T) -> T {
    sigmoid_times(T::ONE, z, T::ZERO)
}

/// `factor` σ(z + low), for a `low` that is a rounding error of z. Of the errors of its operations only those of the
/// exponential and of the last one count: what a sum, a product or a quotient has lost is found and put back.
#[inline(always)]
pub(super) fn sigmoid_times<T: Real>(factor: T, z: T, low: T) -> T {
    let negative = z < T::ZERO;
    let parts = (-z.abs()).exp_parts(if negative { low } else { -low });
    let e = parts[0] * parts[1] * parts[2];
    let sum = T::ONE + e;
    let sum_low = e - (sum - T::ONE);
    let [y, scale, rest] = if negative { parts } else { [T::ONE; 3] };
    let product = factor * y;
    let product_low = factor.mul_add(y, -product);
    let inverse = T::ONE / sum;
    let quotient = product * inverse;
    let lost = (-quotient).mul_add(sum, product) + product_low - quotient * sum_low;
    lost.mul_add(inverse, quotient) * scale * rest
}

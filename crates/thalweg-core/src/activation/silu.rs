//! SiLU: the sum weighted by its own sigmoid; also called swish.

use super::Curve;
use super::sigmoid::{sigmoid, sigmoid_times};
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// SiLU: `φ(z) = z σ(z)` (Elfwing).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Silu;

impl Spec for Silu {
    const CARD: &'static Card = &Card {
        name: "silu",
        summary: "The sum weighted by its own sigmoid; also called swish.",
        formula: "φ(z) = z σ(z)",
        paper: "Elfwing, Uchibe & Doya 2018, Sigmoid-Weighted Linear Units, arXiv:1702.03118",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Curve for Silu {
    const INIT: &'static str = "he_normal";

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        // e⁻⁸⁰⁰ is 0 in f32 and f64 alike; a NaN passes.
        let least = T::of(-800.0);
        let z = if z < least { least } else { z };
        sigmoid_times(z, z, T::ZERO)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, z: T, a: T) -> T {
        let s = sigmoid(z);
        s + a * (T::ONE - s)
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, z: T, _a: T) -> T {
        let s = sigmoid(z);
        // σ′, which vanishes faster than z grows.
        let s1 = s * (T::ONE - s);
        s1 + s1 + z * s1 * (T::ONE - s - s)
    }
}

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

    fn value<T: Real>(&self, z: T) -> T {
        sigmoid(z)
    }

    fn slope<T: Real>(&self, _z: T, a: T) -> T {
        a * (T::ONE - a)
    }

    fn bend<T: Real>(&self, _z: T, a: T) -> T {
        a * (T::ONE - a) * (T::ONE - a - a)
    }
}

/// 1 / (1 + e⁻ᶻ) without overflow for any z.
pub(crate) fn sigmoid<T: Real>(z: T) -> T {
    let e = (-z.abs()).exp();
    let small = e / (T::ONE + e);
    if z < T::ZERO {
        small
    } else {
        T::ONE / (T::ONE + e)
    }
}

//! Softplus: a smooth ReLU.

use super::Curve;
use super::sigmoid::sigmoid;
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// Softplus: `φ(z) = ln(1 + eᶻ)` (Dugas et al. 2001).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Softplus;

impl Spec for Softplus {
    const CARD: &'static Card = &Card {
        name: "softplus",
        summary: "A smooth ReLU.",
        formula: "φ(z) = ln(1 + eᶻ)",
        paper: "Dugas et al. 2001, Incorporating Second-Order Functional Knowledge for Better Option Pricing",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Curve for Softplus {
    const INIT: &'static str = "he_normal";

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        // max(z, 0) + ln(1 + e^−|z|) overflows for no z.
        z.max(T::ZERO) + (-z.abs()).exp().ln_1p()
    }

    #[inline(always)]
    fn slope<T: Real>(&self, z: T, _a: T) -> T {
        sigmoid(z)
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, z: T, _a: T) -> T {
        let s = sigmoid(z);
        s * (T::ONE - s)
    }
}

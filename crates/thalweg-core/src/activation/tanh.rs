//! The hyperbolic tangent: squashes into (−1, 1), centered at 0.

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// The hyperbolic tangent: `φ(z) = tanh z` (LeCun et al. 1998).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tanh;

impl Spec for Tanh {
    const CARD: &'static Card = &Card {
        name: "tanh",
        summary: "Squashes into (−1, 1), centered at 0.",
        formula: "φ(z) = tanh z",
        paper: "LeCun et al. 1998, Efficient BackProp, section 4.4",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Curve for Tanh {
    const INIT: &'static str = "xavier_uniform";

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        z.tanh()
    }

    #[inline(always)]
    fn slope<T: Real>(&self, _z: T, a: T) -> T {
        T::ONE - a * a
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, _z: T, a: T) -> T {
        T::of(-2.0) * a * (T::ONE - a * a)
    }
}

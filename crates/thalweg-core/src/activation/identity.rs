//! No activation: passes everything: the network stays linear.

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// No activation: `φ(z) = z`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity;

impl Spec for Identity {
    const CARD: &'static Card = &Card {
        name: "identity",
        summary: "Passes everything: the network stays linear.",
        formula: "φ(z) = z",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Curve for Identity {
    const INIT: &'static str = "xavier_uniform";
    const PIECEWISE_LINEAR: bool = true;

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        z
    }

    #[inline(always)]
    fn slope<T: Real>(&self, _z: T, _a: T) -> T {
        T::ONE
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, _z: T, _a: T) -> T {
        T::ZERO
    }
}

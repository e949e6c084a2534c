//! ReLU: passes what is positive and stops the rest.

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// ReLU: `φ(z) = max(0, z)` (Nair & Hinton 2010).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relu;

impl Spec for Relu {
    const CARD: &'static Card = &Card {
        name: "relu",
        summary: "Passes what is positive and stops the rest.",
        formula: "φ(z) = max(0, z)",
        paper: "Nair & Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Curve for Relu {
    const INIT: &'static str = "he_normal";
    const PIECEWISE_LINEAR: bool = true;

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        // NaN passes, so that it is found.
        if z < T::ZERO { T::ZERO } else { z }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, z: T, _a: T) -> T {
        if z > T::ZERO { T::ONE } else { T::ZERO }
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, _z: T, _a: T) -> T {
        T::ZERO
    }
}

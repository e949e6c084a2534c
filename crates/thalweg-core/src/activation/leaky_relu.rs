//! Leaky ReLU: passes what is positive and a little of the rest, so that no unit dies.

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Leaky ReLU: `φ(z) = z for z > 0, slope · z otherwise` (Maas).
#[derive(Clone, Debug, PartialEq)]
pub struct LeakyRelu {
    /// Slope for negative sums.
    pub slope: f64,
}

impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu { slope: 0.01 }
    }
}

impl Spec for LeakyRelu {
    const CARD: &'static Card = &Card {
        name: "leaky_relu",
        summary: "Passes what is positive and a little of the rest, so that no unit dies.",
        formula: "φ(z) = z for z > 0, slope · z otherwise",
        paper: "Maas, Hannun & Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "slope",
        doc: "Slope for negative sums.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(|s| &mut s.slope),
    }];
}

impl Curve for LeakyRelu {
    const INIT: &'static str = "he_normal";
    const PIECEWISE_LINEAR: bool = true;

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        if z > T::ZERO {
            z
        } else {
            T::of(self.slope) * z
        }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, z: T, _a: T) -> T {
        if z > T::ZERO {
            T::ONE
        } else {
            T::of(self.slope)
        }
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, _z: T, _a: T) -> T {
        T::ZERO
    }
}

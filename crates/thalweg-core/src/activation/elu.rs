//! ELU: passes what is positive and bends the rest smoothly to −α.

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// ELU: `φ(z) = z for z > 0, α (eᶻ − 1) otherwise` (Clevert).
#[derive(Clone, Debug, PartialEq)]
pub struct Elu {
    /// The negative limit is −α.
    pub alpha: f64,
}

impl Default for Elu {
    fn default() -> Self {
        Elu { alpha: 1.0 }
    }
}

impl Spec for Elu {
    const CARD: &'static Card = &Card {
        name: "elu",
        summary: "Passes what is positive and bends the rest smoothly to −α.",
        formula: "φ(z) = z for z > 0, α (eᶻ − 1) otherwise",
        paper: "Clevert, Unterthiner & Hochreiter 2016, Fast and Accurate Deep Network Learning by Exponential Linear Units, arXiv:1511.07289",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "alpha",
        doc: "The negative limit is −α.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(|s| &mut s.alpha),
    }];
}

impl Curve for Elu {
    const INIT: &'static str = "he_normal";

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        if z > T::ZERO {
            z
        } else {
            T::of(self.alpha) * z.exp_m1()
        }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, z: T, a: T) -> T {
        if z > T::ZERO {
            T::ONE
        } else {
            a + T::of(self.alpha)
        }
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, z: T, a: T) -> T {
        if z > T::ZERO {
            T::ZERO
        } else {
            a + T::of(self.alpha)
        }
    }
}

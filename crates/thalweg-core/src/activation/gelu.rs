//! GELU: the sum weighted by the normal distribution function.

use super::Curve;
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// GELU: `φ(z) = z Φ(z)`, by the tanh approximation (Hendrycks & Gimpel 2016, section 2).
///
/// ## Differences
/// As PyTorch with `approximate="tanh"`; PyTorch's default uses the error function. The two differ by at most 5e-4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gelu;

impl Spec for Gelu {
    const CARD: &'static Card = &Card {
        name: "gelu",
        summary: "The sum weighted by the normal distribution function.",
        formula: "φ(z) = ½ z (1 + tanh(√(2/π) (z + 0.044715 z³)))",
        paper: "Hendrycks & Gimpel 2016, Gaussian Error Linear Units, arXiv:1606.08415",
        differences: "As PyTorch with approximate=\"tanh\"; its default uses the error function (at most 5e-4 apart).",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

/// √(2/π).
const C: f64 = 0.797_884_560_802_865_4;
const K: f64 = 0.044_715;

/// The argument of the tanh. Beyond |z| = 10 the tanh is ±1 in f32 and f64 alike; the bound keeps z³ finite.
fn inner<T: Real>(z: T) -> (T, T) {
    let limit = T::of(10.0);
    let z = z.max(-limit).min(limit);
    (z, (T::of(C) * (z + T::of(K) * z * z * z)).tanh())
}

impl Curve for Gelu {
    const INIT: &'static str = "he_normal";

    fn value<T: Real>(&self, z: T) -> T {
        T::of(0.5) * z * (T::ONE + inner(z).1)
    }

    fn slope<T: Real>(&self, z: T, _a: T) -> T {
        let (z, t) = inner(z);
        let bend = T::of(C) * (T::ONE + T::of(3.0 * K) * z * z);
        T::of(0.5) * (T::ONE + t + z * (T::ONE - t * t) * bend)
    }

    fn bend<T: Real>(&self, z: T, _a: T) -> T {
        let (z, t) = inner(z);
        // The first two derivatives of the argument u, and those of t = tanh u.
        let u1 = T::of(C) * (T::ONE + T::of(3.0 * K) * z * z);
        let u2 = T::of(6.0 * C * K) * z;
        let t1 = (T::ONE - t * t) * u1;
        let t2 = (T::ONE - t * t) * u2 - T::of(2.0) * t * t1 * u1;
        t1 + T::of(0.5) * z * t2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_close_to_the_exact_form() {
        // z Φ(z) from tables of the normal distribution.
        for (z, exact) in [
            (1.0, 0.841_344_746),
            (-1.0, -0.158_655_254),
            (2.0, 1.954_499_736),
        ] {
            assert!((Gelu.value(z) - exact).abs() < 5e-4);
        }
    }
}

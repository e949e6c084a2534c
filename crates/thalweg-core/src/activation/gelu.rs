//! GELU: the sum weighted by the normal distribution function.

use super::Curve;
use super::sigmoid::sigmoid_times;
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
        formula: "φ(z) = ½ z (1 + tanh(√(2/π) (z + 0.044715 z³))) = z σ(√(8/π) (z + 0.044715 z³))",
        paper: "Hendrycks & Gimpel 2016, Gaussian Error Linear Units, arXiv:1606.08415",
        differences: "As PyTorch with approximate=\"tanh\"; its default uses the error function (at most 5e-4 apart).",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

/// √(8/π).
const A: f64 = 1.595_769_121_605_731;
/// 0.044715 √(8/π).
const B: f64 = 0.044_715 * A;
/// Beyond it the sigmoid is 0 or 1 in f32 and f64 alike; the bound keeps z³ finite.
const LIMIT: f64 = 22.0;

/// `factor` σ(A z + B z³). The argument is found to twice the digits: it is up to 100 where it matters, and the
/// exponential makes of its rounding errors 100 times as much.
#[inline(always)]
fn share<T: Real>(factor: T, z: T) -> T {
    let z = bounded(z);
    let z = if z > T::of(LIMIT) { T::of(LIMIT) } else { z };
    let (a, b) = (T::of(A), T::of(B));
    let [a_low, b_low] = [(A, a), (B, b)].map(|(exact, rounded)| T::of(exact - rounded.to_f64()));
    let square = z * z;
    let square_low = z.mul_add(z, -square);
    let bend = b * square;
    let bend_low = b.mul_add(square, -bend) + b_low * square + b * square_low;
    let sum = a + bend;
    let part = sum - a;
    let sum_low = (a - (sum - part)) + (bend - part) + bend_low + a_low;
    let argument = z * sum;
    sigmoid_times(factor, argument, z.mul_add(sum, -argument) + z * sum_low)
}

/// z, or the least that is worth telling apart; a NaN passes.
#[inline(always)]
fn bounded<T: Real>(z: T) -> T {
    let least = T::of(-LIMIT);
    if z < least { least } else { z }
}

impl Curve for Gelu {
    const INIT: &'static str = "he_normal";

    #[inline(always)]
    fn value<T: Real>(&self, z: T) -> T {
        share(bounded(z), z)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, z: T, _a: T) -> T {
        let s = share(T::ONE, z);
        let z = z.max(T::of(-LIMIT)).min(T::of(LIMIT));
        s + z * s * (T::ONE - s) * (T::of(A) + T::of(3.0 * B) * z * z)
    }

    #[inline(always)]
    fn curvature<T: Real>(&self, z: T, _a: T) -> T {
        let s = share(T::ONE, z);
        let z = z.max(T::of(-LIMIT)).min(T::of(LIMIT));
        // The first two derivatives of u = A z + B z³, and those of s = σ(u).
        let (u1, u2) = (T::of(A) + T::of(3.0 * B) * z * z, T::of(6.0 * B) * z);
        let slope = s * (T::ONE - s);
        let (s1, s2) = (slope * u1, slope * ((T::ONE - s - s) * u1 * u1 + u2));
        s1 + s1 + z * s2
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

//! Elementary functions in f32: exponential, logarithm and hyperbolic tangent, each within 2 ulp of the true value.
//!
//! Not vector code: plain formulas without branches, which the compiler turns into vectors of any width where they are
//! called in a loop. Products are fused where it is written, nothing else is, so the bits are the same at every width
//! and on every processor. What is done is the usual: the argument is reduced to a small interval around 0 (Cody &
//! Waite 1980, chapters 5, 6 and 13), where a polynomial takes over. The polynomials have the least relative error
//! there is (Remez's algorithm in 40 digits; below 0.1 ulp each).

use std::f32::consts::LOG2_E;

/// 1.5 · 2²³: added to a small number it leaves the nearest integer in the low bits.
const ROUNDING: f32 = 12_582_912.0;
/// ln 2 in two parts; the first has 15 bits, so that its product with an exponent is exact.
const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];

/// (eʳ − 1 − r) / r² for |r| ≤ ½ ln 2, with the error measured against eʳ.
const EXP: [f32; 5] = [
    0.499_999_94,
    0.166_665_09,
    0.041_668_527,
    0.008_370_135,
    0.001_381_166_2,
];
/// The same with the error measured against eʳ − 1.
const EXP_M1: [f32; 6] = [
    0.5,
    0.166_666_67,
    0.041_666_3,
    0.008_333_211,
    0.001_394_544_1,
    0.000_199_671_5,
];
/// (ln(1 + f) − f + ½ f²) / f³ for √½ ≤ 1 + f ≤ √2.
const LN: [f32; 8] = [
    0.333_333_3,
    -0.250_008_55,
    0.200_013_6,
    -0.166_221_68,
    0.141_976_36,
    -0.131_682_17,
    0.127_965_39,
    -0.076_574_58,
];
/// (tanh x − x) / x³ in x², for x² ≤ 0.4.
const TANH: [f32; 5] = [
    -0.333_332_75,
    0.133_312_75,
    -0.053_725_123,
    0.020_589_817,
    -0.005_648_307,
];

/// eˣ.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let [y, scale, rest] = exp_parts(x, 0.0);
    y * scale * rest
}

/// e^(x + low) for a `low` below an ulp or so of x, as three factors: one near 1 and two powers of 2. Their product may
/// be too small or too large to have all of its digits.
#[inline(always)]
pub(crate) fn exp_parts(x: f32, low: f32) -> [f32; 3] {
    // Beyond these bounds the result is 0, also 10³⁰ times it, or infinite; a NaN passes both comparisons by.
    let x = if x < -174.0 { -174.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let (n, r) = reduced(x);
    let r = r + low;
    let y = 1.0 + (r * r).mul_add(polynomial(EXP, r), r);
    let half = n >> 1;
    [y, power_of_2(half), power_of_2(n - half)]
}

/// eˣ − 1, accurate near 0.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    let bounded = if x < -18.0 { -18.0 } else { x };
    let bounded = if bounded > 89.0 { 89.0 } else { bounded };
    let (n, r) = reduced(bounded);
    let y = (r * r).mul_add(polynomial(EXP_M1, r), r);
    // 2ⁿ y + 2ⁿ − 1, by halves for the sake of 2¹²⁸.
    let scale = power_of_2(n - 1);
    2.0 * scale.mul_add(y, scale - 0.5)
}

/// ln x.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 33_554_432.0 } else { x };
    let bits = scaled.to_bits() as i32;
    let e = (bits - std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32) >> 23;
    let f = f32::from_bits((bits - (e << 23)) as u32) - 1.0;
    let e = (e - if subnormal { 25 } else { 0 }) as f32;
    let square = f * f;
    let low = (square * f).mul_add(polynomial(LN, f), e * LN_2[1]);
    let y = e.mul_add(LN_2[0], f + (-0.5_f32).mul_add(square, low));
    let y = if x < f32::INFINITY { y } else { x };
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    if x < 0.0 { f32::NAN } else { y }
}

/// ln(1 + x), accurate near 0.
#[inline(always)]
pub(crate) fn ln_1p(x: f32) -> f32 {
    let u = 1.0 + x;
    // What the sum has lost, as far as the logarithm feels it.
    let lost = (x - (u - 1.0)) / u;
    let regular = u > 0.0 && u < f32::INFINITY;
    ln(u) + if regular { lost } else { 0.0 }
}

/// tanh x.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let square = x * x;
    let near = (square * x).mul_add(polynomial(TANH, square), x);
    let size = x.abs();
    let far = (1.0 - 2.0 / (1.0 + exp(2.0 * size))).copysign(x);
    if size < 0.625 { near } else { far }
}

/// n and r with x = n ln 2 + r and |r| ≤ ½ ln 2.
#[inline(always)]
fn reduced(x: f32) -> (i32, f32) {
    let shifted = x.mul_add(LOG2_E, ROUNDING);
    let n = shifted - ROUNDING;
    let r = (-n).mul_add(LN_2[1], (-n).mul_add(LN_2[0], x));
    let integer = shifted.to_bits() as i32 - ROUNDING.to_bits() as i32;
    (integer, r)
}

/// 2ⁿ for a normal result.
#[inline(always)]
fn power_of_2(n: i32) -> f32 {
    f32::from_bits(((n + 127) << 23) as u32)
}

/// Σ cₖ xᵏ, by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(c: [f32; N], x: f32) -> f32 {
    let mut sum = c[N - 1];
    for &c in c[..N - 1].iter().rev() {
        sum = sum.mul_add(x, c);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Real;
    use crate::activation::{self, Elementwise};

    /// Numbers of every sign and exponent, NaN and infinities among them: every 997th of all.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..u32::MAX / 997).map(|i| f32::from_bits(i * 997)).chain([
            f32::INFINITY,
            f32::NEG_INFINITY,
            0.0,
            -0.0,
            -1.0,
        ])
    }

    /// The distance in units of the last place of the true value, of which f64's is close enough.
    fn ulps(found: f32, exact: f64) -> f64 {
        if exact.is_nan() || found.is_nan() {
            return if exact.is_nan() && found.is_nan() {
                0.0
            } else {
                f64::INFINITY
            };
        }
        let nearest = exact as f32;
        if nearest.is_infinite() || found.is_infinite() {
            return if nearest == found { 0.0 } else { f64::INFINITY };
        }
        let size = exact.abs().max(f64::from(f32::MIN_POSITIVE));
        let ulp = 2_f64.powi(size.log2().floor() as i32 - 23);
        (f64::from(found) - exact).abs() / ulp
    }

    /// The largest distance over all numbers, and where it is.
    fn worst(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> (f64, f32) {
        let distance = |x: f32| (ulps(f(x), exact(f64::from(x))), x);
        numbers()
            .map(distance)
            .fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a })
    }

    #[test]
    fn functions_are_within_two_ulps_everywhere() {
        let found = [
            ("exp", worst(exp, f64::exp)),
            ("exp_m1", worst(exp_m1, f64::exp_m1)),
            ("ln", worst(ln, f64::ln)),
            ("ln_1p", worst(ln_1p, f64::ln_1p)),
            ("tanh", worst(tanh, f64::tanh)),
        ];
        for (name, (distance, x)) in found {
            assert!(distance <= 2.0, "{name}({x:e}) is {distance} ulps off");
        }
    }

    /// By the same formulas in f64, which are a billion times as precise.
    #[test]
    fn smooth_activations_are_within_two_ulps_everywhere() {
        for name in ["sigmoid", "tanh", "gelu", "silu", "softplus", "elu"] {
            let activation = activation::ALL.parse(name).expect("it is in the list");
            let (single, double) = (
                f32::elementwise(&*activation),
                f64::elementwise(&*activation),
            );
            let mut worst = (0.0, 0.0);
            for x in numbers().filter(|x| x.is_finite()) {
                let (mut a, mut exact) = ([0.0], [0.0]);
                Elementwise::forward(single, &[x], &mut a);
                Elementwise::forward(double, &[f64::from(x)], &mut exact);
                let distance = ulps(a[0], exact[0]);
                if distance > worst.0 {
                    worst = (distance, x);
                }
            }
            assert!(
                worst.0 <= 2.0,
                "{name} of {:e} is {} ulps off",
                worst.1,
                worst.0
            );
        }
    }
}

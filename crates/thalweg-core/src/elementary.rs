//! Elementary functions: exponential, logarithm and hyperbolic tangent, each within 2 ulp of the true value.
//!
//! Not vector code: plain formulas without branches, which the compiler turns into vectors of any width where they are
//! called in a loop. Products are fused where it is written, nothing else is, so the bits are the same at every width
//! and on every processor. What is done is the usual: the argument is reduced to a small interval around 0 (Cody &
//! Waite 1980, chapters 5, 6 and 13), where a polynomial takes over. The polynomials have the least relative error
//! there is (Remez's algorithm in 40 digits; below 0.1 ulp each).

use std::ops::{Shr, Sub};

use crate::Real;

/// A precision: its bits, the bounds of its functions, and their polynomials.
pub(crate) trait Format: Real {
    /// As many bits, as an integer.
    type Int: Copy + Sub<Output = Self::Int> + Shr<u32, Output = Self::Int>;
    /// 1 / ln 2.
    const LOG2_E: Self;
    /// ln 2 in two parts; the product of the first with any exponent is exact.
    const LN_2: [Self; 2];
    /// 1.5 times a power of 2: added to a small number it leaves the nearest integer in the low bits.
    const ROUNDING: Self;
    /// Beyond these bounds eˣ is 0, also 10³⁰ times it, or infinite.
    const EXP_RANGE: [Self; 2];
    /// Below it eˣ − 1 is −1.
    const EXP_M1_LEAST: Self;
    /// ∞.
    const INFINITY: Self;
    /// (eʳ − 1 − r) / r² for |r| ≤ ½ ln 2, with the error measured against eʳ.
    const EXP: &'static [Self];
    /// The same with the error measured against eʳ − 1.
    const EXP_M1: &'static [Self];
    /// (ln(1 + f) − f + ½ f²) / f³ for √½ ≤ 1 + f ≤ √2.
    const LN: &'static [Self];
    /// (tanh x − x) / x³ in x², for x² ≤ 0.4.
    const TANH: &'static [Self];

    /// The integer that has been rounded to by adding [`Format::ROUNDING`].
    fn integer(shifted: Self) -> Self::Int;
    /// 2ⁿ for a normal result.
    fn power_of_2(n: Self::Int) -> Self;
    /// e and f with x = 2ᵉ (1 + f) and √½ ≤ 1 + f ≤ √2, for x > 0.
    fn parts(x: Self) -> [Self; 2];
    /// |x| with the sign of another number.
    fn copysign(self, sign: Self) -> Self;
}

impl Format for f32 {
    type Int = i32;
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];
    const ROUNDING: f32 = 12_582_912.0;
    const EXP_RANGE: [f32; 2] = [-174.0, 89.0];
    const EXP_M1_LEAST: f32 = -18.0;
    const INFINITY: f32 = f32::INFINITY;
    const EXP: &'static [f32] = &[
        0.499_999_94,
        0.166_665_09,
        0.041_668_527,
        0.008_370_135,
        0.001_381_166_2,
    ];
    const EXP_M1: &'static [f32] = &[
        0.5,
        0.166_666_67,
        0.041_666_3,
        0.008_333_211,
        0.001_394_544_1,
        0.000_199_671_5,
    ];
    const LN: &'static [f32] = &[
        0.333_333_3,
        -0.250_008_55,
        0.200_013_6,
        -0.166_221_68,
        0.141_976_36,
        -0.131_682_17,
        0.127_965_39,
        -0.076_574_58,
    ];
    const TANH: &'static [f32] = &[
        -0.333_332_75,
        0.133_312_75,
        -0.053_725_123,
        0.020_589_817,
        -0.005_648_307,
    ];

    #[inline(always)]
    fn integer(shifted: f32) -> i32 {
        shifted.to_bits() as i32 - f32::ROUNDING.to_bits() as i32
    }
    #[inline(always)]
    fn power_of_2(n: i32) -> f32 {
        f32::from_bits(((n + 127) << 23) as u32)
    }
    #[inline(always)]
    fn parts(x: f32) -> [f32; 2] {
        let subnormal = x < f32::MIN_POSITIVE;
        let scaled = if subnormal { x * 33_554_432.0 } else { x };
        let bits = scaled.to_bits() as i32;
        let e = (bits - std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32) >> 23;
        let f = f32::from_bits((bits - (e << 23)) as u32) - 1.0;
        [(e - if subnormal { 25 } else { 0 }) as f32, f]
    }
    #[inline(always)]
    fn copysign(self, sign: f32) -> f32 {
        f32::copysign(self, sign)
    }
}

impl Format for f64 {
    type Int = i64;
    const LOG2_E: f64 = std::f64::consts::LOG2_E;
    const LN_2: [f64; 2] = [0.693_147_180_558_298_7, 1.646_594_958_289_708_2e-12];
    const ROUNDING: f64 = 6_755_399_441_055_744.0;
    const EXP_RANGE: [f64; 2] = [-815.0, 710.0];
    const EXP_M1_LEAST: f64 = -38.0;
    const INFINITY: f64 = f64::INFINITY;
    const EXP: &'static [f64] = &[
        0.500_000_000_000_001_1,
        0.166_666_666_666_664_13,
        0.041_666_666_666_530_267,
        0.008_333_333_333_494_338,
        0.001_388_888_894_359_808_9,
        0.000_198_412_695_067_689_82,
        2.480_149_313_574_203_5e-5,
        2.755_758_627_569_11e-6,
        2.763_023_408_895_25e-7,
        2.500_006_946_351_443e-8,
    ];
    const EXP_M1: &'static [f64] = &[
        0.500_000_000_000_000_1,
        0.166_666_666_666_666_7,
        0.041_666_666_666_652_3,
        0.008_333_333_333_326_16,
        0.001_388_888_889_559_315_5,
        0.000_198_412_698_747_452_64,
        2.480_157_454_312_973_5e-5,
        2.755_725_548_703_795_5e-6,
        2.756_792_510_394_436_5e-7,
        2.510_518_370_178_443_7e-8,
        1.768_771_555_127_293_3e-9,
    ];
    const LN: &'static [f64] = &[
        0.333_333_333_333_334_54,
        -0.249_999_999_999_989_2,
        0.199_999_999_999_461_4,
        -0.166_666_666_669_143_7,
        0.142_857_142_938_409_23,
        -0.124_999_999_820_208_42,
        0.111_111_105_160_727_5,
        -0.100_000_003_831_853_96,
        0.090_909_335_048_683_19,
        -0.083_333_457_626_152_27,
        0.076_917_144_904_930_46,
        -0.071_420_000_291_045_02,
        0.066_751_480_294_531_46,
        -0.062_698_015_397_574_76,
        0.058_177_819_826_926_144,
        -0.053_267_767_988_007_3,
        0.054_159_631_813_668_7,
        -0.062_750_440_105_259_06,
        0.056_968_733_269_929_336,
        -0.024_276_191_080_391_14,
    ];
    const TANH: &'static [f64] = &[
        -0.333_333_333_333_333_1,
        0.133_333_333_333_287_76,
        -0.053_968_253_965_532_01,
        0.021_869_488_454_471_38,
        -0.008_863_234_089_651_3,
        0.003_592_111_813_013_373_5,
        -0.001_455_711_934_330_406_6,
        0.000_589_392_231_659_948_8,
        -0.000_236_845_231_399_641_62,
        9.126_434_300_741_126e-5,
        -2.988_975_512_956_391e-5,
        5.911_162_870_330_015e-6,
    ];

    #[inline(always)]
    fn integer(shifted: f64) -> i64 {
        shifted.to_bits() as i64 - f64::ROUNDING.to_bits() as i64
    }
    #[inline(always)]
    fn power_of_2(n: i64) -> f64 {
        f64::from_bits(((n + 1023) << 52) as u64)
    }
    #[inline(always)]
    fn parts(x: f64) -> [f64; 2] {
        let subnormal = x < f64::MIN_POSITIVE;
        let scaled = if subnormal {
            x * 18_014_398_509_481_984.0
        } else {
            x
        };
        let bits = scaled.to_bits() as i64;
        let e = (bits - std::f64::consts::FRAC_1_SQRT_2.to_bits() as i64) >> 52;
        let f = f64::from_bits((bits - (e << 52)) as u64) - 1.0;
        [(e - if subnormal { 54 } else { 0 }) as f64, f]
    }
    #[inline(always)]
    fn copysign(self, sign: f64) -> f64 {
        f64::copysign(self, sign)
    }
}

/// eˣ.
#[inline(always)]
pub(crate) fn exp<T: Format>(x: T) -> T {
    let [y, scale, rest] = exp_parts(x, T::ZERO);
    y * scale * rest
}

/// e^(x + low) for a `low` below an ulp or so of x, as three factors: one near 1 and two powers of 2. Their product may
/// be too small or too large to have all of its digits.
#[inline(always)]
pub(crate) fn exp_parts<T: Format>(x: T, low: T) -> [T; 3] {
    let [least, most] = T::EXP_RANGE;
    // A NaN passes both comparisons by.
    let x = if x < least { least } else { x };
    let x = if x > most { most } else { x };
    let (n, r) = reduced(x);
    let r = r + low;
    let y = T::ONE + (r * r).mul_add(polynomial(T::EXP, r), r);
    let half = n >> 1;
    [y, T::power_of_2(half), T::power_of_2(n - half)]
}

/// eˣ − 1, accurate near 0.
#[inline(always)]
pub(crate) fn exp_m1<T: Format>(x: T) -> T {
    let (least, [_, most]) = (T::EXP_M1_LEAST, T::EXP_RANGE);
    let bounded = if x < least { least } else { x };
    let bounded = if bounded > most { most } else { bounded };
    let (n, r) = reduced(bounded);
    let y = (r * r).mul_add(polynomial(T::EXP_M1, r), r);
    // 2ⁿ y + 2ⁿ − 1, by halves for the sake of the largest n, whose power is infinite.
    let one = T::integer(T::ROUNDING + T::ONE);
    let scale = T::power_of_2(n - one);
    T::of(2.0) * scale.mul_add(y, scale - T::of(0.5))
}

/// ln x.
#[inline(always)]
pub(crate) fn ln<T: Format>(x: T) -> T {
    let [e, f] = T::parts(x);
    let square = f * f;
    let low = (square * f).mul_add(polynomial(T::LN, f), e * T::LN_2[1]);
    let y = e.mul_add(T::LN_2[0], f + T::of(-0.5).mul_add(square, low));
    let y = if x < T::INFINITY { y } else { x };
    let y = if x == T::ZERO { -T::INFINITY } else { y };
    if x < T::ZERO { T::of(f64::NAN) } else { y }
}

/// ln(1 + x), accurate near 0.
#[inline(always)]
pub(crate) fn ln_1p<T: Format>(x: T) -> T {
    let u = T::ONE + x;
    // What the sum has lost, as far as the logarithm feels it.
    let lost = (x - (u - T::ONE)) / u;
    let regular = u > T::ZERO && u < T::INFINITY;
    ln(u) + if regular { lost } else { T::ZERO }
}

/// tanh x.
#[inline(always)]
pub(crate) fn tanh<T: Format>(x: T) -> T {
    let square = x * x;
    let near = (square * x).mul_add(polynomial(T::TANH, square), x);
    let size = x.abs();
    let far = (T::ONE - T::of(2.0) / (T::ONE + exp(T::of(2.0) * size))).copysign(x);
    if size < T::of(0.625) { near } else { far }
}

/// n and r with x = n ln 2 + r and |r| ≤ ½ ln 2.
#[inline(always)]
fn reduced<T: Format>(x: T) -> (T::Int, T) {
    let shifted = x.mul_add(T::LOG2_E, T::ROUNDING);
    let n = shifted - T::ROUNDING;
    let r = (-n).mul_add(T::LN_2[1], (-n).mul_add(T::LN_2[0], x));
    (T::integer(shifted), r)
}

/// Σ cₖ xᵏ, by Horner's rule.
#[inline(always)]
fn polynomial<T: Format>(c: &[T], x: T) -> T {
    let mut sum = c[c.len() - 1];
    for &c in c[..c.len() - 1].iter().rev() {
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
            ("exp", worst(exp::<f32>, f64::exp)),
            ("exp_m1", worst(exp_m1::<f32>, f64::exp_m1)),
            ("ln", worst(ln::<f32>, f64::ln)),
            ("ln_1p", worst(ln_1p::<f32>, f64::ln_1p)),
            ("tanh", worst(tanh::<f32>, f64::tanh)),
        ];
        for (name, (distance, x)) in found {
            assert!(distance <= 2.0, "{name}({x:e}) is {distance} ulps off");
        }
    }

    /// How many numbers of f64 lie between two.
    fn apart(a: f64, b: f64) -> u64 {
        let place = |x: f64| {
            let size = (x.to_bits() & (u64::MAX >> 1)) as i64;
            if x.is_sign_negative() { -size } else { size }
        };
        if a.is_nan() && b.is_nan() {
            0
        } else {
            place(a).abs_diff(place(b))
        }
    }

    /// The system's functions are within an ulp, so these are within three; subnormal results are rounded twice.
    #[test]
    #[allow(clippy::type_complexity)]
    fn functions_are_the_systems_in_double_precision() {
        let functions: [(&str, fn(f64) -> f64, fn(f64) -> f64); 5] = [
            ("exp", exp::<f64>, f64::exp),
            ("exp_m1", exp_m1::<f64>, f64::exp_m1),
            ("ln", ln::<f64>, f64::ln),
            ("ln_1p", ln_1p::<f64>, f64::ln_1p),
            ("tanh", tanh::<f64>, f64::tanh),
        ];
        // Of every sign and exponent, and many near 1, where the logarithm and what comes near it have few digits to lose.
        let spread =
            (0..2_000_000_u64).map(|i| f64::from_bits(i.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let near = (0..2_000_000).map(|i| f64::from(i - 1_000_000) / 9e4);
        let numbers: Vec<f64> = spread.chain(near).chain(numbers().map(f64::from)).collect();
        for (name, ours, theirs) in functions {
            let distance = |&x: &f64| (apart(ours(x), theirs(x)), x);
            let worst = numbers.iter().map(distance).max_by_key(|it| it.0);
            assert!(worst.is_some_and(|it| it.0 <= 2), "{name}: {worst:?}");
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

//! Pairs of bf16: products of numbers rounded to 8 significant bits, in sums of f32, twice as fast where AVX-512 BF16 is.
//!
//! A bf16 number is the upper half of an f32. A product of two has 16 significant bits, so it is exact in f32, and
//! `vdpbf16ps` is two fused products in a row, the upper halves' first: a pair holds the earlier number there, so a sum
//! is the same chain as ever. Processors without the instruction compute the same bits by two fused products (but for
//! sums below 1.2 · 10⁻³⁸, which the instruction takes for 0), at half the speed of f32.

// The instruction is reached by a detected feature of the processor.
#![allow(unsafe_code)]

use pulp::{Arch, Simd, WithSimd};

use super::factor::Factor;
use crate::vector::dispatch;

/// Two numbers in bf16, the earlier one in the upper half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Pair(u32);

const UPPER: u32 = 0xFFFF_0000;

impl Factor for Pair {
    type Sum = f32;
    const DEPTH: usize = 2;
    type Of<S: Simd> = S::u32s;

    #[inline(always)]
    fn splat<S: Simd>(simd: S, x: Pair) -> S::u32s {
        simd.splat_u32s(x.0)
    }

    #[inline(always)]
    fn vectors<S: Simd>(slice: &[Pair]) -> &[S::u32s] {
        // SAFETY: a pair is a transparent u32.
        let bits = unsafe { std::slice::from_raw_parts(slice.as_ptr().cast(), slice.len()) };
        S::as_simd_u32s(bits).0
    }

    #[inline(always)]
    fn mul_add<S: Simd>(simd: S, a: S::u32s, b: S::u32s, c: S::f32s) -> S::f32s {
        #[cfg(target_arch = "x86_64")]
        if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
            use std::arch::x86_64::_mm512_dpbf16_ps;
            // SAFETY: these are 512 bits each, and `dispatch` takes V4 only where the instruction is.
            return unsafe {
                let [a, b] = [a, b].map(|x| std::mem::transmute_copy(&x));
                let sum = _mm512_dpbf16_ps(std::mem::transmute_copy(&c), a, b);
                std::mem::transmute_copy(&sum)
            };
        }
        let upper = |x| simd.transmute_f32s_u32s(simd.and_u32s(x, simd.splat_u32s(UPPER)));
        let lower =
            |x| simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(x, simd.splat_u32s(16)));
        let sum = simd.mul_add_f32s(upper(a), upper(b), c);
        simd.mul_add_f32s(lower(a), lower(b), sum)
    }

    #[inline(always)]
    fn dispatch<K: WithSimd<Output = ()>>(arch: Arch, width: usize, kernel: K) {
        #[cfg(target_arch = "x86_64")]
        if let Arch::V4(simd) = arch {
            if has_bf16() && width.is_multiple_of(16) {
                // SAFETY: the processor has V4, as there is one, and bf16.
                unsafe { with_bf16(simd, kernel) };
            } else {
                // V4 would mean that there is the instruction.
                dispatch::<f32, K>(Arch::V3(*simd), width, kernel);
            }
            return;
        }
        dispatch::<f32, K>(arch, width, kernel);
    }

    fn same(_: &[f32]) -> Option<&[Pair]> {
        None
    }

    fn across(first: &[f32], second: Option<&[f32]>, to: &mut [Pair]) {
        let Some(second) = second else {
            to.iter_mut()
                .zip(first)
                .for_each(|(to, &a)| *to = pair(a, 0.0));
            return;
        };
        #[cfg(target_arch = "x86_64")]
        if has_bf16() {
            // SAFETY: the processor has the instructions.
            unsafe { native::across(first, second, to) };
            return;
        }
        pack_across(first, second, to);
    }

    fn along(numbers: &[f32], to: &mut [Pair]) {
        #[cfg(target_arch = "x86_64")]
        if has_bf16() {
            // SAFETY: the processor has the instructions.
            unsafe { native::along(numbers, to) };
            return;
        }
        pack_along(numbers, to);
    }
}

fn pack_across(first: &[f32], second: &[f32], to: &mut [Pair]) {
    for ((to, &a), &b) in to.iter_mut().zip(first).zip(second) {
        *to = pair(a, b);
    }
}

fn pack_along(numbers: &[f32], to: &mut [Pair]) {
    let (pairs, last) = numbers.as_chunks::<2>();
    for (to, &[a, b]) in to.iter_mut().zip(pairs) {
        *to = pair(a, b);
    }
    if let &[last] = last {
        to[pairs.len()] = pair(last, 0.0);
    }
}

fn pair(first: f32, second: f32) -> Pair {
    Pair(rounded(first) | rounded(second) >> 16)
}

/// The bits of the nearest bf16, the even one of two, as those of an f32. What is below 1.2 · 10⁻³⁸ becomes 0, as the
/// instruction has it.
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    let tiny = bits & f32::INFINITY.to_bits() == 0;
    let near = bits.wrapping_add(0x7FFF + (bits >> 16 & 1)) & UPPER;
    let near = if tiny { bits & 1 << 31 } else { near };
    // A NaN may have all of its bits in the lower half.
    if x.is_nan() {
        (bits | 1 << 22) & UPPER
    } else {
        near
    }
}

/// Whether the processor multiplies pairs.
pub(super) fn has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Compiles a kernel for processors with AVX-512 BF16.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512bf16")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt,fxsr")]
fn with_bf16<K: WithSimd<Output = ()>>(simd: pulp::x86::V4, kernel: K) {
    kernel.with_simd(simd);
}

/// Rounding by the processor's instructions.
#[cfg(target_arch = "x86_64")]
mod native {
    use std::arch::x86_64::{
        __m512, __m512i, _mm512_cvtne2ps_pbh, _mm512_permutexvar_epi16, _mm512_rol_epi32,
    };
    use std::mem::transmute;

    use super::Pair;

    type Numbers = [f32; 16];

    /// Where the places of the pairs come from, if the first ones' numbers follow the second ones'.
    const INTERLEAVED: [u16; 32] = {
        let mut places = [0; 32];
        let mut index = 0;
        while index < 32 {
            places[index] = (index / 2 + index % 2 * 16) as u16;
            index += 1;
        }
        places
    };

    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    pub(super) fn across(first: &[f32], second: &[f32], to: &mut [Pair]) {
        let (firsts, first) = first.as_chunks();
        let (seconds, second) = second.as_chunks();
        let (tos, to) = to.as_chunks_mut::<16>();
        for ((to, first), second) in tos.iter_mut().zip(firsts).zip(seconds) {
            // SAFETY: arrays of 512 bits.
            let places = unsafe { transmute::<[u16; 32], __m512i>(INTERLEAVED) };
            let pairs = _mm512_permutexvar_epi16(places, rounded(second, first));
            // SAFETY: the same; a pair is a transparent u32.
            *to = unsafe { transmute::<__m512i, [Pair; 16]>(pairs) };
        }
        super::pack_across(first, second, to);
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) fn along(numbers: &[f32], to: &mut [Pair]) {
        let (blocks, rest) = numbers.as_chunks::<32>();
        let (tos, to) = to.split_at_mut(16 * blocks.len());
        for (to, block) in tos.as_chunks_mut::<16>().0.iter_mut().zip(blocks) {
            let [low, high] = [0, 16].map(|at| block[at..].first_chunk().expect("32 numbers"));
            // The earlier number of a pair belongs into the upper half.
            let pairs = _mm512_rol_epi32::<16>(rounded(low, high));
            // SAFETY: arrays of 512 bits; a pair is a transparent u32.
            *to = unsafe { transmute::<__m512i, [Pair; 16]>(pairs) };
        }
        super::pack_along(rest, to);
    }

    /// 32 numbers of 16 bits.
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn rounded(low: &Numbers, high: &Numbers) -> __m512i {
        // SAFETY: arrays of 512 bits.
        unsafe {
            let [low, high] = [*low, *high].map(|numbers| transmute::<Numbers, __m512>(numbers));
            transmute(_mm512_cvtne2ps_pbh(high, low))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::factor::{across, along};
    use super::super::kernel::{Left, Product};
    use super::*;

    /// Numbers of all kinds: every exponent, with the mantissas that decide how a number is rounded.
    fn numbers() -> Vec<f32> {
        let mantissas = [
            0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x1_7FFF, 0x1_8000, 0x7F_8000, 0x7F_FFFF,
        ];
        let all = (0..512_u32).flat_map(|top| mantissas.map(|low| f32::from_bits(top << 23 | low)));
        all.collect()
    }

    /// The nearest bf16 by its definition, in f64, where it and its neighbors are exact.
    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        for x in numbers() {
            let near = f32::from_bits(rounded(x));
            if x.is_nan() {
                assert!(near.is_nan());
                continue;
            }
            if x.abs() < f32::MIN_POSITIVE {
                assert_eq!(near, 0.0);
                continue;
            }
            assert_eq!(near.is_sign_negative(), x.is_sign_negative());
            let bits = near.abs().to_bits();
            let distance = |bits: u32| {
                // Beyond the largest finite number is 2¹²⁸, as IEEE 754 rounds.
                let y = f32::from_bits(bits);
                let y = if y == f32::INFINITY {
                    2_f64.powi(128)
                } else {
                    f64::from(y)
                };
                (y - f64::from(x.abs())).abs()
            };
            if x.is_infinite() {
                assert_eq!(near, x);
                continue;
            }
            for other in [bits - (1 << 16), bits + (1 << 16)] {
                if f32::from_bits(other).is_nan() {
                    continue;
                }
                let (here, there) = (distance(bits), distance(other));
                let even = bits >> 16 & 1 == 0;
                assert!(
                    here < there || here == there && even,
                    "{x:e} became {near:e}"
                );
            }
        }
    }

    /// Where the processor has no instructions for it, there is nothing to compare.
    #[test]
    fn the_processor_rounds_alike() {
        let numbers = numbers();
        for len in [numbers.len(), 1, 2, 31, 32, 33, 64, 77] {
            let first = &numbers[numbers.len() - len..];
            let second: Vec<_> = first.iter().rev().copied().collect();
            let mut pairs = [(); 4].map(|()| vec![Pair::default(); len]);
            let [a, b, c, d] = &mut pairs;
            Pair::across(first, Some(&second), a);
            pack_across(first, &second, b);
            assert!(a == b, "across {len}");
            Pair::along(first, c);
            pack_along(first, d);
            assert!(c == d, "along {len}");
        }
    }

    /// Products of pairs are products of rounded numbers, in the same order: on every kind of vectors.
    #[test]
    fn products_are_those_of_rounded_numbers() {
        let number = |index: usize| ((index * 2_654_435_761 % 1009) as f32 - 504.0) / 37.0;
        let round = |x: &f32| f32::from_bits(rounded(*x));
        for (m, lanes, k) in [
            (1, 1, 1),
            (3, 8, 5),
            (7, 16, 12),
            (13, 48, 31),
            (20, 64, 64),
        ] {
            let [a, b] = [m * k, k * lanes].map(|len| (7..7 + len).map(number).collect::<Vec<_>>());
            let start: Vec<_> = (0..m).map(number).collect();
            let [rounded_a, rounded_b] = [&a, &b].map(|x| x.iter().map(round).collect::<Vec<_>>());
            let mut expected = vec![0.0; m * lanes];
            Product {
                c: &mut expected,
                a: Left::Rows(&rounded_a, k),
                b: &rounded_b,
                start: Some(&start),
                shape: (m, lanes, k),
            }
            .compute();
            let (mut rows, mut pairs) = (Vec::new(), Vec::new());
            let (rows, pairs) = (
                along::<Pair>(&a, k, k, &mut rows),
                across(&b, lanes, &mut pairs),
            );
            let half = k.div_ceil(2);
            let columns: Vec<_> = (0..half)
                .flat_map(|q| (0..m).map(move |i| (q, i)))
                .collect();
            let columns: Vec<_> = columns
                .into_iter()
                .map(|(q, i)| rows[i * half + q])
                .collect();
            for arch in archs() {
                for a in [Left::Rows(rows, half), Left::Columns(&columns, m)] {
                    let mut c = vec![0.0; m * lanes];
                    Product {
                        c: &mut c,
                        a,
                        b: pairs,
                        start: Some(&start),
                        shape: (m, lanes, half),
                    }
                    .compute_on(arch);
                    assert!(c == expected, "{m} × {lanes} × {k} on {arch:?}");
                }
            }
        }
    }

    /// All kinds of vectors that there are here.
    fn archs() -> Vec<Arch> {
        let mut archs = vec![Arch::Scalar, Arch::new()];
        #[cfg(target_arch = "x86_64")]
        archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
        archs
    }
}

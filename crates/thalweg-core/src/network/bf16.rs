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

    #[inline(always)]
    fn across(first: &[f32], second: Option<&[f32]>, to: &mut [Pair]) {
        let pairs = to.iter_mut().zip(first);
        match second {
            Some(second) => pairs
                .zip(second)
                .for_each(|((to, &a), &b)| *to = pair(a, b)),
            None => pairs.for_each(|(to, &a)| *to = pair(a, 0.0)),
        }
    }

    #[inline(always)]
    fn along(numbers: &[f32], to: &mut [Pair]) {
        let (pairs, last) = numbers.as_chunks::<2>();
        for (to, &[a, b]) in to.iter_mut().zip(pairs) {
            *to = pair(a, b);
        }
        if let &[last] = last {
            to[pairs.len()] = pair(last, 0.0);
        }
    }
}

#[inline(always)]
fn pair(first: f32, second: f32) -> Pair {
    Pair(rounded(first) | rounded(second) >> 16)
}

/// The bits of the nearest bf16, the even one of two, as those of an f32. What is below 1.2 · 10⁻³⁸ becomes 0, as the
/// instruction has it.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    let near = (bits.wrapping_add(0x7FFF + (bits >> 16 & 1))) & UPPER;
    let tiny = near & f32::INFINITY.to_bits() == 0;
    let near = if tiny { near & 1 << 31 } else { near };
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

//! The few vector operations that products are made of, for both precisions; not the loops, which are the kernels'.

use pulp::{Arch, NullaryFnOnce, Scalar, Simd, WithSimd};
#[cfg(target_arch = "x86_64")]
use pulp::{
    cast,
    x86::{V3, V4},
};

/// A number that vectors are made of.
pub trait Vector: Copy {
    /// A vector of the instruction set `S`.
    type Of<S: Simd>: Copy;
    /// The same number in every place.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Of<S>;
    /// a b + c, rounded once, in every place.
    fn mul_add<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>, c: Self::Of<S>) -> Self::Of<S>;
    /// The whole vectors of a slice.
    fn vectors<S: Simd>(slice: &[Self]) -> &[Self::Of<S>];
    /// The same, to be written to.
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> &mut [Self::Of<S>];
    /// Places in a vector.
    fn lanes<S: Simd>() -> usize;
    /// The numbers of two vectors in turns, a₀ b₀ a₁ b₁ …, in two vectors.
    #[cfg(target_arch = "x86_64")]
    fn zip(simd: V4, a: Self::Of<V4>, b: Self::Of<V4>) -> [Self::Of<V4>; 2];
    /// A vector of numbers that may be too few for one, and 0.
    #[cfg(target_arch = "x86_64")]
    fn load_part(simd: V4, from: &[Self]) -> Self::Of<V4>;
    /// As many numbers of a vector as there are places.
    #[cfg(target_arch = "x86_64")]
    fn store_part(simd: V4, to: &mut [Self], x: Self::Of<V4>);
    /// Puts the numbers of a vector that are not 0 first in `values`, and their places, the first of which is `first`, in
    /// `places`; returns how many there are.
    #[cfg(target_arch = "x86_64")]
    fn compress(
        simd: V4,
        x: Self::Of<V4>,
        first: u32,
        places: &mut [u32; 16],
        values: &mut Self::Of<V4>,
    ) -> usize;
}

impl Vector for f32 {
    type Of<S: Simd> = S::f32s;
    #[inline(always)]
    fn splat<S: Simd>(simd: S, x: f32) -> S::f32s {
        simd.splat_f32s(x)
    }
    #[inline(always)]
    fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
        simd.mul_add_f32s(a, b, c)
    }
    #[inline(always)]
    fn vectors<S: Simd>(slice: &[f32]) -> &[S::f32s] {
        S::as_simd_f32s(slice).0
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(slice: &mut [f32]) -> &mut [S::f32s] {
        S::as_mut_simd_f32s(slice).0
    }
    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        S::F32_LANES
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn zip(simd: V4, a: pulp::f32x16, b: pulp::f32x16) -> [pulp::f32x16; 2] {
        let lows: [i32; 16] = [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23];
        [lows, lows.map(|index| index + 8)].map(|places| {
            let zipped = simd
                .avx512f
                ._mm512_permutex2var_ps(cast(a), cast(places), cast(b));
            cast(zipped)
        })
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn load_part(simd: V4, from: &[f32]) -> pulp::f32x16 {
        simd.partial_load_f32s(from)
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn store_part(simd: V4, to: &mut [f32], x: pulp::f32x16) {
        simd.partial_store_f32s(to, x);
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn compress(
        simd: V4,
        x: pulp::f32x16,
        first: u32,
        places: &mut [u32; 16],
        values: &mut pulp::f32x16,
    ) -> usize {
        let avx = simd.avx512f;
        let mask = avx._mm512_cmpneq_ps_mask(cast(x), avx._mm512_setzero_ps());
        *values = cast(avx._mm512_maskz_compress_ps(mask, cast(x)));
        *places = compress_places(simd, mask, first);
        mask.count_ones() as usize
    }
}

impl Vector for f64 {
    type Of<S: Simd> = S::f64s;
    #[inline(always)]
    fn splat<S: Simd>(simd: S, x: f64) -> S::f64s {
        simd.splat_f64s(x)
    }
    #[inline(always)]
    fn mul_add<S: Simd>(simd: S, a: S::f64s, b: S::f64s, c: S::f64s) -> S::f64s {
        simd.mul_add_f64s(a, b, c)
    }
    #[inline(always)]
    fn vectors<S: Simd>(slice: &[f64]) -> &[S::f64s] {
        S::as_simd_f64s(slice).0
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(slice: &mut [f64]) -> &mut [S::f64s] {
        S::as_mut_simd_f64s(slice).0
    }
    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        S::F64_LANES
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn zip(simd: V4, a: pulp::f64x8, b: pulp::f64x8) -> [pulp::f64x8; 2] {
        let lows: [i64; 8] = [0, 8, 1, 9, 2, 10, 3, 11];
        [lows, lows.map(|index| index + 4)].map(|places| {
            let zipped = simd
                .avx512f
                ._mm512_permutex2var_pd(cast(a), cast(places), cast(b));
            cast(zipped)
        })
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn load_part(simd: V4, from: &[f64]) -> pulp::f64x8 {
        simd.partial_load_f64s(from)
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn store_part(simd: V4, to: &mut [f64], x: pulp::f64x8) {
        simd.partial_store_f64s(to, x);
    }
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn compress(
        simd: V4,
        x: pulp::f64x8,
        first: u32,
        places: &mut [u32; 16],
        values: &mut pulp::f64x8,
    ) -> usize {
        let avx = simd.avx512f;
        let mask = avx._mm512_cmpneq_pd_mask(cast(x), avx._mm512_setzero_pd());
        *values = cast(avx._mm512_maskz_compress_pd(mask, cast(x)));
        *places = compress_places(simd, u16::from(mask), first);
        mask.count_ones() as usize
    }
}

/// The places that a mask has, the first of which is `first`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn compress_places(simd: V4, mask: u16, first: u32) -> [u32; 16] {
    let places: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let places = simd.add_u32s(cast(places), simd.splat_u32s(first));
    let places = simd.avx512f._mm512_maskz_compress_epi32(mask, cast(places));
    cast(places)
}

/// Runs a loop, compiled for the widest vectors that `arch` has and the compiler finds.
#[inline(always)]
pub(crate) fn run<K: WithSimd<Output = ()>>(arch: Arch, kernel: K) {
    match arch {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => Simd::vectorize(simd, kernel),
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) => Simd::vectorize(simd, kernel),
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(simd) => Simd::vectorize(simd, kernel),
        _ => kernel.with_simd(Scalar),
    }
}

/// Runs a loop, compiled for the widest vectors that the machine has and the compiler finds. What is run is an `FnMut`
/// because a closure that could be called twice is not inlined where it is called as an `FnOnce`: it would be compiled
/// for any processor, with a call for each fused product.
#[inline(always)]
pub fn vectorized(f: impl FnMut()) {
    run(Arch::new(), Loop(f));
}

struct Loop<F>(F);

impl<F: FnMut()> WithSimd for Loop<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _simd: S) {
        (self.0)();
    }
}

/// Runs a kernel with the widest vectors of `arch` that `width` numbers are whole vectors of; one number at a time if
/// there are none.
#[inline(always)]
pub(crate) fn run_in_vectors<T: Vector, K: WithSimd<Output = ()>>(
    arch: Arch,
    width: usize,
    kernel: K,
) {
    match arch {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) if width.is_multiple_of(T::lanes::<V4>()) => {
            Simd::vectorize(simd, kernel);
        }
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) if width.is_multiple_of(T::lanes::<V3>()) => {
            Simd::vectorize(*simd, kernel);
        }
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) if width.is_multiple_of(T::lanes::<V3>()) => {
            Simd::vectorize(simd, kernel);
        }
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(simd) if width.is_multiple_of(T::lanes::<pulp::aarch64::Neon>()) => {
            Simd::vectorize(simd, kernel);
        }
        // Compiled for the machine's instructions all the same: a fused product is one of them.
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => Simd::vectorize(*simd, One(kernel)),
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) => Simd::vectorize(simd, One(kernel)),
        _ => kernel.with_simd(Scalar),
    }
}

/// A kernel on one number at a time.
struct One<K>(K);

impl<K: WithSimd<Output = ()>> NullaryFnOnce for One<K> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.0.with_simd(Scalar);
    }
}

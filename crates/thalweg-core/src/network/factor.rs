//! What products are taken of: numbers, or pairs of numbers that are rounded to bf16.

use pulp::{Arch, Simd, WithSimd};

use crate::Real;
use crate::vector::{Vector, dispatch};

/// Vectors of the sums of a factor's products.
pub(super) type Sums<F, S> = <<F as Factor>::Sum as Vector>::Of<S>;

/// A factor of the products: one number of a sum's index, or several that follow each other.
pub(super) trait Factor: Copy + Default + Send + Sync + 'static {
    /// What products are summed in.
    type Sum: Real;
    /// Numbers in a factor.
    const DEPTH: usize;
    /// A vector of factors.
    type Of<S: Simd>: Copy;
    /// The same factor in every place.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Of<S>;
    /// The whole vectors of a slice.
    fn vectors<S: Simd>(slice: &[Self]) -> &[Self::Of<S>];
    /// Σ over a factor's numbers of a b, on top of c: one after the other, each rounded once.
    fn mul_add<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>, c: Sums<Self, S>)
    -> Sums<Self, S>;
    /// Runs a kernel with vectors that `width` sums are whole vectors of.
    fn dispatch<K: WithSimd<Output = ()>>(arch: Arch, width: usize, kernel: K);
    /// Numbers that are factors as they are.
    fn same(numbers: &[Self::Sum]) -> Option<&[Self]>;
    /// The factors of these two vectors' numbers, place by place; a missing second one is 0.
    fn across(first: &[Self::Sum], second: Option<&[Self::Sum]>, to: &mut [Self]);
    /// The factors of neighbors in a vector; 0 follows its end.
    fn along(numbers: &[Self::Sum], to: &mut [Self]);
}

impl<T: Real> Factor for T {
    type Sum = T;
    const DEPTH: usize = 1;
    type Of<S: Simd> = <T as Vector>::Of<S>;

    #[inline(always)]
    fn splat<S: Simd>(simd: S, x: T) -> Self::Of<S> {
        <T as Vector>::splat(simd, x)
    }

    #[inline(always)]
    fn vectors<S: Simd>(slice: &[T]) -> &[Self::Of<S>] {
        <T as Vector>::vectors::<S>(slice)
    }

    #[inline(always)]
    fn mul_add<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>, c: Self::Of<S>) -> Self::Of<S> {
        <T as Vector>::mul_add(simd, a, b, c)
    }

    #[inline(always)]
    fn dispatch<K: WithSimd<Output = ()>>(arch: Arch, width: usize, kernel: K) {
        dispatch::<T, K>(arch, width, kernel);
    }

    fn same(numbers: &[T]) -> Option<&[T]> {
        Some(numbers)
    }

    fn across(first: &[T], _second: Option<&[T]>, to: &mut [T]) {
        to[..first.len()].copy_from_slice(first);
    }

    fn along(numbers: &[T], to: &mut [T]) {
        to[..numbers.len()].copy_from_slice(numbers);
    }
}

/// The factors of a matrix's rows, `DEPTH` rows in one, with `width` numbers in each; in `place` if need be.
pub(super) fn across<'a, F: Factor>(
    from: &'a [F::Sum],
    width: usize,
    place: &'a mut Vec<F>,
) -> &'a [F] {
    if let Some(same) = F::same(from) {
        return same;
    }
    let len = from.len().div_ceil(width * F::DEPTH) * width;
    place.resize(place.len().max(len), F::default());
    pack_across(from, width, &mut place[..len]);
    &place[..len]
}

/// The factors along each row of `width` numbers, of which the first `count` are taken; in `place` if need be.
pub(super) fn along<'a, F: Factor>(
    from: &'a [F::Sum],
    width: usize,
    count: usize,
    place: &'a mut Vec<F>,
) -> &'a [F] {
    if let Some(same) = F::same(from) {
        return same;
    }
    let len = from.len() / width * width.div_ceil(F::DEPTH);
    place.resize(place.len().max(len), F::default());
    pack_along(from, width, count, &mut place[..len]);
    &place[..len]
}

/// See [`across`].
pub(super) fn pack_across<F: Factor>(from: &[F::Sum], width: usize, to: &mut [F]) {
    let rows = from
        .chunks(width * F::DEPTH)
        .zip(to.chunks_exact_mut(width));
    for (rows, to) in rows {
        let (first, second) = rows.split_at(width);
        F::across(first, (!second.is_empty()).then_some(second), to);
    }
}

/// See [`along`].
pub(super) fn pack_along<F: Factor>(from: &[F::Sum], width: usize, count: usize, to: &mut [F]) {
    let rows = to.chunks_exact_mut(width.div_ceil(F::DEPTH));
    for (row, to) in from.chunks_exact(width).zip(rows) {
        F::along(&row[..count], to);
    }
}

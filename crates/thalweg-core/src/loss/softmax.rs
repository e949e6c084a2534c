//! Softmax of the outputs of several rows side by side, and what the logarithm of its sum is made of.

use std::ops::Range;

use super::SIDE;
use crate::Real;

/// Replaces z in some lanes by its softmax. `largest` becomes the largest z of each lane, and `rest` the sum of
/// e^(z − largest) over all others, so that ln Σ eᶻ = largest + ln(1 + rest) keeps its digits however small the rest
/// is. No z overflows.
#[inline(always)]
pub(super) fn softmax<T: Real>(
    z: &mut [T],
    lanes: usize,
    part: &Range<usize>,
    largest: &mut [T],
    rest: &mut [T],
) {
    largest.copy_from_slice(&z[part.clone()]);
    for z in z.chunks_exact(lanes).skip(1) {
        for (largest, &z) in largest.iter_mut().zip(&z[part.clone()]) {
            *largest = if z > *largest { z } else { *largest };
        }
    }
    // How many terms of 1 each lane has yet to leave out: the largest output's.
    let mut ones = [T::ONE; SIDE];
    rest.fill(T::ZERO);
    for z in z.chunks_exact_mut(lanes) {
        let lanes = z[part.clone()].iter_mut().zip(&*largest);
        for ((z, &largest), (one, rest)) in lanes.zip(ones.iter_mut().zip(rest.iter_mut())) {
            *z = (*z - largest).exp();
            let left_out = if *z == T::ONE { *one } else { T::ZERO };
            *one -= left_out;
            *rest += *z - left_out;
        }
    }
    let mut scales = [T::ONE; SIDE];
    for (scale, &rest) in scales.iter_mut().zip(&*rest) {
        *scale = T::ONE / (T::ONE + rest);
    }
    for z in z.chunks_exact_mut(lanes) {
        for (z, &scale) in z[part.clone()].iter_mut().zip(&scales) {
            *z *= scale;
        }
    }
}

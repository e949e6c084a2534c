//! The few operations on whole vectors that instruments are made of, in double precision and in a fixed order, with the
//! widest vectors that the machine has.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::vectorized;

/// Partial sums of a dot product, so that one addition does not wait for the last.
const LANES: usize = 32;

/// Σ aᵢ bᵢ.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    vectorized(|| {
        for (a, b) in a.iter().zip(b) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += a * b;
            }
        }
    });
    for (sum, (a, b)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *sum += a * b;
    }
    sums.iter().sum()
}

/// ‖a‖.
pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// a ← a + k b.
pub(crate) fn add(a: &mut [f64], k: f64, b: &[f64]) {
    vectorized(|| {
        for (a, b) in a.iter_mut().zip(b) {
            *a += k * b;
        }
    });
}

/// a ← k a.
pub(crate) fn scale(a: &mut [f64], k: f64) {
    vectorized(|| {
        for a in &mut *a {
            *a *= k;
        }
    });
}

/// a − b.
pub(crate) fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// a + k b.
pub(crate) fn moved(a: &[f64], k: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + k * b).collect()
}

/// Divides by the norm, whatever its size; the zero vector stays. Returns the norm.
pub(crate) fn normalize(a: &mut [f64]) -> f64 {
    let length = norm(a);
    if length > 0.0 {
        scale(a, 1.0 / length);
    }
    length
}

/// Takes from `a` what it has along a vector of length 1, and says how much that was.
pub(crate) fn take(a: &mut [f64], q: &[f64]) -> f64 {
    let part = dot(q, a);
    add(a, -part, q);
    part
}

/// Σ kᵢ vᵢ of vectors of n numbers, which lie one after another; piece by piece, so that the sum stays in a cache.
pub(crate) fn combination(vectors: &[f64], n: usize, factors: &[f64]) -> Vec<f64> {
    const PIECE: usize = 1024;
    let mut sum = vec![0.0; n];
    vectorized(|| {
        for (piece, sum) in sum.chunks_mut(PIECE).enumerate() {
            for (v, k) in vectors.chunks_exact(n.max(1)).zip(factors) {
                for (sum, v) in sum.iter_mut().zip(&v[piece * PIECE..]) {
                    *sum += k * v;
                }
            }
        }
    });
    sum
}

/// Independent standard normal numbers: the `draw`-th vector of a seed.
pub(crate) fn gaussian(n: usize, seed: u64, draw: u64) -> Vec<f64> {
    let mut rng = stream(seed, Purpose::Landscape, 0, draw);
    (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// Independent signs, −1 or 1: the `draw`-th vector of a seed.
pub(crate) fn signs(n: usize, seed: u64, draw: u64) -> Vec<f64> {
    let mut rng = stream(seed, Purpose::Landscape, 1, draw);
    let sign = |bit: u32| if bit & 1 == 0 { 1.0 } else { -1.0 };
    (0..n).map(|_| sign(rng.next_u32() >> 16)).collect()
}

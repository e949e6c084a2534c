//! Sums over whole vectors, in double precision and always in the same order; nothing here knows of objectives.

use crate::Real;

/// Partial sums of a dot product, so that one addition does not wait for the last.
const LANES: usize = 8;

/// Σ aᵢ bᵢ.
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a.to_f64() * b.to_f64();
        }
    }
    sums.iter().sum()
}

/// Σ |aᵢ|.
pub(super) fn norm1<T: Real>(a: &[T]) -> f64 {
    a.iter().map(|a| a.to_f64().abs()).sum()
}

/// The largest |aᵢ|.
pub(super) fn largest<T: Real>(a: &[T]) -> f64 {
    a.iter().fold(0.0, |most, a| most.max(a.to_f64().abs()))
}

/// a ← a + k b.
pub(super) fn add<T: Real>(a: &mut [T], k: f64, b: &[T]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a = T::of(a.to_f64() + k * b.to_f64());
    }
}

/// a ← −b.
pub(super) fn negate<T: Real>(a: &mut [T], b: &[T]) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = -b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_product_takes_in_every_place() {
        let a: Vec<f32> = (0..21).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 2870.0);
        assert_eq!(largest(&[1.0, -3.0, 2.0]), 3.0);
        assert_eq!(norm1(&[1.0, -3.0, 2.0]), 6.0);
    }
}

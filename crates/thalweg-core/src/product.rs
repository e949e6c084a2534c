//! Matrix products on row-major matrices, by the `gemm` crates.
//!
//! Each call runs on the calling thread alone: the engine cuts work into fixed blocks, so that a product's
//! bits do not depend on the number of threads.

use gemm_common::Parallelism;

use crate::Real;

/// The kernel's signature, as the `gemm` crates have it:
/// `m, n, k, dst, dst_cs, dst_rs, read_dst, lhs, lhs_cs, lhs_rs, rhs, rhs_cs, rhs_rs, alpha, beta, conj × 3, parallelism`.
#[doc(hidden)]
pub type Kernel<T> = unsafe fn(
    usize,
    usize,
    usize,
    *mut T,
    isize,
    isize,
    bool,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    T,
    bool,
    bool,
    bool,
    Parallelism,
);

/// What the product does with the values that the result already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// Overwrites them.
    Set,
    /// Adds to them.
    Add,
}

/// C (m × n) from A (m × k) and Bᵀ, where B is n × k: the forward pass `Z = A Wᵀ`.
pub fn a_bt<T: Real>(c: &mut [T], a: &[T], b: &[T], (m, n, k): (usize, usize, usize), into: Into) {
    assert!(
        c.len() == m * n && a.len() == m * k && b.len() == n * k,
        "shapes agree"
    );
    multiply(c, a, (k, 1), b, (1, k), (m, n, k), into);
}

/// C (m × n) from A (m × k) and B (k × n): the deltas `δ W` of the layer below.
pub fn a_b<T: Real>(c: &mut [T], a: &[T], b: &[T], (m, n, k): (usize, usize, usize), into: Into) {
    assert!(
        c.len() == m * n && a.len() == m * k && b.len() == k * n,
        "shapes agree"
    );
    multiply(c, a, (k, 1), b, (n, 1), (m, n, k), into);
}

/// Rows `first..first + m` of C = Aᵀ B, where A is k × `width` and B is k × n: the gradient `δᵀ A` of some weight rows.
pub fn at_b<T: Real>(
    c: &mut [T],
    a: &[T],
    (first, width): (usize, usize),
    b: &[T],
    (m, n, k): (usize, usize, usize),
    into: Into,
) {
    assert!(first + m <= width && a.len() == k * width, "shapes agree");
    assert!(c.len() == m * n && b.len() == k * n, "shapes agree");
    let a = if k == 0 { a } else { &a[first..] };
    multiply(c, a, (1, width), b, (n, 1), (m, n, k), into);
}

/// C = A B (or C += A B) with C row-major and the others by (row stride, column stride).
fn multiply<T: Real>(
    c: &mut [T],
    a: &[T],
    (a_rs, a_cs): (usize, usize),
    b: &[T],
    (b_rs, b_cs): (usize, usize),
    (m, n, k): (usize, usize, usize),
    into: Into,
) {
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        if into == Into::Set {
            c.fill(T::ZERO);
        }
        return;
    }
    let add = into == Into::Add;
    let alpha = if add { T::ONE } else { T::ZERO };
    // The kernels want the result by columns, so this computes Cᵀ = Bᵀ Aᵀ.
    // SAFETY: the callers have checked that each slice holds the whole matrix that its strides walk over,
    // `c` is borrowed mutably and so overlaps neither `a` nor `b`, and no stride exceeds an isize.
    #[allow(unsafe_code)]
    unsafe {
        T::kernel()(
            n,
            m,
            k,
            c.as_mut_ptr(),
            n as isize,
            1,
            add,
            b.as_ptr(),
            b_rs as isize,
            b_cs as isize,
            a.as_ptr(),
            a_rs as isize,
            a_cs as isize,
            alpha,
            T::ONE,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, cols: usize, seed: u64) -> Vec<f64> {
        let mix = |i: usize| ((i as u64 + 1).wrapping_mul(seed) >> 7) % 1000;
        (0..rows * cols)
            .map(|i| mix(i) as f64 / 500.0 - 1.0)
            .collect()
    }

    fn close(a: &[f64], b: &[f64]) {
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-13 * b.abs().max(1.0), "{a} {b}");
        }
    }

    #[test]
    fn products_equal_the_sums_they_stand_for() {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (17, 33, 9), (64, 10, 65), (2, 3, 0)] {
            let (a, b) = (matrix(m, k, 0x9E37_79B9), matrix(n, k, 0x85EB_CA6B));
            let sum = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[j * k + l]).sum::<f64>();
            let expected: Vec<f64> = (0..m * n).map(|x| sum(x / n, x % n)).collect();

            let mut c = vec![9.0; m * n];
            a_bt(&mut c, &a, &b, (m, n, k), Into::Set);
            close(&c, &expected);

            let b_t: Vec<f64> = (0..k * n).map(|x| b[(x % n) * k + x / n]).collect();
            a_b(&mut c, &a, &b_t, (m, n, k), Into::Set);
            close(&c, &expected);

            let a_t: Vec<f64> = (0..k * m).map(|x| a[(x % m) * k + x / m]).collect();
            for row in 0..m {
                at_b(
                    &mut c[row * n..(row + 1) * n],
                    &a_t,
                    (row, m),
                    &b_t,
                    (1, n, k),
                    Into::Set,
                );
            }
            close(&c, &expected);

            a_bt(&mut c, &a, &b, (m, n, k), Into::Add);
            close(&c, &expected.iter().map(|x| 2.0 * x).collect::<Vec<_>>());
        }
    }
}

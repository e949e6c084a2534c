//! One product with a library: `gemm` is called through pointers, so this is where the compiler cannot check.

use crate::Product;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// Who multiplies.
#[derive(Clone, Copy)]
pub(crate) enum Library {
    Gemm,
    Faer,
}

/// c = a b.
pub(crate) fn multiply(library: Library, threads: usize, product: &mut Product) {
    match library {
        Library::Gemm => by_gemm(threads, product),
        Library::Faer => by_faer(threads, product),
    }
}

fn by_gemm(threads: usize, product: &mut Product) {
    let parallelism = match threads {
        1 => gemm::Parallelism::None,
        threads => gemm::Parallelism::Rayon(threads),
    };
    let (m, n, k) = (product.m, product.n, product.k);
    let ((a_row, a_column), (b_row, b_column)) = (product.a_strides, product.b_strides);
    // SAFETY: `products` makes the slices as long as their shapes and strides say, and c is none of the factors.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            product.c.as_mut_ptr(),
            1,
            n as isize,
            false,
            product.a.as_ptr(),
            a_column as isize,
            a_row as isize,
            product.b.as_ptr(),
            b_column as isize,
            b_row as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

fn by_faer(threads: usize, product: &mut Product) {
    let par = match threads {
        1 => Par::Seq,
        threads => Par::rayon(threads),
    };
    let (m, n, k) = (product.m, product.n, product.k);
    let a = matrix(&product.a, m, k, product.a_strides);
    let b = matrix(&product.b, k, n, product.b_strides);
    let c = MatMut::from_row_major_slice_mut(&mut product.c, m, n);
    matmul(c, Accum::Replace, a, b, 1.0, par);
}

/// A matrix that lies in its slice row by row, or column by column.
fn matrix(slice: &[f32], rows: usize, columns: usize, strides: (usize, usize)) -> MatRef<'_, f32> {
    if strides.1 == 1 {
        MatRef::from_row_major_slice(slice, rows, columns)
    } else {
        MatRef::from_column_major_slice(slice, rows, columns)
    }
}

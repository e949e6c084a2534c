//! Makes a matrix nearly orthogonal by products alone (Bernstein & Newhouse 2024, arXiv:2409.20325; the coefficients of
//! Jordan et al. 2024, kellerjordan.github.io/posts/muon).

use crate::Real;
use crate::network::{Left, Product, Start};

/// Numbers in a row are a multiple of this many: whole vectors of every machine.
const ROW: usize = 16;

/// Makes the singular values of X (rows × columns) over its norm nearly 1 by the quintic Newton-Schulz iteration.
pub(crate) fn orthogonalize<T: Real>(
    x: &mut [T],
    norm: f64,
    (rows, columns): (usize, usize),
    steps: u64,
) {
    const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];
    let [a, b, c] = QUINTIC.map(T::of);
    for x in x.iter_mut() {
        *x = T::of(x.to_f64() / norm);
    }
    // The smaller square of the two.
    let (short, long) = (rows.min(columns), rows.max(columns));
    let (wide, narrow) = (long.next_multiple_of(ROW), short.next_multiple_of(ROW));
    let mut y = vec![T::ZERO; short * wide];
    let mut turned = vec![T::ZERO; long * narrow];
    let across = if rows > columns {
        (1, columns)
    } else {
        (columns, 1)
    };
    copy(x, across, &mut y, (wide, 1), (short, long));
    let (mut gram, mut square) = (vec![T::ZERO; short * narrow], vec![T::ZERO; short * narrow]);
    let mut next = vec![T::ZERO; y.len()];
    for _ in 0..steps {
        copy(&y, (1, wide), &mut turned, (narrow, 1), (long, short));
        multiply(&mut gram, (&y, wide), &turned, (short, narrow, long));
        multiply(&mut square, (&gram, narrow), &gram, (short, narrow, short));
        for (gram, &square) in gram.iter_mut().zip(&square) {
            *gram = b * *gram + c * square;
        }
        multiply(&mut next, (&gram, narrow), &y, (short, wide, short));
        for (y, &next) in y.iter_mut().zip(&next) {
            *y = a * *y + next;
        }
    }
    copy(&y, (wide, 1), x, across, (short, long));
}

/// C (m × n) = A B with A of m × k in rows of some `width`, and B of k × n.
fn multiply<T: Real>(
    c: &mut [T],
    (a, width): (&[T], usize),
    b: &[T],
    shape: (usize, usize, usize),
) {
    T::product(Product {
        c,
        a: Left::Rows(a, width),
        b,
        start: Start::Zero,
        shape,
    });
}

/// Copies rows × columns elements between matrices whose elements are so far apart down and across.
fn copy<T: Real>(
    from: &[T],
    (down, across): (usize, usize),
    to: &mut [T],
    (to_down, to_across): (usize, usize),
    (rows, columns): (usize, usize),
) {
    for row in 0..rows {
        for column in 0..columns {
            to[row * to_down + column * to_across] = from[row * down + column * across];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_directions_of_a_matrix_are_stretched_alike() {
        // Singular values 100 and 1 along the axes, and between two and three columns both become about 1.
        for (rows, columns) in [(2, 3), (3, 2)] {
            let mut x = vec![0.0_f64; 6];
            (x[0], x[columns + 1]) = (100.0, 1.0);
            orthogonalize(&mut x, 101.0, (rows, columns), 10);
            for (at, x) in x.iter().enumerate() {
                let on_diagonal = at == 0 || at == columns + 1;
                let fits = if on_diagonal {
                    (0.6..1.3).contains(x)
                } else {
                    x.abs() < 1e-12
                };
                assert!(fits, "{rows} × {columns}: {x} at {at}");
            }
        }
    }
}

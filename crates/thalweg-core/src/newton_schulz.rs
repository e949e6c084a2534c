//! Makes a matrix nearly orthogonal by products alone (Bernstein & Newhouse 2024, arXiv:2409.20325; the coefficients of
//! Jordan et al. 2024, kellerjordan.github.io/posts/muon).

use crate::Real;
use crate::product::{self, Into};

/// Makes the singular values of X (rows × columns) over its norm nearly 1 by the quintic Newton-Schulz iteration.
pub(crate) fn orthogonalize<T: Real>(
    x: &mut Vec<T>,
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
    if rows > columns {
        *x = transposed(x, columns);
    }
    let (mut gram, mut square) = (vec![T::ZERO; short * short], vec![T::ZERO; short * short]);
    let mut next = vec![T::ZERO; x.len()];
    for _ in 0..steps {
        product::a_bt(&mut gram, x, x, (short, short, long), Into::Set);
        product::a_bt(&mut square, &gram, &gram, (short, short, short), Into::Set);
        for (gram, &square) in gram.iter_mut().zip(&square) {
            *gram = b * *gram + c * square;
        }
        product::a_b(&mut next, &gram, x, (short, long, short), Into::Set);
        for (x, &next) in x.iter_mut().zip(&next) {
            *x = a * *x + next;
        }
    }
    if rows > columns {
        *x = transposed(x, rows);
    }
}

/// The transpose of a matrix with so many columns.
fn transposed<T: Real>(x: &[T], columns: usize) -> Vec<T> {
    let of_column = |column| x[column..].iter().step_by(columns).copied();
    (0..columns).flat_map(of_column).collect()
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

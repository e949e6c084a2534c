//! Compressing and the products with nonzeros, with every instruction set that the processor has.

use super::compress::compress_on;
use super::*;
use crate::network::kernel::Share;
use crate::network::kernel::tests::{numbers, widths};
use crate::network::panels::Seen;
use pulp::Arch;

/// Numbers of which about one in five is not 0, whole stretches of them none and all.
fn thin<T: Real>(count: usize, seed: usize) -> Vec<T> {
    let mut thin = numbers(count, seed);
    for (at, x) in thin.iter_mut().enumerate() {
        let is_zero = match at / 40 % 4 {
            0 => at * 7 % 5 > 0,
            1 => true,
            2 => at * 11 % 6 > 1,
            _ => false,
        };
        if is_zero {
            *x = T::ZERO;
        }
    }
    thin
}

#[test]
fn what_is_not_0_is_left_in_order() {
    fn check<T: Real>() {
        for arch in widths() {
            for len in [0, 1, 7, 8, 16, 17, 40, 200] {
                let row = thin::<T>(len, len);
                let (mut columns, mut values) = (vec![9; len + GROUP], vec![T::ONE; len + GROUP]);
                let count = compress_on(arch, &row, 3, &mut columns, &mut values);
                let found: Vec<_> = columns.iter().copied().zip(values).take(count).collect();
                let all = (3..).zip(row.iter().copied());
                let expected: Vec<_> = all.filter(|(_, x)| *x != T::ZERO).collect();
                assert!(found == expected, "{arch:?}, {len}");
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

/// A tile's rows, dense.
struct Part<T> {
    rows: usize,
    x: Vec<T>,
    delta: Vec<T>,
}

/// What is made of them: nonzeros, and deltas turned.
type Loaded<T> = (Nonzeros<T>, Vec<T>);

/// Both products by their definition, for these tiles: one chain of fused products for each number, zeros among them.
fn by_definition<T: Real>(
    parts: &[Part<T>],
    w: &[T],
    bias: &[T],
    before: &[T],
    inputs: usize,
) -> (Vec<T>, Vec<T>) {
    let outputs = bias.len();
    let mut z = Vec::new();
    let mut g = before.to_vec();
    for part in parts {
        for r in 0..part.rows {
            let x = &part.x[r * inputs..][..inputs];
            for o in 0..outputs {
                let chain = w[o * inputs..].iter().zip(x);
                z.push(chain.fold(bias[o], |sum, (&w, &x)| w.mul_add(x, sum)));
                for (k, &x) in x.iter().enumerate() {
                    let g = &mut g[o * inputs + k];
                    *g = x.mul_add(part.delta[r * outputs + o], *g);
                }
            }
        }
    }
    (z, g)
}

fn of_segments(segment: usize) -> Sparsity {
    Sparsity {
        density: 0.2,
        segment,
        is_thin: false,
    }
}

fn check<T: Real>(inputs: usize, outputs: usize, segment: usize) {
    let part = |rows: usize| Part {
        rows,
        x: thin(rows * inputs, rows),
        delta: numbers(rows * outputs, rows + 1),
    };
    let parts = [part(LANES), part(13), part(1)];
    let (w, bias) = (numbers::<T>(outputs * inputs, 5), numbers::<T>(outputs, 6));
    let before = numbers::<T>(outputs * inputs, 7);
    let (z, g) = by_definition(&parts, &w, &bias, &before, inputs);
    let sparsity = of_segments(segment);
    let weights = Turned::default().fill(&Team::default(), &w, inputs, sparsity);
    let stride = stride::<T>(outputs);
    let loaded: Vec<_> = parts
        .iter()
        .map(|part| {
            let mut nonzeros = Nonzeros::default();
            let row = |row: usize| Row::Dense(&part.x[row * inputs..][..inputs]);
            nonzeros.load((part.rows, inputs), sparsity, row);
            let mut delta = vec![T::of(f64::NAN); LANES * stride];
            for (from, to) in part.delta.chunks(outputs).zip(delta.chunks_mut(stride)) {
                to[..outputs].copy_from_slice(from);
            }
            (nonzeros, delta)
        })
        .collect();
    for arch in widths() {
        let mut found: Vec<T> = Vec::new();
        for (nonzeros, _) in &loaded {
            let mut sums = vec![T::ZERO; nonzeros.rows * stride];
            for row in sums.chunks_mut(stride) {
                row[..outputs].copy_from_slice(&bias);
            }
            SparseProduct {
                nonzeros,
                weights: &weights,
                z: &mut sums,
            }
            .compute_on(arch);
            found.extend(sums.chunks(stride).flat_map(|row| &row[..outputs]));
        }
        let case = (inputs, outputs, segment, arch);
        assert!(found == z, "{case:?}");
        if segment == inputs {
            check_thin(arch, (&parts, &loaded), (&w, &bias, &before), (&z, &g));
        }
        // In one piece, and in pieces that begin anywhere where pieces do.
        for rows in [outputs, 8, 24] {
            let mut found = before.clone();
            for (index, g) in found.chunks_mut(rows * inputs).enumerate() {
                let room = SparseGradient::<T>::room(g.len() / inputs, inputs);
                let share = |tile: usize| {
                    let (nonzeros, delta) = loaded.get(tile)?;
                    Some(SparseShare { delta, nonzeros })
                };
                SparseGradient {
                    first: index * rows,
                    shape: (outputs, inputs),
                    share: &share,
                    g,
                    turned: &mut vec![T::of(f64::NAN); room],
                    adds: true,
                }
                .compute_on(arch);
            }
            assert!(found == g, "{case:?}, {rows}");
        }
    }
}

/// The same a unit at a time.
fn check_thin<T: Real>(
    arch: Arch,
    (parts, loaded): (&[Part<T>], &[Loaded<T>]),
    (w, bias, before): (&[T], &[T], &[T]),
    (z, g): (&[T], &[T]),
) {
    let (outputs, inputs) = (bias.len(), w.len() / bias.len());
    let mut expected = z;
    for (part, (nonzeros, _)) in parts.iter().zip(loaded) {
        let mut found = vec![T::ZERO; outputs * LANES];
        ThinProduct {
            nonzeros,
            weights: w,
            bias,
            z: &mut found,
            lanes: LANES,
        }
        .compute_on(arch);
        for row in 0..part.rows {
            for (unit, z) in found.chunks(LANES).enumerate() {
                assert!(z[row] == expected[row * outputs + unit], "{arch:?}");
            }
        }
        expected = &expected[part.rows * outputs..];
    }
    let turned: Vec<Vec<T>> = parts
        .iter()
        .map(|part| {
            let mut delta = vec![T::of(f64::NAN); outputs * LANES];
            for (at, &x) in part.delta.iter().enumerate() {
                delta[at % outputs * LANES + at / outputs] = x;
            }
            delta
        })
        .collect();
    let nothing = Seen::new(inputs);
    let share = |tile: usize| {
        let (nonzeros, delta) = loaded.get(tile)?;
        Some(Share {
            rows: parts[tile].rows,
            lanes: LANES,
            delta: &turned[tile],
            seen: &nothing,
            sparse: Some(SparseShare { delta, nonzeros }),
        })
    };
    for rows in [outputs, 8] {
        let mut found = before.to_vec();
        for (index, g) in found.chunks_mut(rows * inputs).enumerate() {
            ThinGradient {
                first: index * rows,
                inputs,
                share: &share,
                g,
                adds: true,
            }
            .compute_on(arch);
        }
        assert!(found == g, "{arch:?}, {rows}");
    }
}

#[test]
fn products_are_the_chains_of_all_numbers() {
    for (inputs, outputs) in [(1, 1), (40, 3), (64, 8), (100, 20), (170, 48), (90, 130)] {
        for segment in [inputs, 64, 16] {
            check::<f32>(inputs, outputs, segment);
            check::<f64>(inputs, outputs, segment);
        }
    }
}

#[test]
fn squares_are_those_of_all_numbers() {
    let x = thin::<f32>(3 * 100, 1);
    let mut nonzeros = Nonzeros::default();
    let row = |row: usize| Row::Dense(&x[row * 100..][..100]);
    nonzeros.load((3, 100), of_segments(64), row);
    let squares = nonzeros.squares();
    for (row, square) in x.chunks(100).zip(squares) {
        let sum = row
            .iter()
            .fold(0.0, |sum, &x| sum + f64::from(x) * f64::from(x));
        assert!(square.to_bits() == f64::to_bits(sum), "{square} {sum}");
    }
}

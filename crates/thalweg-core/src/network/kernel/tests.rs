//! Products have the bits of their definition with every instruction set that the processor has.

use super::*;
use crate::network::panels::GROUP;

/// One number at a time, and every width of vectors that this machine has.
pub(in crate::network) fn widths() -> Vec<Arch> {
    let mut widths = vec![Arch::Scalar, Arch::new()];
    #[cfg(target_arch = "x86_64")]
    {
        widths.extend(pulp::x86::V3::try_new().map(Arch::V3));
        widths.extend(pulp::x86::V4::try_new().map(Arch::V4));
    }
    widths
}

/// Numbers of several sizes and both signs, whose sums are rounded.
pub(in crate::network) fn numbers<T: Real>(count: usize, seed: usize) -> Vec<T> {
    let number =
        |at: usize| ((at * 7919 + seed * 104_729) as f64).sin() * 3.0_f64.powi(at as i32 % 5);
    (0..count).map(|at| T::of(number(at))).collect()
}

/// The chain of fused products that the module promises, by the standard library.
fn chain(start: f32, factors: impl Iterator<Item = (f32, f32)>) -> f32 {
    factors.fold(start, |sum, (a, b)| a.mul_add(b, sum))
}

#[test]
fn products_are_chains_of_fused_products_on_every_width() {
    for (m, k) in [
        (1, 1),
        (2, 70),
        (3, 5),
        (7, 64),
        (8, 3),
        (13, 31),
        (70, 17),
        (9, 300),
    ] {
        for lanes in [1, 8, 16, 32, 48, 64] {
            let (a, b, start) = (numbers(m * k, 1), numbers(k * lanes, 2), numbers(m, 3));
            let here: Vec<f32> = (0..m * lanes).map(|at| start[at / lanes]).collect();
            let across: Vec<f32> = (0..m * k).map(|at| a[at % m * k + at / m]).collect();
            let expected: Vec<u32> = (0..m * lanes)
                .map(|at| {
                    let (i, j) = (at / lanes, at % lanes);
                    let factors = (0..k).map(|k_| (a[i * k + k_], b[k_ * lanes + j]));
                    chain(start[i], factors).to_bits()
                })
                .collect();
            for arch in widths() {
                let nothing = vec![f32::NAN; m * lanes];
                for (a, start, c) in [
                    (Left::Rows(&a, k), Start::Rows(&start), &nothing),
                    (Left::Columns(&across, m), Start::Rows(&start), &nothing),
                    (Left::Rows(&a, k), Start::Here, &here),
                    (Left::Columns(&across, m), Start::Here, &here),
                ] {
                    let mut c = c.clone();
                    let product = Product {
                        c: &mut c,
                        a,
                        b: &b,
                        start,
                        shape: (m, lanes, k),
                    };
                    product.compute_on(arch);
                    let bits = c.iter().map(|c| c.to_bits());
                    assert!(
                        bits.eq(expected.iter().copied()),
                        "{m} × {lanes}, {k}, {arch:?}"
                    );
                }
            }
        }
    }
}

/// A tile's deltas, outputs × lanes, and what a layer has seen of it, rows × width.
struct Part {
    rows: usize,
    lanes: usize,
    delta: Vec<f32>,
    input: Vec<f32>,
    seen: Seen<f32>,
}

impl Part {
    fn new(rows: usize, outputs: usize, width: usize) -> Part {
        let lanes = rows.next_multiple_of(GROUP);
        let (input, mut seen) = (numbers(rows * width, rows), Seen::new(width));
        let row = |row: usize| &input[row * width..][..width];
        seen.load(rows, lanes, row, &mut vec![0.0; width * lanes]);
        Part {
            rows,
            lanes,
            delta: numbers(outputs * lanes, outputs),
            input,
            seen,
        }
    }

    fn share(&self) -> Share<'_, f32> {
        Share {
            rows: self.rows,
            lanes: self.lanes,
            delta: &self.delta,
            seen: &self.seen,
            sparse: None,
        }
    }
}

/// Rows `first..` of the gradient by its definition, on top of `before`.
fn by_definition(parts: &[Part], before: &[f32], width: usize, first: usize) -> Vec<u32> {
    let sum = |(at, &before): (usize, &f32)| {
        let (o, i) = (first + at / width, at % width);
        let factors = parts.iter().flat_map(|part| {
            let rows = 0..part.rows;
            rows.map(move |row| {
                (
                    part.delta[o * part.lanes + row],
                    part.input[row * width + i],
                )
            })
        });
        chain(before, factors).to_bits()
    };
    before.iter().enumerate().map(sum).collect()
}

#[test]
fn gradients_are_chains_of_fused_products_on_every_width() {
    for (outputs, width) in [(1, 16), (5, 48), (9, 64), (14, 80), (6, 208)] {
        for rows in [&[1][..], &[64], &[64, 64, 33], &[16, 5]] {
            let parts: Vec<_> = { rows.iter() }
                .map(|&rows| Part::new(rows, outputs, width))
                .collect();
            for (first, adds) in [(0, false), (0, true), (outputs / 2, false)] {
                let before: Vec<f32> = numbers((outputs - first) * width, 7);
                let start = if adds {
                    before.clone()
                } else {
                    vec![0.0; before.len()]
                };
                let expected = by_definition(&parts, &start, width, first);
                for arch in widths() {
                    let mut g = before.clone();
                    let share = |index: usize| Some(parts.get(index)?.share());
                    let gradient = Gradient {
                        first,
                        share: &share,
                    };
                    gradient.compute_on(arch, &mut g, width, adds);
                    let bits = g.iter().map(|g| g.to_bits());
                    assert!(
                        bits.eq(expected.iter().copied()),
                        "{outputs} × {width}, {rows:?}, {arch:?}"
                    );
                }
            }
        }
    }
}

//! Orthogonal: a random rotation, which changes no signal's length.

use rand_chacha::ChaCha8Rng;

use super::{Initializer, fill_normal};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// A random matrix with orthonormal rows, or columns where these are fewer (Saxe et al. 2014).
///
/// ```text
/// A ~ N(0, 1),  A = Q R with the diagonal of R positive
/// W = gain Q
/// ```
/// Positive diagonals make Q uniformly distributed (Mezzadri 2007, arXiv:math-ph/0609050, section 5). Gram and
/// Schmidt's method has them by itself, because they are lengths; a second pass brings the orthogonality
/// from 1e-16 times A's condition to 1e-16 (Giraud et al. 2005, doi:10.1007/s00211-005-0615-4).
///
/// ## Differences
/// The distribution is that of PyTorch's `orthogonal_`, which uses Householder's method and then changes signs.
#[derive(Clone, Debug, PartialEq)]
pub struct Orthogonal {
    /// Factor on the weights.
    pub gain: f64,
}

impl Default for Orthogonal {
    fn default() -> Self {
        Orthogonal { gain: 1.0 }
    }
}

impl Spec for Orthogonal {
    const CARD: &'static Card = &Card {
        name: "orthogonal",
        summary: "A random rotation, which changes no signal's length.",
        formula: "A ~ N(0, 1),  A = Q R with the diagonal of R positive\nW = gain Q",
        paper: "Saxe, McClelland & Ganguli 2014, Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks, arXiv:1312.6120",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "gain",
        doc: "Factor on the weights.",
        range: Range::POSITIVE,
        slot: Slot::Float(|s| &mut s.gain),
    }];
}

impl Initializer for Orthogonal {
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, fan_out: usize, weights: &mut [f64]) {
        if fan_out <= fan_in {
            orthonormal_rows(rng, fan_in, weights);
        } else {
            let mut columns = vec![0.0; weights.len()];
            orthonormal_rows(rng, fan_out, &mut columns);
            for (out, row) in weights.chunks_exact_mut(fan_in).enumerate() {
                for (input, weight) in row.iter_mut().enumerate() {
                    *weight = columns[input * fan_out + out];
                }
            }
        }
        for weight in weights {
            *weight *= self.gain;
        }
    }
}

/// Fills `rows` with random orthonormal rows of length `n`; there are n of them at most.
fn orthonormal_rows(rng: &mut ChaCha8Rng, n: usize, rows: &mut [f64]) {
    for index in 0..rows.len() / n {
        let (before, row) = rows.split_at_mut(index * n);
        let row = &mut row[..n];
        fill_normal(rng, 1.0, row);
        for _pass in 0..2 {
            for other in before.chunks_exact(n) {
                let overlap = dot(row, other);
                for (x, y) in row.iter_mut().zip(other) {
                    *x -= overlap * y;
                }
            }
        }
        let length = dot(row, row).sqrt();
        for x in row {
            *x /= length;
        }
    }
}

/// x·y in eight lanes, whose order of summation is fixed and which the compiler can run side by side.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x, x_rest) = x.as_chunks::<8>();
    let (y, y_rest) = y.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    #[test]
    fn the_shorter_side_is_orthonormal() {
        let gain = 1.5;
        for (fan_in, fan_out) in [(70, 40), (40, 70), (64, 64), (1, 9), (9, 1)] {
            let mut w = vec![0.0; fan_in * fan_out];
            let mut rng = stream(3, Purpose::Init, 0, 0);
            Orthogonal { gain }.fill(&mut rng, fan_in, fan_out, &mut w);
            let wide = fan_out <= fan_in;
            let (count, length) = (fan_in.min(fan_out), fan_in.max(fan_out));
            let entry = |vector: usize, at: usize| {
                let place = if wide {
                    vector * fan_in + at
                } else {
                    at * fan_in + vector
                };
                w[place]
            };
            for a in 0..count {
                for b in 0..count {
                    let dot: f64 = (0..length).map(|at| entry(a, at) * entry(b, at)).sum();
                    let wanted = if a == b { gain * gain } else { 0.0 };
                    assert!((dot - wanted).abs() < 1e-12, "{a} {b}: {dot}");
                }
            }
        }
    }

    #[test]
    fn signs_are_as_likely_as_each_other() {
        // Householder's method without the change of signs would give every 1 × 1 matrix the same sign.
        let positive = (0..1000)
            .filter(|&step| {
                let mut w = [0.0];
                let mut rng = stream(3, Purpose::Init, 0, step);
                Orthogonal::default().fill(&mut rng, 1, 1, &mut w);
                w[0] > 0.0
            })
            .count();
        // Four standard errors: 4 √(1000 / 4).
        assert!((437..=563).contains(&positive), "{positive}");
    }
}

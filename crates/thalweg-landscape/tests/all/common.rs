//! What several tests measure: matrices known by their entries, functions written in a line, networks with rows.

#![allow(clippy::unwrap_used)]

use thalweg_core::Real;
use thalweg_core::loss::{Loss, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::{Objective, Training};
use thalweg_core::team::Team;
use thalweg_landscape::Error;
use thalweg_landscape::operator::Operator;

/// Numbers in [−1, 1] that look random; the tests have no generator of their own to trust.
pub(crate) fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / 2.0_f64.powi(52) - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// About standard normal numbers: sums of twelve.
pub(crate) fn normals(count: usize, seed: u64) -> Vec<f64> {
    let all = numbers(12 * count, seed);
    all.chunks(12)
        .map(|twelve| 0.5 * twelve.iter().sum::<f64>())
        .collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// A diagonal matrix, turned by the reflection I − 2 u uᵀ, so that its eigenvectors are no axes.
pub(crate) struct Turned {
    pub(crate) eigenvalues: Vec<f64>,
    u: Vec<f64>,
    pub(crate) products: usize,
}

impl Turned {
    pub(crate) fn new(eigenvalues: Vec<f64>) -> Turned {
        let mut u = numbers(eigenvalues.len(), 77);
        let length = norm(&u);
        for u in &mut u {
            *u /= length;
        }
        Turned {
            eigenvalues,
            u,
            products: 0,
        }
    }

    pub(crate) fn reflect(&self, v: &mut [f64]) {
        let part = 2.0 * dot(&self.u, v);
        for (v, u) in v.iter_mut().zip(&self.u) {
            *v -= part * u;
        }
    }
}

impl Operator for Turned {
    fn len(&self) -> usize {
        self.eigenvalues.len()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), Error> {
        let n = self.len();
        for (v, out) in v.chunks(n).zip(out.chunks_mut(n)) {
            self.products += 1;
            out.copy_from_slice(v);
            self.reflect(out);
            for (out, eigenvalue) in out.iter_mut().zip(&self.eigenvalues) {
                *out *= eigenvalue;
            }
            self.reflect(out);
        }
        Ok(())
    }
}

/// A function given by value and gradient; its products are differences.
pub(crate) struct Plain<F> {
    pub(crate) n: usize,
    pub(crate) function: F,
}

impl<T: Real, F: FnMut(&[f64], &mut [f64]) -> f64> Objective<T> for Plain<F> {
    fn len(&self) -> usize {
        self.n
    }

    fn rows(&self) -> usize {
        1
    }

    fn gradient(&mut self, parameters: &[T], _rows: &[u32], g: &mut [T]) -> f64 {
        let x: Vec<f64> = parameters.iter().map(|p| p.to_f64()).collect();
        let mut slopes = vec![0.0; x.len()];
        let value = (self.function)(&x, &mut slopes);
        for (g, slope) in g.iter_mut().zip(slopes) {
            *g = T::of(slope);
        }
        value
    }
}

/// Rows for a network.
pub(crate) struct Data {
    pub(crate) width: usize,
    pub(crate) features: Vec<f64>,
    pub(crate) classes: Vec<u32>,
    pub(crate) values: Vec<f64>,
    pub(crate) outputs: usize,
}

impl Data {
    /// Three noisy clouds around the corners of a triangle, and far-off coordinates that say nothing.
    pub(crate) fn clouds(rows: usize, width: usize, seed: u64) -> Data {
        let mut features = normals(rows * width, seed);
        let classes: Vec<u32> = (0..rows as u32).map(|row| row % 3).collect();
        for (row, &class) in features.chunks_mut(width).zip(&classes) {
            row[0] += 2.0 * f64::from(class == 1);
            row[1] += 2.0 * f64::from(class == 2);
        }
        Data {
            width,
            features,
            classes,
            values: Vec::new(),
            outputs: 3,
        }
    }

    /// Rows with given targets.
    pub(crate) fn values(
        features: Vec<f64>,
        width: usize,
        values: Vec<f64>,
        outputs: usize,
    ) -> Data {
        Data {
            width,
            features,
            classes: Vec::new(),
            values,
            outputs,
        }
    }

    pub(crate) fn examples(&self) -> Examples<'_, f64> {
        let targets = if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: self.outputs,
            }
        };
        Examples {
            features: Features::Dense(&self.features),
            width: self.width,
            targets,
            weights: None,
        }
    }

    pub(crate) fn network(&self, hidden: &[u64], activation: &str) -> Network {
        let architecture = Architecture {
            hidden: hidden.to_vec(),
            activation: activation.into(),
            dropout: 0.0,
            ..Architecture::default()
        };
        Network::new(self.width, self.outputs, &architecture).unwrap()
    }

    pub(crate) fn training<'a>(
        &'a self,
        network: &'a Network,
        loss: &'a dyn Loss,
        team: &'a Team,
    ) -> Training<'a, f64> {
        Training::new(Engine::new(network, loss, team), self.examples())
    }
}

/// Gradient descent on all rows.
pub(crate) fn descend(training: &mut Training<'_, f64>, p: &mut [f64], lr: f64, steps: usize) {
    let rows: Vec<u32> = (0..training.examples.rows() as u32).collect();
    let mut g = vec![0.0; p.len()];
    for _ in 0..steps {
        training.gradient(p, &rows, &mut g);
        for (p, g) in p.iter_mut().zip(&g) {
            *p -= lr * g;
        }
    }
}

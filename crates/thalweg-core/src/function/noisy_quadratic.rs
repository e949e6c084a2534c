//! Noisy quadratic: a bowl that is the mean of many bowls, so that the gradient of a batch is noisy.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{Bowl, Critical, Function, Tilt, bowl, variables};
use crate::rng::{Purpose, stream};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// The mean of bowls that differ only in where their bottoms are (Wu et al. 2018).
///
/// ```text
/// fᵢ(x) = ½ (x − cᵢ)ᵀ A (x − cᵢ),  A = diag λ as in a bowl,  i = 1 … rows
/// f(x) = ½ xᵀ A x + ½ noise² tr A
/// ```
///
/// The gradients of the rows scatter around that of f with the trace noise² tr A², the same everywhere. So the
/// noise of a batch, and where a constant learning rate comes to rest, are known beforehand.
///
/// ## Differences
/// The paper draws fresh noise for every batch. Here the rows are drawn once, and in each coordinate their cᵢ are
/// shifted and scaled to the mean 0 and the variance noise² exactly, so that f and the trace are exact too.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyQuadratic {
    /// The shape of all the bowls.
    pub bowl: Bowl,
    /// Number of rows.
    pub rows: u64,
    /// Standard deviation of the rows' bottoms in each coordinate.
    pub noise: f64,
    /// Seed of the rows.
    pub seed: u64,
}

impl Default for NoisyQuadratic {
    fn default() -> Self {
        NoisyQuadratic {
            bowl: Bowl::default(),
            rows: 256,
            noise: 0.5,
            seed: 1,
        }
    }
}

impl Spec for NoisyQuadratic {
    const CARD: &'static Card = &Card {
        name: "noisy_quadratic",
        summary: "A bowl that is the mean of many bowls around it, so that the gradient of a batch is noisy.",
        formula: "fᵢ(x) = ½ (x − cᵢ)ᵀ A (x − cᵢ), A = diag λ as in bowl, i = 1 … rows\nf(x) = ½ xᵀ A x + ½ noise² tr A",
        paper: "Wu, Ren, Liao & Grosse 2018, Understanding Short-Horizon Bias in Stochastic Meta-Optimization, arXiv:1803.02021; batch sizes on it in Zhang et al. 2019, arXiv:1907.04164",
        differences: "The rows are drawn once, with exactly the mean 0 and the variance noise² in each coordinate; the paper draws fresh noise for every batch.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        variables(1000, |s| &mut s.bowl.n),
        bowl::smallest(|s| &mut s.bowl.smallest),
        bowl::largest(|s| &mut s.bowl.largest),
        Field {
            name: "rows",
            doc: "Number of rows, each with a bowl of its own.",
            range: Range::count(2, 10_000),
            slot: Slot::Count(|s| &mut s.rows),
        },
        Field {
            name: "noise",
            doc: "Standard deviation of the rows' bottoms in each coordinate.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.noise),
        },
        Field {
            name: "seed",
            doc: "Seed of the rows; another one gives another sample.",
            range: Range::count(0, u64::MAX),
            slot: Slot::Count(|s| &mut s.seed),
        },
    ];

    fn conflict(&self) -> Option<&'static str> {
        Spec::conflict(&self.bowl)
    }
}

impl NoisyQuadratic {
    /// f(0): what remains at the bottom, because no point suits all rows.
    fn floor(&self) -> f64 {
        0.5 * self.noise * self.noise * self.bowl.eigenvalues().sum::<f64>()
    }

    /// One coordinate of all cᵢ.
    fn centers(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let rows = self.rows as f64;
        let drawn: Vec<f64> = (0..self.rows).map(|_| rng.sample(StandardNormal)).collect();
        let mean = drawn.iter().sum::<f64>() / rows;
        let variance = drawn.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / rows;
        let scale = self.noise / variance.sqrt();
        drawn.into_iter().map(|c| scale * (c - mean)).collect()
    }
}

impl Function for NoisyQuadratic {
    fn dimension(&self) -> usize {
        self.bowl.dimension()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.bowl.value(x) + self.floor()
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        self.bowl.gradient(x, g);
    }

    fn hessian(&self, x: &[f64], h: &mut [f64]) {
        self.bowl.hessian(x, h);
    }

    fn start(&self) -> Vec<f64> {
        self.bowl.start()
    }

    fn bounds(&self) -> Vec<[f64; 2]> {
        self.bowl.bounds()
    }

    fn critical(&self) -> Vec<Critical> {
        let mut critical = self.bowl.critical();
        critical[0].value = self.floor();
        critical
    }

    fn tilts(&self) -> Vec<Tilt> {
        let mut rng = stream(self.seed, Purpose::Data, 0, 0);
        let flat = Tilt {
            slope: Vec::new(),
            offset: -self.floor(),
        };
        let mut tilts = vec![flat; self.rows as usize];
        for eigenvalue in self.bowl.eigenvalues() {
            for (tilt, c) in tilts.iter_mut().zip(self.centers(&mut rng)) {
                tilt.slope.push(-eigenvalue * c);
                tilt.offset += 0.5 * eigenvalue * c * c;
            }
        }
        tilts
    }
}

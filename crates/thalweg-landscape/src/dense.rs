//! Small matrices whole: the exact Hessian, all of its eigenvalues, its inertia. What they are computed from is
//! products, in blocks; the eigenvalues come from `nalgebra`.

use nalgebra::DMatrix;
use nalgebra::linalg::SymmetricEigen;

use crate::Error;
use crate::operator::Operator;

/// The most parameters for which the whole Hessian is taken: it has 72 MB then.
pub const MOST: usize = 3000;
/// Rounds of the QR method for each eigenvalue, of which two or three are usual.
const ROUNDS: usize = 30;
/// Columns that are computed together.
const BLOCK: usize = 64;

/// A symmetric matrix with all of its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Its rows.
    pub n: usize,
    /// Row after row.
    pub entries: Vec<f64>,
    /// The largest difference between an entry and its mirror image before they were averaged, as a part of the largest
    /// entry: what rounding has done.
    pub asymmetry: f64,
}

/// How many eigenvalues are below, at and above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inertia {
    /// Below −τ.
    pub negative: usize,
    /// Within ±τ.
    pub zero: usize,
    /// Above τ.
    pub positive: usize,
}

/// Every eigenvalue.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// The smallest first.
    pub eigenvalues: Vec<f64>,
    /// What an eigenvalue must exceed to be told from 0 by rounding: n · precision · the largest of them.
    pub tolerance: f64,
}

/// Every eigenvalue with its vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// The smallest first.
    pub values: Vec<f64>,
    /// Their unit vectors.
    pub vectors: Vec<Vec<f64>>,
}

impl Dense {
    /// The whole of a matrix of which only products are known.
    ///
    /// # Errors
    /// [`Error::TooManyParameters`], or what its products fail with.
    pub fn of(operator: &mut dyn Operator) -> Result<Dense, Error> {
        let n = operator.len();
        if n > MOST {
            return Err(Error::TooManyParameters {
                parameters: n,
                most: MOST,
            });
        }
        let mut entries = vec![0.0; n * n];
        let mut units = vec![0.0; BLOCK.min(n) * n];
        for (block, rows) in entries.chunks_mut(BLOCK * n).enumerate() {
            let units = &mut units[..rows.len()];
            units.fill(0.0);
            for (row, unit) in units.chunks_mut(n).enumerate() {
                unit[block * BLOCK + row] = 1.0;
            }
            operator.apply(units, rows)?;
        }
        Ok(Dense::symmetric(n, entries))
    }

    /// The mean of a matrix and its mirror image.
    fn symmetric(n: usize, mut entries: Vec<f64>) -> Dense {
        let (mut apart, mut largest) = (0.0_f64, 0.0_f64);
        for i in 0..n {
            for j in 0..=i {
                let (a, b) = (entries[i * n + j], entries[j * n + i]);
                apart = apart.max((a - b).abs());
                largest = largest.max(a.abs()).max(b.abs());
                let mean = 0.5 * (a + b);
                entries[i * n + j] = mean;
                entries[j * n + i] = mean;
            }
        }
        let asymmetry = if largest > 0.0 { apart / largest } else { 0.0 };
        Dense {
            n,
            entries,
            asymmetry,
        }
    }

    /// Σ of the diagonal.
    pub fn trace(&self) -> f64 {
        (0..self.n).map(|i| self.entries[i * (self.n + 1)]).sum()
    }

    /// All eigenvalues.
    ///
    /// # Errors
    /// [`Error::NoEigenvalues`].
    pub fn spectrum(&self, precision: f64) -> Result<Spectrum, Error> {
        self.check()?;
        let mut eigenvalues: Vec<f64> = self
            .matrix()
            .symmetric_eigenvalues()
            .iter()
            .copied()
            .collect();
        eigenvalues.sort_by(f64::total_cmp);
        let largest = eigenvalues
            .iter()
            .fold(0.0_f64, |most, e| most.max(e.abs()));
        Ok(Spectrum {
            tolerance: self.n as f64 * precision * largest,
            eigenvalues,
        })
    }

    /// All eigenvalues with their vectors.
    ///
    /// # Errors
    /// [`Error::NoEigenvalues`].
    pub fn eigen(&self) -> Result<Eigen, Error> {
        self.check()?;
        let found = SymmetricEigen::try_new(self.matrix(), f64::EPSILON, ROUNDS * self.n);
        let found = found.ok_or(Error::NoEigenvalues { size: self.n })?;
        let values = found.eigenvalues;
        let mut order: Vec<usize> = (0..self.n).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let column = |k: usize| {
            found
                .eigenvectors
                .column(k)
                .iter()
                .copied()
                .collect::<Vec<f64>>()
        };
        Ok(Eigen {
            vectors: order.iter().map(|&k| column(k)).collect(),
            values: order.iter().map(|&k| values[k]).collect(),
        })
    }

    /// Whether there are eigenvalues to be found.
    fn check(&self) -> Result<(), Error> {
        if self.entries.iter().all(|entry| entry.is_finite()) {
            Ok(())
        } else {
            Err(Error::NoEigenvalues { size: self.n })
        }
    }

    fn matrix(&self) -> DMatrix<f64> {
        DMatrix::from_row_slice(self.n, self.n, &self.entries)
    }
}

impl Spectrum {
    /// How many eigenvalues are negative, none and positive, where what is within ±`tolerance` is 0.
    pub fn inertia(&self, tolerance: f64) -> Inertia {
        let count = |is: &dyn Fn(f64) -> bool| self.eigenvalues.iter().filter(|e| is(**e)).count();
        let negative = count(&|e| e < -tolerance);
        let positive = count(&|e| e > tolerance);
        Inertia {
            negative,
            zero: self.eigenvalues.len() - negative - positive,
            positive,
        }
    }
}

/// Eigenvalues and vectors of a tridiagonal matrix, the smallest first.
pub(crate) fn tridiagonal(diagonal: &[f64], beside: &[f64]) -> Result<Eigen, Error> {
    let n = diagonal.len();
    let mut entries = vec![0.0; n * n];
    for (i, &alpha) in diagonal.iter().enumerate() {
        entries[i * (n + 1)] = alpha;
    }
    for (i, &beta) in beside.iter().enumerate().take(n - 1) {
        entries[i * n + i + 1] = beta;
        entries[(i + 1) * n + i] = beta;
    }
    Dense::symmetric(n, entries).eigen()
}

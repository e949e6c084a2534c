//! Both ends of a spectrum by Lanczos' method, with every vector kept orthogonal to all before it, so that no eigenvalue
//! is found twice. Not the eigenvalues between them: see `density`.

use crate::Error;
use crate::dense::{Eigen, tridiagonal};
use crate::operator::Operator;
use crate::vector::{add, combination, gaussian, normalize, scale, signs, take};

/// How far to go.
#[derive(Clone, Debug, PartialEq)]
pub struct Lanczos {
    /// The most products.
    pub steps: usize,
    /// The residual of both ends to be reached, as a part of the largest eigenvalue by size.
    pub tolerance: f64,
    /// Of the random start.
    pub seed: u64,
}

impl Default for Lanczos {
    fn default() -> Self {
        Lanczos {
            steps: 100,
            tolerance: 1e-3,
            seed: 0,
        }
    }
}

/// An approximate eigenvalue with its vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Ritz {
    /// vᵀ A v: never beyond the end of the spectrum.
    pub value: f64,
    /// ‖A v − value v‖: some eigenvalue lies within this of the value.
    pub residual: f64,
    /// v, of length 1.
    pub vector: Vec<f64>,
}

/// Both ends of a spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// The lower end: the lowest eigenvalue is at most this.
    pub lowest: Ritz,
    /// The upper end: the highest eigenvalue is at least this.
    pub highest: Ritz,
    /// Products that it took.
    pub products: usize,
    /// Whether both residuals are as small as was asked for.
    pub has_converged: bool,
    /// With a random start the probability is 99 % that no eigenvalue lies further out than this beyond the value at
    /// either end; none for a warm start, of which nothing of the kind is known.
    pub unseen: Option<f64>,
}

impl Ends {
    /// The largest eigenvalue by size.
    pub fn largest(&self) -> f64 {
        self.lowest.value.abs().max(self.highest.value.abs())
    }
}

impl Lanczos {
    /// Both ends. A warm start from the ends at a point nearby takes a fraction of the products.
    ///
    /// # Errors
    /// A product that is not finite, or does not exist.
    pub fn ends(&self, operator: &mut dyn Operator, warm: Option<&Ends>) -> Result<Ends, Error> {
        let n = operator.len();
        let start = match warm {
            None => gaussian(n, self.seed, 0),
            Some(warm) => {
                // A little of everything, so that what has come up since can be found.
                let mut start = signs(n, self.seed, 0);
                scale(&mut start, 0.03 / (n as f64).sqrt());
                add(&mut start, 1.0, &warm.lowest.vector);
                add(&mut start, 1.0, &warm.highest.vector);
                start
            }
        };
        let mut walk = Walk::new(operator, start);
        let steps = self.steps.clamp(1, n.max(1));
        loop {
            walk.step()?;
            let done = walk.alphas.len() >= steps || walk.is_closed;
            if !done && walk.alphas.len() > 10 && !walk.alphas.len().is_multiple_of(4) {
                continue;
            }
            let eigen = tridiagonal(&walk.alphas, &walk.betas)?;
            let ends = walk.residuals(&eigen);
            let largest = eigen
                .values
                .iter()
                .fold(0.0_f64, |most, e| most.max(e.abs()));
            let has_converged = ends.iter().all(|&r| r <= self.tolerance * largest);
            if done || (has_converged && walk.alphas.len() > 1) {
                let unseen = warm.is_none().then(|| unseen(n, &walk, &eigen));
                return Ok(Ends {
                    lowest: walk.ritz(&eigen, 0),
                    highest: walk.ritz(&eigen, eigen.values.len() - 1),
                    products: walk.alphas.len(),
                    has_converged,
                    unseen,
                });
            }
        }
    }
}

/// How far beyond the ends an eigenvalue may lie, with 99 % probability (Kuczyński & Woźniakowski 1992, Estimating the
/// Largest Eigenvalue by the Power and Lanczos Algorithms with a Random Start, theorem 4.2):
///
/// ```text
/// Pr[λ₁ − θ₁ > ε (λ₁ − λₙ)] ≤ 1.648 √n e^(−√ε (2m − 1))
/// ```
fn unseen(n: usize, walk: &Walk<'_>, eigen: &Eigen) -> f64 {
    let m = eigen.values.len();
    let spread = eigen.values[m - 1] - eigen.values[0];
    if walk.is_closed || m == n {
        return 0.0;
    }
    // Half of 1 % for either end.
    let root = (1.648 * (n as f64).sqrt() / 0.005).ln() / (2 * m - 1) as f64;
    // ε beyond 1 says nothing; the spread is itself known only up to ε at each end.
    let epsilon = root * root;
    if epsilon >= 0.5 {
        return f64::INFINITY;
    }
    spread * epsilon / (1.0 - 2.0 * epsilon)
}

/// The recurrence A qₖ = βₖ₋₁ qₖ₋₁ + αₖ qₖ + βₖ qₖ₊₁.
pub(crate) struct Walk<'o> {
    operator: &'o mut dyn Operator,
    basis: Vec<Vec<f64>>,
    pub(crate) alphas: Vec<f64>,
    /// The last one is that of the vector to come.
    pub(crate) betas: Vec<f64>,
    /// Whether the basis spans a subspace that A does not leave.
    pub(crate) is_closed: bool,
}

impl<'o> Walk<'o> {
    pub(crate) fn new(operator: &'o mut dyn Operator, mut start: Vec<f64>) -> Walk<'o> {
        normalize(&mut start);
        Walk {
            operator,
            basis: vec![start],
            alphas: Vec::new(),
            betas: Vec::new(),
            is_closed: false,
        }
    }

    /// One more product.
    pub(crate) fn step(&mut self) -> Result<(), Error> {
        let last = &self.basis[self.alphas.len()];
        let mut next = vec![0.0; last.len()];
        self.operator.apply(last, &mut next)?;
        // All of a product but rounding lies along the last two vectors. Once that is taken, what is along all of them is
        // so little that to take it once more is enough.
        let mut along = self.basis.iter().rev();
        let mut alpha = along.next().map_or(0.0, |q| take(&mut next, q));
        let mut square = along.next().map_or(0.0, |q| take(&mut next, q).powi(2));
        for (index, q) in self.basis.iter().enumerate() {
            let part = take(&mut next, q);
            if index + 1 == self.basis.len() {
                alpha += part;
            }
        }
        self.alphas.push(alpha);
        let beta = normalize(&mut next);
        square += alpha * alpha + beta * beta;
        let sizes = self.alphas.iter().chain(&self.betas).map(|x| x.abs());
        let largest = sizes.fold(square.sqrt(), f64::max);
        // What is left of a product in the span is rounding.
        self.is_closed = beta <= 4.0 * self.operator.precision() * largest
            || self.basis.len() == self.operator.len();
        self.betas.push(if self.is_closed { 0.0 } else { beta });
        if !self.is_closed {
            self.basis.push(next);
        }
        Ok(())
    }

    /// The residuals of both ends.
    fn residuals(&self, eigen: &Eigen) -> [f64; 2] {
        let m = self.alphas.len();
        [0, m - 1].map(|k| (self.betas[m - 1] * eigen.vectors[k][m - 1]).abs())
    }

    fn ritz(&self, eigen: &Eigen, k: usize) -> Ritz {
        let m = self.alphas.len();
        let mut vector = combination(&self.basis[..m], &eigen.vectors[k]);
        normalize(&mut vector);
        Ritz {
            value: eigen.values[k],
            residual: (self.betas[m - 1] * eigen.vectors[k][m - 1]).abs(),
            vector,
        }
    }
}

//! Both ends of a spectrum by Lanczos' method, with every vector kept orthogonal to all before it, so that no eigenvalue
//! is found twice. Not the eigenvalues between them: see `density`.

use thalweg_core::Real;

use crate::Error;
use crate::dense::{Eigen, tridiagonal};
use crate::operator::Operator;
use crate::vector::{combination, gaussian, normalize, signs, take};

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
    /// Both ends, from a random start.
    ///
    /// # Errors
    /// A product that is not finite, or does not exist.
    pub fn ends(&self, operator: &mut dyn Operator) -> Result<Ends, Error> {
        let start = gaussian(operator.len(), self.seed, 0);
        let (walk, eigen, mut ends) = self.walk(operator, start)?;
        ends.unseen = Some(unseen(&walk, &eigen));
        Ok(ends)
    }

    /// Both ends, from the vectors of those at a point nearby: that takes a fraction of the products.
    ///
    /// # Errors
    /// As [`Lanczos::ends`].
    pub fn ends_near<T: Real>(
        &self,
        operator: &mut dyn Operator,
        vectors: [&[T]; 2],
    ) -> Result<Ends, Error> {
        let n = operator.len();
        // A little of everything, so that what has come up since can be found.
        let mut start = signs(n, self.seed, 0);
        let little = 0.03 / (n as f64).sqrt();
        for (start, (a, b)) in start.iter_mut().zip(vectors[0].iter().zip(vectors[1])) {
            *start = little * *start + a.to_f64() + b.to_f64();
        }
        Ok(self.walk(operator, start)?.2)
    }

    fn walk<'o>(
        &self,
        operator: &'o mut dyn Operator,
        start: Vec<f64>,
    ) -> Result<(Walk<'o>, Eigen, Ends), Error> {
        let steps = self.steps.clamp(1, start.len().max(1));
        let mut walk = Walk::new(operator, start, steps);
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
                let ends = Ends {
                    lowest: walk.ritz(&eigen, 0),
                    highest: walk.ritz(&eigen, eigen.values.len() - 1),
                    products: walk.alphas.len(),
                    has_converged,
                    unseen: None,
                };
                return Ok((walk, eigen, ends));
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
fn unseen(walk: &Walk<'_>, eigen: &Eigen) -> f64 {
    let (n, m) = (walk.operator.len(), eigen.values.len());
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
    /// The vectors, one after another.
    basis: Vec<f64>,
    pub(crate) alphas: Vec<f64>,
    /// The last one is that of the vector to come.
    pub(crate) betas: Vec<f64>,
    /// Whether the basis spans a subspace that A does not leave.
    pub(crate) is_closed: bool,
}

impl<'o> Walk<'o> {
    /// A walk of at most so many steps.
    pub(crate) fn new(
        operator: &'o mut dyn Operator,
        mut start: Vec<f64>,
        steps: usize,
    ) -> Walk<'o> {
        normalize(&mut start);
        // Memory of a short walk is got at once.
        start.reserve_exact(steps.min(8) * start.len());
        Walk {
            operator,
            basis: start,
            alphas: Vec::new(),
            betas: Vec::new(),
            is_closed: false,
        }
    }

    /// One more product.
    pub(crate) fn step(&mut self) -> Result<(), Error> {
        let (n, known) = (self.operator.len(), self.basis.len());
        self.basis.resize(known + n, 0.0);
        let (basis, next) = self.basis.split_at_mut(known);
        self.operator.apply(&basis[known - n..], next)?;
        // Of what a product has along the basis, all but rounding is along the last two vectors. Once that is taken, what
        // is left is so little that to take it once more is enough.
        let mut last = basis.chunks(n.max(1)).rev();
        let [along_last, before] = [(); 2].map(|()| last.next().map_or(0.0, |q| take(next, q)));
        let again = basis.chunks(n.max(1)).fold(0.0, |_, q| take(next, q));
        let alpha = along_last + again;
        self.alphas.push(alpha);
        let beta = normalize(next);
        let square = alpha * alpha + before * before + beta * beta;
        let sizes = self.alphas.iter().chain(&self.betas).map(|x| x.abs());
        let largest = sizes.fold(square.sqrt(), f64::max);
        // What is left of a product in the span is rounding.
        self.is_closed =
            beta <= 4.0 * self.operator.precision() * largest || self.alphas.len() == n;
        self.betas.push(if self.is_closed { 0.0 } else { beta });
        Ok(())
    }

    /// The residuals of both ends.
    fn residuals(&self, eigen: &Eigen) -> [f64; 2] {
        let m = self.alphas.len();
        [0, m - 1].map(|k| (self.betas[m - 1] * eigen.vectors[k][m - 1]).abs())
    }

    fn ritz(&self, eigen: &Eigen, k: usize) -> Ritz {
        let m = self.alphas.len();
        let mut vector = combination(&self.basis, self.operator.len(), &eigen.vectors[k]);
        normalize(&mut vector);
        Ritz {
            value: eigen.values[k],
            residual: (self.betas[m - 1] * eigen.vectors[k][m - 1]).abs(),
            vector,
        }
    }
}

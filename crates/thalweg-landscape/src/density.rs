//! The density of a spectrum by stochastic Lanczos quadrature (Ubaru, Chen & Saad 2017, doi:10.1137/16M1104974): nodes
//! with weights, as they are. No bandwidth is chosen, and nothing is smoothed.

use crate::Error;
use crate::dense::tridiagonal;
use crate::lanczos::Walk;
use crate::operator::Operator;
use crate::vector::gaussian;

/// How far to go.
#[derive(Clone, Debug, PartialEq)]
pub struct Quadrature {
    /// Random vectors.
    pub runs: usize,
    /// Products for each.
    pub steps: usize,
    /// Of the random vectors.
    pub seed: u64,
}

impl Default for Quadrature {
    fn default() -> Self {
        Quadrature {
            runs: 10,
            steps: 80,
            seed: 0,
        }
    }
}

/// Where the eigenvalues are.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// Places with the share of the eigenvalues that each stands for, the smallest first; the shares have the sum 1.
    pub nodes: Vec<(f64, f64)>,
    /// The mean eigenvalue, which is the trace over the number of parameters.
    pub mean: f64,
    /// Its standard error, from run to run.
    pub mean_error: f64,
    /// Products that it took.
    pub products: usize,
}

impl Density {
    /// The share of eigenvalues at or below x. Where the eigenvalues lie far apart, it is right up to a node's weight.
    pub fn cumulative(&self, x: f64) -> f64 {
        let below = self.nodes.iter().take_while(|(node, _)| *node <= x);
        below.map(|(_, weight)| weight).sum()
    }
}

impl Quadrature {
    /// The density.
    ///
    /// # Errors
    /// A product that is not finite, or does not exist; no runs.
    pub fn density(&self, operator: &mut dyn Operator) -> Result<Density, Error> {
        if self.runs == 0 || self.steps == 0 {
            return Err(Error::TooFew {
                what: "runs and steps of the quadrature",
                found: 0,
                needed: 1,
            });
        }
        let n = operator.len();
        let share = 1.0 / self.runs as f64;
        let (mut nodes, mut means, mut products) = (Vec::new(), Vec::new(), 0);
        for run in 0..self.runs {
            let mut walk = Walk::new(operator, gaussian(n, self.seed, 1 + run as u64), self.steps);
            while walk.alphas.len() < self.steps && !walk.is_closed {
                walk.step()?;
            }
            products += walk.alphas.len();
            let eigen = tridiagonal(&walk.alphas, &walk.betas)?;
            let here = eigen.values.iter().zip(&eigen.vectors);
            let here: Vec<_> = here.map(|(&node, s)| (node, s[0] * s[0])).collect();
            means.push(here.iter().map(|(node, weight)| node * weight).sum::<f64>());
            nodes.extend(here.iter().map(|&(node, weight)| (node, share * weight)));
        }
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mean, mean_error) = crate::statistics::mean(&means);
        Ok(Density {
            nodes,
            mean,
            mean_error,
            products,
        })
    }
}

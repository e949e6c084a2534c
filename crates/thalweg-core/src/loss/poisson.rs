//! Half the Poisson deviance with a logarithmic link: for counts, and for positive numbers whose spread grows with them.

use super::{Purpose, RowLoss, Target, values};
use crate::Real;
use crate::spec::{Card, Field, Spec};

/// Half the Poisson deviance (McCullagh & Nelder 1989, section 2.3.3); an output is the logarithm of the mean.
///
/// ```text
/// loss = 1/K Σₖ (e^zₖ − yₖ zₖ + yₖ ln yₖ − yₖ)      0 ln 0 = 0
/// ∂loss/∂zₖ = (e^zₖ − yₖ) / K
/// ```
///
/// ## Differences
/// PyTorch's PoissonNLLLoss leaves out the terms of y alone. scikit-learn sums over outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poisson;

impl Spec for Poisson {
    const CARD: &'static Card = &Card {
        name: "poisson",
        summary: "Half the Poisson deviance, of counts whose logarithm of the mean is predicted.",
        formula: "loss = 1/K Σₖ (e^zₖ − yₖ zₖ + yₖ ln yₖ − yₖ),  predicted: e^zₖ",
        paper: "McCullagh & Nelder 1989, Generalized Linear Models, section 2.3.3, doi:10.1007/978-1-4899-3242-6",
        differences: "PyTorch's PoissonNLLLoss leaves out the terms of y alone. scikit-learn sums over outputs. The target is not standardized and may not be negative.",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl RowLoss for Poisson {
    const PURPOSE: Purpose = Purpose::Counts;

    #[inline(always)]
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let scale = T::ONE / T::of(z.len() as f64);
        let mut sum = T::ZERO;
        for (z, &y) in z.iter_mut().zip(values(target)) {
            let mean = z.exp();
            let least = if y > T::ZERO { y * y.ln() - y } else { T::ZERO };
            sum += mean - y * *z + least;
            *z = scale * (mean - y);
        }
        scale * sum
    }

    #[inline(always)]
    fn predict<T: Real>(&self, z: &mut [T]) {
        for z in z {
            *z = z.exp();
        }
    }

    fn curvature<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        let scale = T::ONE / T::of(z.len() as f64);
        for z in z {
            *z = scale * z.exp();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 where the mean is the count itself, and (μ − y) − y ln(μ / y) elsewhere.
    #[test]
    fn it_is_half_the_deviance() {
        for (mean, y) in [(3.0_f64, 3.0), (0.5, 4.0), (2.0, 0.0), (1e-3, 1.0)] {
            let mut z = [mean.ln()];
            let loss = Poisson.row(&mut z, Target::Values(&[y]));
            let deviance = if y > 0.0 {
                mean - y - y * (mean / y).ln()
            } else {
                mean
            };
            assert!(
                (loss - deviance).abs() < 1e-14 * (1.0 + y),
                "{loss} {deviance}"
            );
            assert!((z[0] - (mean - y)).abs() < 1e-15 * (1.0 + y));
        }
    }
}

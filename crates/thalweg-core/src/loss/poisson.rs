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
            let excess = z.exp() - y;
            sum += half_deviance(*z, y, excess);
            *z = scale * excess;
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

/// e^z − y z + y ln y − y; near its least value, 0, as y (e^d − 1 − d) with d = z − ln y, or the digits would cancel.
#[inline(always)]
fn half_deviance<T: Real>(z: T, y: T, excess: T) -> T {
    if y > T::ZERO {
        let d = z - y.ln();
        if d.abs() < T::ONE {
            y * (d.exp_m1() - d)
        } else {
            excess - y * d
        }
    } else {
        excess + y - y * z
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

    /// A count of a million, off by its spread: half the deviance is about ½, and f32 has seven digits of a million.
    #[test]
    fn large_counts_keep_their_digits() {
        for y in [1e3, 1e5, 1e6_f64] {
            let mean = (y + y.sqrt()) as f32;
            let z = mean.ln();
            let exact = {
                let d = f64::from(z) - y.ln();
                y * (d.exp_m1() - d)
            };
            let found = Poisson.row(&mut [z], Target::Values(&[y as f32]));
            // z itself has seven digits, so d has an error of 1e-6, and the loss one of y d 1e-6.
            assert!(
                (f64::from(found) - exact).abs() < 2e-6 * y.sqrt(),
                "{found} {exact}"
            );
        }
    }
}

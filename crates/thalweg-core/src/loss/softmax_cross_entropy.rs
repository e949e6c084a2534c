//! Softmax cross-entropy: the loss for several classes.

use super::{Purpose, RowLoss, Target, class};
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Softmax cross-entropy of K outputs, with label smoothing (Szegedy et al. 2016, section 7).
///
/// ```text
/// pₖ = e^zₖ / Σⱼ e^zⱼ
/// qₖ = (1 − s) [k = y] + s / K
/// loss = −Σₖ qₖ ln pₖ
/// ∂loss/∂zₖ = pₖ − qₖ
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoftmaxCrossEntropy {
    /// s: the share of the target that is spread over all classes.
    pub label_smoothing: f64,
}

impl Spec for SoftmaxCrossEntropy {
    const CARD: &'static Card = &Card {
        name: "softmax_cross_entropy",
        summary: "Minus the logarithm of the probability given to the right class.",
        formula: "pₖ = e^zₖ / Σⱼ e^zⱼ\nqₖ = (1 − s) [k = y] + s / K\nloss = −Σₖ qₖ ln pₖ",
        paper: "Szegedy et al. 2016, Rethinking the Inception Architecture, section 7 (label smoothing), arXiv:1512.00567",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "label_smoothing",
        doc: "Share of the target that is spread evenly over all classes.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.label_smoothing),
    }];
}

impl RowLoss for SoftmaxCrossEntropy {
    const PURPOSE: Purpose = Purpose::Classes;

    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let y = class(target) as usize;
        let smoothing = T::of(self.label_smoothing);
        let spread = smoothing / T::of(z.len() as f64);
        let at_target = z[y];
        let mean = if self.label_smoothing > 0.0 {
            z.iter().copied().sum::<T>() / T::of(z.len() as f64)
        } else {
            T::ZERO
        };
        // All relative to the largest output, so that small losses keep their digits at large outputs.
        let (largest, log_sum) = softmax(z);
        for p in z.iter_mut() {
            *p -= spread;
        }
        z[y] -= T::ONE - smoothing;
        log_sum - (T::ONE - smoothing) * (at_target - largest) - smoothing * (mean - largest)
    }

    fn predict<T: Real>(&self, z: &mut [T]) {
        softmax(z);
    }

    fn bend<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        softmax(z);
    }

    /// H = diag p − p pᵀ.
    fn hessian<T: Real>(&self, p: &[T], r: &mut [T]) {
        let mean: T = p.iter().zip(&*r).map(|(&p, &r)| p * r).sum();
        for (r, &p) in r.iter_mut().zip(p) {
            *r = p * (*r - mean);
        }
    }

    /// S = diag √p − p √pᵀ: then S Sᵀ = diag p − 2 p pᵀ + p pᵀ, because Σ p = 1.
    fn root<T: Real>(&self, p: &[T], c: usize, s: &mut [T]) {
        let root = p[c].sqrt();
        for (s, &p) in s.iter_mut().zip(p) {
            *s = -p * root;
        }
        s[c] += root;
    }
}

/// Replaces z by its softmax; returns the largest z and ln Σ e^(z − largest). No z overflows.
fn softmax<T: Real>(z: &mut [T]) -> (T, T) {
    let largest = z.iter().copied().fold(z[0], T::max);
    let mut sum = T::ZERO;
    for z in z.iter_mut() {
        *z = (*z - largest).exp();
        sum += *z;
    }
    let scale = T::ONE / sum;
    for p in z.iter_mut() {
        *p *= scale;
    }
    (largest, sum.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_outputs_cost_the_logarithm_of_the_classes() {
        for smoothing in [0.0, 0.3] {
            let mut z = [7.0_f64; 5];
            let loss = SoftmaxCrossEntropy {
                label_smoothing: smoothing,
            };
            assert!((loss.row(&mut z, Target::Class(2)) - 5.0_f64.ln()).abs() < 1e-14);
        }
    }

    #[test]
    fn small_losses_keep_their_digits_at_large_outputs() {
        let mut z = [100.0_f32, 90.0];
        let loss = SoftmaxCrossEntropy::default().row(&mut z, Target::Class(0));
        let exact = (-10.0_f64).exp().ln_1p();
        // e⁻¹⁰ is added to 1 in 24 bits, which leaves 2⁻²⁴ of 4.5e-5.
        assert!((f64::from(loss) - exact).abs() < 1.2e-7, "{loss:e}");
    }

    #[test]
    fn large_outputs_do_not_overflow() {
        let mut z = [1e30_f32, -1e30, 0.0];
        assert_eq!(
            SoftmaxCrossEntropy::default().row(&mut z, Target::Class(0)),
            0.0
        );
        assert_eq!(z, [0.0, 0.0, 0.0]);
    }
}

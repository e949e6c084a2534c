//! Binary cross-entropy on a logit: the loss for two classes.

use super::{Purpose, RowLoss, Target, class};
use crate::Real;
use crate::activation::sigmoid;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Binary cross-entropy of one output z, the logit of class 1.
///
/// ```text
/// q = (1 − s) y + s / 2
/// loss = max(z, 0) − q z + ln(1 + e^−|z|)
/// ∂loss/∂z = σ(z) − q
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BinaryCrossEntropy {
    /// s: the share of the target that is spread over both classes.
    pub label_smoothing: f64,
}

impl Spec for BinaryCrossEntropy {
    const CARD: &'static Card = &Card {
        name: "binary_cross_entropy",
        summary: "Minus the logarithm of the probability given to the right one of two classes, from one output.",
        formula: "q = (1 − s) y + s / 2\nloss = −q ln σ(z) − (1 − q) ln(1 − σ(z))",
        paper: "",
        differences: "As PyTorch's BCEWithLogitsLoss, which has no label smoothing.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "label_smoothing",
        doc: "Share of the target that is spread evenly over both classes.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.label_smoothing),
    }];
}

impl RowLoss for BinaryCrossEntropy {
    const PURPOSE: Purpose = Purpose::TwoClasses;

    #[inline(always)]
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let smoothing = T::of(self.label_smoothing);
        let y = T::of(f64::from(class(target)));
        let q = (T::ONE - smoothing) * y + smoothing / T::of(2.0);
        let logit = z[0];
        z[0] = sigmoid(logit) - q;
        logit.max(T::ZERO) - q * logit + (-logit.abs()).exp().ln_1p()
    }

    #[inline(always)]
    fn predict<T: Real>(&self, z: &mut [T]) {
        z[0] = sigmoid(z[0]);
    }

    fn curvature<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        // σ(z) σ(−z): 1 − σ would lose the digits of a sure answer.
        z[0] = sigmoid(z[0]) * sigmoid(-z[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_softmax_of_two_outputs() {
        use super::super::SoftmaxCrossEntropy;
        for smoothing in [0.0, 0.2] {
            for (logit, y) in [(0.3, 0), (-2.0, 1), (40.0, 0), (-700.0, 1)] {
                let (mut one, mut two) = ([logit], [0.0_f64, logit]);
                let binary = BinaryCrossEntropy {
                    label_smoothing: smoothing,
                };
                let softmax = SoftmaxCrossEntropy {
                    label_smoothing: smoothing,
                };
                let a = binary.row(&mut one, Target::Class(y));
                let b = softmax.row(&mut two, Target::Class(y));
                assert!((a - b).abs() <= 1e-13 * b.max(1.0) && (one[0] - two[1]).abs() < 1e-15);
            }
        }
    }
}

//! Binary cross-entropy on logits: the loss for two classes, or for labels of which a row may have several.

use std::ops::Range as Lanes;

use super::{LossTile, Purpose, RowLoss, SIDE, Target, Targets};
use crate::Real;
use crate::activation::sigmoid;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Binary cross-entropy of one output z, the logit of class 1; or its sum over outputs, each the logit of a label, with a
/// target y between 0 and 1 for each.
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
        summary: "Minus the logarithm of the probability given to the right one of two classes, from one output; or the sum of that over labels.",
        formula: "q = (1 − s) y + s / 2\nloss = −q ln σ(z) − (1 − q) ln(1 − σ(z))",
        paper: "",
        differences: "As PyTorch's BCEWithLogitsLoss, which has no label smoothing. Over several labels, which only the library takes, it is a sum, as in scikit-learn; PyTorch's is a mean.",
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
        match target {
            Target::Class(class) => self.of(&mut z[0], T::of(f64::from(class))),
            Target::Values(values) => {
                let mut sum = T::ZERO;
                for (z, &y) in z.iter_mut().zip(values) {
                    sum += self.of(z, y);
                }
                sum
            }
        }
    }

    /// Rows side by side, one output after another.
    #[inline(always)]
    fn tile<T: Real>(&self, tile: &mut LossTile<'_, T>) {
        tile.each_part(
            #[inline(always)]
            |tile, part| self.part(tile, part),
        );
    }

    #[inline(always)]
    fn predict<T: Real>(&self, z: &mut [T]) {
        for z in z {
            *z = sigmoid(*z);
        }
    }

    fn curvature<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        // σ(z) σ(−z): 1 − σ would lose the digits of a sure answer.
        for z in z {
            *z = sigmoid(*z) * sigmoid(-*z);
        }
    }
}

impl BinaryCrossEntropy {
    /// Some lanes of a tile, at most [`SIDE`].
    #[inline(always)]
    fn part<T: Real>(&self, tile: &mut LossTile<'_, T>, part: Lanes<usize>) {
        let rows = part.start.min(tile.rows)..part.end.min(tile.rows);
        let losses = &mut tile.losses[part.clone()];
        losses.fill(T::ZERO);
        for (output, z) in tile.z.chunks_exact_mut(tile.lanes).enumerate() {
            let mut targets = [T::ZERO; SIDE];
            match tile.targets {
                Targets::Classes(classes) => {
                    for (y, &class) in targets.iter_mut().zip(&classes[rows.clone()]) {
                        *y = T::of(f64::from(class));
                    }
                }
                Targets::Values { values, width } => {
                    let values = &values[rows.start * width..rows.end * width];
                    for (y, values) in targets.iter_mut().zip(values.chunks_exact(width)) {
                        *y = values[output];
                    }
                }
            }
            let lanes = z[part.clone()].iter_mut().zip(&targets);
            for (loss, (z, &y)) in losses.iter_mut().zip(lanes) {
                *loss += self.of(z, y);
            }
        }
    }

    /// The loss of a logit, which becomes its slope.
    #[inline(always)]
    fn of<T: Real>(&self, z: &mut T, y: T) -> T {
        let smoothing = T::of(self.label_smoothing);
        let q = (T::ONE - smoothing) * y + smoothing / T::of(2.0);
        let logit = *z;
        *z = sigmoid(logit) - q;
        logit.max(T::ZERO) - q * logit + (-logit.abs()).exp().ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_labels_are_a_sum() {
        let loss = BinaryCrossEntropy {
            label_smoothing: 0.1,
        };
        let (logits, labels) = ([0.3, -2.0, 40.0], [1.0, 0.0, 1.0]);
        let mut all = logits;
        let found = loss.row(&mut all, Target::Values(&labels));
        let mut sum = 0.0_f64;
        for ((&logit, &label), &slope) in logits.iter().zip(&labels).zip(&all) {
            let mut one = [logit];
            sum += loss.row(&mut one, Target::Class(label as u32));
            assert_eq!(one[0], slope);
        }
        assert_eq!(found, sum);
    }

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

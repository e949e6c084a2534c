//! DropConnect: single weights switched off at random while training.

use super::{Draws, Mask, Noise};
use crate::Real;
use crate::rng::{Purpose, stream};
use crate::spec::{Card, Field, Range, Slot, Spec};
use crate::vector::vectorized;

/// DropConnect (Wan et al. 2013, section 3): a random mask on the weight matrix of a hidden layer.
///
/// ```text
/// Mᵢⱼ = 0 with probability rate, 1 / (1 − rate) otherwise
/// z = (M ⊙ W) x + b
/// ```
///
/// ## Differences
/// One mask for a batch, where the paper draws one for each row: with a mask for each row there is no matrix
/// product any more. The mask is scaled to mean 1, so the stored weights are the mean weights, which are used
/// for prediction; the paper samples a Gaussian there. The rate is drawn to the nearest of 2¹⁶ steps, as dropout's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DropConnect {
    /// The probability of dropping a weight.
    pub rate: f64,
}

impl Spec for DropConnect {
    const CARD: &'static Card = &Card {
        name: "dropconnect",
        summary: "Single weights switched off at random while training.",
        formula: "Mᵢⱼ = 0 with probability rate, 1 / (1 − rate) otherwise\nz = (M ⊙ W) x + b",
        paper: "Wan et al. 2013, Regularization of Neural Networks using DropConnect, section 3",
        differences: "One mask for a batch, where the paper draws one for each row; mean weights in use, where it samples.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "rate",
        doc: "Probability of dropping a weight.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.rate),
    }];
}

impl DropConnect {
    /// The mask of some of a layer's weights in this step, from the one at `first` of the matrix, row-major.
    pub fn fill<T: Real>(&self, noise: Noise, layer: usize, first: usize, mask: &mut [T]) {
        let rng = stream(noise.seed, Purpose::DropConnect, layer as u16, noise.step);
        let (mut draws, values) = (Draws::new(rng, first & !1), Mask::new(self.rate));
        // Two numbers lie in one of the generator's; a mask that begins with the second one skips the first.
        let skipped = first % 2;
        let (begun, mask) = mask.split_at_mut(mask.len().min(skipped));
        if skipped == 1 {
            values.fill(&draws.next(2)[1..], begun);
        }
        vectorized(|| {
            for mask in mask.chunks_mut(Draws::BLOCK) {
                values.fill(draws.next(mask.len()), mask);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_mask_is_that_of_the_whole() {
        let (dropconnect, noise) = (DropConnect { rate: 0.4 }, Noise { seed: 5, step: 9 });
        let mut whole = vec![0.0_f64; 1_000];
        dropconnect.fill(noise, 1, 0, &mut whole);
        for (first, count) in [
            (0, 1),
            (1, 1),
            (1, 0),
            (64, 300),
            (127, 2),
            (129, 500),
            (999, 1),
        ] {
            let mut part = vec![0.0; count];
            dropconnect.fill(noise, 1, first, &mut part);
            assert_eq!(part, whole[first..][..count], "{count} from {first}");
        }
        let dropped = whole.iter().filter(|m| **m == 0.0).count() as f64 / whole.len() as f64;
        // Four standard errors of a proportion over 1,000 draws.
        assert!(
            (dropped - 0.4).abs() < 4.0 * (0.4_f64 * 0.6 / 1_000.0).sqrt(),
            "{dropped}"
        );
    }

    #[test]
    fn the_highest_rate_leaves_something() {
        let rate = 1.0_f64.next_down();
        let mut mask = vec![0.0_f64; 1 << 20];
        DropConnect { rate }.fill(Noise { seed: 1, step: 0 }, 1, 0, &mut mask);
        assert!(mask.iter().all(|m| *m == 0.0 || *m == 65_536.0));
        // 16 are expected; none at all has the probability e⁻¹⁶.
        assert!(mask.iter().any(|m| *m > 0.0));
    }
}

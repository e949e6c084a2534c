//! Dropout: units switched off at random while training.

use super::{Draws, Mask, Noise};
use crate::Real;
use crate::rng::{Purpose, stream};
use crate::spec::{Card, Field, Range, Slot, Spec};
use crate::vector::vectorized;

/// Inverted dropout (Srivastava et al. 2014): what is kept is scaled up in training, so nothing changes in use.
///
/// ```text
/// mᵢ = 0 with probability rate, 1 / (1 − rate) otherwise
/// h = m ⊙ a
/// ```
///
/// The rate is drawn to the nearest of 2¹⁶ steps, and what is kept scaled by the rate that is drawn: the mean is exact.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dropout {
    /// The probability of dropping a unit.
    pub rate: f64,
}

impl Spec for Dropout {
    const CARD: &'static Card = &Card {
        name: "dropout",
        summary: "Units (or inputs) switched off at random while training, each row its own.",
        formula: "mᵢ = 0 with probability rate, 1 / (1 − rate) otherwise\nh = m ⊙ a",
        paper: "Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
        differences: "Inverted, as PyTorch and Keras: the paper scales the weights down in use instead.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "rate",
        doc: "Probability of dropping a unit.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.rate),
    }];
}

impl Dropout {
    /// The masks of a tile of the step's batch whose first row is `first`, a multiple of 16: units × `lanes`, a lane for
    /// each row.
    ///
    /// An element's mask depends on (seed, step, layer, row, unit) alone: its random number is that at
    ///
    /// ```text
    /// 16 (⌊row / 16⌋ units + unit) + row mod 16
    /// ```
    pub fn fill<T: Real>(
        &self,
        noise: Noise,
        layer: usize,
        first: usize,
        lanes: usize,
        mask: &mut [T],
    ) {
        let units = mask.len() / lanes;
        let rng = stream(noise.seed, Purpose::Dropout, layer as u16, noise.step);
        let (mut draws, values) = (Draws::new(rng, first * units), Mask::new(self.rate));
        vectorized(|| {
            for lane in (0..lanes).step_by(GROUP) {
                let here = lane..lanes.min(lane + GROUP);
                for mask in mask.chunks_mut(Draws::BLOCK / GROUP * lanes) {
                    let numbers = draws.next(mask.len() / lanes * GROUP);
                    let units = mask.chunks_exact_mut(lanes);
                    for (unit, numbers) in units.zip(numbers.chunks_exact(GROUP)) {
                        values.fill(numbers, &mut unit[here.clone()]);
                    }
                }
            }
        });
    }
}

/// Rows that random numbers are drawn for side by side.
const GROUP: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_have_their_rate_and_do_not_depend_on_blocks() {
        let (dropout, noise) = (Dropout { rate: 0.3 }, Noise { seed: 5, step: 9 });
        let (rows, units) = (512, 37);
        let mut whole = vec![0.0_f32; rows * units];
        dropout.fill(noise, 2, 0, rows, &mut whole);

        for (first, lanes) in [(96, 64), (112, 16), (32, 8), (480, 1)] {
            let mut part = vec![0.0_f32; lanes * units];
            dropout.fill(noise, 2, first, lanes, &mut part);
            for unit in 0..units {
                let here = &whole[unit * rows + first..][..lanes];
                assert_eq!(part[unit * lanes..][..lanes], *here);
            }
        }

        let dropped = whole.iter().filter(|m| **m == 0.0).count() as f64 / whole.len() as f64;
        // Four standard errors of a proportion over 18,944 draws.
        assert!(
            (dropped - 0.3).abs() < 4.0 * (0.3_f64 * 0.7 / 18_944.0).sqrt(),
            "{dropped}"
        );
        // The rate is rounded by at most 2⁻¹⁷, and what is kept is scaled by the rate that is drawn with.
        let kept = 1.0 / (1.0 - (0.3 * 65_536.0_f64).round() / 65_536.0);
        assert!((kept - 1.0 / 0.7).abs() < 2.0_f64.powi(-17) / (0.7 * 0.7));
        assert!(whole.iter().all(|m| *m == 0.0 || *m == kept as f32));
    }
}

//! Dropout: units switched off at random while training.

use super::{Noise, fill_mask};
use crate::Real;
use crate::rng::{Purpose, stream};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Inverted dropout (Srivastava et al. 2014): what is kept is scaled up in training, so nothing changes in use.
///
/// ```text
/// mᵢ = 0 with probability rate, 1 / (1 − rate) otherwise
/// h = m ⊙ a
/// ```
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
        let mut rng = stream(noise.seed, Purpose::Dropout, layer as u16, noise.step);
        rng.set_word_pos((first * units) as u128);
        for lane in (0..lanes).step_by(GROUP) {
            for mask in mask.chunks_exact_mut(lanes) {
                let mut group = [T::ZERO; GROUP];
                fill_mask(&mut rng, self.rate, &mut group);
                let here = &mut mask[lane..lanes.min(lane + GROUP)];
                here.copy_from_slice(&group[..here.len()]);
            }
        }
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
        assert!(
            whole
                .iter()
                .all(|m| *m == 0.0 || (*m - 1.0 / 0.7).abs() < 1e-6)
        );
    }
}

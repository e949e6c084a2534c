//! Layers: what a network is made of, forward and backward by hand.
//!
//! A network is a chain of dense layers; dropout acts on what a layer puts out (or on the input) and DropConnect
//! on its weights, both only while training.

mod dense;
mod dropconnect;
mod dropout;

pub use dense::Dense;
pub(crate) use dense::INIT_RANGE;
pub use dropconnect::DropConnect;
pub use dropout::Dropout;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::Real;
use crate::spec::{Entry, Family, Tunable};

/// All kinds of layer.
pub static ALL: Family<dyn Tunable> = Family {
    name: "layers",
    singular: "layer",
    summary: "What a network is made of.",
    members: &[
        Entry::<dyn Tunable>::describing::<Dense>(),
        Entry::<dyn Tunable>::describing::<Dropout>(),
        Entry::<dyn Tunable>::describing::<DropConnect>(),
    ],
};

/// The random masks of one training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    /// The run's seed.
    pub seed: u64,
    /// The step, from 0: each has masks of its own.
    pub step: u64,
}

impl Noise {
    /// The masks of a part, from 0, of a step whose gradient is found in several: each has masks of its own, which no
    /// run with a seed below 2³² has too.
    pub fn part(self, part: u64) -> Noise {
        let seed = self.seed ^ part << 32;
        Noise { seed, ..self }
    }
}

/// Random numbers of 16 bits, in the blocks in which the generator makes them: one by one they take three times as long.
struct Draws {
    rng: ChaCha8Rng,
    block: [u8; Draws::BLOCK * 2],
}

impl Draws {
    /// Numbers in a block.
    const BLOCK: usize = 128;

    /// The numbers of a stream from the one at `first`, which is even.
    fn new(mut rng: ChaCha8Rng, first: usize) -> Draws {
        rng.set_word_pos(first as u128 / 2);
        let block = [0; Draws::BLOCK * 2];
        Draws { rng, block }
    }

    /// The next numbers, at most a block of them.
    fn next(&mut self, count: usize) -> &[[u8; 2]] {
        let bytes = &mut self.block[..2 * count];
        self.rng.fill_bytes(bytes);
        bytes.as_chunks().0
    }
}

/// A mask's two values, of mean 1: 0 with a probability that is the rate to the nearest of 2¹⁶ steps.
#[derive(Clone, Copy)]
struct Mask<T> {
    threshold: u16,
    kept: T,
}

impl<T: Real> Mask<T> {
    fn new(rate: f64) -> Mask<T> {
        let steps = 2.0_f64.powi(16);
        let threshold = (rate * steps).round().min(steps - 1.0);
        Mask {
            threshold: threshold as u16,
            kept: T::of(steps / (steps - threshold)),
        }
    }

    #[inline(always)]
    fn fill(self, numbers: &[[u8; 2]], mask: &mut [T]) {
        for (mask, &number) in mask.iter_mut().zip(numbers) {
            let is_kept = u16::from_le_bytes(number) >= self.threshold;
            *mask = if is_kept { self.kept } else { T::ZERO };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_step_has_masks_of_its_own() {
        let masks = |part: u64| {
            let noise = Noise { seed: 5, step: 9 }.part(part);
            let (mut units, mut weights) = ([0.0_f32; 640], [0.0_f32; 640]);
            Dropout { rate: 0.5 }.fill(noise, 1, 0, 64, &mut units);
            DropConnect { rate: 0.5 }.fill(noise, 1, 0, &mut weights);
            [units.to_vec(), weights.to_vec()]
        };
        let first = masks(0);
        for part in 1..300 {
            let other = masks(part);
            assert!(other[0] != first[0] && other[1] != first[1], "part {part}");
        }
        assert_eq!(
            Noise { seed: 5, step: 9 }.part(0),
            Noise { seed: 5, step: 9 }
        );
    }
}

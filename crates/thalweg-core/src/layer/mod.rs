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

/// Fills `mask` with 0 at the given rate and with 1 / (1 − rate) otherwise, so that its mean is 1.
fn fill_mask<T: crate::Real>(rng: &mut impl rand::Rng, rate: f64, mask: &mut [T]) {
    let keep = T::of(1.0 / (1.0 - rate));
    let threshold = (rate * 2.0_f64.powi(32)) as u32;
    for mask in mask {
        *mask = if rng.next_u32() < threshold {
            T::ZERO
        } else {
            keep
        };
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

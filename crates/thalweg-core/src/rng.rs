//! Random numbers: counter-based streams, each named by what it is for. Never a global or a thread's own generator.
//!
//! A stream is a function of (seed, purpose, layer, step), so nothing about it needs to be saved: a run that
//! goes on at step k draws what it would have drawn there anyway, on any number of threads.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// First weights.
    Init = 1,
    /// The order of the rows in an epoch.
    Shuffle = 2,
    /// Dropout masks.
    Dropout = 3,
    /// DropConnect masks.
    DropConnect = 4,
    /// The split into training, validation and test rows.
    Split = 5,
    /// Generated data sets.
    Data = 6,
    /// Directions, samples and signs of measurements.
    Landscape = 7,
}

/// The stream for this purpose, layer and step (or epoch), of this seed.
pub fn stream(seed: u64, purpose: Purpose, layer: u16, step: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // 8 bits of purpose, 16 of layer, 40 of step: distinct streams for 10¹² steps.
    rng.set_stream((purpose as u64) << 56 | u64::from(layer) << 40 | (step & ((1 << 40) - 1)));
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn streams_differ_and_repeat() {
        let first = |seed, purpose, layer, step| stream(seed, purpose, layer, step).next_u64();
        let base = first(1, Purpose::Dropout, 2, 3);
        assert_eq!(base, first(1, Purpose::Dropout, 2, 3));
        assert_ne!(base, first(2, Purpose::Dropout, 2, 3));
        assert_ne!(base, first(1, Purpose::DropConnect, 2, 3));
        assert_ne!(base, first(1, Purpose::Dropout, 3, 3));
        assert_ne!(base, first(1, Purpose::Dropout, 2, 4));
    }
}

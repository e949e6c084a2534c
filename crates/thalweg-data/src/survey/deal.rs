//! Dealing rows to training, validation and test one by one: a function of the seed and the row's number.
//!
//! Not the split of a table in memory, which is right to one row and by class.

use crate::DataError;
use crate::split::check_shares;

/// What a number is drawn for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Draw {
    Lot = 1,
    Sample = 2,
    Reservoir = 3,
}

/// How the rows of a file are dealt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deal {
    /// The seed.
    pub seed: u64,
    /// The share of the rows that decides when to stop.
    pub validation: f64,
    /// The share that is looked at once, at the end.
    pub test: f64,
}

/// What a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lot {
    /// It is learned from.
    Train,
    /// It decides when to stop.
    Validation,
    /// It is looked at once, at the end.
    Test,
}

impl Deal {
    /// Deals by these shares.
    ///
    /// # Errors
    /// A share is not in [0, 1), or both together leave nothing.
    pub fn new(seed: u64, validation: f64, test: f64) -> Result<Deal, DataError> {
        check_shares(validation, test)?;
        Ok(Deal {
            seed,
            validation,
            test,
        })
    }

    /// All rows are for training.
    pub fn all(seed: u64) -> Deal {
        Deal {
            seed,
            validation: 0.0,
            test: 0.0,
        }
    }

    /// What a row, from 0, is for.
    pub fn lot(&self, row: u64) -> Lot {
        let x = uniform(self.seed, Draw::Lot, 0, row);
        if x < self.validation {
            Lot::Validation
        } else if x < self.validation + self.test {
            Lot::Test
        } else {
            Lot::Train
        }
    }

    /// Whether a row, from 0, is in a sample of this share of them.
    pub fn samples(&self, row: u64, share: f64) -> bool {
        uniform(self.seed, Draw::Sample, 0, row) < share
    }
}

/// A number in [0, 1) that is drawn for the element `at` of a stream.
pub(crate) fn uniform(seed: u64, draw: Draw, stream: u64, at: u64) -> f64 {
    const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
    let key = mix(seed ^ mix((draw as u64) << 56 | stream));
    // Steps of the golden section, as in the paper, so that neighbors start far apart.
    let x = mix(key.wrapping_add(at.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    (x >> 11) as f64 * UNIT
}

/// The finalizer of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195, figure 16).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept_within_chance() {
        let deal = Deal {
            seed: 7,
            validation: 0.1,
            test: 0.2,
        };
        let n = 100_000;
        let count = |lot| (0..n).filter(|&row| deal.lot(row) == lot).count() as f64;
        for (lot, share) in [(Lot::Validation, 0.1), (Lot::Test, 0.2), (Lot::Train, 0.7)] {
            // Four standard deviations of a binomial count.
            let spread = 4.0 * (n as f64 * share * (1.0 - share)).sqrt();
            assert!((count(lot) - n as f64 * share).abs() < spread, "{lot:?}");
        }
        // A sample of the rows of a lot is as large as one of all rows.
        let sampled =
            (0..n).filter(|&row| deal.lot(row) == Lot::Validation && deal.samples(row, 0.5));
        assert!((sampled.count() as f64 - 5000.0).abs() < 4.0 * 4750.0_f64.sqrt());
    }

    #[test]
    fn the_seed_decides() {
        let lots = |seed| -> Vec<Lot> {
            let deal = Deal {
                seed,
                validation: 0.3,
                test: 0.3,
            };
            (0..200).map(|row| deal.lot(row)).collect()
        };
        assert_eq!(lots(1), lots(1));
        assert_ne!(lots(1), lots(2));
        assert!((0..50).all(|row| Deal::all(3).lot(row) == Lot::Train));
    }

    /// The first numbers of SplitMix64 from seed 0, as Java's `SplittableRandom(0)` gives them.
    #[test]
    fn the_finalizer_is_that_of_split_mix() {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        assert_eq!(mix(STEP), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(STEP.wrapping_mul(2)), 0x6E78_9E6A_A1B9_65F4);
    }
}

//! What is fitted on a column of numbers that comes block after block: mean, standard deviation, median.

use super::deal::{Draw, uniform};
use crate::preprocess::{median, standard_deviation};

/// Mean and sum of squares of numbers that come block after block.
///
/// A block is added by the formula of Chan, Golub & LeVeque 1979 (Updating formulae and a pairwise algorithm for
/// computing sample variances, equation 2.1), which loses no more digits than two passes over all numbers:
///
/// ```text
/// M₂ = M₂ₐ + M₂ᵦ + δ² nₐ nᵦ / n      δ = meanᵦ − meanₐ
/// ```
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    n: f64,
    /// A power of two that all is divided by, so that no square overflows; 0 as long as all numbers are 0.
    scale: f64,
    mean: f64,
    m2: f64,
}

impl Moments {
    pub(super) fn add(&mut self, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        if largest > 0.0 {
            self.rescale(2.0_f64.powi(largest.log2() as i32));
        }
        let scale = if self.scale == 0.0 { 1.0 } else { self.scale };
        let n = values.len() as f64;
        let mean = values.iter().map(|x| x / scale).sum::<f64>() / n;
        let m2: f64 = values.iter().map(|x| (x / scale - mean).powi(2)).sum();
        let all = self.n + n;
        let delta = mean - self.mean;
        self.m2 += m2 + delta * delta * (self.n * n / all);
        self.mean += delta * (n / all);
        self.n = all;
    }

    /// Makes the scale at least this.
    fn rescale(&mut self, scale: f64) {
        if scale <= self.scale {
            return;
        }
        let factor = self.scale / scale;
        self.mean *= factor;
        self.m2 *= factor * factor;
        self.scale = scale;
    }

    /// The mean and the standard deviation of the population, 1 where that is 0.
    pub(super) fn mean_and_std(&self) -> (f64, f64) {
        if self.scale == 0.0 {
            return (0.0, 1.0);
        }
        let variance = self.m2 / self.n;
        let std = standard_deviation(self.mean, variance, self.scale);
        (self.mean * self.scale, std)
    }
}

/// Some of the numbers that have come, all with the same chance (Vitter 1985, doi:10.1145/3147.3165, algorithm R).
#[derive(Clone, Debug)]
pub(super) struct Reservoir {
    most: usize,
    seed: u64,
    stream: u64,
    seen: u64,
    kept: Vec<f64>,
}

impl Reservoir {
    /// Keeps all numbers, as long as there are no more than `most`.
    pub(super) fn new(most: usize, seed: u64, stream: u64) -> Reservoir {
        Reservoir {
            most,
            seed,
            stream,
            seen: 0,
            kept: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, values: &[f64]) {
        for &x in values {
            if self.kept.len() < self.most {
                self.kept.push(x);
            } else {
                let drawn = uniform(self.seed, Draw::Reservoir, self.stream, self.seen);
                let place = (drawn * (self.seen + 1) as f64) as usize;
                if let Some(kept) = self.kept.get_mut(place) {
                    *kept = x;
                }
            }
            self.seen += 1;
        }
    }

    /// The median of those that are kept.
    pub(super) fn median(&self) -> f64 {
        median(&mut self.kept.clone())
    }

    /// Whether these are all.
    pub(super) fn is_whole(&self) -> bool {
        self.seen == self.kept.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocess::mean_and_std;

    fn drawn(n: u64) -> Vec<f64> {
        let draw = |at| uniform(3, Draw::Sample, 1, at);
        (0..n).map(draw).collect()
    }

    #[test]
    fn blocks_have_the_moments_of_all_numbers() {
        for (factor, shift) in [(1.0, 0.0), (1e-3, 1e6), (1e300, 5e307), (1e-300, 0.0)] {
            let all: Vec<f64> = drawn(5000).iter().map(|x| x * factor + shift).collect();
            let mut moments = Moments::default();
            moments.add(&all[..1]);
            for block in all[1..].chunks(700) {
                moments.add(block);
            }
            let ((mean, std), (expected, spread)) = (moments.mean_and_std(), mean_and_std(&all));
            // A sum of 5,000 numbers loses 5,000 half-ulp at the worst; of the mean's, the deviation feels its part.
            assert!((mean / expected - 1.0).abs() < 6e-13, "{mean} {expected}");
            let lost = 6e-13 * (1.0 + expected.abs() / spread);
            assert!((std / spread - 1.0).abs() < lost, "{std} {spread}");
        }
    }

    #[test]
    fn constants_and_nothing_have_no_spread() {
        let mut moments = Moments::default();
        assert_eq!(moments.mean_and_std(), (0.0, 1.0));
        moments.add(&[0.0, 0.0]);
        assert_eq!(moments.mean_and_std(), (0.0, 1.0));
        let mut moments = Moments::default();
        for _ in 0..10 {
            moments.add(&[0.1; 7]);
        }
        assert_eq!(moments.mean_and_std().1, 1.0);
    }

    #[test]
    fn a_reservoir_is_exact_until_it_is_full() {
        let mut reservoir = Reservoir::new(1000, 1, 0);
        reservoir.add(&drawn(999));
        assert!(reservoir.is_whole());
        assert_eq!(reservoir.median(), median(&mut drawn(999)));
        reservoir.add(&drawn(50_000));
        assert!(!reservoir.is_whole() && reservoir.kept.len() == 1000);
        // The median of 1,000 uniform numbers has a standard deviation of 0.5 / √1000.
        assert!((reservoir.median() - 0.5).abs() < 4.0 * 0.0158);
    }
}

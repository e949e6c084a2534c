//! Initializers: the weights that a layer starts from. Biases start at 0 and are no concern of these.
//!
//! Signals should neither fade nor blow up on their way through the layers, forwards or backwards; how wide
//! the first weights may be for that depends on how many inputs and outputs the layer has.
//!
//! Adding one: a file beside these, and its two lines in this one.

mod he_normal;
mod he_uniform;
mod lecun_normal;
mod normal;
mod orthogonal;
mod uniform;
mod xavier_normal;
mod xavier_uniform;
mod zeros;

pub use he_normal::HeNormal;
pub use he_uniform::HeUniform;
pub use lecun_normal::LecunNormal;
pub use normal::Normal;
pub use orthogonal::Orthogonal;
pub use uniform::Uniform;
pub use xavier_normal::XavierNormal;
pub use xavier_uniform::XavierUniform;
pub use zeros::Zeros;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::spec::{Entry, Family, Spec, Tunable};

/// All initializers.
pub static ALL: Family<dyn Initializer> = Family {
    name: "initializers",
    singular: "initializer",
    summary: "The weights that a layer starts from.",
    members: &[
        Entry::<dyn Initializer>::of::<Zeros>(),
        Entry::<dyn Initializer>::of::<Normal>(),
        Entry::<dyn Initializer>::of::<Uniform>(),
        Entry::<dyn Initializer>::of::<XavierUniform>(),
        Entry::<dyn Initializer>::of::<XavierNormal>(),
        Entry::<dyn Initializer>::of::<HeUniform>(),
        Entry::<dyn Initializer>::of::<HeNormal>(),
        Entry::<dyn Initializer>::of::<LecunNormal>(),
        Entry::<dyn Initializer>::of::<Orthogonal>(),
    ],
};

/// A source of first weights.
pub trait Initializer: Tunable {
    /// Writes a layer's weights: `fan_out` rows of `fan_in`.
    fn fill(&self, rng: &mut ChaCha8Rng, fan_in: usize, fan_out: usize, weights: &mut [f64]);
}

impl Entry<dyn Initializer> {
    /// The entry of an initializer.
    pub const fn of<I: Spec + Initializer>() -> Self {
        Entry {
            card: I::CARD,
            build: || Box::new(I::default()),
            describe: || Box::new(I::default()),
        }
    }
}

/// Weights from the normal distribution around 0.
fn fill_normal(rng: &mut ChaCha8Rng, std: f64, weights: &mut [f64]) {
    for weight in weights {
        *weight = std * rng.sample::<f64, _>(StandardNormal);
    }
}

/// Weights spread evenly over [−bound, bound).
fn fill_uniform(rng: &mut ChaCha8Rng, bound: f64, weights: &mut [f64]) {
    for weight in weights {
        *weight = bound * (2.0 * rng.random::<f64>() - 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};
    use crate::spec::Value;

    fn filled(initializer: &dyn Initializer, fan_in: usize, fan_out: usize) -> Vec<f64> {
        let mut weights = vec![f64::NAN; fan_in * fan_out];
        let mut rng = stream(7, Purpose::Init, 0, 0);
        initializer.fill(&mut rng, fan_in, fan_out, &mut weights);
        weights
    }

    /// The variance that the papers ask for; none for a member that is not described by one.
    fn check_variance(initializer: &dyn Initializer, variance: f64, kurtosis: f64) {
        let weights = filled(initializer, 300, 200);
        let n = weights.len() as f64;
        let mean = weights.iter().sum::<f64>() / n;
        let sample = weights.iter().map(|w| w * w).sum::<f64>() / n;
        let name = initializer.card().name;
        // The mean of n values errs by σ/√n; the mean of their squares by σ² √((κ − 1) / n).
        assert!(mean.abs() < 4.0 * (variance / n).sqrt(), "{name}: {mean}");
        let error = (sample / variance - 1.0).abs();
        assert!(
            error < 4.0 * ((kurtosis - 1.0) / n).sqrt(),
            "{name}: {error}"
        );
    }

    const NORMAL: f64 = 3.0;
    const UNIFORM: f64 = 1.8;

    #[test]
    fn variances_are_those_of_the_papers() {
        let (fan_in, fan_out) = (300.0, 200.0);
        let glorot = 2.0 / (fan_in + fan_out);
        check_variance(&Normal { std: 0.3 }, 0.09, NORMAL);
        check_variance(&Uniform { bound: 0.3 }, 0.03, UNIFORM);
        check_variance(&XavierUniform::default(), glorot, UNIFORM);
        check_variance(&XavierNormal::default(), glorot, NORMAL);
        check_variance(&XavierNormal { gain: 3.0 }, 9.0 * glorot, NORMAL);
        check_variance(&HeUniform::default(), 2.0 / fan_in, UNIFORM);
        check_variance(&HeNormal::default(), 2.0 / fan_in, NORMAL);
        check_variance(&HeNormal { gain: 1.0 }, 1.0 / fan_in, NORMAL);
        check_variance(&LecunNormal::default(), 1.0 / fan_in, NORMAL);
    }

    #[test]
    fn uniform_weights_keep_within_their_bound() {
        let bound = (6.0_f64 / 500.0).sqrt();
        let weights = filled(&XavierUniform::default(), 300, 200);
        let widest = weights
            .iter()
            .fold(0.0_f64, |widest, w| widest.max(w.abs()));
        assert!(
            widest <= bound && widest > 0.999 * bound,
            "{widest} {bound}"
        );
    }

    #[test]
    fn a_gain_multiplies_the_weights() {
        for entry in ALL.members {
            let mut double = (entry.build)();
            let Some(Value::Float(gain)) = double.get("gain") else {
                continue;
            };
            double.set("gain", &Value::Float(2.0 * gain)).unwrap();
            let once = filled(&*(entry.build)(), 9, 6);
            let twice = filled(&*double, 9, 6);
            for (once, twice) in once.iter().zip(&twice) {
                assert!((twice - 2.0 * once).abs() <= 1e-15 * twice.abs());
            }
        }
    }

    #[test]
    fn every_weight_is_written_and_the_same_seed_gives_the_same_bits() {
        for entry in ALL.members {
            for (fan_in, fan_out) in [(1, 1), (1, 5), (5, 1), (4, 9), (9, 4), (6, 6)] {
                let weights = filled(&*(entry.build)(), fan_in, fan_out);
                assert!(weights.iter().all(|w| w.is_finite()), "{}", entry.card.name);
                assert_eq!(weights, filled(&*(entry.build)(), fan_in, fan_out));
            }
        }
    }
}

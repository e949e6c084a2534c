//! Cosine with restarts: the value falls along half a wave, jumps back, and falls again, each time for longer.

use super::{Schedule, Shape, fields};
use crate::spec::{Card, Field, Range, Spec};

/// Falls along half a wave and starts again from the base (Loshchilov & Hutter 2017, equation 5, with restarts).
///
/// ```text
/// sₙ = period · (1 + factor + … + factorⁿ⁻¹)        the largest sₙ ≤ t
/// value = min + (base − min) (1 + cos(π (t − sₙ) / (period · factorⁿ))) / 2
/// ```
///
/// ## Differences
/// PyTorch's `CosineAnnealingWarmRestarts` has no default for its period `T_0`, and its `T_mult` is a whole number
/// and 1 unless it is set.
#[derive(Clone, Debug, PartialEq)]
pub struct CosineRestarts {
    /// Time of the first fall.
    pub period: f64,
    /// How many times as long as the one before each further fall takes.
    pub factor: f64,
    /// The lowest value itself, not a part of the base value.
    pub min: f64,
}

impl Default for CosineRestarts {
    fn default() -> Self {
        CosineRestarts {
            period: 10.0,
            factor: 2.0,
            min: 0.0,
        }
    }
}

impl Spec for CosineRestarts {
    const CARD: &'static Card = &Card {
        name: "cosine_restarts",
        summary: "Falls along half a wave and starts again from the base value, each time for longer.",
        formula: "sₙ = period · (1 + factor + … + factorⁿ⁻¹), the largest of them ≤ t\nvalue = min + (base − min) (1 + cos(π (t − sₙ) / (period · factorⁿ))) / 2",
        paper: "Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts, equation 5, arXiv:1608.03983",
        differences: "PyTorch's CosineAnnealingWarmRestarts has no default for its period, T_0; its T_mult is a whole number and 1 unless it is set. Keras's CosineDecayRestarts can lower each start (m_mul), and its minimum alpha is a factor of the base value.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::time("period", "Time of the first fall.", |s| &mut s.period),
        fields::float(
            "factor",
            "How many times as long as the one before each further fall takes.",
            Range::below(1.0, f64::INFINITY),
            |s| &mut s.factor,
        ),
        fields::min(
            "The lowest value itself, not a part of the base value.",
            |s| &mut s.min,
        ),
    ];
}

impl Schedule for CosineRestarts {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        let n = self.restarts(t);
        let length = self.period * self.factor.powf(n);
        Shape::Cosine.between(base, self.min.min(base), (t - self.start(n)) / length)
    }
}

impl CosineRestarts {
    /// When the fall number `n`, from 0, starts.
    fn start(&self, n: f64) -> f64 {
        let grown = self.factor - 1.0;
        let periods = if grown == 0.0 {
            n
        } else {
            (self.factor.powf(n) - 1.0) / grown
        };
        self.period * periods
    }

    /// How many falls are over at time `t`.
    fn restarts(&self, t: f64) -> f64 {
        let (grown, periods) = (self.factor - 1.0, t / self.period);
        let guess = if grown == 0.0 {
            periods
        } else {
            (periods * grown).ln_1p() / self.factor.ln()
        };
        // A rounding of the logarithm must not move a restart by a step.
        let mut n = guess.floor();
        if self.start(n + 1.0) <= t {
            n += 1.0;
        } else if n > 0.0 && self.start(n) > t {
            n -= 1.0;
        }
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fall_takes_longer_and_starts_from_the_base() {
        let schedule = CosineRestarts {
            period: 3.0,
            factor: 3.0,
            min: 1.0,
        };
        let at = |t| schedule.value(2.0, t, 1.0);
        // The starts are 3 (3ⁿ − 1) / 2.
        for start in [0.0, 3.0, 12.0, 39.0, 120.0, 363.0, 1092.0, 3279.0] {
            assert_eq!(at(start), 2.0, "{start}");
        }
        assert!((at(1.5) - 1.5).abs() < 1e-15);
        assert!((at(7.5) - 1.5).abs() < 1e-15);
        assert!(at(38.99) - 1.0 < 1e-5);
    }

    #[test]
    fn falls_of_one_length_repeat() {
        let schedule = CosineRestarts {
            period: 0.25,
            factor: 1.0,
            min: 0.0,
        };
        for n in 0..40 {
            assert_eq!(schedule.value(2.0, 0.25 * f64::from(n), 1.0), 2.0);
        }
    }
}

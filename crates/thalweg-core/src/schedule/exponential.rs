//! Exponential: the value falls by the same factor in every step or epoch.

use super::{Schedule, fields};
use crate::spec::{Card, Field, Spec};

/// Falls by the same factor in every unit of time.
///
/// ```text
/// value = base · γᵗ
/// ```
///
/// ## Differences
/// The value is that of PyTorch's `ExponentialLR`, which multiplies again and again and so collects rounding
/// errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Exponential {
    /// Factor in each unit of time.
    pub gamma: f64,
}

impl Default for Exponential {
    fn default() -> Self {
        Exponential { gamma: 0.95 }
    }
}

impl Spec for Exponential {
    const CARD: &'static Card = &Card {
        name: "exponential",
        summary: "Falls by the same factor in every step or epoch.",
        formula: "value = base · γᵗ",
        paper: "",
        differences: "As PyTorch's ExponentialLR, whose gamma has no default.",
    };
    const FIELDS: &'static [Field<Self>] = &[fields::gamma(
        "Factor in each unit of time, a step or an epoch: the value halves in ln 2 / (1 − γ) of them, about.",
        |s| &mut s.gamma,
    )];
}

impl Schedule for Exponential {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        base * self.gamma.powf(t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_have_equal_factors() {
        let schedule = Exponential { gamma: 0.5 };
        assert_eq!(schedule.value(8.0, 3.0, 10.0), 1.0);
        let half = schedule.value(1.0, 0.5, 10.0);
        assert!((half - 0.5_f64.sqrt()).abs() < 1e-15);
    }
}

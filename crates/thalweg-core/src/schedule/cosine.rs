//! Cosine: the value falls along half a wave, slowly at first, fast in the middle and slowly at the end.

use std::f64::consts::PI;

use super::{Schedule, elapsed};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Falls along half a wave of the cosine (Loshchilov & Hutter 2017, equation 5, without restarts).
///
/// ```text
/// value = min + (base − min) (1 + cos(π min(t / period, 1))) / 2
/// ```
///
/// ## Differences
/// After the period the value stays at `min`; that of PyTorch's `CosineAnnealingLR` rises again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cosine {
    /// Time that the fall takes; `None` is the whole run.
    pub period: Option<u64>,
    /// The final value itself, not a part of the base value.
    pub min: f64,
}

impl Spec for Cosine {
    const CARD: &'static Card = &Card {
        name: "cosine",
        summary: "Falls along half a wave: slowly at first, fast in the middle and slowly at the end.",
        formula: "value = min + (base − min) (1 + cos(π min(t / period, 1))) / 2",
        paper: "Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts, equation 5, arXiv:1608.03983",
        differences: "The value stays at min after the period; that of PyTorch's CosineAnnealingLR rises again.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "period",
            doc: "Steps or epochs that the fall takes, or \"run\" for the whole run.",
            range: Range::count(1, u64::MAX),
            slot: Slot::CountOr("run", |s| &mut s.period),
        },
        Field {
            name: "min",
            doc: "The final value itself, not a part of the base value.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.min),
        },
    ];
}

impl Schedule for Cosine {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let period = self.period.map_or(horizon, |period| period as f64);
        let wave = 0.5 * (1.0 + (PI * elapsed(t, period)).cos());
        // Not min + (base − min) · wave, which at t = 0 can miss base by a rounding.
        base * wave + self.min * (1.0 - wave)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_halfway_at_half_time_and_stays_at_the_minimum() {
        let schedule = Cosine {
            period: Some(8),
            min: 1.0,
        };
        let at = |t| schedule.value(3.0, t, 1000.0);
        assert!((at(4.0) - 2.0).abs() < 1e-15);
        assert_eq!([at(0.0), at(8.0), at(12.0)], [3.0, 1.0, 1.0]);
    }
}

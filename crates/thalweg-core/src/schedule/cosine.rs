//! Cosine: the value falls along half a wave, slowly at first, fast in the middle and slowly at the end.

use super::{Schedule, Shape, elapsed, fields};
use crate::spec::{Card, Field, Spec};

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
    pub period: Option<f64>,
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
        fields::run(
            "period",
            "Time that the fall takes, or \"run\" for the whole run.",
            |s| &mut s.period,
        ),
        fields::min(
            "The final value itself, not a part of the base value.",
            |s| &mut s.min,
        ),
    ];
}

impl Schedule for Cosine {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let x = elapsed(t, self.period.unwrap_or(horizon));
        Shape::Cosine.between(base, self.min.min(base), x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_halfway_at_half_time_and_stays_at_the_minimum() {
        let schedule = Cosine {
            period: Some(8.0),
            min: 1.0,
        };
        let at = |t| schedule.value(3.0, t, 1000.0);
        assert!((at(4.0) - 2.0).abs() < 1e-15);
        assert_eq!([at(0.0), at(8.0), at(12.0)], [3.0, 1.0, 1.0]);
    }
}

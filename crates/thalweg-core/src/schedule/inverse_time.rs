//! Inverse time: the value falls as 1 / t, fast at first and ever more slowly.

use super::Schedule;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Falls as 1 / t.
///
/// ```text
/// value = base / (1 + rate · t)
/// ```
/// Its sum diverges and the sum of its squares does not: the condition under which stochastic approximation
/// converges (Robbins & Monro 1951, doi:10.1214/aoms/1177729586).
#[derive(Clone, Debug, PartialEq)]
pub struct InverseTime {
    /// How fast it falls: the value has halved at t = 1 / rate.
    pub rate: f64,
}

impl Default for InverseTime {
    fn default() -> Self {
        InverseTime { rate: 0.1 }
    }
}

impl Spec for InverseTime {
    const CARD: &'static Card = &Card {
        name: "inverse_time",
        summary: "Falls as 1 / t: fast at first and ever more slowly.",
        formula: "value = base / (1 + rate · t)",
        paper: "Robbins & Monro 1951, A Stochastic Approximation Method, doi:10.1214/aoms/1177729586",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "rate",
        doc: "How fast it falls: the value has halved at time 1 / rate.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(|s| &mut s.rate),
    }];
}

impl Schedule for InverseTime {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        base / (1.0 + self.rate * t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_at_one_over_the_rate() {
        let schedule = InverseTime { rate: 0.25 };
        assert_eq!(schedule.value(3.0, 4.0, 10.0), 1.5);
    }
}

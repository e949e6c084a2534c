//! Linear: the value goes from one factor of the base to another along a straight line.

use super::{Schedule, Shape, elapsed, fields};
use crate::spec::{Card, Field, Spec};

/// Goes from one factor of the base to another along a straight line; to 0 over the run, unless told otherwise.
///
/// ```text
/// x = min(t / total, 1)
/// value = base · (start (1 − x) + end x)
/// ```
///
/// ## Differences
/// PyTorch's `LinearLR` rises from 1/3 to 1 in 5 steps unless told otherwise. It multiplies again and again and so
/// collects rounding errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Factor of the base value at time 0.
    pub start: f64,
    /// Factor of the base value from `total` on.
    pub end: f64,
    /// Time until the value stays as it is; `None` is the whole run.
    pub total: Option<f64>,
}

impl Default for Linear {
    fn default() -> Self {
        Linear {
            start: 1.0,
            end: 0.0,
            total: None,
        }
    }
}

impl Spec for Linear {
    const CARD: &'static Card = &Card {
        name: "linear",
        summary: "Goes from one factor of the base value to another along a straight line.",
        formula: "x = min(t / total, 1)\nvalue = base · (start (1 − x) + end x)",
        paper: "",
        differences: "PyTorch's LinearLR rises from 1/3 to 1 in 5 steps unless told otherwise, and its factors are at most 1.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::factor("start", "Factor of the base value at time 0.", |s| {
            &mut s.start
        }),
        fields::factor("end", "Factor of the base value at the end.", |s| {
            &mut s.end
        }),
        fields::total(|s| &mut s.total),
    ];
}

impl Schedule for Linear {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let x = elapsed(t, self.total.unwrap_or(horizon));
        base * Shape::Linear.between(self.start, self.end, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_over_the_run_or_rises_over_its_total() {
        let fall = |t| Linear::default().value(4.0, t, 8.0);
        assert_eq!([fall(0.0), fall(2.0), fall(8.0)], [4.0, 3.0, 0.0]);
        let rise = Linear {
            start: 0.5,
            end: 2.0,
            total: Some(0.5),
        };
        let rise = |t| rise.value(4.0, t, 1.0);
        assert_eq!([rise(0.0), rise(0.25), rise(0.75)], [2.0, 5.0, 8.0]);
    }
}

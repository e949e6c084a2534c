//! Step: the value falls by a factor at regular intervals and stays the same between them.

use super::{Schedule, fields};
use crate::spec::{Card, Field, Spec};

/// Falls by a factor at regular intervals.
///
/// ```text
/// value = base · γ^⌊t / step_size⌋
/// ```
///
/// ## Differences
/// The value is that of PyTorch's `StepLR`, which multiplies again and again and so collects rounding errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Time from one fall to the next.
    pub step_size: f64,
    /// Factor of each fall.
    pub gamma: f64,
}

impl Default for Step {
    fn default() -> Self {
        Step {
            step_size: 10.0,
            gamma: 0.1,
        }
    }
}

impl Spec for Step {
    const CARD: &'static Card = &Card {
        name: "step",
        summary: "Falls by a factor at regular intervals and stays the same between them.",
        formula: "value = base · γ^⌊t / step_size⌋",
        paper: "",
        differences: "As PyTorch's StepLR, whose step_size has no default.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::time("step_size", "Time from one fall to the next.", |s| {
            &mut s.step_size
        }),
        fields::gamma("Factor of each fall.", |s| &mut s.gamma),
    ];
}

impl Schedule for Step {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        base * self.gamma.powf((t / self.step_size).floor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_when_an_interval_is_over_and_not_before() {
        let schedule = Step {
            step_size: 4.0,
            gamma: 0.5,
        };
        let at = |t| schedule.value(8.0, t, 100.0);
        assert_eq!([at(3.999), at(4.0), at(7.0), at(8.0)], [8.0, 4.0, 4.0, 2.0]);
    }
}

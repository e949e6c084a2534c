//! Multi-step: the value falls by a factor at chosen times and stays the same between them.

use super::{Schedule, fields};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Falls by a factor at chosen times.
///
/// ```text
/// n = number of milestones ≤ t
/// value = base · γⁿ
/// ```
///
/// ## Differences
/// The value is that of PyTorch's `MultiStepLR`, which multiplies again and again and so collects rounding errors.
/// A time that is named twice counts twice, there and here; the order does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiStep {
    /// The times of the falls.
    pub milestones: Vec<f64>,
    /// Factor of each fall.
    pub gamma: f64,
}

impl Default for MultiStep {
    fn default() -> Self {
        MultiStep {
            milestones: vec![30.0, 60.0, 90.0],
            gamma: 0.1,
        }
    }
}

impl Spec for MultiStep {
    const CARD: &'static Card = &Card {
        name: "multi_step",
        summary: "Falls by a factor at chosen times and stays the same between them.",
        formula: "n = number of milestones ≤ t\nvalue = base · γⁿ",
        paper: "",
        differences: "As PyTorch's MultiStepLR, whose milestones have no default and are whole numbers, and as Keras's PiecewiseConstantDecay where its values have one ratio.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "milestones",
            doc: "Times of the falls, in any order.",
            range: Range::POSITIVE,
            slot: Slot::Floats(|s| &mut s.milestones),
        },
        fields::gamma("Factor of each fall.", |s| &mut s.gamma),
    ];
}

impl Schedule for MultiStep {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        let over = self.milestones.iter().filter(|&&time| time <= t).count();
        base * self.gamma.powf(over as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_at_its_milestones_and_not_before() {
        let schedule = MultiStep {
            milestones: vec![6.0, 2.5, 6.0],
            gamma: 0.5,
        };
        let at = |t| schedule.value(8.0, t, 100.0);
        assert_eq!([at(2.4), at(2.5), at(5.9), at(6.0)], [8.0, 4.0, 4.0, 1.0]);
    }
}

//! Inverse square root: the value rises along a line and then falls as 1 / √t, whenever the run ends.

use super::{Schedule, fields};
use crate::spec::{Card, Field, Spec};

/// Rises along a line and then falls as 1 / √t (Vaswani et al. 2017, equation 3): the "Noam" schedule.
///
/// ```text
/// value = base · min(t / rise, √(rise / t))
/// ```
///
/// ## Differences
/// The paper counts steps from 1, so that its first value is not 0, and its largest value is not free but
/// 1 / √(`d_model` · rise).
#[derive(Clone, Debug, PartialEq)]
pub struct InverseSqrt {
    /// Time of the rise from 0 to the base value.
    pub rise: f64,
}

impl Default for InverseSqrt {
    fn default() -> Self {
        InverseSqrt { rise: 4000.0 }
    }
}

impl Spec for InverseSqrt {
    const CARD: &'static Card = &Card {
        name: "inverse_sqrt",
        summary: "Rises along a line and then falls as 1 / √t, whenever the run ends.",
        formula: "value = base · min(t / rise, √(rise / t))",
        paper: "Vaswani et al. 2017, Attention Is All You Need, equation 3, arXiv:1706.03762",
        differences: "The paper counts steps from 1, so that its first value is not 0, and its largest value is 1 / √(d_model · rise); here that is the base value. PyTorch and Keras have none.",
    };
    const FIELDS: &'static [Field<Self>] = &[fields::time(
        "rise",
        "Time of the rise from 0 to the base value; the paper's 4000 are steps.",
        |s| &mut s.rise,
    )];
}

impl Schedule for InverseSqrt {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        if t < self.rise {
            base * (t / self.rise)
        } else {
            base * (self.rise / t).sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_when_four_rises_are_over() {
        let schedule = InverseSqrt { rise: 2.5 };
        let at = |t| schedule.value(4.0, t, 1.0);
        assert_eq!([0.0, 1.25, 2.5, 10.0].map(at), [0.0, 2.0, 4.0, 2.0]);
    }
}

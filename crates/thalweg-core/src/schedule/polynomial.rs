//! Polynomial: the value falls to a final part of itself along a power of the time that is left.

use super::{Schedule, elapsed, fields};
use crate::spec::{Card, Field, Range, Spec};

/// Falls along a power of the time that is left; linearly, unless told otherwise.
///
/// ```text
/// value = base · (end + (1 − end) (1 − min(t / total, 1))^power)
/// ```
///
/// ## Differences
/// PyTorch's `PolynomialLR` has no `end`: its value reaches 0. Here `total` is the whole run unless it is set,
/// there it is 5.
#[derive(Clone, Debug, PartialEq)]
pub struct Polynomial {
    /// Time until the value stays as it is; `None` is the whole run.
    pub total: Option<f64>,
    /// The power of the time that is left.
    pub power: f64,
    /// The part of the base value that remains.
    pub end: f64,
}

impl Default for Polynomial {
    fn default() -> Self {
        Polynomial {
            total: None,
            power: 1.0,
            end: 0.0,
        }
    }
}

impl Spec for Polynomial {
    const CARD: &'static Card = &Card {
        name: "polynomial",
        summary: "Falls to a final part of itself along a power of the time that is left.",
        formula: "value = base · (end + (1 − end) (1 − min(t / total, 1))^power)",
        paper: "",
        differences: "PyTorch's PolynomialLR has no end (its value reaches 0), and its total is 5 unless it is set.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::total(|s| &mut s.total),
        fields::float(
            "power",
            "Power of the time that is left: 1 falls linearly, more falls faster at first.",
            Range::POSITIVE,
            |s| &mut s.power,
        ),
        fields::part(
            "end",
            "Part of the base value that remains at the end.",
            |s| &mut s.end,
        ),
    ];
}

impl Schedule for Polynomial {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let total = self.total.unwrap_or(horizon);
        let left = (1.0 - elapsed(t, total)).powf(self.power);
        base * (self.end + (1.0 - self.end) * left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_to_its_end_and_stays() {
        let schedule = Polynomial {
            end: 0.25,
            ..Polynomial::default()
        };
        let at = |t| schedule.value(4.0, t, 10.0);
        assert_eq!([at(0.0), at(5.0), at(10.0), at(25.0)], [4.0, 2.5, 1.0, 1.0]);
    }
}

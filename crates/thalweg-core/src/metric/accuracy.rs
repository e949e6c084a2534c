//! Accuracy: the part of the rows whose most probable class is the right one.

use super::{Metric, Scored, is_for_classes, weighted_mean};
use crate::loss::Purpose;
use crate::spec::{Card, Field, Spec};

/// The part of the rows whose most probable class is the right one.
///
/// ```text
/// Σ wᵢ [ŷᵢ = yᵢ] / Σ wᵢ
/// ```
/// Of two equally probable classes the first is predicted. A row with a probability that is NaN is wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accuracy;

impl Spec for Accuracy {
    const CARD: &'static Card = &Card {
        name: "accuracy",
        summary: "The part of the rows whose most probable class is the right one.",
        formula: "Σ wᵢ [ŷᵢ = yᵢ] / Σ wᵢ",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Metric for Accuracy {
    fn score(&self, rows: &Scored<'_>) -> f64 {
        weighted_mean(rows.classes().iter().enumerate().map(|(row, &class)| {
            let right = rows.predicted_class(row) == Some(class);
            (f64::from(u8::from(right)), rows.weight(row))
        }))
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        is_for_classes(purpose)
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

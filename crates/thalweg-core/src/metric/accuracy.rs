//! Accuracy: the part of the rows whose most probable class is the right one.

use super::{Metric, Scored, Tally, is_for_classes};
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
    fn tally(&self, _most: usize) -> Box<dyn Tally> {
        Box::<Right>::default()
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        is_for_classes(purpose)
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

/// The weight of the rows that are predicted right, and of all.
#[derive(Default)]
struct Right {
    right: f64,
    all: f64,
}

impl Tally for Right {
    fn add(&mut self, rows: &Scored<'_>) {
        for (row, &class) in rows.classes().iter().enumerate() {
            let w = rows.weight(row);
            self.all += w;
            if rows.predicted_class(row) == Some(class) {
                self.right += w;
            }
        }
    }

    fn score(&self) -> f64 {
        self.right / self.all
    }
}

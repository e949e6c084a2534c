//! MAE: the mean absolute error, in the target's unit.

use super::{MeanError, Metric, Tally};
use crate::loss::Purpose;
use crate::spec::{Card, Field, Spec};

/// The mean absolute error; with several outputs, over all of them.
///
/// ```text
/// Σ wᵢ |yᵢ − ŷᵢ| / Σ wᵢ
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mae;

impl Spec for Mae {
    const CARD: &'static Card = &Card {
        name: "mae",
        summary: "The mean absolute error, in the target's unit.",
        formula: "Σ wᵢ |yᵢ − ŷᵢ| / Σ wᵢ",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Metric for Mae {
    fn tally(&self, _most: usize) -> Box<dyn Tally> {
        Box::new(MeanError::new(f64::abs, |mean| mean))
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        matches!(purpose, Purpose::Numbers | Purpose::Counts)
    }

    fn higher_is_better(&self) -> bool {
        false
    }
}

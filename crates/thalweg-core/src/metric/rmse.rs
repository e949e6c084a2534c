//! RMSE: the root of the mean squared error, in the target's unit.

use super::{MeanError, Metric, Tally};
use crate::loss::Purpose;
use crate::spec::{Card, Field, Spec};

/// The root of the mean squared error; with several outputs, the mean of their roots.
///
/// ```text
/// √(Σ wᵢ (yᵢ − ŷᵢ)² / Σ wᵢ)
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rmse;

impl Spec for Rmse {
    const CARD: &'static Card = &Card {
        name: "rmse",
        summary: "The root of the mean squared error, in the target's unit: large errors count most.",
        formula: "√(Σ wᵢ (yᵢ − ŷᵢ)² / Σ wᵢ)",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Metric for Rmse {
    fn tally(&self, _most: usize) -> Box<dyn Tally> {
        Box::new(MeanError::new(|error| error * error, f64::sqrt))
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        matches!(purpose, Purpose::Numbers | Purpose::Counts)
    }

    fn higher_is_better(&self) -> bool {
        false
    }
}

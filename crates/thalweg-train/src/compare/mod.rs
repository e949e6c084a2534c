//! Comparisons: the same task trained with settings that differ in a few places, everything else being the same. The same
//! rows, first weights and batches for all, several seeds, and a learning rate for each that was looked for in the same way.

mod common_plane;
mod contender;
mod plan;
mod pool;
mod race;
mod standing;

pub use common_plane::CommonPlane;
pub use contender::{Contender, contenders};
pub use race::{CompareEvent, Race};
pub use standing::{Compared, Ran, Reached, Standing};

use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

use crate::AUTO;

/// How contenders are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Trainings of each contender, with seeds that follow each other.
    pub seeds: u64,
    /// Learning rates tried for each contender; 0 for none.
    pub tune: u64,
    /// The validation score to be reached, or none for what is told by the best of them.
    pub goal: Option<f64>,
}

impl Default for Comparison {
    fn default() -> Self {
        Comparison {
            seeds: 5,
            tune: 0,
            goal: None,
        }
    }
}

impl Spec for Comparison {
    const CARD: &'static Card = &Card {
        name: "compare",
        summary: "How contenders are compared.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "seeds",
            doc: "Trainings of each contender: the first has the seed of the training, the others those that follow. With one seed first weights and batches are the same for all contenders, with all seeds the rows of each part are.",
            range: Range::count(1, 1000),
            slot: Slot::Count(|s| &mut s.seeds),
        },
        Field {
            name: "tune",
            doc: "Learning rates tried for each contender, from 0.0001 to 1 in equal ratios, on a seed that does not race; the one with the best validation score races. 0 takes those that are given.",
            range: Range::count(0, 50),
            slot: Slot::Count(|s| &mut s.tune),
        },
        Field {
            name: "goal",
            doc: "Validation score that is to be reached, in the unit of `monitor`; `auto` takes 95 % of the way from the score of the first weights to the mean best score of the best contender.",
            range: Range::Any,
            slot: Slot::FloatOr(AUTO, |s| &mut s.goal),
        },
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.tune == 1).then_some("`tune` of 1 leaves nothing to choose from; take 2 or more")
    }
}

impl Comparison {
    /// The learning rates that are tried, from 0.0001 to 1.
    pub fn rates(&self) -> Vec<f64> {
        let last = self.tune.saturating_sub(1).max(1) as f64;
        let rate = |k: u64| 10_f64.powf(4.0 * k as f64 / last - 4.0);
        (0..self.tune).map(rate).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_spread_evenly_and_the_same_for_all() {
        let rates = |tune| {
            Comparison {
                tune,
                ..Comparison::default()
            }
            .rates()
        };
        assert!(rates(0).is_empty());
        assert_eq!(rates(5), [1e-4, 1e-3, 1e-2, 1e-1, 1.0]);
        assert_eq!(rates(2), [1e-4, 1.0]);
    }
}

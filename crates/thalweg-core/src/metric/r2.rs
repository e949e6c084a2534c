//! R²: the part of the target's variance that the predictions explain.

use super::{Metric, Scored, Tally};
use crate::loss::Purpose;
use crate::spec::{Card, Field, Spec};

/// The part of the target's variance that the predictions explain; with several outputs, their mean.
///
/// ```text
/// 1 − Σ wᵢ (yᵢ − ŷᵢ)² / Σ wᵢ (yᵢ − ȳ)²
/// ```
/// 1 is perfect, 0 is what predicting the mean scores, and there is no lower bound.
///
/// ## Differences
/// NaN where a target is constant, for then there is no variance to explain; scikit-learn says 1 or 0 there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct R2;

impl Spec for R2 {
    const CARD: &'static Card = &Card {
        name: "r2",
        summary: "The part of the target's variance that the predictions explain: 1 is perfect, 0 is no better than the mean.",
        formula: "1 − Σ wᵢ (yᵢ − ŷᵢ)² / Σ wᵢ (yᵢ − ȳ)²",
        paper: "",
        differences: "NaN where a target is constant; scikit-learn says 1 or 0 there.",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Metric for R2 {
    fn tally(&self, _most: usize) -> Box<dyn Tally> {
        Box::<Explained>::default()
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        matches!(purpose, Purpose::Numbers | Purpose::Counts)
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

/// The sums of every output.
#[derive(Default)]
struct Explained(Vec<Variance>);

/// The squares of the errors, and those of the target around its mean, which moves with every row (West 1979,
/// Updating Mean and Variance Estimates, doi:10.1145/359146.359153).
#[derive(Clone, Copy)]
struct Variance {
    errors: f64,
    weight: f64,
    mean: f64,
    squares: f64,
    lowest: f64,
    highest: f64,
}

impl Variance {
    const EMPTY: Variance = Variance {
        errors: 0.0,
        weight: 0.0,
        mean: 0.0,
        squares: 0.0,
        lowest: f64::INFINITY,
        highest: f64::NEG_INFINITY,
    };
}

impl Tally for Explained {
    fn add(&mut self, rows: &Scored<'_>) {
        self.0.resize(rows.outputs, Variance::EMPTY);
        for row in 0..rows.rows() {
            let w = rows.weight(row);
            if w == 0.0 {
                continue;
            }
            for (output, it) in self.0.iter_mut().enumerate() {
                let (y, p) = rows.pair(row, output);
                it.errors += w * (y - p) * (y - p);
                it.weight += w;
                let above = y - it.mean;
                it.mean += above * w / it.weight;
                it.squares += w * above * (y - it.mean);
                it.lowest = it.lowest.min(y);
                it.highest = it.highest.max(y);
            }
        }
    }

    fn score(&self) -> f64 {
        let score = |it: &Variance| {
            if it.lowest < it.highest {
                1.0 - it.errors / it.squares
            } else {
                f64::NAN
            }
        };
        self.0.iter().map(score).sum::<f64>() / self.0.len() as f64
    }
}

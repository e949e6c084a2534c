//! R²: the part of the target's variance that the predictions explain.

use super::{Metric, Scored, weighted_mean};
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
    fn score(&self, rows: &Scored<'_>) -> f64 {
        rows.mean_over_outputs(|triples| {
            let weighed = || triples.iter().filter(|(_, _, w)| *w > 0.0);
            let constant = weighed().map(|t| t.0).min_by(f64::total_cmp)
                == weighed().map(|t| t.0).max_by(f64::total_cmp);
            if constant {
                return f64::NAN;
            }
            let mean = weighted_mean(triples.iter().map(|&(y, _, w)| (y, w)));
            let square_sum = |error: fn(f64, f64, f64) -> f64| -> f64 {
                let terms = triples.iter();
                terms.map(|&(y, p, w)| w * error(y, p, mean).powi(2)).sum()
            };
            1.0 - square_sum(|y, p, _| y - p) / square_sum(|y, _, mean| y - mean)
        })
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        purpose == Purpose::Numbers
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

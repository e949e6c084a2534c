//! Balanced accuracy: the mean of the classes' own accuracies, so that a rare class counts as much as a common one.

use super::{Metric, Scored, is_for_classes};
use crate::loss::Purpose;
use crate::spec::{Card, Field, Spec};

/// The mean over the classes that occur of the part of their rows that is recognized (Brodersen et al. 2010).
///
/// ```text
/// recallₖ = Σ_{yᵢ = k} wᵢ [ŷᵢ = k] / Σ_{yᵢ = k} wᵢ
/// score = mean of recallₖ over the classes k with weight
/// ```
///
/// ## Differences
/// As scikit-learn's with `adjusted=False`: guessing scores 1 / K, not 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BalancedAccuracy;

impl Spec for BalancedAccuracy {
    const CARD: &'static Card = &Card {
        name: "balanced_accuracy",
        summary: "The mean of the classes' own accuracies: a rare class counts as much as a common one.",
        formula: "recallₖ = Σ_{yᵢ = k} wᵢ [ŷᵢ = k] / Σ_{yᵢ = k} wᵢ\nscore = mean of recallₖ over the classes k with weight",
        paper: "Brodersen et al. 2010, The Balanced Accuracy and Its Posterior Distribution, doi:10.1109/ICPR.2010.764",
        differences: "As scikit-learn's with adjusted=False: guessing scores 1 / K, not 0.",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Metric for BalancedAccuracy {
    fn score(&self, rows: &Scored<'_>) -> f64 {
        let classes = rows.classes();
        let n_classes = classes.iter().max().map_or(0, |&last| last as usize + 1);
        let mut right = vec![0.0; n_classes];
        let mut all = vec![0.0; n_classes];
        for (row, &class) in classes.iter().enumerate() {
            let weight = rows.weight(row);
            all[class as usize] += weight;
            if rows.predicted_class(row) == Some(class) {
                right[class as usize] += weight;
            }
        }
        let occurs = all.iter().filter(|&&weight| weight > 0.0).count();
        let recalls = right.iter().zip(&all).filter(|&(_, &all)| all > 0.0);
        recalls.map(|(right, all)| right / all).sum::<f64>() / occurs as f64
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        is_for_classes(purpose)
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

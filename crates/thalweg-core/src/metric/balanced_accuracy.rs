//! Balanced accuracy: the mean of the classes' own accuracies, so that a rare class counts as much as a common one.

use super::{Metric, Scored, Tally, is_for_classes};
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
    fn tally(&self, _most: usize) -> Box<dyn Tally> {
        Box::<Recalls>::default()
    }

    fn suits(&self, purpose: Purpose, _outputs: usize) -> bool {
        is_for_classes(purpose)
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

/// The weight of each class's rows that are predicted right, and of all of them.
#[derive(Default)]
struct Recalls {
    right: Vec<f64>,
    all: Vec<f64>,
}

impl Tally for Recalls {
    fn add(&mut self, rows: &Scored<'_>) {
        for (row, &class) in rows.classes().iter().enumerate() {
            let (k, w) = (class as usize, rows.weight(row));
            if k >= self.all.len() {
                self.right.resize(k + 1, 0.0);
                self.all.resize(k + 1, 0.0);
            }
            self.all[k] += w;
            if rows.predicted_class(row) == Some(class) {
                self.right[k] += w;
            }
        }
    }

    fn score(&self) -> f64 {
        let occurs = self.all.iter().filter(|&&all| all > 0.0).count();
        let recalls = self.right.iter().zip(&self.all);
        let recalls = recalls.filter(|&(_, &all)| all > 0.0);
        recalls.map(|(right, all)| right / all).sum::<f64>() / occurs as f64
    }
}

//! AUC: how well the probability of the second class ranks the rows, whatever the threshold. Two classes only.

use super::{Metric, Scored};
use crate::loss::Purpose;
use crate::spec::{Card, Field, Spec};

/// The area under the ROC curve, as a statistic of ranks (Hanley & McNeil 1982; Mann & Whitney 1947).
///
/// ```text
/// U = Σ_{yᵢ = 1} Σ_{yⱼ = 0} wᵢ wⱼ ([pᵢ > pⱼ] + ½ [pᵢ = pⱼ])
/// auc = U / (Σ_{yᵢ = 1} wᵢ · Σ_{yⱼ = 0} wⱼ)
/// ```
/// p is the probability of class 1: the only output, or the second of two. NaN where a class does not
/// occur, or where a probability is NaN and so has no rank.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Auc;

impl Spec for Auc {
    const CARD: &'static Card = &Card {
        name: "auc",
        summary: "The chance that a row of class 1 is given a higher probability than a row of class 0; ties count half.",
        formula: "U = Σ_{yᵢ = 1} Σ_{yⱼ = 0} wᵢ wⱼ ([pᵢ > pⱼ] + ½ [pᵢ = pⱼ])\nauc = U / (Σ_{yᵢ = 1} wᵢ · Σ_{yⱼ = 0} wⱼ)",
        paper: "Hanley & McNeil 1982, The Meaning and Use of the Area under a ROC Curve, doi:10.1148/radiology.143.1.7063747",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Metric for Auc {
    fn score(&self, rows: &Scored<'_>) -> f64 {
        let classes = rows.classes();
        // The last output is the probability of class 1, whether there is one or there are two.
        let probability = |row: usize| rows.prediction(row)[rows.outputs - 1];
        let mut order: Vec<usize> = (0..classes.len()).collect();
        if rows.outputs > 2 || order.iter().any(|&row| probability(row).is_nan()) {
            return f64::NAN;
        }
        order.sort_unstable_by(|&a, &b| probability(a).total_cmp(&probability(b)).then(a.cmp(&b)));

        let (mut below, mut ones, mut wins) = (0.0, 0.0, 0.0);
        #[expect(
            clippy::float_cmp,
            reason = "a tie is the same probability, bit for bit"
        )]
        for tied in order.chunk_by(|&a, &b| probability(a) == probability(b)) {
            let weight_of = |class: u32| -> f64 {
                let members = tied.iter().filter(|&&row| classes[row] == class);
                members.map(|&row| rows.weight(row)).sum()
            };
            let (zero, one) = (weight_of(0), weight_of(1));
            wins += one * (below + 0.5 * zero);
            below += zero;
            ones += one;
        }
        wins / (ones * below)
    }

    fn suits(&self, purpose: Purpose, outputs: usize) -> bool {
        match purpose {
            Purpose::TwoClasses => true,
            Purpose::Classes => outputs == 2,
            Purpose::Numbers => false,
        }
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

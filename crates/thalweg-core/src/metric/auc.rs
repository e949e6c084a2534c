//! AUC: how well the probability of the second class ranks the rows, whatever the threshold. Two classes only.

use super::{Metric, Scored, Tally};
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
    fn tally(&self, most: usize) -> Box<dyn Tally> {
        Box::new(Ranked {
            most: most.max(2),
            stride: 1,
            seen: 0,
            kept: Vec::new(),
        })
    }

    fn suits(&self, purpose: Purpose, outputs: usize) -> bool {
        match purpose {
            Purpose::TwoClasses => true,
            Purpose::Classes => outputs == 2,
            Purpose::Numbers | Purpose::Counts => false,
        }
    }

    fn higher_is_better(&self) -> bool {
        true
    }
}

/// The rows that are to be ranked, or one of every `stride` if there are more than `most`.
struct Ranked {
    most: usize,
    stride: usize,
    seen: usize,
    kept: Vec<Row>,
}

#[derive(Clone, Copy)]
struct Row {
    probability: f32,
    class: u32,
    weight: f64,
}

impl Tally for Ranked {
    fn add(&mut self, rows: &Scored<'_>) {
        for (row, &class) in rows.classes().iter().enumerate() {
            if self.kept.len() == self.most {
                let mut index = 0;
                self.kept.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.seen.is_multiple_of(self.stride) {
                // The last output is the probability of class 1, whether there is one or there are two.
                let probability = match rows.prediction(row) {
                    [p] | [_, p] => *p,
                    _ => f32::NAN,
                };
                self.kept.push(Row {
                    probability,
                    class,
                    weight: rows.weight(row),
                });
            }
            self.seen += 1;
        }
    }

    fn score(&self) -> f64 {
        if self.kept.iter().any(|row| row.probability.is_nan()) {
            return f64::NAN;
        }
        let mut ranked = self.kept.clone();
        ranked.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        let (mut below, mut ones, mut wins) = (0.0, 0.0, 0.0);
        #[expect(
            clippy::float_cmp,
            reason = "a tie is the same probability, bit for bit"
        )]
        for tied in ranked.chunk_by(|a, b| a.probability == b.probability) {
            let weight_of = |class: u32| -> f64 {
                let members = tied.iter().filter(|row| row.class == class);
                members.map(|row| row.weight).sum()
            };
            let (zero, one) = (weight_of(0), weight_of(1));
            wins += one * (below + 0.5 * zero);
            below += zero;
            ones += one;
        }
        wins / (ones * below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Targets;

    #[test]
    fn a_bound_keeps_every_so_many_rows() {
        let predictions: Vec<f32> = (0..1000)
            .map(|at| (at * 7919 % 1009) as f32 / 1009.0)
            .collect();
        let classes: Vec<u32> = (0..1000).map(|at| at / 3 % 2).collect();
        let rows = |stride: usize, tally: &mut dyn Tally| {
            let predictions: Vec<f32> = predictions.iter().step_by(stride).copied().collect();
            let classes: Vec<u32> = classes.iter().step_by(stride).copied().collect();
            tally.add(&Scored {
                predictions: &predictions,
                outputs: 1,
                targets: Targets::Classes(&classes),
                weights: None,
            });
            tally.score().to_bits()
        };
        // 1000 rows in at most 100 places: every 16th, 63 of them.
        let bounded = rows(1, &mut *Auc.tally(100));
        assert_eq!(bounded, rows(16, &mut *Auc.tally(usize::MAX)));
    }
}

//! Reduce on plateau: the value falls when a score has stopped getting better. Its counters are not in here.

use super::{Plateau, Schedule, ThresholdMode, fields};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Falls by a factor when a score has stopped getting better.
///
/// ```text
/// bad ← 0 where the score is better than the best by the threshold, or else bad + 1
/// bad ← 0 while a cooldown lasts;  bad > patience:  n ← n + 1, bad ← 0, and a cooldown begins
/// value = max(base · γⁿ, min)
/// ```
/// [`Schedule::value`] is the base value: who trains pushes scores into a [`Plateau`]. NaN is not better.
///
/// ## Differences
/// PyTorch ignores a fall of less than 1e-8, and by its relative threshold a slightly worse negative score is better.
/// Keras falls as soon as `patience` scores were no better, and its `min_delta` is an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// Factor of each fall.
    pub gamma: f64,
    /// How many scores in a row may be no better before the value falls.
    pub patience: u64,
    /// How much better than the best a score must be.
    pub threshold: f64,
    /// Whether the threshold is a part of the best score or an amount.
    pub threshold_mode: ThresholdMode,
    /// How many scores after a fall do not count as bad.
    pub cooldown: u64,
    /// The lowest value itself, not a part of the base value.
    pub min: f64,
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        ReduceOnPlateau {
            gamma: 0.1,
            patience: 10,
            threshold: 1e-4,
            threshold_mode: ThresholdMode::Relative,
            cooldown: 0,
            min: 0.0,
        }
    }
}

impl Spec for ReduceOnPlateau {
    const CARD: &'static Card = &Card {
        name: "reduce_on_plateau",
        summary: "Falls by a factor when the monitored score has stopped getting better.",
        formula: "bad ← 0 where the score is better than the best by the threshold, or else bad + 1\nbad ← 0 while a cooldown lasts\nbad > patience: n ← n + 1, bad ← 0, and a cooldown begins\nvalue = max(base · γⁿ, min)",
        paper: "",
        differences: "As PyTorch's ReduceLROnPlateau, but that one ignores a fall of less than 1e-8 (eps), and its relative threshold takes negative scores for better that are a little worse. Keras's falls once patience scores were no better (bad ≥ patience), and its min_delta is an amount.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::float(
            "gamma",
            "Factor of each fall.",
            Range::between(0.0, 1.0),
            |s| &mut s.gamma,
        ),
        Field {
            name: "patience",
            doc: "How many scores in a row may be no better: the next such one makes the value fall.",
            range: Range::count(0, i64::MAX as u64),
            slot: Slot::Count(|s| &mut s.patience),
        },
        fields::float(
            "threshold",
            "How much better than the best so far a score must be.",
            Range::NOT_NEGATIVE,
            |s| &mut s.threshold,
        ),
        fields::choice(
            "threshold_mode",
            "Whether the threshold is a part of the best score or an amount.",
            || ThresholdMode::ALL.map(ThresholdMode::name).to_vec(),
            Slot::Choice(
                |s| s.threshold_mode.name(),
                |s, word| s.threshold_mode = ThresholdMode::named(word),
            ),
        ),
        Field {
            name: "cooldown",
            doc: "How many scores after a fall do not count as bad.",
            range: Range::count(0, i64::MAX as u64),
            slot: Slot::Count(|s| &mut s.cooldown),
        },
        fields::min(
            "The lowest value itself, not a part of the base value.",
            |s| &mut s.min,
        ),
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.threshold_mode == ThresholdMode::Relative && self.threshold >= 1.0)
            .then_some("a relative `threshold` is a part of the best score, so it is below 1")
    }
}

impl Schedule for ReduceOnPlateau {
    fn value(&self, base: f64, _t: f64, _horizon: f64) -> f64 {
        base
    }

    fn reaction(&self) -> Option<&ReduceOnPlateau> {
        Some(self)
    }
}

impl ReduceOnPlateau {
    /// Counts one more score.
    pub fn push(&self, state: &mut Plateau, score: f64, higher_is_better: bool) {
        if self.is_better(score, state.best, higher_is_better) {
            state.best = score;
            state.bad = 0;
        } else {
            state.bad += 1;
        }
        if state.cooldown > 0 {
            state.cooldown -= 1;
            state.bad = 0;
        }
        if state.bad > self.patience {
            state.reductions += 1;
            state.cooldown = self.cooldown;
            state.bad = 0;
        }
    }

    /// The value after so many falls; a base value below `min` stays as it is.
    pub fn value_after(&self, base: f64, reductions: u64) -> f64 {
        (base * self.gamma.powf(reductions as f64)).max(self.min.min(base))
    }

    /// Whether a score is better by the threshold; NaN is not.
    fn is_better(&self, score: f64, best: f64, higher_is_better: bool) -> bool {
        let sign = if higher_is_better { 1.0 } else { -1.0 };
        if best == f64::INFINITY {
            return score * sign > f64::NEG_INFINITY;
        }
        let bar = self.threshold_mode.bar(best, sign * self.threshold);
        if higher_is_better {
            score > bar
        } else {
            score < bar
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(rule: &ReduceOnPlateau, higher_is_better: bool, scores: &[f64]) -> Plateau {
        let mut state = Plateau::default();
        for &score in scores {
            rule.push(&mut state, score, higher_is_better);
        }
        state
    }

    #[test]
    fn falls_when_more_than_patience_scores_were_bad() {
        let rule = ReduceOnPlateau {
            patience: 1,
            cooldown: 2,
            ..ReduceOnPlateau::default()
        };
        let falls = |scores: &[f64]| pushed(&rule, false, scores).reductions;
        assert_eq!(falls(&[1.0, 1.0]), 0);
        assert_eq!(falls(&[1.0, 1.0, 1.0]), 1);
        assert_eq!(falls(&[1.0, 1.0, 0.9, 0.9]), 0);
        // Two scores of the cooldown, one of the patience, and the one too many.
        assert_eq!(falls(&[1.0; 6]), 1);
        assert_eq!(falls(&[1.0; 7]), 2);
    }

    #[test]
    fn a_score_must_be_better_by_the_threshold_whatever_its_sign() {
        let mut rule = ReduceOnPlateau {
            threshold: 0.25,
            ..ReduceOnPlateau::default()
        };
        let best =
            |rule: &ReduceOnPlateau, higher, scores: &[f64]| pushed(rule, higher, scores).best;
        assert_eq!(best(&rule, false, &[4.0, 3.0, 2.9]), 2.9);
        assert_eq!(best(&rule, false, &[4.0, 3.0]), 4.0);
        assert_eq!(best(&rule, false, &[-4.0, -3.5, -4.5]), -4.0);
        assert_eq!(best(&rule, true, &[-4.0, -3.5, -2.9]), -2.9);
        assert_eq!(best(&rule, true, &[4.0, 4.5]), 4.0);
        rule.threshold_mode = ThresholdMode::Absolute;
        assert_eq!(best(&rule, true, &[4.0, 4.5]), 4.5);
    }

    #[test]
    fn a_score_that_is_not_a_number_is_bad() {
        let rule = ReduceOnPlateau {
            patience: 0,
            ..ReduceOnPlateau::default()
        };
        for higher_is_better in [false, true] {
            let state = pushed(&rule, higher_is_better, &[f64::NAN, 0.5, f64::NAN]);
            assert_eq!((state.reductions, state.best), (2, 0.5));
        }
    }

    #[test]
    fn the_minimum_holds_and_does_not_raise() {
        let rule = ReduceOnPlateau {
            gamma: 0.5,
            min: 1.5,
            ..ReduceOnPlateau::default()
        };
        assert_eq!(
            [0, 1, 2, 9].map(|n| rule.value_after(4.0, n)),
            [4.0, 2.0, 1.5, 1.5]
        );
        assert_eq!(rule.value_after(1.0, 3), 1.0);
        assert_eq!(rule.value(4.0, 7.0, 9.0), 4.0);
    }
}

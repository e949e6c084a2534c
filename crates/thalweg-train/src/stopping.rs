//! Early stopping: the best epoch so far, and how long ago it was.

use serde::{Deserialize, Serialize};

/// The best score so far and the epochs since.
///
/// An epoch is better if its score beats the best by more than `min_delta`; the training stops when `patience`
/// epochs in a row were not better.
///
/// ## Differences
/// As Keras. scikit-learn keeps the weights of any gain, however small, and stops an epoch later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    patience: Option<u64>,
    min_delta: f64,
    higher_is_better: bool,
    best: Option<Best>,
    waited: u64,
}

/// The best epoch and its score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Epochs done when it was measured; 0 is before the first step.
    pub epoch: u64,
    /// Its score.
    pub score: f64,
}

impl EarlyStopping {
    /// Waits `patience` epochs, or for ever.
    pub fn new(patience: Option<u64>, min_delta: f64, higher_is_better: bool) -> EarlyStopping {
        EarlyStopping {
            patience,
            min_delta,
            higher_is_better,
            best: None,
            waited: 0,
        }
    }

    /// Takes in an epoch's score and says whether it is the best so far. A score that is not finite is never better.
    pub fn push(&mut self, epoch: u64, score: f64) -> bool {
        let gain = |best: Best| {
            if self.higher_is_better {
                score - best.score
            } else {
                best.score - score
            }
        };
        let better = score.is_finite() && self.best.is_none_or(|best| gain(best) > self.min_delta);
        if better {
            self.best = Some(Best { epoch, score });
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        better
    }

    /// The patience, where it is over.
    pub fn over(&self) -> Option<u64> {
        self.patience.filter(|&patience| self.waited >= patience)
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<Best> {
        self.best
    }

    /// Goes on with another patience.
    pub(crate) fn relimit(&mut self, patience: Option<u64>) {
        self.patience = patience;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_after_as_many_epochs_as_it_has_patience() {
        let mut stopping = EarlyStopping::new(Some(2), 0.1, false);
        let scores = [1.0, 0.95, 0.8, 0.75, 0.71];
        let better: Vec<bool> = scores
            .iter()
            .enumerate()
            .map(|(epoch, &score)| stopping.push(epoch as u64, score))
            .collect();
        assert_eq!(better, [true, false, true, false, false]);
        assert_eq!(
            stopping.best(),
            Some(Best {
                epoch: 2,
                score: 0.8
            })
        );
        assert_eq!(stopping.over(), Some(2));
    }

    #[test]
    fn a_score_of_nan_is_never_the_best() {
        let mut stopping = EarlyStopping::new(None, 0.0, true);
        assert!(!stopping.push(0, f64::NAN) && !stopping.push(0, f64::INFINITY));
        assert!(stopping.push(1, 0.3));
        assert!(!stopping.push(2, f64::NAN));
        assert_eq!(stopping.over(), None);
    }
}

//! What `reduce_on_plateau` is made of: its memory of the scores, and what counts as better. No schedule itself.

/// What a [`super::ReduceOnPlateau`] remembers of the scores so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Plateau {
    /// The best score; ∞ before the first, whichever direction is better.
    pub best: f64,
    /// Scores in a row that were no better.
    pub bad: u64,
    /// Scores that will not count as bad.
    pub cooldown: u64,
    /// How often the value has fallen.
    pub reductions: u64,
}

impl Default for Plateau {
    fn default() -> Self {
        Plateau {
            best: f64::INFINITY,
            bad: 0,
            cooldown: 0,
            reductions: 0,
        }
    }
}

/// How much better than the best a score must be to count as better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThresholdMode {
    /// By a part of the best score.
    #[default]
    Relative,
    /// By an amount.
    Absolute,
}

impl ThresholdMode {
    /// All of them.
    pub const ALL: [ThresholdMode; 2] = [ThresholdMode::Relative, ThresholdMode::Absolute];

    /// The word that chooses it.
    pub const fn name(self) -> &'static str {
        match self {
            ThresholdMode::Relative => "relative",
            ThresholdMode::Absolute => "absolute",
        }
    }

    /// The one that a word chooses; `Relative` for a word that chooses none.
    pub fn named(word: &str) -> ThresholdMode {
        let mut all = ThresholdMode::ALL.into_iter();
        all.find(|it| it.name() == word).unwrap_or_default()
    }

    /// The best score moved by the threshold, whose sign is that of the better scores.
    pub(super) fn bar(self, best: f64, threshold: f64) -> f64 {
        match self {
            ThresholdMode::Relative => best * (1.0 + best.signum() * threshold),
            ThresholdMode::Absolute => best + threshold,
        }
    }
}

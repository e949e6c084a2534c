//! How Muon's learning rate depends on the shape of a matrix.

/// How the learning rate depends on the shape of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adjust {
    /// √max(1, rows / columns).
    #[default]
    Original,
    /// 0.2 √max(rows, columns): steps as large as AdamW's.
    MatchRmsAdamw,
}

impl Adjust {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Adjust::Original => "original",
            Adjust::MatchRmsAdamw => "match_rms_adamw",
        }
    }

    pub(super) fn named(word: &str) -> Adjust {
        if word == Adjust::MatchRmsAdamw.name() {
            Adjust::MatchRmsAdamw
        } else {
            Adjust::Original
        }
    }

    /// The factor of lr.
    pub(super) fn factor(self, rows: usize, columns: usize) -> f64 {
        let (rows, columns) = (rows as f64, columns as f64);
        match self {
            Adjust::Original => (rows / columns).max(1.0).sqrt(),
            Adjust::MatchRmsAdamw => 0.2 * rows.max(columns).sqrt(),
        }
    }
}

//! How the tops of a cyclic schedule change from cycle to cycle. No schedule itself.

/// How the tops of the cycles change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CycleMode {
    /// All cycles are equally high.
    #[default]
    Triangular,
    /// Each cycle is half as high as the one before.
    Triangular2,
    /// The height falls by the same factor in every unit of time.
    ExpRange,
}

impl CycleMode {
    /// All of them.
    pub const ALL: [CycleMode; 3] = [
        CycleMode::Triangular,
        CycleMode::Triangular2,
        CycleMode::ExpRange,
    ];

    /// The word that chooses it.
    pub const fn name(self) -> &'static str {
        match self {
            CycleMode::Triangular => "triangular",
            CycleMode::Triangular2 => "triangular2",
            CycleMode::ExpRange => "exp_range",
        }
    }

    /// The one that a word chooses; `Triangular` for a word that chooses none.
    pub fn named(word: &str) -> CycleMode {
        let mut all = CycleMode::ALL.into_iter();
        all.find(|it| it.name() == word).unwrap_or_default()
    }
}

//! Whose form of a rule is meant, where frameworks disagree about it.

/// Whose form of a rule is computed.
///
/// The frameworks give one name to formulas that differ in the place of ε, of `lr` or of a correction. On ordinary
/// gradients the difference is small; on gradients near ε, or when `lr` changes, it is not. Each rule's card says
/// what its conventions are; the defaults of the other hyper-parameters do not change with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// PyTorch's.
    #[default]
    Torch,
    /// Keras's.
    Keras,
    /// optax's.
    Optax,
    /// The one in the paper that introduced the rule.
    Paper,
}

impl Convention {
    /// All of them.
    pub const ALL: [Convention; 4] = [
        Convention::Torch,
        Convention::Keras,
        Convention::Optax,
        Convention::Paper,
    ];

    /// The word that chooses it.
    pub const fn name(self) -> &'static str {
        match self {
            Convention::Torch => "torch",
            Convention::Keras => "keras",
            Convention::Optax => "optax",
            Convention::Paper => "paper",
        }
    }

    /// The one that a word chooses; PyTorch's for a word that chooses none.
    pub fn named(word: &str) -> Convention {
        let mut all = Convention::ALL.into_iter();
        all.find(|it| it.name() == word).unwrap_or_default()
    }
}

/// The factors of a gradient as it enters a velocity, and of the velocity in a step.
pub(super) fn lr_inside_or_outside(convention: Convention, lr: f64) -> (f64, f64) {
    match convention {
        Convention::Torch | Convention::Optax => (1.0, lr),
        Convention::Keras | Convention::Paper => (lr, 1.0),
    }
}

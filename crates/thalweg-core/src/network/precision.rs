//! What the products of a step are taken of.

/// What numbers the products of a step are taken of. Parameters, a rule's buffers, activations, gradients and all sums
/// are f32 in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// f32, of 24 significant bits.
    #[default]
    F32,
    /// bf16, f32's range with 8 significant bits: weights, activations and deltas are rounded to it, to nearest, as
    /// they enter a product.
    ///
    /// ## Differences
    /// PyTorch's `autocast` also rounds what comes out of a product to bf16, and computes activations in it; here only
    /// factors are rounded.
    Bf16,
}

impl Precision {
    /// All of them.
    pub const ALL: [Precision; 2] = [Precision::F32, Precision::Bf16];

    /// The word that chooses it.
    pub const fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        }
    }

    /// The one that a word chooses; `F32` for a word that chooses none.
    pub fn named(word: &str) -> Precision {
        let mut all = Precision::ALL.into_iter();
        all.find(|it| it.name() == word).unwrap_or_default()
    }

    /// Whether this processor has instructions for such products. Without them the same numbers take longer.
    pub fn is_native(self) -> bool {
        match self {
            Precision::F32 => true,
            Precision::Bf16 => super::bf16::has_bf16(),
        }
    }
}

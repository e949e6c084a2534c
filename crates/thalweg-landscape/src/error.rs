//! What can be wrong with a question to an instrument.

/// Why an instrument has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The whole Hessian would be too large.
    #[error(
        "{parameters} parameters are too many for the whole Hessian, of which at most {most} are taken: ask for the ends of the spectrum instead"
    )]
    TooManyParameters {
        /// How many there are.
        parameters: usize,
        /// How many there may be.
        most: usize,
    },
    /// Something is not finite where it is measured.
    #[error(
        "{what} is not finite at these parameters: measure at an earlier step, before the run diverged"
    )]
    NotFinite {
        /// What.
        what: &'static str,
    },
    /// A vector does not belong to the objective.
    #[error("{what} has {found} numbers where the objective has {expected} parameters")]
    Length {
        /// Which vector.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The number of parameters.
        expected: usize,
    },
    /// Too little to measure something from.
    #[error("{what}: {found} given, at least {needed} needed")]
    TooFew {
        /// What.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The objective is no loss of outputs, so that it has no Gauss-Newton matrix.
    #[error("this objective has no Gauss-Newton matrix: ask for the Hessian")]
    NoGaussNewton,
    /// Two directions of a plane are one.
    #[error("the two directions of the plane are parallel: choose others")]
    Parallel,
    /// An eigenvalue solver gave up.
    #[error(
        "the eigenvalues of a matrix of {size} rows were not found: it holds numbers that are too large or too small"
    )]
    NoEigenvalues {
        /// Its rows.
        size: usize,
    },
}

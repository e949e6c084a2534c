//! What can go wrong with a picture.

/// What can go wrong with a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Something cannot be drawn.
    #[error("the picture cannot be drawn: {reason}")]
    Drawing {
        /// What the drawing library says.
        reason: String,
    },
}

impl<E: std::error::Error + Send + Sync> From<plotters::drawing::DrawingAreaErrorKind<E>>
    for ReportError
{
    fn from(error: plotters::drawing::DrawingAreaErrorKind<E>) -> Self {
        ReportError::Drawing {
            reason: error.to_string(),
        }
    }
}

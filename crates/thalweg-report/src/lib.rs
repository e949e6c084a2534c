//! Pictures of what runs and tests have found, as SVG text. Nothing is written here, and nothing is computed but
//! where things lie in the picture.

mod error;
mod range_test;

pub use error::ReportError;
pub use range_test::range_test;

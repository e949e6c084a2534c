//! Files to datasets: reading, typing, preprocessing, splitting, and the bundled and generated sets.
//!
//! Not here: networks, training and printing. Nothing is fitted before the rows have been split, and what
//! is fitted ([`Preprocessing`]) is a value that is stored with the model and applied alike everywhere.

// Tests compare bits: "the same" means the same.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod dataset;

mod column;
mod error;
mod inspect;
mod preprocess;
mod read;
mod roles;
mod rule;
mod split;
mod survey;
mod table;
mod target;
mod write;

pub use column::{Column, Values};
pub use dataset::{ALL, Dataset};
pub use error::{ColumnRole, DataError, Place};
pub use inspect::{ColumnReport, Inspection, Kind, Suspicion, inspect};
pub use preprocess::{EncodedTarget, Notes, Preprocessing, TargetEncoding, TargetKind, Unseen};
pub use read::{Blocks, Estimate, FileBlocks, ReadOptions, Source, SourceFile, estimate, read};
pub use roles::{Choice, Reason, Task, UnknownTask, Use};
pub use split::{Share, Split, split};
pub use survey::{Counts, Deal, Lot, Lots, MOST_NUMBERS, Survey, survey, survey_columns};
pub use table::{Format, Table};
pub use target::{CheckedTarget, ClassLabels, check_target, infer_task, is_usable};
pub use write::write;

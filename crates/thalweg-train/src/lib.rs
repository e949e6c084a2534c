//! thalweg's training: from a configuration to a model in a run's folder.
//!
//! Nothing is printed here: a run tells what it does by events, and ends with an [`Outcome`].

// Tests compare bits: "the same" means the same.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod archive;
mod around;
mod auto_lr;
mod checks;
mod config;
mod error;
mod event;
mod folder;
mod found;
mod frame;
mod model;
mod outcome;
mod prepare;
mod range_test;
mod run;
mod scores;
mod sections;
mod session;
mod settings;
mod stopping;
mod sweep;
mod train;

pub use archive::{FORMAT, replace};
pub use around::{Driven, Group};
pub use config::{Config, SECTIONS};
pub use error::{ConfigError, TrainError};
pub use event::{EpochRecord, Event, Watch};
pub use folder::{Folder, read_settings};
pub use found::{Curve, Ended, Found, Verdict};
pub use frame::Frame;
pub use model::{Model, Predictions};
pub use outcome::Outcome;
pub use prepare::{Part, Prepared, open, read_options};
pub use range_test::RangeTest;
pub use run::{Run, Summary};
pub use scores::Scores;
pub use sections::{AUTO, AUTO_BATCH, Data, Descent, FULL_BATCH, SETTINGS};
pub use settings::Settings;
pub use stopping::{Best, EarlyStopping};

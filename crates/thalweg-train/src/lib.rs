//! thalweg's training: from a configuration to a model in a run's folder.
//!
//! Nothing is printed here: a run tells what it does by events, and ends with an [`Outcome`]. What a finished one has
//! walked on is looked at with its instruments: [`View`], [`SpectrumTest`], [`NoiseTest`], [`ConnectTest`].

// Tests compare bits: "the same" means the same.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod archive;
mod around;
mod auto_lr;
mod checks;
mod compare;
mod config;
mod encoder;
mod error;
mod event;
mod folder;
mod found;
mod frame;
mod held;
mod instrument;
mod learner;
mod memory;
mod metrics;
mod model;
mod outcome;
mod part;
mod prepare;
pub mod probe;
mod range_test;
mod run;
mod scores;
mod sections;
mod seen;
mod session;
mod settings;
mod shares;
mod shuffle;
mod stopping;
mod streamed;
mod sweep;
mod train;
mod trajectory;

pub use archive::{FORMAT, Replacement, replace};
pub use around::{Driven, Group};
pub use compare::{
    CommonPlane, CompareEvent, Compared, Comparison, Contender, Race, Ran, Reached, Standing,
    contenders,
};
pub use config::{Config, SECTIONS, Section, Setting};
pub use encoder::MissingTarget;
pub use error::{ConfigError, TrainError};
pub use event::{EpochRecord, Event, Watch};
pub use folder::{Folder, read_settings};
pub use found::{Curve, Ended, Found, Verdict};
pub use frame::Frame;
pub use instrument::{
    ConnectFound, ConnectTest, Directions, MistakeKind, Mistakes, NoiseFound, NoiseTest, Portrait,
    Specimen, SpectrumFound, SpectrumTest, View, Walk, WalkTest, Walks,
};
pub use memory::{Need, need};
pub use metrics::Metrics;
pub use model::{Evaluation, Model, Predictions};
pub use outcome::Outcome;
pub use part::Part;
pub use prepare::{Others, Prepared, open, open_source, read_options};
pub use probe::{Measured, ProbeRecord};
pub use range_test::RangeTest;
pub use run::{Run, Summary};
pub use scores::Scores;
pub use sections::{AUTO, AUTO_BATCH, Data, Descent, FULL_BATCH, SETTINGS};
pub use seen::Seen;
pub use settings::Settings;
pub use stopping::{Best, EarlyStopping};
pub use streamed::Streamed;
pub use trajectory::Trajectory;

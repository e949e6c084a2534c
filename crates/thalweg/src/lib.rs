//! Train feed-forward networks on your own data, and see what the descent is doing.
//!
//! From a file to a model and its honest test score:
//!
//! ```no_run
//! use thalweg::{Config, Data, fit};
//!
//! let data = Data { source: "letter.csv".into(), target: "Letter".into(), ..Data::default() };
//! let (model, summary) = fit(Config { data, ..Config::default() })?;
//! println!("{:?}", summary.test.and_then(|test| test.get("accuracy")));
//! # Ok::<(), thalweg::TrainError>(())
//! ```
//!
//! The same starts from a [`Table`] that is in memory ([`fit_table`]). One level down, [`Run`] has events,
//! checkpoints and a folder; below that, [`core`] has the [`core::objective::Objective`], the update rules and
//! the network, for a loop of your own.

use std::sync::atomic::AtomicBool;

pub use thalweg_core as core;
pub use thalweg_core::network::Architecture;
pub use thalweg_core::spec;
pub use thalweg_core::team::Team;
pub use thalweg_data as data;
pub use thalweg_data::{Column, Table};
pub use thalweg_landscape as landscape;
pub use thalweg_train as train;
pub use thalweg_train::{
    Config, ConfigError, Data, Descent, EpochRecord, Event, Folder, Frame, Model, Outcome,
    Predictions, Prepared, Run, Scores, Settings, Summary, TrainError, Watch,
};

use thalweg_core::spec::Listed;

/// Every family of self-describing members: what `thalweg list` and `thalweg explain` know.
pub fn families() -> [&'static dyn Listed; 13] {
    [
        &core::optimizer::ALL,
        &core::solver::ALL,
        &core::wrapper::ALL,
        &core::schedule::ALL,
        &core::activation::ALL,
        &core::initializer::ALL,
        &core::loss::ALL,
        &core::metric::ALL,
        &core::layer::ALL,
        &core::function::ALL,
        &data::ALL,
        &train::probe::ALL,
        &train::SETTINGS,
    ]
}

/// The number of threads that this machine can run at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Trains on the configuration's source, on all cores, without a folder.
///
/// # Errors
/// Whatever is wrong with the configuration or the data. A loss that diverges is no error: see [`Summary::outcome`].
pub fn fit(config: Config) -> Result<(Model, Summary), TrainError> {
    finish(Run::new(config, cores())?)
}

/// Trains on a table in memory, on all cores, without a folder.
///
/// # Errors
/// As [`fit`].
pub fn fit_table(mut config: Config, table: &Table) -> Result<(Model, Summary), TrainError> {
    let data = Prepared::from_table(&mut config, table)?;
    finish(Run::with_data(config, data, cores())?)
}

fn finish(mut run: Run) -> Result<(Model, Summary), TrainError> {
    let mut watch = Watch {
        observer: &mut |_| {},
        interrupt: &AtomicBool::new(false),
    };
    let outcome = run.train(&mut watch)?;
    let summary = run.summarize(&outcome)?;
    Ok((run.into_model(), summary))
}

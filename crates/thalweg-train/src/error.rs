//! What can be wrong with a configuration or a run: what, where, and what to do about it.

use std::path::PathBuf;

use thalweg_core::loss::Purpose;
use thalweg_core::spec::SpecError;
use thalweg_data::DataError;

use crate::{Outcome, Verdict};

/// What can be wrong with a configuration.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is no TOML.
    #[error("{origin}, line {line}: {message}")]
    Toml {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A key outside every section.
    #[error(
        "{origin}: `{key}` stands outside the sections; put it under [data], [network], [loss], [optimizer], [schedule] or [training]"
    )]
    Stray {
        /// The file.
        origin: String,
        /// The key.
        key: String,
    },
    /// The file was written by a later version.
    #[error(
        "{origin} has format {found}; this version of thalweg reads up to format {known}: install a newer one"
    )]
    Newer {
        /// The file.
        origin: String,
        /// Its format.
        found: i64,
        /// The highest known one.
        known: i64,
    },
    /// A date, a table or a mixed list where a value should be.
    #[error("`{path}` cannot be {found}; it takes a number, a text, true or false, or a list")]
    Unreadable {
        /// Section and key.
        path: String,
        /// What stands there.
        found: String,
    },
    /// `--set` with something else than an assignment.
    #[error("`{text}` is not of the form `section.key=value`, as in `optimizer.lr=0.01`")]
    Assignment {
        /// What was given.
        text: String,
    },
    /// `--vary` with something else than a setting and its values.
    #[error("`{text}` is not of the form `setting=value,value`, as in `dropout=0,0.2,0.5`")]
    Variation {
        /// What was given.
        text: String,
    },
    /// A variation of a setting that does not exist.
    #[error("vary: there is no setting `{key}`{}", or_section(near))]
    UnknownVariation {
        /// The name that was given.
        key: String,
        /// Names close to it.
        near: Vec<String>,
    },
    /// A comparison of one thing.
    #[error(
        "compare: nothing differs; name rules with --optimizer, or settings and their values with --vary"
    )]
    NothingToCompare,
    /// A comparison without validation rows.
    #[error(
        "data: a comparison needs validation rows; set `validation` to a fraction above 0 or a file"
    )]
    NoValidation,
    /// The same setting given in two ways.
    #[error("`{path}` is given twice; give it once")]
    Twice {
        /// Section and key.
        path: String,
    },
    /// A pattern of a group that fits nothing.
    #[error("optimizer.group: `{pattern}` matches no parameters; there are {}", known.join(", "))]
    EmptyGroup {
        /// The pattern.
        pattern: String,
        /// The names of all parameters.
        known: Vec<String>,
    },
    /// A group without a pattern.
    #[error("optimizer.group: a group needs `match`, as in match = \"layer 1.*\"")]
    GroupWithoutMatch,
    /// A learning rate is looked for while some parameters have another.
    #[error(
        "optimizer.group: `{pattern}` has an lr of its own, with which it would train while the other is swept; leave it out to look for lr"
    )]
    OwnLr {
        /// The group's pattern.
        pattern: String,
    },
    /// A group without anything to replace.
    #[error(
        "optimizer.group: `{pattern}` replaces nothing; add a setting, as in `{pattern}:lr=0.01`"
    )]
    EmptySettings {
        /// The group's pattern.
        pattern: String,
    },
    /// A learning rate is looked for where there is none.
    #[error(
        "optimizer: `{optimizer}` has no `lr` that could be looked for; choose an optimizer that has one, as adam or sgd"
    )]
    NoLr {
        /// The update rule.
        optimizer: &'static str,
    },
    /// A schedule for something that is no number of the optimizer.
    #[error("schedule.{field}: `{optimizer}` has no number `{field}` that a schedule could drive; it has {}", known.join(", "))]
    NotDriven {
        /// What was to be driven.
        field: String,
        /// The update rule.
        optimizer: &'static str,
        /// What can be driven.
        known: Vec<&'static str>,
    },
    /// Settings that a solver cannot do with.
    #[error("optimizer: `{solver}` evaluates the same function again within a step: {}", remedies.join("; "))]
    Solver {
        /// The solver.
        solver: &'static str,
        /// What to set.
        remedies: Vec<&'static str>,
    },
    /// Two wrappers that do not go together.
    #[error("training: `wrappers` has {first} and {second}: {reason}")]
    Wrappers {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// No such section.
    #[error("unknown section `{section}`{}", did_you_mean(near))]
    UnknownSection {
        /// The name that was given.
        section: String,
        /// Names close to it.
        near: Vec<String>,
    },
    /// Settings for a member that was not named.
    #[error("{section}: settings without a name; add `name = …`")]
    Nameless {
        /// The section.
        section: String,
    },
    /// An unknown or out-of-range setting.
    #[error("{section}: {source}")]
    Spec {
        /// The section.
        section: String,
        /// What is wrong.
        source: SpecError,
    },
    /// The loss does not fit what is predicted.
    #[error("loss: `{loss}` is not for {}; use {}", purpose_name(*purpose), fitting.join(" or "))]
    LossForOther {
        /// The loss.
        loss: &'static str,
        /// What is predicted.
        purpose: Purpose,
        /// Losses that fit.
        fitting: Vec<&'static str>,
    },
    /// The metric does not fit what is predicted.
    #[error("training: `monitor` is `{monitor}`, which does not measure this task; use loss, {}", fitting.join(", "))]
    MonitorForOther {
        /// The metric.
        monitor: String,
        /// Metrics that fit.
        fitting: Vec<&'static str>,
    },
    /// The metric has no value on the validation rows.
    #[error(
        "training: `monitor` is `{monitor}`, which is not defined on the validation rows; use loss, or other rows"
    )]
    MonitorUndefined {
        /// The metric.
        monitor: String,
    },
    /// A share of rows that is neither a fraction nor a file.
    #[error("data: `{field}` is `{found}`; it takes a fraction in [0, 1) or a file")]
    Share {
        /// `validation` or `test`.
        field: &'static str,
        /// What was given.
        found: String,
    },
    /// A size that is none.
    #[error(
        "data: `memory` is `{found}`; it takes `auto` or a size of at least 1MB, as 256MB or 8GB"
    )]
    Memory {
        /// What was given.
        found: String,
    },
    /// Something that needs all rows at once, while they stay in their file.
    #[error(
        "{setting} needs all {rows} training rows in memory, but they take more than data.memory ({memory}): {remedy}, or raise memory"
    )]
    NeedsAllRows {
        /// What needs them.
        setting: String,
        /// How many there are.
        rows: usize,
        /// What the data may take.
        memory: String,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A step that the buffer does not hold.
    #[error(
        "training: a step of {step} rows does not fit in the {buffer} rows that batches are drawn from; lower batch_size or accumulate, or raise data.memory ({memory})"
    )]
    StepTooLarge {
        /// Rows in a step.
        step: usize,
        /// Rows in the buffer.
        buffer: usize,
        /// What the data may take.
        memory: String,
    },
    /// Nothing to learn from.
    #[error("data: no source; name a file or a data set")]
    NoSource,
    /// More rows in a batch than there are.
    #[error(
        "training: `batch_size` is {batch_size}, but there are {rows} training rows; use at most {rows}, or `full`"
    )]
    BatchTooLarge {
        /// What was asked for.
        batch_size: u64,
        /// What there is.
        rows: usize,
    },
    /// A network that no memory holds.
    #[error(
        "network: {parameters} parameters are too many; make `hidden` narrower (at most {most} parameters)"
    )]
    TooManyParameters {
        /// What the layers come to.
        parameters: usize,
        /// What is allowed.
        most: usize,
    },
    /// Balanced classes without classes.
    #[error("training: `class_weight` is `balanced`, but a regression has no classes; use `none`")]
    ClassWeightOfRegression,
    /// More epochs for a run whose schedule was made for fewer.
    #[error(
        "training: the schedule `{schedule}` spans the whole run, so `epochs` cannot change when it goes on; start a new run with --config {run} --epochs {epochs}, or begin with a schedule of fixed length, as `exponential` or `cosine:period=50`"
    )]
    Span {
        /// The schedule.
        schedule: &'static str,
        /// The epochs asked for.
        epochs: u64,
        /// The run's configuration.
        run: String,
    },
    /// A setting that cannot change when a run goes on.
    #[error(
        "`{path}` cannot change when a run goes on; start a new run with --config {run} --set {path}=…"
    )]
    Fixed {
        /// Section and key.
        path: String,
        /// The run's configuration.
        run: String,
    },
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() {
        format!("; there are {}", crate::SECTIONS.join(", "))
    } else {
        format!("; did you mean `{}`?", near.join("` or `"))
    }
}

fn or_section(near: &[String]) -> String {
    if near.is_empty() {
        "; name it as in `optimizer.beta2=0.9,0.99`".into()
    } else {
        format!("; did you mean `{}`?", near.join("` or `"))
    }
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Classes => "several classes",
        Purpose::TwoClasses => "two classes",
        Purpose::Numbers => "numbers",
        Purpose::Counts => "numbers of at least 0",
    }
}

/// What can go wrong before, during and after a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The configuration; all that is wrong with it.
    #[error("{}", list(.0))]
    Config(Vec<ConfigError>),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A folder that a new run cannot have.
    #[error("`{}` exists and is not empty; name another folder, or go on with --resume {}", path.display(), path.display())]
    FolderExists {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that holds no run.
    #[error("`{}` is no run: it has no {missing}", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// The file that every run has.
        missing: &'static str,
    },
    /// The predictions would replace the data.
    #[error("`{}` is the file that is predicted; name another one for the predictions", path.display())]
    Overwrites {
        /// The file.
        path: PathBuf,
    },
    /// Another process trains in the folder.
    #[error("`{}` is in use: another process is training there", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The run was stopped before it had weights.
    #[error("`{}` has no model yet; go on with `thalweg train --resume {}`", path.display(), path.display())]
    NoModel {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that holds no comparison.
    #[error("`{}` is no comparison: it has no comparison.json", path.display())]
    NoComparison {
        /// The folder.
        path: PathBuf,
    },
    /// A file that cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// `read`, `write` or `create`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A file whose content has changed since it was written.
    #[error("`{}` is damaged: {reason}; {remedy}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file of a later version.
    #[error("`{}` has format {found}; this version of thalweg reads up to format {known}: install a newer one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The highest known one.
        known: u32,
    },
    /// An instrument has no answer.
    #[error(transparent)]
    Landscape(#[from] thalweg_landscape::Error),
    /// Runs between which there is no way.
    #[error("the runs cannot be compared: they differ in {}", differing.join(", and in "))]
    Incomparable {
        /// What is not the same.
        differing: Vec<&'static str>,
    },
    /// A plane along a trajectory that was not recorded.
    #[error(
        "no trajectory was recorded: train with --record-path, or look along other directions with --directions random"
    )]
    NoTrajectory,
    /// A map of a function that has no two variables.
    #[error(
        "`{name}` has {variables} variables, and a map has two: choose another function, or set them as in `bowl:n=2`"
    )]
    NotPlanar {
        /// The function.
        name: &'static str,
        /// How many it has.
        variables: usize,
    },
    /// The learning rate is `auto`, and the range test cannot tell.
    #[error(
        "optimizer: no `lr` found for `auto`: {verdict}; set lr to a number, and see `thalweg lr-find` for the curves"
    )]
    NoLrFound {
        /// Why not.
        verdict: Verdict,
    },
    /// The data are not those that the run began with.
    #[error("the data in `{data}` have changed since the run began; start a new run")]
    DataChanged {
        /// The source.
        data: String,
    },
    /// The run has done all that it was asked to.
    #[error("the run has ended: {outcome}{}", how_to_go_on(outcome))]
    AlreadyEnded {
        /// How it ended.
        outcome: Outcome,
    },
}

fn how_to_go_on(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Finished { .. } => "; to train longer, raise --epochs",
        Outcome::EarlyStopped { .. } => "; to train longer, raise --patience",
        _ => "",
    }
}

impl From<ConfigError> for TrainError {
    fn from(error: ConfigError) -> Self {
        TrainError::Config(vec![error])
    }
}

impl From<Vec<ConfigError>> for TrainError {
    fn from(errors: Vec<ConfigError>) -> Self {
        TrainError::Config(errors)
    }
}

fn list(errors: &[ConfigError]) -> String {
    match errors {
        [only] => only.to_string(),
        many => {
            let lines: Vec<_> = many.iter().map(|error| format!("\n  {error}")).collect();
            format!("{} settings are wrong:{}", many.len(), lines.concat())
        }
    }
}

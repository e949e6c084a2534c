//! The command line. Flags for settings are not listed here: they are made from the settings' own field tables.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use thalweg::spec::{Listed, Value};
use thalweg::{Settings, families};

use crate::{compare, flags, landscape, look, lr_find, report};

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("thalweg")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Train feed-forward networks on your own data, and see what the descent is doing")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .subcommand(train())
        .subcommand(compare::command())
        .subcommand(lr_find::command())
        .subcommand(landscape::command())
        .subcommands(look::commands())
        .subcommand(report::command())
        .subcommand(
            Command::new("evaluate")
                .about("Score a trained model on a file that has the target too")
                .arg(run())
                .arg(data().required(true))
                .arg(switch(
                    "drop_missing_target",
                    "Leave out rows whose target is missing",
                ))
                .args(reading())
                .arg(threads())
                .arg(json()),
        )
        .subcommand(
            Command::new("predict")
                .about("Predict every row of a file")
                .arg(run())
                .arg(data().required(true))
                .arg(
                    path("output", "CSV file to write; standard output if not given")
                        .short('o')
                        .value_hint(ValueHint::FilePath),
                )
                .arg(switch(
                    "probabilities",
                    "Add the probability of every class",
                ))
                .args(reading())
                .arg(threads()),
        )
        .subcommand(
            Command::new("inspect")
                .about("Show a file's columns and what training would do with each")
                .arg(data().required(true))
                .arg(text("target", "COLUMN", "Column to predict"))
                .args(reading())
                .args(settings(&["memory"]))
                .arg(json()),
        )
        .subcommand(
            Command::new("list")
                .about("List the members of a family")
                .arg(
                    Arg::new("family")
                        .value_name("FAMILY")
                        .help(format!(
                            "One of {}; all if not given",
                            family_names().join(", ")
                        ))
                        .value_parser(family_names()),
                ),
        )
        .subcommand(
            Command::new("explain")
                .about("Explain a rule, schedule, layer, loss, metric, data set or section")
                .arg(
                    Arg::new("name")
                        .value_name("NAME")
                        .required(true)
                        .help("Its name, as `list` shows it; of a schedule also a short form, as `step:gamma=0.5`"),
                )
                .arg(switch("plot", "Draw a schedule over a run of 100 epochs")),
        )
        .subcommand(
            Command::new("completions")
                .about("Print completions for a shell")
                .arg(
                    Arg::new("shell")
                        .value_name("SHELL")
                        .required(true)
                        .value_parser(value_parser!(clap_complete::Shell)),
                ),
        )
}

fn train() -> Command {
    let command = Command::new("train")
        .about("Train a network on a table or on images")
        .arg(data().required_unless_present_any(["config", "resume"]))
        .arg(
            path("config", "Start from a configuration: a run's `run.toml`")
                .conflicts_with("resume"),
        )
        .arg(
            path(
                "resume",
                "Go on with an interrupted run, or train it longer with --patience or --epochs",
            )
            .value_name("RUN")
            .conflicts_with_all(["data", "out", "dry_run"]),
        )
        .arg(path("out", "Folder of the run [default: runs/NAME-OPTIMIZER-N]").value_name("DIR"))
        .arg(threads())
        .arg(
            text(
                "checkpoint_every",
                "SECONDS",
                "Least time between two checkpoints [default: 5]",
            )
            .value_parser(seconds),
        )
        .arg(switch("quiet", "Print nothing but errors").short('q'))
        .arg(json())
        .arg(switch("dry_run", "Do everything but the training"));
    flags::with_settings(command)
}

/// The number of threads that was asked for, or all cores.
pub(crate) fn threads_of(matches: &ArgMatches) -> usize {
    matches
        .get_one::<usize>("threads")
        .copied()
        .unwrap_or_else(thalweg::cores)
}

/// How a file is to be read, from the flags that [`reading`] makes.
pub(crate) fn read_settings(matches: &ArgMatches) -> Settings {
    let mut settings = Settings::default();
    for name in READING.iter().chain(&["memory"]) {
        // Not every command has all of them.
        if let Ok(Some(value)) = matches.try_get_one::<String>(name) {
            settings.put("data", name, Value::Typed(value.clone()));
        }
    }
    if let Some(source) = matches.get_one::<String>("data") {
        settings.put("data", "source", Value::Text(source.clone()));
    }
    settings
}

/// The settings that are about reading a file.
const READING: [&str; 3] = ["labels", "delimiter", "header"];

fn reading() -> Vec<Arg> {
    settings(&READING)
}

/// The flags of some settings.
fn settings(names: &[&str]) -> Vec<Arg> {
    flags::flags()
        .filter(|(_, field)| names.contains(&field.name))
        .map(|(s, f)| flags::flag(s, &f))
        .collect()
}

pub(crate) fn text(name: &'static str, value: &'static str, help: &str) -> Arg {
    Arg::new(name)
        .long(name.replace('_', "-"))
        .value_name(value)
        .allow_hyphen_values(true)
        .help(help.to_owned())
}

pub(crate) fn path(name: &'static str, help: &str) -> Arg {
    text(name, "FILE", help)
        .allow_hyphen_values(false)
        .value_hint(ValueHint::AnyPath)
}

pub(crate) fn switch(name: &'static str, help: &str) -> Arg {
    Arg::new(name)
        .long(name.replace('_', "-"))
        .action(ArgAction::SetTrue)
        .help(help.trim_end_matches('.').to_owned())
}

pub(crate) fn run() -> Arg {
    Arg::new("run")
        .value_name("RUN")
        .required(true)
        .help("Folder of a run")
        .value_hint(ValueHint::DirPath)
}

pub(crate) fn data() -> Arg {
    Arg::new("data")
        .value_name("DATA")
        .help("File (CSV, TSV, Parquet, IDX; .gz too) or data set (`digits`, `moons:n=2000,noise=0.2`)")
        .value_hint(ValueHint::FilePath)
}

pub(crate) fn threads() -> Arg {
    text(
        "threads",
        "NUMBER",
        "Threads to use; the result is the same with any number [default: all cores]",
    )
    .value_parser(|text: &str| match text.parse::<usize>() {
        Ok(threads @ 1..=1024) => Ok(threads),
        _ => Err("takes a number from 1 to 1024"),
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "takes a number of seconds, 0 or more".into())
}

pub(crate) fn json() -> Arg {
    switch("json", "Print one JSON object and nothing else")
}

fn family_names() -> Vec<&'static str> {
    families()
        .iter()
        .map(|family| Listed::name(*family))
        .collect()
}

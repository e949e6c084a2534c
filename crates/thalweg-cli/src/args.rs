//! The command line. Flags for settings are not listed here: they are made from the settings' own field tables.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use thalweg::spec::{FieldInfo, Listed, Range, Tunable, Value};
use thalweg::train::SETTINGS;
use thalweg::{Config, ConfigError, Settings, TrainError, families};

use crate::lr_find;

/// Settings that have an argument of their own kind instead of a flag.
const NOT_FLAGS: [&str; 4] = ["source", "by", "warmup", "warmup_start"];

/// Families that are chosen by a short form, with the section that they belong to.
const CHOICES: [(&str, &str); 3] = [
    (
        "loss",
        "Loss, as `huber` or `huber:delta=2`; the default follows the task",
    ),
    (
        "optimizer",
        "Update rule, as `adam` or `adam:lr=0.002,beta2=0.99`",
    ),
    (
        "schedule",
        "Schedule of the learning rate, as `cosine` or `step:step_size=10,gamma=0.5`, or of another number, as `momentum=linear`; may be repeated",
    ),
];

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("thalweg")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Train feed-forward networks on your own data, and see what the descent is doing")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .subcommand(train())
        .subcommand(lr_find::command())
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
    with_settings(command)
}

/// A command with everything that a configuration can be given by.
pub(crate) fn with_settings(mut command: Command) -> Command {
    for (section, field) in flags() {
        command = command.arg(flag(section, &field));
    }
    let defaults = Config::default();
    for (name, help) in CHOICES {
        let help = match name {
            "optimizer" => format!("{help} [default: {}]", short(&*defaults.optimizer)),
            "schedule" => format!("{help} [default: {}]", short(&*defaults.schedule)),
            _ => help.to_owned(),
        };
        command = command.arg(
            text(name, "NAME[:KEY=VALUE,…]", &help)
                .action(ArgAction::Append)
                .help_heading("Descent"),
        );
    }
    command
        .arg(
            text(
                "group",
                "PATTERN:KEY=VALUE,…",
                "Other optimizer settings for some parameters, as `layer 1.*:lr=0.001` or `*.bias:lr=0.1`; may be repeated",
            )
            .action(ArgAction::Append)
            .help_heading("Descent"),
        )
        .arg(
            text(
                "lr",
                "NUMBER",
                "Learning rate, or `auto` for what `lr-find` finds: short for --set optimizer.lr=NUMBER",
            )
            .help_heading("Descent"),
        )
        .arg(
            text(
                "set",
                "SECTION.KEY=VALUE",
                "Set anything, as in `schedule.warmup=5`; may be repeated",
            )
            .action(ArgAction::Append),
        )
}

/// What the flags and short forms of a command say, over what its configuration file says; and all that is wrong
/// with how they were written.
pub(crate) fn settings(matches: &ArgMatches) -> Result<(Settings, Vec<ConfigError>), TrainError> {
    let mut settings = match matches.get_one::<String>("config") {
        Some(path) => thalweg::train::read_settings(path.as_ref())?,
        None => Settings::default(),
    };
    let (mut given, mut errors) = (Settings::default(), Vec::new());
    let mut put = |section: &str, key: &str, value: Value| {
        if given.get(section, key).is_some() {
            errors.push(ConfigError::Twice {
                path: format!("{section}.{key}"),
            });
        }
        given.put(section, key, value);
    };
    if let Some(source) = matches.get_one::<String>("data") {
        put("data", "source", Value::Text(source.clone()));
    }
    for (section, field) in flags() {
        if field.default == Value::Switch(false) {
            if matches.get_flag(field.name) {
                put(section, field.name, Value::Switch(true));
            }
        } else if let Some(value) = matches.get_one::<String>(field.name) {
            put(section, field.name, Value::Typed(value.clone()));
        }
    }
    for (name, _) in CHOICES {
        for short in matches.get_many::<String>(name).into_iter().flatten() {
            let (section, short) = section_of(name, short);
            if given.get(&section, "name").is_some() {
                errors.push(ConfigError::Twice { path: section });
            } else {
                errors.extend(given.choose(&section, short).err());
            }
        }
    }
    for group in matches.get_many::<String>("group").into_iter().flatten() {
        errors.extend(given.add_group(group).err());
    }
    if let Some(lr) = matches.get_one::<String>("lr") {
        errors.extend(given.assign_once(&format!("optimizer.lr={lr}")).err());
    }
    for assignment in matches.get_many::<String>("set").into_iter().flatten() {
        errors.extend(given.assign_once(assignment).err());
    }
    settings.overlay(&given);
    Ok((settings, errors))
}

/// The section of a choice: `schedule` for `cosine`, and `schedule.momentum` for `momentum=cosine`.
fn section_of<'s>(name: &str, short: &'s str) -> (String, &'s str) {
    match short.split_once('=') {
        Some((field, rest)) if name == "schedule" && !field.contains(':') => {
            (format!("{name}.{}", field.trim()), rest)
        }
        _ => (name.to_owned(), short),
    }
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
    for name in READING {
        if let Some(value) = matches.get_one::<String>(name) {
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
    flags()
        .filter(|(_, field)| READING.contains(&field.name))
        .map(|(s, f)| flag(s, &f))
        .collect()
}

/// Every setting that has a flag, with its section.
fn flags() -> impl Iterator<Item = (&'static str, FieldInfo)> {
    SETTINGS
        .members()
        .into_iter()
        .flat_map(|section: Box<dyn Tunable>| {
            let name = section.card().name;
            let fields = section.fields().into_iter();
            fields
                .filter(|field| !NOT_FLAGS.contains(&field.name))
                .map(move |field| (name, field))
        })
}

pub(crate) fn flag(section: &str, field: &FieldInfo) -> Arg {
    let heading = match section {
        "data" => "Data",
        "network" => "Network",
        "range_test" => "Sweep",
        _ => "Descent",
    };
    if field.default == Value::Switch(false) {
        return switch(field.name, field.doc).help_heading(heading);
    }
    let choices = match field.range {
        Range::OneOf(words) => format!(": {}", words().join(", ")),
        _ => String::new(),
    };
    let default = field.default.to_string();
    let default = match default.as_str() {
        "" | "[]" => String::new(),
        default => format!(" [default: {}]", default.trim_matches(['[', ']'])),
    };
    text(
        field.name,
        "VALUE",
        &format!("{}{choices}{default}", field.doc.trim_end_matches('.')),
    )
    .value_name(metavariable(field))
    .help_heading(heading)
}

/// What stands for a value in help: its kind, or the field's own name for a text.
fn metavariable(field: &FieldInfo) -> String {
    match field.kind {
        "number" => "NUMBER".into(),
        "whole number" => "COUNT".into(),
        "whole numbers" => "COUNT,COUNT,…".into(),
        _ => field.name.to_uppercase(),
    }
}

/// The short form of a member: its name and what differs from its own defaults.
fn short<T: Tunable + ?Sized>(member: &T) -> String {
    let fields = member.fields();
    let differs = fields.iter().filter_map(|field| {
        let value = member.get(field.name)?;
        (value != field.default).then(|| format!("{}={value}", field.name))
    });
    let differs: Vec<_> = differs.collect();
    let name = member.card().name;
    if differs.is_empty() {
        name.into()
    } else {
        format!("{name}:{}", differs.join(","))
    }
}

fn text(name: &'static str, value: &'static str, help: &str) -> Arg {
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

fn switch(name: &'static str, help: &str) -> Arg {
    Arg::new(name)
        .long(name.replace('_', "-"))
        .action(ArgAction::SetTrue)
        .help(help.trim_end_matches('.').to_owned())
}

fn run() -> Arg {
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

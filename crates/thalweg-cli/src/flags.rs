//! Flags of the settings: made from the settings' own field tables, and turned into a configuration. The commands
//! that have them are in `args`.

use clap::{Arg, ArgAction, ArgMatches, Command};
use thalweg::spec::{FieldInfo, Listed, Range, Tunable, Value};
use thalweg::train::SETTINGS;
use thalweg::{Config, ConfigError, Settings, TrainError};

use crate::args::{switch, text};

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
    settings_but(matches, &[])
}

/// The same without the flags that a command takes apart itself.
pub(crate) fn settings_but(
    matches: &ArgMatches,
    apart: &[&str],
) -> Result<(Settings, Vec<ConfigError>), TrainError> {
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
    for (section, field) in flags().filter(|(_, field)| !apart.contains(&field.name)) {
        if field.default == Value::Switch(false) {
            if matches.get_flag(field.name) {
                put(section, field.name, Value::Switch(true));
            }
        } else if let Some(value) = matches.get_one::<String>(field.name) {
            put(section, field.name, Value::Typed(value.clone()));
        }
    }
    // What chooses a member comes first, because it forgets the settings of another.
    let assignments = matches.get_many::<String>("set").into_iter().flatten();
    let (mut chooses, sets): (Vec<&String>, Vec<&String>) = assignments.partition(|assignment| {
        assignment
            .split('=')
            .next()
            .and_then(|path| path.trim().rsplit_once('.'))
            .is_some_and(|(_, key)| key == "name")
    });
    chooses.sort_by_key(|assignment| assignment.starts_with("schedule."));
    for assignment in chooses {
        errors.extend(given.assign_once(assignment).err());
    }
    for (name, _) in CHOICES.iter().filter(|(name, _)| !apart.contains(name)) {
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
    for assignment in sets {
        errors.extend(given.assign_once(assignment).err());
    }
    settings.overlay(&given);
    Ok((settings, errors))
}

/// The section of a choice: `schedule` for `cosine`, and `schedule.momentum` for `momentum=cosine`.
fn section_of<'s>(name: &str, short: &'s str) -> (String, &'s str) {
    match short.split_once('=') {
        Some(("lr", rest)) if name == "schedule" => (name.to_owned(), rest),
        Some((field, rest)) if name == "schedule" && !field.contains(':') => {
            (format!("{name}.{}", field.trim()), rest)
        }
        _ => (name.to_owned(), short),
    }
}

/// Every setting that has a flag, with its section.
pub(crate) fn flags() -> impl Iterator<Item = (&'static str, FieldInfo)> {
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
        "look" => "Look",
        "compare" => "Compare",
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

/// Sets the fields that were typed, of a struct whose fields a command has as flags; returns all that is wrong with them.
pub(crate) fn take<T: Tunable>(
    target: &mut T,
    matches: &ArgMatches,
    section: &str,
) -> Vec<ConfigError> {
    let typed = target.fields().into_iter().filter_map(|field| {
        // A command may leave some of them out.
        let text = matches.try_get_one::<String>(field.name).ok().flatten()?;
        Some((field.name.to_owned(), Value::Typed(text.clone())))
    });
    let typed: Vec<_> = typed.collect();
    let wrong = target.set_all(&typed).err().into_iter().flatten();
    let error = |source| ConfigError::Spec {
        section: section.to_owned(),
        source,
    };
    wrong.map(error).collect()
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

//! A configuration that has been checked: every value known, every range kept. Only this one runs and is stored.

use std::fmt::Write as _;

use thalweg_core::clip::Clip;
use thalweg_core::descent::{Decayed, Plan};
use thalweg_core::loss::{self, Loss, Purpose};
use thalweg_core::network::Architecture;
use thalweg_core::optimizer::{self, Adam, Optimizer};
use thalweg_core::schedule::{self, Cosine, Schedule};
use thalweg_core::spec::{Family, Spec, SpecError, Tunable, Value, near_names};
use thalweg_core::wrapper::{self, Wrapper};

use crate::settings::{GROUPS, SCHEDULES, to_toml};
use crate::{AUTO, ConfigError, Data, Descent, Frame, Settings, auto_lr};

/// The names of the sections, in the order in which they are written.
pub const SECTIONS: [&str; 6] = [
    "data",
    "network",
    "loss",
    "optimizer",
    "schedule",
    "training",
];

/// Everything that determines a run. Its default is what a person gets who names nothing but the data: Adam with
/// lr 0.002, falling along a cosine over 100 epochs, on two hidden layers with a little dropout.
pub struct Config {
    /// What is learned from what.
    pub data: Data,
    /// The network.
    pub network: Architecture,
    /// The loss; none for the one that suits the task.
    pub loss: Option<Box<dyn Loss>>,
    /// The update rule.
    pub optimizer: Box<dyn Optimizer>,
    /// Whether its learning rate is to be found by a range test, on the training rows, before the training.
    pub auto_lr: bool,
    /// The same rule with other settings for some parameters.
    pub groups: Vec<Group>,
    /// What drives its learning rate.
    pub schedule: Box<dyn Schedule>,
    /// How that moves.
    pub frame: Frame,
    /// What drives other numbers of the rule.
    pub driven: Vec<Driven>,
    /// How the descent runs and when it ends.
    pub training: Descent,
}

/// Parameters whose update rule has other settings.
pub struct Group {
    /// The segments that it is for, as `layer 1.*` or `*.bias`.
    pub pattern: String,
    /// What is replaced.
    pub settings: Vec<(String, Value)>,
    /// The rule with that.
    pub rule: Box<dyn Optimizer>,
}

/// A schedule of another number than the learning rate.
pub struct Driven {
    /// The field of the update rule.
    pub field: String,
    /// What drives it.
    pub schedule: Box<dyn Schedule>,
    /// How that moves.
    pub frame: Frame,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: Data::default(),
            network: Architecture::default(),
            loss: None,
            optimizer: Box::new(Adam {
                lr: 2e-3,
                ..Adam::default()
            }),
            auto_lr: false,
            groups: Vec::new(),
            schedule: Box::new(Cosine::default()),
            frame: Frame::default(),
            driven: Vec::new(),
            training: Descent::default(),
        }
    }
}

impl Config {
    /// Checks all settings and fills in the defaults.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first thing.
    pub fn new(settings: &Settings) -> Result<Config, Vec<ConfigError>> {
        let mut errors = unknown_sections(settings);
        let mut config = Config::default();
        let frame = frame_settings(settings, "schedule");
        set(&mut config.data, "data", &settings.of("data"), &mut errors);
        set(
            &mut config.network,
            "network",
            &settings.of("network"),
            &mut errors,
        );
        set(&mut config.frame, "schedule", &frame.0, &mut errors);
        set(
            &mut config.training,
            "training",
            &settings.of("training"),
            &mut errors,
        );

        let of_loss = settings.of("loss");
        match settings.get("loss", "name") {
            Some(name) if name != AUTO => {
                config.loss = member(&loss::ALL, "loss", &name, &of_loss, &mut errors);
            }
            _ if of_loss.is_empty() => {}
            _ => errors.push(ConfigError::Nameless { section: "loss" }),
        }
        let mut of_rule = settings.of("optimizer");
        config.auto_lr = auto_lr::take(&mut of_rule);
        match settings.get("optimizer", "name") {
            Some(name) => {
                let rule = member(&optimizer::ALL, "optimizer", &name, &of_rule, &mut errors);
                config.optimizer = rule.unwrap_or(config.optimizer);
            }
            None => set(&mut *config.optimizer, "optimizer", &of_rule, &mut errors),
        }
        match settings.get("schedule", "name") {
            Some(name) => {
                let schedule = member(&schedule::ALL, "schedule", &name, &frame.1, &mut errors);
                config.schedule = schedule.unwrap_or(config.schedule);
            }
            None => set(&mut *config.schedule, "schedule", &frame.1, &mut errors),
        }
        config.groups = groups(settings, &*config.optimizer, &mut errors);
        config.driven = driven(settings, &*config.optimizer, &mut errors);
        check_wrappers(&config, &mut errors);
        auto_lr::check(&config, &mut errors);
        if errors.is_empty() {
            Ok(config)
        } else {
            Err(errors)
        }
    }

    /// Checks the ranges of values that were set as fields and not by name.
    ///
    /// # Errors
    /// Everything that is out of range.
    pub(crate) fn check(&self) -> Result<(), Vec<ConfigError>> {
        let mut errors = Vec::new();
        recheck(&self.data, "data", &mut errors);
        recheck(&self.network, "network", &mut errors);
        recheck(&self.frame, "schedule", &mut errors);
        recheck(&self.training, "training", &mut errors);
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// The loss that suits a purpose, where none was chosen; one that was chosen must suit it.
    ///
    /// # Errors
    /// The chosen loss is for something else.
    pub(crate) fn settle_loss(&mut self, purpose: Purpose) -> Result<(), ConfigError> {
        let Some(loss) = &self.loss else {
            let mut fitting = loss::ALL.members.iter().map(|entry| (entry.build)());
            self.loss = fitting.find(|loss| loss.purpose() == purpose);
            return Ok(());
        };
        let two_as_many = purpose == Purpose::TwoClasses && loss.purpose() == Purpose::Classes;
        if loss.purpose() == purpose || two_as_many {
            return Ok(());
        }
        let fits =
            |entry: &&thalweg_core::spec::Entry<dyn Loss>| (entry.build)().purpose() == purpose;
        Err(ConfigError::LossForOther {
            loss: loss.card().name,
            purpose,
            fitting: loss::ALL
                .members
                .iter()
                .filter(fits)
                .map(|entry| entry.card.name)
                .collect(),
        })
    }

    /// The loss, once it is known.
    pub(crate) fn the_loss(&self) -> Result<&dyn Loss, ConfigError> {
        self.loss
            .as_deref()
            .ok_or(ConfigError::Nameless { section: "loss" })
    }

    /// The learning rate in force at a step or epoch of a run of so many.
    pub(crate) fn lr(&self, base: f64, t: f64, horizon: f64) -> f64 {
        self.frame.value(&*self.schedule, base, t, horizon)
    }

    /// The wrappers around the update rule.
    pub(crate) fn wrappers(&self) -> Vec<Box<dyn Wrapper>> {
        let shorts = self.training.wrappers.iter();
        // Each was checked when it was set.
        shorts
            .filter_map(|short| wrapper::ALL.parse(short).ok())
            .collect()
    }

    /// What its steps are made of.
    pub(crate) fn plan(&self) -> Plan {
        let group = |group: &Group| (group.pattern.clone(), group.rule.boxed());
        Plan {
            rule: self.optimizer.boxed(),
            groups: self.groups.iter().map(group).collect(),
            decayed: match self.training.decayed.as_str() {
                "all" => Decayed::All,
                _ => Decayed::Weights,
            },
            clip: Clip {
                value: self.training.clip_value,
                layer_norm: self.training.clip_layer_norm,
                adaptive: self.training.clip_adaptive,
                norm: self.training.clip_norm,
            },
            accumulate: self.training.accumulate,
            wrappers: self.wrappers(),
        }
    }

    /// The whole configuration as TOML, every value written out; [`Config::new`] of it gives the same one.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        section(&mut text, "data", None, &[&self.data]);
        section(&mut text, "network", None, &[&self.network]);
        match &self.loss {
            Some(loss) => section(
                &mut text,
                "loss",
                Some(loss.card().name),
                &[as_tunable(&**loss)],
            ),
            None => section(&mut text, "loss", Some(AUTO), &[]),
        }
        let rule: &dyn Optimizer = &*self.optimizer;
        section(&mut text, "optimizer", Some(rule.card().name), &[rule]);
        if self.auto_lr {
            auto_lr::write(&mut text);
        }
        for group in &self.groups {
            let pattern = toml::Value::String(group.pattern.clone());
            let _ = writeln!(text, "\n[[optimizer.group]]\nmatch = {pattern}");
            for (key, _) in &group.settings {
                if let Some(value) = group.rule.get(key) {
                    let _ = writeln!(text, "{key} = {}", to_toml(&value));
                }
            }
        }
        let schedule: &dyn Schedule = &*self.schedule;
        section(
            &mut text,
            "schedule",
            Some(schedule.card().name),
            &[schedule, &self.frame],
        );
        for driven in &self.driven {
            let schedule: &dyn Schedule = &*driven.schedule;
            section(
                &mut text,
                &format!("{SCHEDULES}{}", driven.field),
                Some(schedule.card().name),
                &[schedule, &driven.frame],
            );
        }
        section(&mut text, "training", None, &[&self.training]);
        text
    }
}

fn as_tunable(loss: &dyn Loss) -> &dyn Tunable {
    loss
}

fn section(text: &mut String, name: &str, member: Option<&str>, parts: &[&dyn Tunable]) {
    let gap = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{gap}[{name}]");
    if let Some(member) = member {
        let _ = writeln!(text, "name = {}", toml::Value::String(member.into()));
    }
    for (key, value) in parts.iter().flat_map(|part| part.dump()) {
        let _ = writeln!(text, "{key} = {}", to_toml(&value));
    }
}

fn recheck<S: Spec>(section: &S, name: &str, errors: &mut Vec<ConfigError>) {
    let pairs: Vec<_> = section
        .dump()
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    set(&mut section.clone(), name, &pairs, errors);
}

fn unknown_sections(settings: &Settings) -> Vec<ConfigError> {
    let mut unknown: Vec<&str> = settings
        .sections()
        .filter(|section| !SECTIONS.contains(section))
        .filter(|section| !section.starts_with(GROUPS) && !section.starts_with(SCHEDULES))
        .collect();
    unknown.dedup();
    let error = |section: &str| ConfigError::UnknownSection {
        near: near_names(section, SECTIONS),
        section: section.into(),
    };
    unknown.into_iter().map(error).collect()
}

type Pairs = Vec<(String, Value)>;

/// The settings of a schedule's section: those that all schedules share, and the rest.
fn frame_settings(settings: &Settings, section: &str) -> (Pairs, Pairs) {
    let frame = Frame::default();
    settings
        .of(section)
        .into_iter()
        .partition(|(key, _)| frame.get(key).is_some())
}

/// The groups of parameters with settings of their own.
fn groups(settings: &Settings, rule: &dyn Optimizer, errors: &mut Vec<ConfigError>) -> Vec<Group> {
    let mut groups = Vec::new();
    for section in settings.numbered(GROUPS) {
        let (pattern, pairs): (Pairs, Pairs) = settings
            .of(&section)
            .into_iter()
            .partition(|(key, _)| key == "match");
        let Some((_, pattern)) = pattern.into_iter().next() else {
            errors.push(ConfigError::GroupWithoutMatch);
            continue;
        };
        let mut rule = rule.boxed();
        set(&mut *rule, "optimizer.group", &pairs, errors);
        groups.push(Group {
            pattern: pattern.to_string(),
            settings: pairs,
            rule,
        });
    }
    groups
}

/// The schedules of other numbers than the learning rate.
fn driven(settings: &Settings, rule: &dyn Optimizer, errors: &mut Vec<ConfigError>) -> Vec<Driven> {
    let mut found = Vec::new();
    for section in settings.numbered(SCHEDULES) {
        let field = section[SCHEDULES.len()..].to_owned();
        let numbers = rule
            .dump()
            .into_iter()
            .filter(|(_, value)| matches!(value, Value::Float(_)));
        let known: Vec<_> = numbers
            .map(|(name, _)| name)
            .filter(|name| *name != "lr")
            .collect();
        if !known.contains(&field.as_str()) {
            errors.push(ConfigError::NotDriven {
                field,
                optimizer: rule.card().name,
                known,
            });
            continue;
        }
        let (of_frame, of_schedule) = frame_settings(settings, &section);
        let mut frame = Frame::default();
        set(&mut frame, &section, &of_frame, errors);
        let Some(name) = settings.get(&section, "name") else {
            errors.push(ConfigError::Nameless {
                section: "schedule",
            });
            continue;
        };
        if let Some(schedule) = member(&schedule::ALL, &section, &name, &of_schedule, errors) {
            found.push(Driven {
                field,
                schedule,
                frame,
            });
        }
    }
    found
}

/// Wrappers that undo each other.
fn check_wrappers(config: &Config, errors: &mut Vec<ConfigError>) {
    let wrappers = config.wrappers();
    let names: Vec<_> = wrappers.iter().map(|it| it.card().name).collect();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            errors.push(ConfigError::Wrappers {
                first: name,
                second: name,
                reason: "once is enough",
            });
        }
    }
    let mut averages = wrappers
        .iter()
        .filter(|it| it.averages())
        .map(|it| it.card().name);
    let (first, second) = (averages.next(), averages.next());
    if let (Some(first), Some(second)) = (first, second)
        && first != second
    {
        let reason = "only one average can be the model";
        errors.push(ConfigError::Wrappers {
            first,
            second,
            reason,
        });
    }
    if let (Some(first), true) = (first, config.optimizer.averages()) {
        let second = config.optimizer.card().name;
        let reason = "that optimizer keeps an average itself, which is the model";
        errors.push(ConfigError::Wrappers {
            first,
            second,
            reason,
        });
    }
}

fn set<T: ?Sized + Tunable>(
    target: &mut T,
    section: &str,
    pairs: &[(String, Value)],
    errors: &mut Vec<ConfigError>,
) {
    if let Err(found) = target.set_all(pairs) {
        errors.extend(in_section(section, found));
    }
}

fn member<D: ?Sized + Tunable>(
    family: &Family<D>,
    section: &str,
    name: &str,
    settings: &[(String, Value)],
    errors: &mut Vec<ConfigError>,
) -> Option<Box<D>> {
    let built = family.build(name, settings);
    built
        .map_err(|found| errors.extend(in_section(section, found)))
        .ok()
}

fn in_section(section: &str, errors: Vec<SpecError>) -> impl Iterator<Item = ConfigError> {
    errors.into_iter().map(move |source| ConfigError::Spec {
        section: section.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut settings = Settings::default();
        settings
            .choose("optimizer", "adam:lr=0.1,eps=1e-12")
            .unwrap();
        settings.choose("schedule", "cosine").unwrap();
        settings.assign("network.hidden=7,5").unwrap();
        settings
            .assign("network.activation=leaky_relu:slope=0.25")
            .unwrap();
        settings.assign("training.batch_size=full").unwrap();
        settings.assign("data.target=with \"quotes\"").unwrap();
        settings.choose("loss", "huber:delta=0.3").unwrap();
        let first = Config::new(&settings).unwrap().to_toml();
        let second = Config::new(&Settings::from_toml(&first, "run.toml").unwrap()).unwrap();
        assert_eq!(first, second.to_toml());
        assert_eq!(second.network.hidden, [7, 5]);
        assert_eq!(second.training.batch_size, crate::FULL_BATCH);
    }

    #[test]
    fn all_errors_come_at_once() {
        let mut settings = Settings::default();
        settings
            .choose("optimizer", "adam:lr=-1,beta3=0.5")
            .unwrap();
        settings.assign("netwrok.hidden=7").unwrap();
        settings.assign("training.batch_size=0").unwrap();
        settings.assign("network.activation=relo").unwrap();
        let Err(errors) = Config::new(&settings) else {
            panic!("nothing was refused")
        };
        let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "unknown section `netwrok`; did you mean `network`?",
                "network: unknown activation `relo`; did you mean `relu`?",
                "training: `batch_size` of `training` must be at least 1, found 0",
                "optimizer: `lr` of `adam` must be at least 0, found -1",
                "optimizer: `adam` has no setting `beta3`; did you mean `beta1` or `beta2`?",
            ]
        );
    }
}

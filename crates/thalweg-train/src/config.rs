//! A configuration that has been checked: every value known, every range kept. Only this one runs and is stored.

mod parts;

pub use parts::{Section, Setting};

use std::fmt::Write as _;

use thalweg_core::loss::{self, Loss, Purpose};
use thalweg_core::metric;
use thalweg_core::network::Architecture;
use thalweg_core::optimizer::{self, Adam, Optimizer};
use thalweg_core::schedule::{self, Cosine, Schedule};
use thalweg_core::solver::{self, Solver};
use thalweg_core::spec::{Family, Spec, SpecError, Tunable, Value, near_names};

use crate::around::{self, Driven, Group};
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
    /// A solver instead of that rule.
    pub solver: Option<Box<dyn Solver>>,
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
            solver: None,
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
            _ => errors.push(ConfigError::Nameless {
                section: "loss".into(),
            }),
        }
        let mut of_rule = settings.of("optimizer");
        config.auto_lr = auto_lr::take(&mut of_rule);
        match settings.get("optimizer", "name") {
            Some(name) if solver::ALL.find(&name).is_ok() => {
                config.solver = member(&solver::ALL, "optimizer", &name, &of_rule, &mut errors);
                config.suit_solver(settings);
            }
            Some(name) if optimizer::ALL.find(&name).is_err() => {
                errors.push(around::unknown_method(&name));
            }
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
        if config.solver.is_none() {
            config.groups = around::groups(settings, &*config.optimizer, &mut errors);
            config.driven = around::driven(settings, &*config.optimizer, &mut errors);
        }
        config.check_lr(settings, &mut errors);
        around::check_wrappers(&config, &mut errors);
        config.check_solver(settings, &mut errors);
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
        let suits = |other: Purpose| {
            other == purpose
                || (purpose == Purpose::TwoClasses && other == Purpose::Classes)
                || (purpose == Purpose::Numbers && other == Purpose::Counts)
        };
        if suits(loss.purpose()) {
            return Ok(());
        }
        let fits = |entry: &&thalweg_core::spec::Entry<dyn Loss>| suits((entry.build)().purpose());
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

    /// Whether the target's numbers are to be taken as they are.
    pub(crate) fn counts(&self) -> bool {
        let loss = self.loss.as_ref();
        loss.is_some_and(|loss| loss.purpose() == Purpose::Counts)
    }

    /// The loss, once it is known.
    pub(crate) fn the_loss(&self) -> Result<&dyn Loss, ConfigError> {
        self.loss.as_deref().ok_or(ConfigError::Nameless {
            section: "loss".into(),
        })
    }

    /// Whether what is monitored is the better the higher it is.
    pub(crate) fn monitors_upwards(&self) -> bool {
        let metric = metric::ALL.find(&self.training.monitor);
        metric.is_ok_and(|entry| (entry.build)().higher_is_better())
    }

    /// All schedules with how they move: first that of the learning rate, then those of other numbers.
    pub(crate) fn schedules(&self) -> impl Iterator<Item = (&str, &dyn Schedule, &Frame)> {
        let others = self.driven.iter();
        let others = others.map(|it| (it.field.as_str(), &*it.schedule, &it.frame));
        std::iter::once(("lr", &*self.schedule, &self.frame)).chain(others)
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
        let method = self.method();
        section(&mut text, "optimizer", Some(method.card().name), &[method]);
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

pub(crate) type Pairs = Vec<(String, Value)>;

/// The settings of a schedule's section: those that all schedules share, and the rest.
pub(crate) fn frame_settings(settings: &Settings, section: &str) -> (Pairs, Pairs) {
    let frame = Frame::default();
    settings
        .of(section)
        .into_iter()
        .partition(|(key, _)| frame.get(key).is_some())
}

pub(crate) fn set<T: ?Sized + Tunable>(
    target: &mut T,
    section: &str,
    pairs: &[(String, Value)],
    errors: &mut Vec<ConfigError>,
) {
    if let Err(found) = target.set_all(pairs) {
        errors.extend(in_section(section, found));
    }
}

pub(crate) fn member<D: ?Sized + Tunable>(
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

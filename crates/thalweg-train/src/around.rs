//! What is around the update rule in a configuration: groups of parameters, schedules of other numbers, wrappers, and
//! what a solver needs instead. Not the rule itself, and not the sections: see `config`.

use thalweg_core::clip::Clip;
use thalweg_core::descent::{Decayed, Plan};
use thalweg_core::objective::Penalties;
use thalweg_core::optimizer::{self, Optimizer, Sgd};
use thalweg_core::schedule::{self, Constant, Schedule};
use thalweg_core::solver::{self, Solver};
use thalweg_core::spec::{Spec as _, SpecError, Tunable, Value, near_names};
use thalweg_core::wrapper::{self, Wrapper};

use crate::config::{Pairs, frame_settings, member, set};
use crate::settings::{GROUPS, SCHEDULES};
use crate::{AUTO_BATCH, Config, ConfigError, FULL_BATCH, Frame, Settings};

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

impl Config {
    /// Makes what was left open suit a solver: all rows at once, and nothing that draws numbers.
    pub(crate) fn suit_solver(&mut self, settings: &Settings) {
        // No rule takes steps beside it; this one remembers nothing that a checkpoint would have to hold.
        self.optimizer = Box::new(Sgd::default());
        let open = |section, key| settings.get(section, key).is_none();
        if self.training.batch_size == AUTO_BATCH {
            self.training.batch_size = FULL_BATCH;
        }
        if open("network", "dropout") {
            self.network.dropout = 0.0;
        }
        if open("schedule", "name") {
            self.schedule = Box::new(Constant);
        }
    }

    /// A solver needs the same function at every evaluation, and finds its steps itself.
    pub(crate) fn check_solver(&self, settings: &Settings, errors: &mut Vec<ConfigError>) {
        let Some(solver) = &self.solver else { return };
        let (network, training) = (&self.network, &self.training);
        let drops = network.dropout + network.input_dropout + network.dropconnect > 0.0;
        let warms = self.frame.warmup > 0.0 || self.schedule.card().name != Constant::CARD.name;
        let around = self.clip().is_on() || training.accumulate > 1;
        let given = |sections| !settings.numbered(sections).is_empty();
        let groups = given(GROUPS) || given(SCHEDULES);
        let remedies: Vec<_> = [
            (
                training.batch_size != FULL_BATCH,
                "set training.batch_size=full",
            ),
            (drops, "leave out dropout, input_dropout and dropconnect"),
            (warms || groups, "leave out schedules, warm-up and groups"),
            (around, "leave out clipping and accumulate"),
            (!training.wrappers.is_empty(), "leave out wrappers"),
        ]
        .into_iter()
        .filter_map(|(wrong, remedy)| wrong.then_some(remedy))
        .collect();
        if !remedies.is_empty() {
            let solver = solver.card().name;
            errors.push(ConfigError::Solver { solver, remedies });
        }
    }

    /// A rule whose result is an average needs no schedule unless one is asked for, and one without a learning rate has
    /// nothing that a schedule could drive.
    pub(crate) fn check_lr(&mut self, settings: &Settings, errors: &mut Vec<ConfigError>) {
        if self.optimizer.averages() && settings.get("schedule", "name").is_none() {
            self.schedule = Box::new(Constant);
        }
        if self.solver.is_some() || self.optimizer.get("lr").is_some() {
            return;
        }
        if settings
            .get("schedule", "name")
            .is_none_or(|name| name == Constant::CARD.name)
        {
            self.schedule = Box::new(Constant);
            return;
        }
        errors.push(not_driven("lr", &*self.optimizer));
    }

    /// The update rule or the solver, as far as both describe themselves.
    pub fn method(&self) -> &dyn Tunable {
        if let Some(solver) = &self.solver {
            let solver: &dyn Solver = &**solver;
            solver
        } else {
            let rule: &dyn Optimizer = &*self.optimizer;
            rule
        }
    }

    /// The wrappers around the update rule.
    pub(crate) fn wrappers(&self) -> Vec<Box<dyn Wrapper>> {
        let shorts = self.training.wrappers.iter();
        // Each was checked when it was set.
        shorts
            .filter_map(|short| wrapper::ALL.parse(short).ok())
            .collect()
    }

    /// What its gradients are held to.
    pub(crate) fn clip(&self) -> Clip {
        Clip {
            value: self.training.clip_value,
            layer_norm: self.training.clip_layer_norm,
            adaptive: self.training.clip_adaptive,
            norm: self.training.clip_norm,
        }
    }

    /// The seed by which rows are dealt to the parts.
    pub(crate) fn split_seed(&self) -> u64 {
        self.data.split_seed.unwrap_or(self.training.seed)
    }

    /// What its weights cost.
    pub(crate) fn penalties(&self) -> Penalties {
        Penalties {
            l1: self.training.l1,
            l2: self.training.l2,
        }
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
            clip: self.clip(),
            accumulate: self.training.accumulate,
            wrappers: self.wrappers(),
        }
    }
}

/// Neither an update rule nor a solver has this name.
pub(crate) fn unknown_method(name: &str) -> ConfigError {
    let known = [optimizer::ALL.names(), solver::ALL.names()].concat();
    ConfigError::Spec {
        section: "optimizer".into(),
        source: SpecError::UnknownMember {
            family: optimizer::ALL.singular,
            name: name.into(),
            near: near_names(name, known.iter().copied()),
            known,
        },
    }
}

/// The groups of parameters with settings of their own.
pub(crate) fn groups(
    settings: &Settings,
    rule: &dyn Optimizer,
    errors: &mut Vec<ConfigError>,
) -> Vec<Group> {
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
        if pairs.is_empty() {
            let pattern = pattern.to_string();
            errors.push(ConfigError::EmptySettings { pattern });
            continue;
        }
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
pub(crate) fn driven(
    settings: &Settings,
    rule: &dyn Optimizer,
    errors: &mut Vec<ConfigError>,
) -> Vec<Driven> {
    let mut found = Vec::new();
    for section in settings.numbered(SCHEDULES) {
        let field = section[SCHEDULES.len()..].to_owned();
        let is_number = matches!(rule.get(&field), Some(Value::Float(_))) && field != "lr";
        if !is_number {
            errors.push(not_driven(&field, rule));
            continue;
        }
        let (of_frame, of_schedule) = frame_settings(settings, &section);
        let mut frame = Frame::default();
        set(&mut frame, &section, &of_frame, errors);
        let Some(name) = settings.get(&section, "name") else {
            errors.push(ConfigError::Nameless { section });
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

/// No schedule can drive this field of the rule.
fn not_driven(field: &str, rule: &dyn Optimizer) -> ConfigError {
    let numbers = rule.dump().into_iter();
    let numbers = numbers.filter(|(name, value)| matches!(value, Value::Float(_)) && *name != "lr");
    ConfigError::NotDriven {
        field: field.into(),
        optimizer: rule.card().name,
        known: numbers.map(|(name, _)| name).collect(),
    }
}

/// Wrappers that undo each other.
pub(crate) fn check_wrappers(config: &Config, errors: &mut Vec<ConfigError>) {
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

//! What must go together: settings with data, and a run that goes on with what it began as.

use thalweg_core::descent::matches;
use thalweg_core::network::Network;
use thalweg_core::optimizer::Optimizer;
use thalweg_core::schedule::Schedule;
use thalweg_core::spec::Value;

use crate::folder::Folder;
use crate::prepare::Prepared;
use crate::run::step_rows;
use crate::scores;
use crate::stopping::EarlyStopping;
use crate::{Config, ConfigError, FULL_BATCH, Frame, Settings};

/// With gradient, moments and the best weights a training holds about six vectors as long: 24 GB of this many.
const MOST_PARAMETERS: usize = 1_000_000_000;

/// What must go together once the data are known.
pub(super) fn check(
    config: &Config,
    data: &Prepared,
    network: &Network,
) -> Result<(), Vec<ConfigError>> {
    let mut errors = Vec::new();
    let rows = data.training_rows();
    let batch_size = config.training.batch_size;
    if batch_size > rows as u64 && batch_size != FULL_BATCH {
        errors.push(ConfigError::BatchTooLarge { batch_size, rows });
    }
    let parameters = network.layout().len();
    if parameters > MOST_PARAMETERS {
        let most = MOST_PARAMETERS;
        errors.push(ConfigError::TooManyParameters { parameters, most });
    }
    for group in &config.groups {
        let segments = network.layout().segments();
        if !segments
            .iter()
            .any(|segment| matches(&group.pattern, segment))
        {
            errors.push(ConfigError::EmptyGroup {
                pattern: group.pattern.clone(),
                known: segments.iter().map(ToString::to_string).collect(),
            });
        }
    }
    errors.extend(driven_out_of_range(config, rows));
    errors.extend(not_streamed(config, data));
    let monitor = &config.training.monitor;
    if let Some(loss) = &config.loss
        && monitor != "loss"
    {
        let suited = scores::suited(loss.purpose(), network.outputs());
        let fitting: Vec<_> = suited.iter().map(|metric| metric.card().name).collect();
        if !fitting.contains(&monitor.as_str()) {
            errors.push(ConfigError::MonitorForOther {
                monitor: monitor.clone(),
                fitting,
            });
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// What cannot be had while the training rows stay in their file.
fn not_streamed(config: &Config, data: &Prepared) -> Option<ConfigError> {
    let streamed = data.streamed.as_ref()?;
    let (rows, memory) = (data.training_rows(), config.data.memory.clone());
    let needs_all = |setting, remedy| ConfigError::NeedsAllRows {
        setting,
        rows,
        memory: memory.clone(),
        remedy,
    };
    if let Some(solver) = &config.solver {
        let setting = format!("optimizer: `{}`", solver.card().name);
        return Some(needs_all(setting, "use an update rule, as adam"));
    }
    if config.training.batch_size == FULL_BATCH {
        let setting = "training: `batch_size` full".to_owned();
        return Some(needs_all(setting, "use batches, as 128"));
    }
    let (step, buffer) = (step_rows(config, rows), streamed.buffer_rows);
    (step > buffer).then_some(ConfigError::StepTooLarge {
        step,
        buffer,
        memory,
    })
}

/// Early stopping by the loss or a metric.
pub(super) fn stopping(config: &Config) -> EarlyStopping {
    let limits = &config.training;
    EarlyStopping::new(limits.patience, limits.min_delta, config.monitors_upwards())
}

/// What may change when a run goes on: its limits, which no step depends on.
const CHANGEABLE: [&str; 2] = ["epochs", "patience"];

pub(super) fn check_changes(changes: &Settings, folder: &Folder) -> Result<(), Vec<ConfigError>> {
    let fixed = |path: String| ConfigError::Fixed {
        path,
        run: folder.config_path().display().to_string(),
    };
    let changed = changes
        .paths()
        .filter(|(section, key)| *section != "training" || !CHANGEABLE.contains(key));
    let errors: Vec<_> = changed
        .map(|(section, key)| fixed(format!("{section}.{key}")))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// A schedule that spans the run would not be the one that the run began with; nor would an average of its end.
pub(super) fn check_span(
    before: &Config,
    now: &Config,
    rows: usize,
    folder: &Folder,
) -> Result<(), ConfigError> {
    let (old, new) = (before.training.epochs as f64, now.training.epochs as f64);
    let steps = rows.div_ceil(step_rows(now, rows)) as f64;
    let differs = |trial: u32| {
        let part = f64::from(trial) / f64::from(TRIALS);
        let at = |config: &Config, epochs: f64| -> Vec<u64> {
            let time = |frame: &Frame| match frame.by.as_str() {
                "step" => (part * old * steps, epochs * steps),
                // In parts of a run, any other length is another schedule.
                "run" => (part * old / epochs, 1.0),
                _ => (part * old, epochs),
            };
            let value = |(_, schedule, frame): (&str, &dyn Schedule, &Frame)| {
                frame.value(schedule, 1.0, time(frame), 0).to_bits()
            };
            config.schedules().map(value).collect()
        };
        at(before, old) != at(now, new)
    };
    if old.to_bits() == new.to_bits() {
        return Ok(());
    }
    let wrappers = now.wrappers();
    let spanning = wrappers.iter().find(|it| it.spans());
    if spanning.is_none() && !(0..=TRIALS).any(differs) {
        return Ok(());
    }
    Err(ConfigError::Span {
        schedule: spanning.map_or(now.schedule.card().name, |it| it.card().name),
        epochs: now.training.epochs,
        run: folder.config_path().display().to_string(),
    })
}

/// Points of a run at which the schedules are tried.
const TRIALS: u32 = 200;

/// Schedules that take a number of the optimizer, or of a group, out of its range on the way.
fn driven_out_of_range(config: &Config, rows: usize) -> Vec<ConfigError> {
    let epochs = config.training.epochs as f64;
    let steps = epochs * rows.div_ceil(step_rows(config, rows)) as f64;
    let groups = config.groups.iter().map(|group| &*group.rule);
    let rules: Vec<&dyn Optimizer> = std::iter::once(&*config.optimizer).chain(groups).collect();
    let mut errors = Vec::new();
    for (field, schedule, frame) in config.schedules() {
        let horizon = match frame.by.as_str() {
            "step" => steps,
            "run" => 1.0,
            _ => epochs,
        };
        let tried = rules.iter().find_map(|rule| {
            let Some(Value::Float(base)) = rule.get(field) else {
                return None;
            };
            (0..TRIALS).find_map(|trial| {
                let t = horizon * f64::from(trial) / f64::from(TRIALS);
                let value = frame.value(schedule, base, (t, horizon), 0);
                rule.boxed().set(field, &Value::Float(value)).err()
            })
        });
        errors.extend(tried.map(|source| ConfigError::Spec {
            section: match field {
                "lr" => "schedule".into(),
                field => format!("schedule.{field}"),
            },
            source,
        }));
    }
    errors
}

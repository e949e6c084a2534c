//! `train`: says what it is going to do, does it, and says what came of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ArgMatches;
use serde_json::json;
use thalweg::core::wrapper;
use thalweg::data::{Format, Use};
use thalweg::spec::Tunable;
use thalweg::{Config, Outcome, Run, Scores, Summary, TrainError, Watch};

use crate::progress::Progress;
use crate::screen::{Screen, count, duration, number};
use crate::{Exit, args, flags};

/// Columns that are shown one by one; of a wider table the rest is counted.
const MOST_COLUMNS: usize = 24;

/// Set by Ctrl-C.
static INTERRUPT: AtomicBool = AtomicBool::new(false);

pub(crate) fn train(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let (json, quiet) = (matches.get_flag("json"), matches.get_flag("quiet"));
    let mut screen = Screen::new(json || quiet);
    let (settings, mut errors) = flags::settings(matches)?;
    let threads = args::threads_of(matches);
    let resumed = matches.get_one::<String>("resume");
    let mut run = match (Config::new(&settings), resumed) {
        (Ok(_), Some(path)) if errors.is_empty() => {
            Run::resume(Path::new(path), &settings, threads)?
        }
        (Ok(config), None) if errors.is_empty() => Run::new(config, threads)?,
        (checked, _) => {
            errors.extend(checked.err().into_iter().flatten());
            return Err(TrainError::from(errors).into());
        }
    };
    if let Some(&every) = matches.get_one::<Duration>("checkpoint_every") {
        run.checkpoint_every = every;
    }
    let dry_run = matches.get_flag("dry_run");
    if run.folder().is_none() && !dry_run {
        run.create_folder(matches.get_one::<String>("out").map(Path::new))?;
    }
    announce(&mut screen, &run)?;
    if dry_run {
        if json {
            let (task, parameters) = (&run.config.data.task, run.network.layout().len());
            crate::print_json(
                &json!({ "run": null, "task": task, "outcome": "dry_run", "parameters": parameters }),
            )?;
        }
        screen.line("")?;
        screen.good("Dry run", "nothing was trained or written")?;
        return Ok(Exit::Done);
    }
    listen_for_interrupts();
    screen.line("")?;
    let outcome = {
        let mut progress = Progress::new(&run, &mut screen, json || quiet);
        let mut observer = |event: thalweg::Event<'_>| progress.show(event);
        let outcome = run.train(&mut Watch {
            observer: &mut observer,
            interrupt: &INTERRUPT,
        });
        progress.finish();
        outcome?
    };
    let summary = run.summarize(&outcome)?;
    if json {
        crate::print_json(&serde_json::to_value(&summary)?)?;
    }
    conclude(&mut screen, &outcome, &summary)?;
    Ok(match outcome {
        Outcome::Interrupted { .. } => Exit::Interrupted,
        Outcome::Diverged { .. } => Exit::Failed,
        _ => Exit::Done,
    })
}

/// Ctrl-C ends the training at its next step; once more ends the command at once.
fn listen_for_interrupts() {
    // Without a handler Ctrl-C ends the command at once; the last checkpoint is whole all the same.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPT.swap(true, Ordering::Relaxed) {
            #[allow(clippy::exit, clippy::disallowed_methods)]
            std::process::exit(Exit::Interrupted as i32);
        }
    });
}

/// What was read, how it is split, what the network is, and how it will be trained.
fn announce(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    announce_data(screen, run)?;
    announce_split(screen, run)?;
    screen.line("")?;
    announce_network(screen, run)?;
    screen.line("")?;
    announce_descent(screen, run)
}

pub(crate) fn announce_data(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let (data, name) = (&run.data, source_name(run));
    let dropped = match data.rows_dropped {
        0 => String::new(),
        n => format!(", {} without target left out", count(n)),
    };
    let format = match data.format {
        Format::Memory => String::new(),
        format => format!(" ({format})"),
    };
    let columns = &data.inspection.columns;
    screen.item(
        "Data",
        &format!(
            "{name}{format}: {} rows{dropped}, {} columns → {} features",
            count(data.rows_read),
            count(columns.len()),
            count(data.preprocessing.n_features())
        ),
    )?;
    let shown: Vec<_> = columns
        .iter()
        .take(MOST_COLUMNS)
        .map(|column| {
            let missing = if column.missing > 0 {
                format!("{} missing", count(column.missing))
            } else {
                String::new()
            };
            vec![column.name.clone(), use_of(run, column), missing]
        })
        .collect();
    screen.table(&["column", "use", ""], &[2], &shown)?;
    if columns.len() > MOST_COLUMNS {
        screen.item(
            "",
            &format!("and {} more columns", count(columns.len() - MOST_COLUMNS)),
        )?;
    }
    crate::data::suspicions(screen, columns)?;
    for note in crate::data::notes(&data.train.notes, true) {
        screen.warn(&note)?;
    }
    Ok(())
}

/// The file's or data set's name.
pub(crate) fn source_name(run: &Run) -> String {
    let source = &run.config.data.source;
    let name = Path::new(source).file_name();
    name.map_or(source.clone(), |name| name.to_string_lossy().into_owned())
}

fn use_of(run: &Run, column: &thalweg::data::ColumnReport) -> String {
    let preprocessing = &run.data.preprocessing;
    match &column.use_ {
        Use::Target => match (preprocessing.classes(), preprocessing.target_scale()) {
            (Some(classes), _) => format!("target: {} classes", classes.len()),
            (None, Some((mean, std))) => {
                format!("target: mean {}, deviation {}", number(mean), number(std))
            }
            (None, None) => "target".into(),
        },
        other => other.to_string(),
    }
}

pub(crate) fn announce_split(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let rows =
        |part: &Option<thalweg::train::Part>| part.as_ref().map_or(0, thalweg::train::Part::rows);
    let stratified = if run.data.preprocessing.classes().is_some() {
        ", stratified"
    } else {
        ""
    };
    screen.item(
        "Split",
        &format!(
            "{} training, {} validation, {} test rows (seed {}{stratified})",
            count(run.data.train.rows()),
            count(rows(&run.data.validation)),
            count(rows(&run.data.test)),
            run.config.training.seed
        ),
    )
}

pub(crate) fn announce_network(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    screen.item(
        "Network",
        &format!("{} parameters", count(run.network.layout().len())),
    )?;
    let last = run.network.layers().len();
    let row = |(index, layer): (usize, &thalweg::core::network::Layer)| {
        let mut extras = vec![];
        for (name, rate) in [
            ("dropout", layer.dropout.rate),
            ("dropconnect", layer.dropconnect.rate),
        ] {
            if rate > 0.0 {
                extras.push(format!("{name} {rate}"));
            }
        }
        let kind = if index + 1 == last {
            "output"
        } else {
            layer.activation.card().name
        };
        vec![
            (index + 1).to_string(),
            format!("{} → {}", layer.inputs, layer.outputs),
            kind.into(),
            count(layer.inputs * layer.outputs + layer.outputs),
            extras.join(", "),
        ]
    };
    let rows: Vec<_> = run.network.layers().iter().enumerate().map(row).collect();
    screen.table(
        &["layer", "shape", "activation", "parameters", ""],
        &[3],
        &rows,
    )
}

fn announce_descent(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let (config, limits) = (&run.config, &run.config.training);
    let loss = config.loss.as_deref().map_or("", |loss| loss.card().name);
    screen.item(
        "Descent",
        &format!("{} on {loss}", described(config.method())),
    )?;
    for group in &config.groups {
        let settings = group.settings.iter().filter_map(|(key, _)| {
            let value = group.rule.get(key)?;
            Some(format!("{key} {value}"))
        });
        let settings: Vec<_> = settings.collect();
        screen.item("", &format!("{}: {}", group.pattern, settings.join(", ")))?;
    }
    if let Some(found) = &run.found
        && let (Some(lr), Some((low, high))) = (found.suggestion, found.interval)
    {
        screen.item(
            "",
            &format!("lr {lr} found by the range test (interval {low} to {high})"),
        )?;
    }
    let has_lr = config.solver.is_none() && config.optimizer.get("lr").is_some();
    if has_lr && (config.schedule.card().name != "constant" || config.frame.warmup > 0.0) {
        let warmup = config.frame.warmup;
        let warmup = if warmup > 0.0 {
            format!(", {warmup} of warm-up")
        } else {
            String::new()
        };
        screen.item(
            "",
            &format!(
                "{} by {}{warmup}",
                described(&*config.schedule),
                config.frame.by
            ),
        )?;
    }
    for driven in &config.driven {
        let (schedule, by) = (described(&*driven.schedule), &driven.frame.by);
        screen.item("", &format!("{} by {schedule} by {by}", driven.field))?;
    }
    for wrapper in &limits.wrappers {
        let described = wrapper::ALL.parse(wrapper).map(|it| described(&*it));
        screen.item("", &format!("within {}", described.unwrap_or_default()))?;
    }
    let batch = match (run.batch_size(), limits.accumulate) {
        (size, _) if size >= run.data.train.rows() => "full batch".to_owned(),
        (size, 1) => format!("batches of {size}"),
        (size, accumulate) => format!("{accumulate} batches of {size} to a step"),
    };
    screen.item(
        "",
        &format!(
            "{batch}, {} steps an epoch, at most {} epochs",
            count(run.steps_per_epoch() as usize),
            count(limits.epochs as usize)
        ),
    )?;
    if let Some(patience) = limits.patience
        && run.data.validation.is_some()
    {
        screen.item(
            "",
            &format!(
                "stops after {patience} epochs without a better validation {}",
                limits.monitor
            ),
        )?;
    }
    let mut penalties = vec![];
    for (name, factor) in [("l1", limits.l1), ("l2", limits.l2)] {
        if factor > 0.0 {
            penalties.push(format!("{name} {factor}"));
        }
    }
    if !penalties.is_empty() {
        screen.item("", &penalties.join(", "))?;
    }
    if run.epoch() > 0 {
        screen.item("", &format!("goes on after epoch {}", run.epoch()))?;
    }
    Ok(())
}

/// `adam (lr 0.001, beta1 0.9, …)`.
fn described(member: &(impl Tunable + ?Sized)) -> String {
    let settings: Vec<_> = member
        .dump()
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    match &settings[..] {
        [] => member.card().name.into(),
        settings => format!("{} ({})", member.card().name, settings.join(", ")),
    }
}

/// Why it ended, how good it is, where it is.
fn conclude(screen: &mut Screen, outcome: &Outcome, summary: &Summary) -> std::io::Result<()> {
    screen.line("")?;
    let ended = format!("{} ({})", summary.reason, duration(summary.seconds));
    match outcome {
        Outcome::Interrupted { .. } | Outcome::Diverged { .. } => screen.warn(&ended)?,
        _ => screen.item("Ended", &ended)?,
    }
    let parts = [
        ("training", Some(&summary.train)),
        ("validation", summary.validation.as_ref()),
        ("test", summary.test.as_ref()),
    ];
    let given: Vec<(&str, &Scores)> = parts
        .iter()
        .filter_map(|(name, part)| part.map(|part| (*name, part)))
        .collect();
    screen.good(
        "Result",
        &format!("weights of epoch {}", summary.best_epoch),
    )?;
    score_table(screen, &given)?;
    let Some(run) = &summary.run else {
        return Ok(());
    };
    screen.item("Run", &run.display().to_string())?;
    let run = quoted(&run.display().to_string());
    match outcome {
        Outcome::Diverged { .. } => Ok(()),
        Outcome::Interrupted { .. } => {
            screen.item("Go on", &format!("thalweg train --resume {run}"))
        }
        _ => screen.item(
            "Use it",
            &format!("thalweg predict {run} new.csv --output predictions.csv"),
        ),
    }
}

/// A path as a shell takes it.
pub(crate) fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+~".contains(c);
    if path.chars().all(plain) {
        path.into()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

/// A row for each part of the data, a column for each score.
pub(crate) fn score_table(screen: &mut Screen, parts: &[(&str, &Scores)]) -> std::io::Result<()> {
    let Some((_, first)) = parts.first() else {
        return Ok(());
    };
    let metrics: Vec<&str> = first.metrics.keys().map(String::as_str).collect();
    let header: Vec<&str> = ["", "loss"]
        .into_iter()
        .chain(metrics.iter().copied())
        .collect();
    let rows: Vec<Vec<String>> = parts
        .iter()
        .map(|(name, scores)| {
            let score = |metric: &&str| number(scores.get(metric).unwrap_or(f64::NAN));
            [(*name).to_owned(), number(scores.loss)]
                .into_iter()
                .chain(metrics.iter().map(score))
                .collect()
        })
        .collect();
    let right: Vec<usize> = (1..header.len()).collect();
    screen.table(&header, &right, &rows)
}

//! `train`: says what it is going to do, does it, and says what came of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ArgMatches;
use serde_json::json;
use thalweg::{Config, Outcome, Run, Scores, Summary, TrainError, Watch};

use crate::announce::announce;
use crate::progress::Progress;
use crate::screen::{Screen, duration, number};
use crate::{Exit, args, flags, report};

/// Dots down of the curves at the end: small beside the figures that they stand above.
const CHART: u32 = 32;

/// Set by Ctrl-C.
pub(crate) static INTERRUPT: AtomicBool = AtomicBool::new(false);

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
    let told = run.folder().map(thalweg::Folder::metrics);
    if let Some(Ok(metrics)) = told {
        screen.line("")?;
        screen.course(&metrics.epochs, CHART)?;
    }
    conclude(&mut screen, &outcome, &summary)?;
    match report::leave(&run) {
        Ok(Some(page)) => screen.item("Page", &page.display().to_string())?,
        Ok(None) => {}
        // The run is whole without it.
        Err(error) => screen.warn(&format!("no page: {error}"))?,
    }
    Ok(match outcome {
        Outcome::Interrupted { .. } => Exit::Interrupted,
        Outcome::Diverged { .. } => Exit::Failed,
        _ => Exit::Done,
    })
}

/// Ctrl-C ends the training at its next step; once more ends the command at once.
pub(crate) fn listen_for_interrupts() {
    // Without a handler Ctrl-C ends the command at once; the last checkpoint is whole all the same.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPT.swap(true, Ordering::Relaxed) {
            #[allow(clippy::exit, clippy::disallowed_methods)]
            std::process::exit(Exit::Interrupted as i32);
        }
    });
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

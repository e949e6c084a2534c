//! `lr-find`: sweeps the learning rate, shows where the loss falls, and suggests one.

use std::path::Path;

use anyhow::Context as _;
use clap::{ArgMatches, Command};
use serde_json::json;
use thalweg::spec::{Tunable as _, Value};
use thalweg::train::{AUTO, Curve, Found, RangeTest, replace};
use thalweg::{Config, Run, TrainError};

use crate::screen::{Screen, count, number};
use crate::{Exit, announce, args, figure, flags, learn};

pub(crate) fn command() -> Command {
    let mut command = Command::new("lr-find")
        .about("Find a learning rate: sweep it a few times, see where the loss falls")
        .after_help(
            "Exit status: 0 with a learning rate, 1 where the test can't tell, 2 for wrong input.",
        )
        .arg(args::data().required_unless_present("config"))
        .arg(args::path(
            "config",
            "Start from a configuration: a run's `run.toml`",
        ))
        .arg(args::path(
            "picture",
            "SVG file to write [default: lr-find.svg]",
        ))
        .arg(args::threads())
        .arg(args::json());
    for field in RangeTest::default().fields() {
        command = command.arg(flags::flag("range_test", &field));
    }
    flags::with_settings(command)
}

pub(crate) fn lr_find(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let json = matches.get_flag("json");
    let mut screen = Screen::new(json);
    let (test, run) = prepare(matches)?;
    let name = announce::source_name(&run);
    announce::announce_data(&mut screen, &run)?;
    announce::announce_split(&mut screen, &run)?;
    screen.line("")?;
    announce::announce_network(&mut screen, &run)?;
    screen.line("")?;
    announce(&mut screen, &run, &test)?;
    let picture = matches.get_one::<String>("picture");
    let picture = picture.map_or("lr-find.svg", String::as_str);
    figure::check_folder(Path::new(picture))?;
    let found = test.find(&run.config, &run.data, &run.network, &run.team)?;

    let optimizer = run.config.optimizer.card().name;
    let title = format!("Learning-rate range test: {optimizer} on {name}");
    let drawn = thalweg_report::range_test(&found, &title).context("no picture")?;
    replace(Path::new(picture), drawn.as_bytes())?;
    if json {
        let mut object = serde_json::to_value(&found)?;
        object["picture"] = json!(picture);
        object["optimizer"] = json!(optimizer);
        crate::print_json(&object)?;
    }
    show(&mut screen, &found)?;
    screen.item("Picture", picture)?;
    match found.suggestion {
        Some(lr) => {
            let source = learn::quoted(&run.config.data.source);
            let how = format!(
                "with the same flags and --lr {lr}, as in `thalweg train {source} --optimizer {optimizer} --lr {lr}`"
            );
            screen.item("Use it", &how)?;
            Ok(Exit::Done)
        }
        None => Ok(Exit::Failed),
    }
}

/// The test and what it is done on, with all that is wrong with either.
fn prepare(matches: &ArgMatches) -> Result<(RangeTest, Run), TrainError> {
    let (mut settings, mut errors) = flags::settings(matches)?;
    // Whatever was set, it is what is looked for; so the rule must have one.
    settings.put("optimizer", "lr", Value::Text(AUTO.into()));
    let mut test = RangeTest::default();
    errors.extend(flags::take(&mut test, matches, "lr-find"));
    match Config::new(&settings) {
        Ok(mut config) if errors.is_empty() => {
            // Otherwise the run would look for it too.
            config.auto_lr = false;
            Ok((test, Run::new(config, args::threads_of(matches))?))
        }
        checked => {
            errors.extend(checked.err().into_iter().flatten());
            Err(errors.into())
        }
    }
}

fn announce(screen: &mut Screen, run: &Run, test: &RangeTest) -> std::io::Result<()> {
    let (low, high) = (Value::Float(test.low), Value::Float(test.high));
    screen.item(
        "Sweep",
        &format!(
            "{}: lr from {low} to {high} in {} steps of {} rows, {} times",
            run.config.optimizer.card().name,
            count(test.steps as usize),
            count(run.step_rows()),
            count(test.repeats as usize)
        ),
    )
}

/// The repeats, what they say together, and their curves.
fn show(screen: &mut Screen, found: &Found) -> std::io::Result<()> {
    let lr = |lr: Option<f64>| lr.map_or("–".into(), |lr| format!("{lr:.1e}"));
    let row = |(index, curve): (usize, &Curve)| {
        vec![
            (index + 1).to_string(),
            lr(curve.steepest),
            lr(curve.minimum),
            number(curve.least),
            count(curve.lrs.len()),
            curve.ended.to_string(),
        ]
    };
    let rows: Vec<_> = found.curves.iter().enumerate().map(row).collect();
    let header = ["repeat", "steepest", "least at", "loss", "steps", "ended"];
    screen.table(&header, &[1, 2, 3, 4], &rows)?;
    screen.line("")?;
    chart(screen, found)?;
    screen.line("")?;
    if let (Some(lr), Some((low, high))) = (found.suggestion, found.interval) {
        screen.good("Result", &format!("lr {lr}: {}", found.verdict))?;
        screen.item(
            "Interval",
            &format!("lr {low} to {high}, {}", found.meaning()),
        )
    } else {
        screen.warn(&found.verdict.to_string())?;
        screen.item(
            "",
            "more --steps or --repeats or a larger --batch-size may help; otherwise try lr by hand, as with --lr 0.001",
        )
    }
}

/// The smoothed curves in the terminal, below the upper edge, and the suggestion as an upright line.
fn chart(screen: &mut Screen, found: &Found) -> std::io::Result<()> {
    let (least, most) = found.span();
    let curve = |curve: &Curve| {
        let points = curve.centers.iter().zip(&curve.smoothed);
        let shown = points.take_while(|(_, loss)| **loss <= most);
        let shown = shown.map(|(lr, loss)| (lr.log10() as f32, *loss as f32));
        shown.collect::<Vec<_>>()
    };
    let (least, most) = (least as f32, most as f32);
    let mut curves: Vec<_> = found.curves.iter().map(curve).collect();
    let marked = found.suggestion.map(|lr| lr.log10() as f32);
    curves.extend(marked.map(|lr| vec![(lr, least), (lr, most)]));
    screen.chart(&curves, (least, most), |lr| {
        format!("lr {:.1e}", 10_f32.powf(lr))
    })
}

//! `landscape`: the loss on a plane through a run's weights, or rules walking on a test function.

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::json;
use thalweg::core::function;
use thalweg::spec::{Tunable as _, near_names};
use thalweg::train::{Portrait, View, WalkTest};
use thalweg::{ConfigError, Folder, TrainError};
use thalweg_report::{
    Map, about_lines, blocks, contour, lines, portrait_json, surface, walked, walks_json,
};

use crate::chart::{self, Curve};
use crate::figure::{self, Unseen};
use crate::screen::{Screen, count};
use crate::{Exit, args, flags};

pub(crate) fn command() -> Command {
    let mut command = Command::new("landscape")
        .about("Draw the loss surface that a run walked on, or rules walking on a test function")
        .arg(
            Arg::new("run")
                .value_name("RUN|FUNCTION")
                .required(true)
                .help("Folder of a run, or a test function, as `rosenbrock` or `bowl:largest=100`")
                .value_hint(ValueHint::DirPath),
        );
    let view = View::default().fields();
    let walk = WalkTest::default().fields();
    // A map has a grid in both cases.
    let more = walk.iter().filter(|field| field.name != "grid");
    for field in view.iter().chain(more) {
        command = command.arg(flags::flag("look", field));
    }
    command
        .arg(
            args::text(
                "optimizer",
                "NAME[:KEY=VALUE,…]",
                "Rule that walks on the test function, as `adam` or `momentum:lr=0.01`; may be repeated. Without a learning rate it gets the best of thirteen",
            )
            .action(ArgAction::Append)
            .help_heading("Look"),
        )
        .args(figure::flags())
        .arg(args::switch("surface", "Draw the picture as a surface in three dimensions"))
        .arg(
            args::switch("lines", "Draw the loss along each of the two directions instead of on their plane")
                .conflicts_with("surface"),
        )
        .arg(
            args::switch("curves", "Draw the values that rules had on a test function, step by step, instead of the map")
                .conflicts_with_all(["surface", "lines"]),
        )
        .arg(args::threads())
        .arg(args::json())
}

pub(crate) fn landscape(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let name = matches
        .get_one::<String>("run")
        .context("a run or a function is required")?;
    figure::check(matches)?;
    if std::path::Path::new(name).is_dir() {
        return of_run(matches, &figure::folder(name)?);
    }
    let stem = name.split(':').next().unwrap_or_default();
    if function::ALL.find(stem).is_err() {
        let near = near_names(stem, function::ALL.names());
        return Err(Unseen::Unknown {
            name: name.clone(),
            what: "neither the folder of a run nor a test function",
            near: [near, figure::near_runs(name)].concat(),
        }
        .into());
    }
    of_function(matches, name)
}

fn of_run(matches: &ArgMatches, folder: &Folder) -> anyhow::Result<Exit> {
    for flag in ["optimizer", "steps"] {
        if matches.contains_id(flag) {
            let only = "a test function";
            return Err(Unseen::Misplaced { flag, only }.into());
        }
    }
    if matches.get_flag("curves") {
        let (flag, only) = ("curves", "a test function");
        return Err(Unseen::Misplaced { flag, only }.into());
    }
    let json = matches.get_flag("json");
    let mut screen = Screen::new(json);
    let mut view = View::default();
    let errors = flags::take(&mut view, matches, "landscape");
    if !errors.is_empty() {
        return Err(TrainError::from(errors).into());
    }
    let recorded = folder.trajectory()?;
    view.directions(recorded.as_ref())?;
    let run = figure::open(matches, &mut screen, folder)?;
    let portrait = view.take(&run, recorded.as_ref())?;
    let title = format!("Loss around {}", folder.path().display());
    let map = Map::of_portrait(&portrait, &title);
    screen.item(
        "Plane",
        &format!(
            "{} directions, {} points, {}",
            portrait.directions.name(),
            count(portrait.grid.losses.len()),
            portrait.rows
        ),
    )?;
    if recorded.is_none() {
        screen.warn("no trajectory was recorded; `thalweg train --record-path` does")?;
    }
    let sentences = if matches.get_flag("lines") {
        let sentences = about_lines(&portrait);
        show_lines(&mut screen, &portrait)?;
        screen.sentences(&sentences)?;
        figure::write(matches, &mut screen, |theme| {
            lines(&portrait, &title, theme)
        })?;
        sentences
    } else {
        show(&mut screen, &map)?;
        draw(matches, &mut screen, &map)?;
        map.sentences
    };
    if json {
        let mut object = portrait_json(&portrait);
        object["run"] = json!(folder.path());
        object["sentences"] = json!(sentences);
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

fn of_function(matches: &ArgMatches, short: &str) -> anyhow::Result<Exit> {
    let only = "a run";
    for flag in ["directions", "rows", "span", "products", "seed"] {
        if matches.contains_id(flag) {
            return Err(Unseen::Misplaced { flag, only }.into());
        }
    }
    if matches.get_flag("lines") {
        return Err(Unseen::Misplaced {
            flag: "lines",
            only,
        }
        .into());
    }
    let json = matches.get_flag("json");
    let mut screen = Screen::new(json);
    let mut test = WalkTest::default();
    let mut errors = flags::take(&mut test, matches, "landscape");
    let built = function::ALL.parse(short).map_err(|found| {
        let section = "landscape".to_owned();
        let error = |source| ConfigError::Spec {
            section: section.clone(),
            source,
        };
        errors.extend(found.into_iter().map(error));
    });
    let Ok(function) = built else {
        return Err(TrainError::from(errors).into());
    };
    if !errors.is_empty() {
        return Err(TrainError::from(errors).into());
    }
    let rules: Vec<String> = matches
        .get_many::<String>("optimizer")
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let walks = test.walk(&*function, &rules)?;
    let map = Map::of_walks(&walks, short);
    screen.item(short, function.card().summary)?;
    show(&mut screen, &map)?;
    if matches.get_flag("curves") {
        figure::write(matches, &mut screen, |theme| walked(&walks, short, theme))?;
    } else {
        draw(matches, &mut screen, &map)?;
    }
    if json {
        let mut object = walks_json(&walks);
        object["sentences"] = json!(map.sentences);
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

/// Writes the pictures that were asked for.
fn draw(matches: &ArgMatches, screen: &mut Screen, map: &Map<'_>) -> anyhow::Result<()> {
    let picture = if matches.get_flag("surface") {
        surface
    } else {
        contour
    };
    figure::write(matches, screen, |theme| picture(map, theme))
}

/// The map in characters, and what it is to be read with.
fn show(screen: &mut Screen, map: &Map<'_>) -> std::io::Result<()> {
    screen.line("")?;
    screen.lines(&blocks(map))?;
    screen.line("")?;
    screen.sentences(&map.sentences)
}

/// The loss along each direction, with what slope and bend at the middle promise, as charts.
fn show_lines(screen: &mut Screen, portrait: &Portrait) -> std::io::Result<()> {
    for (axis, along) in portrait.lines.iter().enumerate() {
        screen.line("")?;
        let finite = |losses: &[f64]| -> Curve {
            let points = along.places.iter().zip(losses);
            let points = points.map(|(&place, &loss)| (place as f32, loss as f32));
            points.filter(|point| point.1.is_finite()).collect()
        };
        let measured = finite(&along.losses);
        let Some((low, high)) = chart::heights(std::slice::from_ref(&measured)) else {
            continue;
        };
        let mut promised = finite(&portrait.promised(axis));
        promised.retain(|point| point.1 >= low && point.1 <= high);
        screen.chart(&[measured, promised], (low, high), |place| {
            format!("{place:.2}")
        })?;
    }
    Ok(())
}

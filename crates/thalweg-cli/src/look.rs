//! `spectrum`, `noise`, `curves` and `connect`: what a run's loss surface is like at its weights, how it got there, and
//! what lies between it and another run.

use anyhow::Context as _;
use clap::{ArgMatches, Command};
use serde_json::json;
use thalweg::spec::{FieldInfo, Tunable};
use thalweg::train::{
    ConnectFound, ConnectTest, NoiseFound, NoiseTest, SpectrumFound, SpectrumTest,
};
use thalweg::{Folder, Run, TrainError};
use thalweg_report::{
    about_connection, about_curves, about_noise, about_spectrum, connection as draw_connection,
    connection_json, curves as draw_curves, noise as draw_noise, noise_json,
    spectrum as draw_spectrum, spectrum_json,
};

use crate::chart::{self, Curve, Label};
use crate::screen::{Screen, count, number};
use crate::{Exit, args, figure, flags};

/// The commands.
pub(crate) fn commands() -> [Command; 4] {
    [
        command(
            "spectrum",
            "Measure the curvature at a run's weights: eigenvalues, trace, what kind of place it is",
            &SpectrumTest::default().fields(),
        ),
        command(
            "noise",
            "Measure the noise of a run's gradient, and which batch it calls for",
            &NoiseTest::default().fields(),
        ),
        command(
            "curves",
            "Draw the losses and the learning rate of a run",
            &[],
        ),
        command(
            "connect",
            "Look for a barrier of the loss between the weights of two runs",
            &ConnectTest::default().fields(),
        )
        .arg(
            args::run()
                .id("other")
                .help("Folder of another run, with the same network and data"),
        ),
    ]
}

fn command(name: &'static str, about: &'static str, fields: &[FieldInfo]) -> Command {
    let mut command = Command::new(name).about(about).arg(args::run());
    for field in fields {
        command = command.arg(flags::flag("look", field));
    }
    let command = command.args(figure::flags()).arg(args::json());
    if fields.is_empty() {
        command
    } else {
        command.arg(args::threads())
    }
}

pub(crate) fn spectrum(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let (mut screen, folder, run, test) = begin::<SpectrumTest>(matches)?;
    let found = test.measure(&run)?;
    let sentences = about_spectrum(&found);
    screen.sentences(&sentences)?;
    screen.line("")?;
    show_spectrum(&mut screen, &found)?;
    let title = format!("Spectrum of the Hessian: {}", folder.path().display());
    figure::write(matches, &mut screen, |theme| {
        draw_spectrum(&found, &title, &sentences, theme)
    })?;
    if matches.get_flag("json") {
        let mut object = spectrum_json(&found);
        object["run"] = json!(folder.path());
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

pub(crate) fn noise(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let (mut screen, folder, run, test) = begin::<NoiseTest>(matches)?;
    let found = test.measure(&run)?;
    let sentences = about_noise(&found);
    screen.sentences(&sentences)?;
    screen.line("")?;
    show_noise(&mut screen, &found)?;
    let title = format!("Noise of the gradient: {}", folder.path().display());
    figure::write(matches, &mut screen, |theme| {
        draw_noise(&found, &title, &sentences, theme)
    })?;
    if matches.get_flag("json") {
        let mut object = noise_json(&found);
        object["run"] = json!(folder.path());
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

pub(crate) fn curves(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let json = matches.get_flag("json");
    let mut screen = Screen::new(json);
    figure::check(matches)?;
    let folder = figure::folder(name(matches)?)?;
    let metrics = folder.metrics()?;
    let sentences = about_curves(&metrics);
    screen.item("Run", &folder.path().display().to_string())?;
    screen.line("")?;
    screen.course(&metrics.epochs, chart::HEIGHT)?;
    screen.sentences(&sentences)?;
    let title = folder.path().display().to_string();
    figure::write(matches, &mut screen, |theme| {
        draw_curves(&metrics, &title, theme)
    })?;
    if json {
        let object = json!({
            "run": folder.path(),
            "epochs": metrics.epochs,
            "probes": metrics.probes,
            "summary": metrics.summary,
            "sentences": sentences,
        });
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

pub(crate) fn connect(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let other = matches.get_one::<String>("other");
    let other_folder = figure::folder(other.context("another run is required")?)?;
    let (mut screen, folder, run, test) = begin::<ConnectTest>(matches)?;
    let other = figure::open(matches, &mut screen, &other_folder)?;
    let found = test.measure(&run, &other)?;
    screen.line("")?;
    show_ways(&mut screen, &found)?;
    screen.sentences(&about_connection(&found))?;
    let title = format!(
        "From {} to {}",
        folder.path().display(),
        other_folder.path().display()
    );
    figure::write(matches, &mut screen, |theme| {
        draw_connection(&found, &title, theme)
    })?;
    if matches.get_flag("json") {
        let mut object = connection_json(&found);
        object["runs"] = json!([folder.path(), other_folder.path()]);
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

fn show_ways(screen: &mut Screen, found: &ConnectFound) -> std::io::Result<()> {
    let connection = &found.connection;
    let curves = [&connection.straight, &connection.aligned].map(|way| {
        let losses = way.line.losses.iter();
        let points = way.line.places.iter().zip(losses);
        let points = points.map(|(&place, &loss)| (place as f32, loss as f32));
        points
            .filter(|point| point.1.is_finite())
            .collect::<Vec<_>>()
    });
    chart(screen, &curves, |place| {
        format!("{:.0} % of the way", 100.0 * place)
    })
}

/// A chart as high as its curves, if they have a point.
fn chart(screen: &mut Screen, curves: &[Curve], label: Label) -> std::io::Result<()> {
    if let Some(heights) = chart::heights(curves) {
        screen.chart(curves, heights, label)?;
    }
    Ok(())
}

fn name(matches: &ArgMatches) -> anyhow::Result<&str> {
    let name = matches.get_one::<String>("run");
    Ok(name.context("a run is required")?.as_str())
}

/// The screen, the run, and how it is to be measured, with all that is wrong with that.
fn begin<T: Tunable + Default>(matches: &ArgMatches) -> anyhow::Result<(Screen, Folder, Run, T)> {
    let mut screen = Screen::new(matches.get_flag("json"));
    figure::check(matches)?;
    let mut test = T::default();
    let section = test.card().name;
    let errors = flags::take(&mut test, matches, section);
    if !errors.is_empty() {
        return Err(TrainError::from(errors).into());
    }
    let folder = figure::folder(name(matches)?)?;
    let run = figure::open(matches, &mut screen, &folder)?;
    Ok((screen, folder, run, test))
}

fn show_spectrum(screen: &mut Screen, found: &SpectrumFound) -> std::io::Result<()> {
    let point = &found.point;
    let mut rows = vec![
        vec!["parameters".into(), count(found.parameters), String::new()],
        row(
            "largest",
            point.ends.highest.value,
            point.ends.highest.residual,
        ),
        row(
            "smallest",
            point.ends.lowest.value,
            point.ends.lowest.residual,
        ),
        row("trace", found.trace.value, found.trace.standard_error),
    ];
    if let Some(inertia) = point.inertia {
        let counts = [
            ("below 0", inertia.negative),
            ("about 0", inertia.zero),
            ("above 0", inertia.positive),
        ];
        rows.extend(counts.map(|(name, n)| vec![name.into(), count(n), String::new()]));
    }
    rows.push(row("loss", point.loss, 0.0));
    rows.push(row("gradient", point.gradient, 0.0));
    screen.table(&["", "", "±"], &[1, 2], &rows)
}

fn row(name: &str, value: f64, error: f64) -> Vec<String> {
    let error = if error > 0.0 {
        number(error)
    } else {
        String::new()
    };
    vec![name.into(), number(value), error]
}

fn show_noise(screen: &mut Screen, found: &NoiseFound) -> std::io::Result<()> {
    let critical = found.noise.critical();
    let ratio = |x: Option<f64>| x.map_or("–".into(), number);
    let row = |&(batch, seconds): &(usize, f64)| {
        let size = batch as f64;
        let time = found.fastest.as_ref().and_then(|fastest| {
            let times = fastest.times.iter();
            times.clone().find(|it| it.0 == batch).map(|it| it.1)
        });
        vec![
            count(batch),
            format!("{} ms", number(1e3 * seconds)),
            ratio(critical.steps(size)),
            ratio(critical.examples(size)),
            ratio(time),
        ]
    };
    let rows: Vec<_> = found.times.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let header = ["batch", "a step", "× steps", "× examples", "× time"];
    screen.table(&header, &[0, 1, 2, 3, 4], &rows)
}

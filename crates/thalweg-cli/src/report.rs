//! `report`: the page of a run or of a comparison, measured anew; and the page that every training leaves.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use thalweg::spec::Tunable as _;
use thalweg::train::{Compared, NoiseTest, Race, SpectrumTest, View, replace};
use thalweg::{Config, Folder, Run, TrainError};
use thalweg_report::{Looks, comparison_page, run_page};

use crate::learn::quoted;
use crate::screen::Screen;
use crate::{Exit, args, figure, flags};

pub(crate) fn command() -> Command {
    let mut command = Command::new("report")
        .about("Write the page of a run or of a comparison: one HTML file that opens offline")
        .arg(
            Arg::new("runs")
                .value_name("RUN")
                .required(true)
                .num_args(1..)
                .action(ArgAction::Append)
                .help("Folders of runs or comparisons; each gets its `report.html`")
                .value_hint(ValueHint::DirPath),
        )
        .arg(
            args::path(
                "output",
                "HTML file to write, of a single run [default: RUN/report.html]",
            )
            .short('o'),
        )
        .arg(args::threads());
    for field in View::default().fields() {
        command = command.arg(flags::flag("look", &field));
    }
    command
}

pub(crate) fn report(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let mut screen = Screen::new(false);
    let runs: Vec<&String> = matches
        .get_many("runs")
        .context("a run is required")?
        .collect();
    let output = matches.get_one::<String>("output").map(Path::new);
    if output.is_some() && runs.len() > 1 {
        let (flag, only) = ("output", "a single run");
        return Err(figure::Unseen::Misplaced { flag, only }.into());
    }
    if let Some(output) = output {
        figure::check_folder(output)?;
    }
    let mut view = View::default();
    let errors = flags::take(&mut view, matches, "landscape");
    if !errors.is_empty() {
        return Err(TrainError::from(errors).into());
    }
    for name in runs {
        let threads = args::threads_of(matches);
        let page = if Path::new(name).join("comparison.json").is_file() {
            of_comparison(Path::new(name), threads)?
        } else {
            of_run(&figure::folder(name)?, &view, threads)?
        };
        let path = output.map_or_else(|| Path::new(name).join("report.html"), Path::to_owned);
        replace(&path, page.as_bytes())?;
        screen.item("Page", &path.display().to_string())?;
    }
    Ok(Exit::Done)
}

/// The page of a run with everything that can be measured.
fn of_run(folder: &Folder, view: &View, threads: usize) -> anyhow::Result<String> {
    let run = Run::open(folder.path(), threads)?;
    let (metrics, recorded) = (folder.metrics()?, folder.trajectory()?);
    let portrait = view.take(&run, recorded.as_ref())?;
    let spectrum = SpectrumTest::default().measure(&run)?;
    let noise = NoiseTest::default().measure(&run)?;
    let looks = Looks {
        portrait: Some(&portrait),
        spectrum: Some(&spectrum),
        noise: Some(&noise),
    };
    let title = folder.path().display().to_string();
    Ok(run_page(
        &run,
        &metrics,
        run.mistakes()?.as_ref(),
        looks,
        &title,
    )?)
}

/// The page of a comparison that was done; whoever asks for a page does not ask for trainings.
fn of_comparison(folder: &Path, threads: usize) -> anyhow::Result<String> {
    let race = Race::open(folder)?;
    let begin_nothing = AtomicBool::new(true);
    let compared = race.run((1, threads), &|_| {}, &begin_nothing)?;
    let compared = compared.with_context(|| {
        let folder = quoted(&folder.display().to_string());
        format!("the comparison has not ended; go on with `thalweg compare --resume {folder}`")
    })?;
    page_of(&race, &compared)
}

fn page_of(race: &Race, compared: &Compared) -> anyhow::Result<String> {
    let config = Config::new(&race.contenders[0].settings).map_err(TrainError::from)?;
    let title = race.folder().display().to_string();
    Ok(comparison_page(compared, &config, &title)?)
}

/// Writes the page of a comparison, which has just been done, into its folder.
pub(crate) fn leave_comparison(race: &Race, compared: &Compared) -> anyhow::Result<PathBuf> {
    let path = race.folder().join("report.html");
    replace(&path, page_of(race, compared)?.as_bytes())?;
    Ok(path)
}

/// Writes the page of a run, which has just been trained, into its folder: with what it has told, and nothing that has yet
/// to be measured.
pub(crate) fn leave(run: &Run) -> anyhow::Result<Option<PathBuf>> {
    let Some(folder) = run.folder() else {
        return Ok(None);
    };
    let title = folder.path().display().to_string();
    let mistakes = run.mistakes()?;
    let page = run_page(
        run,
        &folder.metrics()?,
        mistakes.as_ref(),
        Looks::default(),
        &title,
    )?;
    let path = folder.path().join("report.html");
    replace(&path, page.as_bytes())?;
    Ok(Some(path))
}

//! `compare`: the same task with several rules or settings, and a table of who got how far on what.

use std::path::Path;
use std::sync::Mutex;

use clap::{Arg, ArgAction, ArgMatches, Command};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use thalweg::TrainError;
use thalweg::landscape::Mean;
use thalweg::spec::Tunable as _;
use thalweg::train::{CompareEvent, Compared, Comparison, Race, Reached, Standing, contenders};
use thalweg_report::{Along, Map, about_compared, blocks, compared_json, contour, race};

use crate::chart::short;
use crate::figure::{self, Unseen};
use crate::learn::{INTERRUPT, listen_for_interrupts, quoted};
use crate::screen::{Screen, number};
use crate::{Exit, args, flags, report};

pub(crate) fn command() -> Command {
    let mut command = Command::new("compare")
        .about("Train the same task with several rules or settings, on the same rows, first weights and batches")
        .arg(args::data().required_unless_present_any(["config", "resume"]))
        .arg(args::path("config", "Start from a configuration: a run's `run.toml`"))
        .arg(
            args::path("resume", "Go on with a comparison that was interrupted, or show one that was done")
                .value_name("DIR")
                .conflicts_with_all(["data", "config", "out"]),
        )
        .arg(args::path("out", "Folder of the comparison [default: runs/NAME-compare-N]").value_name("DIR"))
        .arg(jobs())
        .arg(args::threads())
        .arg(args::switch("quiet", "Print nothing but errors").short('q'))
        .arg(args::json())
        .args(figure::flags())
        .arg(
            args::text(
                "curves",
                "ALONG",
                "Draw the validation scores of all trainings along `passes`, `seconds` or `epochs`, instead of the common plane",
            )
            .value_parser(Along::ALL.map(Along::name)),
        );
    for field in Comparison::default().fields() {
        command = command.arg(flags::flag("compare", &field));
    }
    flags::with_settings(command)
        .arg(
            args::text(
                "vary",
                "SETTING=VALUE,…",
                "Values that a setting is to take, as `dropout=0,0.2,0.5` or `hidden=64,32;128`; may be repeated: all combinations race",
            )
            .action(ArgAction::Append)
            .help_heading("Compare"),
        )
        .mut_arg("optimizer", |arg| {
            arg.help("Update rule that races, as `adam` or `momentum:lr=0.1`; may be repeated")
        })
        .mut_arg("batch_size", |arg| {
            arg.help("Rows in a batch, or `full`; several, as `1,32,full`, all race")
        })
        .mut_arg("lr", |arg| arg.hide(true))
}

fn jobs() -> Arg {
    args::text(
        "jobs",
        "NUMBER",
        "Trainings at a time; the result is the same with any number, but seconds are only those of a training alone with 1 [default: all cores]",
    )
    .value_parser(|text: &str| match text.parse::<usize>() {
        Ok(jobs @ 1..=1024) => Ok(jobs),
        _ => Err("takes a number from 1 to 1024"),
    })
    .help_heading("Compare")
}

pub(crate) fn compare(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let (json, quiet) = (matches.get_flag("json"), matches.get_flag("quiet"));
    let mut screen = Screen::new(json || quiet);
    figure::check(matches)?;
    let plan = match matches.get_one::<String>("resume") {
        Some(folder) => Race::open(Path::new(folder))?,
        None => create(matches)?,
    };
    let comparison = &plan.comparison;
    let tried = match comparison.tune {
        0 => String::new(),
        rates => format!(", after {rates} learning rates for each"),
    };
    screen.item(
        "Compare",
        &format!(
            "{} with {}{tried}",
            several(plan.contenders.len(), "contender"),
            several(comparison.seeds as usize, "seed")
        ),
    )?;
    screen.item("Folder", &plan.folder().display().to_string())?;
    screen.line("")?;
    listen_for_interrupts();
    let threads = args::threads_of(matches);
    let jobs = matches.get_one::<usize>("jobs").copied().unwrap_or(threads);
    let compared = {
        let progress = Mutex::new(Progress::new(&mut screen, json || quiet));
        let observer = |event: CompareEvent<'_>| {
            if let Ok(mut progress) = progress.lock() {
                progress.show(event);
            }
        };
        let compared = plan.run((jobs, (threads / jobs).max(1)), &observer, &INTERRUPT);
        if let Ok(progress) = progress.into_inner() {
            progress.bar.finish_and_clear();
        }
        compared?
    };
    let folder = plan.folder().display().to_string();
    let Some(compared) = compared else {
        screen.warn("interrupted: what is done is kept")?;
        screen.item(
            "Go on",
            &format!("thalweg compare --resume {}", quoted(&folder)),
        )?;
        return Ok(Exit::Interrupted);
    };
    show(&mut screen, &compared)?;
    let sentences = about_compared(&compared);
    screen.line("")?;
    screen.sentences(&sentences)?;
    if jobs > 1 {
        let shared = "trainings ran at a time, so that the seconds are those of shared cores; --jobs 1 tells those of each alone";
        screen.item("", &format!("up to {jobs} {shared}"))?;
    }
    let along = matches.get_one::<String>("curves");
    let along = along.and_then(|name| Along::ALL.into_iter().find(|it| it.name() == name));
    if let Some(along) = along {
        figure::write(matches, &mut screen, |theme| {
            race(&compared, along, &folder, theme)
        })?;
    }
    if let Ok(plane) = &compared.plane {
        let map = Map::of_compared(&compared, plane, &folder);
        screen.line("")?;
        screen.lines(&blocks(&map))?;
        screen.sentences(&map.sentences)?;
        if along.is_none() {
            figure::write(matches, &mut screen, |theme| contour(&map, theme))?;
        }
    }
    let page = report::leave_comparison(&plan, &compared)?;
    screen.item("Page", &page.display().to_string())?;
    if json {
        let mut object = compared_json(&compared);
        object["folder"] = json!(folder);
        crate::print_json(&object)?;
    }
    Ok(Exit::Done)
}

/// `1 seed`, `5 seeds`.
fn several(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A new comparison, or all that is wrong with what was asked for.
fn create(matches: &ArgMatches) -> anyhow::Result<Race> {
    if matches.contains_id("lr") {
        let only =
            "one rule: write it as in --optimizer momentum:lr=0.1, or let --tune 9 look for it";
        return Err(Unseen::Misplaced { flag: "lr", only }.into());
    }
    let given = |name: &str| -> Vec<String> {
        let values = matches.get_many::<String>(name).into_iter().flatten();
        values.cloned().collect()
    };
    let mut variations = given("vary");
    let mut apart = vec!["optimizer"];
    if let Some(sizes) = matches.get_one::<String>("batch_size")
        && sizes.contains(',')
    {
        apart.push("batch_size");
        variations.push(format!("batch_size={sizes}"));
    }
    let (settings, mut errors) = flags::settings_but(matches, &apart)?;
    let mut comparison = Comparison::default();
    errors.extend(flags::take(&mut comparison, matches, "compare"));
    let optimizers = given("optimizer");
    let contenders = contenders(&settings, &optimizers, &variations);
    let contenders = contenders.unwrap_or_else(|found| {
        errors.extend(found);
        Vec::new()
    });
    if !errors.is_empty() {
        return Err(TrainError::from(errors).into());
    }
    let out = matches.get_one::<String>("out").map(Path::new);
    Ok(Race::create(&comparison, &contenders, out)?)
}

/// A bar on a terminal, a line for each training in a pipe.
struct Progress<'s> {
    screen: &'s mut Screen,
    bar: ProgressBar,
    silent: bool,
}

impl<'s> Progress<'s> {
    fn new(screen: &'s mut Screen, silent: bool) -> Progress<'s> {
        let target = if silent {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = "{pos}/{len} {bar:12.cyan/dim} {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Progress {
            screen,
            bar,
            silent,
        }
    }

    fn show(&mut self, event: CompareEvent<'_>) {
        let CompareEvent::Done {
            contender,
            seed,
            tried,
            summary,
            done,
            of,
        } = event
        else {
            return;
        };
        let what = match tried {
            Some(lr) => format!("lr {}", short(lr)),
            None => format!("seed {seed}"),
        };
        let loss = summary
            .validation
            .as_ref()
            .map_or(f64::NAN, |scores| scores.loss);
        let text = format!(
            "{contender}, {what}: val loss {}, {}",
            number(loss),
            summary.outcome
        );
        if self.silent {
            return;
        }
        if self.bar.is_hidden() {
            // What a closed pipe loses here is not worth ending a comparison for.
            let _ = self.screen.item("", &format!("{done}/{of}  {text}"));
            return;
        }
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(text);
    }
}

fn show(screen: &mut Screen, compared: &Compared) -> std::io::Result<()> {
    screen.line("")?;
    for (index, standing) in compared.standings.iter().enumerate() {
        let lr = standing.lr.map_or_else(String::new, |lr| {
            format!(" with the learning rate {}", short(lr))
        });
        screen.item("", &format!("{}  {}{lr}", letter(index), standing.name))?;
    }
    screen.line("")?;
    let (validation, test) = (
        format!("val {}", compared.monitor),
        format!("test {}", compared.metric),
    );
    let row = |standing: &Standing| {
        let place = compared
            .standings
            .iter()
            .position(|it| std::ptr::eq(it, standing));
        let reached = standing.reached(compared.goal);
        let mean = |of: &dyn Fn(&Reached) -> f64| {
            let numbers: Vec<f64> = reached.iter().map(of).collect();
            short(Mean::of(&numbers).mean)
        };
        let passes = |it: &Reached| it.gradients as f64 / compared.training_rows as f64;
        vec![
            letter(place.unwrap_or(0)),
            with_half(&standing.validation()),
            with_half(&standing.test(&compared.metric)),
            mean(&|it| it.epoch as f64),
            mean(&passes),
            mean(&|it| it.seconds),
            format!("{} of {}", reached.len(), standing.runs.len()),
        ]
    };
    let rows: Vec<Vec<String>> = compared.ranked().into_iter().map(row).collect();
    let header = [
        "",
        &validation,
        &test,
        "epochs",
        "passes",
        "seconds",
        "reached",
    ];
    screen.table(&header, &[1, 2, 3, 4, 5, 6], &rows)
}

/// How a contender is called in tables and on the map.
fn letter(index: usize) -> String {
    char::from(b'a' + (index % 26) as u8).to_string()
}

/// A mean and half of its interval.
fn with_half(mean: &Mean) -> String {
    match mean.half() {
        Some(half) => format!("{} ± {half:.4}", number(mean.mean)),
        None => number(mean.mean),
    }
}

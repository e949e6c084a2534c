//! The `thalweg` command. No mathematics and no defaults of its own: it reads arguments, calls the library and prints.

mod announce;
mod args;
mod chart;
mod compare;
mod data;
mod figure;
mod flags;
mod inspect;
mod landscape;
mod learn;
mod look;
mod lr_find;
mod progress;
mod reference;
mod report;
mod screen;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ArgMatches;
use thalweg::{ConfigError, TrainError};

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failed = 1,
    BadInput = 2,
    Interrupted = 130,
}

fn main() -> ExitCode {
    let matches = args::command().get_matches();
    let exit = dispatch(&matches).unwrap_or_else(|error| tell(&error));
    ExitCode::from(exit as u8)
}

fn dispatch(matches: &ArgMatches) -> anyhow::Result<Exit> {
    match matches.subcommand() {
        Some(("train", matches)) => learn::train(matches),
        Some(("compare", matches)) => compare::compare(matches),
        Some(("lr-find", matches)) => lr_find::lr_find(matches),
        Some(("landscape", matches)) => landscape::landscape(matches),
        Some(("spectrum", matches)) => look::spectrum(matches),
        Some(("noise", matches)) => look::noise(matches),
        Some(("curves", matches)) => look::curves(matches),
        Some(("connect", matches)) => look::connect(matches),
        Some(("report", matches)) => report::report(matches),
        Some(("evaluate", matches)) => data::evaluate(matches),
        Some(("predict", matches)) => data::predict(matches),
        Some(("inspect", matches)) => inspect::inspect(matches),
        Some(("list", matches)) => reference::list(matches),
        Some(("explain", matches)) => reference::explain(matches),
        Some(("completions", matches)) => completions(matches),
        _ => unreachable!("a subcommand is required"),
    }
}

fn completions(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let shell = matches
        .get_one::<clap_complete::Shell>("shell")
        .context("a shell is required")?;
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut args::command(), "thalweg", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}

/// One JSON object on one line of standard output.
fn print_json(object: &serde_json::Value) -> io::Result<()> {
    writeln!(io::stdout(), "{object}")
}

/// Prints an error with its causes, once, and says how the command ends.
fn tell(error: &anyhow::Error) -> Exit {
    // A reader that has seen enough, as `head`, is no failure.
    if let Some(error) = error.downcast_ref::<io::Error>()
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        return Exit::Done;
    }
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
    let _ = writeln!(
        anstream::stderr(),
        "{red}error:{red:#} {}",
        causes.join(": ")
    );
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::Io { action: "read", .. }) => Exit::BadInput,
        Some(TrainError::Io { .. }) => Exit::Failed,
        Some(_) => Exit::BadInput,
        None if error.is::<ConfigError>() || error.is::<reference::Unexplained>() => Exit::BadInput,
        None if error.is::<figure::Unseen>() => Exit::BadInput,
        None => Exit::Failed,
    }
}

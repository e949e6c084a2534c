//! Pictures that commands write: their flags, their files, and the run that they are of.

use std::path::Path;

use clap::{Arg, ArgMatches};
use thalweg::spec::near_names;
use thalweg::train::replace;
use thalweg::{Folder, Run, TrainError};
use thalweg_report::{ReportError, Theme, png};

use crate::args::{path, switch, threads_of};
use crate::screen::Screen;

/// What a command cannot find, or cannot do with what it is given.
#[derive(Debug, PartialEq)]
pub(crate) enum Unseen {
    /// No folder of this name, and perhaps no test function either.
    Unknown {
        name: String,
        what: &'static str,
        near: Vec<String>,
    },
    /// A flag that is for something else.
    Misplaced {
        flag: &'static str,
        only: &'static str,
    },
}

impl std::fmt::Display for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unseen::Unknown { name, what, near } if near.is_empty() => {
                write!(f, "`{name}` is {what}; `thalweg train` makes a run")
            }
            Unseen::Unknown { name, what, near } => {
                write!(
                    f,
                    "`{name}` is {what}; did you mean `{}`?",
                    near.join("` or `")
                )
            }
            Unseen::Misplaced { flag, only } => write!(f, "--{flag} is only for {only}"),
        }
    }
}

impl std::error::Error for Unseen {}

/// The flags of a picture.
pub(crate) fn flags() -> [Arg; 3] {
    [
        path("png", "Picture to write, as PNG"),
        path("svg", "Picture to write, as SVG"),
        switch("dark", "Draw the picture on black"),
    ]
}

/// Makes sure that the pictures can be written, before anything is measured for them.
pub(crate) fn check(matches: &ArgMatches) -> Result<(), TrainError> {
    for flag in ["png", "svg"] {
        if let Some(path) = matches.get_one::<String>(flag) {
            check_folder(Path::new(path))?;
        }
    }
    Ok(())
}

/// Makes sure that the folder of a file exists.
pub(crate) fn check_folder(file: &Path) -> Result<(), TrainError> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => Err(TrainError::Io {
            action: "read",
            path: folder.into(),
            source: std::io::ErrorKind::NotFound.into(),
        }),
    }
}

/// Writes the pictures that were asked for.
pub(crate) fn write(
    matches: &ArgMatches,
    screen: &mut Screen,
    draw: impl FnOnce(Theme) -> Result<String, ReportError>,
) -> anyhow::Result<()> {
    let [as_png, as_svg] = ["png", "svg"].map(|flag| matches.get_one::<String>(flag));
    if as_png.is_none() && as_svg.is_none() {
        return Ok(());
    }
    let theme = if matches.get_flag("dark") {
        Theme::Dark
    } else {
        Theme::Light
    };
    let picture = draw(theme)?;
    if let Some(path) = as_svg {
        replace(Path::new(path), picture.as_bytes())?;
        screen.item("Picture", path)?;
    }
    if let Some(path) = as_png {
        replace(Path::new(path), &png(&picture)?)?;
        screen.item("Picture", path)?;
    }
    Ok(())
}

/// The folder of the run that a command was given.
pub(crate) fn folder(name: &str) -> anyhow::Result<Folder> {
    if Path::new(name).is_dir() {
        return Ok(Folder::open(Path::new(name))?);
    }
    Err(Unseen::Unknown {
        name: name.into(),
        what: "no folder of a run",
        near: near_runs(name),
    }
    .into())
}

/// The run of a command, opened to be looked at, with a line that says which it is.
pub(crate) fn open(
    matches: &ArgMatches,
    screen: &mut Screen,
    folder: &Folder,
) -> anyhow::Result<Run> {
    let run = Run::open(folder.path(), threads_of(matches))?;
    let (rule, source) = (run.config.method().card().name, &run.config.data.source);
    let name = Path::new(source).file_name().unwrap_or_default();
    screen.item(
        "Run",
        &format!(
            "{}: {rule} on {}, weights of epoch {}",
            folder.path().display(),
            name.to_string_lossy(),
            run.best_epoch()
        ),
    )?;
    Ok(run)
}

/// Runs beside a path that does not exist, with nearly its name.
pub(crate) fn near_runs(name: &str) -> Vec<String> {
    let path = Path::new(name);
    let beside = path.parent().filter(|it| !it.as_os_str().is_empty());
    let beside = beside.unwrap_or(Path::new("runs"));
    let entries = std::fs::read_dir(beside).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| Folder::open(&entry.path()).is_ok())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    // As the system lists them, in no order.
    names.sort();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let near = near_names(&wanted, names.iter().map(String::as_str));
    near.into_iter()
        .map(|name| beside.join(name).display().to_string())
        .collect()
}

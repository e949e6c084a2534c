//! `evaluate` and `predict`: what can be done with a file and a trained model. Files are read in blocks, not held.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use clap::ArgMatches;
use serde_json::json;
use thalweg::data::{Notes, Source};
use thalweg::train::{MissingTarget, Replacement};
use thalweg::{Config, Folder, Model, Predictions, Team, TrainError};

use crate::learn::score_table;
use crate::screen::{Screen, count};
use crate::{Exit, args, print_json};

pub(crate) fn evaluate(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let json = matches.get_flag("json");
    let (model, source) = (model(matches)?, source(matches)?);
    let missing = if matches.get_flag("drop_missing_target") {
        MissingTarget::LeftOut
    } else {
        MissingTarget::Refused
    };
    let team = Team::new(args::threads_of(matches));
    let blocks = source.blocks().map_err(TrainError::from)?;
    let evaluation = model.evaluate_blocks(blocks, missing, &team)?;
    let (rows, scores) = (evaluation.rows, evaluation.scores);
    if json {
        let object = json!({ "rows": rows, "task": model.config.data.task, "scores": scores });
        print_json(&object)?;
        return Ok(Exit::Done);
    }
    let mut screen = Screen::new(false);
    screen.item(
        "Data",
        &format!("{}: {} rows", source.origin(), count(rows)),
    )?;
    for note in notes(&evaluation.notes, false) {
        screen.warn(&note)?;
    }
    screen.good("Result", &format!("weights of epoch {}", model.epoch))?;
    score_table(&mut screen, &[("all rows", &scores)])?;
    Ok(Exit::Done)
}

pub(crate) fn predict(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let (model, source) = (model(matches)?, source(matches)?);
    let full = |name: &str| {
        matches
            .get_one::<String>(name)
            .and_then(|path| Path::new(path).canonicalize().ok())
    };
    if let Some(input) = full("data").filter(|input| input.is_file())
        && full("output") == Some(input)
    {
        return Err(TrainError::Overwrites {
            path: matches.get_one::<String>("output").into_iter().collect(),
        }
        .into());
    }
    let probabilities = matches.get_flag("probabilities");
    let team = Team::new(args::threads_of(matches));
    let path = matches.get_one::<String>("output");
    let mut output = Output::new(path.map(Path::new))?;
    let (notes, rows) = write_predictions(&mut output, &model, &source, probabilities, &team)
        .map_err(|error| name_output(error, path))?;
    output.finish().map_err(|error| name_output(error, path))?;
    for note in self::notes(&notes, false) {
        writeln!(anstream::stderr(), "note: {note}")?;
    }
    if let Some(path) = path {
        let written = format!("{path}: {} predictions", count(rows));
        Screen::new(false).good("Written", &written)?;
    }
    Ok(Exit::Done)
}

/// Says which file could not be written to.
fn name_output(error: anyhow::Error, path: Option<&String>) -> anyhow::Error {
    let Some(path) = path else {
        return error;
    };
    match error.downcast::<io::Error>() {
        Ok(source) => {
            let (action, path) = ("write", path.into());
            TrainError::Io {
                action,
                path,
                source,
            }
            .into()
        }
        Err(other) => other,
    }
}

/// Where predictions go, as they come.
enum Output {
    Stdout(io::BufWriter<io::StdoutLock<'static>>),
    /// A device or a pipe.
    Device(io::BufWriter<File>),
    /// A file that is replaced at once; a link's target in place of the link.
    File(Replacement),
}

impl Output {
    fn new(path: Option<&Path>) -> Result<Output, TrainError> {
        let Some(path) = path else {
            return Ok(Output::Stdout(io::BufWriter::new(io::stdout().lock())));
        };
        Ok(match path.metadata() {
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(path);
                Output::Device(io::BufWriter::new(file.map_err(|source| {
                    TrainError::Io {
                        action: "write",
                        path: path.into(),
                        source,
                    }
                })?))
            }
            Ok(_) => Output::File(Replacement::new(
                &path.canonicalize().unwrap_or(path.into()),
            )?),
            Err(_) => Output::File(Replacement::new(path)?),
        })
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Output::Stdout(mut out) => out.flush()?,
            Output::Device(mut file) => file.flush()?,
            Output::File(file) => file.finish()?,
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(out) => out.write(bytes),
            Output::Device(file) => file.write(bytes),
            Output::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(out) => out.flush(),
            Output::Device(file) => file.flush(),
            Output::File(file) => file.flush(),
        }
    }
}

/// Predicts and writes block after block.
fn write_predictions(
    to: impl Write,
    model: &Model,
    source: &Source,
    probabilities: bool,
    team: &Team,
) -> anyhow::Result<(Notes, usize)> {
    let mut csv = csv::Writer::from_writer(to);
    let mut rows = 0;
    let blocks = source.blocks().map_err(TrainError::from)?;
    let notes = model.predict_blocks(blocks, team, |predictions| -> anyhow::Result<()> {
        if rows == 0 {
            write_header(&mut csv, model, probabilities).map_err(io_of)?;
        }
        rows += predictions.values.len() / predictions.width;
        write_block(&mut csv, model, predictions, probabilities).map_err(io_of)?;
        Ok(())
    })?;
    csv.flush()?;
    Ok((notes, rows))
}

/// What the system said; the csv crate's own conversion hides that a pipe was closed.
fn io_of(error: csv::Error) -> io::Error {
    let message = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other(message),
    }
}

fn write_header(
    csv: &mut csv::Writer<impl Write>,
    model: &Model,
    probabilities: bool,
) -> csv::Result<()> {
    csv.write_field("prediction")?;
    for class in model.preprocessing.classes().into_iter().flatten() {
        if probabilities {
            csv.write_field(format!("probability_{class}"))?;
        }
    }
    csv.write_record(None::<&[u8]>)?;
    Ok(())
}

fn write_block(
    csv: &mut csv::Writer<impl Write>,
    model: &Model,
    predictions: &Predictions,
    probabilities: bool,
) -> csv::Result<()> {
    let Some(classes) = model.preprocessing.classes() else {
        for value in &predictions.values {
            csv.write_record([shortest(*value)])?;
        }
        return Ok(());
    };
    for (row, class) in predictions
        .values
        .chunks_exact(predictions.width)
        .zip(predictions.classes())
    {
        csv.write_field(&classes[class])?;
        if probabilities {
            for probability in row {
                csv.write_field(short_probability(*probability as f32))?;
            }
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(())
}

/// A probability to all its digits, small ones with an exponent.
fn short_probability(p: f32) -> String {
    if p > 0.0 && p < 1e-4 {
        format!("{p:e}")
    } else {
        p.to_string()
    }
}

/// A number to twelve significant digits: all that a network in 32 bits knows, also of a target far from 0.
fn shortest(x: f64) -> String {
    format!("{x:.11e}")
        .parse()
        .map_or_else(|_| x.to_string(), |x: f64| x.to_string())
}

/// What was out of the ordinary in a table, as sentences. Of training data, missing values are shown elsewhere.
pub(crate) fn notes(notes: &Notes, training: bool) -> Vec<String> {
    let mut said = Vec::new();
    for unseen in &notes.unseen {
        said.push(format!(
            "`{}` has {} rows with categories that training has not seen (as {}); they are treated as missing",
            unseen.column,
            count(unseen.rows),
            unseen.examples.join(", ")
        ));
    }
    let list = |columns: &[(String, usize)]| {
        let parts: Vec<_> = columns
            .iter()
            .map(|(name, rows)| format!("{name} ({})", count(*rows)))
            .collect();
        parts.join(", ")
    };
    if !notes.filled.is_empty() && !training {
        said.push(format!(
            "missing values were filled in: {}",
            list(&notes.filled)
        ));
    }
    if !notes.infinite.is_empty() {
        said.push(format!(
            "infinite values were treated as missing: {}",
            list(&notes.infinite)
        ));
    }
    if !notes.extra.is_empty() && !training {
        said.push(format!(
            "columns that training did not have are ignored: {}",
            notes.extra.join(", ")
        ));
    }
    if notes.reordered && !training {
        said.push(
            "the columns stand in another order than in training; they were found by name".into(),
        );
    }
    said
}

fn model(matches: &ArgMatches) -> anyhow::Result<Model> {
    let path = Path::new(
        matches
            .get_one::<String>("run")
            .context("a run is required")?,
    );
    // A model file may have been copied out of its run.
    if path.is_file() {
        return Ok(Model::load(path)?);
    }
    let folder = Folder::open(path)?;
    if !folder.model_path().is_file() {
        return Err(TrainError::NoModel { path: path.into() }.into());
    }
    Ok(Model::load(&folder.model_path())?)
}

pub(crate) fn source(matches: &ArgMatches) -> anyhow::Result<Source> {
    let config = Config::new(&args::read_settings(matches)).map_err(TrainError::from)?;
    Ok(thalweg::train::open_source(&config.data)?)
}

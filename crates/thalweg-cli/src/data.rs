//! `evaluate`, `predict` and `inspect`: what can be done with a file and a trained model.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use clap::ArgMatches;
use serde_json::json;
use thalweg::data::{Choice, ColumnReport, Kind, Notes, Use};
use thalweg::{Config, Folder, Model, Predictions, Table, Team, TrainError};

use crate::learn::score_table;
use crate::screen::{Screen, count, number};
use crate::{Exit, args, print_json};

pub(crate) fn evaluate(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let json = matches.get_flag("json");
    let (model, table) = (model(matches)?, table(matches)?);
    let rows = matches
        .get_flag("drop_missing_target")
        .then(|| with_target(&model, &table));
    let count_rows = rows.as_ref().map_or(table.rows(), Vec::len);
    let team = Team::new(args::threads_of(matches));
    let (scores, notes) = model.evaluate(&table, rows.as_deref(), &team)?;
    if json {
        let object =
            json!({ "rows": count_rows, "task": model.config.data.task, "scores": scores });
        print_json(&object)?;
        return Ok(Exit::Done);
    }
    let mut screen = Screen::new(false);
    screen.item(
        "Data",
        &format!("{}: {} rows", table.origin, count(count_rows)),
    )?;
    for note in self::notes(&notes, false) {
        screen.warn(&note)?;
    }
    screen.good("Result", &format!("weights of epoch {}", model.epoch))?;
    score_table(&mut screen, &[("all rows", &scores)])?;
    Ok(Exit::Done)
}

/// The rows of a table whose target is not missing.
fn with_target(model: &Model, table: &Table) -> Vec<u32> {
    let target = table.column(&model.preprocessing.target().name);
    let has_one = |row: &u32| target.is_none_or(|column| !column.is_missing(*row as usize));
    (0..table.rows() as u32).filter(has_one).collect()
}

pub(crate) fn predict(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let (model, table) = (model(matches)?, table(matches)?);
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
    let predictions = model.predict(&table, &Team::new(args::threads_of(matches)))?;
    let probabilities = matches.get_flag("probabilities");
    for note in notes(&predictions.notes, false) {
        writeln!(anstream::stderr(), "note: {note}")?;
    }
    let Some(path) = matches.get_one::<String>("output") else {
        let out = io::BufWriter::new(io::stdout().lock());
        write_predictions(out, &model, &predictions, probabilities)?;
        return Ok(Exit::Done);
    };
    let mut bytes = Vec::new();
    write_predictions(&mut bytes, &model, &predictions, probabilities)?;
    write_output(Path::new(path), &bytes)?;
    let written = format!("{path}: {} predictions", count(table.rows()));
    Screen::new(false).good("Written", &written)?;
    Ok(Exit::Done)
}

/// Replaces a file at once; a link's target in place of the link. A device or a pipe is written to.
fn write_output(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    match path.metadata() {
        Ok(found) if !found.is_file() => std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|source| TrainError::Io {
                action: "write",
                path: path.into(),
                source,
            }),
        Ok(_) => thalweg::train::replace(&path.canonicalize().unwrap_or(path.into()), bytes),
        Err(_) => thalweg::train::replace(path, bytes),
    }
}

fn write_predictions(
    to: impl Write,
    model: &Model,
    predictions: &Predictions,
    probabilities: bool,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    let Some(classes) = model.preprocessing.classes() else {
        csv.write_record(["prediction"])?;
        for value in &predictions.values {
            csv.write_record([shortest(*value)])?;
        }
        return csv.flush();
    };
    csv.write_field("prediction")?;
    if probabilities {
        for class in classes {
            csv.write_field(format!("probability_{class}"))?;
        }
    }
    csv.write_record(None::<&[u8]>)?;
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
    csv.flush()
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

pub(crate) fn inspect(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let table = table(matches)?;
    let target = matches
        .get_one::<String>("target")
        .cloned()
        .or(table.own_target().map(str::to_owned));
    let choice = target.map(|target| Choice {
        target,
        ..Choice::default()
    });
    if let Some(choice) = &choice {
        thalweg::data::check_target(&table, choice).map_err(TrainError::Data)?;
    }
    let inspection = thalweg::data::inspect(&table, choice.as_ref());
    if matches.get_flag("json") {
        let columns: Vec<_> = inspection.columns.iter().map(column_json).collect();
        let task = inspection.task.map(|task| task.to_string());
        print_json(&json!({ "rows": inspection.rows, "task": task, "columns": columns }))?;
        return Ok(Exit::Done);
    }
    let mut screen = Screen::new(false);
    screen.item(
        "Data",
        &format!(
            "{} ({}): {} rows, {} columns",
            table.origin,
            table.format,
            count(inspection.rows),
            count(inspection.columns.len())
        ),
    )?;
    let row = |column: &ColumnReport| {
        let missing = if column.missing > 0 {
            count(column.missing)
        } else {
            String::new()
        };
        vec![
            column.name.clone(),
            column.kind.to_string(),
            missing,
            values(column),
            column.use_.to_string(),
        ]
    };
    let rows: Vec<_> = inspection.columns.iter().map(row).collect();
    screen.table(&["column", "type", "missing", "values", "use"], &[2], &rows)?;
    suspicions(&mut screen, &inspection.columns)?;
    match inspection.task {
        Some(task) => screen.item("Task", &task.to_string())?,
        None => screen.item("Task", "name a --target to see what is predicted")?,
    }
    Ok(Exit::Done)
}

/// A column's range or its most frequent categories, in a few words.
fn values(column: &ColumnReport) -> String {
    if let Some((low, high)) = column.range
        && column.kind == Kind::Number
    {
        let whole = [low, high]
            .iter()
            .all(|x| x.fract() == 0.0 && x.abs() < 1e9);
        return if whole {
            format!("{low} … {high}")
        } else {
            format!("{} … {}", number(low), number(high))
        };
    }
    let names: Vec<&str> = column
        .categories
        .iter()
        .take(2)
        .map(|(name, _)| name.as_str())
        .collect();
    match names.len() {
        0 => column.example.clone().unwrap_or_default(),
        shown if column.distinct > shown => format!("{}, …", names.join(", ")),
        _ => names.join(", "),
    }
}

fn column_json(column: &ColumnReport) -> serde_json::Value {
    let left_out = match &column.use_ {
        Use::LeftOut { reason } => Some(reason.to_string()),
        _ => None,
    };
    json!({
        "name": column.name,
        "type": column.kind.to_string(),
        "missing": column.missing,
        "distinct": column.distinct,
        "range": column.range,
        "mean": column.mean,
        "median": column.median,
        "categories": column.categories,
        "use": column.use_.to_string(),
        "left_out": left_out,
    })
}

/// Says which columns are nearly ones of numbers.
pub(crate) fn suspicions(screen: &mut Screen, columns: &[ColumnReport]) -> io::Result<()> {
    for column in columns {
        if let Some(suspicion) = &column.suspicion {
            screen.warn(&format!("`{}` {suspicion}", column.name))?;
        }
    }
    Ok(())
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

fn table(matches: &ArgMatches) -> anyhow::Result<Table> {
    let config = Config::new(&args::read_settings(matches)).map_err(TrainError::from)?;
    Ok(thalweg::train::open(&config.data)?)
}

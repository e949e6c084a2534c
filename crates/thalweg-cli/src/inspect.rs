//! `inspect`: what a file holds, and what training would do with it.

use std::io;

use clap::ArgMatches;
use serde_json::json;
use thalweg::data::{Choice, ColumnReport, Format, Inspection, Kind, Use};
use thalweg::train::Need;
use thalweg::{Config, TrainError};

use crate::screen::{Screen, count, number};
use crate::{Exit, args, print_json};

pub(crate) fn inspect(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let config = Config::new(&args::read_settings(matches)).map_err(TrainError::from)?;
    let need = thalweg::train::need(&config.data)?;
    let seen = look(&config, need.as_ref(), matches.get_one::<String>("target"))?;
    let inspection = &seen.inspection;
    if matches.get_flag("json") {
        let columns: Vec<_> = inspection.columns.iter().map(column_json).collect();
        let task = inspection.task.map(|task| task.to_string());
        let memory = need.map(
            |need| json!({ "needed": need.bytes, "given": need.memory, "streams": need.streams() }),
        );
        print_json(
            &json!({ "rows": inspection.rows, "task": task, "columns": columns, "memory": memory }),
        )?;
        return Ok(Exit::Done);
    }
    let mut screen = Screen::new(false);
    screen.item(
        "Data",
        &format!(
            "{} ({}): {} rows, {} columns",
            seen.origin,
            seen.format,
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
    if let Some(need) = need {
        screen.item("Memory", &in_words(&need))?;
    }
    match inspection.task {
        Some(task) => screen.item("Task", &task.to_string())?,
        None => screen.item("Task", "name a --target to see what is predicted")?,
    }
    Ok(Exit::Done)
}

/// What was seen of a file or data set.
struct Seen {
    origin: String,
    format: Format,
    inspection: Inspection,
}

/// Looks at a table in memory, or at a file that is too large for that block after block.
fn look(config: &Config, need: Option<&Need>, target: Option<&String>) -> Result<Seen, TrainError> {
    let choice = |target: String| Choice {
        target,
        ..Choice::default()
    };
    if need.is_some_and(Need::streams) {
        let source = thalweg::train::open_source(&config.data)?;
        let choice = target.cloned().map(choice);
        let (format, inspection) = thalweg::data::survey_columns(&source, choice.as_ref())?;
        return Ok(Seen {
            origin: source.origin().to_owned(),
            format,
            inspection,
        });
    }
    let table = thalweg::train::open(&config.data)?;
    let own = || table.own_target().map(str::to_owned);
    let choice = target.cloned().or_else(own).map(choice);
    if let Some(choice) = &choice {
        thalweg::data::check_target(&table, choice)?;
    }
    Ok(Seen {
        inspection: thalweg::data::inspect(&table, choice.as_ref()),
        format: table.format,
        origin: table.origin,
    })
}

/// What training would do with a file of this size.
fn in_words(need: &Need) -> String {
    let size = |bytes: u64| match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..10_000_000_000 => format!("{} MB", count((bytes / 1_000_000) as usize)),
        _ => format!("{} GB", count((bytes / 1_000_000_000) as usize)),
    };
    let (needed, given) = (size(need.bytes), size(need.memory));
    if need.streams() {
        format!("about {needed}, over {given}: training would read it every epoch")
    } else {
        format!("about {needed} of {given}: training would hold it")
    }
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

//! `inspect`: what a file holds, and what training would do with it.

use std::io;

use clap::ArgMatches;
use thalweg::data::{ColumnReport, Kind};
use thalweg::spec::Value;
use thalweg::train::{Need, Seen};
use thalweg::{Config, TrainError};

use crate::screen::{Screen, count, number};
use crate::{Exit, args, print_json};

pub(crate) fn inspect(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let mut settings = args::read_settings(matches);
    if let Some(target) = matches.get_one::<String>("target") {
        settings.put("data", "target", Value::Text(target.clone()));
    }
    let config = Config::new(&settings).map_err(TrainError::from)?;
    let seen = Seen::new(&config, None)?;
    let inspection = &seen.inspection;
    if matches.get_flag("json") {
        print_json(&seen.to_json())?;
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
    if let Some(need) = &seen.need {
        screen.item("Memory", &in_words(need))?;
    }
    match inspection.task {
        Some(task) => screen.item("Task", &task.to_string())?,
        None => screen.item("Task", "name a --target to see what is predicted")?,
    }
    Ok(Exit::Done)
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

/// Says which columns are nearly ones of numbers.
pub(crate) fn suspicions(screen: &mut Screen, columns: &[ColumnReport]) -> io::Result<()> {
    for column in columns {
        if let Some(suspicion) = &column.suspicion {
            screen.warn(&format!("`{}` {suspicion}", column.name))?;
        }
    }
    Ok(())
}

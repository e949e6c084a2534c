//! What a file or a table holds, and what training would do with it, without one.

use serde_json::{Value as Json, json};
use thalweg_data::{
    Choice, ColumnReport, Format, Inspection, Table, Use, check_target, inspect, survey_columns,
};

use crate::memory::{self, Need};
use crate::{Config, TrainError, open, open_source};

/// What was seen of a file, a data set or a table.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The file or the data set, as a person named it.
    pub origin: String,
    /// What kind of file it is.
    pub format: Format,
    /// The columns, and the task.
    pub inspection: Inspection,
    /// What a training would need of the memory; none for what is no file.
    pub need: Option<Need>,
}

impl Seen {
    /// Looks at a configuration's source, or at this table: in memory, or where it is too large for that, block after
    /// block.
    ///
    /// # Errors
    /// Whatever is wrong with the data; where the configuration names a target, also with that.
    pub fn new(config: &Config, table: Option<&Table>) -> Result<Seen, TrainError> {
        let data = &config.data;
        let choice = |target: &str| Choice {
            target: target.to_owned(),
            ..Choice::default()
        };
        let named = Some(&*data.target).filter(|target| !target.is_empty());
        let need = match table {
            Some(_) => None,
            None => memory::need(data)?,
        };
        if need.as_ref().is_some_and(Need::streams) {
            let source = open_source(data)?;
            let (format, inspection) = survey_columns(&source, named.map(choice).as_ref())?;
            return Ok(Seen {
                origin: source.origin().to_owned(),
                format,
                inspection,
                need,
            });
        }
        let read;
        let table = if let Some(table) = table {
            table
        } else {
            read = open(data)?;
            &read
        };
        let choice = named.or_else(|| table.own_target()).map(choice);
        if let Some(choice) = &choice {
            check_target(table, choice)?;
        }
        Ok(Seen {
            inspection: inspect(table, choice.as_ref()),
            format: table.format,
            origin: table.origin.clone(),
            need,
        })
    }

    /// The columns, and what training would do with each, as the command prints it with `--json`.
    pub fn to_json(&self) -> Json {
        let columns = self.inspection.columns.iter().map(column_json);
        let memory = self.need.as_ref().map(
            |need| json!({ "needed": need.bytes, "given": need.memory, "streams": need.streams() }),
        );
        json!({
            "rows": self.inspection.rows,
            "task": self.inspection.task.map(|task| task.to_string()),
            "columns": columns.collect::<Vec<_>>(),
            "memory": memory,
        })
    }
}

fn column_json(column: &ColumnReport) -> Json {
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
        "suspicion": column.suspicion.as_ref().map(ToString::to_string),
    })
}

//! Tables that Python has in memory: rows to learn from, and others that are not dealt out of them.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use thalweg::data::{DataError, Values};
use thalweg::spec::Value;
use thalweg::train::{Others, open};
use thalweg::{Column, Config, Prepared, Settings, Table, TrainError};

use crate::errors::exception;
use crate::frames::{Cells, table};

/// The tables, each with its name: `data`, `validation` or `test`.
#[derive(Default)]
pub(crate) struct Held(Vec<(&'static str, Table)>);

impl Held {
    /// Takes what Python has given, and puts among the settings where it comes from: a path or a data set as it is, a
    /// table as the file that [`Held::write`] makes of it in `out`, or by its mere name.
    pub(crate) fn of(
        settings: &mut Settings,
        data: Option<&Bound<'_, PyAny>>,
        others: &Bound<'_, PyDict>,
        target: Option<&str>,
        out: Option<&Path>,
    ) -> PyResult<Held> {
        let mut held = Held::default();
        if let Some(target) = target {
            settings.put("data", "target", Value::Text(target.to_owned()));
        }
        let mut take = |name: &'static str, key: &str, cells: Vec<Cells<'_>>| -> PyResult<()> {
            let source = source(name, out).map_err(exception)?;
            settings.put("data", key, Value::Text(source));
            let table = table(name, cells)?;
            if out.is_some() {
                refuse_images(&table).map_err(exception)?;
            }
            held.0.push((name, table));
            Ok(())
        };
        for name in ["validation", "test"] {
            if let Some(cells) = others.get_item(name)? {
                take(name, name, cells.extract()?)?;
            }
        }
        if let Some(data) = data {
            if let Ok(cells) = data.extract::<Vec<Cells<'_>>>() {
                take("data", "source", cells)?;
            } else {
                let path: PathBuf = data.extract()?;
                let path = path.to_string_lossy().into_owned();
                settings.put("data", "source", Value::Text(path));
            }
        }
        Ok(held)
    }

    /// The rows to learn from, if they are in memory.
    pub(crate) fn data(&self) -> Option<&Table> {
        self.get("data")
    }

    fn get(&self, name: &str) -> Option<&Table> {
        let found = self.0.iter().find(|(of, _)| *of == name);
        found.map(|(_, table)| table)
    }

    /// The tables as rows that can be learned from; what is not among them is read.
    pub(crate) fn prepare(&self, config: &mut Config) -> Result<Prepared, TrainError> {
        if self.0.is_empty() {
            return Prepared::new(config);
        }
        let others = Others {
            validation: self.get("validation"),
            test: self.get("test"),
        };
        match self.data() {
            Some(table) => Prepared::from_tables(config, table, others),
            None => Prepared::from_tables(config, &open(&config.data)?, others),
        }
    }

    /// Leaves each in a folder, where the settings say that it is.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), TrainError> {
        for (name, table) in &self.0 {
            thalweg::data::write(table, &folder.join(file_name(name)))?;
        }
        Ok(())
    }
}

/// What the settings call a table: the file that it will be in, or its name.
fn source(name: &str, out: Option<&Path>) -> Result<String, TrainError> {
    let Some(out) = out else {
        return Ok(name.to_owned());
    };
    let path = std::path::absolute(out).map_err(|source| TrainError::Io {
        action: "create",
        path: out.into(),
        source,
    })?;
    let path = path.join(file_name(name));
    Ok(path.to_string_lossy().into_owned())
}

fn file_name(name: &str) -> String {
    format!("{name}.parquet")
}

fn refuse_images(table: &Table) -> Result<(), DataError> {
    let is_image = |it: &&Column| matches!(it.values, Values::Image { .. });
    match table.columns().iter().find(is_image) {
        None => Ok(()),
        Some(images) => Err(DataError::ImagesInParquet {
            column: images.name.clone(),
        }),
    }
}

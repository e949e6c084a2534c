//! `inspect` and `lr_find`: what is looked at before a training.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use thalweg::spec::Value;
use thalweg::train::{AUTO, RangeTest, Seen};
use thalweg::{Config, Run};
use thalweg_report::range_test;

use crate::errors::exception;
use crate::held::Held;
use crate::keywords::{Given, set};
use crate::runs::{text, undrawn};
use crate::team::{measured, workers};

/// What a path, a data set or columns hold, as the JSON that the command line prints.
#[pyfunction]
#[pyo3(name = "_inspect")]
pub(crate) fn inspect(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    target: Option<&str>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<String> {
    let mut given = Given::of(None, keywords)?;
    let none = PyDict::new(py);
    let held = Held::of(&mut given.settings, Some(data), &none, target, None)?;
    let config = given.checked(Config::new(&given.settings))?;
    let seen = py.detach(|| Seen::new(&config, held.data()));
    Ok(seen.map_err(exception)?.to_json().to_string())
}

/// Sweeps the learning rate, and gives what was found as JSON, and its picture.
#[pyfunction]
#[pyo3(name = "_lr_find")]
#[allow(clippy::too_many_arguments)]
pub(crate) fn lr_find(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    others: &Bound<'_, PyDict>,
    target: Option<&str>,
    threads: Option<i64>,
    how: &Bound<'_, PyDict>,
    config: Option<&Bound<'_, PyAny>>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<(String, String)> {
    let threads = workers("threads", threads)?;
    let mut test = RangeTest::default();
    set(&mut test, how)?;
    let mut given = Given::of(config, keywords)?;
    let held = Held::of(&mut given.settings, Some(data), others, target, None)?;
    // Whatever was set, it is what is looked for; so the rule must have one.
    given
        .settings
        .put("optimizer", "lr", Value::Text(AUTO.into()));
    let mut config = given.checked(Config::new(&given.settings))?;
    // Otherwise the run would look for it too.
    config.auto_lr = false;
    let run = py.detach(|| {
        let prepared = held.prepare(&mut config)?;
        Run::with_data(config, prepared, threads)
    });
    let run = run.map_err(exception)?;
    let find = || test.find(&run.config, &run.data, &run.network, &run.team);
    let found = py.detach(|| measured(&[&run.team], find))?;
    let found = found.map_err(exception)?;
    let optimizer = run.config.optimizer.card().name;
    let mut object = json!(found);
    object["optimizer"] = json!(optimizer);
    let interval = found.interval.map(|(low, high)| {
        let meaning = found.meaning();
        format!("lr {low} to {high}: {meaning}")
    });
    let verdict = [found.verdict.to_string()].into_iter();
    object["sentences"] = json!(verdict.chain(interval).collect::<Vec<_>>());
    let title = format!("Learning-rate range test: {optimizer}");
    let picture = range_test(&found, &title).map_err(|error| undrawn(&error))?;
    Ok((text(&object), picture))
}

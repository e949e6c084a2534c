//! `compare`: a comparison of rules or settings in a folder, as the JSON that the command line prints.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use thalweg::train::{CompareEvent, Comparison, Race, contenders, replace};
use thalweg::{Config, TrainError};
use thalweg_report::{Map, Theme, compared_json, comparison_page, contour};

use crate::errors::exception;
use crate::held::Held;
use crate::keywords::{Given, set};
use crate::runs::{text, undrawn};
use crate::team::{with_signals, workers};

/// Races contenders in the folder `out`; None where Ctrl-C has ended it, and what is done is kept.
#[pyfunction]
#[pyo3(name = "_compare")]
#[allow(clippy::too_many_arguments)]
pub(crate) fn compare(
    py: Python<'_>,
    data: Option<&Bound<'_, PyAny>>,
    others: &Bound<'_, PyDict>,
    target: Option<&str>,
    optimizers: Vec<String>,
    variations: Vec<String>,
    how: &Bound<'_, PyDict>,
    out: PathBuf,
    workers: (Option<i64>, Option<i64>),
    progress: Option<Py<PyAny>>,
    config: Option<&Bound<'_, PyAny>>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Option<(String, Option<String>)>> {
    let mut given = Given::of(config, keywords)?;
    let mut comparison = Comparison::default();
    set(&mut comparison, how)?;
    let held = Held::of(&mut given.settings, data, others, target, Some(&out))?;
    let found = contenders(&given.settings, &optimizers, &variations);
    let found = given.checked(found)?;
    let race = py.detach(|| {
        let race = Race::create(&comparison, &found, Some(&out))?;
        held.write(race.folder())?;
        Ok::<_, TrainError>(race)
    });
    go(py, &race.map_err(exception)?, workers, progress)
}

/// Goes on with a comparison, or tells what came of it.
#[pyfunction]
#[pyo3(name = "_resume_comparison")]
pub(crate) fn resume_comparison(
    py: Python<'_>,
    path: PathBuf,
    workers: (Option<i64>, Option<i64>),
    progress: Option<Py<PyAny>>,
) -> PyResult<Option<(String, Option<String>)>> {
    let race = Race::open(&path).map_err(exception)?;
    go(py, &race, workers, progress)
}

/// What came of the race, and the map of the ways that were walked; the page is left in its folder.
fn go(
    py: Python<'_>,
    race: &Race,
    (jobs, threads): (Option<i64>, Option<i64>),
    progress: Option<Py<PyAny>>,
) -> PyResult<Option<(String, Option<String>)>> {
    let threads = workers("threads", threads)?;
    let jobs = jobs.map_or(Ok(threads), |jobs| workers("jobs", Some(jobs)))?;
    let interrupt = AtomicBool::new(false);
    let observer = |event: CompareEvent<'_>| tell(progress.as_ref(), event, &interrupt);
    let run = || race.run((jobs, (threads / jobs).max(1)), &observer, &interrupt);
    let stop = || interrupt.store(true, Ordering::Relaxed);
    // Where Ctrl-C has ended it, there is no result, and the caller says what was kept.
    let (compared, _) = py.detach(|| with_signals(stop, run));
    let compared = compared.map_err(|_| PyRuntimeError::new_err("the comparison has failed"))?;
    let Some(compared) = compared.map_err(exception)? else {
        return Ok(None);
    };
    let folder = race.folder().display().to_string();
    let mut object = compared_json(&compared);
    object["folder"] = json!(folder);
    let config = Config::new(&race.contenders[0].settings).map_err(TrainError::from);
    let config = config.map_err(exception)?;
    let page = comparison_page(&compared, &config, &folder).map_err(|it| undrawn(&it))?;
    let path: &Path = &race.folder().join("report.html");
    replace(path, page.as_bytes()).map_err(exception)?;
    let map = match &compared.plane {
        Ok(plane) => {
            let map = Map::of_compared(&compared, plane, &folder);
            Some(contour(&map, Theme::Light).map_err(|it| undrawn(&it))?)
        }
        Err(_) => None,
    };
    Ok(Some((text(&object), map)))
}

fn tell(progress: Option<&Py<PyAny>>, event: CompareEvent<'_>, interrupt: &AtomicBool) {
    let CompareEvent::Done {
        contender,
        done,
        of,
        ..
    } = event
    else {
        return;
    };
    let Some(progress) = progress else { return };
    let told = Python::attach(|py| progress.call1(py, (done, of, contender)).map(drop));
    if told.is_err() {
        interrupt.store(true, Ordering::Relaxed);
    }
}

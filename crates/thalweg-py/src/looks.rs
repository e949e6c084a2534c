//! What an instrument says of a run, as the JSON that the command line prints.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value as Json, json};
use thalweg::train::{ConnectTest, NoiseTest, SpectrumTest, View};
use thalweg::{Run, TrainError};
use thalweg_report::{
    Map, Theme, about_connection, about_curves, about_noise, about_spectrum, connection,
    connection_json, contour, noise, noise_json, portrait_json, spectrum, spectrum_json,
};

use crate::errors::exception;
use crate::keywords::set;
use crate::runs::{Handle, text};
use crate::team::measured;

/// What was found, and its picture as SVG.
type Found = (Json, Result<String, thalweg_report::ReportError>);

/// Measures a run, and gives the JSON with its title and the picture.
fn look(
    py: Python<'_>,
    run: &Handle,
    measure: impl FnOnce(&Run, &str) -> Result<Found, TrainError> + Send,
) -> PyResult<(String, String)> {
    let title = run.title();
    let look = |it: &Run| Ok(measured(&[&it.team], || measure(it, &title)));
    let found = py.detach(|| run.with_run(look)).map_err(exception)?;
    let (mut object, picture) = found?.map_err(exception)?;
    object["run"] = json!(title);
    shown(&object, picture)
}

/// JSON as text, and the picture.
fn shown(
    object: &Json,
    picture: Result<String, thalweg_report::ReportError>,
) -> PyResult<(String, String)> {
    Ok((
        text(object),
        picture.map_err(|error| crate::runs::undrawn(&error))?,
    ))
}

/// The loss on a plane through a run's weights.
#[pyfunction]
#[pyo3(name = "_landscape")]
pub(crate) fn landscape(
    py: Python<'_>,
    run: &Handle,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<(String, String)> {
    let mut view = View::default();
    set(&mut view, keywords)?;
    let read = run.folder.as_ref().map(thalweg::Folder::trajectory);
    let read = read.transpose().map_err(exception)?.flatten();
    look(py, run, move |it, title| {
        let recorded = read.as_ref().or(it.trajectory());
        let recorded = recorded.filter(|it| !it.steps().is_empty());
        view.directions(recorded)?;
        let portrait = view.take(it, recorded)?;
        let title = format!("Loss around {title}");
        let map = Map::of_portrait(&portrait, &title);
        let mut object = portrait_json(&portrait);
        object["sentences"] = json!(map.sentences);
        object["steps_recorded"] = json!(recorded.map(|it| it.steps().len()));
        Ok((object, contour(&map, Theme::Light)))
    })
}

/// The curvature at a run's weights.
#[pyfunction]
#[pyo3(name = "_spectrum")]
pub(crate) fn spectrum_of(
    py: Python<'_>,
    run: &Handle,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<(String, String)> {
    let mut test = SpectrumTest::default();
    set(&mut test, keywords)?;
    look(py, run, move |run, title| {
        let found = test.measure(run)?;
        let title = format!("Spectrum of the Hessian: {title}");
        let picture = spectrum(&found, &title, &about_spectrum(&found), Theme::Light);
        Ok((spectrum_json(&found), picture))
    })
}

/// The noise of a run's gradient.
#[pyfunction]
#[pyo3(name = "_noise")]
pub(crate) fn noise_of(
    py: Python<'_>,
    run: &Handle,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<(String, String)> {
    let mut test = NoiseTest::default();
    set(&mut test, keywords)?;
    look(py, run, move |run, title| {
        let found = test.measure(run)?;
        let title = format!("Noise of the gradient: {title}");
        let picture = noise(&found, &title, &about_noise(&found), Theme::Light);
        Ok((noise_json(&found), picture))
    })
}

/// The ways between the weights of two runs.
#[pyfunction]
#[pyo3(name = "_connect")]
pub(crate) fn connect(
    py: Python<'_>,
    run: &Handle,
    other: &Handle,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<(String, String)> {
    let mut test = ConnectTest::default();
    set(&mut test, keywords)?;
    if std::ptr::eq(run, other) {
        let message = "there is no way between a run and itself; name two";
        return Err(pyo3::exceptions::PyValueError::new_err(message));
    }
    let names = [run.title(), other.title()];
    let measure = |first: &Run, second: &Run| {
        let teams = [&first.team, &second.team];
        Ok(measured(&teams, || test.measure(first, second)))
    };
    let found = py.detach(|| run.with_both(other, measure));
    let found = found.map_err(exception)??.map_err(exception)?;
    let title = format!("From {} to {}", names[0], names[1]);
    let mut object = connection_json(&found);
    object["run"] = json!(names[0]);
    object["runs"] = json!(names);
    object["sentences"] = json!(about_connection(&found));
    shown(&object, connection(&found, &title, Theme::Light))
}

/// What can be said of the curves of a run.
#[pyfunction]
#[pyo3(name = "_about_curves")]
pub(crate) fn curves_of(run: &Handle) -> Vec<String> {
    about_curves(&run.metrics)
}

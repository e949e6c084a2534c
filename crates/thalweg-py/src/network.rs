//! A trained network: its layers and weights, and what it makes of encoded rows.

use numpy::{PyArray1, PyReadonlyArray2, PyUntypedArrayMethods as _};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::json;
use thalweg::Team;
use thalweg::core::layout::Part;
use thalweg::core::network::{Engine, Features};
use thalweg::spec::Tunable;

use crate::arrays::matrix;
use crate::errors::exception;
use crate::runs::Handle;
use crate::team::team;

/// Layers and segments of the parameters, as JSON.
#[pyfunction]
#[pyo3(name = "_network")]
pub(crate) fn network(run: &Handle) -> PyResult<String> {
    let network = run.model.network().map_err(exception)?;
    let short = |it: &dyn Tunable| {
        let settings = it.dump();
        let settings: Vec<String> = settings
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let gap = if settings.is_empty() { "" } else { ":" };
        format!("{}{gap}{}", it.card().name, settings.join(","))
    };
    let layers = network.layers().iter().map(|layer| {
        json!({
            "inputs": layer.inputs,
            "outputs": layer.outputs,
            "activation": short(&*layer.activation),
        })
    });
    let segments = network.layout().segments().iter().map(|segment| {
        let shape = match segment.part {
            Part::Weight => vec![segment.shape.0, segment.shape.1],
            Part::Bias => vec![segment.shape.0],
        };
        json!({ "name": segment.to_string(), "first": segment.range.start, "shape": shape })
    });
    let object = json!({
        "layers": layers.collect::<Vec<_>>(),
        "segments": segments.collect::<Vec<_>>(),
    });
    Ok(object.to_string())
}

/// All parameters, float32.
#[pyfunction]
#[pyo3(name = "_parameters")]
pub(crate) fn parameters<'py>(py: Python<'py>, run: &Handle) -> Bound<'py, PyArray1<f32>> {
    PyArray1::from_slice(py, run.model.parameters())
}

/// What the network says of encoded rows, float32 of shape (rows, features): probabilities, or numbers in the unit of
/// the standardized target.
#[pyfunction]
#[pyo3(name = "_forward")]
pub(crate) fn forward<'py>(
    py: Python<'py>,
    run: &Handle,
    rows: PyReadonlyArray2<'_, f32>,
) -> PyResult<Bound<'py, PyAny>> {
    let network = run.model.network().map_err(exception)?;
    let [count, width] = [rows.shape()[0], rows.shape()[1]];
    if width != network.inputs() {
        return Err(PyValueError::new_err(format!(
            "rows have {width} features, the network takes {}",
            network.inputs()
        )));
    }
    let Some(loss) = run.model.config.loss.as_deref() else {
        return Err(PyValueError::new_err("the model has no loss"));
    };
    let features = rows.as_slice()?;
    let outputs = network.outputs();
    let mut values = vec![0.0_f32; count * outputs];
    py.detach(|| {
        let team: &Team = &team(run.threads);
        let mut engine = Engine::new(&network, loss, team);
        engine.predict(
            run.model.parameters(),
            Features::Dense(features),
            &mut values,
        );
    });
    matrix(py, values, outputs)
}

/// The features of rows as the network takes them, float32.
#[pyfunction]
#[pyo3(name = "_encode")]
pub(crate) fn encode<'py>(
    py: Python<'py>,
    run: &Handle,
    columns: Vec<crate::frames::Cells<'_>>,
) -> PyResult<Bound<'py, PyAny>> {
    let table = crate::frames::table("data", columns)?;
    let preprocessing = &run.model.preprocessing;
    let encoded = py.detach(|| preprocessing.encode(&table, None));
    let (features, _) = encoded.map_err(exception)?;
    matrix(py, features, preprocessing.n_features())
}

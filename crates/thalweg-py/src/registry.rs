//! The families of self-describing members, as Python sees them: what signatures, docstrings and stubs are made from.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use thalweg::core::schedule;
use thalweg::spec::{Range, SpecError, Value};

/// All that is wrong, a line for each thing, as a `ValueError`.
pub(crate) fn refusal(errors: &[SpecError]) -> PyErr {
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    PyValueError::new_err(lines.join("\n"))
}

/// A value as the Python object of its kind.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Float(x) => x.into_pyobject(py)?.into_any(),
        Value::Count(n) => n.into_pyobject(py)?.into_any(),
        Value::Switch(on) => on.into_pyobject(py)?.to_owned().into_any(),
        Value::Floats(list) => PyList::new(py, list)?.into_any(),
        Value::Counts(list) => PyList::new(py, list)?.into_any(),
        Value::Texts(list) => PyList::new(py, list)?.into_any(),
        Value::Text(text) | Value::Typed(text) => text.into_pyobject(py)?.into_any(),
    })
}

/// Every family: its name in the plural, the name in the singular, its sentence and its members, each with card and
/// fields.
#[pyfunction]
pub(crate) fn families(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let all = PyList::empty(py);
    for family in thalweg::families() {
        let described = PyDict::new(py);
        described.set_item("name", family.name())?;
        described.set_item("singular", family.singular())?;
        described.set_item("summary", family.summary())?;
        let members = PyList::empty(py);
        for member in family.members() {
            let card = member.card();
            let entry = PyDict::new(py);
            entry.set_item("name", card.name)?;
            entry.set_item("summary", card.summary)?;
            entry.set_item("formula", card.formula)?;
            entry.set_item("paper", card.paper)?;
            entry.set_item("differences", card.differences)?;
            let fields = PyList::empty(py);
            for field in member.fields() {
                let described = PyDict::new(py);
                described.set_item("name", field.name)?;
                described.set_item("doc", field.doc)?;
                described.set_item("kind", field.kind)?;
                described.set_item("range", field.range.to_string())?;
                let words = match field.range {
                    Range::OneOf(words) => words(),
                    _ => Vec::new(),
                };
                described.set_item("words", words)?;
                described.set_item("default", object(py, &field.default)?)?;
                fields.append(described)?;
            }
            entry.set_item("fields", fields)?;
            members.append(entry)?;
        }
        described.set_item("members", members)?;
        all.append(described)?;
    }
    Ok(all)
}

/// The value at time `t` of a number whose base value is `base`, under a schedule such as `cosine:final=0.1`, in a run
/// that lasts `horizon`.
#[pyfunction]
pub(crate) fn schedule_value(spec: &str, base: f64, t: f64, horizon: f64) -> PyResult<f64> {
    let schedule = schedule::ALL.parse(spec).map_err(|it| refusal(&it))?;
    if schedule.reaction().is_some() {
        return Err(PyValueError::new_err(format!(
            "`{spec}` reacts to the scores of a run and has no value at a time"
        )));
    }
    Ok(schedule.value(base, t, horizon))
}

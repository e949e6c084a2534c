//! The settings of a member of any family, as Python reads and changes them.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use thalweg::spec::{SpecError, Tunable, Value};

use crate::registry::object;

/// What Python gives for settings.
pub(crate) fn pairs(settings: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Value)>> {
    let pair = |(name, given): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name: String = name.extract()?;
        let value = value(&given).map_err(|_| {
            let kind = given.get_type();
            PyTypeError::new_err(format!(
                "`{name}` takes a number, a text or a list of them, found {kind}"
            ))
        })?;
        Ok((name, value))
    };
    settings.iter().map(pair).collect()
}

/// Sets several fields of a member; what is wrong is a `TypeError` where the name or the kind is, a `ValueError` where
/// only the range is.
pub(crate) fn apply(member: &mut dyn Tunable, pairs: &[(String, Value)]) -> PyResult<()> {
    member.set_all(pairs).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let is_type = |error: &SpecError| {
            matches!(
                error,
                SpecError::UnknownField { .. } | SpecError::WrongType { .. }
            )
        };
        if errors.iter().any(is_type) {
            PyTypeError::new_err(lines.join("\n"))
        } else {
            PyValueError::new_err(lines.join("\n"))
        }
    })
}

/// All settings and their values, in order.
pub(crate) fn dump<'py>(py: Python<'py>, member: &dyn Tunable) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    for (name, value) in member.dump() {
        all.set_item(name, object(py, &value)?)?;
    }
    Ok(all)
}

/// All settings as they are set on another member.
pub(crate) fn copied(member: &dyn Tunable) -> Vec<(String, Value)> {
    let owned = |(name, value): (&str, Value)| (name.to_owned(), value);
    member.dump().into_iter().map(owned).collect()
}

/// The short form of a member: its name and what differs from its defaults.
pub(crate) fn short(member: &dyn Tunable) -> String {
    let mut text = member.card().name.to_owned();
    let mut mark = ':';
    for field in member.fields() {
        match member.get(field.name) {
            Some(value) if value != field.default => {
                text.push(mark);
                text.extend([field.name, "=", &within_short(&value)]);
                mark = ',';
            }
            _ => {}
        }
    }
    text
}

/// A value as it can stand between the commas of a short form.
fn within_short(value: &Value) -> String {
    match value {
        // A text of parts, which blanks part as commas do.
        Value::Text(text) => text.replace(',', " "),
        list => list.to_string().replace(['[', ']', ' '], ""),
    }
}

fn value(given: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(on) = given.extract() {
        return Ok(Value::Switch(on));
    }
    if let Ok(n) = given.extract() {
        return Ok(Value::Count(n));
    }
    if given.is_instance_of::<PyString>() {
        return Ok(Value::Text(given.extract()?));
    }
    if let Ok(x) = given.extract() {
        return Ok(Value::Float(x));
    }
    if let Ok(list) = given.extract() {
        return Ok(Value::Counts(list));
    }
    if let Ok(list) = given.extract() {
        return Ok(Value::Floats(list));
    }
    Ok(Value::Texts(given.extract()?))
}

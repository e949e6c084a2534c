//! Schedules for Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use thalweg::core::schedule::{self, Schedule};

use crate::registry::refusal;
use crate::settings::{apply, copied, dump, pairs, short};

/// A schedule and its settings.
#[pyclass(name = "_Schedule")]
pub(crate) struct Course {
    schedule: Box<dyn Schedule>,
}

#[pymethods]
impl Course {
    #[new]
    fn new(short: &str, settings: &Bound<'_, PyDict>) -> PyResult<Course> {
        let mut schedule = schedule::ALL.parse(short).map_err(|it| refusal(&it))?;
        apply(&mut *schedule, &pairs(settings)?)?;
        Ok(Course { schedule })
    }

    /// Changes settings: all of these, or none where something is wrong.
    fn set(&mut self, settings: &Bound<'_, PyDict>) -> PyResult<()> {
        let name = self.schedule.card().name;
        let entry = schedule::ALL.find(name).map_err(|it| refusal(&[it]))?;
        let mut changed = (entry.build)();
        apply(&mut *changed, &copied(&*self.schedule))?;
        apply(&mut *changed, &pairs(settings)?)?;
        self.schedule = changed;
        Ok(())
    }

    /// All settings.
    fn dump<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dump(py, &*self.schedule)
    }

    /// The short form.
    fn short(&self) -> String {
        short(&*self.schedule)
    }

    /// See [`Schedule::value`].
    fn value(&self, base: f64, t: f64, horizon: f64) -> PyResult<f64> {
        if self.schedule.reaction().is_some() {
            return Err(PyValueError::new_err(format!(
                "`{}` reacts to the scores of a run and has no value at a time",
                self.schedule.card().name
            )));
        }
        Ok(self.schedule.value(base, t, horizon))
    }
}

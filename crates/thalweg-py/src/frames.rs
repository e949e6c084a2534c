//! Columns that come from Python as a table, and the preprocessing that is fitted on them without a target.

use numpy::{PyReadonlyArray1, PyReadonlyArray3, PyUntypedArrayMethods as _};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use thalweg::data::{Choice, DataError, Preprocessing, Task};
use thalweg::{Column, Table};

use crate::arrays::matrix;
use crate::errors::exception;

/// A column as Python gives it: its name, its kind, and its cells.
pub(crate) type Cells<'py> = (String, String, Bound<'py, PyAny>);

/// A table, which messages call by this name, of columns `(name, kind, cells)` as `thalweg._frames.columns` makes them:
/// numbers are f64 with NaN for missing, booleans are i8 with −1 for missing, texts are strings or None, images are u8 of
/// shape (rows, height, width), and of kinds that cannot be used there is the type's name.
pub(crate) fn table(name: &str, columns: Vec<Cells<'_>>) -> PyResult<Table> {
    let (mut usable, mut unsupported) = (Vec::new(), Vec::new());
    for (name, kind, cells) in columns {
        match kind.as_str() {
            "number" => {
                let cells: PyReadonlyArray1<'_, f64> = cells.extract()?;
                usable.push(Column::number(&name, cells.as_array().to_vec()));
            }
            "boolean" => {
                let cells: PyReadonlyArray1<'_, i8> = cells.extract()?;
                let on = |&cell: &i8| (0..=1).contains(&cell).then_some(cell == 1);
                let cells = cells.as_array().iter().map(on).collect();
                usable.push(Column::boolean(&name, cells));
            }
            "text" => {
                let cells: Vec<Option<PyBackedStr>> = cells.extract()?;
                let cells = cells.iter().map(Option::as_deref);
                usable.push(Column::cells(&name, cells));
            }
            "image" => {
                let pixels: PyReadonlyArray3<'_, u8> = cells.extract()?;
                let (height, width) = (pixels.shape()[1], pixels.shape()[2]);
                let pixels = pixels.as_slice()?.to_vec();
                usable.push(Column::image(&name, height, width, pixels).map_err(exception)?);
            }
            "unsupported" => unsupported.push((name, cells.extract()?)),
            other => {
                let message = format!("a column cannot be of kind {other}");
                return Err(PyTypeError::new_err(message));
            }
        }
    }
    let table = Table::new(name, usable).map_err(exception)?;
    Ok(table.with_unsupported(unsupported))
}

/// What makes rows of features of columns: missing numbers become the median, numbers are standardized, each category
/// has a feature, and so have missing values. Fitted on features alone, without a target.
#[pyclass(module = "thalweg._core", frozen)]
pub(crate) struct Encoder {
    preprocessing: Preprocessing,
}

#[pymethods]
impl Encoder {
    /// One that was fitted before, from its `to_json()`.
    #[new]
    fn new(json: &str) -> PyResult<Encoder> {
        let preprocessing = serde_json::from_str(json)
            .map_err(|error| PyValueError::new_err(format!("this is no encoder: {error}")))?;
        Ok(Encoder { preprocessing })
    }

    /// Fits on these rows of the columns, or on all, and looks at no other.
    #[staticmethod]
    #[pyo3(signature = (columns, rows=None))]
    fn fit(
        py: Python<'_>,
        columns: Vec<Cells<'_>>,
        rows: Option<PyReadonlyArray1<'_, u32>>,
    ) -> PyResult<Encoder> {
        let table = table("data", columns)?;
        let rows = match rows {
            Some(rows) => rows.as_array().to_vec(),
            None => (0..table.rows() as u32).collect(),
        };
        if let Some(row) = rows.iter().find(|&&row| row as usize >= table.rows()) {
            let message = format!("there is no row {row}: there are {}", table.rows());
            return Err(PyValueError::new_err(message));
        }
        let fitted = py.detach(|| fit(&table, &rows)).map_err(exception)?;
        Ok(Encoder {
            preprocessing: fitted,
        })
    }

    /// The features of all rows, float32 of shape (rows, features); columns are found by their names.
    fn transform<'py>(
        &self,
        py: Python<'py>,
        columns: Vec<Cells<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let table = table("data", columns)?;
        let encoded = py.detach(|| self.preprocessing.encode(&table, None));
        let (features, _) = encoded.map_err(exception)?;
        matrix(py, features, self.preprocessing.n_features())
    }

    /// `age`, `age (missing)`, `color=red`: a name for each feature.
    fn feature_names(&self) -> Vec<String> {
        self.preprocessing.feature_names()
    }

    /// How many features there are.
    #[getter]
    fn n_features(&self) -> usize {
        self.preprocessing.n_features()
    }

    /// The names of the columns that give features.
    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.preprocessing.columns()
    }

    /// The columns that are left out, each with the reason.
    #[getter]
    fn left_out(&self) -> Vec<(&str, String)> {
        let left_out = self.preprocessing.left_out().iter();
        left_out
            .map(|(name, reason)| (name.as_str(), reason.to_string()))
            .collect()
    }

    /// All of it as text, which makes the same encoder again.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.preprocessing)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn __getnewargs__(&self) -> PyResult<(String,)> {
        Ok((self.to_json()?,))
    }

    fn __eq__(&self, other: &Encoder) -> bool {
        self.preprocessing == other.preprocessing
    }

    fn __repr__(&self) -> String {
        format!(
            "<Encoder of {} columns, {} features>",
            self.preprocessing.columns().len(),
            self.preprocessing.n_features()
        )
    }
}

/// Fits on features alone: the library fits a target with them, so they get one that is 0 everywhere.
fn fit(table: &Table, rows: &[u32]) -> Result<Preprocessing, DataError> {
    let mut target = "target".to_owned();
    while table.column(&target).is_some() {
        target.push('_');
    }
    let mut columns = table.columns().to_vec();
    columns.push(Column::number(&target, vec![0.0; table.rows()]));
    let with_target =
        Table::new(&table.origin, columns)?.with_unsupported(table.unsupported().to_vec());
    let choice = Choice {
        target,
        ..Choice::default()
    };
    Preprocessing::fit(&with_target, &choice, Task::Regression, rows)
}

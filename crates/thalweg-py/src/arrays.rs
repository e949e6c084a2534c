//! numpy's arrays as the library's slices.

use numpy::{PyArray2, PyArrayMethods as _, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use thalweg::core::Real;
use thalweg::core::loss::Targets;
use thalweg::core::network::{CompressedRows, Features};

/// A precision that numpy has too.
pub(crate) trait Number: Real + numpy::Element {
    /// What numpy calls it.
    const NAME: &'static str;
}

impl Number for f32 {
    const NAME: &'static str = "float32";
}

impl Number for f64 {
    const NAME: &'static str = "float64";
}

/// Rows of features: an array, or scipy's `(indptr, indices, data, width)` of a CSR matrix.
pub(crate) enum Table<'py, T: Number> {
    Dense(PyReadonlyArray2<'py, T>),
    Sparse {
        starts: PyReadonlyArray1<'py, usize>,
        columns: PyReadonlyArray1<'py, u32>,
        values: PyReadonlyArray1<'py, T>,
        width: usize,
    },
}

/// The same, as slices.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a, T> {
    pub(crate) features: Features<'a, T>,
    pub(crate) width: usize,
}

/// A class for each row, or numbers for each row.
pub(crate) enum Answers<'py, T: Number> {
    Classes(PyReadonlyArray1<'py, u32>),
    Values(PyReadonlyArray2<'py, T>),
}

impl<'py, T: Number> Table<'py, T> {
    pub(crate) fn of(x: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok((starts, columns, values, width)) = x.extract() {
            return Ok(Table::Sparse {
                starts,
                columns,
                values,
                width,
            });
        }
        let dense = x.extract::<PyReadonlyArray2<'py, T>>();
        let dense = dense.map_err(|_| PyTypeError::new_err("X is not of the trainer's type"))?;
        Ok(Table::Dense(dense))
    }

    pub(crate) fn input(&self) -> PyResult<Input<'_, T>> {
        Ok(match self {
            Table::Dense(x) => Input {
                features: Features::Dense(x.as_slice()?),
                width: x.as_array().ncols(),
            },
            Table::Sparse {
                starts,
                columns,
                values,
                width,
            } => {
                let (starts, columns) = (starts.as_slice()?, columns.as_slice()?);
                let rows = CompressedRows::new(starts, columns, values.as_slice()?, *width);
                let rows = rows.map_err(|error| {
                    PyValueError::new_err(format!("X is not a sound CSR matrix: {error}"))
                })?;
                Input {
                    features: Features::Sparse(rows),
                    width: *width,
                }
            }
        })
    }
}

impl<T: Real> Input<'_, T> {
    pub(crate) fn rows(&self) -> usize {
        self.features.rows(self.width)
    }
}

impl<'py, T: Number> Answers<'py, T> {
    pub(crate) fn of(y: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(classes) = y.extract() {
            return Ok(Answers::Classes(classes));
        }
        let values = y.extract::<PyReadonlyArray2<'py, T>>();
        let values = values.map_err(|_| {
            PyTypeError::new_err("y is neither classes nor numbers of the trainer's type")
        })?;
        Ok(Answers::Values(values))
    }

    pub(crate) fn targets(&self) -> PyResult<Targets<'_, T>> {
        Ok(match self {
            Answers::Classes(classes) => Targets::Classes(classes.as_slice()?),
            Answers::Values(values) => Targets::Values {
                values: values.as_slice()?,
                width: values.as_array().ncols(),
            },
        })
    }
}

/// A new array of rows of `width` numbers.
pub(crate) fn matrix<T: Number>(
    py: Python<'_>,
    values: Vec<T>,
    width: usize,
) -> PyResult<Bound<'_, PyAny>> {
    let flat = numpy::PyArray1::from_vec(py, values);
    let rows = flat.len()? / width.max(1);
    let matrix: Bound<'_, PyArray2<T>> = flat.reshape([rows, width])?;
    Ok(matrix.into_any())
}

fn wrong_type(_: impl Sized) -> PyErr {
    PyTypeError::new_err("an array is not of the trainer's type and precision")
}

/// A vector that is written to.
pub(crate) fn writable<'py, T: Number>(
    array: &Bound<'py, PyAny>,
) -> PyResult<PyReadwriteArray1<'py, T>> {
    array.extract().map_err(wrong_type)
}

/// A vector that is read.
pub(crate) fn readable<'py, T: Number>(
    array: &Bound<'py, PyAny>,
) -> PyResult<PyReadonlyArray1<'py, T>> {
    array.extract().map_err(wrong_type)
}

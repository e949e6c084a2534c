//! numpy's arrays as the library's slices.

use numpy::{PyArray2, PyArrayMethods as _, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use thalweg::core::Real;
use thalweg::core::loss::Targets;

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
        starts: PyReadonlyArray1<'py, i64>,
        columns: PyReadonlyArray1<'py, i64>,
        values: PyReadonlyArray1<'py, T>,
        width: usize,
    },
}

/// The same, as slices.
#[derive(Clone, Copy)]
pub(crate) enum Features<'a, T> {
    Dense(&'a [T], usize),
    Sparse {
        starts: &'a [i64],
        columns: &'a [i64],
        values: &'a [T],
        width: usize,
    },
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

    pub(crate) fn features(&self) -> PyResult<Features<'_, T>> {
        Ok(match self {
            Table::Dense(x) => Features::Dense(x.as_slice()?, x.as_array().ncols()),
            Table::Sparse {
                starts,
                columns,
                values,
                width,
            } => {
                let features = Features::Sparse {
                    starts: starts.as_slice()?,
                    columns: columns.as_slice()?,
                    values: values.as_slice()?,
                    width: *width,
                };
                features.check()?;
                features
            }
        })
    }
}

impl<T: Real> Features<'_, T> {
    pub(crate) fn rows(&self) -> usize {
        match self {
            Features::Dense(x, width) => x.len() / width.max(&1),
            Features::Sparse { starts, .. } => starts.len().saturating_sub(1),
        }
    }

    pub(crate) fn width(&self) -> usize {
        match *self {
            Features::Dense(_, width) | Features::Sparse { width, .. } => width,
        }
    }

    /// Writes a row, whose places `out` are 0.
    pub(crate) fn write(&self, row: usize, out: &mut [T]) {
        match self {
            Features::Dense(x, width) => out.copy_from_slice(&x[row * width..][..*width]),
            Features::Sparse {
                starts,
                columns,
                values,
                ..
            } => {
                let range = starts[row] as usize..starts[row + 1] as usize;
                for (&column, &value) in columns[range.clone()].iter().zip(&values[range]) {
                    // As scipy reads a matrix that names a place twice.
                    out[column as usize] += value;
                }
            }
        }
    }

    /// Whether the indices of a sparse matrix are within it.
    fn check(&self) -> PyResult<()> {
        let Features::Sparse {
            starts,
            columns,
            values,
            width,
        } = self
        else {
            return Ok(());
        };
        let is_sound = starts.first() == Some(&0)
            && starts.is_sorted()
            && starts.last().map(|&last| last as usize) == Some(values.len())
            && columns.len() == values.len()
            && columns.iter().all(|&c| (0..*width as i64).contains(&c));
        if is_sound {
            Ok(())
        } else {
            Err(PyValueError::new_err(
                "the indices of the sparse matrix are not within it",
            ))
        }
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

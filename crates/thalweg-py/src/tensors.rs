//! Arrays of any shape that a rule updates in place, checked before anything moves.

use numpy::{
    PyArrayDyn, PyArrayMethods as _, PyReadonlyArrayDyn, PyReadwriteArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods as _,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::arrays::Number;

/// What an array is called in messages, and the array.
#[derive(FromPyObject)]
pub(crate) struct Named<'py>(pub(crate) String, pub(crate) Bound<'py, PyAny>);

/// Parameters, and gradients of their shapes.
pub(crate) struct Tensors<'a, 'py, T> {
    parameters: Vec<(&'a str, Bound<'py, PyArrayDyn<T>>)>,
    gradients: Vec<(&'a str, Bound<'py, PyArrayDyn<T>>)>,
}

/// The same while nobody else may touch them.
pub(crate) struct Borrowed<'py, T: Number> {
    parameters: Vec<PyReadwriteArrayDyn<'py, T>>,
    gradients: Vec<PyReadonlyArrayDyn<'py, T>>,
}

/// The same as slices.
pub(crate) struct Lent<'a, T> {
    parameters: Vec<&'a mut [T]>,
    gradients: Vec<&'a [T]>,
}

/// Whether the first array is of f32; an error where it is of neither precision.
pub(crate) fn is_single(arrays: &[Named<'_>]) -> PyResult<bool> {
    let Some(Named(name, array)) = arrays.first() else {
        return Err(PyValueError::new_err("there are no parameters"));
    };
    let is_single = array.cast::<PyArrayDyn<f32>>().is_ok();
    if !is_single {
        typed::<f64>(name, array, "float32 or float64")?;
    }
    Ok(is_single)
}

fn typed<'py, T: Number>(
    name: &str,
    array: &Bound<'py, PyAny>,
    wanted: &str,
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    if let Ok(array) = array.cast::<PyArrayDyn<T>>() {
        return Ok(array.clone());
    }
    Err(PyTypeError::new_err(match array.cast::<PyUntypedArray>() {
        Ok(array) => format!(
            "{name} must be an array of {wanted}, found {}",
            array.dtype()
        ),
        Err(_) => format!(
            "{name} must be a numpy array of {wanted}, found {}",
            array.get_type()
        ),
    }))
}

impl<'a, 'py, T: Number> Tensors<'a, 'py, T> {
    /// Arrays as parameters and gradients, of which there may be none.
    pub(crate) fn of(
        parameters: &'a [Named<'py>],
        gradients: &'a [Named<'py>],
    ) -> PyResult<Tensors<'a, 'py, T>> {
        let all = |arrays: &'a [Named<'py>]| arrays.iter().map(whole).collect::<PyResult<Vec<_>>>();
        let tensors = Tensors {
            parameters: all(parameters)?,
            gradients: all(gradients)?,
        };
        for ((p_name, p), (g_name, g)) in tensors.parameters.iter().zip(&tensors.gradients) {
            if p.shape() != g.shape() {
                return Err(PyValueError::new_err(format!(
                    "{g_name} has the shape {:?}, {p_name} has {:?}",
                    g.shape(),
                    p.shape()
                )));
            }
        }
        tensors.check_apart()?;
        Ok(tensors)
    }

    /// The shapes of the parameters.
    pub(crate) fn shapes(&self) -> Vec<Vec<usize>> {
        let shape = |(_, array): &(&str, Bound<'py, PyArrayDyn<T>>)| array.shape().to_vec();
        self.parameters.iter().map(shape).collect()
    }

    /// What is in the parameters.
    pub(crate) fn copies(&self) -> PyResult<Vec<Vec<T>>> {
        let arrays = self.parameters.iter();
        arrays.map(|(_, array)| Ok(array.to_vec()?)).collect()
    }

    /// Whether no parameter shares memory with another array.
    fn check_apart(&self) -> PyResult<()> {
        let span = |(name, array): &(&'a str, Bound<'py, PyArrayDyn<T>>), moves| {
            let start = array.data() as usize;
            (start, start + array.len() * size_of::<T>(), *name, moves)
        };
        let parameters = self.parameters.iter().map(|it| span(it, true));
        let gradients = self.gradients.iter().map(|it| span(it, false));
        let mut spans: Vec<_> = parameters.chain(gradients).collect();
        spans.retain(|(start, end, ..)| start < end);
        spans.sort_unstable();
        // The arrays that reach farthest so far: of all, and of those that move.
        let (mut of_all, mut of_moving) = ((0, ""), (0, ""));
        for (start, end, name, moves) in spans {
            let (reach, other) = if moves { of_all } else { of_moving };
            if start < reach {
                return Err(PyValueError::new_err(format!(
                    "{other} and {name} share memory"
                )));
            }
            of_all = of_all.max((end, name));
            if moves {
                of_moving = of_moving.max((end, name));
            }
        }
        Ok(())
    }

    /// Takes hold of the arrays.
    pub(crate) fn lend(&self) -> PyResult<Borrowed<'py, T>> {
        let parameters = self.parameters.iter().map(|(name, array)| {
            let array = array.try_readwrite();
            array.map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
        });
        let gradients = self.gradients.iter().map(|(name, array)| {
            let array = array.try_readonly();
            array.map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
        });
        Ok(Borrowed {
            parameters: parameters.collect::<PyResult<_>>()?,
            gradients: gradients.collect::<PyResult<_>>()?,
        })
    }
}

/// An array whose elements lie in the order of its rows.
fn whole<'a, 'py, T: Number>(
    Named(name, array): &'a Named<'py>,
) -> PyResult<(&'a str, Bound<'py, PyArrayDyn<T>>)> {
    let array = typed::<T>(
        name,
        array,
        "one precision, float32 or float64, as all others",
    )?;
    if array.is_c_contiguous() {
        Ok((name, array))
    } else {
        Err(PyValueError::new_err(format!(
            "{name} is not C-contiguous: take a copy by numpy.ascontiguousarray"
        )))
    }
}

impl<T: Number> Borrowed<'_, T> {
    /// The arrays as slices.
    pub(crate) fn slices(&mut self) -> PyResult<Lent<'_, T>> {
        let mut lent = Lent {
            parameters: Vec::new(),
            gradients: Vec::new(),
        };
        for array in &mut self.parameters {
            lent.parameters.push(array.as_slice_mut()?);
        }
        for array in &self.gradients {
            lent.gradients.push(array.as_slice()?);
        }
        Ok(lent)
    }
}

impl<'a, T: Number> Lent<'a, T> {
    /// The first gradient that has NaN or infinity in it.
    pub(crate) fn not_finite(&self) -> Option<usize> {
        // Every 64 numbers in one go: so the check takes as long as reading them.
        let is_finite = |chunk: &[T]| chunk.iter().fold(true, |is, x| is & x.is_finite());
        self.gradients
            .iter()
            .position(|g| !g.chunks(64).all(is_finite))
    }

    /// The parameters that are not empty.
    pub(crate) fn parameters(&mut self) -> impl Iterator<Item = &mut [T]> {
        let all = self.parameters.iter_mut().map(|p| &mut **p);
        all.filter(|p| !p.is_empty())
    }

    /// The parameters that are not empty, with their gradients.
    pub(crate) fn pairs(&mut self) -> impl Iterator<Item = (&mut [T], &'a [T])> {
        let all = self.parameters.iter_mut().map(|p| &mut **p);
        let pairs = all.zip(self.gradients.iter().copied());
        pairs.filter(|(p, _)| !p.is_empty())
    }
}

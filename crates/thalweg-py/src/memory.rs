//! What a trainer remembers besides the parameters, as a dictionary of Python's.

use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use thalweg::core::descent::Saved;
use thalweg::core::optimizer::State;

use crate::arrays::{Number, readable};
use crate::session::{Means, Session};
use crate::trainer::check;

pub(crate) fn memory<'py, T: Number>(
    py: Python<'py>,
    session: &Session<T>,
) -> PyResult<Bound<'py, PyDict>> {
    let saved = match &session.means {
        Means::Rule(descent) => descent.memory(),
        Means::Solver(solver, state) => Saved {
            t: state.t,
            scalars: vec![state.scalars.clone()],
            counts: Vec::new(),
            vectors: solver
                .buffers()
                .into_iter()
                .zip(state.buffers.iter().cloned())
                .collect(),
        },
    };
    let memory = PyDict::new(py);
    memory.set_item("step", session.step)?;
    memory.set_item("t", saved.t)?;
    memory.set_item("scalars", saved.scalars)?;
    memory.set_item("counts", saved.counts)?;
    let vectors = PyDict::new(py);
    for (name, vector) in saved.vectors {
        vectors.set_item(name, PyArray1::from_vec(py, vector))?;
    }
    memory.set_item("vectors", vectors)?;
    Ok(memory)
}

pub(crate) fn restore<T: Number>(
    session: &mut Session<T>,
    memory: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let get = |name: &str| {
        let found = memory.get_item(name)?;
        found.ok_or_else(|| PyValueError::new_err(format!("the memory has no `{name}`")))
    };
    let mut saved = Saved {
        t: get("t")?.extract()?,
        scalars: get("scalars")?.extract()?,
        counts: get("counts")?.extract()?,
        vectors: Vec::new(),
    };
    for (name, vector) in get("vectors")?.cast::<PyDict>()?.iter() {
        let vector = readable::<T>(&vector)?.as_slice()?.to_vec();
        saved.vectors.push((name.extract()?, vector));
    }
    let step = get("step")?.extract()?;
    let n = session.network.layout().len();
    let fits = match &mut session.means {
        Means::Rule(descent) => descent.restore(saved).is_some(),
        Means::Solver(solver, state) => {
            let names = solver.buffers();
            let fits = saved.scalars.len() == 1
                && saved.scalars[0].len() == solver.scalars().len()
                && saved.vectors.iter().map(|(name, _)| name).eq(&names)
                && saved.vectors.iter().all(|(_, vector)| vector.len() == n);
            if fits {
                *state = State {
                    t: saved.t,
                    scalars: saved.scalars.remove(0),
                    buffers: saved
                        .vectors
                        .into_iter()
                        .map(|(_, vector)| vector)
                        .collect(),
                };
            }
            fits
        }
    };
    check(fits, "numbers of the memory")?;
    session.step = step;
    Ok(())
}

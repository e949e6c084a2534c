//! The threads that work for Python: a team for each size, shared by all who ask for that many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use thalweg::Team;

static TEAMS: Mutex<BTreeMap<usize, Arc<Team>>> = Mutex::new(BTreeMap::new());

/// How many threads or trainings at a time: all cores where nothing is said.
pub(crate) fn workers(name: &str, count: Option<i64>) -> PyResult<usize> {
    match count {
        None => Ok(thalweg::cores()),
        Some(count @ 1..=1024) => Ok(count as usize),
        Some(count) => Err(PyValueError::new_err(format!(
            "`{name}` takes a number from 1 to 1024, found {count}"
        ))),
    }
}

/// The team of so many threads. While one Python thread has it at work, another works alone: fits side by side take
/// no more cores than there are.
pub(crate) fn team(threads: usize) -> Arc<Team> {
    let mut teams = TEAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let team = teams
        .entry(threads)
        .or_insert_with(|| Arc::new(Team::new(threads)));
    Arc::clone(team)
}

//! The threads that work for Python: a team for each size, shared by all who ask for that many.

// How often Python is asked whether to stop is about time.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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

/// How long work goes on without looking at Python.
pub(crate) const BREATH: Duration = Duration::from_millis(50);

/// Does the work on another thread, while this one, which is Python's, looks for Ctrl-C; then it calls `stop`, after
/// which the work has to end soon. Returns what came of it, with what Python raises.
// The method alone is for one lifetime only.
#[allow(clippy::redundant_closure_for_method_calls)]
pub(crate) fn with_signals<T: Send>(
    stop: impl Fn(),
    work: impl FnOnce() -> T + Send,
) -> (std::thread::Result<T>, Option<PyErr>) {
    let (alive, ended) = channel::<()>();
    let mut raised = None;
    let result = std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            // Dropped however the work ends.
            let _alive = alive;
            work()
        });
        while ended.recv_timeout(BREATH) == Err(RecvTimeoutError::Timeout) {
            if raised.is_none()
                && let Err(error) = Python::attach(|py| py.check_signals())
            {
                raised = Some(error);
                stop();
            }
        }
        worker.join()
    });
    (result, raised)
}

/// Measures something with teams of its own, which Ctrl-C stops.
pub(crate) fn measured<T: Send>(teams: &[&Team], work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let stop = || teams.iter().for_each(|team| team.stop());
    let (result, raised) = with_signals(stop, work);
    for team in teams {
        team.go_on();
    }
    match (result, raised) {
        (_, Some(raised)) => Err(raised),
        (Ok(result), None) => Ok(result),
        (Err(panic), None) => resume_unwind(panic),
    }
}

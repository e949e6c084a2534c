//! `train` and `resume`: the training itself, which Ctrl-C ends at its next step and a progress bar looks at.

// When Python is asked whether to stop, and a bar is drawn, is about time.
#![allow(clippy::disallowed_methods)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use thalweg::train::Metrics;
use thalweg::{Config, Event, Outcome, Run, Summary, TrainError, Watch};

use crate::errors::{exception, refused};
use crate::held::Held;
use crate::keywords::Given;
use crate::runs::{Handle, leave_page};
use crate::team::{BREATH, workers};

/// How long a bar stands still at least.
const BETWEEN_UPDATES: Duration = Duration::from_millis(100);

/// Trains on a path, a data set or columns; validation or test rows may be columns of their own. `progress` is called with
/// the epochs done, the loss, and the validation scores as JSON or None.
#[pyfunction]
#[pyo3(name = "_train")]
#[allow(clippy::too_many_arguments)]
pub(crate) fn train(
    py: Python<'_>,
    data: Option<&Bound<'_, PyAny>>,
    others: &Bound<'_, PyDict>,
    target: Option<&str>,
    out: Option<PathBuf>,
    threads: Option<i64>,
    checkpoint_every: Option<f64>,
    progress: Option<Py<PyAny>>,
    config: Option<&Bound<'_, PyAny>>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Handle> {
    let threads = workers("threads", threads)?;
    let mut given = Given::of(config, keywords)?;
    let held = Held::of(&mut given.settings, data, others, target, out.as_deref())?;
    let checked = Config::new(&given.settings);
    let mut config = given.checked(checked)?;
    let run = py.detach(|| {
        let prepared = held.prepare(&mut config)?;
        let mut run = Run::with_data(config, prepared, threads)?;
        if let Some(out) = &out {
            run.create_folder(Some(out))?;
            held.write(out)?;
        }
        Ok::<_, TrainError>(run)
    });
    go(
        py,
        run.map_err(exception)?,
        threads,
        checkpoint_every,
        progress,
    )
}

/// Goes on with the run of a folder.
#[pyfunction]
#[pyo3(name = "_resume")]
pub(crate) fn resume(
    py: Python<'_>,
    path: PathBuf,
    threads: Option<i64>,
    checkpoint_every: Option<f64>,
    progress: Option<Py<PyAny>>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Handle> {
    let threads = workers("threads", threads)?;
    let mut given = Given::of(None, keywords)?;
    given.checked(Ok(()))?;
    let run = py.detach(|| Run::resume(&path, &given.settings, threads));
    go(
        py,
        run.map_err(exception)?,
        threads,
        checkpoint_every,
        progress,
    )
}

/// Trains a run to its end, and leaves what the command line leaves.
fn go(
    py: Python<'_>,
    mut run: Run,
    threads: usize,
    checkpoint_every: Option<f64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Handle> {
    if let Some(seconds) = checkpoint_every {
        run.checkpoint_every = Duration::try_from_secs_f64(seconds)
            .map_err(|_| refused(&["`checkpoint_every` takes seconds, 0 or more".to_owned()]))?;
    }
    let mut onlooker = Onlooker::new(&run, progress);
    let trained = py.detach(|| {
        let interrupt = AtomicBool::new(false);
        let outcome = run.train(&mut Watch {
            observer: &mut |event| onlooker.see(event, &interrupt),
            interrupt: &interrupt,
        })?;
        let summary = run.summarize(&outcome)?;
        Ok::<_, TrainError>((outcome, summary))
    });
    let (outcome, summary): (Outcome, Summary) = trained.map_err(exception)?;
    if let (Outcome::Interrupted { .. }, Some(error)) = (&outcome, onlooker.raised.take())
        && !error.is_instance_of::<PyKeyboardInterrupt>(py)
    {
        // What a progress function raises is its caller's; the folder can be gone on with.
        return Err(error);
    }
    let mut metrics = match run.folder() {
        Some(folder) => folder.metrics().map_err(exception)?,
        None => onlooker.metrics,
    };
    metrics.summary = Some(summary);
    if let Err(message) = py.detach(|| leave_page(&run, &metrics)) {
        let warnings = py.import("warnings")?;
        warnings.call_method1("warn", (format!("no page: {message}"),))?;
    }
    let folder = run.folder().cloned();
    run.leave_folder();
    Handle::new(run, folder, metrics, threads).map_err(exception)
}

/// Watches a training for Python.
struct Onlooker {
    metrics: Metrics,
    progress: Option<Py<PyAny>>,
    raised: Option<PyErr>,
    epoch: u64,
    steps_per_epoch: f64,
    loss: Option<f64>,
    looked: Instant,
    drawn: Instant,
}

impl Onlooker {
    fn new(run: &Run, progress: Option<Py<PyAny>>) -> Onlooker {
        let now = Instant::now();
        Onlooker {
            metrics: Metrics::default(),
            progress,
            raised: None,
            epoch: run.epoch(),
            steps_per_epoch: run.steps_per_epoch() as f64,
            loss: None,
            looked: now,
            drawn: now,
        }
    }

    fn see(&mut self, event: Event<'_>, interrupt: &AtomicBool) {
        let is_due = self.looked.elapsed() >= BREATH;
        let mut report = None;
        match event {
            Event::Step { in_epoch, loss, .. } => {
                self.loss = Some(loss);
                if is_due && self.drawn.elapsed() >= BETWEEN_UPDATES {
                    let done = self.epoch as f64 + in_epoch as f64 / self.steps_per_epoch;
                    report = Some((done, None));
                }
            }
            Event::Epoch(record) => {
                self.metrics.epochs.push(record.clone());
                self.epoch = record.epoch;
                self.loss = record.loss.or(self.loss);
                let scores = record.validation.as_ref();
                let scores = scores.and_then(|it| serde_json::to_string(it).ok());
                report = Some((record.epoch as f64, scores));
            }
            Event::Probe(record) => self.metrics.probes.push(record.clone()),
            _ => {}
        }
        let report = report.filter(|_| self.progress.is_some());
        if (!is_due && report.is_none()) || self.raised.is_some() {
            return;
        }
        self.looked = Instant::now();
        let seen = Python::attach(|py| {
            if let (Some(progress), Some((done, scores))) = (&self.progress, report) {
                self.drawn = Instant::now();
                progress.call1(py, (done, self.loss, scores))?;
            }
            py.check_signals()
        });
        if let Err(error) = seen {
            self.raised = Some(error);
            interrupt.store(true, Ordering::Relaxed);
        }
    }
}

//! The class `_Run`: a run that has been trained or was read from its folder, with what it has told.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::{Value as Json, json};
use thalweg::train::{Metrics, MissingTarget, Mistakes, replace};
use thalweg::{Folder, Model, Run, Table, TrainError};
use thalweg_report::{Looks, ReportError, Theme, curves, run_page};

use crate::errors::{exception, keywords};
use crate::frames::{Cells, table};
use crate::team::{team, workers};

/// A trained model, the course of its training, and the training itself, which is opened when it is asked for.
#[pyclass(name = "_Run", module = "thalweg._core", frozen)]
pub(crate) struct Handle {
    pub(crate) model: Model,
    pub(crate) metrics: Metrics,
    pub(crate) folder: Option<Folder>,
    pub(crate) threads: usize,
    pub(crate) run: Mutex<Option<Run>>,
}

/// Rows that a model is asked about.
enum Asked {
    Held(Table),
    File(thalweg::data::Source),
}

impl Handle {
    /// Of a training that has ended.
    pub(crate) fn new(
        run: Run,
        folder: Option<Folder>,
        metrics: Metrics,
        threads: usize,
    ) -> Result<Handle, TrainError> {
        Ok(Handle {
            model: run.model()?,
            folder,
            metrics,
            threads,
            run: Mutex::new(Some(run)),
        })
    }

    /// Of a folder, or of a model's file.
    fn open(path: &Path, threads: usize) -> Result<Handle, TrainError> {
        if path.is_file() {
            return Ok(Handle {
                model: Model::load(path)?,
                metrics: Metrics::default(),
                folder: None,
                threads,
                run: Mutex::new(None),
            });
        }
        let folder = Folder::open(path)?;
        if !folder.model_path().is_file() {
            return Err(TrainError::NoModel { path: path.into() });
        }
        Ok(Handle {
            model: Model::load(&folder.model_path())?,
            metrics: folder.metrics()?,
            folder: Some(folder),
            threads,
            run: Mutex::new(None),
        })
    }

    /// Calls `f` with the training; reads its data again where that has not been done.
    pub(crate) fn with_run<T>(
        &self,
        f: impl FnOnce(&Run) -> Result<T, TrainError>,
    ) -> Result<T, TrainError> {
        let mut run: MutexGuard<'_, Option<Run>> =
            self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = &*run {
            return f(run);
        }
        let path = self.folder.as_ref().map(Folder::path);
        let path = path.ok_or_else(|| TrainError::NoRun {
            path: self.title().into(),
            missing: "folder that its rows could be read from; load the folder of its run",
        })?;
        f(run.insert(Run::open(path, self.threads)?))
    }

    /// Calls `f` with two trainings. Whatever their order, the one that is lower in memory is opened first: two calls
    /// with the same two never wait for each other.
    pub(crate) fn with_both<T>(
        &self,
        other: &Handle,
        f: impl FnOnce(&Run, &Run) -> Result<T, TrainError>,
    ) -> Result<T, TrainError> {
        if std::ptr::from_ref(self) < std::ptr::from_ref(other) {
            self.with_run(|run| other.with_run(|other| f(run, other)))
        } else {
            other.with_run(|other| self.with_run(|run| f(run, other)))
        }
    }

    /// What it is called in titles.
    pub(crate) fn title(&self) -> String {
        let path = self
            .folder
            .as_ref()
            .map(|it| it.path().display().to_string());
        path.unwrap_or_else(|| {
            let method = self.model.config.method().card().name;
            let target = &self.model.preprocessing.target().name;
            format!("{target} by {method}")
        })
    }

    /// Rows of a path or a data set, or of columns.
    fn ask(&self, data: &Bound<'_, PyAny>) -> PyResult<Asked> {
        if let Ok(columns) = data.extract::<Vec<Cells<'_>>>() {
            return Ok(Asked::Held(table("data", columns)?));
        }
        let source = data.extract::<PathBuf>()?.to_string_lossy().into_owned();
        // As the file that was trained on was read, but for labels, which are another file's.
        let data = thalweg::Data {
            source,
            delimiter: self.model.config.data.delimiter.clone(),
            header: self.model.config.data.header.clone(),
            ..thalweg::Data::default()
        };
        thalweg::train::open_source(&data)
            .map(Asked::File)
            .map_err(exception)
    }
}

impl Asked {
    fn tables<T>(
        self,
        f: impl FnOnce(
            &mut dyn Iterator<Item = Result<Table, thalweg::data::DataError>>,
        ) -> Result<T, TrainError>,
    ) -> Result<T, TrainError> {
        match self {
            Asked::Held(table) => f(&mut std::iter::once(Ok(table))),
            Asked::File(source) => f(&mut source.blocks()?),
        }
    }
}

#[pymethods]
impl Handle {
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf, threads: Option<i64>) -> PyResult<Handle> {
        let threads = workers("threads", threads)?;
        py.detach(|| Handle::open(&path, threads))
            .map_err(exception)
    }

    /// From a model's file and what [`Handle::told`] had to say; with the folder, where that is still there.
    #[staticmethod]
    fn unpickled(
        model: PathBuf,
        told: &str,
        folder: Option<PathBuf>,
        threads: usize,
    ) -> PyResult<Handle> {
        let read = || -> serde_json::Result<Metrics> {
            let mut told: Json = serde_json::from_str(told)?;
            Ok(Metrics {
                epochs: serde_json::from_value(told["epochs"].take())?,
                probes: serde_json::from_value(told["probes"].take())?,
                summary: serde_json::from_value(told["summary"].take())?,
            })
        };
        Ok(Handle {
            model: Model::load(&model).map_err(exception)?,
            metrics: read().map_err(|error| PyValueError::new_err(error.to_string()))?,
            folder: folder.and_then(|path| Folder::open(&path).ok()),
            threads,
            run: Mutex::new(None),
        })
    }

    /// How many threads it works with.
    #[getter]
    fn threads(&self) -> usize {
        self.threads
    }

    /// The folder's path.
    #[getter]
    fn path(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().to_owned())
    }

    /// Configuration, summary, epochs and probes.
    fn told(&self) -> PyResult<String> {
        let config: toml::Table = self
            .model
            .config
            .to_toml()
            .parse()
            .map_err(|error: toml::de::Error| PyValueError::new_err(error.to_string()))?;
        let told = json!({
            "config": config,
            "summary": self.metrics.summary,
            "epochs": self.metrics.epochs,
            "probes": self.metrics.probes,
            "epoch": self.model.epoch,
            "target": self.model.preprocessing.target().name,
            "classes": self.model.preprocessing.classes(),
            "features": self.model.preprocessing.feature_names(),
            "columns": self.model.preprocessing.columns(),
        });
        Ok(told.to_string())
    }

    /// For each row a probability of each class, or a number; and what has to be said of the rows.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'_, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Vec<String>)> {
        let asked = self.ask(data)?;
        let (values, width, notes) = py
            .detach(|| {
                let team = team(self.threads);
                let (mut values, mut width) = (Vec::new(), 1);
                let notes = asked.tables(|tables| {
                    self.model.predict_blocks(tables, &team, |block| {
                        values.extend_from_slice(&block.values);
                        width = block.width;
                        Ok::<_, TrainError>(())
                    })
                })?;
                Ok::<_, TrainError>((values, width, notes))
            })
            .map_err(exception)?;
        let unseen = notes.unseen.iter().map(|unseen| {
            format!(
                "`{}` has {} rows with categories that training has not seen (as {}); they are treated as missing",
                unseen.column,
                unseen.rows,
                unseen.examples.join(", ")
            )
        });
        let unseen = unseen.collect();
        Ok((crate::arrays::matrix(py, values, width)?, unseen))
    }

    /// Scores on rows that have the target too.
    fn evaluate(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        drop_missing_target: bool,
    ) -> PyResult<String> {
        let asked = self.ask(data)?;
        let missing = if drop_missing_target {
            MissingTarget::LeftOut
        } else {
            MissingTarget::Refused
        };
        let found = py
            .detach(|| {
                let team = team(self.threads);
                asked.tables(|tables| self.model.evaluate_blocks(tables, missing, &team))
            })
            .map_err(exception)?;
        Ok(json!({ "rows": found.rows, "scores": found.scores }).to_string())
    }

    /// Writes the model alone.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        self.model.save(&path).map_err(exception)
    }

    /// The curves of the losses and the learning rate, as SVG.
    fn curves(&self, dark: bool) -> PyResult<String> {
        let theme = if dark { Theme::Dark } else { Theme::Light };
        curves(&self.metrics, &self.title(), theme).map_err(|error| undrawn(&error))
    }

    /// The run's page, as one HTML file, with what was told while it trained.
    fn page(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.with_run(|run| Ok(page(run, &self.metrics, &self.title()))))
            .map_err(exception)?
            .map_err(PyValueError::new_err)
    }
}

pub(crate) fn undrawn(error: &ReportError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The page of a run as it has been told.
pub(crate) fn page(run: &Run, metrics: &Metrics, title: &str) -> Result<String, String> {
    let mistakes: Option<Mistakes> = run.mistakes().map_err(|error| error.to_string())?;
    run_page(run, metrics, mistakes.as_ref(), Looks::default(), title)
        .map_err(|error| error.to_string())
}

/// Leaves the page in the folder of a run, if it has one. The run is whole without it.
pub(crate) fn leave_page(run: &Run, metrics: &Metrics) -> Result<(), String> {
    let Some(folder) = run.folder() else {
        return Ok(());
    };
    let page = page(run, metrics, &folder.path().display().to_string())?;
    replace(&folder.path().join("report.html"), page.as_bytes()).map_err(|error| error.to_string())
}

/// What the command would print as JSON, as text; its sentences name settings as Python does.
pub(crate) fn text(object: &Json) -> String {
    let mut object = object.clone();
    let sentences = object.get_mut("sentences").and_then(Json::as_array_mut);
    for sentence in sentences.into_iter().flatten() {
        if let Json::String(said) = sentence {
            *said = keywords(said);
        }
    }
    object.to_string()
}

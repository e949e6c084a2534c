//! The folder of a run: its files, and where new ones are made.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value as Json;

use thalweg_core::network::Network;
use thalweg_data::Preprocessing;

use crate::archive::{FORMAT, replace};
use crate::model;
use crate::session::Session;
use crate::{Config, Metrics, Settings, TrainError, Trajectory};

/// A run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder for a new run: `out`, or the first free `runs/STEM-N`.
    ///
    /// # Errors
    /// `out` exists and is not empty, or the folder cannot be made.
    pub fn create(out: Option<&Path>, stem: &str) -> Result<Folder, TrainError> {
        let failed = |path: &Path, source| TrainError::Io {
            action: "create",
            path: path.into(),
            source,
        };
        if let Some(path) = out {
            let occupied = match std::fs::read_dir(path) {
                Ok(mut entries) => entries.next().is_some(),
                // A file of that name.
                Err(_) => path.exists(),
            };
            if occupied {
                return Err(TrainError::FolderExists { path: path.into() });
            }
            std::fs::create_dir_all(path).map_err(|source| failed(path, source))?;
            return Ok(Folder { path: path.into() });
        }
        let runs = Path::new("runs");
        std::fs::create_dir_all(runs).map_err(|source| failed(runs, source))?;
        for number in 1_u32.. {
            let path = runs.join(format!("{stem}-{number}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Folder { path }),
                // Another run may be starting at the same moment: making the folder decides.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&path, error)),
            }
        }
        unreachable!("there are more numbers than runs")
    }

    /// The folder of a run that exists.
    ///
    /// # Errors
    /// It holds no run.
    pub fn open(path: &Path) -> Result<Folder, TrainError> {
        let folder = Folder { path: path.into() };
        if folder.config_path().is_file() {
            Ok(folder)
        } else {
            Err(TrainError::NoRun {
                path: path.into(),
                missing: "run.toml",
            })
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `run.toml`: the configuration, every value written out.
    pub fn config_path(&self) -> PathBuf {
        self.path.join("run.toml")
    }

    /// `model.safetensors`: the best weights and all that predicting needs.
    pub fn model_path(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// `checkpoint.safetensors`: all that going on needs.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }

    /// `trajectory.safetensors`: weights at some of the steps, where they are recorded.
    pub fn trajectory_path(&self) -> PathBuf {
        self.path.join("trajectory.safetensors")
    }

    /// The recorded trajectory; none where nothing was recorded.
    ///
    /// # Errors
    /// The file is damaged, or comes from a later version.
    pub fn trajectory(&self) -> Result<Option<Trajectory>, TrainError> {
        Trajectory::load(&self.trajectory_path())
    }

    /// What the run has told so far.
    ///
    /// # Errors
    /// `metrics.jsonl` cannot be read.
    pub fn metrics(&self) -> Result<Metrics, TrainError> {
        Metrics::read(&self.metrics_path())
    }

    /// `metrics.jsonl`: one object a line, written as it happens.
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Keeps other processes from training in this folder until the lock is dropped.
    ///
    /// # Errors
    /// Another process holds it.
    pub(crate) fn lock(&self) -> Result<Lock, TrainError> {
        // Where the system knows no such locks, nothing is held and nothing is refused.
        let file = std::fs::File::open(&self.path).ok();
        if let Some(file) = &file
            && let Err(std::fs::TryLockError::WouldBlock) = file.try_lock()
        {
            return Err(TrainError::Busy {
                path: self.path.clone(),
            });
        }
        Ok(Lock { _file: file })
    }

    /// Writes `run.toml`.
    pub(crate) fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        let head = format!(
            "# Written by thalweg {}. `thalweg train --config run.toml` repeats the run bit for bit.\nformat = {FORMAT}\n\n",
            env!("CARGO_PKG_VERSION")
        );
        replace(&self.config_path(), (head + &config.to_toml()).as_bytes())
    }

    /// Reads `run.toml`.
    ///
    /// # Errors
    /// It cannot be read, or is no configuration.
    pub fn settings(&self) -> Result<Settings, TrainError> {
        read_settings(&self.config_path())
    }

    /// Adds a line to `metrics.jsonl`.
    pub(crate) fn append(&self, record: &impl Serialize) -> Result<(), TrainError> {
        let path = self.metrics_path();
        let write = || -> std::io::Result<()> {
            let mut line = serde_json::to_vec(record)?;
            line.push(b'\n');
            std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)?
                .write_all(&line)
        };
        write().map_err(|source| TrainError::Io {
            action: "write",
            path: path.clone(),
            source,
        })
    }

    /// Removes from `metrics.jsonl` what a checkpoint does not know of: what was told at later steps (everything, for
    /// a checkpoint from before the first one), and how the run ended.
    pub(crate) fn rewind(&self, step: Option<u64>) -> Result<(), TrainError> {
        let path = self.metrics_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => {
                return Err(TrainError::Io {
                    action: "read",
                    path,
                    source,
                });
            }
        };
        let known = |line: &&str| {
            let record: Result<Json, _> = serde_json::from_str(line);
            record.is_ok_and(|record| record["step"].as_u64().is_some_and(|it| Some(it) <= step))
        };
        let kept: String = text
            .lines()
            .filter(known)
            .flat_map(|line| [line, "\n"])
            .collect();
        replace(&path, kept.as_bytes())
    }
}

/// A lock on a run's folder.
pub(crate) struct Lock {
    _file: Option<std::fs::File>,
}

/// Writes the two files that hold weights.
pub(crate) struct Files<'r> {
    pub(crate) folder: &'r Folder,
    pub(crate) config: &'r Config,
    pub(crate) preprocessing: &'r Preprocessing,
    pub(crate) network: &'r Network,
    /// Of the data.
    pub(crate) fingerprint: u32,
}

impl Files<'_> {
    /// The checkpoint and the model of this moment, and before them the trajectory, which may know of later steps
    /// than the checkpoint but not of fewer.
    pub(crate) fn save(&self, session: &mut Session) -> Result<(), TrainError> {
        if let Some(trajectory) = &mut session.trajectory {
            trajectory.save(&self.folder.trajectory_path())?;
        }
        let checkpoint = self.folder.checkpoint_path();
        session.save(&checkpoint, self.config, self.fingerprint)?;
        let path = self.folder.model_path();
        model::save(
            &path,
            self.config,
            self.preprocessing,
            self.network,
            &session.best,
            session.place.best_epoch,
        )
    }
}

/// Reads a configuration file.
///
/// # Errors
/// It cannot be read, or is no configuration.
pub fn read_settings(path: &Path) -> Result<Settings, TrainError> {
    let text = std::fs::read_to_string(path).map_err(|source| TrainError::Io {
        action: "read",
        path: path.into(),
        source,
    })?;
    Ok(Settings::from_toml(&text, &path.display().to_string())?)
}

//! A run: a configuration, its data, its folder, and the training that leads from one to the other.

mod ended;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thalweg_core::network::{Engine, Network};
use thalweg_core::team::Team;

use crate::checks::{check, check_changes, check_span, stopping};
use crate::event::Watch;
use crate::folder::{Files, Folder, Lock};
use crate::model::build_network;
use crate::prepare::Prepared;
use crate::scores::{self, Scores};
use crate::session::Session;
use crate::train::Trainer;
use crate::{Config, Found, Outcome, Settings, TrainError, auto_lr};

/// A training that is ready to start or to go on.
pub struct Run {
    /// Everything that determines it.
    pub config: Config,
    /// Its rows.
    pub data: Prepared,
    /// Its network.
    pub network: Network,
    /// Its threads.
    pub team: Team,
    /// The least time between two checkpoints; one more is written at the end.
    pub checkpoint_every: Duration,
    /// What the range test has found, where the learning rate was `auto`.
    pub found: Option<Found>,
    session: Session,
    folder: Option<Folder>,
    /// Held as long as the run lives, so that no other one writes to its folder.
    lock: Option<Lock>,
    fingerprint: u32,
}

/// What a run leads to; a line of `metrics.jsonl`, and what `--json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The run's folder, if it has one.
    pub run: Option<PathBuf>,
    /// `classification` or `regression`.
    pub task: String,
    /// How it ended, in one word.
    pub outcome: String,
    /// The same in a sentence.
    pub reason: String,
    /// Epochs done.
    pub epochs: u64,
    /// The epoch whose weights the model has.
    pub best_epoch: u64,
    /// Steps done.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Weights and biases.
    pub parameters: usize,
    /// Training rows.
    pub rows: usize,
    /// Scores of the best weights on the training rows; on a sample of them where a run that streams was interrupted.
    pub train: Scores,
    /// On the validation rows.
    pub validation: Option<Scores>,
    /// On the test rows; none where a run that streams was interrupted.
    pub test: Option<Scores>,
}

impl Run {
    /// A new run: reads and prepares the data and draws the first weights. Nothing is written yet.
    ///
    /// # Errors
    /// Whatever is wrong with the configuration or the data.
    pub fn new(mut config: Config, threads: usize) -> Result<Run, TrainError> {
        let data = Prepared::new(&mut config)?;
        Run::with_data(config, data, threads)
    }

    /// A new run on data that have been prepared with this configuration. Where its learning rate is `auto`, this
    /// looks for it.
    ///
    /// # Errors
    /// The configuration does not go together with the data, or no learning rate was found.
    pub fn with_data(
        mut config: Config,
        data: Prepared,
        threads: usize,
    ) -> Result<Run, TrainError> {
        config.check()?;
        config.training.settle_batch(data.training_rows());
        let network = build_network(&config, &data.preprocessing)?;
        check(&config, &data, &network)?;
        let team = Team::new(threads);
        let found = auto_lr::settle(&mut config, &data, &network, &team)?;
        let parameters = network.initialize(config.training.seed);
        let stopping = stopping(&config);
        let session = Session::new(&config, network.layout(), parameters, stopping);
        let fingerprint = data.fingerprint();
        Ok(Run {
            config,
            data,
            network,
            team,
            found,
            session,
            folder: None,
            lock: None,
            fingerprint,
            checkpoint_every: Duration::from_secs(5),
        })
    }

    /// A run that goes on from its folder's checkpoint, with limits raised by `changes`.
    ///
    /// # Errors
    /// The folder holds no run, its checkpoint is damaged, the data have changed, a change is one that a run
    /// cannot go on with, or there is nothing left to do.
    pub fn resume(path: &Path, changes: &Settings, threads: usize) -> Result<Run, TrainError> {
        let folder = Folder::open(path)?;
        let lock = folder.lock()?;
        let written = folder.settings()?;
        check_changes(changes, &folder)?;
        let mut settings = written.clone();
        for (key, value) in changes.of("training") {
            settings.put("training", &key, value);
        }
        let mut run = Run::load(&folder, &settings, threads)?;
        let rows = run.data.training_rows();
        check_span(&Config::new(&written)?, &run.config, rows, &folder)?;
        let limits = &run.config.training;
        run.session.stopping.relimit(limits.patience);
        if let Some(outcome) = run.session.limit(&run.config) {
            return Err(TrainError::AlreadyEnded { outcome });
        }
        run.session.place.outcome = None;
        run.session.resume_record(&folder)?;
        run.folder = Some(folder);
        run.lock = Some(lock);
        Ok(run)
    }

    /// A run as it stands in its folder, finished or not, to be looked at: it has no folder of its own, so that nothing
    /// is written there.
    ///
    /// # Errors
    /// The folder holds no run, its checkpoint is damaged, or the data have changed.
    pub fn open(path: &Path, threads: usize) -> Result<Run, TrainError> {
        let folder = Folder::open(path)?;
        Run::load(&folder, &folder.settings()?, threads)
    }

    /// The run of a folder's checkpoint, with these settings, on the data that it began with.
    fn load(folder: &Folder, settings: &Settings, threads: usize) -> Result<Run, TrainError> {
        let mut config = Config::new(settings)?;
        let data = Prepared::new(&mut config)?;
        let mut run = Run::with_data(config, data, threads)?;
        let checkpoint = folder.checkpoint_path();
        let fingerprint = run.session.load(&checkpoint, &run.config)?;
        if fingerprint != run.fingerprint {
            return Err(TrainError::DataChanged {
                data: run.config.data.source,
            });
        }
        Ok(run)
    }

    /// Gives the run a folder: `out`, or the next free one under `runs`.
    ///
    /// # Errors
    /// The folder cannot be had or written to.
    pub fn create_folder(&mut self, out: Option<&Path>) -> Result<Folder, TrainError> {
        let folder = Folder::create(out, &self.stem())?;
        self.lock = Some(folder.lock()?);
        self.config.data.make_paths_absolute();
        folder.write_config(&self.config)?;
        self.folder = Some(folder.clone());
        self.save()?;
        Ok(folder)
    }

    /// The run's folder, if it has one.
    pub fn folder(&self) -> Option<&Folder> {
        self.folder.as_ref()
    }

    /// Steps in an epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.data.training_rows() as u64).div_ceil(self.step_rows() as u64)
    }

    /// Rows in a batch.
    pub fn batch_size(&self) -> usize {
        self.config
            .training
            .batch_size
            .min(self.data.training_rows() as u64) as usize
    }

    /// Rows in a step, which may take several batches.
    pub fn step_rows(&self) -> usize {
        step_rows(&self.config, self.data.training_rows())
    }

    /// Epochs done so far.
    pub fn epoch(&self) -> u64 {
        self.session.place.epoch
    }

    /// Trains to the end, or until someone interrupts it; what the run has found is in its folder then.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn train(&mut self, watch: &mut Watch<'_>) -> Result<Outcome, TrainError> {
        let Run {
            config,
            data,
            network,
            team,
            session,
            ..
        } = self;
        let files = files(
            self.folder.as_ref(),
            config,
            data,
            network,
            self.fingerprint,
        );
        if let Some(files) = &files {
            // What a run that was cut off has told beyond its checkpoint, it will tell again.
            files
                .folder
                .rewind((session.place.step > 0).then_some(session.place.step))?;
            files.folder.write_config(config)?;
        }
        let every = self.checkpoint_every;
        let outcome =
            Trainer::new(config, data, network, team, session, files, every)?.train(watch)?;
        self.session.place.outcome = Some(outcome.clone());
        self.session.record_end();
        self.save()?;
        Ok(outcome)
    }

    /// The scores of the best weights on all parts; written to the folder as the last line of `metrics.jsonl`.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn summarize(&self, outcome: &Outcome) -> Result<Summary, TrainError> {
        let loss = self.config.the_loss()?;
        let mut engine = Engine::new(&self.network, loss, &self.team);
        let best = &self.session.best;
        let mut score =
            |part| scores::score(&mut engine, loss, best, part, &self.data.preprocessing);
        let validation = self.data.validation.as_ref().map(&mut score);
        let is_cut = matches!(outcome, Outcome::Interrupted { .. });
        let (train, test) = match &self.data.streamed {
            Some(streamed) if !is_cut => streamed.score(&self.network, loss, &self.team, best)?,
            // Of a file, the sample that is held: who interrupts does not wait for another pass over it.
            _ => (
                score(&self.data.train),
                self.data.test.as_ref().map(&mut score),
            ),
        };
        let summary = Summary {
            run: self.folder.as_ref().map(|folder| folder.path().into()),
            task: self.config.data.task.clone(),
            outcome: outcome.name().into(),
            reason: outcome.to_string(),
            epochs: self.session.place.epoch,
            best_epoch: self.session.place.best_epoch,
            steps: self.session.place.step,
            seconds: self.session.place.seconds,
            parameters: self.network.layout().len(),
            rows: self.data.training_rows(),
            train,
            validation,
            test,
        };
        if let Some(folder) = &self.folder {
            folder.append(&serde_json::json!({ "summary": summary }))?;
        }
        Ok(summary)
    }

    /// The weights of the last step; [`Run::best`] has the best ones.
    pub fn parameters(&self) -> &[f32] {
        &self.session.parameters
    }

    /// The weights of the best epoch, which the model has.
    pub fn best(&self) -> &[f32] {
        &self.session.best
    }

    /// The curvature that the last step's rule can stand along each parameter; see
    /// [`thalweg_core::descent::Descent::thresholds`].
    pub fn thresholds(&self) -> Option<Vec<f64>> {
        self.session.descent.thresholds()
    }

    /// The epoch that they are of.
    pub fn best_epoch(&self) -> u64 {
        self.session.place.best_epoch
    }

    fn save(&mut self) -> Result<(), TrainError> {
        let (config, data, network) = (&self.config, &self.data, &self.network);
        let files = files(
            self.folder.as_ref(),
            config,
            data,
            network,
            self.fingerprint,
        );
        files.map_or(Ok(()), |files| files.save(&mut self.session))
    }

    /// `letter-adam`: the file's or data set's name and the rule's.
    fn stem(&self) -> String {
        let source = &self.config.data.source;
        let name = Path::new(source)
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("run");
        let name = name
            .split([':', '.'])
            .next()
            .filter(|name| !name.is_empty())
            .unwrap_or("run");
        format!("{name}-{}", self.config.method().card().name)
    }
}

/// Rows in a step of a training on so many rows.
pub(crate) fn step_rows(config: &Config, rows: usize) -> usize {
    let limits = &config.training;
    let batch_size = limits.batch_size.min(rows as u64);
    batch_size
        .saturating_mul(limits.accumulate)
        .min(rows as u64) as usize
}

/// What writing a run's files needs, where it has a folder.
fn files<'r>(
    folder: Option<&'r Folder>,
    config: &'r Config,
    data: &'r Prepared,
    network: &'r Network,
    fingerprint: u32,
) -> Option<Files<'r>> {
    let preprocessing = &data.preprocessing;
    folder.map(|folder| Files {
        folder,
        config,
        preprocessing,
        network,
        fingerprint,
    })
}

impl crate::Data {
    /// Writes the files that exist with their full paths, so that a run finds them from elsewhere too.
    pub(crate) fn make_paths_absolute(&mut self) {
        for text in [
            &mut self.source,
            &mut self.labels,
            &mut self.validation,
            &mut self.test,
        ] {
            let is_fraction = text.parse::<f64>().is_ok();
            if let Ok(full) = std::path::absolute(&*text)
                && full.is_file()
                && !is_fraction
            {
                *text = full.to_string_lossy().into_owned();
            }
        }
    }
}

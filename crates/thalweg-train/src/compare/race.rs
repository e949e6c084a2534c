//! The trainings of a comparison: which they are, and how they are done once, several at a time, or gone on with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use thalweg_core::spec::Value;

use super::pool::pool;
use super::standing::{Compared, Ran, Standing};
use super::{CommonPlane, Comparison, Contender, plan};
use crate::{Config, ConfigError, Folder, Outcome, Run, Settings, Summary, TrainError, Watch};

/// A comparison with its folder.
pub struct Race {
    /// How they are compared.
    pub comparison: Comparison,
    /// Who races.
    pub contenders: Vec<Contender>,
    folder: PathBuf,
    /// The seed of the first training of each.
    seed: u64,
}

/// Something that happened; told from any thread.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CompareEvent<'a> {
    /// A training was done, now or earlier.
    Done {
        /// Whose.
        contender: &'a str,
        /// With which seed.
        seed: u64,
        /// The learning rate that was tried, where one is looked for.
        tried: Option<f64>,
        /// What came of it.
        summary: &'a Summary,
        /// Trainings done, of those before or of the race itself.
        done: usize,
        /// How many there are of these.
        of: usize,
    },
}

/// A training.
struct Entry<'r> {
    contender: &'r Contender,
    seed: u64,
    /// Where one is looked for.
    tried: Option<f64>,
    /// The one that was found.
    lr: Option<f64>,
    records_path: bool,
    folder: PathBuf,
}

impl Race {
    /// A new comparison in a folder of its own: `out`, or the next free one under `runs`. Everything that is wrong with
    /// the settings of any contender is told now.
    ///
    /// # Errors
    /// The settings of a contender, or the folder cannot be had.
    pub fn create(
        comparison: &Comparison,
        contenders: &[Contender],
        out: Option<&Path>,
    ) -> Result<Race, TrainError> {
        let mut errors: Vec<ConfigError> = Vec::new();
        let mut first = None;
        for contender in contenders {
            match Config::new(&contender.settings) {
                Ok(config) => {
                    let has_none = config.data.validation.parse() == Ok(0.0);
                    if has_none && !errors.contains(&ConfigError::NoValidation) {
                        errors.push(ConfigError::NoValidation);
                    }
                    first = first.or(Some(config));
                }
                Err(found) => {
                    let new = found.into_iter().filter(|error| !errors.contains(error));
                    errors.extend(new.collect::<Vec<_>>());
                }
            }
        }
        let Some(first) = first.filter(|_| errors.is_empty()) else {
            return Err(errors.into());
        };
        let source = Path::new(&first.data.source)
            .file_name()
            .unwrap_or_default();
        let source = source.to_string_lossy();
        let stem = source.split([':', '.']).next().unwrap_or_default();
        let folder = Folder::create(out, &format!("{stem}-compare"))?
            .path()
            .to_owned();
        plan::write(&folder, comparison, contenders)?;
        // As it will be read again: what is written is what races.
        Race::open(&folder)
    }

    /// A comparison as it stands in its folder, to go on with or to look at.
    ///
    /// # Errors
    /// The folder holds none, or it is damaged.
    pub fn open(folder: &Path) -> Result<Race, TrainError> {
        let (comparison, contenders) = plan::read(folder)?;
        let first = contenders.first().map(|it| Config::new(&it.settings));
        let first = first.ok_or_else(|| TrainError::NoComparison {
            path: folder.into(),
        })??;
        Ok(Race {
            comparison,
            contenders,
            folder: folder.into(),
            seed: first.training.seed,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does what has not been done, `jobs` trainings at a time on so many threads each, and compares. The result is the
    /// same with any number of both. None where `interrupt` was set: what is done is kept, and the rest goes on from where
    /// it was when this is called again.
    ///
    /// # Errors
    /// What is wrong with the data, or a file that cannot be written.
    pub fn run(
        &self,
        (jobs, threads): (usize, usize),
        observer: &(dyn Fn(CompareEvent<'_>) + Sync),
        interrupt: &AtomicBool,
    ) -> Result<Option<Compared>, TrainError> {
        let rates = self.comparison.rates();
        let tries: Vec<Entry<'_>> = self
            .numbered()
            .filter(|(_, contender)| has_lr(contender))
            .flat_map(|(place, contender)| {
                let entry =
                    move |&lr: &f64| self.entry(place, contender, self.comparison.seeds, Some(lr));
                rates.iter().map(entry).collect::<Vec<_>>()
            })
            .collect();
        let Some(tried) = self.all(&tries, (jobs, threads), observer, interrupt)? else {
            return Ok(None);
        };
        let mut standings: Vec<Standing> = Vec::new();
        for (_, contender) in self.numbered() {
            let own = tries.iter().zip(&tried);
            let own = own.filter(|(entry, _)| std::ptr::eq(entry.contender, contender));
            let own: Vec<(f64, &Ran)> = own
                .filter_map(|(entry, ran)| Some((entry.tried?, ran)))
                .collect();
            standings.push(Standing::new(contender, &own));
        }
        let entries: Vec<Entry<'_>> = self
            .numbered()
            .zip(&standings)
            .flat_map(|((place, contender), standing)| {
                let entry = move |seed| Entry {
                    lr: standing.lr,
                    ..self.entry(place, contender, seed, None)
                };
                (0..self.comparison.seeds).map(entry).collect::<Vec<_>>()
            })
            .collect();
        let Some(ran) = self.all(&entries, (jobs, threads), observer, interrupt)? else {
            return Ok(None);
        };
        let mut ran = ran.into_iter();
        for standing in &mut standings {
            standing.runs = ran.by_ref().take(self.comparison.seeds as usize).collect();
        }
        let folders: Vec<&Path> = standings.iter().map(|it| &*it.runs[0].folder).collect();
        let plane = CommonPlane::of(&folders, jobs * threads)?;
        Ok(Some(Compared::new(&self.comparison, standings, plane)))
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, &Contender)> {
        self.contenders.iter().enumerate()
    }

    /// A training with the k-th seed.
    fn entry<'r>(
        &self,
        place: usize,
        contender: &'r Contender,
        seed: u64,
        tried: Option<f64>,
    ) -> Entry<'r> {
        let plain = |c: char| {
            if c.is_alphanumeric() || "._=-".contains(c) {
                c
            } else {
                '_'
            }
        };
        let name: String = contender.name.chars().map(plain).take(60).collect();
        let last = match tried {
            Some(lr) => format!("lr-{}", Value::Float(lr)),
            None => format!("seed-{}", self.seed + seed),
        };
        Entry {
            contender,
            seed: self.seed + seed,
            tried,
            lr: None,
            records_path: tried.is_none() && seed == 0,
            folder: self.folder.join(format!("{}-{name}", place + 1)).join(last),
        }
    }

    /// Does these trainings; none if that was interrupted.
    fn all(
        &self,
        entries: &[Entry<'_>],
        (jobs, threads): (usize, usize),
        observer: &(dyn Fn(CompareEvent<'_>) + Sync),
        interrupt: &AtomicBool,
    ) -> Result<Option<Vec<Ran>>, TrainError> {
        let done = AtomicUsize::new(0);
        let ran = pool(jobs, entries, |entry| {
            let Some(ran) = self.one(entry, threads, interrupt)? else {
                return Ok(None);
            };
            observer(CompareEvent::Done {
                contender: &entry.contender.name,
                seed: entry.seed,
                tried: entry.tried,
                summary: &ran.summary,
                done: 1 + done.fetch_add(1, Ordering::Relaxed),
                of: entries.len(),
            });
            Ok::<_, TrainError>(Some(ran))
        })?;
        Ok(ran.into_iter().collect())
    }

    /// Does a training, goes on with it, or reads what it has done.
    fn one(
        &self,
        entry: &Entry<'_>,
        threads: usize,
        interrupt: &AtomicBool,
    ) -> Result<Option<Ran>, TrainError> {
        if let Some(ran) = Ran::read(&entry.folder, entry.seed)? {
            return Ok(Some(ran));
        }
        if interrupt.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut run = match Run::resume(&entry.folder, &Settings::default(), threads) {
            Ok(run) => run,
            Err(error @ (TrainError::Busy { .. } | TrainError::DataChanged { .. })) => {
                return Err(error);
            }
            // Nothing that could be gone on with: a training that has not begun, or was cut off as it began or ended.
            Err(_) => self.begin(entry, threads)?,
        };
        let outcome = run.train(&mut Watch {
            observer: &mut |_| {},
            interrupt,
        })?;
        if let Outcome::Interrupted { .. } = outcome {
            return Ok(None);
        }
        run.summarize(&outcome)?;
        Ran::read(&entry.folder, entry.seed)
    }

    fn begin(&self, entry: &Entry<'_>, threads: usize) -> Result<Run, TrainError> {
        let mut settings = entry.contender.settings.clone();
        if settings
            .get("data", "split_seed")
            .is_none_or(|seed| seed == "seed")
        {
            settings.put("data", "split_seed", Value::Count(self.seed));
        }
        settings.put("training", "seed", Value::Count(entry.seed));
        if entry.records_path {
            settings.put("training", "record_path", Value::Switch(true));
        }
        if let Some(lr) = entry.tried.or(entry.lr) {
            settings.put("optimizer", "lr", Value::Float(lr));
        }
        let mut run = Run::new(Config::new(&settings)?, threads)?;
        match std::fs::remove_dir_all(&entry.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(TrainError::Io {
                    action: "write",
                    path: entry.folder.clone(),
                    source: error,
                });
            }
            _ => {}
        }
        run.create_folder(Some(&entry.folder))?;
        Ok(run)
    }
}

/// Whether a contender has a learning rate that can be looked for: a solver finds its steps itself.
fn has_lr(contender: &Contender) -> bool {
    let Ok(config) = Config::new(&contender.settings) else {
        return false;
    };
    config.solver.is_none() && !config.auto_lr && config.optimizer.get("lr").is_some()
}

//! What came of a comparison: where each contender stands, with the spread over its seeds.

use std::path::{Path, PathBuf};

use thalweg_landscape::Mean;

use super::{CommonPlane, Comparison, Contender};
use crate::{Config, EpochRecord, Folder, Summary, TrainError};

/// A training that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// Its seed.
    pub seed: u64,
    /// Its folder.
    pub folder: PathBuf,
    /// Its epochs.
    pub epochs: Vec<EpochRecord>,
    /// What it led to.
    pub summary: Summary,
    /// What decides, and whether it is the better the higher it is.
    monitor: (String, bool),
}

/// When a training reached the goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// The epoch.
    pub epoch: u64,
    /// Gradients of single rows so far.
    pub gradients: u64,
    /// Seconds so far.
    pub seconds: f64,
}

/// A contender after its trainings.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// The learning rate that was found for it, where one was looked for.
    pub lr: Option<f64>,
    /// The learning rates that were tried, with the best validation score of each.
    pub tried: Vec<(f64, f64)>,
    /// Its trainings, by seed.
    pub runs: Vec<Ran>,
}

/// A comparison that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The score of the validation rows that decides: `loss` or a metric.
    pub monitor: String,
    /// Whether it is the better the higher it is.
    pub higher_is_better: bool,
    /// The metric of the test rows that is told.
    pub metric: String,
    /// The score to be reached.
    pub goal: f64,
    /// Rows that are trained on.
    pub training_rows: usize,
    /// The contenders in the order in which they were given.
    pub standings: Vec<Standing>,
    /// The trajectories of the first seed on one plane; else why there is none.
    pub plane: Result<CommonPlane, &'static str>,
}

impl Ran {
    /// Reads a training from its folder; none where it has not been done to its end.
    pub(super) fn read(path: &Path, seed: u64) -> Result<Option<Ran>, TrainError> {
        let Ok(folder) = Folder::open(path) else {
            return Ok(None);
        };
        if !folder.metrics_path().is_file() {
            return Ok(None);
        }
        let metrics = folder.metrics()?;
        let Some(summary) = metrics.summary else {
            return Ok(None);
        };
        let config = Config::new(&folder.settings()?)?;
        let upwards = config.monitors_upwards();
        Ok(Some(Ran {
            seed,
            folder: path.into(),
            epochs: metrics.epochs,
            summary,
            monitor: (config.training.monitor, upwards),
        }))
    }

    /// The validation score that decides, at some epoch.
    pub fn score(&self, record: &EpochRecord) -> Option<f64> {
        let score = record.validation.as_ref()?.get(&self.monitor.0)?;
        score.is_finite().then_some(score)
    }

    /// That of the epoch whose weights were kept.
    pub fn best_score(&self) -> Option<f64> {
        let best = self.summary.best_epoch;
        let record = self.epochs.iter().find(|record| record.epoch == best)?;
        self.score(record)
    }

    /// Whether its loss became infinite.
    pub fn has_diverged(&self) -> bool {
        self.summary.outcome == "diverged"
    }

    /// When its validation score reached a goal first.
    pub fn reached(&self, goal: f64) -> Option<Reached> {
        let is_there = |record: &&EpochRecord| {
            self.score(record).is_some_and(|score| {
                if self.monitor.1 {
                    score >= goal
                } else {
                    score <= goal
                }
            })
        };
        self.epochs.iter().find(is_there).map(|record| Reached {
            epoch: record.epoch,
            gradients: record.gradients,
            seconds: record.seconds,
        })
    }
}

impl Standing {
    /// Before its trainings; of the learning rates that were tried, the first of the best is its own.
    pub(super) fn new(contender: &Contender, tries: &[(f64, &Ran)]) -> Standing {
        let better = |ran: &Ran, a: f64, b: f64| if ran.monitor.1 { a > b } else { a < b };
        let (mut tried, mut best) = (Vec::new(), None);
        for (lr, ran) in tries {
            let Some(score) = ran.best_score() else {
                continue;
            };
            tried.push((*lr, score));
            if best.is_none_or(|(_, known)| better(ran, score, known)) {
                best = Some((*lr, score));
            }
        }
        Standing {
            name: contender.name.clone(),
            lr: best.map(|best| best.0),
            tried,
            runs: Vec::new(),
        }
    }

    /// Whether the learning rate that was found is the first or the last of those that were tried: a better one may lie
    /// beyond.
    pub fn is_at_an_end(&self) -> bool {
        let ends = [self.tried.first(), self.tried.last()];
        self.lr.is_some() && ends.iter().flatten().any(|end| Some(end.0) == self.lr)
    }

    /// The best validation score.
    pub fn validation(&self) -> Mean {
        Mean::of(
            &self
                .runs
                .iter()
                .filter_map(Ran::best_score)
                .collect::<Vec<_>>(),
        )
    }

    /// A score of the test rows: `loss` or a metric.
    pub fn test(&self, metric: &str) -> Mean {
        let score = |ran: &Ran| ran.summary.test.as_ref()?.get(metric);
        Mean::of(&self.runs.iter().filter_map(score).collect::<Vec<_>>())
    }

    /// Trainings whose loss became infinite.
    pub fn diverged(&self) -> usize {
        self.runs.iter().filter(|ran| ran.has_diverged()).count()
    }

    /// When the goal was reached, of the trainings that reached it.
    pub fn reached(&self, goal: f64) -> Vec<Reached> {
        self.runs
            .iter()
            .filter_map(|ran| ran.reached(goal))
            .collect()
    }
}

impl Compared {
    pub(super) fn new(
        comparison: &Comparison,
        standings: Vec<Standing>,
        plane: Result<CommonPlane, &'static str>,
    ) -> Compared {
        let first = &standings[0].runs[0];
        let (monitor, higher_is_better) = first.monitor.clone();
        let metric = match (monitor.as_str(), first.summary.task.as_str()) {
            ("loss", "regression") => "r2",
            ("loss", _) => "accuracy",
            (metric, _) => metric,
        };
        let better = |a: f64, b: f64| if higher_is_better { a.max(b) } else { a.min(b) };
        let of_all = || standings.iter().flat_map(|standing| &standing.runs);
        let starts: Vec<f64> = of_all()
            .filter_map(|ran| ran.score(ran.epochs.first()?))
            .collect();
        let start = Mean::of(&starts).mean;
        let means = standings.iter().map(|standing| standing.validation().mean);
        let best = means.filter(|mean| mean.is_finite()).reduce(better);
        let goal = best.map_or(f64::NAN, |best| start + 0.95 * (best - start));
        Compared {
            metric: metric.into(),
            monitor,
            higher_is_better,
            goal: comparison.goal.unwrap_or(goal),
            training_rows: first.summary.rows,
            standings,
            plane,
        }
    }

    /// The contenders from the best validation score to the worst; those without one last.
    pub fn ranked(&self) -> Vec<&Standing> {
        let mut ranked: Vec<&Standing> = self.standings.iter().collect();
        let score = |standing: &Standing| {
            let mean = standing.validation().mean;
            let sign = if self.higher_is_better { -1.0 } else { 1.0 };
            if mean.is_finite() {
                sign * mean
            } else {
                f64::INFINITY
            }
        };
        ranked.sort_by(|a, b| score(a).total_cmp(&score(b)));
        ranked
    }
}

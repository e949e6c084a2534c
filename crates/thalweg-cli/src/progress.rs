//! The live line of a training: a bar on a terminal, a few plain lines in a pipe.

// A progress bar is about time.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg::core::ema::Ema;
use thalweg::{EpochRecord, Event, Run};

use crate::screen::{Screen, count, duration, number};

/// Steps that the shown loss looks back over.
const SMOOTHING: f64 = 0.98;
const BETWEEN_UPDATES: Duration = Duration::from_millis(100);

/// Shows events as they come.
pub(crate) struct Progress<'s> {
    screen: &'s mut Screen,
    bar: Option<ProgressBar>,
    metric: String,
    rows: usize,
    epochs: u64,
    steps_per_epoch: u64,
    first_epoch: u64,
    loss: Ema,
    last: Option<EpochRecord>,
    printed: Option<u64>,
    started: Instant,
    drawn: Instant,
}

impl<'s> Progress<'s> {
    /// A bar on a terminal; lines otherwise; nothing where the screen is silent.
    pub(crate) fn new(run: &Run, screen: &'s mut Screen, silent: bool) -> Progress<'s> {
        let epochs = run.config.training.epochs;
        let bar =
            ProgressBar::with_draw_target(Some(epochs), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) =
            ProgressStyle::with_template("epoch {pos}/{len} {bar:6.cyan/dim} {wide_msg}")
        {
            bar.set_style(style.progress_chars("━╸─"));
        }
        let shown = !silent && !bar.is_hidden();
        let now = Instant::now();
        Progress {
            screen,
            bar: shown.then_some(bar),
            metric: shown_metric(run),
            rows: run.data.training_rows(),
            epochs,
            steps_per_epoch: run.steps_per_epoch(),
            first_epoch: run.epoch(),
            loss: Ema::new(SMOOTHING),
            last: None,
            printed: None,
            started: now,
            drawn: now,
        }
    }

    /// Takes in an event.
    pub(crate) fn show(&mut self, event: Event<'_>) {
        match event {
            Event::Step { in_epoch, loss, .. } => {
                self.loss.push(loss);
                self.draw(in_epoch as f64 / self.steps_per_epoch as f64);
            }
            Event::Epoch(record) => {
                if self.bar.is_none() && is_round(record.epoch) {
                    self.print(record);
                    self.printed = Some(record.epoch);
                }
                self.last = Some(record.clone());
            }
            _ => {}
        }
    }

    /// Takes the bar away and leaves the last epoch's line.
    pub(crate) fn finish(mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(last) = self.last.take()
            && self.printed != Some(last.epoch)
        {
            self.print(&last);
        }
    }

    fn draw(&mut self, part: f64) {
        let Some(bar) = &self.bar else { return };
        if self.drawn.elapsed() < BETWEEN_UPDATES {
            return;
        }
        self.drawn = Instant::now();
        let epoch = self
            .last
            .as_ref()
            .map_or(self.first_epoch, |record| record.epoch);
        let done = epoch.saturating_sub(self.first_epoch) as f64 + part;
        let seconds = self.started.elapsed().as_secs_f64();
        let left = seconds / done * (self.epochs.saturating_sub(epoch) as f64 - part).max(0.0);
        let rate = done * self.rows as f64 / seconds;
        let validation = self
            .last
            .as_ref()
            .map(|record| self.scores(record))
            .unwrap_or_default();
        bar.set_position(epoch);
        bar.set_message(format!(
            "loss {}{validation} {}/s ≤{}",
            number(self.loss.corrected().unwrap_or(f64::NAN)),
            rows(rate),
            duration(left),
        ));
    }

    fn print(&mut self, record: &EpochRecord) {
        let loss = record
            .loss
            .map_or(String::new(), |loss| format!("  loss {}", number(loss)));
        let line = format!("epoch {:>4}{loss} {}", record.epoch, self.scores(record));
        // What a closed pipe loses here is not worth ending a training for.
        let _ = self.screen.item("", &line);
    }

    fn scores(&self, record: &EpochRecord) -> String {
        let Some(scores) = &record.validation else {
            return String::new();
        };
        let score = scores.get(&self.metric).unwrap_or(f64::NAN);
        let metric = format!(" {} {}", short(&self.metric), number(score));
        format!(
            " val {}{metric} best {}",
            number(scores.loss),
            record.best_epoch
        )
    }
}

/// 0, 1, 2, 5, 10, 20, 50, …: the epochs that are told in a pipe.
fn is_round(epoch: u64) -> bool {
    let mut leading = epoch;
    while leading >= 10 && leading.is_multiple_of(10) {
        leading /= 10;
    }
    matches!(leading, 0 | 1 | 2 | 5)
}

/// The metric that decides, or else the usual one of the task.
fn shown_metric(run: &Run) -> String {
    match (
        run.config.training.monitor.as_str(),
        run.config.data.task.as_str(),
    ) {
        ("loss", "regression") => "r2".into(),
        ("loss", _) => "accuracy".into(),
        (metric, _) => metric.into(),
    }
}

fn short(metric: &str) -> &str {
    if metric == "accuracy" { "acc" } else { metric }
}

/// 12,345 rows as 12k.
fn rows(rate: f64) -> String {
    match rate {
        r if r >= 1e7 => format!("{:.0}M rows", r / 1e6),
        r if r >= 1e4 => format!("{:.0}k rows", r / 1e3),
        r => format!("{} rows", count(r as usize)),
    }
}

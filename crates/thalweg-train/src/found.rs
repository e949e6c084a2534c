//! What a range test has found: its curves, and what they say together. Not how they are made: see `range_test`.

use std::fmt;

use serde::Serialize;
use thalweg_core::spec::Value;

use crate::sweep::RISE;

/// The part of the loss that it must fall by to count.
const LEAST_FALL: f64 = 0.05;
/// The same in standard errors of the smoothed loss.
const LEAST_ERRORS: f64 = 3.0;
/// What a suggestion that blows up is divided by.
const STEP_DOWN: f64 = 3.0;
/// How far apart the repeats may be.
const DECADE: f64 = 10.0;

/// What a range test has found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// A curve for each repeat.
    pub curves: Vec<Curve>,
    /// The learning rates from the steepest descent to the least loss, where all repeats agree; none where it cannot
    /// tell.
    pub interval: Option<(f64, f64)>,
    /// The learning rate to take, in the geometric middle between the repeats' mean steepest descent and the least
    /// loss; none where it cannot tell.
    pub suggestion: Option<f64>,
    /// Whether the loss blew up when a descent began with a larger learning rate, which is now the interval's end.
    pub lowered: bool,
    /// Whether it can tell, and why not.
    pub verdict: Verdict,
    /// The loss of the same prediction for every row.
    pub constant: f64,
}

/// One sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Curve {
    /// The learning rate of each step.
    pub lrs: Vec<f64>,
    /// The loss of each step's batch, before the step.
    pub losses: Vec<f64>,
    /// The moving average of the losses, without bias.
    pub smoothed: Vec<f64>,
    /// The same average of log lr: where `smoothed` belongs on the axis. So it does not lag behind.
    pub centers: Vec<f64>,
    /// The learning rate where `smoothed` falls most steeply below the loss of a constant prediction, if it falls
    /// noticeably.
    pub steepest: Option<f64>,
    /// The learning rate where `smoothed` is least, if it falls noticeably.
    pub minimum: Option<f64>,
    /// The least smoothed loss.
    pub least: f64,
    /// Why it ended.
    pub ended: Ended,
}

/// Why a sweep ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The highest learning rate was reached.
    #[default]
    Finished,
    /// The smoothed loss was far above its least value.
    Rose,
    /// The loss became infinite or NaN.
    NotFinite,
}

impl Found {
    /// What the interval is.
    pub fn meaning(&self) -> &'static str {
        if self.lowered {
            "of which a descent from the first weights blows up at the last"
        } else {
            "from the steepest fall to the least loss"
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ended::Finished => "all steps",
            Ended::Rose => "rose fourfold",
            Ended::NotFinite => "not finite",
        })
    }
}

/// Whether a range test can tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The repeats agree.
    Agreed {
        /// The largest of their learning rates over the smallest.
        factor: f64,
    },
    /// In most repeats the loss never fell noticeably.
    NoFall {
        /// The repeats in which it fell.
        fell: usize,
        /// All repeats.
        repeats: usize,
    },
    /// Each repeat says something else.
    Disagreed {
        /// The smallest of their learning rates.
        low: f64,
        /// The largest.
        high: f64,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Agreed { factor } => {
                write!(f, "the repeats agree within a factor of {factor:.1}")
            }
            Verdict::NoFall { fell, repeats } => write!(
                f,
                "can't tell: the loss fell noticeably below that of a constant prediction in {fell} of {repeats} repeats"
            ),
            Verdict::Disagreed { low, high } => write!(
                f,
                "can't tell: the repeats disagree, their losses fall most steeply anywhere from lr {} to {}",
                Value::Float(round(*low)),
                Value::Float(round(*high))
            ),
        }
    }
}

impl Found {
    /// Judges curves that were smoothed with this factor; `constant` is the loss that a network reaches without
    /// having learned anything from the features.
    pub(crate) fn new(mut curves: Vec<Curve>, constant: f64, smoothing: f64) -> Found {
        for curve in &mut curves {
            curve.judge(constant, smoothing);
        }
        let steepest: Vec<f64> = curves.iter().filter_map(|it| it.steepest).collect();
        let minima = curves.iter().filter_map(|it| it.minimum);
        let low = steepest.iter().copied().fold(f64::INFINITY, f64::min);
        let high = steepest.iter().copied().fold(0.0, f64::max);
        let (fell, repeats) = (steepest.len(), curves.len());
        let verdict = if 2 * fell <= repeats {
            Verdict::NoFall { fell, repeats }
        } else if high > DECADE * low {
            Verdict::Disagreed { low, high }
        } else {
            Verdict::Agreed { factor: high / low }
        };
        let (mut interval, mut suggestion) = (None, None);
        if let Verdict::Agreed { .. } = verdict {
            // Every repeat is steepest before its minimum, so this is no empty interval.
            let most = round(minima.fold(f64::INFINITY, f64::min));
            let mean = steepest.iter().map(|lr| lr.ln()).sum::<f64>() / fell as f64;
            interval = Some((round(low), most));
            // The steepest fall alone is slow: trainings end lower with an lr between it and the least loss.
            suggestion = Some(round((mean.exp() * most).sqrt()).min(most));
        }
        Found {
            curves,
            interval,
            suggestion,
            lowered: false,
            verdict,
            constant,
        }
    }

    /// Suggests less, because a training that begins with the suggestion blows up.
    pub(crate) fn lower(&mut self) {
        if let (Some(lr), Some((low, _))) = (self.suggestion, self.interval) {
            let lower = round(lr / STEP_DOWN);
            self.interval = Some((low.min(lower), lr));
            self.suggestion = Some(lower);
            self.lowered = true;
        }
    }

    /// The losses worth showing: from the least to a little above the first ones.
    pub fn span(&self) -> (f64, f64) {
        let losses = self.curves.iter().flat_map(|curve| &curve.losses);
        let least = losses.copied().fold(f64::INFINITY, f64::min);
        let firsts = self.curves.iter().filter_map(|curve| curve.smoothed.get(4));
        let first = firsts.copied().fold(least, f64::max);
        if !least.is_finite() {
            return (0.0, 1.0);
        }
        let height = (first - least).max(0.1 * first.abs()).max(1e-12);
        ((least - 0.1 * height).max(0.0), first + 0.35 * height)
    }
}

impl Curve {
    /// Whether the loss was ever far above where it began.
    pub(crate) fn has_blown_up(&self) -> bool {
        let first = self.losses.first().copied().unwrap_or(f64::NAN);
        // Of a loss that began as NaN nothing good can be said.
        let is_calm = self.smoothed.iter().all(|&it| it <= RISE * first) && !first.is_nan();
        self.ended == Ended::NotFinite || !is_calm
    }

    /// Finds where it falls, if it does.
    fn judge(&mut self, constant: f64, smoothing: f64) {
        let points = self.smoothed.len();
        // Before that the average is of a few values only.
        let begin = ((1.0 / (1.0 - smoothing)).ceil() as usize).min(points / 5);
        let range = begin..points;
        let by_loss = |&a: &usize, &b: &usize| self.smoothed[a].total_cmp(&self.smoothed[b]);
        let Some(bottom) = range.min_by(by_loss) else {
            self.least = f64::NAN;
            return;
        };
        self.least = self.smoothed[bottom];
        let first = self.smoothed[4.min(points - 1)];
        // A network that begins worse than a constant prediction has not learned anything by being as good.
        let reference = first.min(constant);
        let enough = (LEAST_FALL * reference.abs()).max(LEAST_ERRORS * self.error(smoothing));
        if reference - self.least <= enough {
            return;
        }
        let window = (points / 10).max(5);
        let mut steepest = (0.0, None);
        for at in begin..(bottom + 1).saturating_sub(window - 1) {
            let mean = self.smoothed[at..at + window].iter().sum::<f64>() / window as f64;
            // A fall from bad first weights to a constant prediction says nothing about the learning that follows.
            if mean > reference {
                continue;
            }
            let xs: Vec<f64> = self.centers[at..at + window]
                .iter()
                .map(|lr| lr.ln())
                .collect();
            let slope = slope(&xs, &self.smoothed[at..at + window]);
            if slope < steepest.0 {
                let middle = xs.iter().sum::<f64>() / window as f64;
                steepest = (slope, Some(middle.exp()));
            }
        }
        self.steepest = steepest.1;
        self.minimum = self.steepest.map(|_| self.centers[bottom]);
    }

    /// The standard error of the smoothed loss, from how much it differs from step to step while lr is still small.
    fn error(&self, smoothing: f64) -> f64 {
        let early = &self.losses[..self.losses.len().div_ceil(4)];
        let squares = early.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
        let variance = squares.sum::<f64>() / (2 * early.len().saturating_sub(1).max(1)) as f64;
        (variance * (1.0 - smoothing) / (1.0 + smoothing)).sqrt()
    }
}

/// The slope of the straight line through points, by least squares.
fn slope(xs: &[f64], ys: &[f64]) -> f64 {
    let n = xs.len() as f64;
    let (x, y) = (xs.iter().sum::<f64>() / n, ys.iter().sum::<f64>() / n);
    let products = xs.iter().zip(ys).map(|(a, b)| (a - x) * (b - y));
    let squares = xs.iter().map(|a| (a - x).powi(2));
    products.sum::<f64>() / squares.sum::<f64>()
}

/// Three significant digits: more would be noise, and a person has to type it.
fn round(lr: f64) -> f64 {
    // Text to number and back is exact where powers of ten are not.
    format!("{lr:.2e}").parse().unwrap_or(lr)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss that falls around `fall` and rises beyond a hundred times that.
    fn curve(fall: f64, depth: f64) -> Curve {
        let mut curve = Curve::default();
        for k in 0..100 {
            let lr = 1e-7 * 1e8_f64.powf(f64::from(k) / 99.0);
            let s = 1.0 / (1.0 + (fall / lr).powi(2));
            let loss = 1.0 - depth * s + (lr / (300.0 * fall)).powi(2);
            curve.lrs.push(lr);
            curve.centers.push(lr);
            curve.losses.push(loss);
            curve.smoothed.push(loss);
        }
        curve
    }

    #[test]
    fn the_steepest_point_is_found() {
        let found = Found::new(vec![curve(1e-3, 0.8); 3], 1.0, 0.0);
        let steepest = found.curves[0].steepest.unwrap();
        assert!((0.7e-3..1.4e-3).contains(&steepest), "{steepest}");
        let lr = found.suggestion.unwrap();
        let (low, high) = found.interval.unwrap();
        assert!(low <= lr && lr < high && high < 0.1, "{low} {high}");
    }

    #[test]
    fn repeats_that_disagree_or_do_not_fall_say_nothing() {
        let apart = Found::new(
            vec![curve(1e-4, 0.8), curve(1e-4, 0.8), curve(1e-2, 0.8)],
            1.0,
            0.0,
        );
        assert!(matches!(apart.verdict, Verdict::Disagreed { .. }));
        assert_eq!(apart.suggestion, None);
        let flat = Found::new(
            vec![curve(1e-3, 0.04), curve(1e-3, 0.04), curve(1e-3, 0.8)],
            1.0,
            0.0,
        );
        let (fell, repeats) = (1, 3);
        assert_eq!(flat.verdict, Verdict::NoFall { fell, repeats });
        // It falls, but only to what a constant prediction has.
        let constant = Found::new(vec![curve(1e-3, 0.5); 3], 0.5, 0.0);
        assert!(matches!(constant.verdict, Verdict::NoFall { .. }));
        let empty = Found::new(vec![Curve::default(); 3], 1.0, 0.9);
        assert!(matches!(empty.verdict, Verdict::NoFall { .. }));
        assert_eq!(empty.span(), (0.0, 1.0));
    }

    #[test]
    fn a_suggestion_that_blows_up_is_lowered() {
        let mut found = Found::new(vec![curve(1e-3, 0.8); 3], 1.0, 0.0);
        let (lr, low) = (found.suggestion.unwrap(), found.interval.unwrap().0);
        found.lower();
        let lower = found.suggestion.unwrap();
        assert!(lower < lr, "{lower} {lr}");
        assert_eq!(found.interval, Some((low.min(lower), lr)));
        let losses = vec![1.0, 2.0, 9.0];
        let blown = Curve {
            smoothed: losses.clone(),
            losses,
            ..Curve::default()
        };
        assert!(blown.has_blown_up());
    }

    #[test]
    fn suggestions_are_short() {
        assert_eq!(round(0.012_345), 0.0123);
        assert_eq!(round(9.999e-7), 1e-6);
    }
}

//! The picture of a training: its losses and its learning rate, epoch by epoch. Every epoch is drawn; nothing is smoothed
//! and nothing is thinned.

use plotters::prelude::*;
use thalweg_train::{EpochRecord, Metrics};

use crate::canvas::{Area, Frame, Span, line, name, picture, short, span, tick};
use crate::words::about_curves;
use crate::{ReportError, Theme};

const HEIGHT: u32 = 620;
const LOSSES: u32 = 410;

/// Draws the course of a training, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn curves(metrics: &Metrics, title: &str, theme: Theme) -> Result<String, ReportError> {
    picture(theme, HEIGHT, &about_curves(metrics), |area| {
        let (above, below) = area.split_vertically(LOSSES);
        let last = metrics
            .epochs
            .last()
            .map_or(1, |record| record.epoch.max(1));
        let epochs = [0.0, last as f64];
        losses(&above, &metrics.epochs, (title, epochs), theme)?;
        rates(&below, &metrics.epochs, epochs, theme)
    })
}

/// An axis that is logarithmic where its numbers span more than a factor of ten.
struct Scale {
    is_logarithmic: bool,
    span: Span,
}

impl Scale {
    fn of(numbers: impl Iterator<Item = f64>) -> Scale {
        let [low, high] = span(numbers);
        let is_logarithmic = low > 0.0 && high > 10.0 * low;
        let [low, high] = if is_logarithmic {
            [low.log10(), high.log10()]
        } else {
            [low, high]
        };
        let room = 0.04 * (high - low);
        Scale {
            is_logarithmic,
            span: [low - room, high + room],
        }
    }

    fn place(&self, x: f64) -> f64 {
        if self.is_logarithmic { x.log10() } else { x }
    }

    fn label(&self, place: f64) -> String {
        if self.is_logarithmic {
            short(10_f64.powf(place))
        } else {
            tick(self.span)(&place)
        }
    }

    fn name(&self, what: &str) -> String {
        if self.is_logarithmic {
            format!("{what} (logarithmic)")
        } else {
            what.to_owned()
        }
    }
}

fn losses(
    area: &Area<'_>,
    epochs: &[EpochRecord],
    (title, along): (&str, Span),
    theme: Theme,
) -> Result<(), ReportError> {
    let training = points(epochs, |record| record.loss);
    let validation = points(epochs, |record| {
        record.validation.as_ref().map(|it| it.loss)
    });
    let scale = Scale::of(training.iter().chain(&validation).map(|point| point.1));
    let (label, whole) = (|y: &f64| scale.label(*y), |x: &f64| short(*x));
    let frame = Frame {
        title,
        axes: ["", &scale.name("loss")],
        spans: [along, scale.span],
        labels: [&whole, &label],
        theme,
    };
    let mut chart = frame.chart(area)?;
    if let Some(record) = epochs.last() {
        let best = record.best_epoch as f64;
        let upright = [(best, scale.span[0]), (best, scale.span[1])];
        line(&mut chart, &upright, theme.curve(2).stroke_width(2))?;
        let top = (best, scale.span[1]);
        name(&mut chart, top, 4, ("best epoch", theme.curve(2)))?;
    }
    let all = [(training, "training"), (validation, "validation")];
    for (index, (points, text)) in all.into_iter().enumerate() {
        let points: Vec<(f64, f64)> = points.iter().map(|at| (at.0, scale.place(at.1))).collect();
        let color = theme.curve(index);
        line(&mut chart, &points, color.stroke_width(2))?;
        let end = points.iter().rev().find(|point| point.1.is_finite());
        if let Some(&end) = end {
            name(&mut chart, end, -22, (text, color))?;
        }
    }
    Ok(())
}

fn rates(
    area: &Area<'_>,
    epochs: &[EpochRecord],
    along: Span,
    theme: Theme,
) -> Result<(), ReportError> {
    let rates = points(epochs, |record| Some(record.lr));
    // At the end of a schedule it may be 0, which has no logarithm.
    let scale = Scale::of(rates.iter().map(|point| point.1).filter(|lr| *lr > 0.0));
    let (label, whole) = (|y: &f64| scale.label(*y), |x: &f64| short(*x));
    let frame = Frame {
        title: "",
        axes: ["epoch", &scale.name("learning rate")],
        spans: [along, scale.span],
        labels: [&whole, &label],
        theme,
    };
    let mut chart = frame.chart(area)?;
    let points: Vec<(f64, f64)> = rates.iter().map(|at| (at.0, scale.place(at.1))).collect();
    line(&mut chart, &points, theme.curve(3).stroke_width(2))
}

/// A number of every epoch that has it.
fn points(epochs: &[EpochRecord], number: impl Fn(&EpochRecord) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |record: &EpochRecord| Some((record.epoch as f64, number(record)?));
    epochs.iter().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: u64) -> EpochRecord {
        EpochRecord {
            epoch,
            step: 10 * epoch,
            gradients: 320 * epoch,
            lr: 0.1 / (epoch + 1) as f64,
            loss: (epoch > 0).then(|| 2.0 / epoch as f64),
            validation: None,
            best_epoch: epoch,
            seconds: 0.0,
        }
    }

    #[test]
    fn a_training_has_curves_in_both_themes() {
        let metrics = Metrics {
            epochs: (0..=40).map(record).collect(),
            ..Metrics::default()
        };
        for theme in [Theme::Light, Theme::Dark] {
            let picture = curves(&metrics, "letters", theme).unwrap();
            for part in [
                "letters",
                "training",
                "best epoch",
                "loss (logarithmic)",
                "epoch",
            ] {
                assert!(picture.contains(part), "{part}");
            }
        }
        // A run that has not begun.
        assert!(curves(&Metrics::default(), "", Theme::Light).is_ok());
    }
}

//! The picture of a training: its losses and its learning rate, epoch by epoch. Every epoch is drawn; nothing is smoothed
//! and nothing is thinned.

use plotters::prelude::*;
use thalweg_train::{EpochRecord, Metrics};

use crate::canvas::{Area, Chart, Frame, Span, dashes, line, name, picture, short};
use crate::events::events;
use crate::scale::Scale;
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
    let mut chart = match scale.places() {
        Some(places) => frame.chart_with(area, places)?,
        None => frame.chart(area)?,
    };
    uprights(&mut chart, &events(epochs), scale.span, theme.faint())?;
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
    // Before the first step there is none.
    let rates = points(epochs, |record| (record.epoch > 0).then_some(record.lr));
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
    let mut chart = match scale.places() {
        Some(places) => frame.chart_with(area, places)?,
        None => frame.chart(area)?,
    };
    for (epoch, _) in events(epochs) {
        let ends = [(epoch, scale.span[0]), (epoch, scale.span[1])];
        dashes(&mut chart, &ends, theme.faint().stroke_width(1))?;
    }
    // The rate of an epoch holds from the end of the one before.
    let held = |&(epoch, lr): &(f64, f64)| [epoch - 1.0, epoch].map(|at| (at, scale.place(lr)));
    let points: Vec<(f64, f64)> = rates.iter().flat_map(held).collect();
    line(&mut chart, &points, theme.curve(3).stroke_width(2))
}

/// Dashed uprights with their names, which take turns in height, so that neighbors do not cover each other.
fn uprights(
    chart: &mut Chart<'_, '_>,
    events: &[(f64, String)],
    span: Span,
    color: RGBColor,
) -> Result<(), ReportError> {
    for (index, (epoch, what)) in events.iter().enumerate() {
        let top = (*epoch, span[1]);
        dashes(chart, &[(*epoch, span[0]), top], color.stroke_width(1))?;
        name(chart, top, 22 + 17 * (index % 3) as i32, (what, color))?;
    }
    Ok(())
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

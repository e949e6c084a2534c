//! The picture of a gradient's noise: what each size of a batch costs in steps, in examples and in time.

use plotters::prelude::*;
use thalweg_train::NoiseFound;

use crate::canvas::{Chart, Frame, line, name, picture, short, span};
use crate::{ReportError, Theme};

const HEIGHT: u32 = 560;
/// Times the least that are shown at most.
const MOST: f64 = 100.0;

/// Draws what batches cost, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn noise(
    found: &NoiseFound,
    title: &str,
    sentences: &[String],
    theme: Theme,
) -> Result<String, ReportError> {
    picture(theme, HEIGHT, sentences, |area| {
        let scale = found.noise.critical();
        let critical = scale.rows.filter(|rows| *rows > 0.0);
        let known = critical.into_iter().chain([found.batch as f64]);
        let timed = found.times.iter().map(|(batch, _)| *batch as f64);
        let [low, high] = span(known.chain(timed).map(f64::log10));
        let power = |x: &f64| {
            let is_whole = x.fract() == 0.0 && (0.0..=6.0).contains(x);
            if is_whole {
                short(10_f64.powf(*x))
            } else {
                String::new()
            }
        };
        let times = |y: &f64| format!("{}×", short(10_f64.powf(*y)));
        let frame = Frame {
            title,
            axes: [
                "rows of a batch (logarithmic)",
                "times the least (logarithmic)",
            ],
            spans: [[low - 0.3, high + 0.5], [-0.05, MOST.log10()]],
            labels: [&power, &times],
            theme,
        };
        let mut chart = frame.chart(area)?;
        interval(&mut chart, found, theme)?;
        if let Some(critical) = critical {
            let steps = |batch: f64| 1.0 + critical / batch;
            let examples = |batch: f64| 1.0 + batch / critical;
            curve(&mut chart, &steps, theme.curve(0), "steps")?;
            curve(&mut chart, &examples, theme.curve(1), "examples")?;
        }
        if let Some(fastest) = &found.fastest {
            let points = fastest.times.iter();
            let points: Vec<(f64, f64)> = points
                .map(|(batch, times)| ((*batch as f64).log10(), times.log10()))
                .collect();
            line(&mut chart, &points, theme.curve(2).stroke_width(3))?;
            let last = points.iter().rev().find(|point| point.1 < MOST.log10());
            if let Some(&last) = last {
                name(&mut chart, last, -8, ("time here", theme.curve(2)))?;
            }
        }
        let batch = (found.batch as f64).log10();
        let upright = [(batch, -0.05), (batch, MOST.log10())];
        line(&mut chart, &upright, theme.ink().stroke_width(1))?;
        let text = ("the run's batch", theme.ink());
        name(&mut chart, (batch, 0.95 * MOST.log10()), -8, text)
    })
}

/// What the noise scale may be, shaded.
fn interval(
    chart: &mut Chart<'_, '_>,
    found: &NoiseFound,
    theme: Theme,
) -> Result<(), ReportError> {
    let interval = found.noise.critical().interval;
    let (x, y) = (chart.x_range(), chart.y_range());
    let place = |rows: f64| rows.max(1e-9).log10().clamp(x.start, x.end);
    let corners = [
        (place(interval.low), y.start),
        (place(interval.high), y.end),
    ];
    let style = theme.curve(3).mix(0.16).filled();
    chart.draw_series([Rectangle::new(corners, style)])?;
    Ok(())
}

/// A curve over all batches, with its name.
fn curve(
    chart: &mut Chart<'_, '_>,
    times: &dyn Fn(f64) -> f64,
    color: RGBColor,
    text: &str,
) -> Result<(), ReportError> {
    let x = chart.x_range();
    let at = |k: u32| {
        let place = x.start + (x.end - x.start) * f64::from(k) / 200.0;
        (place, times(10_f64.powf(place)).log10())
    };
    let points: Vec<(f64, f64)> = (0..=200).map(at).collect();
    line(chart, &points, color.stroke_width(2))?;
    let high = |point: &&(f64, f64)| point.1 < 1.6 && point.1 > 0.3;
    // At the end where it rises.
    let place = points.iter().find(high).filter(|point| point.1 > 0.9);
    let place = place.or_else(|| points.iter().rev().find(high));
    if let Some(&place) = place {
        name(chart, place, -8, (text, color))?;
    }
    Ok(())
}

//! Charts for the terminal, of braille dots: no wider than what is printed around them, and without color.

use textplots::{Chart, LabelBuilder as _, LabelFormat, Plot as _, Shape};
use thalweg::EpochRecord;

/// Dots across, two to a character: with the labels at the right a chart is at most 80 columns wide.
const WIDTH: u32 = 116;
/// Dots down, four to a line.
pub(crate) const HEIGHT: u32 = 52;

/// Every second one of the dots along an axis: a line that is told from one without gaps.
const GAP: f32 = 2.0;

/// Points from left to right.
pub(crate) type Curve = Vec<(f32, f32)>;
/// How the places along the x axis are written.
pub(crate) type Label = fn(f32) -> String;

/// How a chart is drawn.
pub(crate) struct Axes {
    /// From where to where it goes upwards.
    pub(crate) heights: (f32, f32),
    /// How the places along both axes are written.
    pub(crate) labels: [Label; 2],
    /// Dots down, four to a line.
    pub(crate) down: u32,
}

impl Axes {
    /// A chart of the usual height, upwards in plain numbers.
    pub(crate) fn plain(heights: (f32, f32), label: Label) -> Axes {
        Axes {
            heights,
            labels: [label, |y| short(f64::from(y))],
            down: HEIGHT,
        }
    }
}

/// A chart of curves and of single points, in lines; none where the curves have no width.
pub(crate) fn chart(curves: &[Curve], points: &[Curve], axes: &Axes) -> Vec<String> {
    let places = || curves.iter().flatten().map(|point| point.0);
    let (left, right) = (
        places().fold(f32::INFINITY, f32::min),
        places().fold(f32::NEG_INFINITY, f32::max),
    );
    if left >= right {
        return Vec::new();
    }
    let (low, high) = axes.heights;
    // A level line needs some height to lie in.
    let high = if high > low { high } else { low + 1e-6 };
    let curves = curves.iter().map(|curve| Shape::Lines(curve));
    let points = points.iter().map(|curve| Shape::Points(curve));
    let shapes: Vec<Shape<'_>> = curves.chain(points).collect();
    let [x, y] = axes.labels;
    let mut chart = Chart::new_with_y_range(WIDTH, axes.down, left, right, low, high);
    let mut chart = chart
        .x_label_format(LabelFormat::Custom(Box::new(x)))
        .y_label_format(LabelFormat::Custom(Box::new(y)));
    for shape in &shapes {
        chart = chart.lineplot(shape);
    }
    chart.figures();
    let text = chart.to_string();
    // The library fills lines with the empty sign of braille, which terminals and pagers treat as a letter.
    let lines = text.lines().map(|line| line.replace('\u{2800}', " "));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// The losses of a training, epoch by epoch, in lines: that of the validation rows as a line, that of the training in dots,
/// and an upright of dots at the best epoch; and what they are to be read with. None where there is nothing to be seen yet.
pub(crate) fn course(epochs: &[EpochRecord], down: u32) -> Option<(Vec<String>, String)> {
    let best = epochs.last()?.best_epoch;
    let curve = |loss: &dyn Fn(&EpochRecord) -> Option<f64>| -> Vec<(u64, f64)> {
        let point = |record: &EpochRecord| Some((record.epoch, loss(record)?));
        let points = epochs.iter().filter_map(point);
        points.filter(|point| point.1.is_finite()).collect()
    };
    let training = curve(&|record| record.loss);
    let validation = curve(&|record| Some(record.validation.as_ref()?.loss));
    let losses = || training.iter().chain(&validation).map(|point| point.1);
    let (low, high) = losses().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| {
        (low.min(loss), high.max(loss))
    });
    let is_logarithmic = low > 0.0 && high > 10.0 * low;
    let place = |loss: f64| (if is_logarithmic { loss.log10() } else { loss }) as f32;
    let placed = |curve: &[(u64, f64)]| -> Curve {
        let points = curve
            .iter()
            .map(|&(epoch, loss)| (epoch as f32, place(loss)));
        points.collect()
    };
    let (training, validation) = (placed(&training), placed(&validation));
    let heights = heights(&[training.clone(), validation.clone()])?;
    let ends = [epochs.first()?.epoch as f32, epochs.last()?.epoch as f32];
    let apart = GAP / WIDTH as f32 * (ends[1] - ends[0]);
    let step = (heights.1 - heights.0) / (down as f32 / GAP);
    let upright = (0..).map(|k| (best as f32, heights.0 + step * k as f32));
    let upright = upright.take_while(|point| step > 0.0 && point.1 <= heights.1);
    let (lines, dots, what) = if validation.is_empty() {
        (training, Vec::new(), "training loss as a line")
    } else {
        (
            validation,
            dotted(&training, apart),
            "validation loss as a line, training loss in dots",
        )
    };
    let axes = Axes {
        heights,
        labels: [
            |epoch| format!("epoch {epoch:.0}"),
            if is_logarithmic {
                |y| short(10_f64.powf(f64::from(y)))
            } else {
                |y| short(f64::from(y))
            },
        ],
        down,
    };
    let chart = chart(&[lines], &[dots, upright.collect()], &axes);
    let scale = if is_logarithmic { ", logarithmic" } else { "" };
    let words = format!("{what}{scale}; the upright is the best epoch, {best}");
    (!chart.is_empty()).then_some((chart, words))
}

/// Points of a curve, so far apart; between two that are farther, the points on the straight line.
fn dotted(curve: &[(f32, f32)], apart: f32) -> Curve {
    let mut dots = Curve::new();
    for pair in curve.windows(2) {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let mut next = dots.last().map_or(x0, |dot| dot.0 + apart);
        while apart > 0.0 && next < x1 {
            if next >= x0 {
                dots.push((next, y0 + (y1 - y0) * (next - x0) / (x1 - x0)));
            }
            next += apart;
        }
    }
    dots
}

/// From the lowest to the highest point of curves; none where there is no point.
pub(crate) fn heights(curves: &[Curve]) -> Option<(f32, f32)> {
    let all = || curves.iter().flatten().map(|point| point.1);
    let low = all().fold(f32::INFINITY, f32::min);
    let high = all().fold(f32::NEG_INFINITY, f32::max);
    low.is_finite().then_some((low, high))
}

/// A number in at most three digits.
pub(crate) fn short(x: f64) -> String {
    if x.is_nan() {
        "–".into()
    } else if x == 0.0 {
        "0".into()
    } else if (1e-2..1e4).contains(&x.abs()) {
        let digits = (2 - x.abs().log10().floor() as i32).max(0) as usize;
        let text = format!("{x:.digits$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').into()
        } else {
            text
        }
    } else {
        format!("{x:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_fits_the_screen() {
        let curve: Vec<_> = (0..=100)
            .map(|x| (x as f32, 1.0 - 0.01 * x as f32))
            .collect();
        let axes = Axes::plain((0.0, 1.0), |x| format!("{x:.0}"));
        let lines = chart(&[curve], &[], &axes);
        assert!(lines.len() > 10 && lines.iter().all(|line| line.chars().count() <= 70));
        assert!(lines[0].ends_with('1') && lines.iter().any(|line| line.contains("100")));
        assert!(chart(&[], &[], &axes).is_empty());
    }

    #[test]
    fn a_course_marks_the_best_epoch_and_tells_its_curves_apart() {
        let record = |epoch: u64| EpochRecord {
            epoch,
            step: epoch,
            gradients: epoch,
            lr: 0.1,
            loss: (epoch > 0).then(|| 1.0 / epoch as f64),
            validation: Some(thalweg::Scores {
                loss: 0.5 + (epoch as f64 - 30.0).abs() / 10.0,
                metrics: serde_json::Map::default(),
            }),
            best_epoch: epoch.min(30),
            seconds: 0.0,
        };
        let epochs: Vec<EpochRecord> = (0..=60).map(record).collect();
        let (lines, words) = course(&epochs, 32).unwrap();
        assert!(lines.len() <= 10 && lines.iter().all(|line| line.chars().count() <= 70));
        assert_eq!(
            words,
            "validation loss as a line, training loss in dots, logarithmic; the upright is the best epoch, 30"
        );
        // Halfway from left to right there is a dot in every line but that of the labels.
        let upright = |line: &&String| {
            let place = line.chars().nth(29).unwrap_or(' ');
            ('\u{2801}'..='\u{28ff}').contains(&place)
        };
        assert_eq!(
            lines.iter().filter(upright).count(),
            lines.len() - 1,
            "{}",
            lines.join("\n")
        );
        assert!(course(&epochs[..1], 32).is_none() && course(&[], 32).is_none());
        let dots = dotted(&[(0.0, 0.0), (1.0, 1.0), (4.0, 1.0)], 0.75);
        assert_eq!(
            dots,
            [
                (0.0, 0.0),
                (0.75, 0.75),
                (1.5, 1.0),
                (2.25, 1.0),
                (3.0, 1.0),
                (3.75, 1.0)
            ]
        );
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 1.0, 0.25, 0.0123, 4e-6, 12345.0].map(short),
            ["0", "1", "0.25", "0.0123", "4.0e-6", "1.2e4"]
        );
    }
}

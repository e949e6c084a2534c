//! Charts for the terminal, of braille dots: no wider than what is printed around them, and without color.

use textplots::{Chart, LabelBuilder as _, LabelFormat, Plot as _, Shape};

/// Dots across, two to a character: with the labels at the right a chart is at most 80 columns wide.
const WIDTH: u32 = 120;
/// Dots down, four to a line.
const HEIGHT: u32 = 48;

/// How the places along the x axis are written.
pub(crate) type Label = fn(f32) -> String;

/// A chart of a curve, in lines; its places along the x axis are in rising order.
pub(crate) fn chart(curve: &[(f32, f32)], label: Label) -> Vec<String> {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return Vec::new();
    };
    let values = || curve.iter().map(|point| point.1).filter(|y| y.is_finite());
    let (low, high) = (
        values().fold(f32::INFINITY, f32::min),
        values().fold(f32::NEG_INFINITY, f32::max),
    );
    // A level line needs some height to lie in.
    let room = if high > low {
        0.0
    } else {
        0.5 * high.abs().max(1e-6)
    };
    let shape = Shape::Lines(curve);
    let mut chart =
        Chart::new_with_y_range(WIDTH, HEIGHT, first.0, last.0, low.min(0.0), high + room);
    let chart = chart
        .x_label_format(LabelFormat::Custom(Box::new(label)))
        .y_label_format(LabelFormat::Custom(Box::new(|y| short(f64::from(y)))))
        .lineplot(&shape);
    chart.axis();
    chart.figures();
    chart
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// A number in at most three digits.
fn short(x: f64) -> String {
    if x == 0.0 {
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
        let lines = chart(&curve, |x| format!("{x:.0}"));
        assert!(lines.len() > 10 && lines.iter().all(|line| line.chars().count() <= 80));
        assert!(lines[0].ends_with('1') && lines.iter().any(|line| line.contains("100")));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 1.0, 0.25, 0.0123, 4e-6, 12345.0].map(short),
            ["0", "1", "0.25", "0.0123", "4.0e-6", "1.2e4"]
        );
    }
}

//! Charts for the terminal, of braille dots: no wider than what is printed around them, and without color.

use textplots::{Chart, LabelBuilder as _, LabelFormat, Plot as _, Shape};

/// Dots across, two to a character: with the labels at the right a chart is at most 80 columns wide.
const WIDTH: u32 = 116;
/// Dots down, four to a line.
const HEIGHT: u32 = 52;

/// Points from left to right.
pub(crate) type Curve = Vec<(f32, f32)>;
/// How the places along the x axis are written.
pub(crate) type Label = fn(f32) -> String;

/// A chart of curves between two heights, in lines; none where the curves have no width.
pub(crate) fn chart(curves: &[Curve], (low, high): (f32, f32), label: Label) -> Vec<String> {
    let places = || curves.iter().flatten().map(|point| point.0);
    let (left, right) = (
        places().fold(f32::INFINITY, f32::min),
        places().fold(f32::NEG_INFINITY, f32::max),
    );
    if left >= right {
        return Vec::new();
    }
    // A level line needs some height to lie in.
    let high = if high > low { high } else { low + 1e-6 };
    let shapes: Vec<Shape<'_>> = curves.iter().map(|curve| Shape::Lines(curve)).collect();
    let mut chart = Chart::new_with_y_range(WIDTH, HEIGHT, left, right, low, high);
    let mut chart = chart
        .x_label_format(LabelFormat::Custom(Box::new(label)))
        .y_label_format(LabelFormat::Custom(Box::new(|y| short(f64::from(y)))));
    for shape in &shapes {
        chart = chart.lineplot(shape);
    }
    chart.figures();
    let text = chart.to_string();
    // The library fills lines with the empty sign of braille, which terminals and pagers treat as a letter.
    let lines = text.lines().map(|line| line.replace('\u{2800}', " "));
    lines.map(|line| line.trim_end().to_owned()).collect()
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
        let lines = chart(&[curve], (0.0, 1.0), |x| format!("{x:.0}"));
        assert!(lines.len() > 10 && lines.iter().all(|line| line.chars().count() <= 70));
        assert!(lines[0].ends_with('1') && lines.iter().any(|line| line.contains("100")));
        assert!(chart(&[], (0.0, 1.0), |_| String::new()).is_empty());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 1.0, 0.25, 0.0123, 4e-6, 12345.0].map(short),
            ["0", "1", "0.25", "0.0123", "4.0e-6", "1.2e4"]
        );
    }
}

//! The picture of a spectrum: where the eigenvalues of the Hessian are, as stems and as their cumulative share.

use plotters::prelude::*;
use thalweg_train::SpectrumFound;

use crate::canvas::{Frame, Span, line, picture, short};
use crate::{ReportError, Theme};

const HEIGHT: u32 = 640;

/// Draws the spectrum of a run's Hessian, as SVG. The axis is logarithmic on both sides of 0; nothing is smoothed.
///
/// # Errors
/// The drawing library refuses something.
pub fn spectrum(
    found: &SpectrumFound,
    title: &str,
    sentences: &[String],
    theme: Theme,
) -> Result<String, ReportError> {
    let nodes = found.nodes();
    let axis = Axis::of(&nodes);
    picture(theme, HEIGHT, sentences, |area| {
        let (stems, shares) = area.split_vertically(HEIGHT / 2 + 20);
        let label = |x: &f64| axis.label(*x);
        let plain = |y: &f64| short(*y);
        let power = |y: &f64| {
            if y.fract() == 0.0 {
                format!("1e{y}")
            } else {
                String::new()
            }
        };
        let least = nodes.iter().map(|node| node.1).fold(1.0, f64::min);
        let floor = least.max(1e-12).log10().floor() - 0.5;
        let frame = Frame {
            title,
            axes: ["", "share of the eigenvalues"],
            spans: [axis.span, [floor, 0.3]],
            labels: [&label, &power],
            theme,
        };
        let mut chart = frame.chart(&stems)?;
        for &(value, share) in &nodes {
            let x = axis.place(value);
            let foot = [(x, floor), (x, share.max(1e-12).log10())];
            let color = if value < -found.point.noise {
                theme.curve(1)
            } else {
                theme.curve(0)
            };
            line(&mut chart, &foot, color.mix(0.8).stroke_width(2))?;
        }
        let frame = Frame {
            title: "",
            axes: ["eigenvalue of the Hessian", "share at or below"],
            spans: [axis.span, [0.0, 1.02]],
            labels: [&label, &plain],
            theme,
        };
        let mut chart = frame.chart(&shares)?;
        line(
            &mut chart,
            &steps(&nodes, &axis),
            theme.curve(0).stroke_width(2),
        )?;
        let zero = [(0.0, 0.0), (0.0, 1.02)];
        line(&mut chart, &zero, theme.ink().mix(0.5).stroke_width(1))?;
        Ok(())
    })
}

/// An axis that is linear up to a unit on both sides of 0, and logarithmic from there on.
struct Axis {
    /// A power of ten.
    unit: f64,
    span: Span,
}

impl Axis {
    /// The unit is a millionth of the largest value, or less where all are larger.
    fn of(nodes: &[(f64, f64)]) -> Axis {
        let sizes = || nodes.iter().map(|node| node.0.abs()).filter(|x| *x > 0.0);
        let largest = sizes().fold(0.0, f64::max);
        if largest == 0.0 {
            return Axis {
                unit: 1.0,
                span: [-1.5, 1.5],
            };
        }
        let unit = 10_f64.powf((1e-6 * largest).log10().floor());
        let mut axis = Axis {
            unit,
            span: [0.0, 0.0],
        };
        let places = || nodes.iter().map(|node| axis.place(node.0));
        let low = places().fold(-1.0, f64::min);
        let high = places().fold(1.0, f64::max);
        axis.span = [low - 0.5, high + 0.5];
        axis
    }

    /// Where a value lies: 0 at 0, 1 at the unit, 2 at ten times the unit.
    fn place(&self, value: f64) -> f64 {
        let size = value.abs() / self.unit;
        let place = if size <= 1.0 {
            size
        } else {
            1.0 + size.log10()
        };
        place.copysign(value)
    }

    /// What is written at a place; only whole ones have a number.
    fn label(&self, place: f64) -> String {
        if place.fract() != 0.0 {
            return String::new();
        }
        if place == 0.0 {
            return "0".into();
        }
        let exponent = self.unit.log10().round() + place.abs() - 1.0;
        let sign = if place < 0.0 { "−" } else { "" };
        format!("{sign}1e{exponent}")
    }
}

/// The cumulative share as a staircase.
fn steps(nodes: &[(f64, f64)], axis: &Axis) -> Vec<(f64, f64)> {
    let mut points = vec![(axis.span[0], 0.0)];
    let mut share = 0.0;
    for &(value, own) in nodes {
        let x = axis.place(value);
        points.push((x, share));
        share += own;
        points.push((x, share.min(1.0)));
    }
    points.push((axis.span[1], share.min(1.0)));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_both_signs() {
        let nodes = [(-0.02, 0.1), (0.0, 0.4), (3e-7, 0.2), (25.0, 0.3)];
        let axis = Axis::of(&nodes);
        assert!((axis.unit - 1e-5).abs() < 1e-12);
        assert_eq!(axis.place(0.0), 0.0);
        assert!((axis.place(1e-5) - 1.0).abs() < 1e-9);
        assert!((axis.place(-1e-3) + 3.0).abs() < 1e-9);
        assert_eq!(
            [3.0, -1.0, 0.0, 0.5].map(|x| axis.label(x)),
            ["1e-3", "−1e-5", "0", ""]
        );
        let stairs = steps(&nodes, &axis);
        assert_eq!(stairs.len(), 10);
        assert!((stairs[9].1 - 1.0).abs() < 1e-12);
        assert_eq!(Axis::of(&[(0.0, 1.0)]).unit, 1.0);
    }
}

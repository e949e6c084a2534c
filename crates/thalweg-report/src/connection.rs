//! The picture of the way between two runs: the loss along it, as they are and with their units in the same order.

use plotters::style::Color as _;
use thalweg_landscape::connect::Way;
use thalweg_train::ConnectFound;

use crate::canvas::{Frame, line, name, picture, span, tick};
use crate::words::about_connection;
use crate::{ReportError, Theme};

const HEIGHT: u32 = 520;

/// Draws the loss along both ways, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn connection(found: &ConnectFound, title: &str, theme: Theme) -> Result<String, ReportError> {
    picture(theme, HEIGHT, &about_connection(found), |area| {
        // With how much lower than its line each name stands.
        let ways = [
            (&found.connection.straight, "as they are", -20),
            (&found.connection.aligned, "units in the same order", 22),
        ];
        let losses = ways.iter().flat_map(|(way, ..)| &way.line.losses);
        let [low, high] = span(losses.copied());
        let room = 0.06 * (high - low);
        let heights = [low - room, high + room];
        let frame = Frame {
            title,
            axes: ["from the first run to the second", "loss"],
            spans: [[0.0, 1.0], heights],
            labels: [&tick([0.0, 1.0]), &tick(heights)],
            theme,
        };
        let mut chart = frame.chart(area)?;
        for (index, (way, text, lower)) in ways.into_iter().enumerate() {
            let (color, points) = (theme.curve(index), points(way));
            line(&mut chart, &points, color.stroke_width(3))?;
            let middle = points[points.len() / 2];
            if middle.1.is_finite() {
                name(&mut chart, middle, lower, (text, color))?;
            }
        }
        Ok(())
    })
}

fn points(way: &Way) -> Vec<(f64, f64)> {
    let places = way.line.places.iter().copied();
    places.zip(way.line.losses.iter().copied()).collect()
}

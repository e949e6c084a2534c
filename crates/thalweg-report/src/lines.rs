//! The picture of the loss along each direction of a plane by itself, beside what its slope and bend at the middle promise.

use plotters::style::Color as _;
use thalweg_train::Portrait;

use crate::canvas::{Area, Frame, line, name, picture, span, tick};
use crate::maps::axes;
use crate::words::about_lines;
use crate::{ReportError, Theme};

const HEIGHT: u32 = 470;
const WIDTH: u32 = 480;

/// Draws the loss along both directions of a run's plane, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn lines(portrait: &Portrait, title: &str, theme: Theme) -> Result<String, ReportError> {
    picture(theme, HEIGHT, &about_lines(portrait), |area| {
        let (left, right) = area.split_horizontally(WIDTH);
        draw(&left, portrait, 0, (title, theme))?;
        draw(&right, portrait, 1, ("", theme))
    })
}

/// Along one of the directions.
fn draw(
    area: &Area<'_>,
    portrait: &Portrait,
    axis: usize,
    (title, theme): (&str, Theme),
) -> Result<(), ReportError> {
    let (along, of_loss) = (&portrait.lines[axis], &axes(portrait)[axis]);
    let [low, high] = span(along.losses.iter().copied());
    let room = 0.08 * (high - low);
    let heights = [low - room, high + room];
    let ends = span(along.places.iter().copied());
    let frame = Frame {
        title,
        axes: [of_loss, if axis == 0 { "loss" } else { "" }],
        spans: [ends, heights],
        labels: [&tick(ends), &tick(heights)],
        theme,
    };
    let mut chart = frame.chart(area)?;
    let points = |values: Vec<f64>| -> Vec<(f64, f64)> {
        along.places.iter().copied().zip(values).collect()
    };
    let promised = points(portrait.promised(axis));
    line(&mut chart, &promised, theme.curve(1).stroke_width(2))?;
    let measured = points(along.losses.clone());
    line(&mut chart, &measured, theme.curve(0).stroke_width(3))?;
    let top = (ends[0], heights[1]);
    name(&mut chart, top, 4, ("the loss", theme.curve(0)))?;
    let second = ("slope and bend at the middle", theme.curve(1));
    name(&mut chart, top, 22, second)
}

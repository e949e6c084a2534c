//! A map of the loss as a surface in three dimensions, with the paths on it. It is as high as its colors: equal heights are
//! equal factors above the lowest loss where a map is colored so.

use plotters::prelude::*;

use crate::canvas::{Area, Span, picture, short, tick};
use crate::contour::{BANDS, ends, write_legend};
use crate::theme::shade;
use crate::{Levels, Map, ReportError, Theme};

const HEIGHT: u32 = 640;
/// Where the legend begins.
const LEGEND: u32 = 750;
/// How far the surface is turned to the side, and towards who looks at it.
const YAW: f64 = 0.6;
const PITCH: f64 = 0.5;

/// Draws a map as a surface, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn surface(map: &Map<'_>, theme: Theme) -> Result<String, ReportError> {
    let levels = Levels::of(&map.grid.losses, BANDS);
    picture(theme, HEIGHT, &map.sentences, |area| {
        let (plot, legend) = area.split_horizontally(LEGEND);
        draw(&plot, map, &levels, theme)?;
        write_legend(&legend, map, &levels, theme)
    })
}

fn draw(area: &Area<'_>, map: &Map<'_>, levels: &Levels, theme: Theme) -> Result<(), ReportError> {
    let grid = map.grid;
    let [x, z] = [ends(&grid.alphas), ends(&grid.betas)];
    let top = levels.bands() as f64;
    let ink = theme.ink();
    let font = |size: u32| ("sans-serif", size).into_font().color(&ink);
    let mut chart = ChartBuilder::on(area)
        .margin(20)
        .caption(&map.title, font(20))
        .build_cartesian_3d(x[0]..x[1], 0.0..top, z[0]..z[1])?;
    chart.with_projection(|mut projection| {
        projection.yaw = YAW;
        projection.pitch = PITCH;
        projection.scale = 0.85;
        projection.into_matrix()
    });
    let loss = |place: &f64| levels.loss(*place).map_or(String::new(), short);
    chart
        .configure_axes()
        .light_grid_style(TRANSPARENT)
        .bold_grid_style(theme.mesh())
        .axis_panel_style(TRANSPARENT)
        .label_style(font(13))
        .x_formatter(&tick(x))
        .y_formatter(&loss)
        .z_formatter(&tick(z))
        .draw()?;
    let index = |places: &[f64], at: f64| places.partition_point(|place| *place < at);
    let height = |x: f64, z: f64| {
        let place = index(&grid.betas, z) * grid.alphas.len() + index(&grid.alphas, x);
        // What has no loss is above all that has one.
        levels.place(grid.losses[place]).unwrap_or(top)
    };
    let color = |height: &f64| shade(height / top).filled();
    let (xs, zs) = (grid.alphas.iter().copied(), grid.betas.iter().copied());
    chart.draw_series(SurfaceSeries::xoz(xs, zs, height).style_func(&color))?;

    let within = |[low, high]: Span, at: f64| (low..=high).contains(&at);
    let is_in = |at: &[f64; 2]| within(x, at[0]) && within(z, at[1]);
    let on_surface = |at: &[f64; 2], loss: Option<f64>| {
        let own = loss.and_then(|loss| levels.place(loss));
        (
            at[0],
            own.unwrap_or_else(|| height(at[0], at[1])).min(top),
            at[1],
        )
    };
    for (index, path) in map.paths.iter().enumerate() {
        let color = Theme::path(index);
        let points: Vec<_> = path
            .at
            .iter()
            .enumerate()
            .filter(|(_, at)| is_in(at))
            .map(|(k, at)| on_surface(at, path.losses.get(k).copied()))
            .collect();
        for style in [BLACK.mix(0.6).stroke_width(4), color.stroke_width(2)] {
            chart.draw_series([PathElement::new(points.clone(), style)])?;
        }
        let dot = |at: &(f64, f64, f64)| Circle::new(*at, 3, color.filled());
        chart.draw_series(points.iter().map(dot))?;
    }
    for (at, name) in map.marks.iter().filter(|(at, _)| is_in(at)) {
        let at = on_surface(at, None);
        let label = EmptyElement::at(at)
            + Circle::new((0, 0), 5, ink.stroke_width(2))
            + Text::new(name.clone(), (9, -7), font(15));
        chart.draw_series([label])?;
    }
    Ok(())
}

//! A map of the loss on a plane: colored bands, lines of equal loss, paths, and what they are to be read with.

use plotters::element::DashedPathElement;
use plotters::prelude::*;
use thalweg_landscape::grid::Grid;

use crate::canvas::{Area, Chart, Frame, Span, dashes, line, picture, short, tick, wrap, write};
use crate::isolines::Field;
use crate::theme::shade;
use crate::{Levels, ReportError, Theme};

const HEIGHT: u32 = 640;
/// Where the legend begins.
const LEGEND: u32 = 750;
/// Colors of a map.
pub(crate) const BANDS: usize = 14;
/// Colored places for each cell of the lattice, along each axis.
const FINER: usize = 2;

/// A map and all that is drawn on it.
#[derive(Clone, Debug)]
pub struct Map<'a> {
    /// What it is of.
    pub title: String,
    /// The losses.
    pub grid: &'a Grid,
    /// What lies along the axes.
    pub axes: [String; 2],
    /// Ways through it.
    pub paths: Vec<Path>,
    /// Places with a name.
    pub marks: Vec<([f64; 2], String)>,
    /// What it is to be read with.
    pub sentences: Vec<String>,
}

/// A way through a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Whose way it is.
    pub name: String,
    /// Its points.
    pub at: Vec<[f64; 2]>,
    /// The loss at each of them, where it may be another than that of the map.
    pub losses: Vec<f64>,
    /// How far from the map each of them is, if not on it.
    pub distances: Vec<f64>,
}

/// Draws a map, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn contour(map: &Map<'_>, theme: Theme) -> Result<String, ReportError> {
    let levels = Levels::of(&map.grid.losses, BANDS);
    picture(theme, HEIGHT, &map.sentences, |area| {
        let (plot, legend) = area.split_horizontally(LEGEND);
        let spans = [ends(&map.grid.alphas), ends(&map.grid.betas)];
        let [x, y] = spans.map(tick);
        let frame = Frame {
            title: &map.title,
            axes: [&map.axes[0], &map.axes[1]],
            spans,
            labels: [&x, &y],
            theme,
        };
        let mut chart = frame.chart(&plot)?;
        color(&mut chart, map.grid, &levels, theme)?;
        isolines(&mut chart, map.grid, &levels)?;
        for (index, path) in map.paths.iter().enumerate() {
            trace(&mut chart, path, index, &levels)?;
        }
        for (at, name) in &map.marks {
            mark(&mut chart, *at, name)?;
        }
        write_legend(&legend, map, &levels, theme)
    })
}

/// From where to where places go.
pub(crate) fn ends(places: &[f64]) -> Span {
    [places[0], places[places.len() - 1]]
}

/// Colors the plane band by band, in rows of rectangles, each as long as its color lasts.
fn color(
    chart: &mut Chart<'_, '_>,
    grid: &Grid,
    levels: &Levels,
    theme: Theme,
) -> Result<(), ReportError> {
    let (xs, ys) = (finer(&grid.alphas), finer(&grid.betas));
    let mut rectangles = Vec::new();
    for row in 0..ys.len() - 1 {
        let band = |column: usize| levels.band(height(grid, column, row));
        let mut start = 0;
        for column in 1..xs.len() {
            if column < xs.len() - 1 && band(column) == band(start) {
                continue;
            }
            let corners = [(xs[start], ys[row]), (xs[column], ys[row + 1])];
            rectangles.push((band(start), corners));
            start = column;
        }
    }
    rectangles.sort_by_key(|rectangle| rectangle.0);
    for (band, corners) in rectangles {
        let last = levels.at.len().max(1) as f64;
        let shade = band.map_or(theme.mesh(), |band| shade(band as f64 / last));
        chart.draw_series([Rectangle::new(corners, shade.filled())])?;
    }
    Ok(())
}

/// Places with more between them.
fn finer(places: &[f64]) -> Vec<f64> {
    let between = |pair: &[f64]| -> Vec<f64> {
        let (low, high) = (pair[0], pair[1]);
        let part = |k: usize| low + (high - low) * k as f64 / FINER as f64;
        (0..FINER).map(part).collect()
    };
    let mut all: Vec<f64> = places.windows(2).flat_map(between).collect();
    all.extend(places.last());
    all
}

/// The loss in the middle of one of the finer places, between the four around it.
fn height(grid: &Grid, column: usize, row: usize) -> f64 {
    let width = grid.alphas.len();
    let part = |place: usize| ((place % FINER) as f64 + 0.5) / FINER as f64;
    let (x, y) = (part(column), part(row));
    let corner = row / FINER * width + column / FINER;
    let loss = |at: usize| grid.losses[at];
    let below = (1.0 - x) * loss(corner) + x * loss(corner + 1);
    let above = (1.0 - x) * loss(corner + width) + x * loss(corner + width + 1);
    (1.0 - y) * below + y * above
}

fn isolines(chart: &mut Chart<'_, '_>, grid: &Grid, levels: &Levels) -> Result<(), ReportError> {
    let field = Field {
        xs: &grid.alphas,
        ys: &grid.betas,
        heights: &grid.losses,
    };
    for &level in &levels.at {
        for points in field.lines(level) {
            line(chart, &points, BLACK.mix(0.28).stroke_width(1))?;
        }
    }
    Ok(())
}

/// A path with a dark border, so that it is seen on every color. Its points have the color of their own loss, and are the
/// smaller the farther they are from the plane.
fn trace(
    chart: &mut Chart<'_, '_>,
    path: &Path,
    index: usize,
    levels: &Levels,
) -> Result<(), ReportError> {
    let points: Vec<(f64, f64)> = path.at.iter().map(|at| (at[0], at[1])).collect();
    let color = Theme::path(index);
    line(chart, &points, BLACK.mix(0.55).stroke_width(4))?;
    if Theme::is_dashed(index, Theme::PATHS) {
        dashes(chart, &points, color.stroke_width(2))?;
    } else {
        line(chart, &points, color.stroke_width(2))?;
    }
    let (x, y) = (chart.x_range(), chart.y_range());
    let is_in = |at: &(f64, f64)| x.contains(&at.0) && y.contains(&at.1);
    let farthest = path.distances.iter().copied().fold(0.0, f64::max);
    for (k, at) in points.iter().enumerate().filter(|(_, at)| is_in(at)) {
        let Some(part) = path.losses.get(k).and_then(|loss| levels.part(*loss)) else {
            continue;
        };
        let distance = path.distances.get(k).copied().unwrap_or(0.0);
        let far = if farthest > 0.0 {
            distance / farthest
        } else {
            0.0
        };
        let size = (6.0 - 3.0 * far).round() as u32;
        chart.draw_series([
            Circle::new(*at, size + 1, color.filled()),
            Circle::new(*at, size, shade(part).filled()),
        ])?;
    }
    // Where it begins, and where it ends.
    let ends = [points.first(), points.last()];
    for (end, is_last) in ends.into_iter().flatten().zip([false, true]) {
        if is_in(end) {
            let style = if is_last {
                color.filled()
            } else {
                color.stroke_width(2)
            };
            chart.draw_series([
                Circle::new(*end, 7, BLACK.mix(0.55).stroke_width(4)),
                Circle::new(*end, 6, style),
            ])?;
        }
    }
    Ok(())
}

fn mark(chart: &mut Chart<'_, '_>, at: [f64; 2], name: &str) -> Result<(), ReportError> {
    let (x, y) = (chart.x_range(), chart.y_range());
    if !(x.contains(&at[0]) && y.contains(&at[1])) {
        return Ok(());
    }
    let at = (at[0], at[1]);
    chart.draw_series([
        Cross::new(at, 7, BLACK.stroke_width(5)),
        Cross::new(at, 6, WHITE.stroke_width(2)),
    ])?;
    // A little lower and higher in black: white alone is not seen where the map is yellow.
    crate::canvas::name(chart, (at.0, at.1), -7, (name, BLACK))?;
    crate::canvas::name(chart, at, -8, (name, WHITE))
}

/// The colors with their losses, and the paths with their names.
pub(crate) fn write_legend(
    area: &Area<'_>,
    map: &Map<'_>,
    levels: &Levels,
    theme: Theme,
) -> Result<(), ReportError> {
    const BAR: i32 = 20;
    let bands = levels.bands();
    let top = 56;
    write(area, "loss".into(), (8, top - 26), (15, theme.ink()))?;
    for band in 0..bands {
        let y = top + BAR * (bands - 1 - band) as i32;
        let shade = shade(band as f64 / (bands.max(2) - 1) as f64);
        area.draw(&Rectangle::new([(8, y), (34, y + BAR)], shade.filled()))?;
        if let Some(level) = levels.at.get(band) {
            write(area, short(*level), (42, y - 7), (13, theme.ink()))?;
        }
    }
    let mut y = top + BAR * bands as i32 + 20;
    for (index, path) in map.paths.iter().enumerate() {
        let end = [(8, y + 8), (34, y + 8)];
        area.draw(&PathElement::new(end.to_vec(), BLACK.stroke_width(5)))?;
        let style = Theme::path(index).stroke_width(3);
        if Theme::is_dashed(index, Theme::PATHS) {
            area.draw(&DashedPathElement::new(end, 6, 4, style))?;
        } else {
            area.draw(&PathElement::new(end.to_vec(), style))?;
        }
        for text in wrap(&path.name.replace(',', ", "), 18) {
            write(area, text, (42, y), (13, theme.ink()))?;
            y += 17;
        }
        y += 5;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn bowl(points: usize) -> Grid {
        let places: Vec<f64> = (0..points)
            .map(|k| 2.0 * k as f64 / (points - 1) as f64 - 1.0)
            .collect();
        let pairs = places
            .iter()
            .flat_map(|y| places.iter().map(move |x| (x, y)));
        let losses: Vec<f64> = pairs.map(|(x, y)| 0.1 + x * x + 20.0 * y * y).collect();
        Grid {
            errors: vec![0.0; losses.len()],
            is_measured: vec![true; losses.len()],
            betas: places.clone(),
            alphas: places,
            losses,
        }
    }

    #[test]
    fn a_map_has_all_that_was_asked_for() {
        let grid = bowl(21);
        let path = Path {
            name: "adam:lr=0.1,beta2=0.99".into(),
            at: vec![[-0.9, 0.8], [0.1, 0.2], [3.0, 0.0]],
            losses: vec![15.0, 0.5, 9.0],
            distances: vec![0.5, 0.0, 0.1],
        };
        let map = Map {
            title: "bowl & <rules>".into(),
            grid: &grid,
            axes: ["first".into(), "second".into()],
            paths: vec![path],
            marks: vec![([0.0, 0.0], "minimum".into())],
            sentences: vec!["One sentence.".into()],
        };
        for theme in [Theme::Light, Theme::Dark] {
            let picture = contour(&map, theme).unwrap();
            for part in [
                "bowl &amp; &lt;rules&gt;",
                "One sentence.",
                "minimum",
                "adam:lr=0.1,",
                "second",
                "<circle",
            ] {
                assert!(picture.contains(part), "{part}");
            }
            assert!(picture.len() < 400_000, "{}", picture.len());
            assert_eq!(picture, contour(&map, theme).unwrap());
        }
    }

    #[test]
    fn a_map_without_a_finite_loss_is_a_map() {
        let mut grid = bowl(5);
        grid.losses.fill(f64::NAN);
        let map = Map {
            title: String::new(),
            grid: &grid,
            axes: [String::new(), String::new()],
            paths: Vec::new(),
            marks: Vec::new(),
            sentences: Vec::new(),
        };
        assert!(contour(&map, Theme::Light).unwrap().starts_with("<svg"));
    }
}

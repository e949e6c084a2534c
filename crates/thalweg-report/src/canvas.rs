//! What all pictures share: their size, their charts, and the sentences under them.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{BoldPoints, DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::{ReportError, Theme};

pub(crate) const WIDTH: u32 = 960;
const FONT: &str = "sans-serif";
/// Characters of a line of sentences, and its height.
const LINE: usize = 128;
const LINE_HEIGHT: u32 = 19;

pub(crate) type Area<'b> = DrawingArea<SVGBackend<'b>, Shift>;
pub(crate) type Chart<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, Upward>>;
/// An axis with numbers written at places of its choice.
pub(crate) struct Upward {
    axis: RangedCoordf64,
    places: Vec<f64>,
}

/// From where to where an axis goes.
pub(crate) type Span = [f64; 2];

impl Ranged for Upward {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.axis.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.places.clone()
        }
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.axis.range()
    }
}

/// A picture of this height with sentences under it, as SVG.
pub(crate) fn picture(
    theme: Theme,
    height: u32,
    sentences: &[String],
    draw: impl FnOnce(&Area<'_>) -> Result<(), ReportError>,
) -> Result<String, ReportError> {
    let lines: Vec<String> = sentences
        .iter()
        .flat_map(|sentence| wrap(sentence, LINE))
        .collect();
    let below = LINE_HEIGHT * lines.len() as u32 + 16;
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (WIDTH, height + below)).into_drawing_area();
        root.fill(&theme.paper())?;
        let (above, caption) = root.split_vertically(height);
        draw(&above)?;
        for (index, line) in lines.into_iter().enumerate() {
            let y = 2 + (LINE_HEIGHT * index as u32) as i32;
            write(&caption, line, (24, y), (14, theme.faint()))?;
        }
        root.present()?;
    }
    Ok(lean(&text))
}

/// The same picture in fewer bytes: without what is so anyway, and with neighboring squares of one color as one path.
fn lean(svg: &str) -> String {
    let plain = svg
        .replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\"", "");
    let mut lean = String::with_capacity(plain.len());
    let mut color = "";
    for line in plain.lines() {
        let Some((square, fill)) = square(line) else {
            if !color.is_empty() {
                lean.push_str("\"/>\n");
            }
            color = "";
            lean.push_str(line);
            lean.push('\n');
            continue;
        };
        if fill != color {
            let end = if color.is_empty() { "" } else { "\"/>\n" };
            lean.extend([end, "<path fill=\"", fill, "\" d=\""]);
            color = fill;
        }
        let [x, y, width, height] = square;
        lean.extend(["M", x, " ", y, "h", width, "v", height, "h-", width, "z"]);
    }
    lean
}

/// Where a filled square lies, and its color, if the line is one.
fn square(line: &str) -> Option<([&str; 4], &str)> {
    let parts: Vec<&str> = line.strip_prefix("<rect ")?.split('"').collect();
    match parts[..] {
        [
            "x=",
            x,
            " y=",
            y,
            " width=",
            width,
            " height=",
            height,
            " fill=",
            fill,
            "/>",
        ] => Some(([x, y, width, height], fill)),
        _ => None,
    }
}

/// A text from its upper left corner on, of a size and a color.
pub(crate) fn write(
    area: &Area<'_>,
    text: String,
    at: (i32, i32),
    (size, color): (u32, RGBColor),
) -> Result<(), ReportError> {
    let font = (FONT, size).into_font().color(&color);
    area.draw(&Text::new(text, at, font))?;
    Ok(())
}

/// What is written around a chart.
pub(crate) struct Frame<'t> {
    pub(crate) title: &'t str,
    /// What lies along the axes.
    pub(crate) axes: [&'t str; 2],
    /// From where to where they go.
    pub(crate) spans: [Span; 2],
    /// How their numbers are written.
    pub(crate) labels: [&'t dyn Fn(&f64) -> String; 2],
    pub(crate) theme: Theme,
}

impl Frame<'_> {
    /// An empty chart with its axes.
    pub(crate) fn chart<'a, 'b>(&self, area: &'a Area<'b>) -> Result<Chart<'a, 'b>, ReportError> {
        let [low, high] = widened(self.spans[1]);
        let places = RangedCoordf64::from(low..high).key_points(BoldPoints(11));
        self.chart_with(area, places)
    }

    /// The same with numbers written at these places of the axis that goes upwards.
    pub(crate) fn chart_with<'a, 'b>(
        &self,
        area: &'a Area<'b>,
        places: Vec<f64>,
    ) -> Result<Chart<'a, 'b>, ReportError> {
        let (ink, mesh) = (self.theme.ink(), self.theme.mesh());
        let [x, y] = self.spans.map(widened);
        let axis = RangedCoordf64::from(y[0]..y[1]);
        let mut chart = ChartBuilder::on(area)
            .margin(14)
            .margin_right(22)
            .caption(self.title, (FONT, 20).into_font().color(&ink))
            .x_label_area_size(48)
            .y_label_area_size(72)
            .build_cartesian_2d(x[0]..x[1], Upward { axis, places })?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(mesh)
            .axis_style(ink)
            .label_style((FONT, 14).into_font().color(&ink))
            .axis_desc_style((FONT, 15).into_font().color(&ink))
            .x_desc(self.axes[0])
            .y_desc(self.axes[1])
            .x_label_formatter(self.labels[0])
            .y_label_formatter(self.labels[1])
            .draw()?;
        Ok(chart)
    }
}

/// An axis needs some length.
fn widened([low, high]: Span) -> Span {
    if low < high {
        [low, high]
    } else if low.is_finite() {
        let room = 0.5 * low.abs().max(1e-6);
        [low - room, low + room]
    } else {
        [0.0, 1.0]
    }
}

/// From the least to the greatest of some numbers, of which those that are not finite do not count.
pub(crate) fn span(numbers: impl IntoIterator<Item = f64>) -> Span {
    let finite = numbers.into_iter().filter(|x| x.is_finite());
    finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| {
        [low.min(x), high.max(x)]
    })
}

/// The pieces of a line that lie within a chart.
pub(crate) fn inside(line: &[(f64, f64)], [x, y]: [Span; 2]) -> Vec<Vec<(f64, f64)>> {
    let is_in = |&(a, b): &(f64, f64)| a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1];
    let pieces = line.split(|point| !is_in(point));
    pieces
        .filter(|piece| !piece.is_empty())
        .map(<[(f64, f64)]>::to_vec)
        .collect()
}

/// Draws a line as far as it lies within the chart.
pub(crate) fn line(
    chart: &mut Chart<'_, '_>,
    points: &[(f64, f64)],
    style: ShapeStyle,
) -> Result<(), ReportError> {
    let (x, y) = (chart.x_range(), chart.y_range());
    for piece in inside(points, [[x.start, x.end], [y.start, y.end]]) {
        chart.draw_series([PathElement::new(piece, style)])?;
    }
    Ok(())
}

/// The same in dashes.
pub(crate) fn dashes(
    chart: &mut Chart<'_, '_>,
    points: &[(f64, f64)],
    style: ShapeStyle,
) -> Result<(), ReportError> {
    let (x, y) = (chart.x_range(), chart.y_range());
    for piece in inside(points, [[x.start, x.end], [y.start, y.end]]) {
        chart.draw_series([DashedPathElement::new(piece, 7, 5, style)])?;
    }
    Ok(())
}

/// Writes a name beside a place of a chart, so many pixels lower: on its right, or on its left where there is no room.
pub(crate) fn name(
    chart: &mut Chart<'_, '_>,
    at: (f64, f64),
    lower: i32,
    (text, color): (&str, RGBColor),
) -> Result<(), ReportError> {
    let x = chart.x_range();
    let (side, aside) = if at.0 > x.start + 0.85 * (x.end - x.start) {
        (HPos::Right, -8)
    } else {
        (HPos::Left, 8)
    };
    let font = (FONT, 15).into_font().color(&color);
    let font = font.pos(Pos::new(side, VPos::Top));
    let label = EmptyElement::at(at) + Text::new(text.to_owned(), (aside, lower), font);
    chart.draw_series([label])?;
    Ok(())
}

/// How a place along an axis is written: in as many digits as tell a tenth of the axis, and a rounding of 0 is 0.
pub(crate) fn tick([low, high]: Span) -> impl Fn(&f64) -> String {
    let length = high - low;
    let digits = (1.0 - length.log10().floor()).clamp(0.0, 12.0) as usize;
    move |x| {
        if x.abs() < 1e-9 * length {
            "0".into()
        } else if (1e-3..1e5).contains(&x.abs()) {
            trimmed(format!("{x:.digits$}"))
        } else {
            short(*x)
        }
    }
}

/// A number in at most three digits.
pub(crate) fn short(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        "0".into()
    } else if (1e-2..1e4).contains(&size) {
        let digits = (2 - size.log10().floor() as i32).max(0) as usize;
        trimmed(format!("{x:.digits$}"))
    } else {
        format!("{x:.1e}")
    }
}

/// Without zeros at the end of its fraction.
fn trimmed(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// Splits a sentence at its spaces into lines of at most so many characters, if its words allow.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.len() - 1;
        let length = lines[line].chars().count() + 1 + word.chars().count();
        if lines[line].is_empty() {
            lines[line].push_str(word);
        } else if length <= width {
            lines[line].push(' ');
            lines[line].push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_edge() {
        let line = [
            (0.0, 0.0),
            (0.5, 0.5),
            (2.0, 0.5),
            (0.9, 0.9),
            (f64::NAN, 0.1),
        ];
        let pieces = inside(&line, [[0.0, 1.0]; 2]);
        assert_eq!(pieces, [vec![(0.0, 0.0), (0.5, 0.5)], vec![(0.9, 0.9)]]);
    }

    #[test]
    fn squares_of_one_color_become_one_path() {
        let rect = |x: u32, color: &str| {
            format!(
                "<rect x=\"{x}\" y=\"2\" width=\"3\" height=\"4\" opacity=\"1\" fill=\"{color}\" stroke=\"none\"/>\n"
            )
        };
        let svg = format!(
            "<svg>\n{}{}{}<line opacity=\"1\"/>\n</svg>\n",
            rect(1, "#FFF"),
            rect(4, "#FFF"),
            rect(7, "#000")
        );
        let path = "<path fill=\"#FFF\" d=\"M1 2h3v4h-3zM4 2h3v4h-3z\"/>";
        let other = "<path fill=\"#000\" d=\"M7 2h3v4h-3z\"/>";
        assert_eq!(
            lean(&svg),
            format!("<svg>\n{path}\n{other}\n<line/>\n</svg>\n")
        );
    }

    #[test]
    fn numbers_and_sentences_are_short() {
        assert_eq!(
            [0.0, 0.25, 12345.0, 0.0001].map(short),
            ["0", "0.25", "1.2e4", "1.0e-4"]
        );
        assert_eq!([-5.6e-17, 0.1].map(|x| tick([-0.3, 0.2])(&x)), ["0", "0.1"]);
        let narrow = tick([0.02245, 0.02249]);
        assert_eq!(
            [0.02246, 0.02247].map(|x| narrow(&x)),
            ["0.02246", "0.02247"]
        );
        assert_eq!(wrap("aa bb  cc", 5), ["aa bb", "cc"]);
        assert_eq!(span([f64::NAN, 2.0, -1.0, f64::INFINITY]), [-1.0, 2.0]);
    }
}

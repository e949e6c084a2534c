//! Pictures as PNG: the SVG that this crate writes, drawn by `tiny-skia`. Not any SVG: seven kinds of elements are all that
//! there are, and another one is an error.

use roxmltree::{Document, Node};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use crate::ReportError;
use crate::encoder::encode;
use crate::glyphs::Font;

/// Pixels for each unit of a picture, so that it is sharp on today's screens.
const SCALE: f32 = 2.0;

/// Draws a picture of this crate as PNG, twice as large.
///
/// # Errors
/// A text that is no picture of this crate.
pub fn png(svg: &str) -> Result<Vec<u8>, ReportError> {
    let pixmap = draw(svg)?;
    // All of it is opaque.
    let opaque = pixmap.pixels().iter();
    let pixels: Vec<u8> = opaque
        .flat_map(|color| [color.red(), color.green(), color.blue()])
        .collect();
    Ok(encode(pixmap.width(), &pixels))
}

/// The picture in pixels.
fn draw(svg: &str) -> Result<Pixmap, ReportError> {
    let document = Document::parse(svg).map_err(|error| refused(&error.to_string()))?;
    let root = document.root_element();
    let size = |name| number(&root, name).map(|length| (SCALE * length).ceil() as u32);
    let (width, height) = (size("width")?, size("height")?);
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| refused("it has no size"))?;
    // Without a background a viewer shows its own.
    pixmap.fill(Color::WHITE);
    let mut easel = Easel {
        pixmap,
        font: Font::new()?,
    };
    for node in root.children().filter(Node::is_element) {
        easel.draw(&node)?;
    }
    Ok(easel.pixmap)
}

fn refused(reason: &str) -> ReportError {
    ReportError::Drawing {
        reason: reason.to_owned(),
    }
}

/// A picture in the making.
struct Easel {
    pixmap: Pixmap,
    font: Font,
}

impl Easel {
    fn draw(&mut self, node: &Node<'_, '_>) -> Result<(), ReportError> {
        let at = |name| number(node, name);
        let path = match node.tag_name().name() {
            "rect" => {
                let rect = Rect::from_xywh(at("x")?, at("y")?, at("width")?, at("height")?);
                // One without a width is not seen in an SVG either.
                rect.map(PathBuilder::from_rect)
            }
            "circle" => PathBuilder::from_circle(at("cx")?, at("cy")?, at("r")?),
            "line" => polyline(&[at("x1")?, at("y1")?, at("x2")?, at("y2")?], false),
            "polyline" => polyline(&points(node)?, false),
            "polygon" => polyline(&points(node)?, true),
            "text" => return self.write(node),
            other => return Err(refused(&format!("there is no `{other}` in these pictures"))),
        };
        if let Some(path) = path {
            self.paint(node, &path, Transform::identity())?;
        }
        Ok(())
    }

    /// Fills and strokes a path as an element says.
    fn paint(
        &mut self,
        node: &Node<'_, '_>,
        path: &Path,
        transform: Transform,
    ) -> Result<(), ReportError> {
        let transform = transform.post_scale(SCALE, SCALE);
        if let Some(paint) = color(node, "fill")? {
            let rule = FillRule::Winding;
            self.pixmap.fill_path(path, &paint, rule, transform, None);
        }
        if let Some(paint) = color(node, "stroke")? {
            let width = node.attribute("stroke-width");
            let stroke = Stroke {
                width: width.and_then(|width| width.parse().ok()).unwrap_or(1.0),
                ..Stroke::default()
            };
            self.pixmap
                .stroke_path(path, &paint, &stroke, transform, None);
        }
        Ok(())
    }

    /// A line of text, placed and turned as SVG does it.
    fn write(&mut self, node: &Node<'_, '_>) -> Result<(), ReportError> {
        let text = node.text().unwrap_or_default().trim();
        let (x, y, size) = (
            number(node, "x")?,
            number(node, "y")?,
            number(node, "font-size")?,
        );
        let shift = match node.attribute("text-anchor") {
            Some("middle") => 0.5,
            Some("end") => 1.0,
            _ => 0.0,
        };
        let below = match node.attribute("dy") {
            Some("0.5ex") => 0.5 * self.font.x_height(),
            Some("-0.5ex") => -0.5 * self.font.x_height(),
            Some(dy) => dy.trim_end_matches("em").parse().unwrap_or(0.0),
            None => 0.0,
        };
        let base = (x - shift * self.font.width(text, size), y + below * size);
        let Some(path) = self.font.outline(text, size, base) else {
            return Ok(());
        };
        let transform = match node.attribute("transform") {
            // `rotate(270, 12, 340)`
            Some(turn) => {
                let angle = turn.trim_start_matches("rotate(").split(',').next();
                let angle = angle.and_then(|angle| angle.trim().parse().ok());
                Transform::from_rotate_at(angle.unwrap_or(0.0), x, y)
            }
            None => Transform::identity(),
        };
        self.paint(node, &path, transform)?;
        if node.attribute("font-weight") == Some("bold")
            && let Some(paint) = color(node, "fill")?
        {
            // The font has no bold face: a bolder one is drawn around it.
            let stroke = Stroke {
                width: size / 18.0,
                ..Stroke::default()
            };
            let transform = transform.post_scale(SCALE, SCALE);
            self.pixmap
                .stroke_path(&path, &paint, &stroke, transform, None);
        }
        Ok(())
    }
}

/// A number that an element has.
fn number(node: &Node<'_, '_>, name: &str) -> Result<f32, ReportError> {
    let found = node.attribute(name).and_then(|text| text.parse().ok());
    found.ok_or_else(|| {
        let element = node.tag_name().name();
        refused(&format!("a `{element}` has no `{name}`"))
    })
}

/// `12,5 13,7 `: the numbers one after the other.
fn points(node: &Node<'_, '_>) -> Result<Vec<f32>, ReportError> {
    let text = node.attribute("points").unwrap_or_default();
    let numbers = text.split([' ', ',']).filter(|part| !part.is_empty());
    let numbers: Result<Vec<f32>, _> = numbers.map(str::parse).collect();
    numbers.map_err(|error: std::num::ParseFloatError| refused(&error.to_string()))
}

/// A line through points; none where there are no two of them.
fn polyline(numbers: &[f32], is_closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, point) in numbers.chunks_exact(2).enumerate() {
        if index == 0 {
            path.move_to(point[0], point[1]);
        } else {
            path.line_to(point[0], point[1]);
        }
    }
    if is_closed {
        path.close();
    }
    path.finish()
}

/// The paint of a part of an element; none for `none`.
fn color(node: &Node<'_, '_>, part: &str) -> Result<Option<Paint<'static>>, ReportError> {
    let Some(text) = node.attribute(part).filter(|text| *text != "none") else {
        return Ok(None);
    };
    let hex = text
        .strip_prefix('#')
        .filter(|hex| hex.len() == 6 && hex.is_ascii());
    let channel = |at: usize| hex.and_then(|hex| u8::from_str_radix(&hex[at..at + 2], 16).ok());
    let (Some(r), Some(g), Some(b)) = (channel(0), channel(2), channel(4)) else {
        return Err(refused(&format!("`{text}` is no color of these pictures")));
    };
    let opacity = node.attribute("opacity").and_then(|text| text.parse().ok());
    let opacity: f32 = opacity.unwrap_or(1.0);
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, (255.0 * opacity.clamp(0.0, 1.0)).round() as u8);
    Ok(Some(paint))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The color of a pixel of a picture that is drawn and read again.
    fn pixel(body: &str, (x, y): (u32, u32)) -> (u8, u8, u8) {
        let svg = format!(
            r#"<svg width="40" height="30" viewBox="0 0 40 30" xmlns="http://www.w3.org/2000/svg">{body}</svg>"#
        );
        let pixmap = draw(&svg).unwrap();
        assert_eq!((pixmap.width(), pixmap.height()), (80, 60));
        let color = pixmap.pixel(x, y).unwrap();
        (color.red(), color.green(), color.blue())
    }

    #[test]
    fn shapes_are_where_the_text_says() {
        let red = r##"<rect x="10" y="10" width="10" height="10" opacity="1" fill="#FF0000" stroke="none"/>"##;
        assert_eq!(pixel(red, (30, 30)), (255, 0, 0));
        assert_eq!(pixel(red, (10, 10)), (255, 255, 255));
        let line = r##"<polyline fill="none" opacity="1" stroke="#0000FF" stroke-width="4" points="0,15 40,15 "/>"##;
        assert_eq!(pixel(line, (50, 30)), (0, 0, 255));
        assert_eq!(pixel(line, (50, 40)), (255, 255, 255));
        let circle = r##"<circle cx="20" cy="15" r="5" opacity="0.5" fill="#000000" stroke="none" stroke-width="1"/>"##;
        let (gray, ..) = pixel(circle, (40, 30));
        assert!((126..=129).contains(&gray), "{gray}");
    }

    #[test]
    fn text_is_drawn_also_upwards() {
        let text = |turn: &str| {
            format!(
                r##"<text x="20" y="15" dy="0.5ex" text-anchor="middle" font-family="sans-serif" font-size="20" opacity="1" fill="#000000" {turn}>
IIIII
</text>"##
            )
        };
        let dark = |body: &str, column: bool| {
            let at = |k: u32| if column { (40, k) } else { (k, 30) };
            let range = if column { 60 } else { 80 };
            (0..range).filter(|&k| pixel(body, at(k)).0 < 128).count()
        };
        let (flat, upright) = (text(""), text(r#"transform="rotate(270, 20, 15)""#));
        assert!(dark(&flat, false) > 8 && dark(&upright, true) > 8);
        assert!(
            dark(&upright, false) > 8 * 2,
            "the letters lie on their sides"
        );
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for text in [
            "",
            "<svg",
            "<svg width=\"4\" height=\"4\"><path/></svg>",
            "<svg/>",
        ] {
            assert!(png(text).is_err(), "{text}");
        }
    }
}

//! Pictures as PNG: their SVG drawn by `resvg`, in a font that is compiled in, so that a picture looks the same on every
//! machine, also on one without fonts.

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::ReportError;

/// DejaVu Sans, of which Latin, Greek and mathematical signs are left; see `assets/LICENSE-DejaVu`.
const FONT: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");
const FAMILY: &str = "DejaVu Sans";
/// Pixels for each unit of a picture, so that it is sharp on today's screens.
const SCALE: f32 = 2.0;

/// Draws a picture as PNG, twice as large.
///
/// # Errors
/// A text that is no SVG.
pub fn png(svg: &str) -> Result<Vec<u8>, ReportError> {
    draw(svg)?.encode_png().map_err(|error| refused(&error))
}

/// The picture in pixels.
fn draw(svg: &str) -> Result<Pixmap, ReportError> {
    let mut options = Options {
        font_family: FAMILY.to_owned(),
        ..Options::default()
    };
    let fonts = options.fontdb_mut();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    let tree = Tree::from_str(svg, &options).map_err(|error| refused(&error))?;
    let [width, height] =
        [tree.size().width(), tree.size().height()].map(|length| (SCALE * length).ceil() as u32);
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| refused(&"it is too large"))?;
    // Without a background a viewer shows its own.
    pixmap.fill(Color::WHITE);
    let scale = Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    Ok(pixmap)
}

fn refused(reason: &impl ToString) -> ReportError {
    ReportError::Drawing {
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 40 × 30 units, drawn.
    fn drawn(body: &str) -> Pixmap {
        let svg = format!(
            r#"<svg width="40" height="30" viewBox="0 0 40 30" xmlns="http://www.w3.org/2000/svg">{body}</svg>"#
        );
        draw(&svg).unwrap()
    }

    #[test]
    fn a_picture_is_twice_as_large_on_white() {
        let red = drawn(r##"<rect x="10" y="10" width="10" height="10" fill="#FF0000"/>"##);
        assert_eq!((red.width(), red.height()), (80, 60));
        let at = |x, y| {
            let color = red.pixel(x, y).unwrap();
            (color.red(), color.green(), color.blue())
        };
        assert_eq!((at(30, 30), at(10, 10)), ((255, 0, 0), (255, 255, 255)));
    }

    #[test]
    fn text_is_drawn_in_the_font_that_is_here() {
        for letters in ["IIIII", "λ₁ ± ∇"] {
            let text = format!(
                r##"<text x="20" y="15" dy="0.5ex" text-anchor="middle" font-family="sans-serif" font-size="14" fill="#000000">{letters}</text>"##
            );
            let dark = drawn(&text)
                .pixels()
                .iter()
                .filter(|p| p.red() < 128)
                .count();
            assert!(dark > 60, "{letters}: {dark}");
        }
    }

    #[test]
    fn a_file_is_a_png() {
        let svg = r#"<svg width="4" height="4" xmlns="http://www.w3.org/2000/svg"/>"#;
        assert!(png(svg).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
        for text in ["", "<svg", "a map"] {
            assert!(png(text).is_err(), "{text}");
        }
    }
}

//! Text as outlines, in the font that is compiled in: a picture looks the same on every machine, also on one without
//! fonts.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, OutlineBuilder};

use crate::ReportError;

/// DejaVu Sans, of which Latin, Greek and mathematical signs are left; see `assets/LICENSE-DejaVu`.
const FONT: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");

/// A font that is ready to be drawn.
pub(crate) struct Font {
    face: Face<'static>,
}

/// Where an outline goes: from the font's units to the picture's, in which y points down.
struct Pen<'p> {
    path: &'p mut PathBuilder,
    scale: f32,
    x: f32,
    y: f32,
}

impl Font {
    pub(crate) fn new() -> Result<Font, ReportError> {
        let face = Face::parse(FONT, 0).map_err(|error| ReportError::Drawing {
            reason: error.to_string(),
        })?;
        Ok(Font { face })
    }

    /// The height of a small x, as a part of the size: that of the letter, for this font's tables do not tell.
    pub(crate) fn x_height(&self) -> f32 {
        let letter = self.face.glyph_index('x');
        let bounds = letter.and_then(|x| self.face.glyph_bounding_box(x));
        let height = bounds.map_or(0, |bounds| bounds.y_max);
        f32::from(height) / f32::from(self.face.units_per_em())
    }

    /// How wide a text is.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 = text.chars().map(|c| u32::from(self.advance(c))).sum();
        units as f32 * size / f32::from(self.face.units_per_em())
    }

    /// The outlines of a text whose base line begins here; none where there is nothing to see.
    pub(crate) fn outline(&self, text: &str, size: f32, (x, y): (f32, f32)) -> Option<Path> {
        let mut path = PathBuilder::new();
        let scale = size / f32::from(self.face.units_per_em());
        let mut x = x;
        for c in text.chars() {
            // What the font does not have is drawn as its empty box.
            let glyph = self.face.glyph_index(c).unwrap_or_default();
            let mut pen = Pen {
                path: &mut path,
                scale,
                x,
                y,
            };
            self.face.outline_glyph(glyph, &mut pen);
            x += f32::from(self.advance(c)) * scale;
        }
        path.finish()
    }

    fn advance(&self, c: char) -> u16 {
        let glyph = self.face.glyph_index(c).unwrap_or_default();
        self.face.glyph_hor_advance(glyph).unwrap_or_default()
    }
}

impl Pen<'_> {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + self.scale * x, self.y - self.scale * y)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2)) = (self.place(x1, y1), self.place(x2, y2));
        let (x, y) = self.place(x, y);
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_outlines_where_it_is_written() {
        let font = Font::new().unwrap();
        let path = font.outline("Hλ₁ ± 3", 20.0, (100.0, 50.0)).unwrap();
        let bounds = path.bounds();
        assert!(bounds.left() >= 99.0 && bounds.right() <= 101.0 + font.width("Hλ₁ ± 3", 20.0));
        assert!(bounds.top() > 30.0 && bounds.bottom() < 58.0);
        assert!(font.outline("  ", 20.0, (0.0, 0.0)).is_none());
        assert!((0.4..0.7).contains(&font.x_height()));
        // A sign that no picture of ours has is a box.
        assert!(font.outline("語", 20.0, (0.0, 0.0)).is_some());
    }
}

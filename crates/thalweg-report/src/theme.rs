//! The colors of pictures: on white and on black, different for every kind of color vision.

use plotters::style::RGBColor;

/// What a picture lies on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// White.
    #[default]
    Light,
    /// Nearly black.
    Dark,
}

impl Theme {
    pub(crate) fn paper(self) -> RGBColor {
        match self {
            Theme::Light => RGBColor(255, 255, 255),
            Theme::Dark => RGBColor(22, 25, 31),
        }
    }

    /// Text and axes.
    pub(crate) fn ink(self) -> RGBColor {
        match self {
            Theme::Light => RGBColor(45, 50, 60),
            Theme::Dark => RGBColor(222, 226, 232),
        }
    }

    /// Text that is read after the other.
    pub(crate) fn faint(self) -> RGBColor {
        match self {
            Theme::Light => RGBColor(95, 100, 110),
            Theme::Dark => RGBColor(160, 166, 176),
        }
    }

    /// Lines behind the curves.
    pub(crate) fn mesh(self) -> RGBColor {
        match self {
            Theme::Light => RGBColor(225, 228, 232),
            Theme::Dark => RGBColor(52, 57, 66),
        }
    }

    /// Colors of curves, after which they come again, dashed.
    pub(crate) const CURVES: usize = 6;
    /// The same of paths on a map.
    pub(crate) const PATHS: usize = 6;

    /// Whether the line with this number is dashed, because its color has been used.
    pub(crate) fn is_dashed(index: usize, colors: usize) -> bool {
        index / colors % 2 == 1
    }

    /// Curves: blue, orange, green, purple (after Okabe & Ito 2008), olive, gray, lighter on black.
    pub(crate) fn curve(self, index: usize) -> RGBColor {
        let colors: [RGBColor; Theme::CURVES] = match self {
            Theme::Light => [
                RGBColor(0, 114, 178),
                RGBColor(213, 94, 0),
                RGBColor(0, 140, 100),
                RGBColor(160, 80, 140),
                RGBColor(122, 106, 0),
                RGBColor(77, 77, 77),
            ],
            Theme::Dark => [
                RGBColor(86, 180, 233),
                RGBColor(240, 150, 60),
                RGBColor(60, 200, 155),
                RGBColor(220, 150, 195),
                RGBColor(224, 208, 96),
                RGBColor(192, 192, 192),
            ],
        };
        colors[index % colors.len()]
    }

    /// Paths on a map, whose colors run from dark blue to yellow.
    pub(crate) fn path(index: usize) -> RGBColor {
        let colors: [RGBColor; Theme::PATHS] = [
            RGBColor(255, 255, 255),
            RGBColor(255, 110, 70),
            RGBColor(255, 120, 220),
            RGBColor(120, 225, 255),
            RGBColor(255, 190, 60),
            RGBColor(190, 255, 150),
        ];
        colors[index % colors.len()]
    }
}

/// Viridis (Smith & van der Walt 2015), which is as dark as its number is low for every eye and on paper.
const VIRIDIS: [[u8; 3]; 11] = [
    [68, 1, 84],
    [72, 36, 117],
    [65, 68, 135],
    [53, 95, 141],
    [42, 120, 142],
    [33, 145, 140],
    [34, 168, 132],
    [68, 191, 112],
    [122, 209, 81],
    [189, 223, 38],
    [253, 231, 37],
];

/// The color of a part from 0 to 1.
pub(crate) fn shade(part: f64) -> RGBColor {
    let place = part.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (place.floor() as usize).min(VIRIDIS.len() - 2);
    let t = place - below as f64;
    let [r, g, b] = [0, 1, 2].map(|channel| {
        let (a, b) = (VIRIDIS[below][channel], VIRIDIS[below + 1][channel]);
        ((1.0 - t) * f64::from(a) + t * f64::from(b)).round() as u8
    });
    RGBColor(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_get_lighter() {
        let lightness = |k: u32| {
            let RGBColor(r, g, b) = shade(f64::from(k) / 20.0);
            0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
        };
        assert!((1..=20).all(|k| lightness(k) > lightness(k - 1)));
        assert_eq!(shade(-1.0), RGBColor(68, 1, 84));
        assert_eq!(shade(2.0), RGBColor(253, 231, 37));
    }
}

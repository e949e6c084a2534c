//! Shapes: along which curve a value goes from one level to another. They are parts of schedules, not schedules.

use std::f64::consts::PI;

/// Along which curve a value goes from one level to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Equally fast all the time: 1 − x is left.
    Linear,
    /// Half a wave, slow at both ends: (1 + cos πx) / 2 is left.
    #[default]
    Cosine,
    /// Fast at first and ever more slowly: 1 − √x is left.
    Sqrt,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 3] = [Shape::Linear, Shape::Cosine, Shape::Sqrt];

    /// The word that chooses it.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::Linear => "linear",
            Shape::Cosine => "cosine",
            Shape::Sqrt => "sqrt",
        }
    }

    /// The one that a word chooses; the cosine for a word that chooses none.
    pub fn named(word: &str) -> Shape {
        let mut all = Shape::ALL.into_iter();
        all.find(|it| it.name() == word).unwrap_or_default()
    }

    /// What is left of the way from 1 to 0 when the part `x` of the time is over.
    pub(super) fn left(self, x: f64) -> f64 {
        match self {
            Shape::Linear => 1.0 - x,
            Shape::Cosine => 0.5 * (1.0 + (PI * x).cos()),
            Shape::Sqrt => 1.0 - x.sqrt(),
        }
    }

    /// The value on the way from `from` to `to` when the part `x` of the time is over.
    pub(super) fn between(self, from: f64, to: f64, x: f64) -> f64 {
        let left = self.left(x);
        // Not to + (from − to) · left, which at x = 0 can miss `from` by a rounding.
        from * left + to * (1.0 - left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_goes_from_end_to_end() {
        for shape in Shape::ALL {
            assert_eq!(shape.between(0.3, 0.7, 0.0), 0.3);
            assert_eq!(shape.between(0.3, 0.7, 1.0), 0.7);
            assert_eq!(Shape::named(shape.name()), shape);
        }
        assert_eq!(Shape::Linear.left(0.25), 0.75);
        assert_eq!(Shape::Cosine.left(0.5), 0.5);
        assert_eq!(Shape::Sqrt.left(0.25), 0.5);
    }
}

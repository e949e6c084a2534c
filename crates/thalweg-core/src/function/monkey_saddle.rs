//! Monkey saddle: three ways down and three ways up from a point where the Hessian is 0.

use super::{Kind, Planar, Stationary};
use crate::spec::{Card, Field, Spec};

/// A saddle with a place for the tail: at 0 the Hessian is 0, and only the third derivatives tell that it is one.
///
/// ```text
/// f(x, y) = x³ − 3 x y²
/// ```
///
/// It falls for ever, so that a descent is to be watched on its way past 0, not at its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonkeySaddle;

impl Spec for MonkeySaddle {
    const CARD: &'static Card = &Card {
        name: "monkey_saddle",
        summary: "A saddle with three ways down, whose Hessian is 0; it falls for ever.",
        formula: "f(x, y) = x³ − 3 x y²",
        paper: "Hilbert & Cohn-Vossen 1952, Geometry and the Imagination, chapter IV, Chelsea",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Planar for MonkeySaddle {
    // Beside the way from above, on which a descent would reach the saddle and stay there for ever.
    const START: [f64; 2] = [1.0, 0.01];

    fn height(&self, [x, y]: [f64; 2]) -> f64 {
        x * (x * x - 3.0 * y * y)
    }

    fn slope(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [3.0 * (x * x - y * y), -6.0 * x * y]
    }

    fn curvature(&self, [x, y]: [f64; 2]) -> [f64; 3] {
        [6.0 * x, -6.0 * y, -6.0 * x]
    }

    fn frame(&self) -> [[f64; 2]; 2] {
        [[-1.5, 1.5]; 2]
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![([0.0, 0.0], 0.0, Kind::Degenerate)]
    }
}

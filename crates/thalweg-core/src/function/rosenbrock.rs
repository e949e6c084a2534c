//! Rosenbrock: a curved, flat valley between steep walls, easy to enter and slow to follow.

use super::{Kind, Planar, Stationary};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// A valley along the parabola y = x², which hardly falls towards its one minimum (Rosenbrock 1960).
///
/// ```text
/// f(x, y) = u² + b v²,  u = a − x,  v = y − x²
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rosenbrock {
    /// Where on the parabola the minimum is.
    pub a: f64,
    /// How steep the walls of the valley are.
    pub b: f64,
}

impl Default for Rosenbrock {
    fn default() -> Self {
        Rosenbrock { a: 1.0, b: 100.0 }
    }
}

impl Spec for Rosenbrock {
    const CARD: &'static Card = &Card {
        name: "rosenbrock",
        summary: "A curved, flat valley between steep walls: easy to enter and slow to follow.",
        formula: "f(x, y) = (a − x)² + b (y − x²)²",
        paper: "Rosenbrock 1960, An Automatic Method for Finding the Greatest or Least Value of a Function, The Computer Journal 3, doi:10.1093/comjnl/3.3.175",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "a",
            doc: "Where on the parabola the minimum is: at (a, a²).",
            range: Range::Any,
            slot: Slot::Float(|s| &mut s.a),
        },
        Field {
            name: "b",
            doc: "How steep the walls of the valley are.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.b),
        },
    ];
}

impl Planar for Rosenbrock {
    const START: [f64; 2] = [-1.2, 1.0];

    fn height(&self, [x, y]: [f64; 2]) -> f64 {
        let (u, v) = (self.a - x, y - x * x);
        u * u + self.b * v * v
    }

    fn slope(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (u, v) = (self.a - x, y - x * x);
        [-2.0 * u - 4.0 * self.b * x * v, 2.0 * self.b * v]
    }

    fn curvature(&self, [x, y]: [f64; 2]) -> [f64; 3] {
        let (b, v) = (self.b, y - x * x);
        [2.0 + b * (8.0 * x * x - 4.0 * v), -4.0 * b * x, 2.0 * b]
    }

    fn frame(&self) -> [[f64; 2]; 2] {
        // Wide enough for the minimum, wherever it is.
        let a = self.a.abs().max(1.0);
        [[-2.0 * a, 2.0 * a], [-a * a, 3.0 * a * a]]
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![([self.a, self.a * self.a], 0.0, Kind::Minimum)]
    }
}

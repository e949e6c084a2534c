//! Beale: flat arms with sharp peaks at the corners, and a long approach to the one minimum.

use super::{Kind, Planar, Stationary};
use crate::spec::{Card, Field, Spec};

/// A sum of three squares with one minimum, two saddles and flat arms (Beale 1958).
///
/// ```text
/// f(x, y) = Σₖ rₖ²,  rₖ = cₖ − x (1 − yᵏ),  c = 1.5, 2.25, 2.625,  k = 1, 2, 3
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beale;

impl Spec for Beale {
    const CARD: &'static Card = &Card {
        name: "beale",
        summary: "Flat arms with steep peaks at the corners, and a long approach to the one minimum.",
        formula: "f(x, y) = (1.5 − x + x y)² + (2.25 − x + x y²)² + (2.625 − x + x y³)²",
        paper: "Beale 1958, On an Iterative Method for Finding a Local Minimum of a Function of More than One Variable, Princeton University, Technical Report 25; start as in Moré, Garbow & Hillstrom 1981, problem 5, doi:10.1145/355934.355936",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

/// For each k: rₖ, then yᵏ and its first two derivatives.
fn residuals([x, y]: [f64; 2]) -> [[f64; 4]; 3] {
    [
        [1.5 - x * (1.0 - y), y, 1.0, 0.0],
        [2.25 - x * (1.0 - y * y), y * y, 2.0 * y, 2.0],
        [
            2.625 - x * (1.0 - y * y * y),
            y * y * y,
            3.0 * y * y,
            6.0 * y,
        ],
    ]
}

impl Planar for Beale {
    const START: [f64; 2] = [1.0, 1.0];

    fn height(&self, at: [f64; 2]) -> f64 {
        residuals(at).iter().map(|[r, ..]| r * r).sum()
    }

    fn slope(&self, at: [f64; 2]) -> [f64; 2] {
        let mut g = [0.0; 2];
        for [r, power, first, _] in residuals(at) {
            g[0] += 2.0 * r * (power - 1.0);
            g[1] += 2.0 * r * at[0] * first;
        }
        g
    }

    fn curvature(&self, at: [f64; 2]) -> [f64; 3] {
        let mut h = [0.0; 3];
        for [r, power, first, second] in residuals(at) {
            let (rx, ry) = (power - 1.0, at[0] * first);
            h[0] += 2.0 * rx * rx;
            h[1] += 2.0 * (rx * ry + r * first);
            h[2] += 2.0 * (ry * ry + r * at[0] * second);
        }
        h
    }

    fn frame(&self) -> [[f64; 2]; 2] {
        [[-4.5, 4.5]; 2]
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![
            ([3.0, 0.5], 0.0, Kind::Minimum),
            ([0.0, 1.0], 14.203_125, Kind::Saddle),
            (
                [0.100_537_937_324_158_36, -2.644_513_585_023_125],
                9.864_512_284_755_56,
                Kind::Saddle,
            ),
        ]
    }
}

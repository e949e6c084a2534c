//! Himmelblau: four equally deep minima around a low hill, with a saddle between each two neighbors.

use super::{Kind, Planar, Stationary};
use crate::spec::{Card, Field, Spec};

/// Four minima of the same depth: where a descent ends depends on its start (Himmelblau 1972).
///
/// ```text
/// f(x, y) = p² + q²,  p = x² + y − 11,  q = x + y² − 7
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Himmelblau;

impl Spec for Himmelblau {
    const CARD: &'static Card = &Card {
        name: "himmelblau",
        summary: "Four equally deep minima around a low hill: where a descent ends depends on its start.",
        formula: "f(x, y) = (x² + y − 11)² + (x + y² − 7)²",
        paper: "Himmelblau 1972, Applied Nonlinear Programming, McGraw-Hill",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

fn parts([x, y]: [f64; 2]) -> (f64, f64) {
    (x * x + y - 11.0, x + y * y - 7.0)
}

impl Planar for Himmelblau {
    const START: [f64; 2] = [0.0, 0.0];

    fn height(&self, at: [f64; 2]) -> f64 {
        let (p, q) = parts(at);
        p * p + q * q
    }

    fn slope(&self, at: [f64; 2]) -> [f64; 2] {
        let ([x, y], (p, q)) = (at, parts(at));
        [4.0 * x * p + 2.0 * q, 2.0 * p + 4.0 * y * q]
    }

    fn curvature(&self, at: [f64; 2]) -> [f64; 3] {
        let ([x, y], (p, q)) = (at, parts(at));
        let xx = 8.0 * x * x + 4.0 * p + 2.0;
        let yy = 8.0 * y * y + 4.0 * q + 2.0;
        [xx, 4.0 * (x + y), yy]
    }

    fn frame(&self) -> [[f64; 2]; 2] {
        [[-5.0, 5.0]; 2]
    }

    fn stationary(&self) -> Vec<Stationary> {
        STATIONARY.to_vec()
    }
}

const STATIONARY: [Stationary; 9] = [
    ([3.0, 2.0], 0.0, Kind::Minimum),
    (
        [3.584_428_340_330_491_7, -1.848_126_526_964_403_6],
        0.0,
        Kind::Minimum,
    ),
    (
        [-3.779_310_253_377_747, -3.283_185_991_286_169_6],
        0.0,
        Kind::Minimum,
    ),
    (
        [-2.805_118_086_952_745, 3.131_312_518_250_573],
        0.0,
        Kind::Minimum,
    ),
    (
        [3.385_154_183_607_021, 0.073_851_879_837_749_28],
        13.311_926_270_405_59,
        Kind::Saddle,
    ),
    (
        [0.086_677_504_555_396_36, 2.884_254_701_174_776],
        67.719_150_087_526_15,
        Kind::Saddle,
    ),
    (
        [-3.073_025_750_764_389_7, -0.081_353_044_287_967_51],
        104.015_162_917_558_1,
        Kind::Saddle,
    ),
    (
        [-0.127_961_346_730_680_08, -1.953_714_980_244_576_3],
        178.337_239_201_927_47,
        Kind::Saddle,
    ),
    (
        [-0.270_844_590_667_347_6, -0.923_038_556_479_981_5],
        181.616_521_522_582_7,
        Kind::Maximum,
    ),
];

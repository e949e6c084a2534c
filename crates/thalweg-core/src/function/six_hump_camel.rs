//! Six-hump camel: six minima in three pairs of different depth, all within a small box.

use super::{Kind, Planar, Stationary};
use crate::spec::{Card, Field, Spec};

/// Six minima, of which two are the lowest, with seven saddles and two maxima between (Dixon & Szegő 1978).
///
/// ```text
/// f(x, y) = 4 x² − 2.1 x⁴ + x⁶ / 3 + x y − 4 y² + 4 y⁴
/// ```
///
/// The same at (−x, −y), so that every critical point but the origin has a twin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SixHumpCamel;

impl Spec for SixHumpCamel {
    const CARD: &'static Card = &Card {
        name: "six_hump_camel",
        summary: "Six minima in three pairs of different depth: a descent easily ends in a poor one.",
        formula: "f(x, y) = 4 x² − 2.1 x⁴ + x⁶ / 3 + x y − 4 y² + 4 y⁴",
        paper: "Dixon & Szegő 1978, The Global Optimization Problem: An Introduction, in: Towards Global Optimisation 2, North-Holland",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Planar for SixHumpCamel {
    // From here the way down ends in one of the two highest minima.
    const START: [f64; 2] = [1.8, 0.9];

    fn height(&self, [x, y]: [f64; 2]) -> f64 {
        let (x2, y2) = (x * x, y * y);
        x2 * (4.0 - x2 * (2.1 - x2 / 3.0)) + x * y + 4.0 * y2 * (y2 - 1.0)
    }

    fn slope(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (x2, y2) = (x * x, y * y);
        let dx = x * (8.0 - x2 * (8.4 - 2.0 * x2)) + y;
        [dx, x + 8.0 * y * (2.0 * y2 - 1.0)]
    }

    fn curvature(&self, [x, y]: [f64; 2]) -> [f64; 3] {
        let (x2, y2) = (x * x, y * y);
        let xx = 8.0 - x2 * (25.2 - 10.0 * x2);
        [xx, 1.0, 48.0 * y2 - 8.0]
    }

    fn frame(&self) -> [[f64; 2]; 2] {
        [[-2.0, 2.0], [-1.0, 1.0]]
    }

    fn stationary(&self) -> Vec<Stationary> {
        let twins =
            |&([x, y], value, kind): &Stationary| [([x, y], value, kind), ([-x, -y], value, kind)];
        let origin = ([0.0, 0.0], 0.0, Kind::Saddle);
        PAIRS.iter().flat_map(twins).chain([origin]).collect()
    }
}

/// One of each pair of twins.
const PAIRS: [Stationary; 7] = [
    (
        [0.089_842_013_100_318_06, -0.712_656_403_020_739_6],
        -1.031_628_453_489_877_4,
        Kind::Minimum,
    ),
    (
        [1.703_606_714_969_981, -0.796_083_568_672_625_1],
        -0.215_463_824_383_717_64,
        Kind::Minimum,
    ),
    (
        [1.607_104_752_920_197_2, 0.568_651_454_884_131_4],
        2.104_250_310_311_258_4,
        Kind::Minimum,
    ),
    (
        [1.109_205_336_804_786_5, -0.768_268_092_509_539_9],
        0.543_718_600_978_185_1,
        Kind::Saddle,
    ),
    (
        [1.638_067_984_189_778_5, 0.228_674_069_044_394_08],
        2.229_357_197_530_714_7,
        Kind::Saddle,
    ),
    (
        [1.296_070_267_167_109_2, 0.605_084_388_038_658_5],
        2.229_470_818_029_86,
        Kind::Saddle,
    ),
    (
        [1.230_229_876_516_652_6, 0.162_334_584_458_994_96],
        2.496_295_351_023_577,
        Kind::Maximum,
    ),
];

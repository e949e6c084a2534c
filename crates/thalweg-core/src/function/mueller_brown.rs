//! Müller-Brown: the energy of a small reaction, three minima joined by a curved way over two saddles.

use super::{Kind, Planar, Stationary};
use crate::spec::{Card, Field, Spec};

/// A model of a potential energy surface, on which methods that look for saddles are tried (Müller & Brown 1979).
///
/// ```text
/// f(x, y) = Σₖ Aₖ exp qₖ
/// qₖ = aₖ (x − Xₖ)² + bₖ (x − Xₖ)(y − Yₖ) + cₖ (y − Yₖ)²
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MuellerBrown;

impl Spec for MuellerBrown {
    const CARD: &'static Card = &Card {
        name: "mueller_brown",
        summary: "The energy of a small reaction: three minima joined by a curved way over two saddles.",
        formula: "f(x, y) = Σₖ Aₖ exp(aₖ (x − Xₖ)² + bₖ (x − Xₖ)(y − Yₖ) + cₖ (y − Yₖ)²), k = 1 … 4\nA = −200, −100, −170, 15\na = −1, −1, −6.5, 0.7\nb = 0, 0, 11, 0.6\nc = −10, −10, −6.5, 0.7\nX = 1, 0, −0.5, −1\nY = 0, 0.5, 1.5, 1",
        paper: "Müller & Brown 1979, Location of Saddle Points and Minimum Energy Paths by a Constrained Simplex Optimization Procedure, Theoretica Chimica Acta 53, doi:10.1007/BF00547608",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

/// For each term: A, a, b, c, X and Y.
const TERMS: [[f64; 6]; 4] = [
    [-200.0, -1.0, 0.0, -10.0, 1.0, 0.0],
    [-100.0, -1.0, 0.0, -10.0, 0.0, 0.5],
    [-170.0, -6.5, 11.0, -6.5, -0.5, 1.5],
    [15.0, 0.7, 0.6, 0.7, -1.0, 1.0],
];

/// A term's value and the first two derivatives of its exponent q.
struct Term {
    value: f64,
    first: [f64; 2],
    second: [f64; 3],
}

fn terms([x, y]: [f64; 2]) -> impl Iterator<Item = Term> {
    TERMS.iter().map(move |[height, a, b, c, x0, y0]| {
        let (dx, dy) = (x - x0, y - y0);
        let q = a * dx * dx + b * dx * dy + c * dy * dy;
        Term {
            value: height * q.exp(),
            first: [2.0 * a * dx + b * dy, b * dx + 2.0 * c * dy],
            second: [2.0 * a, *b, 2.0 * c],
        }
    })
}

impl Planar for MuellerBrown {
    // A slope from which the way down turns sharply and ends in the shallowest minimum.
    const START: [f64; 2] = [0.0, 1.0];

    fn height(&self, at: [f64; 2]) -> f64 {
        terms(at).map(|term| term.value).sum()
    }

    fn slope(&self, at: [f64; 2]) -> [f64; 2] {
        let mut g = [0.0; 2];
        for Term { value, first, .. } in terms(at) {
            g[0] += value * first[0];
            g[1] += value * first[1];
        }
        g
    }

    fn curvature(&self, at: [f64; 2]) -> [f64; 3] {
        let mut h = [0.0; 3];
        for Term {
            value,
            first: [x, y],
            second,
        } in terms(at)
        {
            h[0] += value * (x * x + second[0]);
            h[1] += value * (x * y + second[1]);
            h[2] += value * (y * y + second[2]);
        }
        h
    }

    fn frame(&self) -> [[f64; 2]; 2] {
        [[-1.5, 1.2], [-0.2, 2.0]]
    }

    fn stationary(&self) -> Vec<Stationary> {
        STATIONARY.to_vec()
    }
}

const STATIONARY: [Stationary; 5] = [
    (
        [-0.558_223_634_633_024_3, 1.441_725_841_804_668_6],
        -146.699_517_209_954_02,
        Kind::Minimum,
    ),
    (
        [0.623_499_404_930_876_5, 0.028_037_758_528_685_664],
        -108.166_724_116_852_35,
        Kind::Minimum,
    ),
    (
        [-0.050_010_822_998_206_056, 0.466_694_104_871_972_1],
        -80.767_818_129_659_03,
        Kind::Minimum,
    ),
    (
        [-0.822_001_558_732_732_1, 0.624_312_802_814_871_3],
        -40.664_843_508_657_405,
        Kind::Saddle,
    ),
    (
        [0.212_486_582_000_662, 0.292_988_325_107_367_8],
        -72.248_940_112_325_22,
        Kind::Saddle,
    ),
];

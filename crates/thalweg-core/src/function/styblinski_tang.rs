//! Styblinski-Tang: a sum of the same double well in every variable, so that minima multiply with the dimension.

use super::{Critical, Function, Kind, fill_diagonal, variables};
use crate::spec::{Card, Field, Spec};

/// The same uneven double well in each variable: of the 2ⁿ minima one is the lowest (Styblinski & Tang 1990).
///
/// ```text
/// f(x) = Σ w(xⱼ),  w(t) = ½ (t⁴ − 16 t² + 5 t)
/// ```
///
/// Its 3ⁿ critical points are all products of the three of w. For more than [`StyblinskiTang::ALL_UP_TO`]
/// variables only those are given that are alike in all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct StyblinskiTang {
    /// Number of variables.
    pub n: u64,
}

impl StyblinskiTang {
    /// The most variables for which all critical points are listed: 81 of them.
    pub const ALL_UP_TO: u64 = 4;
}

impl Default for StyblinskiTang {
    fn default() -> Self {
        StyblinskiTang { n: 2 }
    }
}

impl Spec for StyblinskiTang {
    const CARD: &'static Card = &Card {
        name: "styblinski_tang",
        summary: "The same uneven double well in each variable: of the 2ⁿ minima one is the lowest.",
        formula: "f(x) = ½ Σ (xⱼ⁴ − 16 xⱼ² + 5 xⱼ)",
        paper: "Styblinski & Tang 1990, Experiments in Nonconvex Optimization: Stochastic Approximation with Function Smoothing and Simulated Annealing, Neural Networks 3, pages 467–483",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[variables(100_000, |s| &mut s.n)];
}

/// The critical points of w with its values there: the deep well, the hill between, and the shallow well.
const WELL: [(f64, f64); 3] = [
    (-2.903_534_027_771_177, -39.166_165_703_771_41),
    (0.156_731_256_780_340_1, 0.195_612_359_055_358_06),
    (2.746_802_770_990_837, -25.029_446_655_283_94),
];

fn bend(t: f64) -> f64 {
    6.0 * t * t - 16.0
}

/// The critical point whose j-th coordinate is the `which[j]`-th of w.
fn product(which: &[usize]) -> Critical {
    let at: Vec<f64> = which.iter().map(|&w| WELL[w].0).collect();
    let mut eigenvalues: Vec<f64> = at.iter().map(|&t| bend(t)).collect();
    eigenvalues.sort_by(f64::total_cmp);
    let hills = which.iter().filter(|&&w| w == 1).count();
    Critical {
        at,
        value: which.iter().map(|&w| WELL[w].1).sum(),
        kind: match hills {
            0 => Kind::Minimum,
            hills if hills == which.len() => Kind::Maximum,
            _ => Kind::Saddle,
        },
        eigenvalues,
    }
}

impl Function for StyblinskiTang {
    fn dimension(&self) -> usize {
        self.n as usize
    }

    fn value(&self, x: &[f64]) -> f64 {
        let well = |&t: &f64| 0.5 * t * (5.0 + t * (t * t - 16.0));
        x.iter().map(well).sum()
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        for (g, &t) in g.iter_mut().zip(x) {
            *g = 2.5 + 2.0 * t * (t * t - 8.0);
        }
    }

    fn hessian(&self, x: &[f64], h: &mut [f64]) {
        fill_diagonal(h, x.iter().map(|&t| bend(t)));
    }

    fn start(&self) -> Vec<f64> {
        // From here the way down ends in the shallow well of every variable.
        vec![4.0; self.dimension()]
    }

    fn bounds(&self) -> Vec<[f64; 2]> {
        vec![[-5.0, 5.0]; self.dimension()]
    }

    fn critical(&self) -> Vec<Critical> {
        let n = self.dimension();
        if self.n > Self::ALL_UP_TO {
            return (0..3).map(|which| product(&vec![which; n])).collect();
        }
        // The digits of a number in base 3 choose one for each variable.
        let digits = |number: usize| (0..n as u32).map(move |j| number / 3_usize.pow(j) % 3);
        let all = 0..3_usize.pow(n as u32);
        all.map(|number| product(&digits(number).collect::<Vec<_>>()))
            .collect()
    }
}

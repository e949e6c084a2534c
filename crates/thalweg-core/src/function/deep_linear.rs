//! Deep linear: the smallest deep network, one weight in each layer, with its plateau at 0 and its valley of minima.

use super::{Critical, Function, Kind};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// A network of one linear unit in each layer that is to learn one number (Saxe et al. 2014).
///
/// ```text
/// f(w) = ½ (w₁ w₂ ⋯ w_L − y)²
/// ```
///
/// - 0 is a saddle with the eigenvalues ±y in two layers; in more, its Hessian is 0 and it is a plateau.
/// - The minima are the whole surface w₁ ⋯ w_L = y, with one eigenvalue Σ y² / wᵢ² and else 0. The flattest have
///   L y^(2 − 2/L), so that a step longer than 2 / (L y^(2 − 2/L)) can rest on none of them.
/// - Two layers that start at w₁ = w₂ = √a₀ follow w₁ w₂ = y / (1 + (y / a₀ − 1) e^(−2 y t)): hardly anything,
///   then everything at once, around t = ln(y / a₀) / (2 y).
///
/// Given are 0, a saddle with two weights at 0 and the others at 1, a flattest minimum and a steeper one.
#[derive(Clone, Debug, PartialEq)]
pub struct DeepLinear {
    /// Number of layers, L.
    pub depth: u64,
    /// The number to learn.
    pub y: f64,
}

impl Default for DeepLinear {
    fn default() -> Self {
        DeepLinear { depth: 2, y: 1.0 }
    }
}

impl Spec for DeepLinear {
    const CARD: &'static Card = &Card {
        name: "deep_linear",
        summary: "The smallest deep network, one weight in each layer: a plateau at 0 and a valley of minima.",
        formula: "f(w) = ½ (w₁ w₂ ⋯ w_L − y)², L = depth",
        paper: "Saxe, McClelland & Ganguli 2014, Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks, arXiv:1312.6120",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "depth",
            doc: "Number of layers, and of variables.",
            range: Range::count(2, 100),
            slot: Slot::Count(|s| &mut s.depth),
        },
        Field {
            name: "y",
            doc: "The number to learn.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.y),
        },
    ];
}

/// The product of all weights but these.
fn without(w: &[f64], left_out: &[usize]) -> f64 {
    let kept = w.iter().enumerate().filter(|(i, _)| !left_out.contains(i));
    kept.map(|(_, w)| w).product()
}

impl DeepLinear {
    /// A weight of the minimum in which all are alike.
    fn balanced(&self) -> f64 {
        self.y.powf(1.0 / self.depth as f64)
    }

    /// The point of the surface of minima whose weights are those of the balanced one times these.
    fn minimum(&self, mut factors: Vec<f64>) -> Critical {
        let s = self.balanced();
        for w in &mut factors {
            *w *= s;
        }
        let mut eigenvalues = vec![0.0; factors.len()];
        eigenvalues[factors.len() - 1] = factors.iter().map(|w| (self.y / w).powi(2)).sum();
        Critical {
            at: factors,
            value: 0.0,
            kind: Kind::Degenerate,
            eigenvalues,
        }
    }
}

impl Function for DeepLinear {
    fn dimension(&self) -> usize {
        self.depth as usize
    }

    fn value(&self, x: &[f64]) -> f64 {
        0.5 * (without(x, &[]) - self.y).powi(2)
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        let residual = without(x, &[]) - self.y;
        for (i, g) in g.iter_mut().enumerate() {
            *g = residual * without(x, &[i]);
        }
    }

    fn hessian(&self, x: &[f64], h: &mut [f64]) {
        let residual = without(x, &[]) - self.y;
        for (at, h) in h.iter_mut().enumerate() {
            let (i, j) = (at / x.len(), at % x.len());
            *h = without(x, &[i]) * without(x, &[j]);
            if i != j {
                *h += residual * without(x, &[i, j]);
            }
        }
    }

    fn start(&self) -> Vec<f64> {
        // Small weights, as an initializer gives them: beside the plateau.
        vec![0.1; self.dimension()]
    }

    fn bounds(&self) -> Vec<[f64; 2]> {
        let reach = 2.5 * self.balanced().max(1.0);
        vec![[-reach, reach]; self.dimension()]
    }

    fn critical(&self) -> Vec<Critical> {
        let (n, value) = (self.dimension(), 0.5 * self.y * self.y);
        let mut saddle = Critical {
            at: vec![1.0; n],
            value,
            kind: Kind::Saddle,
            eigenvalues: vec![0.0; n],
        };
        saddle.at[..2].fill(0.0);
        (saddle.eigenvalues[0], saddle.eigenvalues[n - 1]) = (-self.y, self.y);
        let mut steep = vec![1.0; n];
        (steep[0], steep[1]) = (2.0, 0.5);
        let mut critical = vec![saddle, self.minimum(vec![1.0; n]), self.minimum(steep)];
        if n > 2 {
            critical.push(Critical {
                at: vec![0.0; n],
                value,
                kind: Kind::Degenerate,
                eigenvalues: vec![0.0; n],
            });
        }
        critical
    }

    fn lowest(&self) -> Option<f64> {
        Some(0.0)
    }
}

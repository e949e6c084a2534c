//! Bowl: a quadratic of any number of variables whose curvatures lie between two given ones.

use super::{Critical, Function, Kind, fill_diagonal, variables};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// A quadratic with its minimum at 0, whose eigenvalues are spread geometrically.
///
/// ```text
/// f(x) = ½ Σ λⱼ xⱼ²,  λⱼ = smallest^(1 − t) largest^t,  t = j / (n − 1)
/// ```
///
/// Everything about a descent is known here: a step of length lr multiplies xⱼ by 1 − lr λⱼ, so that
/// lr > 2/largest diverges, and lr = 2/(smallest + largest) is the best.
#[derive(Clone, Debug, PartialEq)]
pub struct Bowl {
    /// Number of variables.
    pub n: u64,
    /// The smallest curvature.
    pub smallest: f64,
    /// The largest curvature, and that of a single variable.
    pub largest: f64,
}

impl Default for Bowl {
    fn default() -> Self {
        Bowl {
            n: 2,
            smallest: 1.0,
            largest: 25.0,
        }
    }
}

impl Spec for Bowl {
    const CARD: &'static Card = &Card {
        name: "bowl",
        summary: "A quadratic, round or long and narrow, on which every descent can be computed by hand.",
        formula: "f(x) = ½ Σ λⱼ xⱼ²\nλⱼ = smallest^(1 − t) largest^t, t = j / (n − 1), j = 0 … n − 1",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        variables(1_000_000, |s| &mut s.n),
        smallest(|s| &mut s.smallest),
        largest(|s| &mut s.largest),
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.smallest > self.largest).then_some("smallest must not be above largest")
    }
}

pub(super) const fn smallest<T>(slot: fn(&mut T) -> &mut f64) -> Field<T> {
    Field {
        name: "smallest",
        doc: "The smallest curvature.",
        range: Range::POSITIVE,
        slot: Slot::Float(slot),
    }
}

pub(super) const fn largest<T>(slot: fn(&mut T) -> &mut f64) -> Field<T> {
    Field {
        name: "largest",
        doc: "The largest curvature, and that of a single variable.",
        range: Range::POSITIVE,
        slot: Slot::Float(slot),
    }
}

impl Bowl {
    /// The eigenvalues, the smallest first.
    pub(super) fn eigenvalues(&self) -> impl ExactSizeIterator<Item = f64> {
        let steps = (self.n as usize).saturating_sub(1);
        (0..self.n as usize).map(move |j| {
            let t = if steps == 0 {
                1.0
            } else {
                j as f64 / steps as f64
            };
            self.smallest.powf(1.0 - t) * self.largest.powf(t)
        })
    }
}

impl Function for Bowl {
    fn dimension(&self) -> usize {
        self.n as usize
    }

    fn value(&self, x: &[f64]) -> f64 {
        let terms = self.eigenvalues().zip(x);
        0.5 * terms.map(|(eigenvalue, x)| eigenvalue * x * x).sum::<f64>()
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        for ((g, x), eigenvalue) in g.iter_mut().zip(x).zip(self.eigenvalues()) {
            *g = eigenvalue * x;
        }
    }

    fn hessian(&self, _x: &[f64], h: &mut [f64]) {
        fill_diagonal(h, self.eigenvalues());
    }

    fn start(&self) -> Vec<f64> {
        // Every direction takes its part.
        vec![1.0; self.dimension()]
    }

    fn bounds(&self) -> Vec<[f64; 2]> {
        vec![[-2.0, 2.0]; self.dimension()]
    }

    fn critical(&self) -> Vec<Critical> {
        vec![Critical {
            at: vec![0.0; self.dimension()],
            value: 0.0,
            kind: Kind::Minimum,
            eigenvalues: self.eigenvalues().collect(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curvatures_grow_by_the_same_factor() {
        let bowl = Bowl {
            n: 4,
            smallest: 1.0,
            largest: 1000.0,
        };
        for (found, wanted) in bowl.eigenvalues().zip([1.0, 10.0, 100.0, 1000.0]) {
            assert!((found / wanted - 1.0).abs() < 1e-14, "{found}");
        }
        let single = Bowl { n: 1, ..bowl };
        assert_eq!(single.eigenvalues().collect::<Vec<_>>(), [1000.0]);
    }
}

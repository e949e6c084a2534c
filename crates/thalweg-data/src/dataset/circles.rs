//! A circle in a circle.

use std::f64::consts::TAU;

use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

use super::{Source, noise_field, plane, rows_field, seed_field};
use crate::Column;

/// A circle in a circle, one class each.
#[derive(Clone, Debug, PartialEq)]
pub struct Circles {
    /// Rows.
    pub n: u64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Radius of the inner circle; the outer one's is 1.
    pub factor: f64,
    /// Seed of the rows.
    pub seed: u64,
}

impl Default for Circles {
    fn default() -> Self {
        Circles {
            n: 1000,
            noise: 0.1,
            factor: 0.5,
            seed: 0,
        }
    }
}

impl Spec for Circles {
    const CARD: &'static Card = &Card {
        name: "circles",
        summary: "A circle in a circle, one class each.",
        formula: "class 0: (cos t, sin t)\nclass 1: factor · (cos t, sin t),  t uniform in [0, 2π)",
        paper: "",
        differences: "scikit-learn's make_circles spaces t evenly and has the default factor 0.8.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows_field(|s| &mut s.n),
        noise_field(|s| &mut s.noise),
        Field {
            name: "factor",
            doc: "Radius of the inner circle; the outer one's is 1.",
            range: Range::between(0.0, 1.0),
            slot: Slot::Float(|s| &mut s.factor),
        },
        seed_field(|s| &mut s.seed),
    ];
}

impl Source for Circles {
    const TARGET: &'static str = "class";

    fn columns(&self) -> Vec<Column> {
        plane(self.n, 2, self.noise, self.seed, |class, draw| {
            let radius = if class == 0 { 1.0 } else { self.factor };
            let (sin, cos) = (TAU * draw.uniform()).sin_cos();
            (radius * cos, radius * sin)
        })
    }
}

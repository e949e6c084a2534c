//! Two half circles that reach into each other.

use std::f64::consts::PI;

use thalweg_core::spec::{Card, Field, Spec};

use super::{Source, noise_field, plane, rows_field, seed_field};
use crate::Column;

/// Two half circles that reach into each other, one class each.
#[derive(Clone, Debug, PartialEq)]
pub struct Moons {
    /// Rows.
    pub n: u64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Seed of the rows.
    pub seed: u64,
}

impl Default for Moons {
    fn default() -> Self {
        Moons {
            n: 1000,
            noise: 0.1,
            seed: 0,
        }
    }
}

impl Spec for Moons {
    const CARD: &'static Card = &Card {
        name: "moons",
        summary: "Two half circles that reach into each other, one class each.",
        formula: "class 0: (cos t, sin t)\nclass 1: (1 − cos t, ½ − sin t),  t uniform in [0, π)",
        paper: "",
        differences: "scikit-learn's make_moons spaces t evenly.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows_field(|s| &mut s.n),
        noise_field(|s| &mut s.noise),
        seed_field(|s| &mut s.seed),
    ];
}

impl Source for Moons {
    const TARGET: &'static str = "class";

    fn columns(&self) -> Vec<Column> {
        plane(self.n, 2, self.noise, self.seed, |class, draw| {
            let (sin, cos) = (PI * draw.uniform()).sin_cos();
            if class == 0 {
                (cos, sin)
            } else {
                (1.0 - cos, 0.5 - sin)
            }
        })
    }
}

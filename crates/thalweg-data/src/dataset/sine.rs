//! A sine with noise: one number from another.

use std::f64::consts::TAU;

use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

use super::{Draw, Source, noise_field, rows_field, seed_field};
use crate::Column;

/// A sine with noise, a regression that can be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sine {
    /// Rows.
    pub n: u64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Periods between 0 and 1.
    pub frequency: f64,
    /// Seed of the rows.
    pub seed: u64,
}

impl Default for Sine {
    fn default() -> Self {
        Sine {
            n: 1000,
            noise: 0.1,
            frequency: 1.0,
            seed: 0,
        }
    }
}

impl Spec for Sine {
    const CARD: &'static Card = &Card {
        name: "sine",
        summary: "A sine with noise, a regression that can be drawn.",
        formula: "y = sin(2π · frequency · x) + noise · N(0, 1),  x uniform in [−1, 1)",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows_field(|s| &mut s.n),
        noise_field(|s| &mut s.noise),
        Field {
            name: "frequency",
            doc: "Periods between 0 and 1.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.frequency),
        },
        seed_field(|s| &mut s.seed),
    ];
}

impl Source for Sine {
    const TARGET: &'static str = "y";

    fn columns(&self) -> Vec<Column> {
        let mut draw = Draw::new(self.seed);
        let x: Vec<f64> = (0..self.n).map(|_| 2.0 * draw.uniform() - 1.0).collect();
        let mut y = |x: &f64| (TAU * self.frequency * x).sin() + self.noise * draw.normal();
        let y = x.iter().map(&mut y).collect();
        vec![Column::number("x", x), Column::number(Self::TARGET, y)]
    }
}

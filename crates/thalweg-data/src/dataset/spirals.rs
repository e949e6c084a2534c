//! Spirals wound into each other.

use std::f64::consts::TAU;

use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

use super::{Source, noise_field, plane, rows_field, seed_field};
use crate::Column;

/// Spirals wound into each other, one class each.
#[derive(Clone, Debug, PartialEq)]
pub struct Spirals {
    /// Rows.
    pub n: u64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// How many spirals there are.
    pub classes: u64,
    /// How often each winds around the middle.
    pub turns: f64,
    /// Seed of the rows.
    pub seed: u64,
}

impl Default for Spirals {
    fn default() -> Self {
        Spirals {
            n: 1000,
            noise: 0.02,
            classes: 2,
            turns: 1.5,
            seed: 0,
        }
    }
}

impl Spec for Spirals {
    const CARD: &'static Card = &Card {
        name: "spirals",
        summary: "Spirals wound into each other, one class each.",
        formula: "class c: r · (cos t, sin t),  t = 2π (turns · r + c / classes),  r = √u,  u uniform in [0, 1)",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows_field(|s| &mut s.n),
        noise_field(|s| &mut s.noise),
        Field {
            name: "classes",
            doc: "How many spirals there are.",
            range: Range::count(2, 1000),
            slot: Slot::Count(|s| &mut s.classes),
        },
        Field {
            name: "turns",
            doc: "How often each spiral winds around the middle.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.turns),
        },
        seed_field(|s| &mut s.seed),
    ];
}

impl Source for Spirals {
    const TARGET: &'static str = "class";

    fn columns(&self) -> Vec<Column> {
        plane(
            self.n,
            self.classes,
            self.noise,
            self.seed,
            |class, draw| {
                // The root spreads the points evenly along an arm, which is longer further out.
                let radius = draw.uniform().sqrt();
                let angle = TAU * (self.turns * radius + class as f64 / self.classes as f64);
                (radius * angle.cos(), radius * angle.sin())
            },
        )
    }
}

//! Normal clouds around centers.

use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

use super::{Draw, Source, noise_field, rows_field, seed_field};
use crate::Column;

/// Normal clouds around centers, one class each.
#[derive(Clone, Debug, PartialEq)]
pub struct Blobs {
    /// Rows.
    pub n: u64,
    /// Standard deviation of a cloud.
    pub noise: f64,
    /// How many clouds there are.
    pub centers: u64,
    /// How many coordinates a point has.
    pub dimension: u64,
    /// Seed of the centers and the rows.
    pub seed: u64,
}

impl Default for Blobs {
    fn default() -> Self {
        Blobs {
            n: 1000,
            noise: 1.0,
            centers: 3,
            dimension: 2,
            seed: 0,
        }
    }
}

impl Spec for Blobs {
    const CARD: &'static Card = &Card {
        name: "blobs",
        summary: "Normal clouds around centers, one class each.",
        formula: "x = m[c] + noise · N(0, I),  m[c] uniform in [−10, 10)^dimension",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows_field(|s| &mut s.n),
        noise_field(|s| &mut s.noise),
        Field {
            name: "centers",
            doc: "How many clouds there are.",
            range: Range::count(2, 1000),
            slot: Slot::Count(|s| &mut s.centers),
        },
        Field {
            name: "dimension",
            doc: "How many coordinates a point has.",
            range: Range::count(1, 10_000),
            slot: Slot::Count(|s| &mut s.dimension),
        },
        seed_field(|s| &mut s.seed),
    ];
}

impl Source for Blobs {
    const TARGET: &'static str = "class";

    fn columns(&self) -> Vec<Column> {
        let mut draw = Draw::new(self.seed);
        let mut center = || 20.0 * draw.uniform() - 10.0;
        let centers: Vec<Vec<f64>> = (0..self.dimension)
            .map(|_| (0..self.centers).map(|_| center()).collect())
            .collect();
        let class = |row: u64| row % self.centers;
        let mut columns: Vec<Column> = (1..)
            .zip(&centers)
            .map(|(number, of)| {
                let at = |row| of[class(row) as usize] + self.noise * draw.normal();
                Column::number(&format!("x{number}"), (0..self.n).map(at).collect())
            })
            .collect();
        let classes = (0..self.n).map(|row| class(row) as f64).collect();
        columns.push(Column::number(Self::TARGET, classes));
        columns
    }
}

//! What an engine is asked about: examples, and a batch of them; and what it tells of their cost.

use std::ops::Range;

use super::features::Features;
use crate::Real;
use crate::layer::Noise;
use crate::loss::Targets;
use crate::objective::Penalties;

/// Rows to learn from, or to be measured on.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a, T> {
    /// Features, `width` for each row.
    pub features: Features<'a, T>,
    /// Features in a row.
    pub width: usize,
    /// Targets.
    pub targets: Targets<'a, T>,
    /// The weight of each row, with mean 1; none for equal weights.
    pub weights: Option<&'a [T]>,
}

impl<'a, T: Real> Examples<'a, T> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets.len()
    }

    /// Some of them, side by side.
    pub fn slice(&self, rows: Range<usize>) -> Examples<'a, T> {
        Examples {
            features: self.features.slice(rows.clone(), self.width),
            width: self.width,
            targets: match self.targets {
                Targets::Classes(classes) => Targets::Classes(&classes[rows.clone()]),
                Targets::Values { values, width } => Targets::Values {
                    values: &values[rows.start * width..rows.end * width],
                    width,
                },
            },
            weights: self.weights.map(|weights| &weights[rows]),
        }
    }

    /// Writes the features of a row, all of them.
    pub fn write_features(&self, row: usize, to: &mut [T]) {
        self.features.row(row, self.width).write(to);
    }
}

/// What a gradient is taken of.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a, T> {
    /// The examples that there are.
    pub examples: Examples<'a, T>,
    /// Those that count.
    pub rows: &'a [u32],
    /// The masks; none for the function without noise.
    pub noise: Option<Noise>,
    /// What the weights cost.
    pub penalties: Penalties,
}

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// The mean loss over the batch's rows. It is a mean over their number, whatever their weights, which have mean 1
    /// over all rows.
    ///
    /// ## Differences
    /// PyTorch divides a weighted loss by the batch's sum of weights, so that in batches of one row the weights have
    /// no effect.
    pub loss: f64,
    /// The penalties on the weights.
    pub penalty: f64,
}

//! What some rows are to give, and how much each of them counts.

use super::Examples;
use super::rows::Rows;
use crate::Real;
use crate::loss::Targets;

/// The targets and weights of some rows.
pub(super) struct Labels<T> {
    classes: Vec<u32>,
    values: Vec<T>,
    weights: Vec<T>,
}

impl<T: Real> Labels<T> {
    /// With room for so many rows and outputs.
    pub(super) fn new(rows: usize, outputs: usize) -> Labels<T> {
        Labels {
            classes: Vec::with_capacity(rows),
            values: Vec::with_capacity(rows * outputs),
            weights: Vec::with_capacity(rows),
        }
    }

    /// Copies those of these rows.
    pub(super) fn gather(&mut self, examples: &Examples<'_, T>, rows: Rows<'_>) {
        let rows = (0..rows.len()).map(|index| rows.at(index));
        self.classes.clear();
        self.values.clear();
        match examples.targets {
            Targets::Classes(classes) => self.classes.extend(rows.clone().map(|row| classes[row])),
            Targets::Values { values, width } => {
                for row in rows.clone() {
                    self.values
                        .extend_from_slice(&values[row * width..][..width]);
                }
            }
        }
        self.weights.clear();
        if let Some(weights) = examples.weights {
            self.weights.extend(rows.map(|row| weights[row]));
        }
    }

    /// The targets, for so many outputs.
    pub(super) fn targets(&self, outputs: usize) -> Targets<'_, T> {
        if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: outputs,
            }
        }
    }

    /// The weight of each row; none for equal weights.
    pub(super) fn weights(&self) -> Option<&[T]> {
        (!self.weights.is_empty()).then_some(&self.weights[..])
    }
}

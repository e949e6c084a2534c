//! Examples and weights for the tests of the engine: numbers that look random, by a generator of their own.

use thalweg_core::Real;
use thalweg_core::layout::{Layout, Part};
use thalweg_core::loss::{Purpose, Targets};
use thalweg_core::network::{CompressedRows, Examples, Features};

/// Numbers in [−1, 1] that f32 has exactly (xorshift, Marsaglia 2003).
pub(crate) fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 41) as f64 / 2.0_f64.powi(22) - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Weights and biases of a size that leaves activations and deltas of one size through all layers: a unit's weights
/// have a mean that is not 0, and their absolute values a sum of about 1.
pub(crate) fn parameters(layout: &Layout, seed: u64) -> Vec<f64> {
    let mut p = numbers(layout.len(), seed);
    for segment in layout.segments() {
        if segment.part == Part::Weight {
            let size = 1.5 / segment.shape.1 as f64;
            for p in &mut p[segment.range.clone()] {
                *p = to_f32(size * (*p + 0.25));
            }
        }
    }
    p
}

fn to_f32(x: f64) -> f64 {
    f64::from(x as f32)
}

/// These numbers in `T`.
pub(crate) fn of<T: Real>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|&x| T::of(x)).collect()
}

/// Rows with classes, numbers and weights, so that they suit every loss.
pub(crate) struct Sample<T> {
    pub(crate) features: Vec<T>,
    pub(crate) width: usize,
    pub(crate) outputs: usize,
    pub(crate) classes: Vec<u32>,
    pub(crate) values: Vec<T>,
    pub(crate) weights: Option<Vec<T>>,
    /// The features once more, as compressed rows, if they are to be given so.
    pub(crate) compressed: Option<Compressed<T>>,
}

/// Compressed rows.
pub(crate) struct Compressed<T> {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<T>,
}

impl<T: Real> Sample<T> {
    /// `width` features and `outputs` results in each of so many rows, which have weights.
    pub(crate) fn new(rows: usize, width: usize, outputs: usize, seed: u64) -> Sample<T> {
        // One output is the logit of two classes.
        let classes = outputs.max(2);
        let class = |row: usize| ((row * 7 + row / 3 + seed as usize) % classes) as u32;
        let values = numbers(rows * outputs, seed + 1);
        let weights = numbers(rows, seed + 2);
        Sample {
            features: of(&numbers(rows * width, seed)),
            width,
            outputs,
            classes: (0..rows).map(class).collect(),
            values: values.iter().map(|y| T::of(2.0 * y)).collect(),
            weights: Some(weights.iter().map(|w| T::of(1.0 + 0.5 * w)).collect()),
            compressed: None,
        }
    }

    /// The same with about this part of the features, and 0 for the others.
    pub(crate) fn thinned(mut self, density: f64, seed: u64) -> Sample<T> {
        let chances = numbers(self.features.len(), seed);
        for (x, chance) in self.features.iter_mut().zip(chances) {
            if 0.5 * (chance + 1.0) >= density {
                *x = T::ZERO;
            }
        }
        self
    }

    /// The same, given as compressed rows.
    pub(crate) fn compressed(mut self) -> Sample<T> {
        let mut rows = Compressed {
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        };
        for row in self.features.chunks(self.width) {
            for (column, &x) in (0..).zip(row).filter(|(_, x)| **x != T::ZERO) {
                rows.columns.push(column);
                rows.values.push(x);
            }
            rows.starts.push(rows.values.len());
        }
        self.compressed = Some(rows);
        self
    }

    fn features(&self) -> Features<'_, T> {
        let Some(Compressed {
            starts,
            columns,
            values,
        }) = &self.compressed
        else {
            return Features::Dense(&self.features);
        };
        let rows = CompressedRows::new(starts, columns, values, self.width);
        Features::Sparse(rows.expect("these are compressed rows"))
    }

    /// The rows as a loss of this purpose wants them.
    pub(crate) fn examples(&self, purpose: Purpose) -> Examples<'_, T> {
        let targets = match purpose {
            Purpose::Numbers | Purpose::Counts => Targets::Values {
                values: &self.values,
                width: self.outputs,
            },
            Purpose::Classes | Purpose::TwoClasses => Targets::Classes(&self.classes),
        };
        Examples {
            features: self.features(),
            width: self.width,
            targets,
            weights: self.weights.as_deref(),
        }
    }
}

/// So many row numbers below `rows`, in no order, some of them perhaps twice.
pub(crate) fn order(count: usize, rows: usize, seed: u64) -> Vec<u32> {
    let numbers = numbers(count, seed);
    let row = |x: f64| ((0.5 * (x + 1.0) * rows as f64) as usize).min(rows - 1) as u32;
    numbers.into_iter().map(row).collect()
}

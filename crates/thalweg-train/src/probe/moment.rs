//! What a probe gets to see of a step.

use std::ops::Range;

use thalweg_core::descent::Descent;
use thalweg_core::layout::Layout;
use thalweg_core::objective::Training;
use thalweg_core::vectorized;
use thalweg_landscape::Rows;

/// A step that has just been done.
pub struct Moment<'a, 'r> {
    /// Which it was, from 1.
    pub step: u64,
    /// The loss of its batch before it, with penalties.
    pub loss: f64,
    /// The parameters before it.
    pub before: &'a [f32],
    /// The parameters after it.
    pub after: &'a [f32],
    /// The gradient that it was taken by, before any bound on it, penalties included; of several accumulated batches
    /// that of all of their rows, under the masks of the first. Empty where no probe wants it.
    pub gradient: &'a [f32],
    /// The descent as the step left it; without steps of its own where a solver trains.
    pub descent: &'a Descent<f32>,
    /// The training function without noise, over the rows that are held in memory.
    pub function: &'a mut Training<'r, f32>,
    /// How many training rows there are.
    pub of: usize,
    /// The run's seed.
    pub seed: u64,
}

impl Moment<'_, '_> {
    /// Which range of the parameters is what.
    pub fn layout(&self) -> &Layout {
        self.function.engine.network().layout()
    }

    /// So many of the rows that are held: the same ones at every step.
    pub fn rows(&self, count: u64) -> Rows {
        let held = self.function.examples.rows();
        let mut rows = Rows::sample(count as usize, held, self.seed);
        rows.of = self.of.max(held);
        rows
    }

    /// The parameters after the step as instruments take them.
    pub fn place(&self) -> Vec<f64> {
        self.after.iter().map(|&p| f64::from(p)).collect()
    }

    /// √ of the sum, over the parameters of each layer, of what `square` says of a range.
    pub(super) fn by_layer(&self, square: impl Fn(Range<usize>) -> f64) -> Vec<f64> {
        let segments = self.layout().segments();
        let layers = segments.last().map_or(0, |segment| segment.layer);
        let mut sums = vec![0.0; layers];
        for segment in segments {
            sums[segment.layer - 1] += square(segment.range.clone());
        }
        sums.into_iter().map(f64::sqrt).collect()
    }

    /// ‖after − before‖² of a range.
    pub(super) fn moved(&self, range: Range<usize>) -> f64 {
        let (after, before) = (&self.after[range.clone()], &self.before[range]);
        sum(after, before, |a, b| (a - b) * (a - b))
    }
}

/// ‖a‖².
pub(super) fn square(a: &[f32]) -> f64 {
    dot(a, a)
}

/// Σ aᵢ bᵢ.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, |a, b| a * b)
}

/// Σ f(aᵢ, bᵢ), in sums side by side, so that none waits for the last term.
fn sum(a: &[f32], b: &[f32], f: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; 32];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    vectorized(|| {
        for (a, b) in a.iter().zip(b) {
            add(&mut sums, a, b, &f);
        }
    });
    add(&mut sums, a_rest, b_rest, &f);
    sums.iter().sum()
}

#[inline(always)]
fn add(sums: &mut [f64; 32], a: &[f32], b: &[f32], f: impl Fn(f64, f64) -> f64) {
    for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
        *sum += f(f64::from(a), f64::from(b));
    }
}

//! The last place where products were taken, and what is known of it.

use std::borrow::Cow;

use super::base::multiply;
use crate::Real;
use crate::layer::Noise;
use crate::network::sparse::Turned;
use crate::vector::vectorized;

/// The last place.
#[derive(Default)]
pub(super) struct Last<T> {
    /// Whether all of its bases are kept.
    pub(super) is_kept: bool,
    pub(super) parameters: Vec<T>,
    pub(super) rows: Vec<u32>,
    pub(super) noise: Option<Noise>,
    /// The masks of DropConnect, and the parameters under them; empty without masks.
    pub(super) factors: Vec<T>,
    pub(super) masked: Vec<T>,
    /// The first layer's, if the rows are sparse.
    pub(super) turned: Turned<T>,
}

impl<T: Real> Last<T> {
    /// The parameters to be used.
    pub(super) fn weights(&self) -> &[T] {
        if self.masked.is_empty() {
            &self.parameters
        } else {
            &self.masked
        }
    }

    /// Directions, which lie one after another, under the masks of DropConnect.
    pub(super) fn under_masks<'v>(&self, v: &'v [T]) -> Cow<'v, [T]> {
        let mut v = Cow::Borrowed(v);
        if !self.factors.is_empty() {
            for v in v.to_mut().chunks_mut(self.factors.len()) {
                multiply(v, &self.factors);
            }
        }
        v
    }
}

/// Whether all numbers are the same, without a way out at the first that are not: so it runs in vectors.
pub(super) fn is_same<T: Real>(a: &[T], b: &[T]) -> bool {
    let mut differences = 0_u32;
    vectorized(|| {
        differences = a.iter().zip(b).map(|(a, b)| u32::from(a != b)).sum();
    });
    a.len() == b.len() && differences == 0
}

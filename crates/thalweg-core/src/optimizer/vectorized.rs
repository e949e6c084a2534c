//! One loop, compiled for every vector width of the machine's family and chosen at run time.
//!
//! Nothing is fused and nothing is reordered: additions, products, quotients and roots are rounded as IEEE 754
//! says at any width, so every width gives the same bits.

use pulp::NullaryFnOnce;

use super::{Now, Rule};
use crate::Real;

/// A call of [`Rule::update`], to be inlined into a function with the instructions of one width.
pub(super) struct Call<'a, 'b, R, T> {
    pub(super) rule: &'a R,
    pub(super) now: Now<'a>,
    pub(super) p: &'a mut [T],
    pub(super) g: &'a [T],
    pub(super) buffers: &'a mut [&'b mut [T]],
}

impl<R: Rule, T: Real> NullaryFnOnce for Call<'_, '_, R, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.rule.update(self.now, self.p, self.g, self.buffers);
    }
}

//! Penalties on the weights: what they cost, their slope, and their curvature.

use crate::Real;
use crate::layout::Layout;
use crate::vector::vectorized;

/// Penalties on the weights; biases are free.
///
/// ```text
/// l1 Σ|w| + ½ l2 Σ w²
/// ```
///
/// ## Differences
/// The gradient of `l2` is `l2 · w`, as that of PyTorch's `weight_decay`; Keras leaves out the ½, and
/// scikit-learn divides by the rows of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalties {
    /// Factor of Σ|w|.
    pub l1: f64,
    /// Factor of ½ Σ w².
    pub l2: f64,
}

impl Penalties {
    /// The penalty at these parameters.
    pub fn cost<T: Real>(&self, layout: &Layout, parameters: &[T]) -> f64 {
        let cuts = layout.weights().map(|range| &parameters[range]);
        cuts.map(|w| self.of(w)).sum()
    }

    /// The penalty on some weights.
    fn of<T: Real>(&self, w: &[T]) -> f64 {
        if *self == Penalties::default() {
            return 0.0;
        }
        // Sixteen sums of every sixteenth weight, so that they can be added side by side.
        let (mut absolute, mut squares) = ([0.0; 16], [0.0; 16]);
        let (whole, rest) = w.as_chunks::<16>();
        vectorized(|| {
            for w in whole {
                tally(w, &mut absolute, &mut squares);
            }
        });
        tally(rest, &mut absolute, &mut squares);
        self.l1 * absolute.iter().sum::<f64>() + 0.5 * self.l2 * squares.iter().sum::<f64>()
    }

    /// The penalty on some weights; its gradient is added to theirs.
    pub fn add<T: Real>(&self, w: &[T], g: &mut [T]) -> f64 {
        if *self == Penalties::default() {
            return 0.0;
        }
        let (l1, l2) = (T::of(self.l1), T::of(self.l2));
        vectorized(|| {
            for (g, &w) in g.iter_mut().zip(w) {
                *g += l2 * w + l1 * sign(w);
            }
        });
        self.of(w)
    }

    /// Adds the product of their Hessian with `v` to `out`. The absolute value is straight but for its kink.
    pub fn add_product<T: Real>(&self, layout: &Layout, v: &[T], out: &mut [T]) {
        let l2 = T::of(self.l2);
        for range in layout.weights() {
            let (out, v) = (&mut out[range.clone()], &v[range]);
            vectorized(|| {
                for (out, &v) in out.iter_mut().zip(v) {
                    *out += l2 * v;
                }
            });
        }
    }
}

/// Adds the sizes of some weights, and their squares.
#[inline(always)]
fn tally<T: Real>(w: &[T], absolute: &mut [f64; 16], squares: &mut [f64; 16]) {
    for ((absolute, squares), w) in absolute.iter_mut().zip(squares).zip(w) {
        let w = w.to_f64();
        *absolute += w.abs();
        *squares += w * w;
    }
}

/// −1, 0 or 1: at its kink the absolute value takes the slope 0.
#[inline(always)]
pub(crate) fn sign<T: Real>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        T::ZERO
    }
}

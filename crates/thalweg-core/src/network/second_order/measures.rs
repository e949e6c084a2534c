//! What the passes tell without a direction: the norm of each row's gradient, and the trace of the Gauss-Newton matrix.

use super::base::Base;
use super::tangent::{Scratch, Tangent};
use super::{LANES, Place, SLAB, SecondOrder};
use crate::Real;

impl<T: Real> SecondOrder<'_, T> {
    /// ‖∇lossᵢ‖² of each row, its weight included, without ever forming a gradient (Goodfellow 2015, arXiv:1510.01799):
    ///
    /// ```text
    /// ‖∇lossᵢ‖² = Σ over layers  ‖δᵢ‖² (‖aᵢ‖² + 1)
    /// ```
    ///
    /// With DropConnect it is the gradient with respect to the weights that the mask has left.
    pub fn row_norms(&mut self, place: &Place<'_, T>, norms: &mut [f64]) {
        assert_eq!(norms.len(), place.rows.len(), "a place for each row");
        let scale = (place.rows.len() as f64).powi(2);
        let mut parts: Vec<_> = norms.chunks_mut(LANES).collect();
        self.each_tile(place, &mut parts, |base, _, norms: &mut &mut [f64]| {
            let found = base.norms(|layer| &base.levels[layer].delta);
            for (norm, found) in norms.iter_mut().zip(found) {
                *norm = scale * found;
            }
        });
    }

    /// The trace of the Gauss-Newton matrix, exactly, by one backward pass for each output:
    ///
    /// ```text
    /// tr G = Σ rows Σ outputs c Σ layers  ‖s⁽ᶜ⁾‖² (‖a‖² + 1)      s⁽ᶜ⁾[L] = column c of S,  S Sᵀ = H_loss / n
    /// ```
    ///
    /// With piecewise linear activations the network is affine in each single weight, so that it is the trace of the
    /// Hessian too.
    pub fn gauss_newton_trace(&mut self, place: &Place<'_, T>) -> f64 {
        let (loss, outputs) = (self.loss, self.network.outputs());
        let (network, examples) = (self.network, self.examples);
        let mut parts = vec![0.0; place.rows.len().div_ceil(LANES)];
        let scale = T::ONE / T::of(place.rows.len() as f64);
        let parameters = place.parameters;
        self.each_tile(place, &mut parts, |base, masked, sum| {
            let source = super::Source {
                network,
                loss,
                examples,
                parameters: masked.unwrap_or(parameters),
                noise: None,
                scale,
            };
            let mut tangent = Tangent::new(network);
            let last = tangent.delta.len() - 1;
            let shape = (outputs, base.lanes, base.rows);
            for c in 0..outputs {
                let s = &mut tangent.delta[last][..outputs * base.lanes];
                let bends = &base.levels[last].a;
                T::criterion(loss).roots(bends, c, s, shape, base.weights(), scale);
                tangent.back_as_linear(base, &source);
                *sum += base
                    .norms(|layer| &tangent.delta[layer])
                    .iter()
                    .sum::<f64>();
            }
        });
        parts.iter().sum()
    }

    /// Calls `f` with each tile, the parameters under masks if there are any, and the tile's part.
    fn each_tile<P: Send>(
        &mut self,
        place: &Place<'_, T>,
        parts: &mut [P],
        f: impl Fn(&Base<T>, Option<&[T]>, &mut P) + Sync,
    ) {
        if place.rows.is_empty() {
            return;
        }
        self.arrive(place);
        let last = std::mem::take(&mut self.last);
        let masked = (!last.masked.is_empty()).then_some(&last.masked[..]);
        for (slab, parts) in parts.chunks_mut(SLAB).enumerate() {
            let tiles = self.slab(&last, slab);
            let bases = &self.bases[tiles];
            let operations = (parts.len() * LANES * self.network.layout.len()) as f64;
            let each =
                |_: &mut Scratch<T>, tile: usize, part: &mut P| f(&bases[tile], masked, part);
            self.team.each(operations, parts, &mut self.scratch, each);
        }
        self.last = last;
    }
}

impl<T: Real> Base<T> {
    /// Σ over layers of ‖s‖² (‖a‖² + 1) for each row, with s as δ of each layer.
    fn norms<'s>(&self, s: impl Fn(usize) -> &'s [T]) -> [f64; LANES]
    where
        T: 's,
    {
        let mut norms = [0.0; LANES];
        for (index, level) in self.levels.iter().enumerate() {
            let input = index.checked_sub(1).map(|below| &self.levels[below].a);
            let width = level.seen.width();
            let seen = self.squares(&input.unwrap_or(&self.input)[..width * self.lanes]);
            let outputs = level.delta.len() / LANES;
            let slopes = self.squares(&s(index)[..outputs * self.lanes]);
            for ((norm, seen), slope) in norms.iter_mut().zip(seen).zip(slopes).take(self.rows) {
                *norm += slope * (seen + 1.0);
            }
        }
        norms
    }

    /// Σ over units of the squares, for each lane.
    fn squares(&self, numbers: &[T]) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for unit in numbers.chunks_exact(self.lanes) {
            for (sum, number) in sums.iter_mut().zip(unit) {
                *sum += number.to_f64() * number.to_f64();
            }
        }
        sums
    }
}

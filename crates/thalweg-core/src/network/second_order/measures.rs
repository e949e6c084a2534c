//! What the passes tell without a direction: the norm of each row's gradient, and the trace of the Gauss-Newton matrix.

use super::base::{Base, Source};
use super::tangent::{Scratch, Tangent};
use super::{LANES, Network, Place, SLAB, SecondOrder};
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
        // δ is that of the mean.
        let scale = (place.rows.len() as f64).powi(2);
        let mut parts: Vec<_> = norms.chunks_mut(LANES).collect();
        self.each_tile(place, &mut parts, |source, base, norms| {
            let found = base.norms(source.network, |layer| base.delta(layer));
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
    /// Hessian too. With DropConnect it is that with respect to the weights that the mask has left.
    pub fn gauss_newton_trace(&mut self, place: &Place<'_, T>) -> f64 {
        let mut parts = vec![0.0; place.rows.len().div_ceil(LANES)];
        self.each_tile(place, &mut parts, |source, base, sum| {
            let (network, lanes) = (source.network, base.lanes());
            let mut tangent = Tangent::new(network);
            let last = tangent.delta.len() - 1;
            for c in 0..network.outputs() {
                let s = &mut tangent.delta[last][..network.outputs() * lanes];
                let criterion = T::criterion(source.loss);
                criterion.hessian_roots(&base.curvatures, c, s, lanes, &base.factors);
                tangent.back_as_linear(base, source);
                let norms = base.norms(network, |layer| &tangent.delta[layer]);
                *sum += norms.iter().sum::<f64>();
            }
        });
        parts.iter().sum()
    }

    /// Calls `f` with each tile and its part.
    fn each_tile<P: Send>(
        &mut self,
        place: &Place<'_, T>,
        parts: &mut [P],
        f: impl Fn(&Source<'_, T>, &Base<T>, &mut P) + Sync,
    ) {
        if place.rows.is_empty() {
            return;
        }
        self.arrive(place);
        let last = std::mem::take(&mut self.last);
        let source = self.source(&last);
        for (slab, parts) in parts.chunks_mut(SLAB).enumerate() {
            let tiles = self.slab(&last, slab);
            let bases = &self.bases[tiles];
            let operations = (parts.len() * LANES * self.network.layout.len()) as f64;
            let each = |_: &mut Scratch<T>, tile: usize, part: &mut P| {
                f(&source, &bases[tile], part);
            };
            self.team.each(operations, parts, &mut self.scratch, each);
        }
        self.last = last;
    }
}

impl<T: Real> Base<T> {
    /// Σ over layers of ‖s‖² (‖a‖² + 1) for each row, with s as δ of each layer; 0 beyond the rows.
    fn norms<'s>(&self, network: &Network, s: impl Fn(usize) -> &'s [T]) -> [f64; LANES]
    where
        T: 's,
    {
        let mut norms = [0.0; LANES];
        for (index, layer) in network.layers.iter().enumerate() {
            let seen = match self.nonzeros() {
                Some(nonzeros) if index == 0 => nonzeros.squares(),
                _ => self.squares(self.input(index, layer.inputs)),
            };
            let slopes = self.squares(&s(index)[..layer.outputs * self.lanes()]);
            let pairs = seen.into_iter().zip(slopes).take(self.rows());
            for (norm, (seen, slope)) in norms.iter_mut().zip(pairs) {
                *norm += slope * (seen + 1.0);
            }
        }
        norms
    }

    /// Σ over units of the squares, for each lane.
    fn squares(&self, numbers: &[T]) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for unit in numbers.chunks_exact(self.lanes()) {
            for (sum, number) in sums.iter_mut().zip(unit) {
                *sum += number.to_f64() * number.to_f64();
            }
        }
        sums
    }
}

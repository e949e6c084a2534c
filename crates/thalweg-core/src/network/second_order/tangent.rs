//! A tile along a direction: the R-operator forward and back.

use super::base::{Base, Source, multiply};
use crate::Real;
use crate::network::kernel::{Left, Product, Start};
use crate::network::lines::Lines;
use crate::network::panels::{LANES, Seen};
use crate::network::piece::{Piece, wide};
use crate::network::sparse::{Weights, turn_delta};
use crate::network::{Layer, Network};
use crate::objective::Curvature;

/// What a tile brings to the product with a direction.
pub(super) struct Tangent<T> {
    /// Rδ of each layer, outputs × lanes.
    pub(super) delta: Vec<Lines<T>>,
    /// That of the first layer, rows × outputs, where its input is sparse.
    pub(super) turned: Lines<T>,
    /// RA as each layer but the first sees it.
    pub(super) seen: Vec<Seen<T>>,
}

/// What a thread needs while it has a tangent.
pub(super) struct Scratch<T> {
    /// RA of a layer.
    ra: Lines<T>,
    /// RZ of each layer.
    z: Vec<Lines<T>>,
    /// The first layer's RZ with a sparse input, rows × outputs.
    sums: Lines<T>,
    /// A piece of a product, with rows or columns of whole vectors.
    pub(super) wide: Lines<T>,
}

impl<T: Real> Scratch<T> {
    pub(super) fn new(network: &Network, pieces: &[Piece]) -> Scratch<T> {
        let widths = || network.layers.iter().map(|layer| layer.outputs);
        Scratch {
            ra: Lines::new(T::ZERO, LANES * widths().max().unwrap_or(1)),
            z: widths()
                .map(|width| Lines::new(T::ZERO, LANES * width))
                .collect(),
            sums: Lines::default(),
            wide: wide(pieces.iter()),
        }
    }
}

impl<T: Real> Tangent<T> {
    pub(super) fn new(network: &Network) -> Tangent<T> {
        let layers = network.layers.iter();
        let delta = |layer: &Layer| Lines::new(T::ZERO, LANES * layer.outputs);
        Tangent {
            delta: layers.clone().map(delta).collect(),
            turned: Lines::default(),
            seen: layers
                .skip(1)
                .map(|layer| Seen::new(layer.inputs))
                .collect(),
        }
    }

    /// The derivative of the tile's passes along a direction; for the Gauss-Newton matrix, with a network that is
    /// linear where it is.
    pub(super) fn fill(
        &mut self,
        scratch: &mut Scratch<T>,
        base: &Base<T>,
        direction: Weights<'_, T>,
        source: &Source<'_, T>,
        curvature: Curvature,
    ) {
        self.forward(scratch, base, direction, source, curvature);
        let lanes = base.lanes();
        let len = source.network.outputs() * lanes;
        let last = self.delta.len() - 1;
        let delta = &mut self.delta[last][..len];
        delta.copy_from_slice(&scratch.z[last][..len]);
        T::criterion(source.loss).hessian_products(&base.curvatures, delta, lanes, &base.factors);
        match curvature {
            Curvature::Hessian => self.backward(scratch, base, direction.parameters, source),
            Curvature::GaussNewton => self.back_as_linear(base, source),
        }
        if base.nonzeros().is_some_and(|nonzeros| !nonzeros.is_thin) {
            turn_delta((&self.delta[0], lanes), &mut self.turned, base.rows());
        }
    }

    /// RZ[l] = V[l] A[l−1] + W[l] RA[l−1] + v[l], RA[l] = φ′(Z[l]) ⊙ RZ[l].
    fn forward(
        &mut self,
        scratch: &mut Scratch<T>,
        base: &Base<T>,
        direction: Weights<'_, T>,
        source: &Source<'_, T>,
        curvature: Curvature,
    ) {
        let (lanes, layout) = (base.lanes(), &source.network.layout);
        let Scratch { ra, z, sums, .. } = scratch;
        for (index, layer) in source.network.layers.iter().enumerate() {
            let (v, bias) = layout.layer(index + 1, direction.parameters);
            let (below, here) = z.split_at_mut(index);
            let (rz, shape) = (
                &mut here[0][..layer.outputs * lanes],
                (layer.outputs, lanes, layer.inputs),
            );
            if let (0, Some(nonzeros), Some(turned)) = (index, base.nonzeros(), direction.turned) {
                nonzeros.product((v, bias), turned, sums, rz, lanes);
                continue;
            }
            T::product(Product {
                c: rz,
                a: Left::Rows(v, layer.inputs),
                b: base.input(index, layer.inputs),
                start: Start::Rows(bias),
                shape,
            });
            let Some(below) = below.last() else {
                continue;
            };
            let ra = &mut ra[..layer.inputs * lanes];
            ra.copy_from_slice(&below[..ra.len()]);
            multiply(ra, &base.slopes[index - 1]);
            if curvature == Curvature::Hessian {
                self.seen[index - 1].turn_in(ra, lanes, (layer.inputs, base.rows()));
            }
            T::product(Product {
                c: rz,
                a: Left::Rows(source.weights(index), layer.inputs),
                b: ra,
                start: Start::Here,
                shape,
            });
        }
    }

    /// Rδ[l−1] = (V[l]ᵀ δ[l] + W[l]ᵀ Rδ[l]) ⊙ φ′(Z[l−1]) + (W[l]ᵀ δ[l]) ⊙ φ″(Z[l−1]) ⊙ RZ[l−1].
    fn backward(
        &mut self,
        scratch: &Scratch<T>,
        base: &Base<T>,
        direction: &[T],
        source: &Source<'_, T>,
    ) {
        let (lanes, layout) = (base.lanes(), &source.network.layout);
        for (index, layer) in source.network.layers.iter().enumerate().skip(1).rev() {
            let (below, above) = self.delta.split_at_mut(index);
            let (v, _) = layout.layer(index + 1, direction);
            let result = &mut below[index - 1][..layer.inputs * lanes];
            T::product(Product {
                c: result,
                a: Left::Columns(v, layer.inputs),
                b: base.delta(index),
                start: Start::Zero,
                shape: (layer.inputs, lanes, layer.outputs),
            });
            T::product(Product {
                c: result,
                a: Left::Columns(source.weights(index), layer.inputs),
                b: &above[0][..layer.outputs * lanes],
                start: Start::Here,
                shape: (layer.inputs, lanes, layer.outputs),
            });
            multiply(result, &base.slopes[index - 1]);
            let bends = base.bends[index - 1].iter();
            for ((r, &bend), &z) in result.iter_mut().zip(bends).zip(&scratch.z[index - 1][..]) {
                *r += bend * z;
            }
        }
    }

    /// Rδ[l−1] = (W[l]ᵀ Rδ[l]) ⊙ φ′(Z[l−1]).
    pub(super) fn back_as_linear(&mut self, base: &Base<T>, source: &Source<'_, T>) {
        let lanes = base.lanes();
        for (index, layer) in source.network.layers.iter().enumerate().skip(1).rev() {
            let (below, above) = self.delta.split_at_mut(index);
            let result = &mut below[index - 1][..layer.inputs * lanes];
            T::product(Product {
                c: result,
                a: Left::Columns(source.weights(index), layer.inputs),
                b: &above[0][..layer.outputs * lanes],
                start: Start::Zero,
                shape: (layer.inputs, lanes, layer.outputs),
            });
            multiply(result, &base.slopes[index - 1]);
        }
    }
}

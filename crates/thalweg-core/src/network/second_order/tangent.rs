//! A tile along a direction: the R-operator forward and back.

use super::base::{Base, Source, multiply};
use crate::Real;
use crate::network::kernel::{Left, Product};
use crate::network::lines::Lines;
use crate::network::panels::{LANES, Seen};
use crate::network::piece::{Piece, wide};
use crate::network::{Layer, Network};
use crate::objective::Curvature;

/// A direction, and its weights beside those of the network as the products want them.
#[derive(Default)]
pub(super) struct Direction<T> {
    /// The direction, under the masks of DropConnect.
    v: Vec<T>,
    /// [V W] of each layer but the first, outputs × 2 inputs, one after another.
    along: Vec<T>,
    /// V over W of each layer but the first, 2 outputs × inputs, one after another.
    across: Vec<T>,
}

/// What a tile brings to the product with a direction.
pub(super) struct Tangent<T> {
    /// Rδ of each layer, outputs × lanes.
    pub(super) delta: Vec<Lines<T>>,
    /// RA as each layer but the first sees it.
    pub(super) seen: Vec<Seen<T>>,
}

/// What a thread needs while it has a tangent.
pub(super) struct Scratch<T> {
    /// A over RA, or δ over Rδ.
    stack: Lines<T>,
    /// RZ of each layer.
    z: Vec<Lines<T>>,
    /// A piece of a product, with rows of whole vectors.
    pub(super) wide: Lines<T>,
}

impl<T: Real> Direction<T> {
    /// Takes up a direction beside the weights of the source.
    pub(super) fn set(&mut self, source: &Source<'_, T>, v: &[T], factors: &[T]) {
        self.v.clear();
        self.v.extend_from_slice(v);
        multiply(&mut self.v, factors);
        self.along.clear();
        self.across.clear();
        for (index, layer) in source.network.layers.iter().enumerate().skip(1) {
            let (v, _) = source.network.layout.layer(index + 1, &self.v);
            let w = source.weights(index);
            for (v, w) in v.chunks(layer.inputs).zip(w.chunks(layer.inputs)) {
                self.along.extend_from_slice(v);
                self.along.extend_from_slice(w);
            }
            self.across.extend_from_slice(v);
            self.across.extend_from_slice(w);
        }
    }
}

impl<T: Real> Scratch<T> {
    pub(super) fn new(network: &Network, pieces: &[Piece]) -> Scratch<T> {
        let widths = || network.layers.iter().map(|layer| layer.outputs);
        Scratch {
            stack: Lines::new(T::ZERO, 2 * LANES * widths().max().unwrap_or(1)),
            z: widths()
                .map(|width| Lines::new(T::ZERO, LANES * width))
                .collect(),
            wide: wide(pieces),
        }
    }
}

impl<T: Real> Tangent<T> {
    pub(super) fn new(network: &Network) -> Tangent<T> {
        let layers = network.layers.iter();
        let delta = |layer: &Layer| Lines::new(T::ZERO, LANES * layer.outputs);
        Tangent {
            delta: layers.clone().map(delta).collect(),
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
        direction: &Direction<T>,
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
            Curvature::Hessian => self.backward(scratch, base, direction, source),
            Curvature::GaussNewton => self.back_as_linear(base, source),
        }
    }

    /// RZ[l] = V[l] A[l−1] + W[l] RA[l−1] + v[l], RA[l] = φ′(Z[l]) ⊙ RZ[l].
    fn forward(
        &mut self,
        scratch: &mut Scratch<T>,
        base: &Base<T>,
        direction: &Direction<T>,
        source: &Source<'_, T>,
        curvature: Curvature,
    ) {
        let (lanes, layout) = (base.lanes(), &source.network.layout);
        let Scratch { stack, z, .. } = scratch;
        let mut along = &direction.along[..];
        for (index, layer) in source.network.layers.iter().enumerate() {
            let (weight, bias) = layout.layer(index + 1, &direction.v);
            let input = base.input(index, layer.inputs);
            let (below, here) = z.split_at_mut(index);
            let (a, b, k) = if let Some(below) = below.last() {
                let (a, ra) = stack[..2 * input.len()].split_at_mut(input.len());
                a.copy_from_slice(input);
                ra.copy_from_slice(&below[..input.len()]);
                multiply(ra, &base.slopes[index - 1]);
                if curvature == Curvature::Hessian {
                    self.seen[index - 1].turn_in(ra, lanes, (layer.inputs, base.rows()));
                }
                let (a, rest) = along.split_at(2 * layer.inputs * layer.outputs);
                along = rest;
                (a, &stack[..2 * input.len()], 2 * layer.inputs)
            } else {
                (weight, input, layer.inputs)
            };
            T::product(Product {
                c: &mut here[0][..layer.outputs * lanes],
                a: Left::Rows(a, k),
                b,
                start: Some(bias),
                shape: (layer.outputs, lanes, k),
            });
        }
    }

    /// Rδ[l−1] = (V[l]ᵀ δ[l] + W[l]ᵀ Rδ[l]) ⊙ φ′(Z[l−1]) + (W[l]ᵀ δ[l]) ⊙ φ″(Z[l−1]) ⊙ RZ[l−1].
    fn backward(
        &mut self,
        scratch: &mut Scratch<T>,
        base: &Base<T>,
        direction: &Direction<T>,
        source: &Source<'_, T>,
    ) {
        let lanes = base.lanes();
        let Scratch { stack, z, .. } = scratch;
        let mut across = &direction.across[..];
        for (index, layer) in source.network.layers.iter().enumerate().skip(1).rev() {
            let (below, above) = self.delta.split_at_mut(index);
            let len = layer.outputs * lanes;
            let (delta, tangent) = stack[..2 * len].split_at_mut(len);
            delta.copy_from_slice(&base.delta(index)[..len]);
            tangent.copy_from_slice(&above[0][..len]);
            let start = across.len() - 2 * layer.outputs * layer.inputs;
            let result = &mut below[index - 1][..layer.inputs * lanes];
            T::product(Product {
                c: result,
                a: Left::Columns(&across[start..], layer.inputs),
                b: &stack[..2 * len],
                start: None,
                shape: (layer.inputs, lanes, 2 * layer.outputs),
            });
            across = &across[..start];
            multiply(result, &base.slopes[index - 1]);
            let bends = base.bends[index - 1].iter();
            for ((r, &bend), &z) in result.iter_mut().zip(bends).zip(&z[index - 1][..]) {
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
                start: None,
                shape: (layer.inputs, lanes, layer.outputs),
            });
            multiply(result, &base.slopes[index - 1]);
        }
    }
}

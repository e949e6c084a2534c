//! The base of second-order passes: a tile of examples forward and back, all that does not depend on a direction.

use crate::Real;
use crate::layer::Noise;
use crate::loss::Loss;
use crate::network::kernel::Share;
use crate::network::panels::{LANES, Seen};
use crate::network::pass::Pass;
use crate::network::rows::Rows;
use crate::network::sparse::{Nonzeros, SparseShare, Weights};
use crate::network::tile::Tile;
use crate::network::{Examples, Layer, Network};

/// What a base is made from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, T> {
    pub(super) network: &'a Network,
    pub(super) loss: &'a dyn Loss,
    pub(super) examples: Examples<'a, T>,
    /// The parameters, under the masks of DropConnect.
    pub(super) weights: Weights<'a, T>,
    pub(super) noise: Option<Noise>,
    /// 1 / rows of the batch.
    pub(super) scale: T,
}

/// A tile with all that directions have in common.
pub(super) struct Base<T> {
    tile: Tile<T>,
    pass: Pass<T>,
    noisy: bool,
    /// Of each layer but the last: m ⊙ φ′(Z) with the mask m of dropout, outputs × lanes.
    pub(super) slopes: Vec<Vec<T>>,
    /// Of each layer but the last: (Wᵀ δ) ⊙ m ⊙ φ″(Z), with W and δ of the next layer; empty where that is 0.
    pub(super) bends: Vec<Vec<T>>,
    /// What the loss's Hessian with respect to the outputs is made of, outputs × lanes.
    pub(super) curvatures: Vec<T>,
    /// wᵢ / rows of the batch, for each of the tile's rows.
    pub(super) factors: Vec<T>,
}

impl<T: Real> Source<'_, T> {
    /// The weights of a layer, from 0.
    pub(super) fn weights(&self, layer: usize) -> &[T] {
        self.network
            .layout
            .layer(layer + 1, self.weights.parameters)
            .0
    }
}

impl<T: Real> Base<T> {
    pub(super) fn new(network: &Network) -> Base<T> {
        let hidden = &network.layers[..network.layers.len() - 1];
        let slope = |layer: &Layer| vec![T::ZERO; LANES * layer.outputs];
        let bend = |layer: &Layer| {
            let is_straight = layer.activation.is_piecewise_linear();
            if is_straight {
                Vec::new()
            } else {
                slope(layer)
            }
        };
        Base {
            tile: Tile::new(network),
            pass: Pass::new(network),
            noisy: false,
            slopes: hidden.iter().map(slope).collect(),
            bends: hidden.iter().map(bend).collect(),
            curvatures: vec![T::ZERO; LANES * network.outputs()],
            factors: Vec::new(),
        }
    }

    /// Numbers that a base for this network has, about, with features of which this part is not 0.
    pub(super) fn size(network: &Network, density: f64) -> usize {
        let layers = network.layers.iter();
        let numbers = layers.map(|layer| layer.inputs + 5 * layer.outputs);
        let all = network.inputs() + numbers.sum::<usize>();
        let zeros = (1.0 - density) * (2 * network.inputs()) as f64;
        LANES * (all - zeros as usize)
    }

    /// Takes these rows, the first of which is row `first` of its batch, forward and back.
    pub(super) fn fill(&mut self, source: &Source<'_, T>, rows: &[u32], first: usize) {
        let Source {
            network,
            loss,
            weights,
            noise,
            scale,
            ..
        } = *source;
        let (tile, pass) = (&mut self.tile, &mut self.pass);
        self.noisy = noise.is_some();
        let listed = (Rows::Listed(rows), first);
        tile.gather(pass, &source.examples, listed, weights.turned);
        tile.forward(pass, network, weights, noise);
        tile.curvatures(pass, loss, &mut self.curvatures);
        tile.cost(pass, loss, scale);
        self.factors.clear();
        match tile.labels.weights() {
            Some(weights) => self.factors.extend(weights.iter().map(|&w| scale * w)),
            None => self.factors.resize(rows.len(), scale),
        }
        for index in (1..network.layers.len()).rev() {
            let below = index - 1;
            let delta = tile.pull_back(pass, network, weights.parameters, index, self.noisy);
            let bend = &mut self.bends[below];
            if !bend.is_empty() {
                let bend = &mut bend[..delta.len()];
                bend.copy_from_slice(delta);
                pass.apply_curvature(network, below, bend);
            }
            pass.apply_slope(network, below, delta);
            let slope = &mut self.slopes[below][..delta.len()];
            slope.fill(T::ONE);
            pass.apply_slope(network, below, slope);
            if self.noisy {
                pass.apply_mask(below, slope);
            }
        }
        tile.turn_delta();
    }

    pub(super) fn rows(&self) -> usize {
        self.tile.rows()
    }

    pub(super) fn lanes(&self) -> usize {
        self.tile.lanes()
    }

    /// What a layer, from 0, has seen: `inputs` × lanes. The first one may have seen [`Base::nonzeros`] instead.
    pub(super) fn input(&self, layer: usize, inputs: usize) -> &[T] {
        self.pass.seen(layer, inputs * self.lanes(), self.noisy)
    }

    /// What the first layer has seen, if that is sparse.
    pub(super) fn nonzeros(&self) -> Option<&Nonzeros<T>> {
        Some(self.tile.share(0).sparse?.nonzeros)
    }

    /// δ of a layer, from 0.
    pub(super) fn delta(&self, layer: usize) -> &[T] {
        self.tile.share(layer).delta
    }

    /// What the tile brings to the gradient of a layer with another δ, which is also turned where its input is sparse.
    pub(super) fn with_delta<'t>(
        &'t self,
        layer: usize,
        delta: &'t [T],
        turned: &'t [T],
    ) -> Share<'t, T> {
        let share = self.tile.share(layer);
        Share {
            delta,
            sparse: share.sparse.map(|sparse| SparseShare {
                delta: turned,
                ..sparse
            }),
            ..share
        }
    }

    /// What the tile brings to the gradient of a layer that has seen something else.
    pub(super) fn with_seen<'t>(&'t self, layer: usize, seen: &'t Seen<T>) -> Share<'t, T> {
        Share {
            seen,
            ..self.tile.share(layer)
        }
    }
}

/// a ← a ⊙ b, as far as both go.
pub(super) fn multiply<T: Real>(a: &mut [T], b: &[T]) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a *= b;
    }
}

//! A pass: what a tile's way forward through the network leaves behind, for the way back and for second derivatives.

use super::Network;
use super::lines::Lines;
use super::panels::LANES;
use super::sparse::stride;
use crate::Real;
use crate::layer::{Dropout, Noise};
use crate::vector::vectorized;

/// The input of a tile, and Z and A = φ(Z) of each layer: units × lanes.
pub(super) struct Pass<T> {
    /// Of the input, all is empty until a tile has one that is not sparse.
    pub(super) input: Masked<T>,
    pub(super) layers: Vec<Sums<T>>,
    /// Rows that were compressed, one after another.
    pub(super) written: Vec<T>,
    /// The first layer's sums with a sparse input, rows × outputs.
    pub(super) sums: Lines<T>,
}

/// Z and A of a layer: outputs × lanes.
pub(super) struct Sums<T> {
    pub(super) z: Lines<T>,
    pub(super) a: Masked<T>,
}

/// Activations, and what dropout leaves of them; the latter is empty where nothing is dropped.
pub(super) struct Masked<T> {
    pub(super) whole: Lines<T>,
    pub(super) mask: Lines<T>,
    pub(super) kept: Lines<T>,
}

impl<T: Real> Masked<T> {
    fn new(len: usize, dropout: &Dropout) -> Masked<T> {
        let masked = if dropout.rate > 0.0 { len } else { 0 };
        Masked {
            whole: Lines::new(T::ZERO, len),
            mask: Lines::new(T::ZERO, masked),
            kept: Lines::new(T::ZERO, masked),
        }
    }

    /// Makes room for so many numbers where there is none.
    pub(super) fn make_room(&mut self, len: usize) {
        self.whole.make_room(len);
    }

    /// What the next layer sees.
    pub(super) fn seen(&self, len: usize, noisy: bool) -> &[T] {
        if noisy && !self.kept.is_empty() {
            &self.kept[..len]
        } else {
            &self.whole[..len]
        }
    }

    /// Drops what the mask of this layer says, if it has one.
    pub(super) fn drop(
        &mut self,
        dropout: &Dropout,
        noise: Noise,
        layer: usize,
        first: usize,
        lanes: usize,
    ) {
        if self.mask.is_empty() {
            return;
        }
        let len = self.mask.len() / LANES * lanes;
        dropout.fill(noise, layer, first, lanes, &mut self.mask[..len]);
        let kept = &mut self.kept[..len];
        vectorized(|| {
            for ((kept, &a), &m) in kept.iter_mut().zip(&*self.whole).zip(&*self.mask) {
                *kept = a * m;
            }
        });
    }
}

impl<T: Real> Pass<T> {
    pub(super) fn new(network: &Network) -> Pass<T> {
        let layers = network.layers.iter().map(|layer| Sums {
            z: Lines::new(T::ZERO, LANES * layer.outputs),
            a: Masked::new(LANES * layer.outputs, &layer.dropout),
        });
        let mut input = Masked::new(LANES * network.inputs(), &network.input_dropout);
        input.whole = Lines::default();
        Pass {
            input,
            layers: layers.collect(),
            written: Vec::new(),
            sums: Lines::default(),
        }
    }

    /// Makes room for rows that are sparse, or for all of their features, where there is none.
    pub(super) fn make_room(&mut self, network: &Network, is_sparse: bool) {
        if is_sparse {
            let stride = stride::<T>(network.layers[0].outputs);
            self.sums.make_room(LANES * stride);
        } else {
            self.input.make_room(LANES * network.inputs());
        }
    }

    /// Z of the last layer: outputs × lanes.
    pub(super) fn outputs(&mut self, lanes: usize) -> &mut [T] {
        let last = self.layers.len() - 1;
        let z = &mut self.layers[last].z;
        let len = z.len() / LANES * lanes;
        &mut z[..len]
    }

    /// What a layer, from 0, has seen: `len` numbers, inputs × lanes.
    pub(super) fn seen(&self, layer: usize, len: usize, noisy: bool) -> &[T] {
        let below = layer.checked_sub(1).map(|below| &self.layers[below].a);
        below.unwrap_or(&self.input).seen(len, noisy)
    }

    /// x ← x ⊙ m with the dropout mask of a layer, from 0; without one nothing happens.
    pub(super) fn apply_mask(&self, layer: usize, x: &mut [T]) {
        let mask = &*self.layers[layer].a.mask;
        vectorized(|| {
            for (x, &m) in x.iter_mut().zip(mask) {
                *x *= m;
            }
        });
    }

    /// x ← x ⊙ φ′(Z) of a layer, from 0.
    pub(super) fn apply_slope(&self, network: &Network, layer: usize, x: &mut [T]) {
        let (z, a) = self.sums(layer, x.len());
        T::elementwise(&*network.layers[layer].activation).backward(z, a, x);
    }

    /// x ← x ⊙ φ″(Z) of a layer, from 0.
    pub(super) fn apply_curvature(&self, network: &Network, layer: usize, x: &mut [T]) {
        let (z, a) = self.sums(layer, x.len());
        T::elementwise(&*network.layers[layer].activation).curvature(z, a, x);
    }

    /// Z and φ(Z) of a layer.
    fn sums(&self, layer: usize, len: usize) -> (&[T], &[T]) {
        let Sums { z, a } = &self.layers[layer];
        (&z[..len], &a.whole[..len])
    }
}

//! One block of rows on its way through the network and back: the unit of parallel work.
//!
//! A block has the same size on any number of threads, so what it computes has the same bits.

use super::{Examples, Layer, Network};
use crate::Real;
use crate::layer::{Dropout, Noise};
use crate::loss::{Loss, Targets};
use crate::product::{Into, a_b, a_bt, at_b};

/// Rows in a block.
pub(super) const ROWS: usize = 64;

/// The buffers of one block; all are allocated once.
pub(super) struct Block<T> {
    rows: usize,
    input: Masked<T>,
    layers: Vec<Buffers<T>>,
    classes: Vec<u32>,
    values: Vec<T>,
    weights: Vec<T>,
    /// Σ wᵢ lossᵢ over the block's rows.
    pub(super) loss: f64,
}

/// What one layer computes for the block's rows.
struct Buffers<T> {
    z: Vec<T>,
    a: Masked<T>,
    delta: Vec<T>,
}

/// Activations, and what dropout leaves of them; the latter is empty where nothing is dropped.
struct Masked<T> {
    whole: Vec<T>,
    mask: Vec<T>,
    kept: Vec<T>,
}

impl<T: Real> Masked<T> {
    fn new(len: usize, dropout: &Dropout) -> Masked<T> {
        let masked = if dropout.rate > 0.0 { len } else { 0 };
        Masked {
            whole: vec![T::ZERO; len],
            mask: vec![T::ZERO; masked],
            kept: vec![T::ZERO; masked],
        }
    }

    /// What the next layer sees.
    fn seen(&self, len: usize, training: bool) -> &[T] {
        if training && !self.kept.is_empty() {
            &self.kept[..len]
        } else {
            &self.whole[..len]
        }
    }

    fn drop(
        &mut self,
        dropout: &Dropout,
        noise: Noise,
        layer: usize,
        first: usize,
        width: usize,
        len: usize,
    ) {
        if self.mask.is_empty() {
            return;
        }
        dropout.fill(noise, layer, first, width, &mut self.mask[..len]);
        for ((kept, &a), &m) in self.kept.iter_mut().zip(&self.whole[..len]).zip(&self.mask) {
            *kept = a * m;
        }
    }
}

impl<T: Real> Block<T> {
    pub(super) fn new(network: &Network) -> Block<T> {
        let layers = network.layers.iter().map(|layer| {
            let len = ROWS * layer.outputs;
            Buffers {
                z: vec![T::ZERO; len],
                a: Masked::new(len, &layer.dropout),
                delta: vec![T::ZERO; len],
            }
        });
        Block {
            rows: 0,
            input: Masked::new(ROWS * network.inputs(), &network.input_dropout),
            layers: layers.collect(),
            classes: Vec::with_capacity(ROWS),
            values: Vec::new(),
            weights: Vec::with_capacity(ROWS),
            loss: 0.0,
        }
    }

    /// Copies these rows of the examples in.
    pub(super) fn gather(&mut self, examples: &Examples<'_, T>, rows: &[u32]) {
        let width = examples.width;
        self.rows = rows.len();
        for (to, &row) in self.input.whole.chunks_exact_mut(width).zip(rows) {
            to.copy_from_slice(&examples.features[row as usize * width..][..width]);
        }
        self.classes.clear();
        self.values.clear();
        match examples.targets {
            Targets::Classes(classes) => {
                self.classes
                    .extend(rows.iter().map(|&row| classes[row as usize]));
            }
            Targets::Values { values, width } => {
                for &row in rows {
                    self.values
                        .extend_from_slice(&values[row as usize * width..][..width]);
                }
            }
        }
        self.weights.clear();
        if let Some(weights) = examples.weights {
            self.weights
                .extend(rows.iter().map(|&row| weights[row as usize]));
        }
    }

    /// Copies rows of features in, to be predicted.
    pub(super) fn load(&mut self, features: &[T], width: usize) {
        self.rows = features.len() / width;
        self.input.whole[..features.len()].copy_from_slice(features);
    }

    /// Z[l] = A[l−1] W[l]ᵀ + b[l], A[l] = φ(Z[l]). `first` is the block's first row in its batch, which keys the masks.
    pub(super) fn forward(
        &mut self,
        network: &Network,
        parameters: &[T],
        noise: Option<Noise>,
        first: usize,
    ) {
        let rows = self.rows;
        if let Some(noise) = noise {
            let width = network.inputs();
            self.input
                .drop(&network.input_dropout, noise, 0, first, width, rows * width);
        }
        for index in 0..network.layers.len() {
            let layer = &network.layers[index];
            let (below, here) = self.layers.split_at_mut(index);
            let input = below.last().map_or(&self.input, |buffers| &buffers.a);
            let input = input.seen(rows * layer.inputs, noise.is_some());
            let (weight, bias) = network.layout.layer(index + 1, parameters);
            let len = rows * layer.outputs;
            let Buffers { z, a, .. } = &mut here[0];
            for z in z[..len].chunks_exact_mut(layer.outputs) {
                z.copy_from_slice(bias);
            }
            a_bt(
                &mut z[..len],
                input,
                weight,
                (rows, layer.outputs, layer.inputs),
                Into::Add,
            );
            T::elementwise(&*layer.activation).forward(&z[..len], &mut a.whole[..len]);
            if let Some(noise) = noise {
                a.drop(&layer.dropout, noise, index + 1, first, layer.outputs, len);
            }
        }
    }

    /// The outputs of the last layer.
    pub(super) fn outputs(&self) -> &[T] {
        let last = &self.layers[self.layers.len() - 1];
        &last.z[..last.z.len() / ROWS * self.rows]
    }

    /// Σ wᵢ lossᵢ into `self.loss`, and its gradient with respect to the outputs, times `scale`, into the last δ.
    pub(super) fn cost(&mut self, loss: &dyn Loss, scale: T) {
        let last = self.layers.len() - 1;
        let outputs = self.layers[last].z.len() / ROWS;
        let targets = if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: outputs,
            }
        };
        let weights = (!self.weights.is_empty()).then_some(&self.weights[..]);
        let Buffers { z, delta, .. } = &mut self.layers[last];
        let delta = &mut delta[..self.rows * outputs];
        delta.copy_from_slice(&z[..self.rows * outputs]);
        self.loss = T::criterion(loss).rows(delta, outputs, targets, weights, scale);
    }

    /// δ[l−1] = (δ[l] W[l]) ⊙ m ⊙ φ′(Z[l−1]), from the last layer down to the first; the masks m only if the
    /// forward pass was noisy.
    pub(super) fn backward(&mut self, network: &Network, parameters: &[T], noisy: bool) {
        let rows = self.rows;
        for index in (1..network.layers.len()).rev() {
            let layer = &network.layers[index];
            let (weight, _) = network.layout.layer(index + 1, parameters);
            let (below, here) = self.layers.split_at_mut(index);
            let Buffers { z, a, delta } = &mut below[index - 1];
            let len = rows * layer.inputs;
            let delta = &mut delta[..len];
            let above = &here[0].delta[..rows * layer.outputs];
            a_b(
                delta,
                above,
                weight,
                (rows, layer.inputs, layer.outputs),
                Into::Set,
            );
            if noisy {
                // Without dropout there are no masks, and nothing happens.
                for (delta, &m) in delta.iter_mut().zip(&a.mask) {
                    *delta *= m;
                }
            }
            let activation = &*network.layers[index - 1].activation;
            T::elementwise(activation).backward(&z[..len], &a.whole[..len], delta);
        }
    }

    /// Adds the block's share of the gradient of weight rows `first..` of a layer (from 0): G += δᵀ A.
    pub(super) fn add_weights(
        &self,
        index: usize,
        layer: &Layer,
        first: usize,
        g: &mut [T],
        noisy: bool,
    ) {
        let below = if index == 0 {
            &self.input
        } else {
            &self.layers[index - 1].a
        };
        let delta = &self.layers[index].delta[..self.rows * layer.outputs];
        let input = below.seen(self.rows * layer.inputs, noisy);
        let shape = (g.len() / layer.inputs, layer.inputs, self.rows);
        at_b(g, delta, (first, layer.outputs), input, shape, Into::Add);
    }

    /// Adds the block's share of the gradient of a layer's bias: Σ δ over the rows.
    pub(super) fn add_bias(&self, index: usize, g: &mut [T]) {
        for delta in self.layers[index].delta[..self.rows * g.len()].chunks_exact(g.len()) {
            for (g, &delta) in g.iter_mut().zip(delta) {
                *g += delta;
            }
        }
    }
}

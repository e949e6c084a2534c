//! A tile: some examples of a batch on their way through the network and back, side by side in vectors.
//!
//! Sums, activations and deltas lie as units × lanes, a lane for each example, so that products need no packing,
//! bias and activation are one pass, and softmax needs no sum across a vector. What the gradient needs of a layer's
//! input lies the other way, examples × features, in panels of 64 features.

use super::factor::{Factor, across, along};
use super::kernel::{Product, Share};
use super::panels::{GROUP, LANES, Seen, turn};
use super::rows::Rows;
use super::weights::Weights;
use super::{Examples, Layer, Network};
use crate::Real;
use crate::layer::{Dropout, Noise};
use crate::loss::{Loss, Targets};

/// What the gradient needs of a tile.
pub(super) struct Tile<F: Factor> {
    rows: usize,
    lanes: usize,
    /// The tile's first row in its batch, which keys the masks.
    first: usize,
    /// What each layer has seen.
    seen: Vec<Seen<F>>,
    /// δ of each layer: outputs × lanes.
    delta: Vec<Vec<F::Sum>>,
    /// The same as factors, where they are others.
    delta_factors: Vec<Vec<F>>,
    classes: Vec<u32>,
    values: Vec<F::Sum>,
    weights: Vec<F::Sum>,
    /// wᵢ lossᵢ of each row.
    losses: Vec<F::Sum>,
    /// The outputs, rows × outputs.
    answers: Vec<F::Sum>,
}

/// What a thread needs while it has a tile.
pub(super) struct Scratch<F: Factor> {
    input: Masked<F::Sum>,
    layers: Vec<Sums<F::Sum>>,
    /// A place for factors.
    packed: Vec<F>,
    /// A piece of the gradient, with rows of whole vectors, and without.
    pub(super) wide: Vec<F::Sum>,
    pub(super) piece: Vec<F::Sum>,
}

/// Z and A = φ(Z) of a layer: outputs × lanes.
struct Sums<T> {
    z: Vec<T>,
    a: Masked<T>,
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
    fn seen(&self, len: usize, noisy: bool) -> &[T] {
        if noisy && !self.kept.is_empty() {
            &self.kept[..len]
        } else {
            &self.whole[..len]
        }
    }

    /// Drops what the mask of this layer says, if it has one.
    fn drop(&mut self, dropout: &Dropout, noise: Noise, layer: usize, first: usize, lanes: usize) {
        if self.mask.is_empty() {
            return;
        }
        let len = self.mask.len() / LANES * lanes;
        dropout.fill(noise, layer, first, lanes, &mut self.mask[..len]);
        for ((kept, &a), &m) in self.kept.iter_mut().zip(&self.whole[..len]).zip(&self.mask) {
            *kept = a * m;
        }
    }
}

impl<F: Factor> Scratch<F> {
    pub(super) fn new(network: &Network) -> Scratch<F> {
        let layers = network.layers.iter().map(|layer| Sums {
            z: vec![F::Sum::ZERO; LANES * layer.outputs],
            a: Masked::new(LANES * layer.outputs, &layer.dropout),
        });
        Scratch {
            input: Masked::new(LANES * network.inputs(), &network.input_dropout),
            layers: layers.collect(),
            packed: Vec::new(),
            wide: Vec::new(),
            piece: Vec::new(),
        }
    }

    /// Z of the last layer: outputs × lanes.
    fn outputs(&mut self, lanes: usize) -> &mut [F::Sum] {
        let last = self.layers.len() - 1;
        let z = &mut self.layers[last].z;
        let len = z.len() / LANES * lanes;
        &mut z[..len]
    }
}

impl<F: Factor> Tile<F> {
    pub(super) fn new(network: &Network) -> Tile<F> {
        let layers = &network.layers;
        let delta = |layer: &Layer| vec![F::Sum::ZERO; LANES * layer.outputs];
        Tile {
            rows: 0,
            lanes: 0,
            first: 0,
            seen: layers.iter().map(|layer| Seen::new(layer.inputs)).collect(),
            delta: layers.iter().map(delta).collect(),
            delta_factors: layers.iter().map(|_| Vec::new()).collect(),
            classes: Vec::with_capacity(LANES),
            values: Vec::with_capacity(LANES * network.outputs()),
            weights: Vec::with_capacity(LANES),
            losses: vec![F::Sum::ZERO; LANES],
            answers: Vec::new(),
        }
    }

    /// How many examples it has.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// wᵢ lossᵢ of each row.
    pub(super) fn losses(&self) -> &[F::Sum] {
        &self.losses[..self.rows]
    }

    /// δ of one unit of a layer, from 0, for each row.
    pub(super) fn delta(&self, layer: usize, unit: usize) -> &[F::Sum] {
        &self.delta[layer][unit * self.lanes..][..self.rows]
    }

    /// What the tile brings to the gradient of a layer, from 0.
    pub(super) fn share(&self, layer: usize) -> Share<'_, F> {
        let delta = F::same(&self.delta[layer]);
        Share {
            rows: self.rows.div_ceil(F::DEPTH),
            lanes: self.lanes.div_ceil(F::DEPTH),
            delta: delta.unwrap_or(&self.delta_factors[layer]),
            seen: &self.seen[layer],
        }
    }

    /// Copies these rows of the examples in, the first of which is row `first` of its batch.
    pub(super) fn gather(
        &mut self,
        scratch: &mut Scratch<F>,
        examples: &Examples<'_, F::Sum>,
        rows: Rows<'_>,
        first: usize,
    ) {
        let width = examples.width;
        let feature = |row: usize| &examples.features[rows.at(row) * width..][..width];
        self.load(scratch, rows.len(), width, feature);
        self.first = first;
        let rows = (0..rows.len()).map(|index| rows.at(index));
        self.classes.clear();
        self.values.clear();
        match examples.targets {
            Targets::Classes(classes) => self.classes.extend(rows.clone().map(|row| classes[row])),
            Targets::Values { values, width } => {
                for row in rows.clone() {
                    self.values
                        .extend_from_slice(&values[row * width..][..width]);
                }
            }
        }
        self.weights.clear();
        if let Some(weights) = examples.weights {
            self.weights.extend(rows.map(|row| weights[row]));
        }
    }

    /// Copies rows of features in.
    pub(super) fn load<'f>(
        &mut self,
        scratch: &mut Scratch<F>,
        rows: usize,
        width: usize,
        features: impl Fn(usize) -> &'f [F::Sum],
    ) {
        self.rows = rows;
        self.lanes = lanes(rows);
        let lanes = self.lanes.div_ceil(F::DEPTH);
        for (row, first) in (0..rows).step_by(F::DEPTH).enumerate() {
            let second = (F::DEPTH > 1 && first + 1 < rows).then(|| features(first + 1));
            self.seen[0].set_row(row, lanes, features(first), second);
        }
        let input = &mut scratch.input.whole;
        turn(features, input, self.lanes, (rows, width));
    }

    /// Z[l] = W[l] A[l−1] + b[l], A[l] = φ(Z[l]).
    pub(super) fn forward(
        &mut self,
        scratch: &mut Scratch<F>,
        network: &Network,
        weights: &Weights<'_, F>,
        noise: Option<Noise>,
    ) {
        let (rows, lanes) = (self.rows, self.lanes);
        let packed = &mut scratch.packed;
        if let Some(noise) = noise
            && !scratch.input.mask.is_empty()
        {
            let (input, inputs) = (&mut scratch.input, network.inputs());
            input.drop(&network.input_dropout, noise, 0, self.first, lanes);
            let seen = along(&input.kept[..inputs * lanes], lanes, rows, packed);
            let (seen_lanes, seen_rows) = (lanes.div_ceil(F::DEPTH), rows.div_ceil(F::DEPTH));
            self.seen[0].turn_in(seen, seen_lanes, (inputs, seen_rows));
        }
        for (index, layer) in network.layers.iter().enumerate() {
            let (below, here) = scratch.layers.split_at_mut(index);
            let input = below.last().map_or(&scratch.input, |below| &below.a);
            let len = layer.outputs * lanes;
            let Sums { z, a } = &mut here[0];
            Product {
                c: &mut z[..len],
                a: weights.rows(index),
                b: across(
                    input.seen(layer.inputs * lanes, noise.is_some()),
                    lanes,
                    packed,
                ),
                start: Some(weights.bias(index)),
                shape: (layer.outputs, lanes, layer.inputs.div_ceil(F::DEPTH)),
            }
            .compute();
            if index + 1 == network.layers.len() {
                break;
            }
            F::Sum::elementwise(&*layer.activation).forward(&z[..len], &mut a.whole[..len]);
            if let Some(noise) = noise {
                a.drop(&layer.dropout, noise, index + 1, self.first, lanes);
            }
        }
    }

    /// wᵢ lossᵢ of each row, and the gradient of their sum with respect to the outputs, times `scale`, as the last δ.
    pub(super) fn cost(&mut self, scratch: &mut Scratch<F>, loss: &dyn Loss, scale: F::Sum) {
        let lanes = self.lanes;
        let z = scratch.outputs(lanes);
        let outputs = z.len() / lanes;
        let targets = if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: outputs,
            }
        };
        let weights = (!self.weights.is_empty()).then_some(&self.weights[..]);
        let last = self.delta.len() - 1;
        let delta = &mut self.delta[last][..z.len()];
        delta.copy_from_slice(z);
        F::Sum::criterion(loss).lanes(
            delta,
            (outputs, lanes, self.rows),
            targets,
            weights,
            scale,
            &mut self.losses,
        );
    }

    /// δ[l−1] = (W[l]ᵀ δ[l]) ⊙ m ⊙ φ′(Z[l−1]), from the last layer down to the first; the masks m only if the forward
    /// pass was noisy. Keeps what the gradient needs of each layer's input.
    pub(super) fn backward(
        &mut self,
        scratch: &mut Scratch<F>,
        network: &Network,
        weights: &Weights<'_, F>,
        noisy: bool,
    ) {
        let (rows, lanes) = (self.rows, self.lanes);
        let packed = &mut scratch.packed;
        for (index, layer) in network.layers.iter().enumerate().rev() {
            let above = &self.delta[index][..layer.outputs * lanes];
            // Only where factors are not the numbers themselves.
            along(above, lanes, rows, &mut self.delta_factors[index]);
            if index == 0 {
                break;
            }
            let (below, above) = self.delta.split_at_mut(index);
            let Sums { z, a } = &mut scratch.layers[index - 1];
            let len = layer.inputs * lanes;
            let seen = along(a.seen(len, noisy), lanes, rows, packed);
            let (seen_lanes, seen_rows) = (lanes.div_ceil(F::DEPTH), rows.div_ceil(F::DEPTH));
            self.seen[index].turn_in(seen, seen_lanes, (layer.inputs, seen_rows));
            let delta = &mut below[index - 1][..len];
            Product {
                c: delta,
                a: weights.columns(index),
                b: across(&above[0][..layer.outputs * lanes], lanes, packed),
                start: None,
                shape: (layer.inputs, lanes, layer.outputs.div_ceil(F::DEPTH)),
            }
            .compute();
            if noisy {
                // Without dropout there are no masks, and nothing happens.
                for (delta, &m) in delta.iter_mut().zip(&a.mask) {
                    *delta *= m;
                }
            }
            let activation = &*network.layers[index - 1].activation;
            F::Sum::elementwise(activation).backward(&z[..len], &a.whole[..len], delta);
        }
    }

    /// Keeps the outputs of the last forward pass.
    pub(super) fn answer(&mut self, scratch: &mut Scratch<F>) {
        let lanes = self.lanes;
        let z = scratch.outputs(lanes);
        let outputs = z.len() / lanes;
        self.answers.resize(self.rows * outputs, F::Sum::ZERO);
        let output = |output: usize| &z[output * lanes..];
        turn(output, &mut self.answers, outputs, (outputs, self.rows));
    }

    /// The kept outputs, rows × outputs.
    pub(super) fn answers(&self) -> &[F::Sum] {
        &self.answers
    }
}

/// Lanes of a tile with so many rows: whole vectors of every machine, but for a single row.
pub(super) fn lanes(rows: usize) -> usize {
    match rows {
        0 | 1 => 1,
        2..=8 => 8,
        _ => rows.next_multiple_of(GROUP),
    }
}

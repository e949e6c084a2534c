//! A tile: some examples of a batch on their way through the network and back, side by side in vectors.
//!
//! Sums, activations and deltas lie as units × lanes, a lane for each example, so that products need no packing,
//! bias and activation are one pass, and softmax needs no sum across a vector. What the gradient needs of a layer's
//! input lies the other way, examples × features, in panels of 64 features.

use super::kernel::{Left, Product, Share};
use super::panels::{GROUP, LANES, PANEL, Seen, turn};
use super::rows::Rows;
use super::{Examples, Layer, Network};
use crate::Real;
use crate::layer::{Dropout, Noise};
use crate::layout::Cut;
use crate::loss::{Loss, LossTile, Targets};

/// What the gradient needs of a tile.
pub(super) struct Tile<T> {
    rows: usize,
    lanes: usize,
    /// The tile's first row in its batch, which keys the masks.
    first: usize,
    /// What each layer has seen.
    seen: Vec<Seen<T>>,
    /// δ of each layer: outputs × lanes.
    delta: Vec<Vec<T>>,
    classes: Vec<u32>,
    values: Vec<T>,
    weights: Vec<T>,
    /// wᵢ lossᵢ of each row.
    losses: Vec<T>,
    /// The outputs, rows × outputs.
    answers: Vec<T>,
}

/// What a thread needs while it has a tile.
pub(super) struct Scratch<T> {
    input: Masked<T>,
    layers: Vec<Sums<T>>,
    /// A piece of the gradient, with rows of whole vectors, and without.
    pub(super) wide: Vec<T>,
    pub(super) piece: Vec<T>,
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

impl<T: Real> Scratch<T> {
    pub(super) fn new(network: &Network) -> Scratch<T> {
        let layers = network.layers.iter().map(|layer| Sums {
            z: vec![T::ZERO; LANES * layer.outputs],
            a: Masked::new(LANES * layer.outputs, &layer.dropout),
        });
        let cuts = network.layout.cuts();
        let wide = |cut: &Cut| {
            let width = network.layout.segments()[cut.segment].shape.1;
            cut.rows.len() * Seen::<T>::padded(width)
        };
        // All at once: who knows in which step a thread gets the longest piece.
        let most =
            |lengths: &mut dyn Iterator<Item = usize>| vec![T::ZERO; lengths.max().unwrap_or(0)];
        Scratch {
            input: Masked::new(LANES * network.inputs(), &network.input_dropout),
            layers: layers.collect(),
            wide: most(&mut cuts.iter().map(wide)),
            piece: most(&mut cuts.iter().map(|cut| cut.range.len())),
        }
    }

    /// Z of the last layer: outputs × lanes.
    fn outputs(&mut self, lanes: usize) -> &mut [T] {
        let last = self.layers.len() - 1;
        let z = &mut self.layers[last].z;
        let len = z.len() / LANES * lanes;
        &mut z[..len]
    }
}

impl<T: Real> Tile<T> {
    pub(super) fn new(network: &Network) -> Tile<T> {
        let layers = &network.layers;
        let delta = |layer: &Layer| vec![T::ZERO; LANES * layer.outputs];
        Tile {
            rows: 0,
            lanes: 0,
            first: 0,
            seen: layers.iter().map(|layer| Seen::new(layer.inputs)).collect(),
            delta: layers.iter().map(delta).collect(),
            classes: Vec::with_capacity(LANES),
            values: Vec::with_capacity(LANES * network.outputs()),
            weights: Vec::with_capacity(LANES),
            losses: vec![T::ZERO; LANES],
            answers: Vec::with_capacity(LANES * network.outputs()),
        }
    }

    /// How many examples it has.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// wᵢ lossᵢ of each row.
    pub(super) fn losses(&self) -> &[T] {
        &self.losses[..self.rows]
    }

    /// What the tile brings to the gradient of a layer, from 0.
    pub(super) fn share(&self, layer: usize) -> Share<'_, T> {
        Share {
            rows: self.rows,
            lanes: self.lanes,
            delta: &self.delta[layer],
            seen: &self.seen[layer],
        }
    }

    /// Copies these rows of the examples in, the first of which is row `first` of its batch.
    pub(super) fn gather(
        &mut self,
        scratch: &mut Scratch<T>,
        examples: &Examples<'_, T>,
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
        scratch: &mut Scratch<T>,
        rows: usize,
        width: usize,
        features: impl Fn(usize) -> &'f [T],
    ) {
        self.rows = rows;
        self.lanes = lanes(rows);
        let lanes = self.lanes;
        let (seen, input) = (&mut self.seen[0], &mut scratch.input.whole);
        // Panel by panel of some rows: memory is read faster from many places at once, and turned while it is at hand.
        for first in (0..rows).step_by(GROUP) {
            let group = first..rows.min(first + GROUP);
            for panel in 0..Seen::<T>::panels(width) {
                let start = Seen::<T>::panel_start(panel);
                let columns = start..width.min(start + PANEL);
                for row in group.clone() {
                    seen.set(panel, row, lanes, &features(row)[columns.clone()]);
                }
                let stride = Seen::<T>::panel_width(width, panel);
                turn(
                    &seen.panel(panel, lanes)[first * stride..],
                    stride,
                    &mut input[start * lanes + first..],
                    lanes,
                    (group.len(), columns.len()),
                );
            }
        }
    }

    /// Z[l] = W[l] A[l−1] + b[l], A[l] = φ(Z[l]).
    pub(super) fn forward(
        &mut self,
        scratch: &mut Scratch<T>,
        network: &Network,
        parameters: &[T],
        noise: Option<Noise>,
    ) {
        let (rows, lanes) = (self.rows, self.lanes);
        if let Some(noise) = noise
            && !scratch.input.mask.is_empty()
        {
            let input = &mut scratch.input;
            input.drop(&network.input_dropout, noise, 0, self.first, lanes);
            self.seen[0].turn_in(&input.kept, lanes, (network.inputs(), rows));
        }
        for (index, layer) in network.layers.iter().enumerate() {
            let (below, here) = scratch.layers.split_at_mut(index);
            let input = below.last().map_or(&scratch.input, |below| &below.a);
            let (weight, bias) = network.layout.layer(index + 1, parameters);
            let len = layer.outputs * lanes;
            let Sums { z, a } = &mut here[0];
            T::product(Product {
                c: &mut z[..len],
                a: Left::Rows(weight, layer.inputs),
                b: input.seen(layer.inputs * lanes, noise.is_some()),
                start: Some(bias),
                shape: (layer.outputs, lanes, layer.inputs),
            });
            if index + 1 == network.layers.len() {
                break;
            }
            T::elementwise(&*layer.activation).forward(&z[..len], &mut a.whole[..len]);
            if let Some(noise) = noise {
                a.drop(&layer.dropout, noise, index + 1, self.first, lanes);
            }
        }
    }

    /// wᵢ lossᵢ of each row, and the gradient of their sum with respect to the outputs, times `scale`, as the last δ.
    pub(super) fn cost(&mut self, scratch: &mut Scratch<T>, loss: &dyn Loss, scale: T) {
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
        let tile = LossTile {
            z: delta,
            lanes,
            rows: self.rows,
            targets,
            losses: &mut self.losses,
            row: &mut z[..outputs],
        };
        T::criterion(loss).tile(tile, weights, scale);
    }

    /// δ[l−1] = (W[l]ᵀ δ[l]) ⊙ m ⊙ φ′(Z[l−1]), from the last layer down to the first; the masks m only if the forward
    /// pass was noisy. Keeps what the gradient needs of each layer's input.
    pub(super) fn backward(
        &mut self,
        scratch: &mut Scratch<T>,
        network: &Network,
        parameters: &[T],
        noisy: bool,
    ) {
        let (rows, lanes) = (self.rows, self.lanes);
        for index in (1..network.layers.len()).rev() {
            let layer = &network.layers[index];
            let (weight, _) = network.layout.layer(index + 1, parameters);
            let Sums { z, a } = &mut scratch.layers[index - 1];
            let len = layer.inputs * lanes;
            self.seen[index].turn_in(a.seen(len, noisy), lanes, (layer.inputs, rows));
            let (below, above) = self.delta.split_at_mut(index);
            let delta = &mut below[index - 1][..len];
            T::product(Product {
                c: delta,
                a: Left::Columns(weight, layer.inputs),
                b: &above[0][..layer.outputs * lanes],
                start: None,
                shape: (layer.inputs, lanes, layer.outputs),
            });
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

    /// Keeps the outputs of the last forward pass.
    pub(super) fn answer(&mut self, scratch: &mut Scratch<T>) {
        let z = scratch.outputs(self.lanes);
        let outputs = z.len() / self.lanes;
        self.answers.resize(self.rows * outputs, T::ZERO);
        turn(
            z,
            self.lanes,
            &mut self.answers,
            outputs,
            (outputs, self.rows),
        );
    }

    /// The kept outputs, rows × outputs.
    pub(super) fn answers(&self) -> &[T] {
        &self.answers
    }
}

/// Lanes of a tile with so many rows: whole vectors of every machine, but for a single row.
fn lanes(rows: usize) -> usize {
    match rows {
        0 | 1 => 1,
        2..=8 => 8,
        _ => rows.next_multiple_of(GROUP),
    }
}

//! A tile: some examples of a batch on their way through the network and back, side by side in vectors.
//!
//! Sums, activations and deltas lie as units × lanes, a lane for each example, so that products need no packing,
//! bias and activation are one pass, and softmax needs no sum across a vector. What the gradient needs of a layer's
//! input lies the other way, examples × features, in panels of 64 features.

use super::kernel::{Left, Product, Share, Start};
use super::labels::Labels;
use super::lines::Lines;
use super::panels::{GROUP, LANES, Seen};
use super::pass::{Pass, Sums};
use super::piece::{Group, wide};
use super::rows::Rows;
use super::sparse::{Nonzeros, SparseShare, Turned, Weights, turn_delta};
use super::turn::turn;
use super::{Examples, Features, Layer, Network};
use crate::Real;
use crate::layer::Noise;
use crate::loss::{Loss, LossTile};

/// What the gradient needs of a tile.
pub(super) struct Tile<T> {
    rows: usize,
    lanes: usize,
    /// The tile's first row in its batch, which keys the masks.
    first: usize,
    /// What each layer has seen.
    seen: Vec<Seen<T>>,
    /// Whether the first layer has seen nonzeros instead, and these.
    is_sparse: bool,
    nonzeros: Nonzeros<T>,
    /// δ of each layer: outputs × lanes.
    delta: Vec<Lines<T>>,
    /// That of the first layer, rows × outputs, if its input is sparse.
    turned_delta: Lines<T>,
    pub(super) labels: Labels<T>,
    /// wᵢ lossᵢ of each row.
    losses: Vec<T>,
    /// The outputs, rows × outputs.
    answers: Vec<T>,
}

/// What a thread needs while it has a tile.
pub(super) struct Scratch<T> {
    pub(super) pass: Pass<T>,
    /// A piece of the gradient, with rows of whole vectors, and without.
    pub(super) wide: Lines<T>,
    pub(super) piece: Lines<T>,
}

impl<T: Real> Scratch<T> {
    pub(super) fn new(network: &Network) -> Scratch<T> {
        Scratch {
            pass: Pass::new(network),
            wide: Lines::default(),
            piece: Lines::default(),
        }
    }

    /// Makes room for any of these pieces: who knows in which step a thread gets the longest.
    pub(super) fn make_room<'g>(&mut self, groups: impl Iterator<Item = &'g Group> + Clone) {
        let pieces = groups.map(|group| &group.whole);
        let longest = pieces.clone().map(|piece| piece.range().len()).max();
        self.wide = wide(pieces);
        self.piece = Lines::new(T::ZERO, longest.unwrap_or(0));
    }
}

impl<T: Real> Tile<T> {
    pub(super) fn new(network: &Network) -> Tile<T> {
        let layers = &network.layers;
        let delta = |layer: &Layer| Lines::new(T::ZERO, LANES * layer.outputs);
        Tile {
            rows: 0,
            lanes: 0,
            first: 0,
            seen: layers.iter().map(|layer| Seen::new(layer.inputs)).collect(),
            is_sparse: false,
            nonzeros: Nonzeros::default(),
            delta: layers.iter().map(delta).collect(),
            turned_delta: Lines::default(),
            labels: Labels::new(LANES, network.outputs()),
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

    /// Its lanes, of which the first have the rows.
    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }

    /// What the tile brings to the gradient of a layer, from 0.
    pub(super) fn share(&self, layer: usize) -> Share<'_, T> {
        Share {
            rows: self.rows,
            lanes: self.lanes,
            delta: &self.delta[layer],
            seen: &self.seen[layer],
            sparse: (layer == 0 && self.is_sparse).then_some(SparseShare {
                delta: &self.turned_delta,
                nonzeros: &self.nonzeros,
            }),
        }
    }

    /// Copies these rows of the examples in, the first of which is row `first` of its batch; if the first layer's weights
    /// are turned, no more than the nonzeros.
    pub(super) fn gather(
        &mut self,
        pass: &mut Pass<T>,
        examples: &Examples<'_, T>,
        (rows, first): (Rows<'_>, usize),
        turned: Option<&Turned<T>>,
    ) {
        self.load(pass, (examples.features, examples.width), rows, turned);
        self.first = first;
        self.labels.gather(examples, rows);
    }

    /// Takes rows of features in, for a way forward: nothing else is kept for a gradient.
    pub(super) fn turn_in(
        &mut self,
        pass: &mut Pass<T>,
        (features, width): (Features<'_, T>, usize),
        rows: Rows<'_>,
        turned: Option<&Turned<T>>,
    ) {
        let (Features::Dense(features), None) = (features, turned) else {
            self.load(pass, (features, width), rows, turned);
            return;
        };
        self.rows = rows.len();
        self.lanes = lanes(self.rows);
        self.is_sparse = false;
        pass.input.make_room(LANES * width);
        let (features, input) = (&features[rows.at(0) * width..], &mut pass.input.whole);
        turn(features, width, input, self.lanes, (self.rows, width));
    }

    /// Copies rows of features in.
    fn load(
        &mut self,
        pass: &mut Pass<T>,
        (features, width): (Features<'_, T>, usize),
        rows: Rows<'_>,
        turned: Option<&Turned<T>>,
    ) {
        self.rows = rows.len();
        self.lanes = lanes(self.rows);
        self.is_sparse = turned.is_some();
        if let Some(turned) = turned {
            let row = |row: usize| features.row(rows.at(row), width);
            self.nonzeros
                .load((rows.len(), width), turned.sparsity(), row);
            return;
        }
        let Pass { input, written, .. } = pass;
        input.make_room(LANES * width);
        let (seen, input) = (&mut self.seen[0], &mut input.whole);
        if let Features::Dense(features) = features {
            let row = |row: usize| &features[rows.at(row) * width..][..width];
            seen.load(self.rows, self.lanes, row, input);
            return;
        }
        written.resize(rows.len() * width, T::ZERO);
        for (row, to) in written.chunks_mut(width).enumerate() {
            features.row(rows.at(row), width).write(to);
        }
        let row = |row: usize| &written[row * width..][..width];
        seen.load(self.rows, self.lanes, row, input);
    }

    /// Z[l] = W[l] A[l−1] + b[l], A[l] = φ(Z[l]).
    pub(super) fn forward(
        &mut self,
        pass: &mut Pass<T>,
        network: &Network,
        weights: Weights<'_, T>,
        noise: Option<Noise>,
    ) {
        let (rows, lanes) = (self.rows, self.lanes);
        if let Some(noise) = noise
            && !pass.input.mask.is_empty()
        {
            let input = &mut pass.input;
            input.drop(&network.input_dropout, noise, 0, self.first, lanes);
            self.seen[0].turn_in(&input.kept, lanes, (network.inputs(), rows));
        }
        for (index, layer) in network.layers.iter().enumerate() {
            let (below, here) = pass.layers.split_at_mut(index);
            let input = below.last().map_or(&pass.input, |below| &below.a);
            let (weight, bias) = network.layout.layer(index + 1, weights.parameters);
            let len = layer.outputs * lanes;
            let Sums { z, a } = &mut here[0];
            if let (0, Some(turned)) = (index, weights.turned) {
                let z = &mut z[..len];
                self.nonzeros
                    .product((weight, bias), turned, &mut pass.sums, z, lanes);
            } else {
                T::product(Product {
                    c: &mut z[..len],
                    a: Left::Rows(weight, layer.inputs),
                    b: input.seen(layer.inputs * lanes, noise.is_some()),
                    start: Start::Rows(bias),
                    shape: (layer.outputs, lanes, layer.inputs),
                });
            }
            if index + 1 == network.layers.len() {
                break;
            }
            T::elementwise(&*layer.activation).forward(&z[..len], &mut a.whole[..len]);
            if let Some(noise) = noise {
                a.drop(&layer.dropout, noise, index + 1, self.first, lanes);
            }
        }
    }

    /// What the loss's Hessian with respect to the outputs is made of, outputs × lanes; to be asked before
    /// [`Tile::cost`], which takes the outputs' place.
    pub(super) fn curvatures(&self, pass: &mut Pass<T>, loss: &dyn Loss, curvatures: &mut [T]) {
        let z = pass.outputs(self.lanes);
        let curvatures = &mut curvatures[..z.len()];
        curvatures.copy_from_slice(z);
        let targets = self.labels.targets(z.len() / self.lanes);
        T::criterion(loss).curvatures(curvatures, self.lanes, targets);
    }

    /// wᵢ lossᵢ of each row, and the gradient of their sum with respect to the outputs, times `scale`, as the last δ.
    pub(super) fn cost(&mut self, pass: &mut Pass<T>, loss: &dyn Loss, scale: T) {
        let lanes = self.lanes;
        let z = pass.outputs(lanes);
        let outputs = z.len() / lanes;
        let targets = self.labels.targets(outputs);
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
        T::criterion(loss).tile(tile, self.labels.weights(), scale);
    }

    /// δ[l−1] = (W[l]ᵀ δ[l]) ⊙ m ⊙ φ′(Z[l−1]), from the last layer down to the first; the masks m only if the forward
    /// pass was noisy. Keeps what the gradient needs of each layer's input.
    pub(super) fn backward(
        &mut self,
        pass: &Pass<T>,
        network: &Network,
        parameters: &[T],
        noisy: bool,
    ) {
        for layer in (1..network.layers.len()).rev() {
            let delta = self.pull_back(pass, network, parameters, layer, noisy);
            pass.apply_slope(network, layer - 1, delta);
        }
    }

    /// Makes the first layer's δ ready for the gradient, when all of it is there.
    pub(super) fn turn_delta(&mut self) {
        if self.is_sparse && !self.nonzeros.is_thin {
            let delta = (&self.delta[0][..], self.lanes);
            turn_delta(delta, &mut self.turned_delta, self.rows);
        }
    }

    /// (W[l]ᵀ δ[l]) ⊙ m, in the place of δ[l−1], for a layer from 0, but not the first. Keeps what the gradient needs of
    /// the layer's input.
    pub(super) fn pull_back(
        &mut self,
        pass: &Pass<T>,
        network: &Network,
        parameters: &[T],
        index: usize,
        noisy: bool,
    ) -> &mut [T] {
        let (rows, lanes) = (self.rows, self.lanes);
        let layer = &network.layers[index];
        let (weight, _) = network.layout.layer(index + 1, parameters);
        let len = layer.inputs * lanes;
        let seen = pass.seen(index, len, noisy);
        self.seen[index].turn_in(seen, lanes, (layer.inputs, rows));
        let (below, above) = self.delta.split_at_mut(index);
        let delta = &mut below[index - 1][..len];
        T::product(Product {
            c: delta,
            a: Left::Columns(weight, layer.inputs),
            b: &above[0][..layer.outputs * lanes],
            start: Start::Zero,
            shape: (layer.inputs, lanes, layer.outputs),
        });
        if noisy {
            pass.apply_mask(index - 1, delta);
        }
        delta
    }

    /// Keeps the outputs of the last forward pass.
    pub(super) fn answer(&mut self, pass: &mut Pass<T>) {
        let z = pass.outputs(self.lanes);
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
pub(super) fn lanes(rows: usize) -> usize {
    match rows {
        0 | 1 => 1,
        2..=8 => 8,
        _ => rows.next_multiple_of(GROUP),
    }
}

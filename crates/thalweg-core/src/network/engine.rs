//! The plain engine: value, gradient and predictions of a network over chosen rows, in fixed blocks.
//!
//! A batch is walked in slabs of [`SLAB`] blocks, so memory does not grow with it. In a slab, the blocks of rows
//! go forward and back, each on whichever thread is free; then the blocks of weight rows gather their gradient
//! from all row blocks, in order. No sum depends on the number of threads.

use super::Network;
use super::block::{Block, ROWS};
use crate::Real;
use crate::layer::Noise;
use crate::layout::Part;
use crate::loss::{Loss, Targets};
use crate::team::Team;

/// Row blocks in a slab.
const SLAB: usize = 16;
/// Rows of a weight matrix in a block of the gradient.
const WEIGHT_ROWS: usize = 64;

/// Rows to learn from, or to be measured on.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a, T> {
    /// Features, rows × `width`, row-major.
    pub features: &'a [T],
    /// Features in a row.
    pub width: usize,
    /// Targets.
    pub targets: Targets<'a, T>,
    /// The weight of each row, with mean 1; none for equal weights.
    pub weights: Option<&'a [T]>,
}

impl<T> Examples<'_, T> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets.len()
    }
}

/// Runs one network with one loss; holds the buffers that this needs.
pub struct Engine<'n, T> {
    network: &'n Network,
    loss: &'n dyn Loss,
    team: &'n Team,
    blocks: Vec<Block<T>>,
    /// DropConnect: the masks and the masked weights, where there are any.
    masks: Vec<T>,
    masked: Vec<T>,
}

/// A block of weight rows (or a bias) and its range of the gradient.
struct Piece<'g, T> {
    layer: usize,
    part: Part,
    first: usize,
    g: &'g mut [T],
}

impl<'n, T: Real> Engine<'n, T> {
    /// An engine for a network and a loss, on a team.
    pub fn new(network: &'n Network, loss: &'n dyn Loss, team: &'n Team) -> Engine<'n, T> {
        Engine {
            network,
            loss,
            team,
            blocks: Vec::new(),
            masks: Vec::new(),
            masked: Vec::new(),
        }
    }

    /// The network.
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// The mean loss over `rows` and its gradient into `g`, with masks when `noise` is given.
    ///
    /// The mean is over the number of rows, whatever their weights, which have mean 1 over all rows; penalties are
    /// not in it.
    ///
    /// ## Differences
    /// PyTorch divides a weighted loss by the batch's sum of weights, so that in batches of one row the weights
    /// have no effect.
    pub fn gradient(
        &mut self,
        parameters: &[T],
        examples: &Examples<'_, T>,
        rows: &[u32],
        noise: Option<Noise>,
        g: &mut [T],
    ) -> f64 {
        g.fill(T::ZERO);
        let masked = noise.is_some_and(|noise| self.mask_weights(parameters, noise));
        let masked_weights = std::mem::take(&mut self.masked);
        let p = if masked {
            &masked_weights[..]
        } else {
            parameters
        };
        let scale = T::ONE / T::of(rows.len() as f64);
        let mut sum = 0.0;
        for (slab, rows) in rows.chunks(SLAB * ROWS).enumerate() {
            let count = self.reserve(rows.len());
            let (network, loss) = (self.network, self.loss);
            self.team.each(
                self.work(rows.len()),
                &mut self.blocks[..count],
                |index, block| {
                    let first = slab * SLAB * ROWS + index * ROWS;
                    block.gather(examples, chunk(rows, index));
                    block.forward(network, p, noise, first);
                    block.cost(loss, scale);
                    block.backward(network, p, noise.is_some());
                },
            );
            for block in &self.blocks[..count] {
                sum += block.loss;
            }
            self.collect(count, rows.len(), noise.is_some(), g);
        }
        self.masked = masked_weights;
        if masked {
            for (g, &m) in g.iter_mut().zip(&self.masks) {
                *g *= m;
            }
        }
        sum / rows.len() as f64
    }

    /// The outputs (not yet predictions) for all examples into `outputs`, rows × width; returns the mean loss.
    pub fn evaluate(
        &mut self,
        parameters: &[T],
        examples: &Examples<'_, T>,
        outputs: &mut [T],
    ) -> f64 {
        let width = self.network.outputs();
        let all: Vec<u32> = (0..examples.rows() as u32).collect();
        let mut sum = 0.0;
        for (rows, out) in all
            .chunks(SLAB * ROWS)
            .zip(outputs.chunks_mut(SLAB * ROWS * width))
        {
            let count = self.reserve(rows.len());
            let (network, loss) = (self.network, self.loss);
            self.team.each(
                self.work(rows.len()),
                &mut self.blocks[..count],
                |index, block| {
                    block.gather(examples, chunk(rows, index));
                    block.forward(network, parameters, None, 0);
                    block.cost(loss, T::ONE);
                },
            );
            for (block, out) in self.blocks[..count]
                .iter()
                .zip(out.chunks_mut(ROWS * width))
            {
                sum += block.loss;
                out.copy_from_slice(block.outputs());
            }
        }
        sum / examples.rows() as f64
    }

    /// Predictions for rows of features: probabilities, or numbers.
    pub fn predict(&mut self, parameters: &[T], features: &[T], predictions: &mut [T]) {
        let (inputs, width) = (self.network.inputs(), self.network.outputs());
        let slabs = features.chunks(SLAB * ROWS * inputs);
        for (features, out) in slabs.zip(predictions.chunks_mut(SLAB * ROWS * width)) {
            let rows = features.len() / inputs;
            let count = self.reserve(rows);
            let network = self.network;
            self.team.each(
                self.work(rows),
                &mut self.blocks[..count],
                |index, block| {
                    let end = features.len().min((index + 1) * ROWS * inputs);
                    block.load(&features[index * ROWS * inputs..end], inputs);
                    block.forward(network, parameters, None, 0);
                },
            );
            for (block, out) in self.blocks[..count]
                .iter()
                .zip(out.chunks_mut(ROWS * width))
            {
                out.copy_from_slice(block.outputs());
            }
        }
        T::criterion(self.loss).predict(predictions, width);
    }

    /// The operations of a gradient over this many rows.
    fn work(&self, rows: usize) -> f64 {
        6.0 * rows as f64 * self.network.layout().len() as f64
    }

    /// Makes sure that there are blocks for this many rows and says how many these are.
    fn reserve(&mut self, rows: usize) -> usize {
        let count = rows.div_ceil(ROWS);
        while self.blocks.len() < count {
            self.blocks.push(Block::new(self.network));
        }
        count
    }

    /// Adds what the first `count` blocks have found to the gradient.
    fn collect(&self, count: usize, rows: usize, noisy: bool, g: &mut [T]) {
        let mut pieces = Vec::new();
        let mut rest = g;
        for segment in self.network.layout().segments() {
            let (of_segment, after) = rest.split_at_mut(segment.range.len());
            rest = after;
            let (height, width) = segment.shape;
            let piece_rows = if segment.part == Part::Weight {
                WEIGHT_ROWS
            } else {
                height
            };
            for (index, g) in of_segment.chunks_mut(piece_rows * width).enumerate() {
                let first = index * piece_rows;
                pieces.push(Piece {
                    layer: segment.layer - 1,
                    part: segment.part,
                    first,
                    g,
                });
            }
        }
        let blocks = &self.blocks[..count];
        self.team.each(self.work(rows), &mut pieces, |_, piece| {
            let layer = &self.network.layers()[piece.layer];
            for block in blocks {
                match piece.part {
                    Part::Weight => {
                        block.add_weights(piece.layer, layer, piece.first, piece.g, noisy);
                    }
                    Part::Bias => block.add_bias(piece.layer, piece.g),
                }
            }
        });
    }

    /// Draws this step's DropConnect masks; false where no layer has any.
    fn mask_weights(&mut self, parameters: &[T], noise: Noise) -> bool {
        if self
            .network
            .layers()
            .iter()
            .all(|layer| layer.dropconnect.rate == 0.0)
        {
            return false;
        }
        self.masks.resize(parameters.len(), T::ONE);
        for segment in self.network.layout().segments() {
            let dropconnect = &self.network.layers()[segment.layer - 1].dropconnect;
            if segment.part == Part::Weight && dropconnect.rate > 0.0 {
                dropconnect.fill(noise, segment.layer, &mut self.masks[segment.range.clone()]);
            }
        }
        self.masked.clear();
        self.masked
            .extend(parameters.iter().zip(&self.masks).map(|(&p, &m)| p * m));
        true
    }
}

/// The rows of one block.
fn chunk(rows: &[u32], index: usize) -> &[u32] {
    &rows[index * ROWS..rows.len().min((index + 1) * ROWS)]
}

//! The engine: value and gradient of a network over chosen rows, whole steps of a descent, and predictions.
//!
//! A batch is walked in slabs of [`SLAB`] rows, so memory does not grow with it. In a slab, tiles of rows go forward
//! and back, each on whichever thread is free; then, a cut of weight rows at a time, the gradient is summed over all
//! tiles and, in a step, used at once, while it is in a cache. Tiles, cuts and threads may be any: every number is a
//! sum in an order of its own, see [`super::kernel`].

// Threads write to disjoint cuts of the parameters and of the gradient.
#![allow(unsafe_code)]

use std::ops::Range;

use super::batch::{Batch, Cost, Examples};
use super::features::{Features, sparsity};
use super::panels::{GROUP, LANES};
use super::pass::Pass;
use super::piece::{Group, Masks, groups, pieces};
use super::rows::Rows;
use super::sparse::{Turned, Weights};
use super::tile::{Scratch, Tile};
use super::{Layer, Network};
use crate::Real;
use crate::layer::Noise;
use crate::layout::Part;
use crate::loss::Loss;
use crate::objective::Taker;
use crate::team::{Span, Team};

/// The most rows that go forward and back before their gradient is summed.
const SLAB: usize = 16 * LANES;

/// Runs one network with one loss; holds the buffers that this needs, and after the first batch needs no others.
pub struct Engine<'n, T> {
    network: &'n Network,
    loss: &'n dyn Loss,
    team: &'n Team,
    /// All pieces, each by itself; and those of the first layer together, which is empty until a batch is sparse.
    groups: [Vec<Group>; 2],
    is_sparse: bool,
    tiles: Vec<Tile<T>>,
    /// One for each thread.
    scratch: Vec<Scratch<T>>,
    masks: Masks<T>,
    turned: Turned<T>,
    /// Weights that a row is multiplied with, about: those of its nonzeros and of the layers above.
    met: f64,
}

impl<'n, T: Real> Engine<'n, T> {
    /// An engine for a network and a loss, on a team.
    pub fn new(network: &'n Network, loss: &'n dyn Loss, team: &'n Team) -> Engine<'n, T> {
        let scratch = (0..team.threads()).map(|_| Scratch::new(network));
        let mut engine = Engine {
            network,
            loss,
            team,
            groups: [pieces_of(network, 0), Vec::new()],
            is_sparse: false,
            tiles: Vec::new(),
            scratch: scratch.collect(),
            masks: Masks::default(),
            turned: Turned::default(),
            met: network.layout.len() as f64,
        };
        engine.make_room();
        engine
    }

    /// The network.
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// The loss.
    pub fn loss(&self) -> &'n dyn Loss {
        self.loss
    }

    /// The team.
    pub fn team(&self) -> &'n Team {
        self.team
    }

    /// What the batch costs, and the gradient of that into `g`.
    pub fn gradient(&mut self, batch: &Batch<'_, T>, parameters: &[T], g: &mut [T]) -> Cost {
        let masks = self.mask(batch.noise, parameters);
        let turned = self.turn_for(batch, masks.weights(parameters));
        let weights = turned.with(masks.weights(parameters));
        let slabs = batch.rows.len().div_ceil(SLAB);
        if slabs == 0 {
            g.fill(T::ZERO);
        }
        let mut sum = 0.0;
        for slab in 0..slabs {
            let rows = slab * SLAB..batch.rows.len().min((slab + 1) * SLAB);
            let count = self.learn(batch, rows, weights);
            sum = self.add_losses(count, sum);
            let g = Span::new(g);
            self.each_group(count, |scratch, group, tiles| {
                let Group { whole, pieces, .. } = group;
                // SAFETY: groups do not overlap, and each is handed out once.
                let mut g = unsafe { g.range(whole.range()) };
                let share = |tile: usize| Some(tiles.get(tile)?.share(whole.layer));
                whole.sum(share, &mut scratch.wide, g, slab > 0);
                for piece in pieces {
                    let here = g.split_off_mut(..piece.range().len()).unwrap_or_default();
                    if slab + 1 == slabs {
                        masks.apply(piece.range(), here);
                        piece.penalize(&batch.penalties, &parameters[piece.range()], here);
                    }
                }
            });
        }
        self.masks = masks;
        self.turned = turned;
        self.cost(batch, sum)
    }

    /// What the batch costs; then, if its loss is finite, a whole step: each piece of the gradient is taken by `taker`
    /// as soon as it is known. None, and nothing happens, for a batch whose gradient has to be added up.
    pub fn descend(
        &mut self,
        batch: &Batch<'_, T>,
        parameters: &mut [T],
        taker: &mut dyn Taker<T>,
    ) -> Option<Cost> {
        if batch.rows.is_empty() || batch.rows.len() > SLAB {
            return None;
        }
        let masks = self.mask(batch.noise, parameters);
        let turned = self.turn_for(batch, masks.weights(parameters));
        let weights = turned.with(masks.weights(parameters));
        let count = self.learn(batch, 0..batch.rows.len(), weights);
        let sum = self.add_losses(count, 0.0);
        if sum.is_finite() {
            taker.begin();
            let (parameters, taker) = (Span::new(parameters), &*taker);
            self.each_group(count, |scratch, group, tiles| {
                let Group {
                    whole,
                    first,
                    pieces,
                } = group;
                let Scratch { wide, piece: g, .. } = scratch;
                let mut g = &mut g[..whole.range().len()];
                let share = |tile: usize| Some(tiles.get(tile)?.share(whole.layer));
                whole.sum(share, wide, g, false);
                for (index, piece) in (*first..).zip(pieces) {
                    let range = piece.range();
                    let here = g.split_off_mut(..range.len()).unwrap_or_default();
                    masks.apply(range.clone(), here);
                    // SAFETY: pieces do not overlap, and each is handed out once.
                    let p = unsafe { parameters.range(range) };
                    piece.penalize(&batch.penalties, p, here);
                    taker.take(index, p, here);
                }
            });
        }
        self.masks = masks;
        self.turned = turned;
        Some(self.cost(batch, sum))
    }

    /// The outputs (not yet predictions) for all examples into `outputs`, rows × width; returns the mean loss.
    pub fn evaluate(
        &mut self,
        parameters: &[T],
        examples: &Examples<'_, T>,
        outputs: &mut [T],
    ) -> f64 {
        let (network, loss, width) = (self.network, self.loss, self.network.outputs());
        let turned = self.turn(
            (examples.features, examples.width),
            Rows::Range(0, examples.rows()),
            parameters,
        );
        let weights = turned.with(parameters);
        let mut sum = 0.0;
        for (slab, out) in outputs.chunks_mut(SLAB * width).enumerate() {
            let rows = Rows::Range(slab * SLAB, out.len() / width);
            let count = self.each_tile(FORWARD, rows.len(), |pass, tile, part| {
                tile.gather(pass, examples, (rows.part(part), 0), weights.turned);
                tile.forward(pass, network, weights, None);
                tile.answer(pass);
                tile.cost(pass, loss, T::ONE);
            });
            sum = self.add_losses(count, sum);
            self.copy_answers(count, out);
        }
        self.turned = turned;
        sum / examples.rows() as f64
    }

    /// Predictions for rows of features: probabilities, or numbers.
    pub fn predict(&mut self, parameters: &[T], features: Features<'_, T>, predictions: &mut [T]) {
        let (network, width) = (self.network, self.network.outputs());
        let features = (features, network.inputs());
        let all = Rows::Range(0, features.0.rows(features.1));
        let turned = self.turn(features, all, parameters);
        let weights = turned.with(parameters);
        for (slab, out) in predictions.chunks_mut(SLAB * width).enumerate() {
            let rows = Rows::Range(slab * SLAB, out.len() / width);
            let count = self.each_tile(FORWARD, rows.len(), |pass, tile, part| {
                tile.turn_in(pass, features, rows.part(part), weights.turned);
                tile.forward(pass, network, weights, None);
                tile.answer(pass);
            });
            self.copy_answers(count, out);
        }
        self.turned = turned;
        T::criterion(self.loss).predict(predictions, width);
    }

    /// Takes some of the batch's rows forward and back; returns how many tiles they are.
    fn learn(
        &mut self,
        batch: &Batch<'_, T>,
        rows: Range<usize>,
        weights: Weights<'_, T>,
    ) -> usize {
        let (network, loss, noise) = (self.network, self.loss, batch.noise);
        let scale = T::ONE / T::of(batch.rows.len() as f64);
        let (first, rows) = (rows.start, Rows::Listed(&batch.rows[rows]));
        self.each_tile(BOTH_WAYS, rows.len(), |pass, tile, part| {
            let rows = (rows.part(part.clone()), first + part.start);
            tile.gather(pass, &batch.examples, rows, weights.turned);
            tile.forward(pass, network, weights, noise);
            tile.cost(pass, loss, scale);
            tile.backward(pass, network, weights.parameters, noise.is_some());
            tile.turn_delta();
        })
    }

    /// Turns the first layer's weights for a batch, if its features are sparse. They are put back after use.
    fn turn_for(&mut self, batch: &Batch<'_, T>, parameters: &[T]) -> Turned<T> {
        if batch.noise.is_some() && self.network.input_dropout.rate > 0.0 {
            // Masks are of all features.
            self.settle(false);
            return std::mem::take(&mut self.turned).off();
        }
        let features = (batch.examples.features, batch.examples.width);
        self.turn(features, Rows::Listed(batch.rows), parameters)
    }

    /// Turns the first layer's weights for some rows, if these are sparse. They are put back after use.
    fn turn(
        &mut self,
        features: (Features<'_, T>, usize),
        rows: Rows<'_>,
        parameters: &[T],
    ) -> Turned<T> {
        let turned = std::mem::take(&mut self.turned);
        let Some(sparsity) = sparsity(features, rows) else {
            self.settle(false);
            return turned.off();
        };
        self.settle(true);
        if self.groups[1].is_empty() {
            self.groups[1] = pieces_of(self.network, self.together());
            self.make_room();
        }
        let (weights, _) = self.network.layout.layer(1, parameters);
        self.met -= (1.0 - sparsity.density) * weights.len() as f64;
        turned.fill(self.team, weights, features.1, sparsity)
    }

    /// Rows of the first layer's weights whose gradient is best summed together where its input is sparse: nonzeros are
    /// walked through once for all of them.
    fn together(&self) -> usize {
        const ROWS: usize = 64;
        const NUMBERS: usize = 1 << 16;
        let layer = &self.network.layers[0];
        let each = layer.outputs.div_ceil(self.team.threads());
        ROWS.min(each).min(NUMBERS / layer.inputs)
    }

    /// Makes every thread ready for rows that are sparse or not: who knows in which step it gets its first tile.
    fn settle(&mut self, is_sparse: bool) {
        self.is_sparse = is_sparse;
        self.met = self.network.layout.len() as f64;
        for scratch in &mut self.scratch {
            scratch.pass.make_room(self.network, is_sparse);
        }
    }

    fn make_room(&mut self) {
        for scratch in &mut self.scratch {
            scratch.make_room(self.groups.iter().flatten());
        }
    }

    /// Calls `f` with each tile of so many rows and the part of them that it has, on as many threads as `products` for
    /// each row and weight are worth; returns how many tiles there are.
    fn each_tile(
        &mut self,
        products: f64,
        rows: usize,
        f: impl Fn(&mut Pass<T>, &mut Tile<T>, Range<usize>) + Sync,
    ) -> usize {
        let operations = 2.0 * products * rows as f64 * self.met;
        let size = tile_rows(rows, self.team.worth(operations));
        let count = rows.div_ceil(size);
        while self.tiles.len() < count {
            self.tiles.push(Tile::new(self.network));
        }
        let (tiles, scratch) = (&mut self.tiles[..count], &mut self.scratch);
        self.team
            .each(operations, tiles, scratch, |scratch, index, tile| {
                let part = index * size..rows.min((index + 1) * size);
                f(&mut scratch.pass, tile, part);
            });
        count
    }

    /// Calls `f` with each group of pieces of the parameters and the tiles at hand, on as many threads as it is worth.
    fn each_group(
        &mut self,
        count: usize,
        f: impl Fn(&mut Scratch<T>, &mut Group, &[Tile<T>]) + Sync,
    ) {
        let tiles = &self.tiles[..count];
        let rows: usize = tiles.iter().map(Tile::rows).sum();
        // A product for each row and weight; and a step takes as long as some ten of them.
        let operations = 2.0 * (rows as f64 * self.met + 10.0 * self.network.layout.len() as f64);
        let groups = &mut self.groups[usize::from(self.is_sparse)][..];
        let scratch = &mut self.scratch;
        self.team
            .each(operations, groups, scratch, |scratch, _, group| {
                f(scratch, group, tiles);
            });
    }

    /// Draws the masks of this step's DropConnect, if there is any. They are put back after use.
    fn mask(&mut self, noise: Option<Noise>, parameters: &[T]) -> Masks<T> {
        let mut masks = std::mem::take(&mut self.masks);
        masks.on = noise.is_some() && self.network.layers.iter().any(Layer::drops_weights);
        let Some(noise) = noise.filter(|_| masks.on) else {
            return masks;
        };
        masks.factors.resize(parameters.len(), T::ONE);
        masks.weights.resize(parameters.len(), T::ZERO);
        let (factors, weights) = (Span::new(&mut masks.factors), Span::new(&mut masks.weights));
        let network = self.network;
        self.each_group(0, |_, group, _| {
            let piece = &group.whole;
            let range = piece.range();
            // SAFETY: groups do not overlap, and each is handed out once.
            let (factors, weights) =
                unsafe { (factors.range(range.clone()), weights.range(range.clone())) };
            let dropconnect = &network.layers[piece.layer].dropconnect;
            if piece.part == Part::Weight && dropconnect.rate > 0.0 {
                let first = piece.cut.rows.start * piece.width;
                dropconnect.fill(noise, piece.layer + 1, first, factors);
            }
            for ((w, &p), &m) in weights.iter_mut().zip(&parameters[range]).zip(&*factors) {
                *w = p * m;
            }
        });
        masks
    }

    /// `sum` and the losses of the first tiles, row after row.
    fn add_losses(&self, count: usize, sum: f64) -> f64 {
        let losses = self.tiles[..count].iter().flat_map(Tile::losses);
        losses.fold(sum, |sum, loss| sum + loss.to_f64())
    }

    /// Puts the answers of the first tiles side by side.
    fn copy_answers(&self, count: usize, mut out: &mut [T]) {
        for tile in &self.tiles[..count] {
            let (here, rest) = out.split_at_mut(tile.answers().len());
            here.copy_from_slice(tile.answers());
            out = rest;
        }
    }

    fn cost(&self, batch: &Batch<'_, T>, sum: f64) -> Cost {
        let groups = &self.groups[usize::from(self.is_sparse)];
        let pieces = groups.iter().flat_map(|group| &group.pieces);
        Cost {
            loss: sum / batch.rows.len() as f64,
            penalty: pieces.map(|piece| piece.penalty).sum(),
        }
    }
}

/// Products for each row and weight: one forward, and one more backward.
const FORWARD: f64 = 1.0;
const BOTH_WAYS: f64 = 2.0;

/// The pieces of a network's parameters, as [`groups`].
fn pieces_of(network: &Network, rows: usize) -> Vec<Group> {
    groups(pieces(&network.layout, network.layout.cuts()), rows)
}

/// Rows in a tile, such that each thread has as many tiles as any other.
fn tile_rows(rows: usize, threads: usize) -> usize {
    let tiles = rows.div_ceil(LANES * threads).max(1) * threads;
    rows.div_ceil(tiles).next_multiple_of(GROUP)
}

//! The machine behind an engine: tiles forward and back, then pieces of the gradient, on a team's threads.
//!
//! A batch is walked in slabs of [`SLAB`] rows, so memory does not grow with it. In a slab, tiles of rows go forward
//! and back, each on whichever thread is free; then, a cut of weight rows at a time, the gradient is summed over all
//! tiles and, in a step, used at once, while it is in a cache. Tiles, cuts and threads may be any: every number is a
//! sum in an order of its own, see [`super::kernel`].

// Threads write to disjoint cuts of the parameters, of the gradient and of what is made of them.
#![allow(unsafe_code)]

use std::ops::Range;

use super::engine::{Batch, Cost, Examples, Work};
use super::factor::{Factor, pack_across, pack_along};
use super::panels::{GROUP, LANES};
use super::piece::{Masks, Piece, pieces};
use super::rows::Rows;
use super::tile::{Scratch, Tile};
use super::weights::{Packed, Weights, ranges};
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
pub(super) struct Machine<'n, F: Factor> {
    network: &'n Network,
    loss: &'n dyn Loss,
    team: &'n Team,
    pieces: Vec<Piece>,
    tiles: Vec<Tile<F>>,
    /// One for each thread.
    scratch: Vec<Scratch<F>>,
    masks: Masks<F::Sum>,
    packed: Packed<F>,
}

impl<'n, F: Factor> Machine<'n, F> {
    pub(super) fn new(network: &'n Network, loss: &'n dyn Loss, team: &'n Team) -> Machine<'n, F> {
        let scratch = (0..team.threads()).map(|_| Scratch::new(network));
        Machine {
            network,
            loss,
            team,
            pieces: pieces(&network.layout),
            tiles: Vec::new(),
            scratch: scratch.collect(),
            masks: Masks::default(),
            packed: Packed::default(),
        }
    }

    /// Takes some of the batch's rows forward and back; returns how many tiles they are.
    fn learn(
        &mut self,
        batch: &Batch<'_, F::Sum>,
        rows: Range<usize>,
        parameters: &[F::Sum],
        packed: &Packed<F>,
    ) -> usize {
        let (network, loss, noise) = (self.network, self.loss, batch.noise);
        let scale = F::Sum::ONE / F::Sum::of(batch.rows.len() as f64);
        let (first, rows) = (rows.start, Rows::Listed(&batch.rows[rows]));
        let weights = Weights {
            network,
            parameters,
            packed,
        };
        self.each_tile(BOTH_WAYS, rows.len(), |scratch, tile, part| {
            let first = first + part.start;
            tile.gather(scratch, &batch.examples, rows.part(part), first);
            tile.forward(scratch, network, &weights, noise);
            tile.cost(scratch, loss, scale);
            tile.backward(scratch, network, &weights, noise.is_some());
        })
    }

    /// Calls `f` with each tile of so many rows and the part of them that it has, on as many threads as `products` for
    /// each row and weight are worth; returns how many tiles there are.
    fn each_tile(
        &mut self,
        products: f64,
        rows: usize,
        f: impl Fn(&mut Scratch<F>, &mut Tile<F>, Range<usize>) + Sync,
    ) -> usize {
        let operations = 2.0 * products * rows as f64 * self.network.layout.len() as f64;
        let size = tile_rows(rows, self.team.worth(operations));
        let count = rows.div_ceil(size);
        while self.tiles.len() < count {
            self.tiles.push(Tile::new(self.network));
        }
        let (tiles, scratch) = (&mut self.tiles[..count], &mut self.scratch);
        self.team
            .each(operations, tiles, scratch, |scratch, index, tile| {
                f(scratch, tile, index * size..rows.min((index + 1) * size));
            });
        count
    }

    /// Calls `f` with each piece of the parameters, its index and the tiles at hand, on as many threads as it is worth.
    fn each_piece(
        &mut self,
        count: usize,
        f: impl Fn(&mut Scratch<F>, usize, &mut Piece, &[Tile<F>]) + Sync,
    ) {
        let tiles = &self.tiles[..count];
        let rows: usize = tiles.iter().map(Tile::rows).sum();
        // A product for each row and weight; and a step takes as long as some ten of them.
        let operations = 2.0 * (rows + 10) as f64 * self.network.layout.len() as f64;
        let (pieces, scratch) = (&mut self.pieces[..], &mut self.scratch);
        self.team
            .each(operations, pieces, scratch, |scratch, index, piece| {
                f(scratch, index, piece, tiles);
            });
    }

    /// Draws the masks of this step's DropConnect, if there is any. They are put back after use.
    fn mask(&mut self, noise: Option<Noise>, parameters: &[F::Sum]) -> Masks<F::Sum> {
        let mut masks = std::mem::take(&mut self.masks);
        masks.on = noise.is_some() && self.network.layers.iter().any(Layer::drops_weights);
        let Some(noise) = noise.filter(|_| masks.on) else {
            return masks;
        };
        masks.factors.resize(parameters.len(), F::Sum::ONE);
        masks.weights.resize(parameters.len(), F::Sum::ZERO);
        let (factors, weights) = (Span::new(&mut masks.factors), Span::new(&mut masks.weights));
        let network = self.network;
        self.each_piece(0, |_, _, piece, _| {
            let range = piece.range();
            // SAFETY: pieces do not overlap, and each is handed out once.
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

    /// The weights as factors, if they are not factors as they are. They are put back after use.
    fn pack(&mut self, parameters: &[F::Sum]) -> Packed<F> {
        let mut packed = std::mem::take(&mut self.packed);
        if F::same(parameters).is_some() {
            return packed;
        }
        packed.fit(self.network);
        let (along, across) = (Span::new(&mut packed.along), Span::new(&mut packed.across));
        let places = &packed.starts;
        self.each_piece(0, |_, _, piece, _| {
            if piece.part == Part::Weight {
                let (weights, width) = (&parameters[piece.range()], piece.width);
                let [rows, columns] = ranges::<F>(places[piece.layer], width, &piece.cut.rows);
                // SAFETY: pieces do not overlap, each is handed out once, and each but a layer's last has a number of
                // rows that are whole factors.
                let (rows, columns) = unsafe { (along.range(rows), across.range(columns)) };
                pack_along(weights, width, width, rows);
                pack_across(weights, width, columns);
            }
        });
        packed
    }

    /// `sum` and the losses of the first tiles, row after row.
    fn add_losses(&self, count: usize, sum: f64) -> f64 {
        let losses = self.tiles[..count].iter().flat_map(Tile::losses);
        losses.fold(sum, |sum, loss| sum + loss.to_f64())
    }

    /// Puts the answers of the first tiles side by side.
    fn copy_answers(&self, count: usize, mut out: &mut [F::Sum]) {
        for tile in &self.tiles[..count] {
            let (here, rest) = out.split_at_mut(tile.answers().len());
            here.copy_from_slice(tile.answers());
            out = rest;
        }
    }

    fn cost(&self, batch: &Batch<'_, F::Sum>, sum: f64) -> Cost {
        Cost {
            loss: sum / batch.rows.len() as f64,
            penalty: self.pieces.iter().map(|piece| piece.penalty).sum(),
        }
    }
}

impl<F: Factor> Work<F::Sum> for Machine<'_, F> {
    fn gradient(
        &mut self,
        batch: &Batch<'_, F::Sum>,
        parameters: &[F::Sum],
        g: &mut [F::Sum],
    ) -> Cost {
        let masks = self.mask(batch.noise, parameters);
        let packed = self.pack(masks.weights(parameters));
        let slabs = batch.rows.len().div_ceil(SLAB);
        if slabs == 0 {
            g.fill(F::Sum::ZERO);
        }
        let mut sum = 0.0;
        for slab in 0..slabs {
            let rows = slab * SLAB..batch.rows.len().min((slab + 1) * SLAB);
            let count = self.learn(batch, rows, masks.weights(parameters), &packed);
            sum = self.add_losses(count, sum);
            let g = Span::new(g);
            self.each_piece(count, |scratch, _, piece, tiles| {
                let range = piece.range();
                // SAFETY: pieces do not overlap, and each is handed out once.
                let g = unsafe { g.range(range.clone()) };
                piece.sum(tiles, &mut scratch.wide, g, slab > 0);
                if slab + 1 == slabs {
                    masks.apply(range.clone(), g);
                    piece.penalize(&batch.penalties, &parameters[range], g);
                }
            });
        }
        (self.masks, self.packed) = (masks, packed);
        self.cost(batch, sum)
    }

    fn descend(
        &mut self,
        batch: &Batch<'_, F::Sum>,
        parameters: &mut [F::Sum],
        taker: &mut dyn Taker<F::Sum>,
    ) -> Option<Cost> {
        if batch.rows.is_empty() || batch.rows.len() > SLAB {
            return None;
        }
        let masks = self.mask(batch.noise, parameters);
        let packed = self.pack(masks.weights(parameters));
        let rows = 0..batch.rows.len();
        let count = self.learn(batch, rows, masks.weights(parameters), &packed);
        let sum = self.add_losses(count, 0.0);
        if sum.is_finite() {
            taker.begin();
            let (parameters, taker) = (Span::new(parameters), &*taker);
            self.each_piece(count, |scratch, index, piece, tiles| {
                let range = piece.range();
                let Scratch { wide, piece: g, .. } = scratch;
                g.resize(g.len().max(range.len()), F::Sum::ZERO);
                let g = &mut g[..range.len()];
                piece.sum(tiles, wide, g, false);
                masks.apply(range.clone(), g);
                // SAFETY: pieces do not overlap, and each is handed out once.
                let p = unsafe { parameters.range(range) };
                piece.penalize(&batch.penalties, p, g);
                taker.take(index, p, g);
            });
        }
        (self.masks, self.packed) = (masks, packed);
        Some(self.cost(batch, sum))
    }

    fn evaluate(
        &mut self,
        parameters: &[F::Sum],
        examples: &Examples<'_, F::Sum>,
        outputs: &mut [F::Sum],
    ) -> f64 {
        let (network, loss, width) = (self.network, self.loss, self.network.outputs());
        let packed = self.pack(parameters);
        let weights = Weights {
            network,
            parameters,
            packed: &packed,
        };
        let mut sum = 0.0;
        for (slab, out) in outputs.chunks_mut(SLAB * width).enumerate() {
            let rows = Rows::Range(slab * SLAB, out.len() / width);
            let count = self.each_tile(FORWARD, rows.len(), |scratch, tile, part| {
                tile.gather(scratch, examples, rows.part(part), 0);
                tile.forward(scratch, network, &weights, None);
                tile.answer(scratch);
                tile.cost(scratch, loss, F::Sum::ONE);
            });
            sum = self.add_losses(count, sum);
            self.copy_answers(count, out);
        }
        self.packed = packed;
        sum / examples.rows() as f64
    }

    fn predict(&mut self, parameters: &[F::Sum], features: &[F::Sum], predictions: &mut [F::Sum]) {
        let (network, width) = (self.network, self.network.outputs());
        let packed = self.pack(parameters);
        let weights = Weights {
            network,
            parameters,
            packed: &packed,
        };
        let inputs = network.inputs();
        let slabs = features.chunks(SLAB * inputs);
        for (features, out) in slabs.zip(predictions.chunks_mut(SLAB * width)) {
            let count = self.each_tile(FORWARD, features.len() / inputs, |scratch, tile, part| {
                let row = |index: usize| &features[(part.start + index) * inputs..][..inputs];
                tile.load(scratch, part.len(), inputs, row);
                tile.forward(scratch, network, &weights, None);
                tile.answer(scratch);
            });
            self.copy_answers(count, out);
        }
        self.packed = packed;
        F::Sum::criterion(self.loss).predict(predictions, width);
    }
}

/// Products for each row and weight: one forward, and one more backward.
const FORWARD: f64 = 1.0;
const BOTH_WAYS: f64 = 2.0;

/// Rows in a tile, such that each thread has as many tiles as any other.
fn tile_rows(rows: usize, threads: usize) -> usize {
    let tiles = rows.div_ceil(LANES * threads).max(1) * threads;
    rows.div_ceil(tiles).next_multiple_of(GROUP)
}

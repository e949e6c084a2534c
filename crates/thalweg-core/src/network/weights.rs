//! The parameters as the products of a pass see them: as they are, or as factors.

use std::ops::Range;

use super::Network;
use super::factor::Factor;
use super::kernel::Left;

/// The weights of a pass.
pub(super) struct Weights<'a, F: Factor> {
    pub(super) network: &'a Network,
    pub(super) parameters: &'a [F::Sum],
    pub(super) packed: &'a Packed<F>,
}

/// Each layer's weights as factors, where these are not the numbers themselves: along the inputs for the way forward,
/// across the outputs for the way back.
#[derive(Default)]
pub(super) struct Packed<F> {
    pub(super) along: Vec<F>,
    pub(super) across: Vec<F>,
    /// Where each layer begins in both.
    pub(super) starts: Vec<[usize; 2]>,
}

impl<F: Factor> Packed<F> {
    /// Makes place for the weights of a network.
    pub(super) fn fit(&mut self, network: &Network) {
        if !self.starts.is_empty() {
            return;
        }
        let mut start = [0, 0];
        for layer in &network.layers {
            self.starts.push(start);
            start[0] += layer.outputs * layer.inputs.div_ceil(F::DEPTH);
            start[1] += layer.outputs.div_ceil(F::DEPTH) * layer.inputs;
        }
        self.along.resize(start[0], F::default());
        self.across.resize(start[1], F::default());
    }
}

/// Where some outputs of a layer with so many inputs lie, for a layer that begins there; the first is a multiple of
/// `DEPTH`.
pub(super) fn ranges<F: Factor>(
    [along, across]: [usize; 2],
    inputs: usize,
    rows: &Range<usize>,
) -> [Range<usize>; 2] {
    let width = inputs.div_ceil(F::DEPTH);
    [
        along + rows.start * width..along + rows.end * width,
        across + rows.start / F::DEPTH * inputs..across + rows.end.div_ceil(F::DEPTH) * inputs,
    ]
}

impl<'a, F: Factor> Weights<'a, F> {
    /// W of a layer, from 0.
    pub(super) fn rows(&self, layer: usize) -> Left<'a, F> {
        let inputs = self.network.layers[layer].inputs;
        if let Some(weight) = F::same(self.weight(layer)) {
            return Left::Rows(weight, inputs);
        }
        let start = self.packed.starts[layer][0];
        Left::Rows(&self.packed.along[start..], inputs.div_ceil(F::DEPTH))
    }

    /// Wᵀ of a layer, from 0.
    pub(super) fn columns(&self, layer: usize) -> Left<'a, F> {
        let inputs = self.network.layers[layer].inputs;
        if let Some(weight) = F::same(self.weight(layer)) {
            return Left::Columns(weight, inputs);
        }
        let start = self.packed.starts[layer][1];
        Left::Columns(&self.packed.across[start..], inputs)
    }

    /// b of a layer, from 0.
    pub(super) fn bias(&self, layer: usize) -> &'a [F::Sum] {
        self.network.layout.layer(layer + 1, self.parameters).1
    }

    fn weight(&self, layer: usize) -> &'a [F::Sum] {
        self.network.layout.layer(layer + 1, self.parameters).0
    }
}

//! The base of second-order passes: a tile of examples forward and back, all that does not depend on a direction.

use crate::Real;
use crate::layer::Noise;
use crate::loss::{Loss, Targets};
use crate::network::kernel::{Left, Product, Share};
use crate::network::panels::{LANES, Seen, turn};
use crate::network::tile::lanes;
use crate::network::{Examples, Layer, Network};

/// A tile with all that directions have in common.
pub(super) struct Base<T> {
    pub(super) rows: usize,
    pub(super) lanes: usize,
    /// What the first layer sees, inputs × lanes.
    pub(super) input: Vec<T>,
    pub(super) levels: Vec<Level<T>>,
    /// The weight of each row; none for equal weights.
    pub(super) weights: Vec<T>,
}

/// What there is of a layer: outputs × lanes each, but for `seen`.
pub(super) struct Level<T> {
    /// What the layer sees, as the gradient wants it.
    pub(super) seen: Seen<T>,
    /// What the next layer sees, A = m ⊙ φ(Z) with the mask m of dropout; of the last layer what the loss's Hessian is
    /// made of.
    pub(super) a: Vec<T>,
    /// m ⊙ φ′(Z).
    pub(super) slope: Vec<T>,
    /// δ.
    pub(super) delta: Vec<T>,
    /// (Wᵀ δ) ⊙ m ⊙ φ″(Z), with W and δ of the next layer; empty where that is 0.
    pub(super) bent: Vec<T>,
}

/// What a base is made from.
pub(super) struct Source<'a, T> {
    pub(super) network: &'a Network,
    pub(super) loss: &'a dyn Loss,
    pub(super) examples: Examples<'a, T>,
    /// The parameters, under the masks of DropConnect.
    pub(super) parameters: &'a [T],
    pub(super) noise: Option<Noise>,
    /// 1 / rows of the batch.
    pub(super) scale: T,
}

impl<T: Real> Source<'_, T> {
    /// W and b of a layer, from 0.
    pub(super) fn layer(&self, layer: usize) -> (&[T], &[T]) {
        self.network.layout.layer(layer + 1, self.parameters)
    }
}

impl<T: Real> Base<T> {
    pub(super) fn new(network: &Network) -> Base<T> {
        let last = network.layers.len() - 1;
        let level = |(index, layer): (usize, &Layer)| {
            let inner = if index < last {
                LANES * layer.outputs
            } else {
                0
            };
            let is_bent = !layer.activation.is_piecewise_linear();
            Level {
                seen: Seen::new(layer.inputs),
                a: vec![T::ZERO; LANES * layer.outputs],
                slope: vec![T::ZERO; inner],
                delta: vec![T::ZERO; LANES * layer.outputs],
                bent: vec![T::ZERO; if is_bent { inner } else { 0 }],
            }
        };
        Base {
            rows: 0,
            lanes: 0,
            input: vec![T::ZERO; LANES * network.inputs()],
            levels: network.layers.iter().enumerate().map(level).collect(),
            weights: Vec::new(),
        }
    }

    /// Numbers that a base for this network has, about.
    pub(super) fn size(network: &Network) -> usize {
        let layers = network.layers.iter();
        let numbers = layers.map(|layer| layer.inputs + 4 * layer.outputs);
        LANES * (network.inputs() + numbers.sum::<usize>())
    }

    /// The weight of each row, if they differ.
    pub(super) fn weights(&self) -> Option<&[T]> {
        (!self.weights.is_empty()).then_some(&self.weights[..])
    }

    /// What a layer's gradient is made of, with another δ.
    pub(super) fn share<'t>(&'t self, delta: &'t [T], seen: &'t Seen<T>) -> Share<'t, T> {
        Share {
            rows: self.rows,
            lanes: self.lanes,
            delta,
            seen,
        }
    }

    /// Takes these rows, the first of which is row `first` of its batch, forward and back. `z` is a place to work in.
    pub(super) fn fill(
        &mut self,
        source: &Source<'_, T>,
        rows: &[u32],
        first: usize,
        z: &mut Vec<T>,
    ) {
        self.load(&source.examples, rows);
        if let Some(noise) = source.noise {
            self.drop_input(source.network, noise, first);
        }
        let widest = source.network.layers.iter().map(|layer| layer.outputs);
        z.resize(LANES * widest.max().unwrap_or(1), T::ZERO);
        self.forward(source, first, z);
        self.cost(source, rows, z);
        self.backward(source, z);
    }

    fn load(&mut self, examples: &Examples<'_, T>, rows: &[u32]) {
        let width = examples.width;
        let feature = |row: usize| &examples.features[rows[row] as usize * width..][..width];
        (self.rows, self.lanes) = (rows.len(), lanes(rows.len()));
        for row in 0..rows.len() {
            let seen = &mut self.levels[0].seen;
            seen.set_row(row, self.lanes, feature(row), None);
        }
        self.input.fill(T::ZERO);
        turn(feature, &mut self.input, self.lanes, (rows.len(), width));
        self.weights.clear();
        if let Some(weights) = examples.weights {
            let weights = rows.iter().map(|&row| weights[row as usize]);
            self.weights.extend(weights);
        }
    }

    fn drop_input(&mut self, network: &Network, noise: Noise, first: usize) {
        if network.input_dropout.rate == 0.0 {
            return;
        }
        let len = network.inputs() * self.lanes;
        let mut mask = vec![T::ZERO; len];
        let dropout = &network.input_dropout;
        dropout.fill(noise, 0, first, self.lanes, &mut mask);
        multiply(&mut self.input, &mask);
        let shape = (network.inputs(), self.rows);
        self.levels[0].seen.turn_in(&self.input, self.lanes, shape);
    }

    fn forward(&mut self, source: &Source<'_, T>, first: usize, z: &mut [T]) {
        let (rows, lanes) = (self.rows, self.lanes);
        let layers = &source.network.layers;
        for (index, layer) in layers.iter().enumerate() {
            let (weight, bias) = source.layer(index);
            let below = index.checked_sub(1).map(|below| &self.levels[below].a);
            let len = layer.outputs * lanes;
            Product {
                c: &mut z[..len],
                a: Left::Rows(weight, layer.inputs),
                b: &below.unwrap_or(&self.input)[..layer.inputs * lanes],
                start: Some(bias),
                shape: (layer.outputs, lanes, layer.inputs),
            }
            .compute();
            if index + 1 == layers.len() {
                return;
            }
            let (here, next) = self.levels.split_at_mut(index + 1);
            let level = &mut here[index];
            level.activate(layer, &z[..len]);
            if let Some(noise) = source.noise.filter(|_| layer.dropout.rate > 0.0) {
                let mut mask = vec![T::ZERO; len];
                layer
                    .dropout
                    .fill(noise, index + 1, first, lanes, &mut mask);
                for numbers in [&mut level.a, &mut level.slope, &mut level.bent] {
                    multiply(numbers, &mask);
                }
            }
            next[0]
                .seen
                .turn_in(&level.a[..len], lanes, (layer.outputs, rows));
        }
    }

    /// δ of the last layer and what the loss's Hessian is made of, from its Z.
    fn cost(&mut self, source: &Source<'_, T>, rows: &[u32], z: &[T]) {
        let (outputs, examples) = (source.network.outputs(), &source.examples);
        let (mut classes, mut values) = (Vec::new(), Vec::new());
        let targets = match examples.targets {
            Targets::Classes(all) => {
                classes.extend(rows.iter().map(|&row| all[row as usize]));
                Targets::Classes(&classes)
            }
            Targets::Values { values: all, width } => {
                for &row in rows {
                    values.extend_from_slice(&all[row as usize * width..][..width]);
                }
                Targets::Values {
                    values: &values,
                    width,
                }
            }
        };
        let shape = (outputs, self.lanes, self.rows);
        let len = outputs * self.lanes;
        let last = self.levels.len() - 1;
        let Level { a, delta, .. } = &mut self.levels[last];
        a[..len].copy_from_slice(&z[..len]);
        delta[..len].copy_from_slice(&z[..len]);
        let criterion = T::criterion(source.loss);
        criterion.bends(&mut a[..len], shape, targets);
        let weights = (!self.weights.is_empty()).then_some(&self.weights[..]);
        let mut losses = [T::ZERO; LANES];
        criterion.lanes(
            &mut delta[..len],
            shape,
            targets,
            weights,
            source.scale,
            &mut losses,
        );
    }

    fn backward(&mut self, source: &Source<'_, T>, place: &mut [T]) {
        let lanes = self.lanes;
        for (index, layer) in source.network.layers.iter().enumerate().skip(1).rev() {
            let (below, above) = self.levels.split_at_mut(index);
            let Level {
                slope, delta, bent, ..
            } = &mut below[index - 1];
            let len = layer.inputs * lanes;
            let back = &mut place[..len];
            Product {
                c: back,
                a: Left::Columns(source.layer(index).0, layer.inputs),
                b: &above[0].delta[..layer.outputs * lanes],
                start: None,
                shape: (layer.inputs, lanes, layer.outputs),
            }
            .compute();
            delta[..len].copy_from_slice(back);
            multiply(&mut delta[..len], slope);
            multiply(bent, back);
        }
    }
}

impl<T: Real> Level<T> {
    /// A, φ′ and φ″ at Z.
    fn activate(&mut self, layer: &Layer, z: &[T]) {
        let curve = T::elementwise(&*layer.activation);
        let a = &mut self.a[..z.len()];
        curve.forward(z, a);
        let slope = &mut self.slope[..z.len()];
        slope.fill(T::ONE);
        curve.backward(z, a, slope);
        if !self.bent.is_empty() {
            let bent = &mut self.bent[..z.len()];
            bent.fill(T::ONE);
            curve.bend(z, a, bent);
        }
    }
}

/// a ← a ⊙ b, as far as both go.
pub(super) fn multiply<T: Real>(a: &mut [T], b: &[T]) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a *= b;
    }
}

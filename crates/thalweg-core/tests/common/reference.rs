//! The reference engine: forward, loss, backward and gradient by the textbook's formulas, an example at a time, in loops
//! over single numbers. Nothing is blocked, packed, fused or shared, and nothing is fast.

use thalweg_core::layer::Noise;
use thalweg_core::network::{Examples, Layer, Network};
use thalweg_core::objective::Penalties;

use super::number::{Number, dot, map_all, map_one, sum};
use super::textbook::{Curve, Loss};

/// Rows that masks are drawn for together.
const GROUP: usize = 16;

/// A network whose hidden layers have one activation, with a loss.
pub(crate) struct Reference<'a> {
    pub(crate) network: &'a Network,
    pub(crate) curve: &'a Curve,
    pub(crate) loss: &'a Loss,
    pub(crate) penalties: Penalties,
}

/// What a batch costs, and the gradient of that.
pub(crate) struct Found {
    pub(crate) loss: Number,
    pub(crate) penalty: f64,
    pub(crate) gradient: Vec<Number>,
}

/// The masks of a step.
struct Masks {
    /// For the input and each hidden layer: units × lanes.
    units: Vec<Vec<f64>>,
    lanes: usize,
    /// For the parameters: 1 where nothing is dropped.
    weights: Vec<f64>,
}

/// What an example leaves in each layer, the first layer first.
struct Trace {
    /// What the layer sees: a of the one below, with its mask.
    seen: Vec<Vec<Number>>,
    z: Vec<Vec<Number>>,
}

impl Reference<'_> {
    /// The mean loss over some rows with the penalties on the weights, and the gradient of both.
    pub(crate) fn gradient(
        &self,
        examples: &Examples<'_, f64>,
        rows: &[u32],
        noise: Option<Noise>,
        p: &[f64],
    ) -> Found {
        let masks = self.masks(rows.len(), noise);
        let masked = p.iter().zip(&masks.weights);
        let weights: Vec<_> = masked.map(|(&p, &m)| scaled(p, m)).collect();
        let share = Number::rounded(1.0 / rows.len() as f64);
        let (mut losses, mut traces, mut deltas) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &row) in rows.iter().enumerate() {
            let row = row as usize;
            let trace = self.forward(examples, row, &weights, &|layer, unit| {
                masks.units[layer][unit * masks.lanes + index]
            });
            let z = &trace.z[trace.z.len() - 1];
            let (target, weight) = (examples.targets.row(row), weight(examples, row));
            let slopes = map_all(z, |z| (self.loss.slope)(z, target));
            let value = (self.loss.value)(&values(z), target);
            losses.push(weight.times(map_one(z, value, &slopes)));
            let delta = slopes.iter().map(|it| share.times(weight).times(*it));
            let delta = self.backward(&trace, delta.collect(), &weights, &|layer, unit| {
                masks.units[layer][unit * masks.lanes + index]
            });
            traces.push(trace);
            deltas.push(delta);
        }
        let loss = sum(losses.into_iter()).times(share);
        let mut gradient = vec![Number::default(); p.len()];
        self.collect(&traces, &deltas, &masks.weights, &mut gradient);
        let penalty = self.penalize(p, &mut gradient);
        Found {
            loss,
            penalty,
            gradient,
        }
    }

    /// The outputs for a row, without noise.
    pub(crate) fn outputs(
        &self,
        examples: &Examples<'_, f64>,
        row: usize,
        p: &[f64],
    ) -> Vec<Number> {
        let weights: Vec<_> = p.iter().map(|&p| Number::exact(p)).collect();
        let trace = self.forward(examples, row, &weights, &|_, _| 1.0);
        trace.z.last().cloned().unwrap_or_default()
    }

    /// What a row costs by its outputs.
    pub(crate) fn cost(&self, examples: &Examples<'_, f64>, row: usize, z: &[Number]) -> Number {
        let target = examples.targets.row(row);
        let slopes = map_all(z, |z| (self.loss.slope)(z, target));
        let value = (self.loss.value)(&values(z), target);
        weight(examples, row).times(map_one(z, value, &slopes))
    }

    /// z = W a + b and a = φ(z) ⊙ m, layer after layer.
    fn forward(
        &self,
        examples: &Examples<'_, f64>,
        row: usize,
        weights: &[Number],
        mask: &dyn Fn(usize, usize) -> f64,
    ) -> Trace {
        let mut features = vec![0.0; examples.width];
        examples.write_features(row, &mut features);
        let (mut seen, mut all_z) = (Vec::new(), Vec::new());
        let input = features.iter().enumerate();
        let mut a: Vec<_> = input.map(|(unit, &x)| scaled(x, mask(0, unit))).collect();
        for (index, layer) in self.network.layers().iter().enumerate() {
            let (w, b) = self.network.layout().layer(index + 1, weights);
            let z: Vec<_> = (0..layer.outputs)
                .map(|o| {
                    let products = (0..layer.inputs).map(|i| (w[o * layer.inputs + i], a[i]));
                    dot(products.chain([(b[o], Number::exact(1.0))]))
                })
                .collect();
            seen.push(a);
            let last = index + 1 == self.network.layers().len();
            let active = |(unit, z): (usize, &Number)| {
                let m = if last { 1.0 } else { mask(index + 1, unit) };
                z.map(self.curve.value).times(Number::rounded(m))
            };
            a = z.iter().enumerate().map(active).collect();
            all_z.push(z);
        }
        Trace { seen, z: all_z }
    }

    /// δ⁻ = (Wᵀ δ) ⊙ m ⊙ φ′(z⁻), from the last layer down; the first layer's first in what is returned.
    fn backward(
        &self,
        trace: &Trace,
        last: Vec<Number>,
        weights: &[Number],
        mask: &dyn Fn(usize, usize) -> f64,
    ) -> Vec<Vec<Number>> {
        let mut deltas = vec![last];
        for (index, layer) in self.network.layers().iter().enumerate().skip(1).rev() {
            let (w, _) = self.network.layout().layer(index + 1, weights);
            let above = &deltas[deltas.len() - 1];
            let below = (0..layer.inputs).map(|i| {
                let products = (0..layer.outputs).map(|o| (w[o * layer.inputs + i], above[o]));
                let slope = trace.z[index - 1][i].map(self.curve.slope);
                let m = Number::rounded(mask(index, i));
                dot(products).times(m).times(slope)
            });
            let below = below.collect();
            deltas.push(below);
        }
        deltas.reverse();
        deltas
    }

    /// G = Σ δ aᵀ ⊙ M and Σ δ over all examples.
    fn collect(
        &self,
        traces: &[Trace],
        deltas: &[Vec<Vec<Number>>],
        masks: &[f64],
        gradient: &mut [Number],
    ) {
        for (index, segments) in self.network.layout().segments().chunks(2).enumerate() {
            let Layer {
                inputs, outputs, ..
            } = self.network.layers()[index];
            let (weight, bias) = (segments[0].range.start, segments[1].range.start);
            for o in 0..outputs {
                let delta = deltas.iter().map(|delta| delta[index][o]);
                gradient[bias + o] = sum(delta.clone());
                for i in 0..inputs {
                    let seen = traces.iter().map(|trace| trace.seen[index][i]);
                    let at = weight + o * inputs + i;
                    let m = Number::rounded(masks[at]);
                    gradient[at] = dot(delta.clone().zip(seen)).times(m);
                }
            }
        }
    }

    /// Adds l1 sign(w) + l2 w to the gradient; returns l1 Σ|w| + ½ l2 Σ w².
    fn penalize(&self, p: &[f64], gradient: &mut [Number]) -> f64 {
        let Penalties { l1, l2 } = self.penalties;
        let mut penalty = 0.0;
        for at in self.network.layout().weights().flatten() {
            let w = p[at];
            penalty += l1 * w.abs() + 0.5 * l2 * w * w;
            let slope = [
                (gradient[at], Number::exact(1.0)),
                (Number::rounded(l2), Number::exact(w)),
                (Number::rounded(l1), Number::exact(sign(w))),
            ];
            gradient[at] = dot(slope.into_iter());
        }
        penalty
    }

    /// The masks that the library defines for a batch, each drawn as a whole.
    fn masks(&self, rows: usize, noise: Option<Noise>) -> Masks {
        let (network, lanes) = (self.network, rows.next_multiple_of(GROUP));
        let mut weights = vec![1.0; network.layout().len()];
        let widths = network.layers().iter().map(|layer| layer.inputs);
        let mut units: Vec<_> = widths.map(|width| vec![1.0; width * lanes]).collect();
        if let Some(noise) = noise {
            let hidden = network.layers().iter().map(|layer| &layer.dropout);
            let dropouts = std::iter::once(&network.input_dropout).chain(hidden);
            for (index, (mask, dropout)) in units.iter_mut().zip(dropouts).enumerate() {
                dropout.fill(noise, index, 0, lanes, mask);
            }
            for (index, layer) in network.layers().iter().enumerate() {
                let range = network.layout().segments()[2 * index].range.clone();
                layer
                    .dropconnect
                    .fill(noise, index + 1, 0, &mut weights[range]);
            }
        }
        Masks {
            units,
            lanes,
            weights,
        }
    }
}

/// A number under a mask.
fn scaled(x: f64, m: f64) -> Number {
    Number::exact(x).times(Number::rounded(m))
}

fn weight(examples: &Examples<'_, f64>, row: usize) -> Number {
    Number::exact(examples.weights.map_or(1.0, |weights| weights[row]))
}

fn values(numbers: &[Number]) -> Vec<f64> {
    numbers.iter().map(|it| it.value).collect()
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

//! Hidden units that no longer learn: dead ones, and saturated ones.

use thalweg_core::network::Examples;
use thalweg_core::spec::{Card, Field, Spec};
use thalweg_core::{Real, vectorized};

use super::{Measured, Moment, Probe, Reading, every, rows};

/// The slope under which half of the rows make a unit saturated.
const FLAT: f64 = 0.05;

/// The share of each hidden layer's units that are dead or saturated on a fixed sample of the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    /// Steps from one reading to the next.
    pub every: u64,
    /// Rows that it looks at.
    pub rows: u64,
}

impl Default for Units {
    fn default() -> Self {
        Units {
            every: 200,
            rows: 256,
        }
    }
}

impl Spec for Units {
    const CARD: &'static Card = &Card {
        name: "units",
        summary: "The share of each hidden layer's units that are dead, and of those that are saturated.",
        formula: "dead: φ′(z) = 0 on every row\nsaturated: median |φ′(z)| < 0.05, where φ is not piecewise linear",
        paper: "",
        differences: "A ReLU that is off on half of the rows is neither: that is what it is for.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        every(
            "Steps from one reading to the next; each costs about as much as ten times as many rows in a step.",
            |s| &mut s.every,
        ),
        rows(|s| &mut s.rows),
    ];
}

impl Probe for Units {
    fn every(&self) -> u64 {
        self.every
    }

    fn read(&self, moment: &mut Moment<'_, '_>, _memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let rows = moment.rows(self.rows).indices;
        let network = moment.function.engine.network();
        let mut input = gather(&moment.function.examples, &rows);
        let (mut dead, mut saturated) = (Vec::new(), Vec::new());
        let hidden = network.layers().len() - 1;
        for (index, layer) in network.layers()[..hidden].iter().enumerate() {
            let (weight, bias) = network.layout().layer(index + 1, moment.after);
            let z = sums(&input, weight, bias);
            let curve = f32::elementwise(&*layer.activation);
            let (mut a, mut slopes) = (vec![0.0; z.len()], vec![1.0; z.len()]);
            curve.forward(&z, &mut a);
            curve.backward(&z, &a, &mut slopes);
            let of_unit = |unit: usize| slopes.iter().skip(unit).step_by(layer.outputs);
            let share = |is: &dyn Fn(usize) -> bool| {
                let count = (0..layer.outputs).filter(|&unit| is(unit)).count();
                count as f64 / layer.outputs as f64
            };
            let is_dead = |unit: usize| of_unit(unit).all(|slope| *slope == 0.0);
            let is_flat = |unit: usize| {
                let flat = of_unit(unit).filter(|slope| f64::from(slope.abs()) < FLAT);
                2 * flat.count() > rows.len() && !is_dead(unit)
            };
            dead.push(share(&is_dead));
            saturated.push(if layer.activation.is_piecewise_linear() {
                0.0
            } else {
                share(&is_flat)
            });
            input = a;
        }
        vec![
            ("dead_units", Measured::layers(dead)),
            ("saturated_units", Measured::layers(saturated)),
        ]
    }
}

/// The features of these rows, one row after the other.
fn gather(examples: &Examples<'_, f32>, rows: &[u32]) -> Vec<f32> {
    let width = examples.width;
    let mut features = vec![0.0; rows.len() * width];
    for (&row, to) in rows.iter().zip(features.chunks_mut(width)) {
        examples.write_features(row as usize, to);
    }
    features
}

/// What comes into each unit, a line for each row: a plain product, for this is seldom asked.
fn sums(input: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let (units, width) = (bias.len(), weight.len() / bias.len());
    let mut sums = vec![0.0; input.len() / width * units];
    vectorized(|| {
        let rows = input.chunks_exact(width);
        for (sums, row) in sums.chunks_exact_mut(units).zip(rows) {
            let weights = weight.chunks_exact(width);
            for ((sum, w), bias) in sums.iter_mut().zip(weights).zip(bias) {
                *sum = bias + product(w, row);
            }
        }
    });
    sums
}

/// Σ aᵢ bᵢ, in sums side by side.
#[inline(always)]
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    for (sum, (a, b)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *sum += a * b;
    }
    sums.iter().sum()
}

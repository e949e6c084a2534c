//! A section: the loss at many points of a plane in the space of parameters. Not the choice of the plane.
//!
//! The sums of the first layer are affine in the parameters, and its input does not change:
//!
//! ```text
//! Z[1](α, β) = (X W₀ᵀ + b₀) + α (X W₁ᵀ + b₁) + β (X W₂ᵀ + b₂)
//! ```
//!
//! So the products with X, as a rule the largest by far, are computed once for all points.

use super::kernel::{Left, Product, Start};
use super::labels::Labels;
use super::lines::Lines;
use super::panels::{LANES, Seen};
use super::rows::Rows;
use super::sparse::{Nonzeros, Turned, turn_all};
use super::tile::lanes;
use super::{Examples, Features, Network};
use crate::Real;
use crate::loss::{Loss, LossTile};
use crate::team::Team;
use crate::vector::vectorized;

/// Points whose weights are made at a time.
const POINTS: usize = 32;
/// The first layer's sums that are moved before they are activated.
const AT_A_TIME: usize = 512;
/// Bytes of the first layer's sums that are held at a time; more rows go through in turns.
const HELD: usize = 256 << 20;

/// A plane: origin + α directions\[0\] + β directions\[1\]; without the second direction a line, without both a point.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a, T> {
    /// The point at α = β = 0.
    pub origin: &'a [T],
    /// At most two.
    pub directions: &'a [&'a [T]],
}

impl<T: Real> Frame<'_, T> {
    /// Writes the point at (α, β), as far as the slices go from `start`.
    fn write(&self, start: usize, point: [f64; 2], to: &mut [T]) {
        let len = to.len();
        to.copy_from_slice(&self.origin[start..][..len]);
        for (direction, x) in self.directions.iter().zip(point) {
            let x = T::of(x);
            for (to, &d) in to.iter_mut().zip(&direction[start..]) {
                *to += x * d;
            }
        }
    }

    /// The point at (α, β).
    pub fn at(&self, point: [f64; 2]) -> Vec<T> {
        let mut to = vec![T::ZERO; self.origin.len()];
        self.write(0, point, &mut to);
        to
    }
}

/// The loss at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Section {
    /// The mean over the rows.
    pub mean: f64,
    /// Its standard deviation from row to row; 0 for a function without rows.
    pub deviation: f64,
}

/// Rows side by side, and what points have in common for them.
struct Portion<T> {
    rows: usize,
    lanes: usize,
    /// The first layer's sums with the frame's origin and with each direction as weights.
    first: Vec<Lines<T>>,
    labels: Labels<T>,
    /// Σ loss and Σ loss² at each of the points at hand.
    sums: Vec<[f64; 2]>,
}

/// A thread's places: the input as it lies in the examples, what a layer sees, and its sums.
struct Places<T> {
    input: Seen<T>,
    nonzeros: Nonzeros<T>,
    sums: Lines<T>,
    a: Lines<T>,
    z: Lines<T>,
}

/// The loss of a network over some rows at each of these points of a plane.
pub(crate) fn sections<T: Real>(
    (network, loss, team): (&Network, &dyn Loss, &Team),
    examples: &Examples<'_, T>,
    rows: &[u32],
    frame: &Frame<'_, T>,
    points: &[[f64; 2]],
) -> Vec<Section> {
    let first = network.layers[0].outputs;
    let widest = network
        .layers
        .iter()
        .map(|layer| layer.outputs.max(layer.inputs));
    let len = LANES * widest.max().unwrap_or(1);
    let place = || Places {
        input: Seen::new(network.inputs()),
        nonzeros: Nonzeros::default(),
        sums: Lines::default(),
        a: Lines::new(T::ZERO, len),
        z: Lines::new(T::ZERO, len),
    };
    let mut places: Vec<_> = (0..team.threads()).map(|_| place()).collect();
    let mut sums = vec![[0.0; 2]; points.len()];
    let vectors: Vec<&[T]> = std::iter::once(frame.origin)
        .chain(frame.directions.iter().copied())
        .collect();
    let features = (examples.features, examples.width);
    let turned = turn_all(network, team, features, Rows::Listed(rows), &vectors);
    let tiles = (HELD / (3 * LANES * first * size_of::<T>())).max(1);
    for rows in rows.chunks(tiles * LANES) {
        let portion = |rows: &[u32]| Portion::new(rows.len(), network.outputs());
        let mut portions: Vec<_> = rows.chunks(LANES).map(portion).collect();
        let operations = 6.0 * (rows.len() * network.inputs() * first) as f64;
        team.each(
            operations,
            &mut portions,
            &mut places,
            |places, index, portion| {
                let rows = &rows[index * LANES..][..portion.rows];
                portion.load(network, examples, rows, (&vectors, &turned), places);
            },
        );
        for (points, sums) in points.chunks(POINTS).zip(sums.chunks_mut(POINTS)) {
            if team.is_stopped() {
                break;
            }
            measure(
                (network, loss, team),
                frame,
                points,
                (&mut portions[..], &mut places[..]),
            );
            for portion in &portions {
                for (sum, part) in sums.iter_mut().zip(&portion.sums) {
                    sum[0] += part[0];
                    sum[1] += part[1];
                }
            }
        }
    }
    let n = rows.len() as f64;
    let finish = |[sum, squares]: [f64; 2]| Section {
        mean: sum / n,
        deviation: ((squares - sum * sum / n).max(0.0) / (n - 1.0).max(1.0)).sqrt(),
    };
    sums.into_iter().map(finish).collect()
}

/// Σ loss and Σ loss² of every portion at each of these points.
fn measure<T: Real>(
    (network, loss, team): (&Network, &dyn Loss, &Team),
    frame: &Frame<'_, T>,
    points: &[[f64; 2]],
    (portions, places): (&mut [Portion<T>], &mut [Places<T>]),
) {
    // What follows the first layer, for each point.
    let start = network.layout.segments()[1].range.end;
    let rest = network.layout.len() - start;
    let mut weights = vec![T::ZERO; rest * points.len()];
    for (&point, weights) in points.iter().zip(weights.chunks_mut(rest.max(1))) {
        frame.write(start, point, weights);
    }
    let rows: usize = portions.iter().map(|portion| portion.rows).sum();
    let operations = 2.0 * (rows * points.len() * (rest + network.layers[0].outputs)) as f64;
    team.each(operations, portions, places, |places, _, portion| {
        portion.sums.clear();
        for (index, &point) in points.iter().enumerate() {
            let weights = &weights[index * rest..][..rest];
            let sum = portion.loss(network, loss, weights, point, places);
            portion.sums.push(sum);
        }
    });
}

impl<T: Real> Portion<T> {
    fn new(rows: usize, outputs: usize) -> Portion<T> {
        Portion {
            rows,
            lanes: lanes(rows),
            first: Vec::new(),
            labels: Labels::new(rows, outputs),
            sums: Vec::new(),
        }
    }

    /// Takes these rows through the first layer, once for the origin and for each direction.
    fn load(
        &mut self,
        network: &Network,
        examples: &Examples<'_, T>,
        rows: &[u32],
        (vectors, turned): (&[&[T]], &[Turned<T>]),
        places: &mut Places<T>,
    ) {
        let (width, lanes) = (examples.width, self.lanes);
        self.labels.gather(examples, Rows::Listed(rows));
        let Places {
            input,
            nonzeros,
            sums: place,
            a,
            ..
        } = places;
        match examples.features {
            Features::Dense(features) if turned.is_empty() => {
                let row = |index: usize| &features[rows[index] as usize * width..][..width];
                input.load(self.rows, lanes, row, a);
            }
            features => {
                let row = |index: usize| features.row(rows[index] as usize, width);
                nonzeros.load((rows.len(), width), turned[0].sparsity(), row);
            }
        }
        let outputs = network.layers[0].outputs;
        for (index, vector) in vectors.iter().enumerate() {
            let (weight, bias) = network.layout.layer(1, vector);
            let mut sums = Lines::new(T::ZERO, outputs * lanes);
            if let Some(turned) = turned.get(index) {
                nonzeros.product((weight, bias), turned, place, &mut sums, lanes);
                self.first.push(sums);
                continue;
            }
            T::product(Product {
                c: &mut sums,
                a: Left::Rows(weight, width),
                b: &a[..width * lanes],
                start: Start::Rows(bias),
                shape: (outputs, lanes, width),
            });
            self.first.push(sums);
        }
    }

    /// The first layer's sums at a point, as many as fit into `z` from this one on.
    fn move_first(&self, point: [f64; 2], from: usize, z: &mut [T]) {
        let part = from..from + z.len();
        let (origin, directions) = (&self.first[0][part.clone()], &self.first[1..]);
        let [x, y] = point.map(T::of);
        vectorized(
            #[inline(always)]
            || match directions {
                [] => z.copy_from_slice(origin),
                [first] => {
                    for ((z, &o), &first) in z.iter_mut().zip(origin).zip(&first[part.clone()]) {
                        *z = o + x * first;
                    }
                }
                [first, second, ..] => {
                    let directions = first[part.clone()].iter().zip(&second[part.clone()]);
                    let parts = origin.iter().zip(directions);
                    for (z, (&o, (&first, &second))) in z.iter_mut().zip(parts) {
                        *z = o + x * first + y * second;
                    }
                }
            },
        );
    }

    /// Σ loss and Σ loss² at a point, whose weights from the second layer on are these.
    fn loss(
        &self,
        network: &Network,
        loss: &dyn Loss,
        mut weights: &[T],
        point: [f64; 2],
        Places { a, z, .. }: &mut Places<T>,
    ) -> [f64; 2] {
        let lanes = self.lanes;
        let first = self.first[0].len();
        if network.layers.len() == 1 {
            self.move_first(point, 0, &mut z[..first]);
        }
        for (index, pair) in network.layers.windows(2).enumerate() {
            let (below, here) = (&pair[0], &pair[1]);
            let len = here.inputs * lanes;
            let activation = T::elementwise(&*below.activation);
            if index == 0 {
                // Some at a time, so that they are still in the nearest cache when they are activated.
                for (part, a) in a[..first].chunks_mut(AT_A_TIME).enumerate() {
                    let z = &mut z[..a.len()];
                    self.move_first(point, part * AT_A_TIME, z);
                    activation.forward(z, a);
                }
            } else {
                activation.forward(&z[..len], &mut a[..len]);
            }
            let (weight, rest) = weights.split_at(here.inputs * here.outputs);
            let (bias, rest) = rest.split_at(here.outputs);
            weights = rest;
            T::product(Product {
                c: &mut z[..here.outputs * lanes],
                a: Left::Rows(weight, here.inputs),
                b: &a[..len],
                start: Start::Rows(bias),
                shape: (here.outputs, lanes, here.inputs),
            });
        }
        let outputs = network.outputs();
        self.cost(loss, &mut z[..outputs * lanes], &mut a[..outputs])
    }

    /// Σ loss and Σ loss² of the rows with these outputs.
    fn cost(&self, loss: &dyn Loss, z: &mut [T], row: &mut [T]) -> [f64; 2] {
        let mut losses = [T::ZERO; LANES];
        let tile = LossTile {
            lanes: self.lanes,
            rows: self.rows,
            targets: self.labels.targets(row.len()),
            losses: &mut losses,
            z,
            row,
        };
        T::criterion(loss).tile(tile, self.labels.weights(), T::ONE);
        let losses = losses[..self.rows].iter();
        losses.fold([0.0; 2], |[sum, squares], loss| {
            let loss = loss.to_f64();
            [sum + loss, squares + loss * loss]
        })
    }
}

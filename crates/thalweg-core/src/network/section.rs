//! A section: the loss at many points of a plane in the space of parameters. Not the choice of the plane.
//!
//! The sums of the first layer are affine in the parameters, and its input does not change:
//!
//! ```text
//! Z[1](α, β) = (X W₀ᵀ + b₀) + α (X W₁ᵀ + b₁) + β (X W₂ᵀ + b₂)
//! ```
//!
//! So the products with X, as a rule the largest by far, are computed once for all points. Where the first activation is
//! straight on both sides of 0, points on a [`line`] share the second layer's products too.

mod line;
mod walk;

use std::ops::Range;

use self::line::{Line, Trail};
pub(super) use self::walk::Walk;
use super::kernel::{Left, Product, Start};
use super::labels::Labels;
use super::lines::Lines;
use super::panels::{LANES, Seen};
use super::rows::Rows;
use super::sparse::{Nonzeros, Turned, turn_all};
use super::tile::lanes;
use super::{Examples, Features, Layer, Network};
use crate::Real;
use crate::loss::{Loss, LossTile};
use crate::team::Team;
use crate::vector::vectorized;

/// Points whose weights are made at a time.
const POINTS: usize = 32;
/// Points with one β that are a line: below that it is faster to take each point for itself.
const FEWEST: usize = 12;
/// The most points of a line at a time.
const MOST: usize = 128;
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
    trail: Trail<T>,
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
        trail: Trail::default(),
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
        for part in parts(network, frame, points) {
            if team.is_stopped() {
                break;
            }
            measure(
                (network, loss, team),
                frame,
                (&points[part.points.clone()], part.is_line),
                (&mut portions[..], &mut places[..]),
            );
            for portion in &portions {
                let sums = &mut sums[part.points.clone()];
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

/// Points that are measured at a time.
struct Points {
    points: Range<usize>,
    /// Whether by what they have in common as a line.
    is_line: bool,
}

/// Cuts points into lines and what is between them.
fn parts<T: Real>(network: &Network, frame: &Frame<'_, T>, points: &[[f64; 2]]) -> Vec<Points> {
    let is_open = line::is_open(network) && !frame.directions.is_empty();
    let mut stretches: Vec<Points> = Vec::new();
    let mut first = 0;
    for alike in points.chunk_by(|a, b| a[1].total_cmp(&b[1]).is_eq()) {
        let is_line = is_open && alike.len() >= FEWEST;
        let points = first..first + alike.len();
        first = points.end;
        match stretches.last_mut() {
            Some(last) if !is_line && !last.is_line => last.points.end = points.end,
            _ => stretches.push(Points { points, is_line }),
        }
    }
    let cut = |stretch: Points| {
        let Points { points, is_line } = stretch;
        let most = if is_line { MOST } else { POINTS };
        points.clone().step_by(most).map(move |first| Points {
            points: first..points.end.min(first + most),
            is_line,
        })
    };
    stretches.into_iter().flat_map(cut).collect()
}

/// Σ loss and Σ loss² of every portion at each of these points, which may be a line.
fn measure<T: Real>(
    (network, loss, team): (&Network, &dyn Loss, &Team),
    frame: &Frame<'_, T>,
    (points, is_line): (&[[f64; 2]], bool),
    (portions, places): (&mut [Portion<T>], &mut [Places<T>]),
) {
    let rows: usize = portions.iter().map(|portion| portion.rows).sum();
    let start = network.layout.segments()[1].range.end;
    let rest = network.layout.len() - start;
    let operations = 2.0 * (rows * points.len() * (rest + network.layers[0].outputs)) as f64;
    if is_line {
        let line = Line::new(network, frame, points);
        team.each(operations, portions, places, |places, _, portion| {
            portion.follow((network, loss), &line, places);
        });
        return;
    }
    // What follows the first layer, for each point.
    let mut weights = vec![T::ZERO; rest * points.len()];
    for (&point, weights) in points.iter().zip(weights.chunks_mut(rest.max(1))) {
        frame.write(start, point, weights);
    }
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
        weights: &[T],
        point: [f64; 2],
        Places { a, z, .. }: &mut Places<T>,
    ) -> [f64; 2] {
        let first = self.first[0].len();
        let Some(second) = network.layers.get(1) else {
            self.move_first(point, 0, &mut z[..first]);
            return self.climb(network, loss, weights, (a, z));
        };
        // Some at a time, so that they are still in the nearest cache when they are activated.
        let activation = T::elementwise(&*network.layers[0].activation);
        for (part, a) in a[..first].chunks_mut(AT_A_TIME).enumerate() {
            let z = &mut z[..a.len()];
            self.move_first(point, part * AT_A_TIME, z);
            activation.forward(z, a);
        }
        let weights = self.product(second, weights, (a, z));
        self.climb(network, loss, weights, (a, z))
    }

    /// Σ loss and Σ loss² where the second layer, or an only one, has the sums `z`; the weights are those behind it.
    fn climb(
        &self,
        network: &Network,
        loss: &dyn Loss,
        mut weights: &[T],
        (a, z): (&mut [T], &mut [T]),
    ) -> [f64; 2] {
        for pair in network.layers.windows(2).skip(1) {
            let len = pair[1].inputs * self.lanes;
            T::elementwise(&*pair[0].activation).forward(&z[..len], &mut a[..len]);
            weights = self.product(&pair[1], weights, (a, z));
        }
        let outputs = network.outputs();
        self.cost(loss, &mut z[..outputs * self.lanes], &mut a[..outputs])
    }

    /// The sums `z` of a layer that gets `a`; the weights are from its own on, and what is left of them is returned.
    fn product<'w>(&self, layer: &Layer, weights: &'w [T], (a, z): (&[T], &mut [T])) -> &'w [T] {
        let (weight, rest) = weights.split_at(layer.inputs * layer.outputs);
        let (bias, rest) = rest.split_at(layer.outputs);
        T::product(Product {
            c: &mut z[..layer.outputs * self.lanes],
            a: Left::Rows(weight, layer.inputs),
            b: &a[..layer.inputs * self.lanes],
            start: Start::Rows(bias),
            shape: (layer.outputs, self.lanes, layer.inputs),
        });
        rest
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

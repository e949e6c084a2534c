//! A section: the loss at many points of a plane in the space of parameters. Not the choice of the plane.
//!
//! The sums of the first layer are affine in the parameters, and its input does not change:
//!
//! ```text
//! Z[1](α, β) = (X W₀ᵀ + b₀) + α (X W₁ᵀ + b₁) + β (X W₂ᵀ + b₂)
//! ```
//!
//! So the products with X, as a rule the largest by far, are computed once for all points.

use super::kernel::{Left, Product};
use super::panels::{LANES, turn};
use super::tile::lanes;
use super::{Examples, Network};
use crate::Real;
use crate::loss::{Loss, Targets};
use crate::team::Team;

/// Points whose weights are made at a time.
const POINTS: usize = 32;
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

/// Rows side by side with their targets, and the first layer's sums of a frame's origin and directions.
struct Corner<T> {
    rows: usize,
    lanes: usize,
    corners: Vec<Vec<T>>,
    classes: Vec<u32>,
    values: Vec<T>,
    weights: Vec<T>,
    /// Σ loss and Σ loss² at each of the points at hand.
    sums: Vec<[f64; 2]>,
}

/// A thread's places: what a layer sees, and its sums.
struct Places<T> {
    a: Vec<T>,
    z: Vec<T>,
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
        a: vec![T::ZERO; len],
        z: vec![T::ZERO; len],
    };
    let mut places: Vec<_> = (0..team.threads()).map(|_| place()).collect();
    let mut sums = vec![[0.0; 2]; points.len()];
    let tiles = (HELD / (3 * LANES * first * size_of::<T>())).max(1);
    for rows in rows.chunks(tiles * LANES) {
        let mut corners: Vec<_> = rows.chunks(LANES).map(Corner::new).collect();
        let operations = 6.0 * (rows.len() * network.inputs() * first) as f64;
        team.each(
            operations,
            &mut corners,
            &mut places,
            |places, index, corner| {
                let rows = &rows[index * LANES..][..corner.rows];
                corner.load(network, examples, rows, frame, &mut places.a);
            },
        );
        for (points, sums) in points.chunks(POINTS).zip(sums.chunks_mut(POINTS)) {
            walk(
                (network, loss, team),
                frame,
                points,
                (&mut corners[..], &mut places[..]),
            );
            for corner in &corners {
                for (sum, part) in sums.iter_mut().zip(&corner.sums) {
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

/// Every corner's rows at each of these points.
fn walk<T: Real>(
    (network, loss, team): (&Network, &dyn Loss, &Team),
    frame: &Frame<'_, T>,
    points: &[[f64; 2]],
    (corners, places): (&mut [Corner<T>], &mut [Places<T>]),
) {
    // What follows the first layer, for each point.
    let start = network.layout.segments()[1].range.end;
    let rest = network.layout.len() - start;
    let mut weights = vec![T::ZERO; rest * points.len()];
    for (&point, weights) in points.iter().zip(weights.chunks_mut(rest.max(1))) {
        frame.write(start, point, weights);
    }
    let rows: usize = corners.iter().map(|corner| corner.rows).sum();
    let operations = 2.0 * (rows * points.len() * (rest + network.layers[0].outputs)) as f64;
    team.each(operations, corners, places, |places, _, corner| {
        corner.sums.clear();
        for (index, &point) in points.iter().enumerate() {
            let weights = &weights[index * rest..][..rest];
            let sum = corner.loss(network, loss, weights, point, places);
            corner.sums.push(sum);
        }
    });
}

impl<T: Real> Corner<T> {
    fn new(rows: &[u32]) -> Corner<T> {
        Corner {
            rows: rows.len(),
            lanes: lanes(rows.len()),
            corners: Vec::new(),
            classes: Vec::new(),
            values: Vec::new(),
            weights: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Takes these rows through the first layer, once for each corner.
    fn load(
        &mut self,
        network: &Network,
        examples: &Examples<'_, T>,
        rows: &[u32],
        frame: &Frame<'_, T>,
        input: &mut [T],
    ) {
        let (width, lanes) = (examples.width, self.lanes);
        let feature = |row: usize| &examples.features[rows[row] as usize * width..][..width];
        input[..width * lanes].fill(T::ZERO);
        turn(feature, input, lanes, (rows.len(), width));
        match examples.targets {
            Targets::Classes(all) => {
                let classes = rows.iter().map(|&row| all[row as usize]);
                self.classes.extend(classes);
            }
            Targets::Values { values, width } => {
                for &row in rows {
                    let values = &values[row as usize * width..][..width];
                    self.values.extend_from_slice(values);
                }
            }
        }
        if let Some(weights) = examples.weights {
            let weights = rows.iter().map(|&row| weights[row as usize]);
            self.weights.extend(weights);
        }
        let outputs = network.layers[0].outputs;
        for vector in std::iter::once(&frame.origin).chain(frame.directions) {
            let (weight, bias) = network.layout.layer(1, vector);
            let mut corner = vec![T::ZERO; outputs * lanes];
            Product {
                c: &mut corner,
                a: Left::Rows(weight, width),
                b: &input[..width * lanes],
                start: Some(bias),
                shape: (outputs, lanes, width),
            }
            .compute();
            self.corners.push(corner);
        }
    }

    /// Σ loss and Σ loss² at a point, whose weights from the second layer on are these.
    fn loss(
        &self,
        network: &Network,
        loss: &dyn Loss,
        mut weights: &[T],
        point: [f64; 2],
        Places { a, z }: &mut Places<T>,
    ) -> [f64; 2] {
        let lanes = self.lanes;
        let z_len = self.corners[0].len();
        z[..z_len].copy_from_slice(&self.corners[0]);
        for (corner, x) in self.corners[1..].iter().zip(point) {
            let x = T::of(x);
            for (z, &c) in z.iter_mut().zip(corner) {
                *z += x * c;
            }
        }
        for pair in network.layers.windows(2) {
            let (below, here) = (&pair[0], &pair[1]);
            let len = here.inputs * lanes;
            T::elementwise(&*below.activation).forward(&z[..len], &mut a[..len]);
            let (weight, rest) = weights.split_at(here.inputs * here.outputs);
            let (bias, rest) = rest.split_at(here.outputs);
            weights = rest;
            Product {
                c: &mut z[..here.outputs * lanes],
                a: Left::Rows(weight, here.inputs),
                b: &a[..len],
                start: Some(bias),
                shape: (here.outputs, lanes, here.inputs),
            }
            .compute();
        }
        self.cost(loss, &mut z[..network.outputs() * lanes])
    }

    fn cost(&self, loss: &dyn Loss, z: &mut [T]) -> [f64; 2] {
        let outputs = z.len() / self.lanes;
        let targets = if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: outputs,
            }
        };
        let weights = (!self.weights.is_empty()).then_some(&self.weights[..]);
        let mut losses = [T::ZERO; LANES];
        let shape = (outputs, self.lanes, self.rows);
        T::criterion(loss).lanes(z, shape, targets, weights, T::ONE, &mut losses);
        let losses = losses[..self.rows].iter();
        losses.fold([0.0; 2], |[sum, squares], loss| {
            let loss = loss.to_f64();
            [sum + loss, squares + loss * loss]
        })
    }
}

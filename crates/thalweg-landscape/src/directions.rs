//! Directions for lines and planes: random ones in proportion to each neuron, and those of extreme curvature. Those of a
//! trajectory are in `trajectory`.

use thalweg_core::network::Network;

use crate::Error;
use crate::balance::incoming;
use crate::lanczos::Ends;
use crate::plane::Plane;
use crate::vector::{add, difference, dot, gaussian, norm, scale};

/// A random plane through `origin` in which each neuron, its row of weights with its bias, moves in proportion to its own
/// size (Li et al. 2018, Visualizing the Loss Landscape of Neural Nets, arXiv:1712.09913, whose filters have no bias):
/// Gaussian directions, each neuron's part of the second one orthogonal to that of the first, and both as long as the
/// neuron. So the two are orthogonal, and equally long.
///
/// # Errors
/// Parameters of another network.
pub fn random(network: &Network, origin: &[f64], seed: u64) -> Result<Plane, Error> {
    let expected = network.layout().len();
    if origin.len() != expected {
        return Err(Error::Length {
            what: "the point",
            found: origin.len(),
            expected,
        });
    }
    let mut first = gaussian(expected, seed, 1 << 32);
    let mut second = gaussian(expected, seed, (1 << 32) + 1);
    for layer in 1..=network.layers().len() {
        for unit in 0..network.layers()[layer - 1].outputs {
            let (weights, bias) = incoming(network, layer, unit);
            let neuron = || weights.clone().chain([bias]);
            let size = inner(origin, origin, neuron()).sqrt();
            let square = inner(&first, &first, neuron());
            let part = inner(&first, &second, neuron()) / square;
            for place in neuron() {
                second[place] -= part * first[place];
            }
            for direction in [&mut first, &mut second] {
                let factor = size / inner(direction, direction, neuron()).sqrt();
                for place in neuron() {
                    direction[place] *= factor;
                }
            }
        }
    }
    Plane::new(origin.to_vec(), first, second)
}

/// Σ over these places of aᵢ bᵢ.
fn inner(a: &[f64], b: &[f64], places: impl Iterator<Item = usize>) -> f64 {
    places.map(|place| a[place] * b[place]).sum()
}

/// The plane through `origin` of the sharpest direction and the one that bends down most, both as long as `length`.
///
/// # Errors
/// Where the two ends are one direction.
pub fn extreme(origin: &[f64], ends: &Ends, length: f64) -> Result<Plane, Error> {
    let scaled = |vector: &[f64]| vector.iter().map(|v| length * v).collect();
    let (first, second) = (&ends.highest.vector, &ends.lowest.vector);
    Plane::new(origin.to_vec(), scaled(first), scaled(second))
}

/// The plane through three points, the first of which is its origin; the second direction is made orthogonal to the first
/// and as long.
///
/// # Errors
/// Points on one line.
pub fn through(origin: &[f64], second: &[f64], third: &[f64]) -> Result<Plane, Error> {
    let first = difference(second, origin);
    let mut across = difference(third, origin);
    let part = dot(&across, &first) / dot(&first, &first);
    add(&mut across, -part, &first);
    let length = norm(&across);
    if length <= 1e-12 * norm(third) {
        return Err(Error::Parallel);
    }
    scale(&mut across, norm(&first) / length);
    Plane::new(origin.to_vec(), first, across)
}

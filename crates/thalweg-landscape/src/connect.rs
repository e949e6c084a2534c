//! Whether two trained networks lie in one valley: the loss on the way between them, as they are and with their hidden
//! units put in the same order.

use thalweg_core::Real;
use thalweg_core::network::Network;

use crate::Error;
use crate::assignment::assign;
use crate::balance::{balance, incoming, outgoing};
use crate::grid::{Line, between};
use crate::surface::Surface;

/// The most rounds over all layers while matching.
const ROUNDS: usize = 100;

/// The way between two points.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The loss along it, from 0 at the first to 1 at the second.
    pub line: Line,
    /// The most by which the loss is above the straight line between those of the ends; 0 or more.
    pub barrier: f64,
    /// Where that is.
    pub place: f64,
    /// The standard error of the loss there as a loss over all rows.
    pub error: f64,
}

/// Both ways, and the second network in the order of the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// As they are.
    pub straight: Way,
    /// With the units of the second in the order of those of the first. Both are balanced first, which changes neither.
    pub aligned: Way,
    /// For each hidden layer the unit of the second network that takes each place.
    pub order: Vec<Vec<usize>>,
}

/// The way from one point to another, straight: the largest of L(a) − (1 − a) L(0) − a L(1).
///
/// # Errors
/// Points of another objective, or fewer than two places.
pub fn straight<T: Real>(
    surface: &mut Surface<'_, T>,
    first: &[f64],
    second: &[f64],
    places: usize,
) -> Result<Way, Error> {
    let line = between(surface, first, second, [0.0, 1.0], places)?;
    let (start, end) = (line.losses[0], line.losses[places - 1]);
    let above = |k: usize| {
        let a = line.places[k];
        line.losses[k] - (1.0 - a) * start - a * end
    };
    let highest = (0..places).max_by(|&a, &b| above(a).total_cmp(&above(b)));
    let highest = highest.unwrap_or(0);
    Ok(Way {
        barrier: above(highest).max(0.0),
        place: line.places[highest],
        error: line.errors[highest],
        line,
    })
}

/// Both ways between two parameter vectors of a network.
///
/// # Errors
/// As [`straight`].
pub fn connect<T: Real>(
    surface: &mut Surface<'_, T>,
    network: &Network,
    first: &[f64],
    second: &[f64],
    places: usize,
) -> Result<Connection, Error> {
    let straight_way = straight(surface, first, second, places)?;
    let (mut a, mut b) = (first.to_vec(), second.to_vec());
    balance(network, &mut a);
    balance(network, &mut b);
    let order = align(network, &a, &mut b);
    Ok(Connection {
        straight: straight_way,
        aligned: straight(surface, &a, &b, places)?,
        order,
    })
}

/// Puts the hidden units of `second` in the order in which they are most like those of `first`: the sum of the products
/// of all weights and biases is made large, a layer at a time until nothing changes (Ainsworth, Hayase & Srinivasa 2023,
/// Git Re-Basin, arXiv:2209.04836, algorithm 1). Returns, for each layer, the unit that took each place.
pub fn align(network: &Network, first: &[f64], second: &mut [f64]) -> Vec<Vec<usize>> {
    let hidden = network.layers().len() - 1;
    let mut orders: Vec<Vec<usize>> = network.layers()[..hidden]
        .iter()
        .map(|layer| (0..layer.outputs).collect())
        .collect();
    for _ in 0..ROUNDS {
        let mut has_changed = false;
        for layer in 1..=hidden {
            let order = match_layer(network, first, second, layer);
            if order.iter().enumerate().any(|(place, &unit)| place != unit) {
                has_changed = true;
                permute(network, second, layer, &order);
                let before = &orders[layer - 1];
                orders[layer - 1] = order.iter().map(|&unit| before[unit]).collect();
            }
        }
        if !has_changed {
            break;
        }
    }
    orders
}

/// The best order of one layer's units.
fn match_layer(network: &Network, first: &[f64], second: &[f64], layer: usize) -> Vec<usize> {
    let units = network.layers()[layer - 1].outputs;
    let numbers = |p: &[f64], unit: usize| -> Vec<f64> {
        let (weights, bias) = incoming(network, layer, unit);
        let places = weights.chain([bias]).chain(outgoing(network, layer, unit));
        places.map(|place| p[place]).collect()
    };
    let theirs: Vec<Vec<f64>> = (0..units).map(|unit| numbers(second, unit)).collect();
    let costs: Vec<f64> = (0..units)
        .flat_map(|unit| {
            let ours = numbers(first, unit);
            theirs
                .iter()
                .map(move |theirs| -crate::vector::dot(&ours, theirs))
                .collect::<Vec<_>>()
        })
        .collect();
    let order = assign(&costs, units);
    let total = |order: &dyn Fn(usize) -> usize| -> f64 {
        (0..units)
            .map(|unit| costs[unit * units + order(unit)])
            .sum()
    };
    // An order that is better by rounding alone would go on for ever.
    let (now, then) = (total(&|unit| unit), total(&|unit| order[unit]));
    if then < now - 1e-12 * now.abs() {
        order
    } else {
        (0..units).collect()
    }
}

/// Puts unit `order[k]` of a layer in place k; the network computes the same.
pub fn permute(network: &Network, p: &mut [f64], layer: usize, order: &[usize]) {
    let before = p.to_vec();
    for (place, &unit) in order.iter().enumerate() {
        let ((to, to_bias), (from, from_bias)) = (
            incoming(network, layer, place),
            incoming(network, layer, unit),
        );
        p[to].copy_from_slice(&before[from]);
        p[to_bias] = before[from_bias];
        for (to, from) in outgoing(network, layer, place).zip(outgoing(network, layer, unit)) {
            p[to] = before[from];
        }
    }
}

//! The balanced form of a network with homogeneous activations: of all parameters that compute the same, those in which
//! what comes into each hidden unit is as large as what goes out.
//!
//! A ReLU network computes the same when a unit's incoming row and bias are multiplied by c and its outgoing column by
//! 1 / c. Directions whose size is taken from the parameters differ from one such form to another, and so would every
//! picture; so all pictures start from this one.

use std::ops::Range;

use thalweg_core::network::Network;

/// Sweeps over all layers until nothing changes.
const SWEEPS: usize = 10_000;
/// The change of a unit's scale that is nothing.
const NOTHING: f64 = 1e-14;

/// Balances the parameters of a network in place, where its hidden activations are piecewise linear; the others stay.
/// Units of which nothing comes in or nothing goes out stay too.
pub fn balance(network: &Network, parameters: &mut [f64]) {
    let hidden = network.layers().len() - 1;
    for _ in 0..SWEEPS {
        let mut change = 0.0_f64;
        for layer in 1..=hidden {
            if !network.layers()[layer - 1].activation.is_piecewise_linear() {
                continue;
            }
            for unit in 0..network.layers()[layer - 1].outputs {
                change = change.max(balance_unit(network, parameters, layer, unit));
            }
        }
        if change <= NOTHING {
            return;
        }
    }
}

/// Balances one unit of a layer, from 1; returns how much its scale has changed.
fn balance_unit(network: &Network, p: &mut [f64], layer: usize, unit: usize) -> f64 {
    let (weights, bias) = incoming(network, layer, unit);
    let inward: f64 = p[weights.clone()].iter().map(|w| w * w).sum::<f64>() + p[bias] * p[bias];
    let outward: f64 = outgoing(network, layer, unit)
        .map(|place| p[place] * p[place])
        .sum();
    if !(inward > 0.0 && outward > 0.0 && inward.is_finite() && outward.is_finite()) {
        return 0.0;
    }
    let factor = (outward / inward).powf(0.25);
    for place in weights.chain([bias]) {
        p[place] *= factor;
    }
    for place in outgoing(network, layer, unit) {
        p[place] /= factor;
    }
    (factor - 1.0).abs()
}

/// Where a unit's weights and its bias lie; layers count from 1.
pub(crate) fn incoming(network: &Network, layer: usize, unit: usize) -> (Range<usize>, usize) {
    let segments = network.layout().segments();
    let (weight, bias) = (&segments[2 * layer - 2], &segments[2 * layer - 1]);
    let width = weight.shape.1;
    let start = weight.range.start + unit * width;
    (start..start + width, bias.range.start + unit)
}

/// Where the weights lie with which the next layer sees a unit.
pub(crate) fn outgoing(
    network: &Network,
    layer: usize,
    unit: usize,
) -> impl Iterator<Item = usize> + use<> {
    let next = &network.layout().segments()[2 * layer];
    let width = next.shape.1;
    (next.range.start + unit..next.range.end).step_by(width)
}

//! Barriers between networks: none to a copy in another order once it is aligned, and one where there is one.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::{Data, apart, descend, norm};
use thalweg_core::function::{Himmelblau, Terrain};
use thalweg_core::loss::SoftmaxCrossEntropy;
use thalweg_core::team::Team;
use thalweg_landscape::Surface;
use thalweg_landscape::balance::balance;
use thalweg_landscape::connect::{connect, permute, straight};

#[test]
fn a_network_in_another_order_is_connected_with_itself() {
    let data = Data::clouds(150, 4, 1);
    let network = data.network(&[9, 7], "relu");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let mut first = network.initialize::<f64>(5);
    descend(&mut training, &mut first, 0.2, 600);
    let mut second = first.clone();
    permute(&network, &mut second, 1, &[3, 1, 8, 0, 2, 7, 6, 5, 4]);
    permute(&network, &mut second, 2, &[6, 5, 0, 3, 1, 2, 4]);
    // And in another scale.
    let segments = network.layout().segments();
    for (segment, factor) in [(0, 3.0), (1, 3.0), (2, 1.0 / 3.0)] {
        for w in &mut second[segments[segment].range.clone()] {
            *w *= factor;
        }
    }
    let mut surface = Surface::whole(&mut training);
    assert!((surface.value(&first) - surface.value(&second)).abs() < 1e-12);
    let found = connect(&mut surface, &network, &first, &second, 21).unwrap();
    assert!(found.straight.barrier > 0.1, "{}", found.straight.barrier);
    assert!(found.aligned.barrier < 1e-9, "{}", found.aligned.barrier);
    // The order undoes the one that was given.
    let (mut a, mut b) = (first.clone(), second.clone());
    for (layer, order) in found.order.iter().enumerate() {
        permute(&network, &mut b, layer + 1, order);
    }
    balance(&network, &mut a);
    balance(&network, &mut b);
    assert!(apart(&a, &b) < 1e-9 * norm(&a));
}

/// Between Himmelblau's minima (3, 2) and (−2.805…, 3.131…) the barrier is that of the straight line, from its formula.
#[test]
fn a_barrier_is_in_units_of_the_loss() {
    let function = Himmelblau;
    let mut terrain = Terrain::new(&function);
    let mut surface = Surface::<f64>::whole(&mut terrain);
    let (first, second) = ([3.0, 2.0], [-2.805_118_086_952_745, 3.131_312_518_250_573]);
    let way = straight(&mut surface, &first, &second, 201).unwrap();
    let height = |a: f64| {
        let at = |k: usize| first[k] + a * (second[k] - first[k]);
        let (x, y) = (at(0), at(1));
        (x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2)
    };
    let heights = (0..=200).map(|k| height(f64::from(k) / 200.0));
    let wanted = heights.fold(0.0, f64::max);
    assert!((way.barrier - wanted).abs() < 1e-9 * wanted, "{wanted}");
    assert!(way.place > 0.2 && way.place < 0.8 && way.error == 0.0);
}

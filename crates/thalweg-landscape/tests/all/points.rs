//! Kinds of points on surfaces whose critical points are known: functions of two variables, deep linear networks.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::{Data, Plain, apart, numbers};
use thalweg_core::function::{self, DeepLinear, Kind as Known, Terrain};
use thalweg_core::loss::{MeanSquared, SoftmaxCrossEntropy};
use thalweg_core::objective::Curvature;
use thalweg_core::team::Team;
use thalweg_landscape::classify::{Kind, Look, Point, classify};
use thalweg_landscape::critical::find;
use thalweg_landscape::dense::Dense;
use thalweg_landscape::operator::CurvatureAt;
use thalweg_landscape::{Rows, Surface};

/// Every critical point in the lists of all functions of two variables is found, and is what the list says.
#[test]
fn critical_points_of_functions_are_found_and_named() {
    let mut named = 0;
    for entry in function::ALL.members {
        let function = (entry.build)();
        if function.dimension() != 2 || function.rows() > 1 {
            continue;
        }
        let name = entry.card.name;
        let mut terrain = Terrain::new(&*function);
        let mut surface = Surface::<f64>::whole(&mut terrain);
        let bounds = function.bounds();
        let found = find(&mut surface, &bounds, 24).unwrap();
        let widths = bounds.iter().map(|[low, high]| high - low);
        let size = widths.fold(0.0, f64::max);
        for critical in &function.critical() {
            if critical.kind != Known::Degenerate {
                let nearest = found.iter().map(|at| apart(at, &critical.at));
                let nearest = nearest.fold(f64::INFINITY, f64::min);
                assert!(nearest < 1e-5 * size, "{name}: {critical:?} at {nearest}");
            }
            let look = Look {
                floor: function.lowest().unwrap_or(critical.value - 1.0),
                radius: Some(0.05 * size),
                ..Look::default()
            };
            let point = classify(&mut surface, &critical.at, &look).unwrap();
            let wanted: &[Kind] = match critical.kind {
                Known::Minimum => &[Kind::MinimumLike],
                Known::Saddle => &[Kind::StrictSaddle],
                Known::Maximum => &[Kind::Maximum],
                // The floor of a valley, or a saddle of higher order.
                Known::Degenerate => &[Kind::MinimumLike, Kind::DegenerateSaddle],
            };
            assert!(
                wanted.contains(&point.kind),
                "{name}: {critical:?} {point:?}"
            );
            let negative = critical.eigenvalues.iter().filter(|e| **e < -1e-9).count();
            assert_eq!(point.inertia.unwrap().negative, negative, "{name}");
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}

/// Rows ±eᵢ with the targets ±M eᵢ: L = ‖M − W₂ W₁‖² / (n K).
fn matrix(m: &[f64], n: usize, outputs: usize) -> Data {
    let mut features = vec![0.0; 2 * n * n];
    let mut values = vec![0.0; 2 * n * outputs];
    for row in 0..2 * n {
        let sign = if row < n { 1.0 } else { -1.0 };
        features[row * n + row % n] = sign;
        for k in 0..outputs {
            values[row * outputs + k] = sign * m[k * n + row % n];
        }
    }
    Data::values(features, n, values, outputs)
}

/// At 0 the eigenvalues are ±2 sₖ(M) / (n K), h times each, and 2 / K for the output biases; so the index is h · rank M
/// (Achour, Malgouyres & Gerchinovitz 2021, arXiv:2107.13289).
#[test]
fn the_index_of_a_deep_linear_network_at_0_is_its_width_times_the_rank() {
    let (n, outputs, hidden) = (4, 3, 5);
    // Two singular values, 3 and 1.
    let mut m = vec![0.0; outputs * n];
    (m[0], m[n + 1]) = (3.0, 1.0);
    let data = matrix(&m, n, outputs);
    let (loss, team) = (MeanSquared, Team::default());
    let network = data.network(&[hidden], "identity");
    let mut training = data.training(&network, &loss, &team);
    let at = vec![0.0; network.layout().len()];
    let mut surface = Surface::whole(&mut training);
    let point = classify(&mut surface, &at, &Look::default()).unwrap();
    assert_eq!(point.kind, Kind::StrictSaddle);
    let inertia = point.inertia.unwrap();
    assert_eq!(inertia.negative, 2 * hidden as usize);
    assert_eq!(inertia.positive, 2 * hidden as usize + outputs);
    let mut operator = CurvatureAt::new(&mut surface, &at, Curvature::Hessian).unwrap();
    let dense = Dense::of(&mut operator).unwrap();
    let spectrum = dense.spectrum(f64::EPSILON).unwrap();
    let unit = 2.0 / (n * outputs) as f64;
    for (k, wanted) in [(0, -3.0), (4, -3.0), (5, -1.0), (9, -1.0), (10, 0.0)] {
        let found = spectrum.eigenvalues[k];
        assert!((found - wanted * unit).abs() < 1e-13, "{k}");
    }
}

/// With three layers gradient and Hessian at 0 are both 0, and it goes down all the same.
#[test]
fn deeper_linear_networks_begin_at_a_degenerate_saddle() {
    let function = DeepLinear { depth: 3, y: 1.0 };
    let mut terrain = Terrain::new(&function);
    let mut surface = Surface::<f64>::whole(&mut terrain);
    let point = classify(&mut surface, &[0.0; 3], &Look::default()).unwrap();
    assert_eq!(point.kind, Kind::DegenerateSaddle);
    assert_eq!(point.inertia.unwrap().zero, 3);
}

/// From w₁ = w₂ = √a₀ the product follows a(t) = s / (1 + (s / a₀ − 1) e^(−2 s t)) (Saxe et al. 2014): it has half of s at
/// t = ln(s / a₀ − 1) / 2s, where s is minus the lowest eigenvalue at the start.
#[test]
fn the_escape_from_a_plateau_takes_as_long_as_the_lowest_eigenvalue_says() {
    let (a0, s, lr) = (1e-6_f64, 1.5, 1e-3);
    let function = DeepLinear { depth: 2, y: s };
    let mut terrain = Terrain::new(&function);
    let mut surface = Surface::<f64>::whole(&mut terrain);
    let mut w = vec![a0.sqrt(); 2];
    let look = Look {
        radius: Some(1.0),
        ..Look::default()
    };
    let point = classify(&mut surface, &w, &look).unwrap();
    let rate = -point.ends.lowest.value;
    let predicted = (rate / a0 - 1.0).ln() / (2.0 * rate);
    let (mut g, mut steps) = (vec![0.0; 2], 0);
    while w[0] * w[1] < 0.5 * s {
        surface.gradient(&w, &mut g);
        w.iter_mut().zip(&g).for_each(|(w, g)| *w -= lr * g);
        steps += 1;
    }
    // Steps of 1e-3 are behind the flow by about lr · s / 2 of the time.
    let time = f64::from(steps) * lr;
    assert!((time / predicted - 1.0).abs() < 5e-3, "{time} {predicted}");
}

/// A function of some variables with a point on it.
type Place = (usize, fn(&[f64], &mut [f64]) -> f64, [f64; 2]);

fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    let off = x[1] - x[0] * x[0];
    g[0] = 2.0 * (x[0] - 1.0) - 400.0 * x[0] * off;
    g[1] = 200.0 * off;
    (1.0 - x[0]).powi(2) + 100.0 * off * off
}

fn dip(x: &[f64], g: &mut [f64]) -> f64 {
    let e = (-0.5 * x[0] * x[0]).exp();
    g[0] = x[0] * e;
    1.0 - e
}

fn shelf(x: &[f64], g: &mut [f64]) -> f64 {
    (g[0], g[1]) = (100.0 * x[0], 3e-3);
    50.0 * x[0] * x[0] + 3e-3 * x[1] + 1.0
}

fn bowl(x: &[f64], g: &mut [f64]) -> f64 {
    (g[0], g[1]) = (25.0 * x[0], x[1]);
    12.5 * x[0] * x[0] + 0.5 * x[1] * x[1]
}

/// Places with their names, on functions that are multiplied by `unit`.
fn places(unit: f64) -> Vec<(Point, Kind)> {
    let near = Look {
        radius: Some(1.0),
        ..Look::default()
    };
    let edge = Look {
        thresholds: Some(vec![25.0 * unit; 2]),
        ..near.clone()
    };
    let all: [(Place, &Look, Kind); 7] = [
        ((2, rosenbrock, [0.9, 0.811]), &near, Kind::Ravine),
        ((1, dip, [6.0, 0.0]), &near, Kind::Plateau),
        ((1, dip, [0.7, 0.0]), &near, Kind::Slope),
        ((2, shelf, [0.0, 0.0]), &near, Kind::GradientFlat),
        ((2, bowl, [1.0, 1.0]), &near, Kind::Slope),
        ((2, bowl, [0.0, 0.0]), &near, Kind::MinimumLike),
        ((2, bowl, [1.0, 1.0]), &edge, Kind::EdgeOfStability),
    ];
    let judge = |((n, function, at), look, kind): (Place, &Look, Kind)| {
        let mut plain = Plain {
            n,
            function: |x: &[f64], g: &mut [f64]| {
                let value = function(x, g);
                for g in g {
                    *g *= unit;
                }
                unit * value
            },
        };
        let mut surface = Surface::<f64>::new(&mut plain, Rows::all(1));
        (classify(&mut surface, &at[..n], look).unwrap(), kind)
    };
    all.into_iter().map(judge).collect()
}

#[test]
fn places_that_are_not_critical_have_their_names() {
    for (point, kind) in places(1.0) {
        assert_eq!(point.kind, kind, "{point:?}");
    }
}

/// No threshold has a unit.
#[test]
fn a_loss_in_other_units_has_the_same_kinds_of_places() {
    for unit in [1e-6, 1e3] {
        for (point, kind) in places(unit) {
            assert_eq!(point.kind, kind, "{unit:e} {point:?}");
        }
    }
}

/// Where there are more parameters than all eigenvalues are found of, the ends decide.
#[test]
fn larger_networks_are_judged_by_the_ends() {
    let data = Data::clouds(120, 4, 3);
    let network = data.network(&[12, 8], "tanh");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = numbers(network.layout().len(), 5);
    let mut surface = Surface::new(&mut training, Rows::sample(80, 120, 1));
    assert_eq!(surface.rows().to_string(), "80 of 120 rows");
    let look = Look {
        exact: 10,
        ..Look::default()
    };
    let point = classify(&mut surface, &p, &look).unwrap();
    let whole = classify(&mut surface, &p, &Look::default()).unwrap();
    assert!(point.inertia.is_none() && point.kind == whole.kind);
    assert!(point.ends.unseen.is_some_and(|unseen| unseen >= 0.0));
    let off = whole.ends.highest.value - point.ends.highest.value;
    assert!(off.abs() < 1e-2 * whole.ends.largest());
}

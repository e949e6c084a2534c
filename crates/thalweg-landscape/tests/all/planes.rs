//! Lines and planes: exact where the surface is known, and without the faults that pictures of planes are known for.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::{Data, apart, descend, dot, norm, normals, numbers};
use thalweg_core::loss::{MeanSquared, SoftmaxCrossEntropy};
use thalweg_core::network::Network;
use thalweg_core::objective::Curvature;
use thalweg_core::team::Team;
use thalweg_landscape::balance::balance;
use thalweg_landscape::grid::{Lattice, between, grid, line};
use thalweg_landscape::lanczos::Lanczos;
use thalweg_landscape::operator::CurvatureAt;
use thalweg_landscape::plane::Plane;
use thalweg_landscape::{Error, Rows, Surface, directions, trajectory};

/// In a plane the loss of a linear network of depth L is a polynomial of degree 2L: for L = 2 its 15 coefficients from 15
/// points give every other point of the grid.
#[test]
fn a_plane_of_a_deep_linear_network_is_a_polynomial() {
    let data = Data::values(numbers(40 * 3, 1), 3, numbers(40 * 2, 2), 2);
    let network = data.network(&[4], "identity");
    let (loss, team) = (MeanSquared, Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = numbers(network.layout().len(), 3);
    let plane = directions::random(&network, &p, 4).unwrap();
    let mut surface = Surface::whole(&mut training);
    let lattice = Lattice {
        points: [11, 13],
        ..Lattice::default()
    };
    let found = grid(&mut surface, &plane, &lattice).unwrap();
    let triangle = || (0..5_usize).flat_map(|i| (0..5 - i).map(move |j| (i, j)));
    let terms = |place: usize| -> Vec<f64> {
        let (a, b) = (found.alphas[place % 11], found.betas[place / 11]);
        let term = |(i, j): (usize, usize)| a.powi(i as i32) * b.powi(j as i32);
        triangle().map(term).collect()
    };
    // The points of a triangle determine such a polynomial.
    let chosen: Vec<usize> = triangle().map(|(i, j)| 2 * j * 11 + 2 * i).collect();
    let rows = chosen.iter().map(|&place| terms(place)).collect();
    let values = chosen.iter().map(|&place| found.losses[place]).collect();
    let coefficients = solve(rows, values);
    for (place, loss) in found.losses.iter().enumerate() {
        let wanted = dot(&coefficients, &terms(place));
        // The powers of numbers up to 1 lose some four digits in the elimination.
        assert!(
            (loss - wanted).abs() < 1e-10 * loss.abs().max(1.0),
            "{place}: {loss} {wanted}"
        );
    }
}

/// Gauss' elimination.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs()));
        let pivot = pivot.unwrap();
        a.swap(k, pivot);
        b.swap(k, pivot);
        let (row, right) = (a[k].clone(), b[k]);
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[i][k] / row[k];
            for (x, y) in a[i].iter_mut().zip(&row) {
                *x -= factor * y;
            }
            b[i] -= factor * right;
        }
    }
    (0..n).map(|k| b[k] / a[k][k]).collect()
}

/// The norms of each neuron's row with its bias.
fn sizes(network: &Network, p: &[f64]) -> Vec<f64> {
    let mut sizes = Vec::new();
    for (index, layer) in network.layers().iter().enumerate() {
        let (weights, biases) = network.layout().layer(index + 1, p);
        let rows = weights.chunks(layer.inputs).zip(biases);
        sizes.extend(rows.map(|(row, bias)| (dot(row, row) + bias * bias).sqrt()));
    }
    sizes
}

/// Directions are Gaussian and not all of one sign, orthogonal after they have been scaled, and equally long; biases move
/// as their neurons do, each direction in a way of its own; and the parameters stay where they are.
#[test]
fn random_directions_are_orthogonal_and_as_long_as_the_neurons() {
    let data = Data::clouds(10, 4, 1);
    let network = data.network(&[6, 5], "relu");
    let p = numbers(network.layout().len(), 3);
    let plane = directions::random(&network, &p, 4).unwrap();
    assert_eq!(plane.origin, p);
    let [first, second] = &plane.axes;
    assert!(dot(first, second).abs() < 1e-12 * dot(first, first));
    for axis in [first, second] {
        for (found, wanted) in sizes(&network, axis).iter().zip(sizes(&network, &p)) {
            assert!((found - wanted).abs() < 1e-12);
        }
        let negative = axis.iter().filter(|d| **d < 0.0).count() as f64;
        let share = negative / axis.len() as f64;
        assert!((0.35..0.65).contains(&share), "{share}");
        let along = dot(axis, &p) / (norm(axis) * norm(&p));
        assert!(along.abs() < 0.4, "not the weights themselves: {along}");
    }
    assert!((norm(first) / norm(second) - 1.0).abs() < 1e-12);
    let other = directions::random(&network, &p, 5).unwrap();
    assert!(other.axes[0] != plane.axes[0]);
}

/// Every row of the grid is where it says, also from bounds that begin at 0: the loss is (α² + β²) / 2.
#[test]
fn no_row_of_a_grid_is_shifted() {
    let data = Data::values(vec![1.0, 0.0, 0.0, 1.0], 2, vec![0.0, 0.0], 1);
    let network = data.network(&[], "identity");
    let (loss, team) = (MeanSquared, Team::default());
    let mut training = data.training(&network, &loss, &team);
    let axes = [vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]];
    let plane = Plane::new(vec![0.0; 3], axes[0].clone(), axes[1].clone()).unwrap();
    let mut surface = Surface::whole(&mut training);
    let lattice = Lattice {
        bounds: [[0.0, 3.0], [0.0, 2.0]],
        points: [4, 3],
        tolerance: None,
    };
    let found = grid(&mut surface, &plane, &lattice).unwrap();
    assert_eq!(found.alphas, [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(found.betas, [0.0, 1.0, 2.0]);
    for (place, loss) in found.losses.iter().enumerate() {
        let (alpha, beta) = ((place % 4) as f64, (place / 4) as f64);
        assert!((loss - 0.5 * (alpha * alpha + beta * beta)).abs() < 1e-14);
    }
}

/// Coordinates are those of the nearest point of the plane, also where directions are neither orthogonal nor of length 1.
#[test]
fn projections_are_in_units_of_the_directions() {
    let (mut first, second) = (numbers(30, 2), numbers(30, 3));
    for x in &mut first {
        *x *= 7.0;
    }
    let plane = Plane::new(numbers(30, 1), first.clone(), second.clone()).unwrap();
    let mut off = numbers(30, 4);
    // What is orthogonal to both, by rounds of subtraction.
    for _ in 0..60 {
        for axis in [&first, &second] {
            let part = dot(&off, axis) / dot(axis, axis);
            off.iter_mut().zip(axis).for_each(|(o, a)| *o -= part * a);
        }
    }
    let mut point = plane.at([0.3, -1.2]);
    point.iter_mut().zip(&off).for_each(|(p, o)| *p += o);
    let seen = plane.project(&point);
    assert!((seen.at[0] - 0.3).abs() < 1e-12 && (seen.at[1] + 1.2).abs() < 1e-12);
    assert!((seen.distance - norm(&off)).abs() < 1e-12);
    let twice: Vec<f64> = first.iter().map(|x| -2.0 * x).collect();
    assert_eq!(
        Plane::new(vec![0.0; 30], first, twice),
        Err(Error::Parallel)
    );
}

#[test]
fn a_plane_through_three_points_has_them() {
    let points = [numbers(30, 1), numbers(30, 2), numbers(30, 3)];
    let plane = directions::through(&points[0], &points[1], &points[2]).unwrap();
    let [first, second] = &plane.axes;
    assert!(dot(first, second).abs() < 1e-12 && (norm(first) - norm(second)).abs() < 1e-12);
    assert!(apart(&plane.at([1.0, 0.0]), &points[1]) < 1e-12);
    assert!(plane.project(&points[2]).distance < 1e-12);
    let between: Vec<f64> = points[0]
        .iter()
        .zip(&points[1])
        .map(|(a, b)| 0.5 * (a + b))
        .collect();
    let found = directions::through(&points[0], &points[1], &between);
    assert_eq!(found, Err(Error::Parallel));
}

#[test]
fn a_plane_carries_its_own_curvature_within_that_of_the_whole() {
    let data = Data::clouds(60, 3, 1);
    let network = data.network(&[6], "tanh");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = numbers(network.layout().len(), 3);
    let mut surface = Surface::whole(&mut training);
    let mut operator = CurvatureAt::new(&mut surface, &p, Curvature::Hessian).unwrap();
    let lanczos = Lanczos {
        tolerance: 1e-9,
        ..Lanczos::default()
    };
    let ends = lanczos.ends(&mut operator).unwrap();
    let (lowest, highest) = (ends.lowest.value, ends.highest.value);

    let random = directions::random(&network, &p, 1).unwrap();
    let [low, high] = random.curvature(&mut surface).unwrap().eigenvalues;
    assert!(lowest < low && high < highest);

    // A skewed plane of the same two directions has the same curvature: the extreme ones.
    let extreme = directions::extreme(&p, &ends, 2.0).unwrap();
    let [first, second] = &extreme.axes;
    let pairs = first.iter().zip(second);
    let skewed = pairs.map(|(a, b)| 0.7 * a + 3.0 * b).collect();
    let skewed = Plane::new(p.clone(), first.clone(), skewed).unwrap();
    for plane in [&extreme, &skewed] {
        let curvature = plane.curvature(&mut surface).unwrap();
        let [low, high] = curvature.eigenvalues;
        assert!((low - lowest).abs() < 1e-8 && (high - highest).abs() < 1e-8);
        // The quadratic is the surface up to the third order.
        for at in [[1e-3, 0.0], [0.0, 1e-3], [-1e-3, 1e-3]] {
            let error = surface.value(&plane.at(at)) - curvature.predict(at);
            assert!(error.abs() < 1e-6, "{error:e}");
        }
    }
}

/// Filled in where it is straight, measured where it is not, and off by no more than was asked for.
#[test]
fn an_adaptive_grid_measures_less_and_errs_within_its_tolerance() {
    let data = Data::clouds(60, 3, 1);
    let network = data.network(&[8], "relu");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = network.initialize::<f64>(3);
    let plane = directions::random(&network, &p, 1).unwrap();
    let mut surface = Surface::whole(&mut training);
    let full = Lattice {
        bounds: [[-3.0, 3.0], [-2.0, 3.0]],
        points: [51, 44],
        tolerance: None,
    };
    let whole = grid(&mut surface, &plane, &full).unwrap();
    let adaptive = Lattice {
        tolerance: Some(0.01),
        ..full
    };
    let some = grid(&mut surface, &plane, &adaptive).unwrap();
    assert!(whole.is_measured.iter().all(|is| *is));
    let measured = some.is_measured.iter().filter(|is| **is).count();
    assert!(2 * measured < 51 * 44, "{measured}");
    let most = whole.losses.iter().copied().fold(f64::MIN, f64::max);
    let least = whole.losses.iter().copied().fold(f64::MAX, f64::min);
    let mut worst = 0.0_f64;
    for (place, (a, b)) in whole.losses.iter().zip(&some.losses).enumerate() {
        assert!(!some.is_measured[place] || (a - b).abs() < 1e-12);
        worst = worst.max((a - b).abs());
    }
    // The estimate is one of the bend inside a cell; a kink may be twice as bad.
    assert!(worst < 0.02 * (most - least), "{worst} {most} {least}");
}

/// A subsample's losses have errors that the whole confirms; all rows have none.
#[test]
fn subsamples_have_their_standard_errors() {
    let data = Data::clouds(2000, 3, 1);
    let network = data.network(&[6], "relu");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = network.initialize::<f64>(3);
    let direction = normals(p.len(), 2);
    let mut all = Surface::whole(&mut training);
    let whole = line(&mut all, &p, &direction, [-1.0, 1.0], 5).unwrap();
    assert!(whole.errors.iter().all(|error| *error == 0.0));
    let (mut off, mut count) = (0.0, 0.0);
    for seed in 0..40 {
        let mut surface = Surface::new(&mut training, Rows::sample(200, 2000, seed));
        let some = line(&mut surface, &p, &direction, [-1.0, 1.0], 5).unwrap();
        let pairs = whole.losses.iter().zip(&some.losses);
        for ((a, b), error) in pairs.zip(&some.errors) {
            off += ((a - b) / error).powi(2);
            count += 1.0;
        }
    }
    // The mean square of 40 independent lines, whose points move together: 1 ± √(2 / 40), thrice.
    let ratio: f64 = off / count;
    assert!((ratio - 1.0).abs() < 0.7, "{ratio}");
}

/// Networks that compute the same in other scales are one when balanced.
#[test]
fn balancing_undoes_the_scales_of_units() {
    let data = Data::clouds(50, 4, 1);
    let network = data.network(&[6, 5], "leaky_relu");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = numbers(network.layout().len(), 3);
    let mut scaled = p.clone();
    let segments = network.layout().segments();
    for unit in 0..6 {
        let factor = 2.0_f64.powi(unit as i32 - 3) * 1.3;
        for w in &mut scaled[segments[0].range.start + 4 * unit..][..4] {
            *w *= factor;
        }
        scaled[segments[1].range.start + unit] *= factor;
        for row in 0..5 {
            scaled[segments[2].range.start + 6 * row + unit] /= factor;
        }
    }
    let (mut a, mut b) = (p.clone(), scaled.clone());
    balance(&network, &mut a);
    balance(&network, &mut b);
    assert!(apart(&p, &scaled) > 1.0);
    assert!(apart(&a, &b) < 1e-10 * norm(&a), "{:e}", apart(&a, &b));
    assert!(norm(&a) <= norm(&p), "of all forms it is the shortest");
    let mut surface = Surface::whole(&mut training);
    assert!((surface.value(&a) - surface.value(&p)).abs() < 1e-12);
}

/// 60.8, 15.2, 6.8 and 3.8 %: what PCA makes of chance.
#[test]
fn random_walks_have_the_variances_of_the_null() {
    let (steps, n) = (300, 3000);
    let mut points = vec![vec![0.0; n]];
    for step in 0..steps {
        let last: &Vec<f64> = &points[step];
        let noise = numbers(n, step as u64 + 1);
        points.push(last.iter().zip(&noise).map(|(a, b)| a + b).collect());
    }
    let principal = trajectory::principal(&points, 4).unwrap();
    for (k, share) in principal.explained.iter().enumerate() {
        let null = trajectory::random_walk(k + 1);
        // Over 3000 dimensions a share varies by √(2 / 3000) of itself; a walk of 300 steps adds about 1 / 300.
        assert!((share - null).abs() < 0.03, "{k}: {share} {null}");
    }
    let top = trajectory::random_walk(1) + trajectory::random_walk(2);
    assert!((top - 0.76).abs() < 1e-3);
}

/// A path is drawn with each dot's true loss beside that of the plane, and its distance from it.
#[test]
fn a_trajectory_is_drawn_with_what_the_plane_hides() {
    let data = Data::clouds(60, 3, 1);
    let network = data.network(&[6], "tanh");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let mut p = network.initialize::<f64>(3);
    let mut path = vec![p.clone()];
    for _ in 0..12 {
        descend(&mut training, &mut p, 0.3, 5);
        path.push(p.clone());
    }
    let principal = trajectory::principal(&path, 3).unwrap();
    let plane = trajectory::plane(&path, &principal).unwrap();
    let [first, second] = &plane.axes;
    assert!((norm(first) - 1.0).abs() < 1e-12 && dot(first, second).abs() < 1e-9);
    let mut surface = Surface::whole(&mut training);
    let dots = plane.dots(&mut surface, &path);
    let last = dots[dots.len() - 1];
    assert!(last.distance < 1e-12 && (last.loss - last.plane_loss).abs() < 1e-12);
    assert!(dots[4].distance > 1e-3 && dots[4].loss != dots[4].plane_loss);
    for (dot, point) in dots.iter().zip(&path) {
        assert!((dot.loss - surface.value(point)).abs() < 1e-14);
        let on_plane = surface.value(&plane.at(dot.at));
        assert!((dot.plane_loss - on_plane).abs() < 1e-12);
    }
    let places: Vec<[f64; 2]> = dots.iter().map(|dot| dot.at).collect();
    let [[low, high], _] = trajectory::bounds(&places, 0.1);
    assert!(places.iter().all(|at| low < at[0] && at[0] < high));
    // Differences of coordinates in the plane are those around the mean.
    let (a, b) = (&principal.coordinates[0], &principal.coordinates[5]);
    let apart = (a[0] - b[0]).abs() - (places[0][0] - places[5][0]).abs();
    assert!(apart.abs() < 1e-9);

    let whole = between(&mut surface, &path[0], &p, [0.0, 1.0], 3).unwrap();
    assert!((whole.losses[2] - last.loss).abs() < 1e-12);
    assert!(trajectory::principal(&path[..2], 2).is_err());
}

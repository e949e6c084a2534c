//! The instruments of the spectrum against PyTorch, matrices whose eigenvalues are chosen, and closed forms.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::{Data, Plain, Turned, apart, dot, norm, normals, numbers};
use serde_json::Value as Json;
use thalweg_core::loss::{self, MeanSquared, Purpose, SoftmaxCrossEntropy};
use thalweg_core::objective::Curvature;
use thalweg_core::team::Team;
use thalweg_landscape::dense::{Dense, MOST};
use thalweg_landscape::density::Quadrature;
use thalweg_landscape::lanczos::Lanczos;
use thalweg_landscape::operator::{CurvatureAt, Operator};
use thalweg_landscape::trace::{hutchinson, trace};
use thalweg_landscape::witness::verify;
use thalweg_landscape::{Error, Surface};

fn floats(json: &Json) -> Vec<f64> {
    match json {
        Json::Array(items) => items.iter().flat_map(floats).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Eigenvalues and traces of nine networks, computed by PyTorch in f64, to 1e-8 of the largest; by the whole matrix and
/// by Lanczos' method.
#[test]
fn eigenvalues_agree_with_pytorch() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/reference/networks.json"
    );
    let json: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in json["cases"].as_array().unwrap() {
        let name = format!("{} {}", case["activation"], case["loss"]);
        let sizes: Vec<u64> = floats(&case["layer_sizes"])
            .iter()
            .map(|&n| n as u64)
            .collect();
        let loss = match case["loss"].as_str().unwrap() {
            "softmax_cross_entropy" => loss::ALL.parse("softmax_cross_entropy").unwrap(),
            "mean_squared_error" => loss::ALL.parse("mean_squared").unwrap(),
            _ => loss::ALL.parse("binary_cross_entropy").unwrap(),
        };
        let targets = floats(&case["targets"]);
        let is_values = matches!(loss.purpose(), Purpose::Numbers | Purpose::Counts);
        let data = Data {
            width: sizes[0] as usize,
            features: floats(&case["inputs"]),
            classes: targets.iter().map(|&y| y as u32).collect(),
            values: if is_values { targets } else { Vec::new() },
            outputs: sizes[sizes.len() - 1] as usize,
        };
        let network = data.network(
            &sizes[1..sizes.len() - 1],
            case["activation"].as_str().unwrap(),
        );
        let team = Team::default();
        let mut training = data.training(&network, &*loss, &team);
        let p = floats(&case["parameters"]);
        let mut surface = Surface::whole(&mut training);

        let found = trace(&mut surface, &p, p.len(), 0).unwrap();
        let wanted = case["hessian"]["trace"].as_f64().unwrap();
        assert!((found.value - wanted).abs() < 1e-8 * wanted.abs(), "{name}");
        assert_eq!(found.standard_error, 0.0);

        let mut operator = CurvatureAt::new(&mut surface, &p, Curvature::Hessian).unwrap();
        let dense = Dense::of(&mut operator).unwrap();
        assert!(dense.asymmetry < 1e-13, "{name}: {:e}", dense.asymmetry);
        let spectrum = dense.spectrum(f64::EPSILON).unwrap();
        let (largest, smallest) = (
            floats(&case["hessian"]["largest"]),
            floats(&case["hessian"]["smallest"]),
        );
        let size = largest[0].max(-smallest[0]);
        for (k, wanted) in largest.iter().enumerate() {
            let found = spectrum.eigenvalues[p.len() - 1 - k];
            assert!(
                (found - wanted).abs() < 1e-8 * wanted.abs(),
                "{name}: {found} {wanted}"
            );
        }
        for (found, wanted) in spectrum.eigenvalues.iter().zip(&smallest) {
            assert!(
                (found - wanted).abs() < 1e-8 * wanted.abs(),
                "{name}: {found} {wanted}"
            );
        }
        let lanczos = Lanczos {
            steps: 123,
            tolerance: 1e-9,
            seed: 3,
        };
        let ends = lanczos.ends(&mut operator).unwrap();
        assert!(
            (ends.highest.value - largest[0]).abs() < 1e-8 * size,
            "{name}"
        );
        assert!(
            (ends.lowest.value - smallest[0]).abs() < 1e-8 * size,
            "{name}"
        );
        assert!(ends.has_converged);
    }
}

/// Fifty eigenvalues between 0.1 and 1, and two ends.
fn between(low: f64, high: f64) -> Vec<f64> {
    let mut eigenvalues: Vec<f64> = (0..50).map(|k| 0.1 + 0.018 * f64::from(k)).collect();
    eigenvalues.extend([low, high]);
    eigenvalues
}

#[test]
fn both_ends_are_found_with_their_vectors_whatever_their_sign_and_size() {
    // With |H| near 1e-6 a guard against division by 0 must not change the answer, and the upper end of a negative matrix
    // is not its largest eigenvalue by size.
    let flat = between(-3e-7, 2e-6)
        .iter()
        .map(|e| 1e-6 * e)
        .collect::<Vec<_>>();
    let negative = between(0.05, 9.0).iter().map(|e| -e).collect();
    for eigenvalues in [between(-3.0, 7.0), between(0.01, 7.0), flat, negative] {
        let mut sorted = eigenvalues.clone();
        sorted.sort_by(f64::total_cmp);
        let mut matrix = Turned::new(eigenvalues);
        let lanczos = Lanczos {
            tolerance: 1e-10,
            ..Lanczos::default()
        };
        let ends = lanczos.ends(&mut matrix).unwrap();
        let size = ends.largest();
        assert!((ends.lowest.value - sorted[0]).abs() < 1e-12 * size);
        assert!((ends.highest.value - sorted[51]).abs() < 1e-12 * size);
        for end in [&ends.lowest, &ends.highest] {
            let mut product = vec![0.0; 52];
            matrix.apply(&end.vector, &mut product).unwrap();
            let along: Vec<f64> = end.vector.iter().map(|v| end.value * v).collect();
            assert!((norm(&end.vector) - 1.0).abs() < 1e-14);
            assert!(apart(&product, &along) < 2.0 * end.residual + 1e-13 * size);
        }
    }
}

#[test]
fn a_warm_start_takes_a_fraction_of_the_products() {
    let eigenvalues: Vec<f64> = (0..400).map(|k| (f64::from(k) / 40.0).sin()).collect();
    let mut ends = eigenvalues.clone();
    ends.extend([-1.5, 2.0]);
    let cold = Lanczos::default()
        .ends(&mut Turned::new(ends.clone()))
        .unwrap();
    ends[400] = -1.53;
    ends[401] = 2.04;
    let warm = Lanczos::default()
        .ends_near(
            &mut Turned::new(ends),
            [&cold.lowest.vector, &cold.highest.vector],
        )
        .unwrap();
    // What is off at the lower end shrinks by ρ = 1 + 2γ + 2√(γ + γ²) = 2.7 with each product, γ = 0.53 / 2 being the gap
    // over the width of the rest. To 1e-3 that takes 3 products from the 3 % of chance in a warm start, and 10 from
    // chance alone, where each end has a part of 1/20; two more tell the ends apart.
    let (few, many) = (warm.products, cold.products);
    assert!(few <= 6 && 2 * few <= many, "{few} {many}");
    assert!((warm.highest.value - 2.04).abs() < 1e-4 && (warm.lowest.value + 1.53).abs() < 1e-4);
    assert!(warm.unseen.is_none() && cold.unseen.is_some_and(|unseen| unseen > 0.0));
}

/// A matrix of one number leaves the walk nowhere to go.
#[test]
fn a_walk_that_closes_has_ended() {
    let ends = Lanczos::default()
        .ends(&mut Turned::new(vec![0.0; 30]))
        .unwrap();
    assert_eq!(
        (ends.lowest.value, ends.highest.value, ends.products),
        (0.0, 0.0, 1)
    );
    let ends = Lanczos::default()
        .ends(&mut Turned::new(vec![2.0; 30]))
        .unwrap();
    assert!((ends.lowest.value - 2.0).abs() < 1e-14 && ends.products <= 2);
}

#[test]
fn the_density_has_the_mass_and_the_mean_of_the_spectrum() {
    let eigenvalues: Vec<f64> = (0..600)
        .map(|k| (f64::from(k) * 0.37).sin() + f64::from(k % 5))
        .collect();
    let mean = eigenvalues.iter().sum::<f64>() / 600.0;
    let mut sorted = eigenvalues.clone();
    sorted.sort_by(f64::total_cmp);
    let density = Quadrature::default()
        .density(&mut Turned::new(eigenvalues))
        .unwrap();
    let mass: f64 = density.nodes.iter().map(|node| node.1).sum();
    assert!((mass - 1.0).abs() < 1e-12);
    let weighted: f64 = density
        .nodes
        .iter()
        .map(|(node, weight)| node * weight)
        .sum();
    assert!((weighted - density.mean).abs() < 1e-12);
    assert!(
        (density.mean - mean).abs() < 4.0 * density.mean_error,
        "{} {mean}",
        density.mean
    );
    for x in [0.5, 1.5, 2.5, 3.5] {
        let share = sorted.iter().filter(|e| **e <= x).count() as f64 / 600.0;
        // The weights of ten random vectors in 600 dimensions err by √(2 · ¼ / 6000) = 0.009 at most.
        assert!((density.cumulative(x) - share).abs() < 0.04, "{x}: {share}");
    }
}

/// The Hessian of linear regression on Gaussian rows has its spectrum between 2 (1 ± √(d/n))² (Marchenko & Pastur 1967).
#[test]
fn linear_regression_has_the_edges_of_marchenko_and_pastur() {
    let (rows, width) = (1200, 300);
    let data = Data::values(normals(rows * width, 4), width, numbers(rows, 5), 1);
    let network = data.network(&[], "identity");
    let (loss, team) = (MeanSquared, Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = vec![0.0; width + 1];
    let mut surface = Surface::whole(&mut training);
    let mut operator = CurvatureAt::new(&mut surface, &p, Curvature::Hessian).unwrap();
    let lanczos = Lanczos {
        tolerance: 1e-6,
        ..Lanczos::default()
    };
    let ends = lanczos.ends(&mut operator).unwrap();
    let root = (width as f64 / rows as f64).sqrt();
    let (low, high) = (2.0 * (1.0 - root).powi(2), 2.0 * (1.0 + root).powi(2));
    // The edges move by about d^(−2/3) = 2 % of the width from one draw to another.
    assert!(
        (ends.highest.value / high - 1.0).abs() < 0.04,
        "{} {high}",
        ends.highest.value
    );
    assert!(
        (ends.lowest.value / low - 1.0).abs() < 0.06,
        "{} {low}",
        ends.lowest.value
    );
    let density = Quadrature {
        runs: 4,
        ..Quadrature::default()
    }
    .density(&mut operator)
    .unwrap();
    let inside = density.cumulative(1.03 * high) - density.cumulative(0.95 * low);
    assert!(inside > 0.999, "{inside}");
}

/// The estimates have the mean tr A and the variance 2 (‖A‖² − Σ Aᵢᵢ²).
#[test]
fn hutchinsons_estimate_has_its_variance() {
    let n = 40;
    let eigenvalues: Vec<f64> = (0..n).map(|k| f64::from(k) - 10.0).collect();
    let mut matrix = Turned::new(eigenvalues.clone());
    let dense = Dense::of(&mut matrix).unwrap();
    let diagonal: f64 = dense
        .entries
        .iter()
        .step_by(n as usize + 1)
        .map(|d| d * d)
        .sum();
    let variance = 2.0 * (dot(&dense.entries, &dense.entries) - diagonal);
    let samples = 4000;
    let found = hutchinson(&mut matrix, samples, 1).unwrap();
    let exact: f64 = eigenvalues.iter().sum();
    let error = (variance / samples as f64).sqrt();
    assert!((found.value - exact).abs() < 4.0 * error);
    // The relative error of a standard deviation from 4000 draws is 1 / √8000 = 1.1 %.
    assert!(
        (found.standard_error / error - 1.0).abs() < 0.05,
        "{} {error}",
        found.standard_error
    );
    assert!(matches!(
        hutchinson(&mut matrix, 1, 1),
        Err(Error::TooFew { .. })
    ));
}

#[test]
fn smooth_networks_have_an_estimate_with_its_error() {
    let data = Data::clouds(60, 4, 1);
    let network = data.network(&[8], "tanh");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = network.initialize::<f64>(3);
    let mut surface = Surface::whole(&mut training);
    let exact = trace(&mut surface, &p, p.len(), 0).unwrap();
    let estimate = trace(&mut surface, &p, 40, 0).unwrap();
    assert!(exact.samples == 0 && estimate.samples == 40 && estimate.standard_error > 0.0);
    assert!((estimate.value - exact.value).abs() < 4.0 * estimate.standard_error);
}

#[test]
fn a_witness_is_seen_by_the_loss_too() {
    let data = Data::clouds(90, 3, 2);
    let network = data.network(&[6, 5], "tanh");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    let p = network.initialize::<f64>(3);
    let mut surface = Surface::whole(&mut training);
    let mut operator = CurvatureAt::new(&mut surface, &p, Curvature::Hessian).unwrap();
    let ends = Lanczos::default().ends(&mut operator).unwrap();
    assert!(ends.lowest.value < 0.0, "a fresh network has some");
    let witness = verify(&mut surface, &p, &ends.lowest, 1.0).unwrap();
    assert!(witness.is_confirmed);
    assert!((witness.curvature - ends.lowest.value).abs() < 1e-10);
    let (t, rise) = witness.profile[6];
    assert!(
        (2.0 * rise / (t * t) / witness.curvature - 1.0).abs() < 1e-2,
        "{t} {rise}"
    );
    let mut there = p.clone();
    for (p, v) in there.iter_mut().zip(&witness.direction) {
        *p += witness.step * v;
    }
    let drop = surface.value(&p) - surface.value(&there);
    assert!(witness.potential > 0.0 && (drop - witness.potential).abs() < 1e-12);

    // The upper end is no witness of anything.
    let witness = verify(&mut surface, &p, &ends.highest, 1.0).unwrap();
    assert!(!witness.is_confirmed);
}

#[test]
fn large_and_foreign_matrices_are_refused() {
    let found = Dense::of(&mut Turned::new(vec![1.0; MOST + 1]));
    assert_eq!(
        found,
        Err(Error::TooManyParameters {
            parameters: MOST + 1,
            most: MOST
        })
    );
    let mut plain = Plain {
        n: 2,
        function: |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(x);
            0.5 * dot(x, x)
        },
    };
    let mut surface = Surface::<f64>::whole(&mut plain);
    let at = [1.0, 2.0];
    let mut operator = CurvatureAt::new(&mut surface, &at, Curvature::GaussNewton).unwrap();
    assert_eq!(
        operator.apply(&[1.0, 0.0], &mut [0.0; 2]),
        Err(Error::NoGaussNewton)
    );
    assert!(matches!(
        CurvatureAt::new(&mut surface, &[1.0], Curvature::Hessian),
        Err(Error::Length { .. })
    ));
}

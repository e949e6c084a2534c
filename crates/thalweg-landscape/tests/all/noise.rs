//! Gradient noise of linear regression, which is known, and of networks row by row.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::{Data, apart, descend, dot, normals};
use thalweg_core::loss::{MeanSquared, SoftmaxCrossEntropy};
use thalweg_core::objective::{Objective, Penalties};
use thalweg_core::team::Team;
use thalweg_landscape::noise::{Measure, Scale, measure};
use thalweg_landscape::{Error, Interval, Surface};

/// Linear regression with x ~ N(0, I) and noise σ, at θ* + e with a bias that is right. For the loss (xᵀe − ε)² a row's
/// gradient is 2 (xᵀe − ε) [x, 1], so that
///
/// ```text
/// tr Σ / 4 = E (xᵀe)² (‖x‖² + 1) + σ² (d + 1) − ‖e‖² = (d + 2) ‖e‖² + (d + 1) σ²
/// ```
///
/// and G = 2 e, H = 2 I: both scales are (d + 2) + (d + 1) σ² / ‖e‖².
#[test]
fn linear_regression_has_its_noise_scale() {
    let (rows, d, sigma) = (2000, 6, 0.8);
    let e = [0.5, -0.3, 0.2, 0.0, 0.4, -0.1];
    let wanted = (d + 2) as f64 + (d + 1) as f64 * sigma * sigma / dot(&e, &e);
    let (mut simple, mut curved, mut inside) = (Vec::new(), Vec::new(), 0);
    let draws = 24;
    for seed in 0..draws {
        let features = normals(rows * d, 2 * seed + 1);
        // θ* = 0, so that the parameters are e.
        let values = normals(rows, 2 * seed + 2)
            .iter()
            .map(|noise| sigma * noise)
            .collect();
        let data = Data::values(features, d, values, 1);
        let network = data.network(&[], "identity");
        let (loss, team) = (MeanSquared, Team::default());
        let mut training = data.training(&network, &loss, &team);
        let mut p = e.to_vec();
        p.push(0.0);
        let mut surface = Surface::whole(&mut training);
        let found = measure(&mut surface, &p, &Measure::default()).unwrap();
        simple.push(found.simple.rows.unwrap());
        curved.push(found.curved.unwrap().rows.unwrap());
        inside += usize::from(found.simple.interval.contains(wanted));
        // The inverse of the curvature, which errs by √(2 / 2000) and more along e.
        assert!((found.longest.unwrap() - 0.5).abs() < 0.08);
        // A batch as large as the scale gains half of what all rows would.
        let lr = found.learning_rate(curved[curved.len() - 1]).unwrap();
        assert!((lr - 0.5 * found.longest.unwrap()).abs() < 1e-12);
    }
    for scales in [&simple, &curved] {
        let mean = scales.iter().sum::<f64>() / draws as f64;
        let squares: f64 = scales.iter().map(|scale| (scale - mean).powi(2)).sum();
        let error = (squares / (draws as f64 - 1.0) / draws as f64).sqrt();
        // Four standard errors, and the bias of a ratio, of order 1 / rows.
        assert!(
            (mean - wanted).abs() < 4.0 * error + 0.01 * wanted,
            "{mean} ± {error}, {wanted}"
        );
    }
    // 95 % of 24 are 22.8; fewer than 19 happen once in a thousand times.
    assert!(inside >= 19, "{inside} of {draws}");
}

/// The noise is that between rows: the variance of batch gradients is smaller by the batch, and taking it for tr Σ would
/// report a scale too small by as much.
#[test]
fn the_noise_is_that_of_rows_and_the_signal_is_without_it() {
    let data = Data::clouds(96, 4, 1);
    let network = data.network(&[7, 5], "relu");
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let mut training = data.training(&network, &loss, &team);
    training.penalties = Penalties { l1: 0.0, l2: 0.05 };
    let p = network.initialize::<f64>(2);
    let all: Vec<u32> = (0..96).collect();
    let mut g = vec![0.0; p.len()];
    training.gradient(&p, &all, &mut g);
    // Σ of squared distances from the mean, over n − 1: the covariance itself.
    let mut trace = 0.0;
    for &row in &all {
        let mut one = vec![0.0; p.len()];
        training.gradient(&p, &[row], &mut one);
        trace += apart(&one, &g).powi(2) / 95.0;
    }
    let mut surface = Surface::whole(&mut training);
    let found = measure(&mut surface, &p, &Measure::default()).unwrap();
    assert!((found.simple.noise - trace).abs() < 1e-12 * trace);
    assert!((found.simple.signal - (dot(&g, &g) - trace / 96.0)).abs() < 1e-12);
    assert_eq!(found.norms.len(), 96);
    // All rows at once have no noise; a single one is as far from the mean as the rows are, the mean over all 96 of them.
    assert_eq!(found.variance(96.0, 96.0), 0.0);
    assert!((found.variance(1.0, 96.0) - trace * 95.0 / 96.0).abs() < 1e-12 * trace);
    let few = Measure {
        groups: 2,
        ..Measure::default()
    };
    assert!(matches!(
        measure(&mut surface, &p, &few),
        Err(Error::TooFew { .. })
    ));
}

/// At a minimum there is nothing but noise: no upper end, and no number where the estimate is below 0.
#[test]
fn a_drowned_signal_has_no_upper_end() {
    let (rows, d) = (400, 5);
    let data = Data::values(normals(rows * d, 1), d, normals(rows, 2), 1);
    let network = data.network(&[], "identity");
    let (loss, team) = (MeanSquared, Team::default());
    let mut training = data.training(&network, &loss, &team);
    let mut p = vec![0.0; d + 1];
    descend(&mut training, &mut p, 0.2, 500);
    let mut surface = Surface::whole(&mut training);
    let found = measure(&mut surface, &p, &Measure::default()).unwrap();
    assert!(found.simple.signal < 0.0 && found.simple.rows.is_none());
    assert_eq!(found.simple.interval.high, f64::INFINITY);
    assert!(found.critical().steps(32.0).is_none());
}

/// Small batches waste steps, not examples; so it is the measured time of a step that decides.
#[test]
fn the_fastest_batch_is_where_steps_times_seconds_is_least() {
    let scale = Scale {
        noise: 512.0,
        signal: 1.0,
        rows: Some(512.0),
        interval: Interval {
            low: 100.0,
            high: f64::INFINITY,
        },
    };
    assert_eq!(
        (scale.steps(32.0), scale.examples(32.0)),
        (Some(17.0), Some(1.0625))
    );
    // A step takes 1 ms and 4 µs for each row: (1 + 512 / B)(1 + B / 250) is least at √(512 · 250) = 358.
    let batches = (0..12).map(|k| 1_usize << k);
    let measured: Vec<(usize, f64)> = batches.map(|b| (b, 1e-3 + 4e-6 * b as f64)).collect();
    let fastest = scale.fastest(&measured).unwrap();
    assert_eq!(fastest.batch, 256);
    // At the low end √(100 · 250) = 158; without an end the largest batch.
    assert_eq!(fastest.range, [128, 2048]);
    assert!(fastest.times.iter().all(|(_, ratio)| *ratio >= 1.0));
    assert!(scale.fastest(&[]).is_none());
}

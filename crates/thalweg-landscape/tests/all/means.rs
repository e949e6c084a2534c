//! What is said of a mean over a few seeds, against descents whose expectation is known.

#![allow(clippy::unwrap_used)]

use rand::RngExt as _;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::function::{ALL, Terrain};
use thalweg_core::layout::Layout;
use thalweg_core::optimizer;
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::team::Team;
use thalweg_landscape::Mean;

/// Repeats of five seeds each: the share of intervals that hold the truth has a standard error of 0.7 %.
const REPEATS: u64 = 1000;
const SEEDS: u64 = 5;
const STEPS: i32 = 20;
const LR: f64 = 0.05;
const BATCH: usize = 4;

/// Descent with batches whose gradients are those of the whole on average: E x after k steps is (1 − lr λ)ᵏ x₀.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let function = ALL
        .parse("noisy_quadratic:n=1,smallest=2,largest=2,rows=256,noise=0.5")
        .unwrap();
    let (start, curvature) = (function.start()[0], 2.0);
    let truth = (1.0 - LR * curvature).powi(STEPS) * start;
    let mut terrain = Terrain::new(&*function);
    let (layout, team) = (Layout::vector(1), Team::new(1));
    let mut end = |seed: u64| {
        let mut rng = stream(seed, Purpose::Shuffle, 0, 0);
        let rule = optimizer::ALL.parse(&format!("sgd:lr={LR}")).unwrap();
        let mut descent = Descent::<f64>::new(Plan::new(rule), &layout);
        let mut x = [start];
        for _ in 0..STEPS {
            let rows: Vec<u32> = (0..BATCH).map(|_| rng.random_range(0..256)).collect();
            descent.step(&team, &mut terrain, &rows, &mut x);
        }
        x[0]
    };
    let mut held = 0;
    for repeat in 0..REPEATS {
        let ends: Vec<f64> = (0..SEEDS).map(|k| end(SEEDS * repeat + k)).collect();
        held += u64::from(Mean::of(&ends).interval.unwrap().contains(truth));
    }
    let share = held as f64 / REPEATS as f64;
    assert!((share - 0.95).abs() <= 0.02, "{share}");
}

#[test]
fn a_single_number_has_no_interval() {
    let mean = Mean::of(&[2.5]);
    assert_eq!((mean.count, mean.mean, mean.interval), (1, 2.5, None));
    assert!(Mean::of(&[]).mean.is_nan());
    let same = Mean::of(&[0.5; 5]);
    assert_eq!(same.half(), Some(0.0));
}

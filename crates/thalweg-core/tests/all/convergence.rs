//! Where rules end: at the bottom of test functions, all of them; and on quadratics exactly where theory says.
//!
//! The best rate of the heavy ball is in the rule's own file.

// How far each comes is printed: `cargo test -p thalweg-core --test all convergence -- --nocapture` shows it.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use crate::common::copy;
use rand::RngExt;
use thalweg_core::function::{self, Function, Terrain};
use thalweg_core::objective::Objective;
use thalweg_core::optimizer::{self, Optimizer, Piece, State};
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::schedule::{Cosine, Schedule};
use thalweg_core::spec::Value;

fn function(short: &str) -> Box<dyn Function> {
    function::ALL.parse(short).unwrap()
}

fn set(rule: &mut dyn Optimizer, field: &str, value: f64) {
    rule.set(field, &Value::Float(value)).unwrap();
}

/// How far above the lowest value a rule ends, with the best of a grid of learning rates that fall to 0 along a cosine.
/// Each step sees `batch` rows, drawn anew and independently; none are the whole function.
fn best_end(rule: &dyn Optimizer, function: &dyn Function, steps: u32, batch: usize) -> f64 {
    let lowest = function.lowest().unwrap();
    let n = function.dimension();
    let end = |lr: f64| {
        let (mut rule, mut p) = (copy(rule), function.start());
        // A decay would pull to 0, where the bottom need not be.
        let _ = rule.set("weight_decay", &Value::Float(0.0));
        let (mut state, mut g) = (State::new(&*rule, n), vec![0.0; n]);
        let (mut terrain, mut rng) = (Terrain::new(function), stream(1, Purpose::Shuffle, 0, 0));
        let rows = function.rows() as u32;
        for t in 0..steps {
            let lr = Cosine::default().value(lr, f64::from(t), f64::from(steps));
            let _ = rule.set("lr", &Value::Float(lr));
            let drawn: Vec<u32> = (0..batch).map(|_| rng.random_range(0..rows)).collect();
            terrain.gradient(&p, &drawn, &mut g);
            state.step(&*rule, &mut p, &g);
        }
        // The average that some rules offer comes along more slowly than the point, or swings less.
        let at_point = function.value(&p);
        state.evaluate(&*rule, 0..n, Piece::vector(n, true), &mut p);
        at_point.min(function.value(&p)) - lowest
    };
    let grid = (-10..=4).map(|half| 10.0_f64.powf(f64::from(half) / 2.0));
    // Learning rates that are too large end at infinity or NaN, and `min` passes over NaN.
    grid.map(end).fold(f64::INFINITY, f64::min)
}

/// Every rule gets within its `bound` of the lowest value.
fn every_rule_reaches(name: &str, steps: u32, batch: usize, bound: impl Fn(&dyn Optimizer) -> f64) {
    let function = function(name);
    let ends = optimizer::ALL.members.iter().map(|entry| {
        let rule = (entry.build)();
        let end = best_end(&*rule, &*function, steps, batch);
        println!("{name:16} {:20} {end:10.2e}", entry.card.name);
        (entry.card.name, end, bound(&*rule))
    });
    let missed: Vec<_> = ends
        .filter(|(_, end, bound)| end.is_nan() || end > bound)
        .collect();
    assert!(missed.is_empty(), "{name}: {missed:?}");
}

/// From 13: seven digits and more, which a rule that never came to rest would not reach.
#[test]
fn every_rule_reaches_the_bottom_of_a_bowl() {
    every_rule_reaches("bowl", 2000, 0, |_| 1e-8);
}

/// From 24.2, of which the way down to the floor of the valley already takes the most: below 1e-3 lies only the end of
/// the valley, from (0.97, 0.94) on.
#[test]
fn every_rule_follows_rosenbrocks_valley() {
    every_rule_reaches("rosenbrock", 20_000, 0, |_| 1e-3);
}

/// From 14.2. The curvatures at the minimum are 0.3 and 49, so that at 1e-6 the distance to it is below 0.003.
#[test]
fn every_rule_finds_beales_minimum() {
    every_rule_reaches("beale", 20_000, 0, |_| 1e-6);
}

/// From 13 above the floor, with batches of 32 of the 256 rows. A constant learning rate of 1/L would stay about floor /
/// 32 = 0.1 above it; with a falling one, no method that sees 2000 · 32 rows gets closer on average than floor / 64 000 =
/// 5e-5. The bound is between: the noise has to be averaged out, if not in the best way. A rule without a learning rate
/// has nothing that falls.
#[test]
fn every_rule_settles_on_a_noisy_quadratic_as_its_learning_rate_falls() {
    every_rule_reaches("noisy_quadratic", 2000, 32, |rule| {
        if rule.get("lr").is_some() { 1e-3 } else { 0.1 }
    });
}

/// The points of a rule on a whole function, the start first.
fn path(rule: &dyn Optimizer, function: &dyn Function, steps: usize) -> Vec<Vec<f64>> {
    let n = function.dimension();
    let (mut p, mut g, mut state) = (function.start(), vec![0.0; n], State::new(rule, n));
    let mut path = vec![p.clone()];
    for _ in 0..steps {
        function.gradient(&p, &mut g);
        state.step(rule, &mut p, &g);
        path.push(p.clone());
    }
    path
}

fn sgd(lr: f64) -> Box<dyn Optimizer> {
    let mut rule = optimizer::ALL.parse("sgd").unwrap();
    set(&mut *rule, "lr", lr);
    rule
}

/// Every coordinate of the bowl is a mode: xₜ = (1 − lr λ)ᵗ x₀.
#[test]
fn sgd_multiplies_each_mode_by_its_factor() {
    let bowl = function("bowl:n=5");
    let eigenvalues = &bowl.critical()[0].eigenvalues;
    for lr in [0.001, 0.03, 0.07, 0.079] {
        for (t, x) in path(&*sgd(lr), &*bowl, 300).iter().enumerate() {
            for (x, eigenvalue) in x.iter().zip(eigenvalues) {
                let factor = 1.0 - lr * eigenvalue;
                // A step rounds lr g and the difference, each less than twice as large as x; the difference is
                // 1/factor times smaller. The power is rounded as well.
                let bound = 4.0 * f64::EPSILON * (t + 1) as f64 / factor.abs();
                let wanted = factor.powi(t as i32);
                assert!(
                    (x - wanted).abs() <= bound * wanted.abs(),
                    "{lr} {eigenvalue} {t}: {x:e} for {wanted:e}"
                );
            }
        }
    }
}

/// lr = 2/(l + L) shrinks the first and the last mode by (κ − 1)/(κ + 1) a step, and any other lr one of them by less.
#[test]
fn the_best_learning_rate_of_sgd_is_two_over_the_sum_of_the_extreme_curvatures() {
    let bowl = function("bowl:n=5,smallest=1,largest=25");
    let best: f64 = 2.0 / 26.0;
    let largest_after = |lr: f64| {
        let path = path(&*sgd(lr), &*bowl, 200);
        path[200].iter().fold(0.0_f64, |most, x| most.max(x.abs()))
    };
    let rate = largest_after(best).powf(1.0 / 200.0);
    // Roundings of 200 steps, of which the root leaves a 200th part.
    assert!((rate / (24.0 / 26.0) - 1.0).abs() < 1e-14, "{rate}");
    for other in [0.99, 1.01] {
        assert!(largest_after(other * best) > largest_after(best), "{other}");
    }
}

/// Above the limit of lr λ a rule diverges on its mode, and just below all modes vanish.
///
/// Each limit is where the characteristic polynomial of the recursion has the root −1. Heavy ball (Polyak 1964, theorem
/// 9): 2 (1 + β); of an average of gradients 1/(1 − β) times as much. Nesterov: (2 + 2β)/(1 + 2β). Adam whose ε is far
/// above every gradient is the average's heavy ball with lr/ε: 2 (1 + β₁)/(1 − β₁), as Cohen et al. 2022
/// (arXiv:2207.14484, equation 4) have it for any preconditioner that rests.
#[test]
fn rules_with_momentum_are_stable_exactly_up_to_their_limits() {
    const EPS: f64 = 1e9;
    let (beta, largest) = (0.9, 25.0);
    let heavy_ball = 2.0 * (1.0 + beta);
    let limits = [
        ("sgd", 2.0, 1.0),
        ("momentum:momentum=0", 2.0, 1.0),
        ("momentum:momentum=0.9", heavy_ball, 1.0),
        ("momentum:momentum=0.9,convention=keras", heavy_ball, 1.0),
        (
            "momentum:momentum=0.9,ema=true",
            heavy_ball / (1.0 - beta),
            1.0,
        ),
        (
            "nesterov:momentum=0.9",
            heavy_ball / (1.0 + 2.0 * beta),
            1.0,
        ),
        (
            "nesterov:momentum=0.9,convention=keras",
            heavy_ball / (1.0 + 2.0 * beta),
            1.0,
        ),
        ("adam:beta1=0.9,eps=1e9", heavy_ball / (1.0 - beta), EPS),
    ];
    let bowl = function("bowl:n=5,smallest=1,largest=25");
    for (short, limit, scale) in limits {
        let sizes = |part: f64| -> Vec<f64> {
            let mut rule = optimizer::ALL.parse(short).unwrap();
            set(&mut *rule, "lr", part * limit / largest * scale);
            // At a thousandth from the limit sgd, the slowest, changes by the factor 1 ∓ 0.002 a step: e^∓20 in all.
            let path = path(&*rule, &*bowl, 10_000).into_iter();
            path.map(|p| p.iter().fold(0.0, |most, x| x.abs().max(most)))
                .collect()
        };
        let (below, above) = (sizes(0.999), sizes(1.001));
        let end = below[below.len() - 1];
        // Adam comes back once its gradients are no longer far below its ε.
        let farthest = above.into_iter().fold(0.0, f64::max);
        println!("{short:40} {end:10.2e} {farthest:10.2e}");
        assert!(end < 1e-8, "{short} just below its limit: {end:e}");
        assert!(farthest > 1e4, "{short} just above its limit: {farthest:e}");
    }
}

/// With a constant learning rate and independent batches a mode comes to rest as a process of second order around 0,
///
/// ```text
/// xₜ₊₁ = (1 + β − h) xₜ − β xₜ₋₁ − lr ε,  h = lr λ,  E ε² = c / B
/// E x² = lr c / (B λ) · (1 + β) / ((1 − β) (2 (1 + β) − h))
/// ```
/// which for β = 0 is lr c / (B λ (2 − h)) (Zhang et al. 2019, arXiv:1907.04164). Here c = (λ noise)² exactly.
#[test]
fn noise_keeps_the_parameters_at_the_distance_that_theory_says() {
    const STEPS: usize = 400_000;
    const BATCH: usize = 8;
    let (lr, noise) = (0.05, 0.5);
    let quadratic = function("noisy_quadratic:n=4,noise=0.5");
    let eigenvalues = quadratic.critical()[0].eigenvalues.clone();
    for (short, beta) in [("sgd", 0.0), ("momentum:momentum=0.6", 0.6)] {
        let mut rule = optimizer::ALL.parse(short).unwrap();
        set(&mut *rule, "lr", lr);
        let found = mean_squares(&*rule, &*quadratic, STEPS, BATCH);
        for (found, &eigenvalue) in found.iter().zip(&eigenvalues) {
            let (h, c) = (lr * eigenvalue, (eigenvalue * noise).powi(2));
            let one = 1.0 + beta;
            let wanted =
                lr * c / (BATCH as f64 * eigenvalue) * one / ((1.0 - beta) * (2.0 * one - h));
            // The mean of the squares of a Gaussian process varies by 2 E² Σ ρₖ² / steps over all lags k; of four
            // modes and two rules, none should be beyond four standard deviations.
            let deviation = (2.0 / STEPS as f64 * sum_of_squares(one - h, beta)).sqrt();
            let off = (found / wanted - 1.0) / deviation;
            println!("{short:24} {eigenvalue:6.2} {found:.5e} {wanted:.5e} {off:6.2} deviations");
            assert!(
                off.abs() < 4.0,
                "{short} {eigenvalue}: {found} for {wanted}"
            );
        }
    }
}

/// The means of the squares of all coordinates, once the start is forgotten.
fn mean_squares(
    rule: &dyn Optimizer,
    function: &dyn Function,
    steps: usize,
    batch: usize,
) -> Vec<f64> {
    let n = function.dimension();
    let (mut state, mut p, mut g) = (State::new(rule, n), vec![0.0; n], vec![0.0; n]);
    let (mut terrain, mut rng) = (Terrain::new(function), stream(7, Purpose::Shuffle, 0, 0));
    let (rows, mut sums) = (function.rows() as u32, vec![0.0; n]);
    for t in 0..steps + 1000 {
        let drawn: Vec<u32> = (0..batch).map(|_| rng.random_range(0..rows)).collect();
        terrain.gradient(&p, &drawn, &mut g);
        state.step(rule, &mut p, &g);
        if t >= 1000 {
            for (sum, p) in sums.iter_mut().zip(&p) {
                *sum += p * p;
            }
        }
    }
    sums.iter().map(|sum| sum / steps as f64).collect()
}

/// Σ ρₖ² over all k, positive, negative and 0, of the process xₜ₊₁ = a xₜ − b xₜ₋₁ + noise.
fn sum_of_squares(a: f64, b: f64) -> f64 {
    let (mut before, mut rho, mut sum): (f64, f64, f64) = (1.0, a / (1.0 + b), 1.0);
    for _ in 0..10_000 {
        sum += 2.0 * rho * rho;
        (before, rho) = (rho, a * rho - b * before);
    }
    sum
}

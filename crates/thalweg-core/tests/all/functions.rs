//! Test functions: their derivatives, their critical points, and the objectives that they are.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use thalweg_core::function::{self, Critical, Function, Kind, Terrain};
use thalweg_core::objective::Objective;
use thalweg_core::spec::Value;

/// Every function with its defaults, and with each field changed in turn, as far as its settings agree.
fn variants() -> Vec<Box<dyn Function>> {
    let mut variants = Vec::new();
    for entry in function::ALL.members {
        variants.push((entry.build)());
        for field in (entry.build)().fields() {
            let candidates = match field.default {
                Value::Float(x) => vec![Value::Float(0.5 * x + 0.25), Value::Float(2.0 * x)],
                Value::Count(n) => [1, 2, n + 1, n + 3].map(Value::Count).to_vec(),
                _ => Vec::new(),
            };
            for value in candidates {
                let mut member = (entry.build)();
                if member.set(field.name, &value).is_ok() && member.conflict().is_none() {
                    variants.push(member);
                }
            }
        }
    }
    variants
}

/// What a failure is about.
fn describe(function: &dyn Function) -> String {
    format!("{} {:?}", function.card().name, function.dump())
}

fn gradient(function: &dyn Function, x: &[f64]) -> Vec<f64> {
    // A value that is not written stays NaN and fails.
    let mut g = vec![f64::NAN; x.len()];
    function.gradient(x, &mut g);
    g
}

fn hessian(function: &dyn Function, x: &[f64]) -> Vec<f64> {
    let mut h = vec![f64::NAN; x.len() * x.len()];
    function.hessian(x, &mut h);
    h
}

/// The largest absolute value; NaN where there is one.
fn largest(values: &[f64]) -> f64 {
    values
        .iter()
        .map(|x| x.abs())
        .fold(0.0, |a, b| if b.is_nan() || b > a { b } else { a })
}

/// The derivative of `f` along one coordinate by central differences of the fourth order.
fn difference(f: impl Fn(&[f64]) -> f64, x: &[f64], along: usize) -> f64 {
    const STEP: f64 = 1e-4;
    let at = |steps: f64| {
        let mut moved = x.to_vec();
        moved[along] += steps * STEP;
        f(&moved)
    };
    (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP)
}

fn assert_close(found: f64, wanted: f64, tolerance: f64, what: &str) {
    let error = (found - wanted).abs();
    assert!(error <= tolerance, "{what}: {found} is not {wanted}");
}

/// A point of the function's box, from numbers between 0 and 1.
fn point(function: &dyn Function, parts: &[f64]) -> Vec<f64> {
    let bounds = function.bounds().into_iter().zip(parts.iter().cycle());
    bounds
        .map(|([low, high], part)| low + part * (high - low))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// The difference quotients err by about 1e-16 / 1e-4 of what is subtracted in rounding, and by 1e-16 of the fifth
    /// derivative in truncation; 1e-9 leaves room for both on the steepest of the functions.
    #[test]
    fn derivatives_are_those_of_central_differences(parts in prop::collection::vec(0.0..1.0, 7)) {
        for function in variants() {
            let function = &*function;
            let x = point(function, &parts);
            let (n, name) = (x.len(), format!("{} at {x:?}", describe(function)));
            let (value, g, h) = (function.value(&x), gradient(function, &x), hessian(function, &x));
            prop_assert_eq!(function.bounds().len(), n);
            let (near, steep) = (1.0 + value.abs() + largest(&g), 1.0 + largest(&g) + largest(&h));
            for i in 0..n {
                let slope = difference(|x| function.value(x), &x, i);
                assert_close(g[i], slope, 1e-9 * near, &format!("∂{i} of {name}"));
                for j in 0..n {
                    let curvature = difference(|x| gradient(function, x)[j], &x, i);
                    assert_close(h[i * n + j], curvature, 1e-9 * steep, &format!("∂{i}∂{j} of {name}"));
                    prop_assert_eq!(h[i * n + j], h[j * n + i]);
                }
            }
        }
    }

    #[test]
    fn nothing_is_below_the_lowest_value(parts in prop::collection::vec(0.0..1.0, 7)) {
        for function in variants() {
            if let Some(lowest) = function.lowest() {
                prop_assert!(function.value(&point(&*function, &parts)) >= lowest, "{}", describe(&*function));
            }
        }
    }
}

/// The eigenvalues of a symmetric matrix by Jacobi's rotations, the smallest first.
fn eigenvalues(mut h: Vec<f64>, n: usize) -> Vec<f64> {
    for _sweep in 0..30 {
        for p in 0..n {
            for q in p + 1..n {
                if h[p * n + q] == 0.0 {
                    continue;
                }
                // The angle that makes h[p, q] zero (Golub & Van Loan 2013, algorithm 8.5.1).
                let ratio = (h[q * n + q] - h[p * n + p]) / (2.0 * h[p * n + q]);
                let tan = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
                let cos = 1.0 / tan.hypot(1.0);
                let sin = tan * cos;
                for k in 0..n {
                    let (a, b) = (h[k * n + p], h[k * n + q]);
                    (h[k * n + p], h[k * n + q]) = (cos * a - sin * b, sin * a + cos * b);
                }
                for k in 0..n {
                    let (a, b) = (h[p * n + k], h[q * n + k]);
                    (h[p * n + k], h[q * n + k]) = (cos * a - sin * b, sin * a + cos * b);
                }
            }
        }
    }
    let mut diagonal: Vec<f64> = h.into_iter().step_by(n + 1).collect();
    diagonal.sort_by(f64::total_cmp);
    diagonal
}

/// What the signs say, where less than `zero` is taken for 0.
fn kind(eigenvalues: &[f64], zero: f64) -> Kind {
    let below = eigenvalues.iter().filter(|e| **e < -zero).count();
    let above = eigenvalues.iter().filter(|e| **e > zero).count();
    match (below, above) {
        (0, above) if above == eigenvalues.len() => Kind::Minimum,
        (below, 0) if below == eigenvalues.len() => Kind::Maximum,
        (0, _) | (_, 0) => Kind::Degenerate,
        _ => Kind::Saddle,
    }
}

/// A coordinate that is rounded to 1e-16 of itself makes a gradient of 1e-16 times the curvature, and each of the terms
/// that cancel adds its own rounding; 1e-13 leaves room for a few of them.
#[test]
fn critical_points_are_what_they_are_said_to_be() {
    for function in variants() {
        let function = &*function;
        let critical = function.critical();
        assert!(!critical.is_empty(), "{}", describe(function));
        for Critical {
            at,
            value,
            kind: stated,
            eigenvalues: known,
        } in critical
        {
            let (n, name) = (at.len(), format!("{} at {at:?}", describe(function)));
            assert_eq!(n, function.dimension(), "{name}");
            for (x, [low, high]) in at.iter().zip(function.bounds()) {
                assert!((low..=high).contains(x), "{name} is outside the bounds");
            }
            let scale = 1.0 + largest(&known);
            let steepest = largest(&gradient(function, &at));
            assert!(steepest < 1e-13 * scale, "{name}: {steepest:e}");
            assert_close(
                function.value(&at),
                value,
                1e-13 * (1.0 + value.abs()),
                &name,
            );
            let found = eigenvalues(hessian(function, &at), n);
            assert_eq!(found.len(), known.len(), "{name}");
            for (found, known) in found.iter().zip(&known) {
                assert_close(*found, *known, 1e-12 * scale, &name);
            }
            assert_eq!(kind(&found, 1e-12 * scale), stated, "{name}: {found:?}");
        }
    }
}

#[test]
fn no_critical_point_is_given_twice() {
    for function in variants() {
        let critical = function.critical();
        for (index, point) in critical.iter().enumerate() {
            let others = &critical[index + 1..];
            let twin = others.iter().find(|other| other.at == point.at);
            assert_eq!(twin, None, "{}", describe(&*function));
        }
    }
}

/// Critical points from an independent Newton search, with the digits printed there: function, where, value and
/// eigenvalues, or ? where they were not printed. Those of `deep_linear` follow by hand from its formula.
const PRINTED: &str = "
himmelblau 3 2 0 25.7157 82.2843
himmelblau 3.584428 -1.848127 0 28.6907 105.4189
himmelblau -3.779310 -3.283186 0 70.7144 133.7856
himmelblau -2.805118 3.131313 0 64.8404 80.5501
himmelblau 3.385154 0.073852 13.311926 -14.1352 97.5479
himmelblau 0.086678 2.884255 67.719150 ? ?
himmelblau -3.073026 -0.081353 104.015163 ? ?
himmelblau -0.127961 -1.953715 178.337239 ? ?
himmelblau -0.270845 -0.923039 181.616522 ? ?
beale 3 0.5 0 0.3015 48.9798
beale 0 1 14.203125 -27.75 27.75
beale 0.100538 -2.644514 9.864512 -0.7810 867.7522
rosenbrock 1 1 0 0.3994 1001.6006
monkey_saddle 0 0 0 0 0
rastrigin 0 0 0 396.78 396.78
mueller_brown -0.558224 1.441726 -146.699517 ? ?
mueller_brown 0.623499 0.028038 -108.166724 ? ?
mueller_brown -0.050011 0.466694 -80.767818 ? ?
deep_linear 0 0 0.5 -1 1
deep_linear 1 1 0 0 2";

/// Values from the same search: function, kind, value and how many points have it.
const VALUES: &str = "
six_hump_camel Minimum -1.031628 2
six_hump_camel Minimum -0.215464 2
six_hump_camel Minimum 2.104250 2
six_hump_camel Saddle 0.000000 1
six_hump_camel Saddle 0.543719 2
six_hump_camel Saddle 2.229357 2
six_hump_camel Saddle 2.229471 2
six_hump_camel Maximum 2.496295 2
mueller_brown Minimum -146.699517 1
mueller_brown Minimum -108.166724 1
mueller_brown Minimum -80.767818 1
mueller_brown Saddle -40.664844 1
mueller_brown Saddle -72.248940 1
styblinski_tang Minimum -78.332331 1
styblinski_tang Minimum -64.195612 2
styblinski_tang Minimum -50.058893 1
styblinski_tang Saddle -38.970553 2
styblinski_tang Saddle -24.833834 2
styblinski_tang Maximum 0.391225 1";

/// Whether the number has the printed digits.
fn prints_as(x: f64, printed: &str) -> bool {
    let decimals = printed.split_once('.').map_or(0, |(_, after)| after.len());
    // A zero may have lost its sign.
    let unsigned_zero = |text: String| {
        if text.parse() == Ok(0.0) {
            text.replace('-', "")
        } else {
            text
        }
    };
    printed == "?" || unsigned_zero(format!("{x:.decimals$}")) == printed
}

#[test]
fn figures_agree_with_those_of_an_independent_search() {
    for line in PRINTED.trim().lines() {
        let (name, printed) = line.split_once(' ').unwrap();
        let printed: Vec<_> = printed.split(' ').collect();
        let agree = |found: &[f64], printed: &[&str]| {
            assert_eq!(found.len(), printed.len(), "{line}");
            found
                .iter()
                .zip(printed)
                .all(|(x, printed)| prints_as(*x, printed))
        };
        let critical = function::ALL.parse(name).unwrap().critical();
        let point = critical
            .iter()
            .find(|point| agree(&point.at, &printed[..2]));
        let point = point.unwrap_or_else(|| panic!("nothing is at {line}"));
        assert!(agree(&[point.value], &printed[2..3]), "{line} {point:?}");
        assert!(agree(&point.eigenvalues, &printed[3..]), "{line} {point:?}");
    }
    for line in VALUES.trim().lines() {
        let [name, kind, value, count] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let critical = function::ALL.parse(name).unwrap().critical();
        let is_it = |c: &&Critical| format!("{:?}", c.kind) == kind && prints_as(c.value, value);
        assert_eq!(
            critical.iter().filter(is_it).count().to_string(),
            count,
            "{line}"
        );
    }
}

#[test]
fn nothing_was_found_that_is_not_printed() {
    for (name, count) in [
        ("himmelblau", 9),
        ("beale", 3),
        ("rosenbrock", 1),
        ("six_hump_camel", 15),
        ("mueller_brown", 5),
        ("styblinski_tang", 9),
    ] {
        let critical = function::ALL.parse(name).unwrap().critical();
        assert_eq!(critical.len(), count, "{name}");
    }
}

#[test]
fn starts_are_within_the_bounds_and_lead_down() {
    for function in variants() {
        let function = &*function;
        let (start, name) = (function.start(), describe(function));
        assert_eq!(start.len(), function.dimension(), "{name}");
        for (x, [low, high]) in start.iter().zip(function.bounds()) {
            assert!((low..=high).contains(x), "{name} starts outside the bounds");
        }
        let g = gradient(function, &start);
        assert!(
            g.iter().all(|g| g.is_finite()) && largest(&g) > 0.0,
            "{name}: {g:?}"
        );
        assert!(
            function
                .lowest()
                .is_none_or(|lowest| lowest < function.value(&start)),
            "{name}"
        );
    }
}

#[test]
fn an_objective_is_its_function_in_both_precisions() {
    for function in variants() {
        let function = &*function;
        let (name, n) = (describe(function), function.dimension());
        // Numbers that f32 holds exactly.
        let single: Vec<f32> = function.start().iter().map(|x| *x as f32).collect();
        let double: Vec<f64> = single.iter().map(|x| f64::from(*x)).collect();
        let (mut g32, mut g64) = (vec![f32::NAN; n], vec![f64::NAN; n]);
        let mut terrain = Terrain::new(function);
        assert_eq!(Objective::<f32>::len(&terrain), n);
        assert_eq!(Objective::<f64>::rows(&terrain), function.rows(), "{name}");
        let rows: Vec<u32> = (0..function.rows() as u32).collect();
        let from_single = terrain.gradient(&single, &rows, &mut g32);
        let from_double = terrain.gradient(&double, &rows, &mut g64);
        assert_eq!(from_single, from_double, "{name}");
        for (single, double) in g32.iter().zip(&g64) {
            assert_eq!(*single, *double as f32, "{name}");
        }
        // Over all rows, and over none, it is the function itself; sums of rows err by their roundings.
        let value = function.value(&double);
        assert_close(from_double, value, 1e-12 * (1.0 + value.abs()), &name);
        let g = gradient(function, &double);
        for (found, wanted) in g64.iter().zip(&g) {
            assert_close(*found, *wanted, 1e-12 * (1.0 + wanted.abs()), &name);
        }
        assert_eq!(terrain.gradient(&double, &[], &mut g64), value, "{name}");
        assert_eq!(g64, g, "{name}");
    }
}

/// A noisy quadratic of 12 rows, and the bowl that its mean is, up to a constant.
fn noisy_and_bowl() -> (Box<dyn Function>, Box<dyn Function>) {
    let shape = "n=3,smallest=0.5,largest=8";
    let noisy = format!("noisy_quadratic:{shape},rows=12,noise=0.7,seed=5");
    let bowl = format!("bowl:{shape}");
    (
        function::ALL.parse(&noisy).unwrap(),
        function::ALL.parse(&bowl).unwrap(),
    )
}

const NOISE: f64 = 0.7;
/// The eigenvalues of that bowl: a factor of 4 from each to the next.
const EIGENVALUES: [f64; 3] = [0.5, 2.0, 8.0];
const X: [f64; 3] = [0.3, -1.1, 0.6];

/// A function's value over these rows and its gradient.
fn over(terrain: &mut Terrain<'_>, rows: &[u32]) -> (f64, [f64; 3]) {
    let mut g = [f64::NAN; 3];
    (terrain.gradient(&X, rows, &mut g), g)
}

#[test]
fn the_mean_over_all_rows_is_a_bowl_and_a_constant() {
    let (noisy, bowl) = noisy_and_bowl();
    let mut terrain = Terrain::new(&*noisy);
    let all: Vec<u32> = (0..12).collect();
    let (value, g) = over(&mut terrain, &all);
    let constant = 0.5 * NOISE * NOISE * EIGENVALUES.iter().sum::<f64>();
    assert_close(value, bowl.value(&X) + constant, 1e-14, "value");
    for (found, wanted) in g.iter().zip(gradient(&*bowl, &X)) {
        assert_close(*found, wanted, 1e-14, "gradient");
    }
    assert_close(noisy.lowest().unwrap(), constant, 1e-15, "lowest");
}

/// A row's gradient tells how far its bottom is away, and the bowl how high that is above it.
#[test]
fn every_row_is_a_bowl_with_the_value_zero_at_its_bottom() {
    let (noisy, bowl) = noisy_and_bowl();
    let mut terrain = Terrain::new(&*noisy);
    for row in 0..12 {
        let (value, g) = over(&mut terrain, &[row]);
        let away = [0, 1, 2].map(|j| g[j] / EIGENVALUES[j]);
        assert_close(value, bowl.value(&away), 1e-13, &format!("row {row}"));
    }
}

/// Batches of other sizes than 1 and all, where a sum in place of the mean would show.
#[test]
fn a_batch_is_the_mean_of_its_rows() {
    let (noisy, _) = noisy_and_bowl();
    let mut terrain = Terrain::new(&*noisy);
    for batch in [&[2, 9][..], &[0, 1, 2, 3, 4], &[7, 7, 11]] {
        let (mut value, mut g) = over(&mut terrain, batch);
        let share = 1.0 / batch.len() as f64;
        for row in batch {
            let (one, slope) = over(&mut terrain, &[*row]);
            value -= share * one;
            for (g, slope) in g.iter_mut().zip(slope) {
                *g -= share * slope;
            }
        }
        assert_close(value, 0.0, 1e-13, "value");
        assert_close(largest(&g), 0.0, 1e-13, "gradient");
    }
}

#[test]
fn gradients_of_batches_scatter_around_that_of_all_rows_as_stated() {
    let (noisy, bowl) = noisy_and_bowl();
    let mut terrain = Terrain::new(&*noisy);
    let full = gradient(&*bowl, &X);
    for size in [1, 2, 3, 4, 6] {
        let rows: Vec<u32> = (0..12).map(|row| (5 * row + 3) % 12).collect();
        let batches: Vec<_> = rows
            .chunks(size)
            .map(|rows| over(&mut terrain, rows).1)
            .collect();
        let count = batches.len() as f64;
        for (j, full) in full.iter().enumerate() {
            let mean = batches.iter().map(|g| g[j]).sum::<f64>() / count;
            assert_close(mean, *full, 1e-14, &format!("batches of {size}"));
        }
    }
    let distance = |g: &[f64; 3]| {
        g.iter()
            .zip(&full)
            .map(|(g, full)| (g - full).powi(2))
            .sum::<f64>()
    };
    let trace = (0..12)
        .map(|row| distance(&over(&mut terrain, &[row]).1))
        .sum::<f64>()
        / 12.0;
    let stated = NOISE * NOISE * EIGENVALUES.iter().map(|e| e * e).sum::<f64>();
    assert_close(trace, stated, 1e-12, "trace");
}

#[test]
fn rows_follow_from_their_seed() {
    let tilts = |short: &str| function::ALL.parse(short).unwrap().tilts();
    assert_eq!(
        tilts("noisy_quadratic:seed=7"),
        tilts("noisy_quadratic:seed=7")
    );
    assert_ne!(
        tilts("noisy_quadratic:seed=7"),
        tilts("noisy_quadratic:seed=8")
    );
}

/// Gradient flow of two layers from w₁ = w₂ = √a₀ (Saxe et al. 2014): small steps follow it up to their own length.
#[test]
fn two_linear_layers_learn_along_the_known_curve() {
    const LR: f64 = 1e-4;
    let function = function::ALL.parse("deep_linear:depth=2,y=1.5").unwrap();
    let (y, a0) = (1.5_f64, 0.01);
    let mut w = function.start();
    assert_eq!(w, [0.1, 0.1]);
    for step in 0..50_000 {
        let known = y / (1.0 + (y / a0 - 1.0) * (-2.0 * y * LR * f64::from(step)).exp());
        assert_close(w[0] * w[1], known, 10.0 * LR * y, &format!("step {step}"));
        let g = gradient(&*function, &w);
        for (w, g) in w.iter_mut().zip(g) {
            *w -= LR * g;
        }
    }
}

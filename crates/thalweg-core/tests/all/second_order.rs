//! Second-order passes against finite differences of gradients, PyTorch, closed forms and the symmetries of networks.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::sample::{Sample, numbers, of};
use crate::pytorch::{self, floats};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use thalweg_core::layer::Noise;
use thalweg_core::loss::{self, Loss, Purpose};
use thalweg_core::network::{Architecture, Engine, Frame, Network, Place, SecondOrder};
use thalweg_core::objective::{Curvature, Objective, Penalties, Training};
use thalweg_core::team::Team;
use thalweg_core::{Real, activation};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// The unit vectors of n dimensions, one after another.
fn identity(n: usize) -> Vec<f64> {
    let mut ones = vec![0.0; n * n];
    ones.iter_mut().step_by(n + 1).for_each(|one| *one = 1.0);
    ones
}

/// ‖a − b‖.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// Rows for a loss.
fn sample<T: Real>(rows: usize, width: usize, purpose: Purpose, seed: u64) -> Sample<T> {
    let outputs = match purpose {
        Purpose::Classes => 3,
        Purpose::TwoClasses => 1,
        Purpose::Numbers | Purpose::Counts => 2,
    };
    let mut sample = Sample::<T>::new(rows, width, outputs, seed);
    if purpose == Purpose::Counts {
        for y in &mut sample.values {
            *y = y.abs();
        }
    }
    sample
}

fn architecture(hidden: &[u64], activation: &str) -> Architecture {
    Architecture {
        hidden: hidden.to_vec(),
        activation: activation.into(),
        dropout: 0.0,
        ..Architecture::default()
    }
}

fn product(training: &mut Training<'_, f64>, p: &[f64], rows: &[u32], v: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; v.len()];
    training.hessian_product(p, rows, v, &mut out);
    out
}

/// The error of a product against the central difference of gradients, relative to their size.
fn product_error(
    architecture: &Architecture,
    loss: &dyn Loss,
    penalties: Penalties,
    noise: Option<Noise>,
    seed: u64,
) -> f64 {
    let rows = 9;
    let sample = sample::<f64>(rows, 4, loss.purpose(), seed);
    let network = Network::new(4, sample.outputs, architecture).unwrap();
    let team = Team::default();
    let engine = Engine::new(&network, loss, &team);
    let mut training = Training::new(engine, sample.examples(loss.purpose()));
    training.penalties = penalties;
    training.noise = noise;
    let order: Vec<u32> = (0..rows as u32).rev().collect();
    let p = numbers(training.len(), seed + 3);
    let v = numbers(training.len(), seed + 4);
    let found = product(&mut training, &p, &order, &v);

    let h = 1e-6;
    let mut at = |h: f64| {
        let moved: Vec<f64> = p.iter().zip(&v).map(|(p, v)| p + h * v).collect();
        let mut g = vec![0.0; p.len()];
        training.gradient(&moved, &order, &mut g);
        g
    };
    let (up, down) = (at(h), at(-h));
    let numeric: Vec<f64> = up
        .iter()
        .zip(&down)
        .map(|(a, b)| (a - b) / (2.0 * h))
        .collect();
    apart(&found, &numeric) / (norm(&numeric) + norm(&up))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// Every activation × loss × regularizer at random points.
    ///
    /// The difference quotient errs by about 1e-16 / 1e-6 of the gradient in rounding and by h² in truncation; 1e-8 of
    /// the size leaves a decimal place for both. A point within 1e-6 of a kink is too rare to matter.
    #[test]
    fn products_are_differences_of_gradients(seed in 1_u64..1_000_000) {
        let plain = architecture(&[5, 4], "relu");
        let noise = Some(Noise { seed, step: 3 });
        let regularizers = [
            (plain.clone(), Penalties { l1: 0.01, l2: 0.02 }, None),
            (Architecture { dropout: 0.3, input_dropout: 0.2, ..plain.clone() }, Penalties::default(), noise),
            (Architecture { dropconnect: 0.3, ..plain.clone() }, Penalties { l1: 0.0, l2: 0.1 }, noise),
            (architecture(&[], "relu"), Penalties::default(), None),
        ];
        let activations = activation::ALL.names().into_iter().chain(["leaky_relu:slope=0.3", "elu:alpha=0.5"]);
        let settings = ["softmax_cross_entropy:label_smoothing=0.2", "huber:delta=0.4"];
        for activation in activations {
            for loss_name in loss::ALL.names().into_iter().chain(settings) {
                for (architecture, penalties, noise) in &regularizers {
                    let architecture = Architecture { activation: activation.into(), ..architecture.clone() };
                    let loss = loss::ALL.parse(loss_name).unwrap();
                    let error = product_error(&architecture, &*loss, *penalties, *noise, seed);
                    prop_assert!(error < 1e-8, "{activation} {loss_name} {architecture:?}: {error:e}");
                }
            }
        }
    }

    /// With softmax the same number may be added to all outputs, so that these directions have no slope and no curvature;
    /// and a ReLU's scale may move from what comes in to what goes out, so that along that generator A of the symmetry
    /// ∇L(e^(tA) θ) = e^(−tA) ∇L(θ), which makes H A θ = −A ∇L. Exact at any point of any network.
    #[test]
    fn symmetries_show_in_the_products(seed in 1_u64..1_000_000) {
        let loss = loss::SoftmaxCrossEntropy::default();
        let sample = sample::<f64>(40, 3, Purpose::Classes, seed);
        let network = Network::new(3, 3, &architecture(&[6, 5], "relu")).unwrap();
        let team = Team::default();
        let mut training = Training::new(Engine::new(&network, &loss, &team), sample.examples(Purpose::Classes));
        let rows: Vec<u32> = (0..40).collect();
        let p = numbers(training.len(), seed + 3);
        let mut g = vec![0.0; p.len()];
        training.gradient(&p, &rows, &mut g);

        let segments = network.layout().segments();
        let mut shift = vec![0.0; p.len()];
        let u = numbers(5, seed + 4);
        for row in 0..3 {
            shift[segments[4].range.start + row * 5..][..5].copy_from_slice(&u);
        }
        shift[segments[5].range.clone()].fill(0.7);
        // 1e-13 is a few hundred roundings of numbers near 1.
        prop_assert!(dot(&shift, &g).abs() < 1e-13);
        prop_assert!(norm(&product(&mut training, &p, &rows, &shift)) < 1e-13 * norm(&shift).max(1.0) * 10.0);

        let unit = seed as usize % 6;
        let mut generator = vec![0.0; p.len()];
        generator[segments[0].range.start + unit * 3..][..3].fill(1.0);
        generator[segments[1].range.start + unit] = 1.0;
        for row in 0..5 {
            generator[segments[2].range.start + row * 6 + unit] = -1.0;
        }
        let times = |x: &[f64]| -> Vec<f64> { generator.iter().zip(x).map(|(a, x)| a * x).collect() };
        let (moved, turned) = (times(&p), times(&g));
        let found = product(&mut training, &p, &rows, &moved);
        let wanted: Vec<f64> = turned.iter().map(|x| -x).collect();
        prop_assert!(apart(&found, &wanted) < 1e-12, "{:e}", apart(&found, &wanted));
    }
}

/// Products and traces of nine networks, computed by PyTorch in f64, to 1e-8.
#[test]
fn products_agree_with_pytorch() {
    for case in pytorch::cases() {
        let (name, json) = (&case.name, &case.json);
        let team = Team::default();
        let engine = Engine::new(&case.network, &*case.loss, &team);
        let mut training = Training::new(engine, case.examples());
        let (p, rows) = (floats(&json["parameters"]), (0..24).collect::<Vec<u32>>());

        let found = product(
            &mut training,
            &p,
            &rows,
            &floats(&json["hessian"]["vector"]),
        );
        let wanted = floats(&json["hessian"]["product"]);
        assert!(apart(&found, &wanted) < 1e-8 * norm(&wanted), "{name}");

        let n = p.len();
        let identity = identity(n);
        let mut hessian = vec![0.0; n * n];
        training.curvature_products(Curvature::Hessian, &p, &rows, &identity, &mut hessian);
        let trace: f64 = hessian.iter().step_by(n + 1).sum();
        let wanted = json["hessian"]["trace"].as_f64().unwrap();
        assert!(
            (trace - wanted).abs() < 1e-8 * wanted.abs(),
            "{name}: {trace} {wanted}"
        );
        let exact = training.exact_trace(&p, &rows);
        assert_eq!(exact.is_some(), json["activation"] == "relu", "{name}");
        assert!(
            exact.is_none_or(|exact| (exact - wanted).abs() < 1e-10 * wanted.abs()),
            "{name}"
        );
    }
}

/// Without hidden layers the Hessians are known: (1/n) Σ w Hᵢ ⊗ [x, 1][x, 1]ᵀ, with Hᵢ = 2/K, p (1 − p) or diag p − p pᵀ;
/// and they are the Gauss-Newton matrices.
#[test]
fn linear_models_have_their_closed_forms() {
    for name in [
        "mean_squared",
        "binary_cross_entropy",
        "softmax_cross_entropy",
    ] {
        let loss = loss::ALL.parse(name).unwrap();
        let (rows, width) = (50, 4);
        let sample = sample::<f64>(rows, width, loss.purpose(), 5);
        let (outputs, weights) = (sample.outputs, sample.weights.as_ref().unwrap());
        let network = Network::new(width, outputs, &architecture(&[], "identity")).unwrap();
        let team = Team::default();
        let mut training = Training::new(
            Engine::new(&network, &*loss, &team),
            sample.examples(loss.purpose()),
        );
        let p = numbers(training.len(), 6);
        let v = numbers(training.len(), 7);
        let order: Vec<u32> = (0..rows as u32).collect();
        let mut wanted = vec![0.0; p.len()];
        for (row, &weight) in weights.iter().enumerate().take(rows) {
            let x = &sample.features[row * width..][..width];
            let sums = |p: &[f64]| -> Vec<f64> {
                let bias = &p[outputs * width..];
                (0..outputs)
                    .map(|k| dot(&p[k * width..][..width], x) + bias[k])
                    .collect()
            };
            let (z, r) = (sums(&p), sums(&v));
            let curved: Vec<f64> = match name {
                "mean_squared" => r.iter().map(|r| 2.0 / outputs as f64 * r).collect(),
                "binary_cross_entropy" => {
                    let s = 1.0 / (1.0 + (-z[0]).exp());
                    vec![s * (1.0 - s) * r[0]]
                }
                _ => {
                    let total: f64 = z.iter().map(|z| z.exp()).sum();
                    let q: Vec<f64> = z.iter().map(|z| z.exp() / total).collect();
                    let mean = dot(&q, &r);
                    q.iter().zip(&r).map(|(q, r)| q * (r - mean)).collect()
                }
            };
            let share = weight / rows as f64;
            for (k, curved) in curved.iter().enumerate() {
                for (j, x) in x.iter().enumerate() {
                    wanted[k * width + j] += share * curved * x;
                }
                wanted[outputs * width + k] += share * curved;
            }
        }
        for curvature in [Curvature::Hessian, Curvature::GaussNewton] {
            let mut found = vec![0.0; p.len()];
            assert!(training.curvature_products(curvature, &p, &order, &v, &mut found));
            assert!(
                apart(&found, &wanted) < 1e-13 * norm(&wanted),
                "{name} {curvature:?}"
            );
        }
    }
}

/// Where every target is met, the slope of the loss is 0, and nothing is left of the Hessian but the Gauss-Newton matrix.
#[test]
fn at_met_targets_the_hessian_is_the_gauss_newton_matrix() {
    for activation in activation::ALL.names() {
        for name in ["mean_squared", "huber"] {
            let loss = loss::ALL.parse(name).unwrap();
            let mut sample = sample::<f64>(30, 4, Purpose::Numbers, 8);
            let network = Network::new(4, 2, &architecture(&[6, 5], activation)).unwrap();
            let team = Team::default();
            let p = numbers(network.layout().len(), 9);
            let mut outputs = vec![0.0; 60];
            let mut engine = Engine::new(&network, &*loss, &team);
            engine.evaluate(&p, &sample.examples(Purpose::Numbers), &mut outputs);
            sample.values = outputs;
            let mut training = Training::new(engine, sample.examples(Purpose::Numbers));
            let (v, rows) = (numbers(p.len(), 10), (0..30).collect::<Vec<u32>>());
            let whole = product(&mut training, &p, &rows, &v);
            let mut linear = vec![0.0; p.len()];
            training.curvature_products(Curvature::GaussNewton, &p, &rows, &v, &mut linear);
            assert!(
                apart(&whole, &linear) < 1e-13 * norm(&whole),
                "{activation} {name}"
            );
            assert!(dot(&v, &linear) > 0.0);
        }
    }
}

/// A network over more rows than a slab, with ragged widths; what it measures, as one vector.
fn measures<T: Real>(threads: usize) -> Vec<T> {
    let rows = 1500;
    let sample = sample::<T>(rows, 21, Purpose::Classes, 3);
    let network = Network::new(21, 3, &architecture(&[33, 17], "tanh")).unwrap();
    let (loss, team) = (loss::SoftmaxCrossEntropy::default(), Team::new(threads));
    let engine = Engine::new(&network, &loss, &team);
    let mut training = Training::new(engine, sample.examples(Purpose::Classes));
    training.penalties = Penalties { l1: 0.0, l2: 1e-3 };
    let p = network.initialize::<T>(7);
    let order: Vec<u32> = (0..rows as u32).rev().collect();
    let v = of::<T>(&numbers(10 * p.len(), 4));
    let mut out = vec![T::ZERO; 2 * v.len()];
    let (hessian, linear) = out.split_at_mut(v.len());
    training.curvature_products(Curvature::Hessian, &p, &order, &v, hessian);
    training.curvature_products(Curvature::GaussNewton, &p, &order, &v, linear);
    for (v, together) in v.chunks(p.len()).zip(hessian.chunks(p.len())) {
        let mut alone = vec![T::ZERO; p.len()];
        training.hessian_product(&p, &order, v, &mut alone);
        assert!(alone == together, "a direction alone or among others");
    }
    let mut norms = vec![0.0; rows];
    training.row_norms(&p, &order, &mut norms, &mut vec![T::ZERO; p.len()]);
    out.extend(norms.into_iter().map(T::of));
    let directions = [&v[..p.len()], &v[p.len()..2 * p.len()]];
    let frame = Frame {
        origin: &p,
        directions: &directions,
    };
    let points: Vec<[f64; 2]> = (0..70).map(|i| [0.01 * f64::from(i), -0.3]).collect();
    let sections = training.section(&frame, &order, &points);
    out.extend(
        sections
            .iter()
            .flat_map(|s| [T::of(s.mean), T::of(s.deviation)]),
    );
    out
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let (alone, alone_f64) = (measures::<f32>(1), measures::<f64>(1));
    for threads in [2, 3, 8] {
        assert!(measures::<f32>(threads) == alone, "{threads} threads");
        assert!(measures::<f64>(threads) == alone_f64, "{threads} threads");
    }
    let size = norm(&alone_f64);
    let rounded: Vec<f64> = alone.iter().map(|&x| f64::from(x)).collect();
    // 24 bits and sums of some thousand terms.
    assert!(apart(&rounded, &alone_f64) < 1e-5 * size);
}

/// The mean of some rows is that of others, and the place changes without a trace of the last one.
#[test]
fn every_place_is_a_new_one() {
    let loss = loss::MeanSquared;
    let sample = sample::<f64>(80, 5, Purpose::Numbers, 2);
    let network = Network::new(5, 2, &architecture(&[7], "silu")).unwrap();
    let team = Team::default();
    let build = || {
        Training::new(
            Engine::new(&network, &loss, &team),
            sample.examples(Purpose::Numbers),
        )
    };
    let mut used = build();
    let (some, all): (Vec<u32>, Vec<u32>) = ((3..40).collect(), (0..80).collect());
    let places = [numbers(used.len(), 1), numbers(used.len(), 2)];
    let v = numbers(used.len(), 3);
    for (p, rows) in [(0, &some), (1, &some), (1, &all), (1, &some), (0, &some)] {
        let again = product(&mut used, &places[p], rows, &v);
        assert!(again == product(&mut build(), &places[p], rows, &v));
    }
    assert!(
        product(&mut used, &places[0], &[], &v)
            .iter()
            .all(|&x| x == 0.0)
    );
}

#[test]
fn norms_and_sections_are_those_of_single_rows_and_points() {
    for name in loss::ALL.names() {
        let loss = loss::ALL.parse(name).unwrap();
        let rows = 90;
        let sample = sample::<f64>(rows, 5, loss.purpose(), 2);
        let network = Network::new(5, sample.outputs, &architecture(&[7, 4], "gelu")).unwrap();
        let team = Team::default();
        let mut training = Training::new(
            Engine::new(&network, &*loss, &team),
            sample.examples(loss.purpose()),
        );
        let p = numbers(training.len(), 1);
        let order: Vec<u32> = (10..rows as u32).collect();
        let (mut norms, mut mean) = (vec![0.0; order.len()], vec![0.0; p.len()]);
        training.row_norms(&p, &order, &mut norms, &mut mean);
        let mut g = vec![0.0; p.len()];
        let mut losses = Vec::new();
        for (&row, found) in order.iter().zip(&norms) {
            losses.push(training.gradient(&p, &[row], &mut g));
            let wanted = dot(&g, &g);
            assert!(
                (found - wanted).abs() <= 1e-12 * wanted,
                "{name}: {found} {wanted}"
            );
        }
        training.gradient(&p, &order, &mut g);
        assert!(mean == g, "{name}");

        training.penalties = Penalties { l1: 0.1, l2: 0.2 };
        let directions = [numbers(p.len(), 3), numbers(p.len(), 4)];
        let directions: Vec<&[f64]> = directions.iter().map(Vec::as_slice).collect();
        let frame = Frame {
            origin: &p,
            directions: &directions,
        };
        let points: Vec<[f64; 2]> = (0..40)
            .map(|i| [0.1 * f64::from(i % 7), 0.05 * f64::from(i)])
            .collect();
        let found = training.section(&frame, &order, &points);
        for (section, &point) in found.iter().zip(&points) {
            let wanted = training.gradient(&frame.at(point), &order, &mut g);
            assert!(
                (section.mean - wanted).abs() < 1e-12 * wanted.abs(),
                "{name}"
            );
            assert!(
                (training.value(&frame.at(point), &order) - wanted).abs() < 1e-12 * wanted.abs()
            );
        }
        let n = losses.len() as f64;
        let mean = losses.iter().sum::<f64>() / n;
        let squares: f64 = losses.iter().map(|loss| (loss - mean).powi(2)).sum();
        let wanted = (squares / (n - 1.0)).sqrt();
        assert!(
            (found[0].deviation - wanted).abs() < 1e-12 * wanted,
            "{name}"
        );
    }
}

/// The trace by backward passes is the sum of the diagonal of the Gauss-Newton matrix, whatever the activations.
#[test]
fn the_trace_is_the_sum_of_the_diagonal() {
    for activation in activation::ALL.names() {
        for name in loss::ALL.names() {
            let loss = loss::ALL.parse(name).unwrap();
            let sample = sample::<f64>(70, 3, loss.purpose(), 2);
            let network =
                Network::new(3, sample.outputs, &architecture(&[5, 4], activation)).unwrap();
            let team = Team::default();
            let examples = sample.examples(loss.purpose());
            let mut passes = SecondOrder::new(&network, &*loss, &team, examples);
            let n = network.layout().len();
            let (p, rows) = (numbers(n, 1), (0..70).collect::<Vec<u32>>());
            let place = Place {
                parameters: &p,
                rows: &rows,
                noise: None,
            };
            let identity = identity(n);
            let mut matrix = vec![0.0; n * n];
            passes.products(Curvature::GaussNewton, &place, &identity, &mut matrix);
            let wanted: f64 = matrix.iter().step_by(n + 1).sum();
            let found = passes.gauss_newton_trace(&place);
            assert!(
                (found - wanted).abs() <= 1e-12 * wanted,
                "{activation} {name}: {found} {wanted}"
            );
        }
    }
}

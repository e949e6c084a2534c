//! Networks against finite differences in f64, against PyTorch, and against themselves on other numbers of threads.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::sample::numbers;
use crate::pytorch::{self, floats};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use thalweg_core::layer::Noise;
use thalweg_core::loss::{self, Loss, Purpose, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::{Objective, Penalties, Training};
use thalweg_core::optimizer::{Adam, State};
use thalweg_core::team::Team;
use thalweg_core::{Real, activation};

/// Targets that suit a loss.
struct Sample {
    features: Vec<f64>,
    classes: Vec<u32>,
    values: Vec<f64>,
    weights: Vec<f64>,
    outputs: usize,
}

impl Sample {
    fn new(rows: usize, width: usize, purpose: Purpose, seed: u64) -> Sample {
        let outputs = match purpose {
            Purpose::Classes => 3,
            Purpose::TwoClasses => 1,
            Purpose::Numbers | Purpose::Counts => 2,
        };
        let classes = if outputs == 1 { 2 } else { outputs };
        Sample {
            features: numbers(rows * width, seed),
            classes: (0..rows)
                .map(|row| ((row * 7 + seed as usize) % classes) as u32)
                .collect(),
            values: numbers(rows * outputs, seed + 1)
                .iter()
                .map(|y| match purpose {
                    Purpose::Counts => 3.0 * y.abs(),
                    _ => 3.0 * y,
                })
                .collect(),
            weights: numbers(rows, seed + 2)
                .iter()
                .map(|w| 1.0 + 0.5 * w)
                .collect(),
            outputs,
        }
    }

    fn examples(&self, purpose: Purpose, width: usize) -> Examples<'_, f64> {
        let targets = match purpose {
            Purpose::Numbers | Purpose::Counts => Targets::Values {
                values: &self.values,
                width: self.outputs,
            },
            _ => Targets::Classes(&self.classes),
        };
        Examples {
            features: Features::Dense(&self.features),
            width,
            targets,
            weights: Some(&self.weights),
        }
    }
}

/// The largest error of a gradient against central differences, relative to the gradient's size.
fn gradient_error(
    architecture: &Architecture,
    loss: &dyn Loss,
    penalties: Penalties,
    noise: Option<Noise>,
    seed: u64,
) -> f64 {
    let (rows, width) = (9, 4);
    let sample = Sample::new(rows, width, loss.purpose(), seed);
    let network = Network::new(width, sample.outputs, architecture).unwrap();
    let team = Team::default();
    let engine = Engine::new(&network, loss, &team);
    let mut training = Training::new(engine, sample.examples(loss.purpose(), width));
    training.penalties = penalties;
    training.noise = noise;

    let order: Vec<u32> = (0..rows as u32).collect();
    let mut p: Vec<f64> = numbers(training.len(), seed + 3);
    let (mut g, mut unused) = (vec![0.0; p.len()], vec![0.0; p.len()]);
    training.gradient(&p, &order, &mut g);
    let size = g.iter().map(|g| g * g).sum::<f64>().sqrt();
    let mut worst = 0.0_f64;
    for index in 0..p.len() {
        let (h, old) = (1e-6, p[index]);
        p[index] = old + h;
        let up = training.gradient(&p, &order, &mut unused);
        p[index] = old - h;
        let down = training.gradient(&p, &order, &mut unused);
        p[index] = old;
        worst = worst.max(((up - down) / (2.0 * h) - g[index]).abs());
    }
    worst / size
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// Every activation × loss × regularizer at random points.
    ///
    /// The difference quotient errs by about 1e-16 / 1e-6 in rounding and by h² in truncation; 1e-7 of the
    /// gradient's norm leaves two decimal places for both. A point within 1e-6 of a kink is too rare to matter.
    #[test]
    fn gradients_are_those_of_central_differences(seed in 1_u64..1_000_000) {
        let plain = Architecture { hidden: vec![5, 4], dropout: 0.0, ..Architecture::default() };
        let noise = Some(Noise { seed, step: 3 });
        let regularizers = [
            (plain.clone(), Penalties::default(), None),
            (plain.clone(), Penalties { l1: 0.01, l2: 0.02 }, None),
            (Architecture { dropout: 0.3, input_dropout: 0.2, ..plain.clone() }, Penalties::default(), noise),
            (Architecture { dropconnect: 0.3, ..plain.clone() }, Penalties { l1: 0.0, l2: 0.1 }, noise),
            // A network with dropout as the smooth function that it is in use.
            (Architecture { dropout: 0.3, input_dropout: 0.2, dropconnect: 0.3, ..plain.clone() }, Penalties::default(), None),
        ];
        // Every member with its defaults, and those that have settings with others too.
        let activations = activation::ALL.names().into_iter().chain(["leaky_relu:slope=0.3", "elu:alpha=0.5"]);
        let settings = ["softmax_cross_entropy:label_smoothing=0.2", "binary_cross_entropy:label_smoothing=0.3", "huber:delta=0.4"];
        for activation in activations {
            for loss_name in loss::ALL.names().into_iter().chain(settings) {
                for (architecture, penalties, noise) in &regularizers {
                    let architecture =
                        Architecture { activation: activation.into(), ..architecture.clone() };
                    let loss = loss::ALL.parse(loss_name).unwrap();
                    let error = gradient_error(&architecture, &*loss, *penalties, *noise, seed);
                    prop_assert!(
                        error < 1e-7,
                        "{activation} {loss_name} {architecture:?}: {error:e}"
                    );
                }
            }
        }
    }
}

/// Values, gradients and an 18-step training of nine networks, all computed by PyTorch in f64.
#[test]
fn networks_agree_with_pytorch() {
    for case in pytorch::cases() {
        let (name, json) = (&case.name, &case.json);
        let team = Team::default();
        let engine = Engine::new(&case.network, &*case.loss, &team);
        let mut training = Training::new(engine, case.examples());

        let mut p = floats(&json["parameters"]);
        let mut g = vec![0.0; p.len()];
        let order: Vec<u32> = (0..24).collect();
        let value = training.gradient(&p, &order, &mut g);
        close(&[value], &floats(&json["value"]), name);
        close(&g, &floats(&json["gradient"]), name);

        let (adam, mut losses) = (
            Adam {
                lr: 0.01,
                ..Adam::default()
            },
            Vec::new(),
        );
        let mut state = State::new(&adam, p.len());
        for step in 0..18 {
            losses.push(training.gradient(&p, &order[step % 3 * 8..][..8], &mut g));
            state.step(&adam, &mut p, &g);
        }
        close(&losses, &floats(&json["training"]["losses"]), name);
        close(&p, &floats(&json["training"]["final_parameters"]), name);
    }
}

/// 1e-10, relative to 1 or to the number where it is larger.
fn close(ours: &[f64], theirs: &[f64], name: &str) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= 1e-10 * b.abs().max(1.0), "{name}: {a} {b}");
    }
}

/// The weights after ten steps on a team, with everything that draws random numbers, and a ragged last batch.
fn ten_steps<T: Real>(threads: usize) -> Vec<T> {
    let (rows, width) = (2500, 20);
    let to = |x: Vec<f64>| x.into_iter().map(T::of).collect::<Vec<T>>();
    let features = to(numbers(rows * width, 1));
    let classes: Vec<u32> = (0..rows as u32).map(|row| row * 31 % 5).collect();
    let architecture = Architecture {
        hidden: vec![150, 70],
        dropout: 0.2,
        input_dropout: 0.1,
        dropconnect: 0.1,
        ..Architecture::default()
    };
    let network = Network::new(width, 5, &architecture).unwrap();
    let loss = loss::SoftmaxCrossEntropy::default();
    let team = Team::new(threads);
    let examples = Examples {
        features: Features::Dense(&features),
        width,
        targets: Targets::Classes(&classes),
        weights: None,
    };
    let mut training = Training::new(Engine::new(&network, &loss, &team), examples);
    training.penalties = Penalties { l1: 1e-4, l2: 1e-3 };

    let adam = Adam::default();
    let mut p = network.initialize::<T>(7);
    let (mut g, mut state) = (vec![T::ZERO; p.len()], State::new(&adam, p.len()));
    let order: Vec<u32> = (0..rows as u32).collect();
    for (step, batch) in order.chunks(1200).cycle().take(10).enumerate() {
        training.noise = Some(Noise {
            seed: 7,
            step: step as u64,
        });
        training.gradient(&p, batch, &mut g);
        state.step(&adam, &mut p, &g);
    }
    p
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let (alone, alone_f64) = (ten_steps::<f32>(1), ten_steps::<f64>(1));
    for threads in [2, 3, 4, 8] {
        assert!(ten_steps::<f32>(threads) == alone, "{threads} threads");
        assert!(ten_steps::<f64>(threads) == alone_f64, "{threads} threads");
    }
    // f32 has 24 bits; ten steps of Adam with lr 1e-3 move a weight by at most 1e-2, and where a gradient is
    // close to 0 its sign, and so the whole step, may differ.
    let far = alone
        .iter()
        .zip(&alone_f64)
        .filter(|(a, b)| (f64::from(**a) - **b).abs() > 1e-3);
    assert!(far.count() * 1000 < alone.len());
}

#[test]
fn a_batch_in_slabs_has_the_gradient_of_its_rows() {
    let (rows, width) = (1100, 3);
    let sample = Sample::new(rows, width, Purpose::Classes, 4);
    let architecture = Architecture {
        hidden: vec![8],
        ..Architecture::default()
    };
    let network = Network::new(width, 3, &architecture).unwrap();
    let (loss, team) = (loss::SoftmaxCrossEntropy::default(), Team::default());
    let examples = sample.examples(Purpose::Classes, width);
    let mut training = Training::new(Engine::new(&network, &loss, &team), examples);
    let p = network.initialize::<f64>(1);
    let mut whole = vec![0.0; p.len()];
    let all: Vec<u32> = (0..rows as u32).collect();
    let value = training.gradient(&p, &all, &mut whole);

    let (mut sum, mut mean, mut one) = (0.0, vec![0.0; p.len()], vec![0.0; p.len()]);
    for row in all {
        sum += training.gradient(&p, &[row], &mut one);
        mean.iter_mut()
            .zip(&one)
            .for_each(|(mean, one)| *mean += one / rows as f64);
    }
    assert!((value - sum / rows as f64).abs() < 1e-13);
    assert!(whole.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-13));

    let mut outputs = vec![0.0; rows * 3];
    assert!((training.engine.evaluate(&p, &examples, &mut outputs) - value).abs() < 1e-13);
}

/// Several labels at once, on and off or in shares: gradients and products are those of differences, predictions are
/// probabilities.
#[test]
fn labels_are_learned_side_by_side() {
    let (rows, width, outputs, seed) = (9, 4, 3, 5);
    let architecture = Architecture {
        hidden: vec![5],
        activation: "tanh".into(),
        dropout: 0.0,
        ..Architecture::default()
    };
    let network = Network::new(width, outputs, &architecture).unwrap();
    let features = numbers(rows * width, seed);
    let shares = numbers(rows * outputs, seed + 1);
    let labels = shares.iter().enumerate().map(|(at, share)| match at % 3 {
        0 => f64::from(u8::from(*share > 0.0)),
        _ => share.abs(),
    });
    let (values, team) = (labels.collect::<Vec<f64>>(), Team::default());
    let examples = Examples {
        features: Features::Dense(&features),
        width,
        targets: Targets::Values {
            values: &values,
            width: outputs,
        },
        weights: None,
    };
    for name in [
        "binary_cross_entropy",
        "binary_cross_entropy:label_smoothing=0.3",
    ] {
        let loss = loss::ALL.parse(name).unwrap();
        let mut training = Training::new(Engine::new(&network, &*loss, &team), examples);
        let (p, v) = (numbers(training.len(), 8), numbers(training.len(), 9));
        let order: Vec<u32> = (0..rows as u32).collect();
        let (h, mut product) = (1e-6, vec![0.0; p.len()]);
        training.hessian_product(&p, &order, &v, &mut product);
        let mut slope = |h: f64| {
            let moved: Vec<f64> = p.iter().zip(&v).map(|(p, v)| p + h * v).collect();
            let mut g = vec![0.0; p.len()];
            training.gradient(&moved, &order, &mut g);
            g
        };
        let (up, down) = (slope(h), slope(-h));
        for ((up, down), product) in up.iter().zip(&down).zip(&product) {
            assert!(((up - down) / (2.0 * h) - product).abs() < 1e-8);
        }

        let mut engine = Engine::new(&network, &*loss, &team);
        let mut logits = vec![0.0; rows * outputs];
        let mut predictions = logits.clone();
        engine.evaluate(&p, &examples, &mut logits);
        engine.predict(&p, Features::Dense(&features), &mut predictions);
        for (z, found) in logits.iter().zip(&predictions) {
            assert!((found - 1.0 / (1.0 + (-z).exp())).abs() < 1e-15);
        }
    }
}

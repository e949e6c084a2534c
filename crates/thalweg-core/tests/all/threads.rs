//! Parameters have the same bits on any number of threads: for every rule, with all noise, every way of clipping, parts
//! of a batch, and a last batch that is smaller.

#![allow(clippy::unwrap_used)]

use crate::common::sample::{self, Sample};
use thalweg_core::clip::Clip;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::layer::Noise;
use thalweg_core::loss::{Loss, Purpose, SoftmaxCrossEntropy};
use thalweg_core::network::{Architecture, Engine, Network};
use thalweg_core::objective::{Objective as _, Penalties, Training};
use thalweg_core::optimizer::{self, Optimizer};
use thalweg_core::team::Team;

/// Rows that there are, and in a batch; the last batch of an epoch has fewer.
const ROWS: (usize, usize) = (128, 50);

/// A network with more weights in a layer than a thread updates at a time (2¹⁶), so that every part of a step is shared:
/// 80,000 weights by 50 rows are 50 times the work that a second thread is worth.
fn network() -> Network {
    let architecture = Architecture {
        hidden: vec![280, 33],
        dropout: 0.2,
        input_dropout: 0.1,
        dropconnect: 0.1,
        ..Architecture::default()
    };
    Network::new(240, 5, &architecture).unwrap()
}

/// A descent on some threads.
struct Course<'a> {
    network: &'a Network,
    sample: &'a Sample<f32>,
    rule: &'a dyn Optimizer,
    clip: Clip,
    accumulate: u64,
}

impl Course<'_> {
    /// The bits of the values and of the parameters after an epoch and a step.
    fn run(&self, threads: usize) -> Vec<u64> {
        let (loss, team) = (SoftmaxCrossEntropy::default(), Team::new(threads));
        assert_eq!(team.threads(), threads);
        let engine = Engine::new(self.network, &loss, &team);
        let mut training = Training::new(engine, self.sample.examples(loss.purpose()));
        training.penalties = Penalties { l1: 1e-4, l2: 1e-3 };
        let plan = Plan {
            clip: self.clip,
            accumulate: self.accumulate,
            ..Plan::new(self.rule.boxed())
        };
        let mut descent = Descent::new(plan, self.network.layout());
        let mut p = sample::of::<f32>(&sample::parameters(self.network.layout(), 3));
        let order = sample::order(ROWS.0, ROWS.0, 9);
        let mut bits = Vec::new();
        for (step, rows) in order.chunks(ROWS.1).cycle().take(4).enumerate() {
            let step = step as u64;
            training.noise = Some(Noise { seed: 7, step });
            bits.push(descent.step(&team, &mut training, rows, &mut p).to_bits());
        }
        descent.evaluated(&mut p);
        bits.extend(p.iter().map(|p| u64::from(p.to_bits())));
        bits
    }
}

/// None, and each kind.
fn clips() -> [Clip; 5] {
    let none = Clip::default();
    [
        none,
        Clip {
            value: Some(1e-3),
            ..none
        },
        Clip {
            layer_norm: Some(0.02),
            ..none
        },
        Clip {
            adaptive: Some(0.05),
            ..none
        },
        Clip {
            norm: Some(0.05),
            ..none
        },
    ]
}

#[test]
fn every_rule_gives_the_same_bits_on_any_number_of_threads() {
    let (network, clips) = (network(), clips());
    let sample = Sample::new(ROWS.0, network.inputs(), network.outputs(), 1);
    for (index, entry) in optimizer::ALL.members.iter().enumerate() {
        let rule = (entry.build)();
        // By pieces where the rule allows it; and with the whole gradient, clipped in one way or another.
        for (clip, accumulate) in [(clips[0], 1), (clips[1 + index % 4], 1 + index as u64 % 3)] {
            let course = Course {
                network: &network,
                sample: &sample,
                rule: &*rule,
                clip,
                accumulate,
            };
            let alone = course.run(1);
            for threads in [2, 3, 4, 8] {
                let same = course.run(threads) == alone;
                assert!(same, "{} on {threads} threads, {clip:?}", entry.card.name);
            }
        }
    }
}

#[test]
fn answers_have_the_same_bits_on_any_number_of_threads() {
    let (network, loss) = (network(), SoftmaxCrossEntropy::default());
    let rows = 1500;
    let sample = Sample::<f32>::new(rows, network.inputs(), network.outputs(), 1);
    let p = sample::of::<f32>(&sample::parameters(network.layout(), 3));
    let answers = |threads: usize| {
        let team = Team::new(threads);
        let mut engine = Engine::new(&network, &loss, &team);
        let mut outputs = vec![0.0; rows * network.outputs()];
        let mut predictions = outputs.clone();
        let value = engine.evaluate(&p, &sample.examples(Purpose::Classes), &mut outputs);
        let examples = sample.examples(Purpose::Classes);
        engine.predict(&p, examples.features, &mut predictions);
        let numbers = outputs.into_iter().chain(predictions);
        let bits: Vec<_> = numbers.map(f32::to_bits).collect();
        (value.to_bits(), bits)
    };
    let alone = answers(1);
    for threads in [2, 3, 4, 8] {
        assert!(answers(threads) == alone, "{threads} threads");
    }
}

/// Whoever stopped it wants none of what it was at, and all of what comes later.
#[test]
fn what_a_stopped_team_gives_is_not_a_number() {
    let (network, loss) = (network(), SoftmaxCrossEntropy::default());
    let sample = Sample::<f32>::new(ROWS.0, network.inputs(), network.outputs(), 1);
    for threads in [1, 2] {
        let team = Team::new(threads);
        let engine = Engine::new(&network, &loss, &team);
        let mut training = Training::new(engine, sample.examples(loss.purpose()));
        training.penalties = Penalties { l1: 0.0, l2: 1e-3 };
        let places = [3, 4].map(|seed| sample::parameters(network.layout(), seed));
        let places = places.map(|p| sample::of::<f32>(&p));
        let rows: Vec<u32> = (0..ROWS.0 as u32).collect();
        let mut measure = |place: usize| {
            let p = &places[place];
            let mut found = vec![training.value(p, &rows)];
            let mut g = vec![0.0; p.len()];
            found.push(training.gradient(p, &rows, &mut g));
            let mut product = vec![0.0; p.len()];
            training.hessian_product(p, &rows, &g, &mut product);
            found.extend([g[0], product[0]].map(f64::from));
            let mut norms = vec![0.0; rows.len()];
            training.row_norms(p, &rows, &mut norms, &mut g);
            found.push(norms[0]);
            found
        };
        let [before, _] = [1, 0].map(&mut measure);
        team.stop();
        // At another place than the last, of which nothing must be kept.
        assert!(measure(1).iter().all(|it| it.is_nan()));
        team.go_on();
        let after = measure(1);
        assert!(before.iter().all(|it| it.is_finite()));
        assert_eq!(before, after, "{threads}");
    }
}

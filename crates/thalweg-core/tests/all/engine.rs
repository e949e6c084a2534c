//! The engine against the reference: gradients, answers and whole steps, over all that a step can have, and shapes that
//! nobody has chosen.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use crate::common::case::Case;
use crate::common::plain::Plain;
use crate::common::sample;
use crate::common::textbook::{CURVES, LOSSES};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use thalweg_core::clip::Clip;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::layer::Noise;
use thalweg_core::network::Engine;
use thalweg_core::objective::{Objective, Penalties, Training};
use thalweg_core::optimizer::{self, Optimizer, State};
use thalweg_core::team::Team;
use thalweg_core::{Real, activation, loss};

/// Two hidden layers, and nothing around them.
fn plain_case() -> Case {
    Case {
        curve: &CURVES[1],
        loss: &LOSSES[0],
        inputs: 5,
        hidden: vec![19, 7],
        outputs: 3,
        rows: (30, 21),
        rates: [0.0; 3],
        penalties: Penalties::default(),
        noise: None,
        density: 1.0,
        compressed: false,
        seed: 1,
    }
}

/// All that makes a gradient another.
fn regularizers() -> Vec<([f64; 3], Penalties)> {
    let none = Penalties::default();
    let both = Penalties { l1: 0.01, l2: 0.02 };
    vec![
        ([0.0; 3], none),
        ([0.0; 3], both),
        ([0.3, 0.0, 0.0], none),
        ([0.0, 0.2, 0.0], none),
        ([0.0, 0.0, 0.4], both),
        ([0.3, 0.2, 0.4], both),
    ]
}

#[test]
fn every_activation_and_loss_is_in_the_textbook() {
    let curves: Vec<_> = CURVES.iter().map(|it| it.name).collect();
    let losses: Vec<_> = LOSSES.iter().map(|it| it.name).collect();
    assert!(activation::ALL.names().iter().all(|it| curves.contains(it)));
    assert!(loss::ALL.names().iter().all(|it| losses.contains(it)));
}

#[test]
fn gradients_are_those_of_the_reference() {
    let team = Team::default();
    for curve in &CURVES {
        for loss in &LOSSES {
            for (index, (rates, penalties)) in regularizers().into_iter().enumerate() {
                let seed = 1 + index as u64;
                let case = Case {
                    curve,
                    loss,
                    rates,
                    penalties,
                    noise: Some(Noise { seed, step: 3 }),
                    seed,
                    ..plain_case()
                };
                case.check_gradient(&team)
                    .unwrap_or_else(|error| panic!("{error}\n{case:?}"));
            }
        }
    }
}

/// More rows than go forward and back before their gradient is summed, and a last tile that is not full.
#[test]
fn a_large_batch_is_a_sum_like_any_other() {
    for rows in [1024, 1025, 2100] {
        let case = Case {
            rows: (rows, rows),
            rates: [0.3, 0.2, 0.4],
            noise: Some(Noise { seed: 4, step: 9 }),
            ..plain_case()
        };
        for threads in [1, 2] {
            case.check_gradient(&Team::new(threads)).unwrap();
        }
    }
}

#[test]
fn answers_are_those_of_the_reference() {
    for loss in &LOSSES {
        for rows in [1, 2, 9, 64, 65, 1100] {
            // Rates do not matter without noise.
            let case = Case {
                loss,
                rows: (rows, 1),
                rates: [0.3, 0.2, 0.4],
                ..plain_case()
            };
            for threads in [1, 2] {
                case.check_answers(&Team::new(threads)).unwrap();
            }
        }
    }
}

/// What can be around a rule: bounds, and parts of a batch.
fn surroundings() -> Vec<(Clip, u64)> {
    let clips = [
        Clip::default(),
        Clip {
            value: Some(0.01),
            ..Clip::default()
        },
        Clip {
            layer_norm: Some(0.02),
            ..Clip::default()
        },
        Clip {
            adaptive: Some(0.05),
            ..Clip::default()
        },
        Clip {
            norm: Some(0.05),
            ..Clip::default()
        },
        Clip {
            value: Some(0.02),
            layer_norm: Some(0.1),
            adaptive: Some(0.1),
            norm: Some(0.1),
        },
    ];
    let parts = [(Clip::default(), 3), (clips[4], 2)];
    clips
        .into_iter()
        .map(|clip| (clip, 1))
        .chain(parts)
        .collect()
}

/// The parameters after five steps, by the engine in a descent and by the reference in a plain one.
fn both_descents(
    case: &Case,
    rule: &dyn Optimizer,
    (clip, accumulate): (Clip, u64),
) -> [Vec<f64>; 2] {
    let (network, loss, team) = (case.network(), case.library_loss(), Team::default());
    let sample = case.sample::<f64>();
    let examples = sample.examples(loss.purpose());
    let plan = Plan {
        clip,
        accumulate,
        ..Plan::new(rule.boxed())
    };
    let layout = network.layout();
    let mut descent = Descent::new(plan, layout);
    let mut training = Training::new(Engine::new(&network, &*loss, &team), examples);
    training.penalties = case.penalties;
    let reference = case.reference(&network);
    let mut plain = Plain {
        layout,
        rule,
        state: State::new(rule, layout.len()),
        clip,
        accumulate: accumulate as usize,
    };
    let start = sample::parameters(layout, case.seed);
    let (mut ours, mut theirs) = (start.clone(), start);
    for step in 0..5 {
        let (rows, noise) = (case.batch(step), Noise { seed: 5, step });
        training.noise = Some(noise);
        let value = descent.step(&team, &mut training, &rows, &mut ours);
        let mean = plain.step(&rows, &mut theirs, |part, rows, p| {
            let found = reference.gradient(&examples, rows, Some(noise.part(part as u64)), p);
            let gradient = found.gradient.iter().map(|it| it.value).collect();
            (found.loss.value + found.penalty, gradient)
        });
        assert!((value - mean).abs() < 1e-12, "step {step}: {value} {mean}");
    }
    descent.evaluated(&mut ours);
    for segment in layout.segments() {
        let (range, piece) = (segment.range.clone(), crate::common::plain::piece(segment));
        plain
            .state
            .evaluate(rule, range.clone(), piece, &mut theirs[range]);
    }
    [ours, theirs]
}

/// Steps of every rule with everything that may be in them, in f64.
///
/// Where the slope of a step by the gradient is not bounded (a sign, a quotient of small numbers) roundoff may become
/// more than the bound; no number here is so close to such a place.
#[test]
fn steps_are_those_of_the_reference() {
    for entry in optimizer::ALL.members {
        for (index, around) in surroundings().into_iter().enumerate() {
            let regularizers = regularizers();
            let (rates, penalties) = regularizers[index % regularizers.len()];
            let case = Case {
                curve: &CURVES[(6 + index) % CURVES.len()],
                loss: &LOSSES[index % LOSSES.len()],
                rates,
                penalties,
                ..plain_case()
            };
            let [ours, theirs] = both_descents(&case, &*(entry.build)(), around);
            for (a, b) in ours.iter().zip(&theirs) {
                let name = entry.card.name;
                assert!((a - b).abs() <= 1e-12, "{name} {around:?}: {a} {b}");
            }
        }
    }
}

/// An objective without pieces: a step has the whole gradient before anything moves.
struct Whole<'a, 'b, T>(&'a mut Training<'b, T>);

impl<T: Real> Objective<T> for Whole<'_, '_, T> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn rows(&self) -> usize {
        self.0.rows()
    }
    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64 {
        self.0.gradient(parameters, rows, g)
    }
}

/// In f32 a step of pieces has the bits of a step with the whole gradient, for every rule and for groups of parameters;
/// and the gradient is as close to the exact one as rounding allows, at every point that the steps come to.
#[test]
fn pieces_make_the_step_of_the_whole_gradient() {
    let case = Case {
        hidden: vec![90, 33],
        inputs: 40,
        rates: [0.2, 0.1, 0.1],
        penalties: Penalties { l1: 0.01, l2: 0.02 },
        ..plain_case()
    };
    let (network, loss) = (case.network(), case.library_loss());
    let sample = case.sample::<f32>();
    let examples = sample.examples(loss.purpose());
    let team = Team::new(2);
    let start: Vec<f32> = sample::of(&sample::parameters(network.layout(), 3));
    for entry in optimizer::ALL.members {
        let plan = || Plan {
            groups: vec![
                ("*.bias".into(), (entry.build)()),
                ("layer 2.*".into(), (entry.build)()),
            ],
            ..Plan::new((entry.build)())
        };
        let mut training = Training::new(Engine::new(&network, &*loss, &team), examples);
        training.penalties = case.penalties;
        let mut descents = [(); 2].map(|()| Descent::new(plan(), network.layout()));
        let (mut pieces, mut whole) = (start.clone(), start.clone());
        for step in 0..4 {
            let rows = case.batch(step);
            training.noise = Some(Noise { seed: 5, step });
            let a = descents[0].step(&team, &mut training, &rows, &mut pieces);
            let b = descents[1].step(&team, &mut Whole(&mut training), &rows, &mut whole);
            assert_eq!(a.to_bits(), b.to_bits(), "{}", entry.card.name);
            assert!(bits(&pieces).eq(bits(&whole)), "{}", entry.card.name);
        }
        assert!(bits(&pieces).ne(bits(&start)), "{}", entry.card.name);
    }
}

fn bits(numbers: &[f32]) -> impl Iterator<Item = u32> {
    numbers.iter().map(|x| x.to_bits())
}

/// A network that nobody has chosen.
fn any_case() -> impl Strategy<Value = Case> {
    let sizes = (
        prop::collection::vec(1_usize..=70, 2..=5),
        1_usize..=70,
        1_usize..=70,
    );
    let rate = || prop_oneof![Just(0.0), 0.1..0.6];
    let kind = (0..CURVES.len(), 0..LOSSES.len());
    let noise = (any::<bool>(), 0_u64..1000);
    let around = ([rate(), rate(), rate()], rate(), noise, 1_u64..1_000_000);
    let density = prop_oneof![Just(1.0), 0.0..0.3];
    (sizes, kind, around, density, any::<bool>()).prop_map(
        |(sizes, kind, around, density, compressed)| {
            let ((widths, rows, batch), (curve, loss)) = (sizes, kind);
            let (rates, penalty, (noisy, step), seed) = around;
            let [inputs, hidden @ .., outputs] = &widths[..] else {
                unreachable!("two widths or more")
            };
            Case {
                curve: &CURVES[curve],
                loss: &LOSSES[loss],
                inputs: *inputs,
                hidden: hidden.iter().map(|&units| units as u64).collect(),
                outputs: *outputs,
                rows: (rows, batch),
                rates,
                penalties: Penalties {
                    l1: 0.1 * penalty,
                    l2: penalty,
                },
                noise: noisy.then_some(Noise { seed, step }),
                density,
                compressed,
                seed,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    /// One to four layers, one to 70 wide; batches of one to 70, sparse ones among them; one to three threads.
    #[test]
    fn any_shape_has_the_gradient_and_the_answers_of_the_reference(case in any_case(), threads in 1_usize..=3) {
        let team = Team::new(threads);
        prop_assert_eq!(case.check_gradient(&team), Ok(()));
        prop_assert_eq!(case.check_answers(&team), Ok(()));
    }
}

//! Wrappers and clipping against PyTorch, optax, Keras and pytorch_optimizer; and a descent, which puts them around
//! rules: its groups, its parts of a batch, and how it goes on from what was saved.

#![allow(clippy::float_cmp, clippy::unwrap_used)]
#![allow(
    clippy::needless_range_loop,
    reason = "several vectors are compared place by place"
)]

use std::path::Path;

use serde_json::Value as Json;
use thalweg_core::Real;
use thalweg_core::clip::{Clip, adaptive, by_layer, by_norm, by_value};
use thalweg_core::descent::{Decayed, Descent, Plan, matches};
use thalweg_core::function::{self, Function, Terrain};
use thalweg_core::layout::{Layout, Part};
use thalweg_core::objective::Objective;
use thalweg_core::optimizer::{self, Optimizer};
use thalweg_core::spec::Value;
use thalweg_core::team::Team;
use thalweg_core::wrapper::{self, Memory, Wrapper};

/// Only roundings are left: the sources compute in float64 too.
const TOLERANCE: f64 = 1e-12;

fn read(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/trajectories");
    serde_json::from_str(&std::fs::read_to_string(path.join(name)).unwrap()).unwrap()
}

fn numbers(json: &Json) -> Vec<f64> {
    let array = json.as_array().unwrap().iter();
    array.map(|x| x.as_f64().unwrap()).collect()
}

fn rows(json: &Json) -> Vec<Vec<f64>> {
    json.as_array().unwrap().iter().map(numbers).collect()
}

/// The recorded cases of a rule.
fn cases(file: &str, rule: &str) -> Vec<Json> {
    let file = read(file);
    let all = file["cases"].as_array().unwrap().iter();
    let cases: Vec<_> = all.filter(|it| it["rule"] == rule).cloned().collect();
    assert!(!cases.is_empty(), "{rule}");
    cases
}

/// Equal but for `tolerance` of the value.
fn assert_close(found: &[f64], wanted: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!(
            (found - wanted).abs() <= tolerance * wanted.abs().max(f64::MIN_POSITIVE),
            "{what}: {found} for {wanted} at {at}"
        );
    }
}

fn rule(short: &str) -> Box<dyn Optimizer> {
    optimizer::ALL.parse(short).unwrap()
}

fn wrapper(short: &str) -> Box<dyn Wrapper> {
    wrapper::ALL.parse(short).unwrap()
}

fn all_rules() -> impl Iterator<Item = Box<dyn Optimizer>> {
    optimizer::ALL.members.iter().map(|entry| (entry.build)())
}

/// Gradients in turn, wherever the parameters are.
struct Tape<'a> {
    gradients: &'a [Vec<f64>],
    step: usize,
}

impl<T: Real> Objective<T> for Tape<'_> {
    fn len(&self) -> usize {
        self.gradients[0].len()
    }
    fn rows(&self) -> usize {
        1
    }
    fn gradient(&mut self, _parameters: &[T], _rows: &[u32], g: &mut [T]) -> f64 {
        let from = &self.gradients[self.step % self.gradients.len()];
        for (g, &from) in g.iter_mut().zip(from) {
            *g = T::of(from);
        }
        self.step += 1;
        0.0
    }
}

/// A function that writes down which parts and rows it is asked for.
struct Witness<'a> {
    terrain: Terrain<'a>,
    part: u64,
    asked: Vec<(u64, Vec<u32>)>,
}

impl<'a> Witness<'a> {
    fn new(function: &'a dyn Function) -> Witness<'a> {
        Witness {
            terrain: Terrain::new(function),
            part: 0,
            asked: Vec::new(),
        }
    }
}

impl<T: Real> Objective<T> for Witness<'_> {
    fn len(&self) -> usize {
        Objective::<T>::len(&self.terrain)
    }
    fn rows(&self) -> usize {
        Objective::<T>::rows(&self.terrain)
    }
    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64 {
        self.asked.push((self.part, rows.to_vec()));
        self.terrain.gradient(parameters, rows, g)
    }
    fn begin_part(&mut self, part: u64) {
        self.part = part;
    }
}

#[test]
fn the_average_of_weights_is_that_of_pytorch() {
    for case in cases("averages.json", "ema") {
        let decay = case["settings"]["decay"].as_f64().unwrap();
        let (ema, mut memory) = (wrapper(&format!("ema:decay={decay}")), Memory::default());
        let averaged = rows(&case["averaged"]);
        for (step, (p, wanted)) in rows(&case["sequence"]).iter_mut().zip(averaged).enumerate() {
            let before = p.clone();
            f64::wrap(&*ema).after_step(step as u64 + 1, p, &mut memory);
            assert_eq!(*p, before, "the descent itself goes on undisturbed");
            assert_close(&memory.vector, &wanted, TOLERANCE, "ema");
        }
    }
}

#[test]
fn the_mean_of_epochs_is_that_of_pytorch_and_begins_late() {
    for case in cases("averages.json", "equal") {
        let (sequence, averaged) = (rows(&case["sequence"]), rows(&case["averaged"]));
        let epochs = sequence.len() as f64;
        for late in [0, 10] {
            let start = f64::from(late) / (epochs + f64::from(late));
            let (swa, mut memory) = (wrapper(&format!("swa:start={start}")), Memory::default());
            for epoch in 0..late {
                let progress = f64::from(epoch + 1) / (epochs + f64::from(late));
                f64::wrap(&*swa).after_epoch(progress, &[f64::NAN; 4], &mut memory);
                assert_eq!(memory, Memory::default(), "{progress} is not after {start}");
            }
            for (epoch, (p, wanted)) in sequence.iter().zip(&averaged).enumerate() {
                let progress = f64::from(late + epoch as i32 + 1) / (epochs + f64::from(late));
                f64::wrap(&*swa).after_epoch(progress, p, &mut memory);
                assert_close(&memory.vector, wanted, TOLERANCE, "swa");
            }
        }
    }
}

#[test]
fn lookahead_is_that_of_optax_and_pytorch_optimizer() {
    let problems = read("problems.json");
    for case in cases("averages.json", "lookahead") {
        let (settings, source) = (&case["settings"], case["source"].as_str().unwrap());
        let number = |key: &str| settings[key].as_f64().unwrap();
        let problem = &problems[case["problem"].as_str().unwrap()];
        let gradients = rows(&problem["gradients"]);
        let mut p = numbers(&problem["initial"]);
        let short = format!(
            "lookahead:every={},alpha={}",
            settings["every"],
            number("alpha")
        );
        let plan = Plan {
            wrappers: vec![wrapper(&short)],
            ..Plan::new(rule(&format!(
                "momentum:lr={},momentum={}",
                number("lr"),
                number("momentum")
            )))
        };
        let mut descent = Descent::new(plan, &Layout::vector(p.len()));
        let mut tape = Tape {
            gradients: &gradients,
            step: 0,
        };
        let (fast, slow) = (rows(&case["parameters"]), rows(&case["slow"]));
        // Roundings are relative to what was rounded: a parameter that crosses 0 was larger before.
        let mut sizes: Vec<f64> = p.iter().map(|p| p.abs()).collect();
        for (step, (fast, slow)) in fast.iter().zip(&slow).enumerate() {
            descent.step(&Team::default(), &mut tape, &[], &mut p);
            let ours = &descent.memory().vectors[1];
            assert_eq!(ours.0, "wrapper.lookahead");
            for at in 0..p.len() {
                sizes[at] = sizes[at].max(fast[at].abs());
                for (found, wanted) in [(p[at], fast[at]), (ours.1[at], slow[at])] {
                    assert!(
                        (found - wanted).abs() <= TOLERANCE * sizes[at],
                        "{source} at step {step}: {found} for {wanted}"
                    );
                }
            }
        }
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[test]
fn clipping_by_the_whole_norm_is_that_of_pytorch() {
    for case in cases("clipping.json", "global_norm") {
        let mut g = numbers(&case["gradient"]);
        let found = by_norm(&mut g, case["bound"].as_f64().unwrap());
        let length = norm(&numbers(&case["gradient"]));
        assert!((found - length).abs() <= TOLERANCE * length);
        let source = case["source"].as_str().unwrap();
        // Only torch adds 1e-6 to the norm: the factors of the others are larger by up to this part.
        let tolerance = if source.starts_with("torch") {
            TOLERANCE
        } else {
            TOLERANCE + 1e-6 / length.max(1e-6)
        };
        assert_close(&g, &numbers(&case["result"]), tolerance, source);
    }
}

#[test]
fn clipping_by_value_is_that_of_pytorch() {
    for case in cases("clipping.json", "value") {
        let mut g = numbers(&case["gradient"]);
        by_value(&mut g, case["bound"].as_f64().unwrap());
        assert_eq!(g, numbers(&case["result"]));
    }
}

/// For each recorded shape: a layout that has it, as a weight or as a bias, its place there and in the recorded vector.
fn places(case: &Json) -> Vec<(Layout, std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut start = 0;
    let place = |shape: &Json| {
        let shape: Vec<usize> = numbers(shape).iter().map(|&n| n as usize).collect();
        let (layout, segment) = match shape[..] {
            [outputs, inputs] => (Layout::dense(&[inputs, outputs]), 0),
            [n] => (Layout::dense(&[1, n]), 1),
            _ => unreachable!("matrices and vectors"),
        };
        let own = layout.segments()[segment].range.clone();
        let range = start..start + own.len();
        start = range.end;
        (layout, own, range)
    };
    let shapes = case["shapes"].as_array().unwrap();
    shapes.iter().map(place).collect()
}

#[test]
fn clipping_by_layer_scales_every_segment_by_its_own_norm() {
    for case in cases("clipping.json", "norm_of_each") {
        let bound = case["bound"].as_f64().unwrap();
        let (before, theirs) = (numbers(&case["gradient"]), numbers(&case["result"]));
        for (layout, own, range) in places(&case) {
            let mut g = vec![0.0; layout.len()];
            g[own.clone()].copy_from_slice(&before[range.clone()]);
            by_layer(&layout, &mut g, bound);
            let length = norm(&before[range.clone()]);
            let factor = (bound / (length + 1e-6)).min(1.0);
            let formula: Vec<f64> = before[range.clone()].iter().map(|g| g * factor).collect();
            // The product is rounded, and the sum of squares may be taken in another order.
            assert_close(&g[own.clone()], &formula, 1e-15, "formula");
            // Keras does not add 1e-6 to the norm, so its factor is larger by 1e-6 / norm.
            let tolerance = TOLERANCE + 1e-6 / length.max(1e-6);
            assert_close(&g[own], &theirs[range], tolerance, "keras clipnorm");
            assert!(g.iter().filter(|g| **g != 0.0).count() <= formula.len());
        }
    }
}

#[test]
fn adaptive_clipping_is_that_of_optax() {
    for case in cases("clipping.json", "adaptive") {
        let bound = case["bound"].as_f64().unwrap();
        let (before, weights) = (numbers(&case["gradient"]), numbers(&case["parameters"]));
        let wanted = numbers(&case["result"]);
        for (layout, own, range) in places(&case) {
            let (mut p, mut g) = (vec![0.0; layout.len()], vec![0.0; layout.len()]);
            p[own.clone()].copy_from_slice(&weights[range.clone()]);
            g[own.clone()].copy_from_slice(&before[range.clone()]);
            adaptive(&layout, &p, &mut g, bound);
            assert_close(&g[own], &wanted[range], TOLERANCE, "adaptive");
        }
    }
}

#[test]
fn a_clip_is_its_bounds_one_after_the_other() {
    let layout = Layout::dense(&[3, 4, 2]);
    let at = |at: usize| (at as f64 * 1.3).sin();
    let p: Vec<f64> = (0..layout.len()).map(at).collect();
    let start: Vec<f64> = p.iter().map(|p| 5.0 * p * p - 1.0).collect();
    let clip = Clip {
        value: Some(2.0),
        layer_norm: Some(1.5),
        adaptive: Some(0.4),
        norm: Some(0.7),
    };
    let (mut g, mut one_by_one) = (start.clone(), start.clone());
    clip.apply(&layout, &p, &mut g);
    by_value(&mut one_by_one, 2.0);
    by_layer(&layout, &mut one_by_one, 1.5);
    adaptive(&layout, &p, &mut one_by_one, 0.4);
    by_norm(&mut one_by_one, 0.7);
    assert_eq!(g, one_by_one);
    assert!(clip.is_on() && !Clip::default().is_on());
    let mut kept = start.clone();
    Clip::default().apply(&layout, &p, &mut kept);
    assert_eq!(kept, start);
}

/// On a quadratic ∇f(p + e) = λ (p + e), with e = rho g / ‖g‖, or rho p² g / ‖p g‖ if adaptive.
#[test]
fn sam_takes_the_gradient_where_its_paper_says() {
    let bowl = function::ALL.parse("bowl:n=6").unwrap();
    let eigenvalues = bowl.critical()[0].eigenvalues.clone();
    let start = [0.7, -0.3, 1e-3, 0.0, -2.0, 0.1];
    let g: Vec<f64> = start.iter().zip(&eigenvalues).map(|(p, h)| p * h).collect();
    let scaled: Vec<f64> = start.iter().zip(&g).map(|(p, g)| p * g).collect();
    for rho in [0.0, 0.05, 3.0] {
        for is_adaptive in [false, true] {
            let sam = wrapper(&format!("sam:rho={rho},adaptive={is_adaptive}"));
            let (mut p, mut found) = (start, g.clone());
            let mut memory = Memory::default();
            let mut witness = Witness::new(&*bowl);
            f64::wrap(&*sam).regrade(&mut witness, &[3, 1], &mut p, &mut found, &mut memory);
            assert_eq!(p.map(f64::to_bits), start.map(f64::to_bits));
            assert_eq!(witness.asked, [(0, vec![3, 1])]);
            for at in 0..6 {
                let e = if is_adaptive {
                    rho * start[at] * start[at] * g[at] / norm(&scaled)
                } else {
                    rho * g[at] / norm(&g)
                };
                let wanted = eigenvalues[at] * (start[at] + e);
                // A handful of roundings; p and e have the same sign.
                assert!(
                    (found[at] - wanted).abs() <= 1e-15 * 4.0 * wanted.abs(),
                    "{rho} {at}"
                );
            }
            // And through a descent: one step of it.
            let plan = Plan {
                wrappers: vec![sam],
                ..Plan::new(rule("sgd:lr=0.01"))
            };
            let (mut p, mut descent) = (start, Descent::new(plan, &Layout::vector(6)));
            descent.step(&Team::default(), &mut Terrain::new(&*bowl), &[], &mut p);
            for at in 0..6 {
                assert_eq!(p[at], start[at] - 0.01 * found[at]);
            }
        }
    }
}

#[test]
fn without_a_slope_sam_asks_nothing_and_changes_nothing() {
    let bowl = function::ALL.parse("bowl:n=3").unwrap();
    for (short, start, g) in [
        ("sam", [1.0, -2.0, 0.5], [0.0; 3]),
        // Weights of 0 have no size to go by.
        ("sam:adaptive=true", [0.0; 3], [1.0, 2.0, 3.0]),
        ("sam", [1.0; 3], [1.0, f64::NAN, 0.0]),
    ] {
        let (mut p, mut kept, mut memory) = (start, g, Memory::default());
        let mut witness = Witness::new(&*bowl);
        let sam = wrapper(short);
        f64::wrap(&*sam).regrade(&mut witness, &[], &mut p, &mut kept, &mut memory);
        assert_eq!(kept.map(f64::to_bits), g.map(f64::to_bits));
        assert_eq!((p, witness.asked.len()), (start, 0));
    }
}

const RAGGED: usize = 37;

#[test]
fn parts_of_a_batch_make_the_step_of_the_whole() {
    let quadratic = function::ALL.parse("noisy_quadratic:n=5").unwrap();
    let batch: Vec<u32> = (0..RAGGED as u32).map(|row| row * 53 % 256).collect();
    let step = |accumulate: u64| {
        let plan = Plan {
            accumulate,
            ..Plan::new(rule("sgd:lr=0.01"))
        };
        let mut descent = Descent::new(plan, &Layout::vector(5));
        let (mut p, mut witness) = (vec![0.5, -1.0, 2.0, 0.1, -0.2], Witness::new(&*quadratic));
        let value = descent.step(&Team::default(), &mut witness, &batch, &mut p);
        assert_eq!(witness.part, 0, "what follows is of part 0 again");
        (value, p, witness.asked)
    };
    let (value, whole, asked) = step(1);
    assert_eq!(asked, [(0, batch.clone())]);
    for accumulate in [2, 3, 4, 5, 6, 10, 36, 37, 50] {
        let (mean, p, asked) = step(accumulate);
        // Sums of 37 terms in another order.
        assert!((mean / value - 1.0).abs() < 1e-13);
        assert_close(&p, &whole, 1e-13, &accumulate.to_string());
        // The parts are all the rows in their order, numbered from 0, of one size but for the last.
        let size = RAGGED.div_ceil(accumulate as usize);
        let parts: Vec<(u64, Vec<u32>)> = (0..).zip(batch.chunks(size).map(Vec::from)).collect();
        assert_eq!(asked, parts);
        assert!(asked.len() <= accumulate as usize);
    }
    assert_eq!(step(5).2.len(), 5);
}

#[test]
fn each_gradient_that_sam_asks_for_is_found_in_the_same_parts() {
    let quadratic = function::ALL.parse("noisy_quadratic:n=5").unwrap();
    let plan = Plan {
        accumulate: 3,
        wrappers: vec![wrapper("sam")],
        ..Plan::new(rule("sgd"))
    };
    let (mut witness, mut p) = (Witness::new(&*quadratic), vec![1.0_f32; 5]);
    let rows: Vec<u32> = (0..8).collect();
    Descent::new(plan, &Layout::vector(5)).step(&Team::default(), &mut witness, &rows, &mut p);
    let once = [(0, vec![0, 1, 2]), (1, vec![3, 4, 5]), (2, vec![6, 7])];
    assert_eq!(witness.asked, [once.clone(), once].concat());
}

#[test]
fn patterns_name_segments() {
    let layout = Layout::dense(&[2, 3, 2]);
    let matched = |pattern: &str| {
        let segments = layout.segments().iter();
        let matching = segments.filter(|segment| matches(pattern, segment));
        matching.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(matched("layer 1.*"), ["layer 1.weight", "layer 1.bias"]);
    assert_eq!(matched("*.bias"), ["layer 1.bias", "layer 2.bias"]);
    assert_eq!(matched(" layer 2.weight "), ["layer 2.weight"]);
    assert_eq!(matched("*2*w*t"), ["layer 2.weight"]);
    assert_eq!(matched("*").len(), 4);
    assert_eq!(matched("**").len(), 4);
    for nothing in [
        "",
        "layer",
        "layer 1",
        "bias",
        "layer 3.*",
        "*.biases",
        "layer 1.bia",
        "*x*",
    ] {
        assert_eq!(matched(nothing), [""; 0], "{nothing}");
    }
}

/// One step with slopes of 1 everywhere and a learning rate of 1 for whom no group matches.
fn steps_of(groups: &[(&str, &str)], drives: &[f64]) -> Vec<f64> {
    let layout = Layout::dense(&[2, 3, 2]);
    let groups = groups
        .iter()
        .map(|(pattern, short)| ((*pattern).to_owned(), rule(short)));
    let plan = Plan {
        groups: groups.collect(),
        ..Plan::new(rule("sgd:lr=1"))
    };
    let mut descent = Descent::new(plan, &layout);
    for factor in drives {
        assert!(descent.drive("lr", |base| base * factor));
    }
    let (mut p, ones) = (vec![0.0; layout.len()], vec![vec![1.0; layout.len()]]);
    let mut tape = Tape {
        gradients: &ones,
        step: 0,
    };
    descent.step(&Team::default(), &mut tape, &[], &mut p);
    let of_segment = |range: std::ops::Range<usize>| {
        assert!(p[range.clone()].iter().all(|x| *x == p[range.start]));
        -p[range.start]
    };
    let segments = layout.segments().iter();
    segments
        .map(|segment| of_segment(segment.range.clone()))
        .collect()
}

#[test]
fn the_last_group_that_matches_counts() {
    let (biases, first) = (("*.bias", "sgd:lr=0.5"), ("layer 1.*", "sgd:lr=0.25"));
    assert_eq!(steps_of(&[], &[]), [1.0, 1.0, 1.0, 1.0]);
    assert_eq!(steps_of(&[biases], &[]), [1.0, 0.5, 1.0, 0.5]);
    assert_eq!(steps_of(&[biases, first], &[]), [0.25, 0.25, 1.0, 0.5]);
    assert_eq!(steps_of(&[first, biases], &[]), [0.25, 0.5, 1.0, 0.5]);
    assert_eq!(steps_of(&[first, biases, ("*", "sgd:lr=2")], &[]), [2.0; 4]);
    assert_eq!(steps_of(&[("layer 7.*", "sgd:lr=2")], &[]), [1.0; 4]);
}

#[test]
fn a_schedule_scales_each_groups_own_learning_rate_and_starts_from_it_every_time() {
    let groups = [("*.bias", "sgd:lr=0.5"), ("layer 1.*", "sgd:lr=0.25")];
    assert_eq!(steps_of(&groups, &[0.5]), [0.125, 0.125, 0.5, 0.25]);
    assert_eq!(
        steps_of(&groups, &[0.1, 7.0, 0.5]),
        [0.125, 0.125, 0.5, 0.25]
    );
    let mut descent = Descent::<f32>::new(Plan::new(rule("sgd")), &Layout::vector(1));
    assert!(!descent.drive("no_such_field", |base| base));
}

/// The parameters after some steps on a fixed tape, from a start without zeros.
fn driven(plan: Plan, steps: usize) -> Vec<f64> {
    let layout = Layout::dense(&[2, 3, 2]);
    let n = layout.len();
    let at = |at: usize| (at as f64 * 0.9 + 0.4).sin();
    let gradients: Vec<Vec<f64>> = (1..=steps)
        .map(|step| (0..n).map(|place| at(place + 20 * step)).collect())
        .collect();
    let (mut p, mut descent) = (
        (0..n).map(at).collect::<Vec<_>>(),
        Descent::new(plan, &layout),
    );
    let mut tape = Tape {
        gradients: &gradients,
        step: 0,
    };
    for _ in 0..steps {
        descent.step(&Team::default(), &mut tape, &[], &mut p);
    }
    p
}

/// The parts of a vector of the layout in [`driven`].
fn weights_and_biases(p: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for segment in Layout::dense(&[2, 3, 2]).segments() {
        match segment.part {
            Part::Weight => weights.extend(&p[segment.range.clone()]),
            Part::Bias => biases.extend(&p[segment.range.clone()]),
        }
    }
    (weights, biases)
}

#[test]
fn a_groups_learning_rate_counts_for_its_parameters_only() {
    for base in all_rules() {
        // A rule without a learning rate has no other one; one that gathers lets all parameters know of each other.
        let Some(Value::Float(lr)) = base.get("lr") else {
            continue;
        };
        if base.gathers() {
            continue;
        }
        let mut other = base.boxed();
        other.set("lr", &Value::Float(0.5 * lr)).unwrap();
        let plan = Plan {
            groups: vec![("*.bias".into(), other.boxed())],
            ..Plan::new(base.boxed())
        };
        let (weights, biases) = weights_and_biases(&driven(plan, 5));
        let name = base.card().name;
        let (plain_weights, plain_biases) = weights_and_biases(&driven(Plan::new(base), 5));
        let (_, other_biases) = weights_and_biases(&driven(Plan::new(other), 5));
        assert_eq!(weights, plain_weights, "{name}");
        assert_eq!(biases, other_biases, "{name}");
        assert_ne!(biases, plain_biases, "{name}");
    }
}

#[test]
fn only_weights_decay_unless_all_do() {
    let mut decaying = 0;
    for base in all_rules() {
        let name = base.card().name;
        let plan = |decay: f64, decayed: Decayed| {
            let mut rule = base.boxed();
            let known = rule.set("weight_decay", &Value::Float(decay));
            known.is_ok().then(|| Plan {
                decayed,
                ..Plan::new(rule)
            })
        };
        let Some(without) = plan(0.0, Decayed::All) else {
            continue;
        };
        decaying += 1;
        // One step: a rule that gathers lets the biases know of the weights from the second on.
        let [without, default, all] = [
            without,
            plan(0.1, Decayed::default()).unwrap(),
            plan(0.1, Decayed::All).unwrap(),
        ]
        .map(|plan| weights_and_biases(&driven(plan, 1)));
        assert_ne!(default.0, without.0, "{name}: weights decay");
        assert_eq!(default.1, without.1, "{name}: biases do not");
        assert_eq!(all.0, default.0, "{name}");
        assert_ne!(all.1, without.1, "{name}: all decay");
    }
    assert!(decaying > 10);
}

const N: usize = 17;
const STEPS: usize = 24;

/// A descent with a group for biases, of a rule in the same family, and these wrappers.
fn descent<T: Real>(rule: &dyn Optimizer, wrappers: &[&str]) -> Descent<T> {
    let layout = Layout::dense(&[2, 3, 2]);
    assert_eq!(layout.len(), N);
    let mut biases = rule.boxed();
    if let Some(Value::Float(lr)) = rule.get("lr") {
        biases.set("lr", &Value::Float(0.5 * lr)).unwrap();
    }
    let plan = Plan {
        groups: vec![("*.bias".into(), biases)],
        accumulate: 2,
        wrappers: wrappers.iter().map(|short| wrapper(short)).collect(),
        ..Plan::new(rule.boxed())
    };
    Descent::new(plan, &layout)
}

/// The steps of a range on a noisy quadratic, with an epoch after every second.
fn go<T: Real>(
    descent: &mut Descent<T>,
    function: &dyn Function,
    p: &mut [T],
    steps: std::ops::Range<usize>,
) {
    let mut terrain = Terrain::new(function);
    for step in steps {
        let rows: Vec<u32> = (0..7).map(|row| ((row + 7 * step) % 256) as u32).collect();
        descent.step(&Team::default(), &mut terrain, &rows, p);
        if step % 2 == 1 {
            descent.end_epoch((step + 1) as f64 / STEPS as f64, p);
        }
    }
}

fn goes_on<T: Real>() {
    let function = function::ALL
        .parse(&format!("noisy_quadratic:n={N}"))
        .unwrap();
    let names = wrapper::ALL.names();
    // None, each alone, and all at once.
    let mut sets: Vec<Vec<&str>> = names.iter().map(|name| vec![*name]).collect();
    sets.extend([Vec::new(), names]);
    // Three of one name, to be told apart by their order.
    sets.push(["ema:decay=0.9", "ema:decay=0.5", "ema:decay=0.1"].to_vec());
    for rule in all_rules() {
        for set in &sets {
            let what = format!("{} with {set:?}", rule.card().name);
            let (mut whole, mut p) = (descent::<T>(&*rule, set), vec![T::ONE; N]);
            go(&mut whole, &*function, &mut p, 0..STEPS);
            assert!(p.iter().all(|p| p.is_finite()), "{what}");
            let mut result = p.clone();
            whole.evaluated(&mut result);
            for stop in [0, 1, 7, 20, STEPS] {
                let (mut first, mut q) = (descent::<T>(&*rule, set), vec![T::ONE; N]);
                go(&mut first, &*function, &mut q, 0..stop);
                let mut second = descent::<T>(&*rule, set);
                assert_eq!(second.restore(first.memory()), Some(()), "{what} at {stop}");
                assert_eq!(second.memory(), first.memory(), "{what} at {stop}");
                go(&mut second, &*function, &mut q, stop..STEPS);
                assert_eq!(q, p, "{what} at {stop}");
                assert_eq!(second.memory(), whole.memory(), "{what} at {stop}");
                second.evaluated(&mut q);
                assert_eq!(q, result, "{what} at {stop}");
            }
        }
    }
}

#[test]
fn a_descent_goes_on_with_the_same_bits_from_what_was_saved() {
    goes_on::<f32>();
    goes_on::<f64>();
}

#[test]
fn what_is_of_another_descent_is_refused() {
    let function = function::ALL
        .parse(&format!("noisy_quadratic:n={N}"))
        .unwrap();
    let after = |rule: &dyn Optimizer, wrappers: &[&str]| {
        let (mut descent, mut p) = (descent::<f64>(rule, wrappers), vec![1.0; N]);
        go(&mut descent, &*function, &mut p, 0..6);
        descent.memory()
    };
    // Rules whose buffers or numbers differ, and wrappers that differ in what they remember or in how many there are.
    for from in all_rules() {
        for to in all_rules() {
            let differ =
                from.buffers() != to.buffers() || from.scalars().len() != to.scalars().len();
            let restored = descent(&*to, &[]).restore(after(&*from, &[]));
            let what = format!("{} into {}", from.card().name, to.card().name);
            assert_eq!(restored.is_none(), differ, "{what}");
        }
    }
    let adam = rule("adam");
    for from in wrapper::ALL.names() {
        for to in wrapper::ALL.names() {
            let restored = descent(&*adam, &[to]).restore(after(&*adam, &[from]));
            assert_eq!(restored.is_some(), from == to, "{from} into {to}");
        }
        let none = descent(&*adam, &[]).restore(after(&*adam, &[from]));
        assert_eq!(none, None, "{from} into none");
        let some = descent(&*adam, &[from]).restore(after(&*adam, &[]));
        assert_eq!(some, None, "none into {from}");
    }
    // Another number of groups, and of parameters.
    let saved = after(&*adam, &[]);
    let plain = |n: usize| Descent::<f64>::new(Plan::new(rule("adam")), &Layout::vector(n));
    assert_eq!(plain(N).restore(saved.clone()), None);
    assert_eq!(plain(N).restore(plain(N + 1).memory()), None);
    // Damaged: a vector that is empty, too short or not there.
    for damage in 0..3 {
        for at in 0..saved.vectors.len() {
            let mut damaged = saved.clone();
            match damage {
                0 => damaged.vectors[at].1.clear(),
                1 => drop(damaged.vectors[at].1.pop()),
                _ => drop(damaged.vectors.remove(at)),
            }
            assert_eq!(descent(&*adam, &[]).restore(damaged), None, "{damage} {at}");
        }
    }
    for from in wrapper::ALL.members.iter().map(|entry| entry.card.name) {
        let mut damaged = after(&*adam, &[from]);
        // A wrapper that has renewed its vector has one.
        if damaged.counts[0] > 0 {
            damaged.vectors.last_mut().unwrap().1.clear();
            assert_eq!(descent(&*adam, &[from]).restore(damaged), None, "{from}");
        }
    }
}

#[test]
fn where_the_value_is_not_finite_nothing_changes() {
    struct Broken;
    impl Objective<f32> for Broken {
        fn len(&self) -> usize {
            N
        }
        fn rows(&self) -> usize {
            1
        }
        fn gradient(&mut self, _parameters: &[f32], _rows: &[u32], g: &mut [f32]) -> f64 {
            g.fill(1.0);
            f64::NAN
        }
    }
    let names = wrapper::ALL.names();
    for rule in all_rules() {
        let (mut descent, mut p) = (descent::<f32>(&*rule, &names), vec![1.0; N]);
        let before = descent.memory();
        let value = descent.step(&Team::default(), &mut Broken, &[0], &mut p);
        assert!(value.is_nan());
        assert_eq!((p, descent.memory()), (vec![1.0; N], before));
    }
}

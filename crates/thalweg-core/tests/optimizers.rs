//! Update rules against PyTorch: every one of the 110 steps of every case that was recorded from it.

#![allow(clippy::unwrap_used)]

use serde_json::Value as Json;
use thalweg_core::optimizer::{self, Optimizer, State};
use thalweg_core::spec::Value;
use thalweg_core::{Real, schedule};

/// The cases and the rule that each of them is for.
const COVERED: &[(&str, &str)] = &[
    ("sgd", "sgd"),
    ("sgd_weight_decay", "sgd"),
    ("momentum", "momentum"),
    ("momentum_dampened", "momentum"),
    ("nesterov", "nesterov"),
    ("adagrad", "adagrad"),
    ("adagrad_accumulator_decay", "adagrad"),
    ("rmsprop", "rmsprop"),
    ("rmsprop_centered_momentum", "rmsprop"),
    ("adadelta", "adadelta"),
    ("adadelta_rho95", "adadelta"),
    ("adam", "adam"),
    ("adam_l2", "adam"),
    ("adamw", "adamw"),
    ("nadam", "nadam"),
];

/// Cases of rules and options that do not exist here yet.
const NOT_COVERED: &[&str] = &[
    "adam_amsgrad",
    "nadam_decoupled",
    "radam",
    "adamax",
    "rprop",
    "asgd",
];

struct Case {
    name: String,
    rule: Box<dyn Optimizer>,
    /// What PyTorch calls `weight_decay` with every rule but AdamW: a penalty, added to the gradient.
    l2: f64,
    /// From this step on, counted from 0, the learning rate is this factor times as large.
    lr_change: (usize, f64),
    initial: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    parameters: Vec<Vec<f64>>,
}

#[test]
fn every_recorded_case_is_covered_or_named() {
    let recorded = recorded();
    let mut recorded: Vec<_> = recorded
        .iter()
        .map(|case| case["name"].as_str().unwrap())
        .collect();
    let mut known: Vec<_> = COVERED.iter().map(|(case, _)| *case).collect();
    known.extend(NOT_COVERED);
    recorded.sort_unstable();
    known.sort_unstable();
    assert_eq!(recorded, known);
    for entry in optimizer::ALL.members {
        let name = entry.card.name;
        let checked = COVERED.iter().any(|&(_, rule)| rule == name);
        assert!(checked, "no recorded case checks `{name}`");
    }
}

#[test]
fn every_step_is_pytorchs_in_f64() {
    for case in cases() {
        let steps = run::<f64>(&case);
        let (mut largest, mut place) = (0.0, (0, 0));
        for (step, (ours, theirs)) in steps.iter().zip(&case.parameters).enumerate() {
            for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                // Relative to the parameter itself. Roundings are relative to the largest value on its way, so
                // a parameter that crossed 0 could need a floor; none comes closer to it than 4e-4.
                let difference = (ours - theirs).abs() / theirs.abs().max(f64::MIN_POSITIVE);
                if difference > largest {
                    (largest, place) = (difference, (step, at));
                }
            }
        }
        let (step, at) = place;
        println_difference(&case.name, "f64", largest);
        assert!(
            largest <= 1e-12,
            "{}: {largest:e} at step {step}, coordinate {at}",
            case.name
        );
    }
}

#[test]
fn every_step_is_pytorchs_in_f32_but_for_rounding() {
    for case in cases() {
        let mut largest: f64 = 0.0;
        let mut path = case.initial.iter().map(|p| p.abs()).collect::<Vec<_>>();
        for (t, (ours, theirs)) in (1..).zip(run::<f32>(&case).iter().zip(&case.parameters)) {
            for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                // Each step rounds the parameter, and so does the start: half a unit in the last place of the
                // largest value so far. The step itself carries a few roundings, and where an average begins
                // at 0 without correction also that of 1 − ρ, which is a hundred times ρ's own.
                path[at] = path[at].max(theirs.abs());
                let unit = f64::from(f32::EPSILON) * path[at];
                largest = largest.max((ours - theirs).abs() / (unit * f64::from(t)));
            }
        }
        println_difference(&case.name, "f32, in units of rounding a step", largest);
        assert!(largest <= 4.0, "{}: {largest}", case.name);
    }
}

#[test]
fn a_schedule_only_sets_the_field() {
    let case = cases().remove(0);
    let mut rule = case.rule;
    let schedule = schedule::ALL.parse("step:step_size=1,gamma=0.5").unwrap();
    let (mut state, mut p) = (State::new(&*rule, 1), [0.0_f64]);
    for t in 0..3 {
        let lr = schedule.value(8.0, f64::from(t), 3.0);
        rule.set("lr", &Value::Float(lr)).unwrap();
        state.step(&*rule, &mut p, &[-1.0]);
    }
    assert!((p[0] - 14.0).abs() < 1e-15, "8 + 4 + 2, found {}", p[0]);
}

/// The parameters after every step, in the precision `T`.
fn run<T: Real>(case: &Case) -> Vec<Vec<f64>> {
    // Rules are plain values behind a pointer: a dump is how to copy one.
    let mut rule = (optimizer::ALL.find(case.rule.card().name).unwrap().build)();
    for (name, value) in case.rule.dump() {
        rule.set(name, &value).unwrap();
    }
    let Some(Value::Float(lr)) = rule.get("lr") else {
        panic!("a rule has a learning rate")
    };
    let mut p: Vec<T> = case.initial.iter().map(|&x| T::of(x)).collect();
    let mut state = State::new(&*rule, p.len());
    let mut steps = Vec::new();
    assert_eq!((case.gradients.len(), case.parameters.len()), (110, 110));
    for (step, gradient) in case.gradients.iter().enumerate() {
        let (change, factor) = case.lr_change;
        let lr = if step >= change { lr * factor } else { lr };
        rule.set("lr", &Value::Float(lr)).unwrap();
        let pairs = gradient.iter().zip(&p);
        let g: Vec<T> = pairs
            .map(|(&g, &p)| T::of(g) + T::of(case.l2) * p)
            .collect();
        state.step(&*rule, &mut p, &g);
        assert!(p.iter().all(|p| p.is_finite()), "{} at {step}", case.name);
        steps.push(p.iter().map(|p| p.to_f64()).collect());
    }
    steps
}

fn cases() -> Vec<Case> {
    let recorded = recorded();
    COVERED
        .iter()
        .map(|(name, rule)| {
            let case = recorded.iter().find(|case| case["name"] == *name);
            read_case(case.unwrap(), rule)
        })
        .collect()
}

/// A case, with PyTorch's names of hyper-parameters put into ours.
fn read_case(json: &Json, rule: &str) -> Case {
    let mut rule = (optimizer::ALL.find(rule).unwrap().build)();
    let mut l2 = 0.0;
    let mut set = |name: &str, value: &Json| {
        let value = match value {
            Json::Bool(on) => Value::Switch(*on),
            other => Value::Float(other.as_f64().unwrap()),
        };
        rule.set(name, &value).unwrap();
    };
    for (name, value) in json["hyperparameters"].as_object().unwrap() {
        match (name.as_str(), json["optimizer"].as_str().unwrap()) {
            ("alpha", _) => set("rho", value),
            ("initial_accumulator_value", _) => set("initial_accumulator", value),
            ("betas", _) => {
                set("beta1", &value[0]);
                set("beta2", &value[1]);
            }
            // A rule of its own here.
            ("nesterov", _) => {}
            ("weight_decay", "AdamW") => set("weight_decay", value),
            ("weight_decay", _) => l2 = value.as_f64().unwrap(),
            (name, _) => set(name, value),
        }
    }
    let change = &json["lr_change"];
    Case {
        name: json["name"].as_str().unwrap().to_owned(),
        rule,
        l2,
        lr_change: (
            change["after_step"].as_u64().unwrap() as usize,
            change["factor"].as_f64().unwrap(),
        ),
        initial: numbers(&json["initial"]),
        gradients: rows(&json["gradients"]),
        parameters: rows(&json["parameters"]),
    }
}

fn recorded() -> Vec<Json> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/reference/optimizers.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let mut file: Json = serde_json::from_str(&text).unwrap();
    match file["cases"].take() {
        Json::Array(cases) => cases,
        other => panic!("cases are an array, found {other}"),
    }
}

fn rows(json: &Json) -> Vec<Vec<f64>> {
    json.as_array().unwrap().iter().map(numbers).collect()
}

fn numbers(json: &Json) -> Vec<f64> {
    let numbers = json.as_array().unwrap().iter();
    numbers.map(|x| x.as_f64().unwrap()).collect()
}

/// For `cargo test -- --nocapture`: how close each case really is.
#[expect(clippy::print_stdout, reason = "a measurement for whoever asks for it")]
fn println_difference(case: &str, what: &str, largest: f64) {
    println!("{case:28} {largest:10.2e}  ({what})");
}

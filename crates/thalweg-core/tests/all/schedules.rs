//! Schedules against PyTorch at successive times, and what every schedule must do.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use serde_json::Value as Json;
use thalweg_core::schedule::{self, Plateau, Schedule, Warmup};

/// The cases of `reference/schedules.json`, each with our short form; "run" is the 40 steps of the recording.
const RECORDED: &[(&str, &str)] = &[
    ("step", "step:step_size=7,gamma=0.5"),
    ("multi_step", "multi_step:milestones=5,9,30,gamma=0.2"),
    ("exponential", "exponential:gamma=0.93"),
    ("inverse_time", "inverse_time:rate=0.1"),
    ("polynomial", "polynomial:total=30,power=2"),
    ("linear_warmup", "linear:start=0.1,end=1,total=10"),
    ("cosine", "cosine:min=1e-4"),
    (
        "cosine_restarts",
        "cosine_restarts:period=8,factor=2,min=1e-4",
    ),
    // The rise of PyTorch's ends at step 0.3 · 40 − 1 of 39.
    ("one_cycle", "one_cycle:total=39,rise=0.28205128205128205"),
    (
        "cyclic_triangular2",
        "cyclic:low=0.1,rise=6,mode=triangular2",
    ),
    (
        "reduce_on_plateau",
        "reduce_on_plateau:gamma=0.5,patience=2,threshold=0.001,cooldown=1,min=0.001",
    ),
];

/// A run of 64 steps, and the same as a run of length 1.
const UNITS: &[(&str, &str)] = &[
    ("step:step_size=8", "step:step_size=0.125"),
    (
        "multi_step:milestones=8,40",
        "multi_step:milestones=0.125,0.625",
    ),
    ("inverse_time:rate=0.5", "inverse_time:rate=32"),
    (
        "polynomial:total=32,power=2",
        "polynomial:total=0.5,power=2",
    ),
    ("linear", "linear"),
    ("linear:total=16", "linear:total=0.25"),
    ("cosine:period=32", "cosine:period=0.5"),
    ("cosine_restarts:period=8", "cosine_restarts:period=0.125"),
    ("one_cycle", "one_cycle"),
    ("one_cycle:total=32", "one_cycle:total=0.5"),
    ("cyclic:rise=4,fall=8", "cyclic:rise=0.0625,fall=0.125"),
    ("warmup_stable_decay", "warmup_stable_decay"),
    ("inverse_sqrt:rise=16", "inverse_sqrt:rise=0.25"),
    (
        "chain:parts=linear:start=0 end=1 for 8 then cosine",
        "chain:parts=linear:start=0 end=1 for 0.125 then cosine",
    ),
];

/// The case of a rise that is also the wrapper [`Warmup`].
const WARMUP: &str = "linear_warmup";

/// PyTorch computes many values from the one before, so that after k of them a few k roundings of 1.1e-16 can have
/// gathered: 40 · 4 · 1.1e-16 < 2e-14. What is found is below 1e-15 where no difference of like numbers is involved.
const TOLERANCE: f64 = 2e-14;

/// One recording.
struct Case {
    name: String,
    base: f64,
    values: Vec<f64>,
    /// What the schedule reacts to, one after each value.
    scores: Vec<f64>,
    higher_is_better: bool,
    /// Our short form, where the file has it.
    short: Option<String>,
}

#[test]
fn every_recorded_case_is_covered() {
    let mut names: Vec<_> = reference().into_iter().map(|case| case.name).collect();
    let mut known: Vec<_> = RECORDED.iter().map(|(case, _)| *case).collect();
    names.sort_unstable();
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn every_value_is_pytorchs() {
    for case in reference() {
        let (_, short) = RECORDED
            .iter()
            .find(|(name, _)| *name == case.name)
            .unwrap();
        check(&case, &ours(&case, short));
    }
}

#[test]
fn every_value_of_the_further_cases_is_pytorchs() {
    for case in read("trajectories/schedules.json") {
        check(&case, &ours(&case, case.short.as_ref().unwrap()));
    }
}

#[test]
fn the_rise_is_pytorchs() {
    let mut cases = reference().into_iter();
    let case = cases.find(|case| case.name == WARMUP).unwrap();
    let warmup = Warmup {
        len: 10.0,
        start: 0.1,
    };
    let constant = schedule::ALL.parse("constant").unwrap();
    let value = |t| warmup.value(&*constant, case.base, f64::from(t), 40.0);
    check(&case, &(0..40).map(value).collect::<Vec<_>>());
}

#[test]
fn every_value_lies_between_0_and_the_base() {
    for entry in schedule::ALL.members {
        let (schedule, name) = ((entry.build)(), entry.card.name);
        for (base, horizon) in [(0.1, 100.0), (3e-7, 1.0), (10.0, 37.0)] {
            for part in 0..1600 {
                let t = f64::from(part) / 800.0 * horizon;
                let value = schedule.value(base, t, horizon);
                assert!((0.0..=base).contains(&value), "{name} at {t}: {value}");
            }
        }
    }
}

#[test]
fn the_unit_of_time_is_the_callers() {
    for (steps, parts) in UNITS {
        let [steps, parts] = [steps, parts].map(|short| schedule::ALL.parse(short).unwrap());
        for t in 0..100 {
            let t = f64::from(t);
            let (of_steps, of_parts) = (steps.value(0.5, t, 64.0), parts.value(0.5, t / 64.0, 1.0));
            assert_eq!(of_steps, of_parts, "{} at {t}", steps.card().name);
        }
    }
}

#[test]
fn defaults_are_allowed_and_what_is_not_is_refused() {
    for entry in schedule::ALL.members {
        let (mut schedule, name) = ((entry.build)(), entry.card.name);
        let before = schedule.dump();
        let owned = before
            .iter()
            .map(|(field, value)| ((*field).to_owned(), value.clone()));
        schedule.set_all(&owned.collect::<Vec<_>>()).unwrap();
        assert_eq!(schedule.dump(), before, "{name}");
        for field in schedule.fields() {
            for bad in field.range.bad_values() {
                let error = schedule.set(field.name, &bad).unwrap_err().to_string();
                let quoted = format!("`{}`", field.name);
                assert!(error.contains(&quoted), "{name}: {error}");
                assert_eq!(schedule.dump(), before, "{name} after {error}");
            }
        }
    }
}

#[test]
fn no_schedule_is_nan_in_a_run_of_no_length() {
    for entry in schedule::ALL.members {
        let schedule: Box<dyn Schedule> = (entry.build)();
        let value = schedule.value(0.1, 0.0, 0.0);
        assert!(value.is_finite(), "{}: {value}", entry.card.name);
    }
}

/// Who reacts to scores has the base value as its value at every time; nobody else reacts.
#[test]
fn a_reaction_starts_from_the_base_and_never_rises() {
    for entry in schedule::ALL.members {
        let schedule = (entry.build)();
        let Some(rule) = schedule.reaction() else {
            continue;
        };
        let (mut state, mut last) = (Plateau::default(), 0.3);
        assert_eq!(rule.value_after(0.3, 0), 0.3);
        for n in 0..100 {
            assert_eq!(schedule.value(0.3, f64::from(n), 100.0), 0.3);
            rule.push(&mut state, 1.0, n % 2 == 0);
            let value = rule.value_after(0.3, state.reductions);
            assert!((0.0..=last).contains(&value), "{}", entry.card.name);
            last = value;
        }
        assert!(last < 0.3, "{} never reacted", entry.card.name);
    }
}

/// Our values at the times of a recording, of 40 steps where nothing else is said.
fn ours(case: &Case, short: &str) -> Vec<f64> {
    let schedule = schedule::ALL.parse(short).unwrap();
    let mut state = Plateau::default();
    let mut value = |t: usize| match (schedule.reaction(), case.scores.get(t)) {
        (Some(rule), Some(&score)) => {
            let value = rule.value_after(case.base, state.reductions);
            rule.push(&mut state, score, case.higher_is_better);
            value
        }
        _ => schedule.value(case.base, t as f64, 40.0),
    };
    (0..case.values.len()).map(&mut value).collect()
}

fn check(case: &Case, ours: &[f64]) {
    let name = &case.name;
    assert!(
        !ours.is_empty() && ours.len() == case.values.len(),
        "{name}"
    );
    let mut largest: f64 = 0.0;
    for (t, (ours, theirs)) in ours.iter().zip(&case.values).enumerate() {
        // No tiny floor: the only values of 0 are met exactly.
        let difference = (ours - theirs).abs() / theirs.abs().max(f64::MIN_POSITIVE);
        assert!(difference <= TOLERANCE, "{name} at {t}: {difference:e}");
        largest = largest.max(difference);
    }
    println_difference(name, largest);
}

fn reference() -> Vec<Case> {
    read("reference/schedules.json")
}

fn read(path: &str) -> Vec<Case> {
    let path = format!("{}/../../fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    let file: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let numbers = |list: &Json| {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let either = |case: &Json, one: &str, other: &str| {
        let found = case.get(one).or_else(|| case.get(other));
        found.cloned().unwrap_or_default()
    };
    let read = |case: &Json| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        // Where PyTorch's scheduler sets the highest value itself, that is our base.
        base: case["arguments"]["max_lr"]
            .as_f64()
            .or_else(|| either(case, "base", "base_lr").as_f64())
            .unwrap(),
        values: numbers(&either(case, "values", "lr")),
        scores: numbers(&either(case, "scores", "metrics")),
        higher_is_better: case["higher_is_better"].as_bool().unwrap_or(false),
        short: case["schedule"].as_str().map(ToOwned::to_owned),
    };
    file["cases"].as_array().unwrap().iter().map(read).collect()
}

/// For `cargo test -- --nocapture`: how close each case really is.
#[expect(clippy::print_stdout, reason = "a measurement for whoever asks for it")]
fn println_difference(case: &str, largest: f64) {
    println!("{case:36} {largest:10.2e}");
}

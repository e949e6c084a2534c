//! Schedules against PyTorch at 40 successive times, and what every schedule must do.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use serde_json::Value as Json;
use thalweg_core::schedule::{self, Schedule, Warmup};

/// The cases, each with our short form; "run" is the 40 steps of the recording.
const COVERED: &[(&str, &str)] = &[
    ("step", "step:step_size=7,gamma=0.5"),
    ("exponential", "exponential:gamma=0.93"),
    ("inverse_time", "inverse_time:rate=0.1"),
    ("polynomial", "polynomial:total=30,power=2"),
    ("cosine", "cosine:min=1e-4"),
];

/// The case of a rise, which is no schedule of its own here.
const WARMUP: &str = "linear_warmup";

/// Cases of schedules that do not exist here yet.
const NOT_COVERED: &[&str] = &[
    "multi_step",
    "cosine_restarts",
    "one_cycle",
    "cyclic_triangular2",
    "reduce_on_plateau",
];

/// PyTorch computes most values from the one before, so that after k of them a few k roundings of 1.1e-16 can have
/// gathered: 40 · 4 · 1.1e-16 < 2e-14. What is found is below 1e-15.
const TOLERANCE: f64 = 2e-14;

#[test]
fn every_recorded_case_is_covered_or_named() {
    let recorded = recorded();
    let mut names: Vec<_> = recorded.iter().map(|(name, ..)| name.as_str()).collect();
    let mut known: Vec<_> = COVERED.iter().map(|(case, _)| *case).collect();
    known.push(WARMUP);
    known.extend(NOT_COVERED);
    names.sort_unstable();
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn every_value_is_pytorchs() {
    let recorded = recorded();
    for (case, short) in COVERED {
        let schedule = schedule::ALL.parse(short).unwrap();
        let (_, base, values) = recorded.iter().find(|(name, ..)| name == case).unwrap();
        check(case, values, |t| schedule.value(*base, t, 40.0));
    }
}

#[test]
fn the_rise_is_pytorchs() {
    let recorded = recorded();
    let (_, base, values) = recorded.iter().find(|(name, ..)| name == WARMUP).unwrap();
    let warmup = Warmup {
        len: 10.0,
        start: 0.1,
    };
    let constant = schedule::ALL.parse("constant").unwrap();
    check(WARMUP, values, |t| warmup.value(&*constant, *base, t, 40.0));
}

#[test]
fn every_schedule_starts_at_its_base_and_is_never_negative() {
    for entry in schedule::ALL.members {
        let (schedule, name) = ((entry.build)(), entry.card.name);
        for (base, horizon) in [(0.1, 100.0), (3e-7, 1.0), (10.0, 37.0)] {
            assert_eq!(schedule.value(base, 0.0, horizon), base, "{name}");
            for quarter in 0..(8.0 * horizon) as u32 {
                let t = f64::from(quarter) / 4.0;
                let value = schedule.value(base, t, horizon);
                assert!(value.is_finite() && value >= 0.0, "{name} at {t}: {value}");
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

fn check(case: &str, values: &[f64], ours: impl Fn(f64) -> f64) {
    assert_eq!(values.len(), 40, "{case}");
    let mut largest: f64 = 0.0;
    for (t, theirs) in values.iter().enumerate() {
        // No tiny floor: the only value of 0, the polynomial's end, is met exactly.
        let difference = (ours(t as f64) - theirs).abs() / theirs.abs().max(f64::MIN_POSITIVE);
        assert!(difference <= TOLERANCE, "{case} at {t}: {difference:e}");
        largest = largest.max(difference);
    }
    println_difference(case, largest);
}

/// Name, base value and the values in force of every case.
fn recorded() -> Vec<(String, f64, Vec<f64>)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/reference/schedules.json"
    );
    let file: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let read = |case: &Json| {
        let values = case["lr"].as_array().unwrap().iter();
        (
            case["name"].as_str().unwrap().to_owned(),
            case["base_lr"].as_f64().unwrap(),
            values.map(|x| x.as_f64().unwrap()).collect(),
        )
    };
    file["cases"].as_array().unwrap().iter().map(read).collect()
}

/// For `cargo test -- --nocapture`: how close each case really is.
#[expect(clippy::print_stdout, reason = "a measurement for whoever asks for it")]
fn println_difference(case: &str, largest: f64) {
    println!("{case:28} {largest:10.2e}");
}

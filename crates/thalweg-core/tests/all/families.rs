//! What every member of every family must do. Members come from the families' lists; none is treated by name.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use std::collections::BTreeSet;

use crate::common::{changed, copy, variants};
use thalweg_core::optimizer::{self, Piece, Scope, State};
use thalweg_core::spec::{Listed, Range, SpecError, Tunable, Value};
use thalweg_core::team::Team;
use thalweg_core::{
    Real, activation, function, initializer, loss, metric, schedule, solver, wrapper,
};

const FAMILIES: &[&dyn Listed] = &[
    &optimizer::ALL,
    &solver::ALL,
    &wrapper::ALL,
    &schedule::ALL,
    &activation::ALL,
    &initializer::ALL,
    &loss::ALL,
    &metric::ALL,
    &function::ALL,
];

fn every_member() -> impl Iterator<Item = Box<dyn Tunable>> {
    FAMILIES.iter().flat_map(|family| family.members())
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn names_are_unique_and_snake_case() {
    for family in FAMILIES {
        let mut names = BTreeSet::new();
        for member in family.members() {
            let name = member.card().name;
            assert!(is_snake_case(name), "{name}");
            assert!(names.insert(name), "{} has two of {name}", family.name());
            let mut fields = BTreeSet::new();
            for field in member.fields() {
                assert!(is_snake_case(field.name), "{name}.{}", field.name);
                assert!(fields.insert(field.name), "{name}.{} twice", field.name);
            }
        }
    }
}

#[test]
fn every_description_is_a_sentence() {
    for family in FAMILIES {
        assert!(family.summary().ends_with('.'), "{}", family.name());
    }
    for member in every_member() {
        let card = member.card();
        assert!(card.summary.ends_with('.'), "{}", card.name);
        assert!(
            card.differences.is_empty() || card.differences.ends_with('.'),
            "{}",
            card.name
        );
        for field in member.fields() {
            assert!(field.doc.ends_with('.'), "{}.{}", card.name, field.name);
        }
    }
}

#[test]
fn defaults_are_allowed_and_what_is_not_is_refused() {
    for mut member in every_member() {
        let (name, before) = (member.card().name, member.dump());
        assert_eq!(member.conflict(), None, "{name}");
        for field in member.fields() {
            let default_is_a_word =
                matches!(field.default, Value::Text(_)) && !matches!(field.range, Range::OneOf(_));
            assert!(
                default_is_a_word || field.range.contains(&field.default),
                "{name}.{}",
                field.name
            );
            for bad in field.range.bad_values() {
                let error = member.set(field.name, &bad).unwrap_err().to_string();
                let quoted = format!("`{}`", field.name);
                assert!(error.contains(&quoted), "{name}: {error}");
                assert_eq!(member.dump(), before, "{name} after {error}");
            }
        }
    }
}

#[test]
fn a_dump_builds_the_same_member_again() {
    for family in FAMILIES {
        for default in family.members() {
            let name = default.card().name;
            let fresh = || {
                let mut members = family.members().into_iter();
                members.find(|member| member.card().name == name).unwrap()
            };
            for field in default.fields() {
                let Some(value) = changed(&field) else {
                    continue;
                };
                let mut member = fresh();
                member.set(field.name, &value).unwrap();
                assert_ne!(member.dump(), default.dump(), "{name}.{}", field.name);
                let dump = |member: &dyn Tunable| -> Vec<(String, Value)> {
                    let pairs = member.dump().into_iter();
                    pairs
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect()
                };
                let mut again = fresh();
                match again.set_all(&dump(&*member)) {
                    Ok(()) => assert_eq!(dump(&*again), dump(&*member)),
                    // Another field would have to change with this one.
                    Err(errors) => assert!(
                        matches!(errors[..], [SpecError::Conflict { .. }]),
                        "{name}: {errors:?}"
                    ),
                }
            }
        }
    }
}

/// More than one vector register, and some left over.
const N: usize = 67;

fn start<T: Real>() -> Vec<T> {
    (0..N).map(|at| T::of((at as f64 * 1.7).cos())).collect()
}

fn gradient<T: Real>(step: usize) -> Vec<T> {
    (0..N)
        .map(|at| {
            T::of((at as f64 * 0.9 + step as f64 * 1.3).sin() * 10.0_f64.powi(at as i32 % 5 - 3))
        })
        .collect()
}

fn same_bits<T: Real>() {
    for rule in variants() {
        let name = rule.card().name;
        let (mut p, mut state) = (start::<T>(), State::new(&*rule, N));
        for step in 0..30 {
            state.step(&*rule, &mut p, &gradient(step));
        }
        for stop in [0, 1, 7, 29] {
            let (mut q, mut first) = (start::<T>(), State::new(&*rule, N));
            for step in 0..stop {
                first.step(&*rule, &mut q, &gradient(step));
            }
            // What a checkpoint does: the state and the rule's settings go into fresh values.
            let (fresh, mut second) = (copy(&*rule), State::new(&*rule, N));
            second.clone_from(&first);
            for step in stop..30 {
                second.step(&*fresh, &mut q, &gradient(step));
            }
            assert_eq!((&q, &second), (&p, &state), "{name} stopped at {stop}");
        }
    }
}

#[test]
fn a_state_saved_at_any_step_goes_on_with_the_same_bits() {
    same_bits::<f32>();
    same_bits::<f64>();
}

fn ranges_agree<T: Real>() {
    for rule in variants() {
        let name = rule.card().name;
        if rule.scope() == Scope::Segment {
            continue;
        }
        let team = Team::default();
        let (mut whole, mut state) = (start::<T>(), State::new(&*rule, N));
        let (mut parts, mut pieces) = (start::<T>(), State::new(&*rule, N));
        for step in 0..12 {
            let g = gradient(step);
            state.step(&*rule, &mut whole, &g);
            pieces.advance(&*rule);
            if rule.gathers() {
                let sums = pieces.gather(&team, &*rule, 0..N, Piece::vector(N, true), &parts, &g);
                pieces.settle(&*rule, sums);
            }
            for range in [40..N, 0..1, 1..17, 17..40] {
                let piece = Piece::vector(range.len(), true);
                let p = &mut parts[range.clone()];
                pieces.update_range(&team, &*rule, range.clone(), piece, p, &g[range]);
            }
        }
        assert_eq!((&parts, &pieces), (&whole, &state), "{name}");
    }
}

#[test]
fn an_update_by_ranges_is_the_update_of_the_whole() {
    ranges_agree::<f32>();
    ranges_agree::<f64>();
}

/// Enough for the threads of a team to share an update, and no multiple of what they share it by.
const MANY: usize = 200_003;

#[test]
fn threads_make_no_difference_to_a_bit() {
    let g: Vec<f32> = (0..MANY).map(|at| (at as f32 * 0.37).sin()).collect();
    for entry in optimizer::ALL.members {
        let rule = (entry.build)();
        let end = |threads| {
            let team = Team::new(threads);
            let (mut p, mut state) = (vec![0.5_f32; MANY], State::new(&*rule, MANY));
            for _ in 0..3 {
                state.step_on(&team, &*rule, &mut p, &g);
            }
            (p, state)
        };
        let alone = end(1);
        for threads in [2, 3] {
            assert!(end(threads) == alone, "{} on {threads}", entry.card.name);
        }
    }
}

#[test]
fn a_learning_rate_of_zero_changes_nothing() {
    for mut rule in variants() {
        // A rule without a learning rate finds its steps itself.
        if rule.set("lr", &Value::Float(0.0)).is_err() {
            continue;
        }
        for decay in ["weight_decay", "lambd"] {
            let _ = rule.set(decay, &Value::Float(0.0));
        }
        let (mut p, mut state) = (start::<f32>(), State::new(&*rule, N));
        for step in 0..5 {
            state.step(&*rule, &mut p, &gradient(step));
        }
        assert_eq!(p, start::<f32>(), "{}", rule.card().name);
    }
}

/// Finite gradients give no NaN, however large or small. Where a square overflows, the root that scales the
/// step is infinite and the step 0; where a velocity or a parameter itself overflows, it stays infinite.
#[test]
fn finite_gradients_never_give_nan() {
    const EXTREMES: [f32; 6] = [0.0, 1e-38, -1e-38, 1.0, 1e38, -1e38];
    // One coordinate for each sequence of four.
    let n = EXTREMES.len().pow(4);
    let at_step = |step: u32| -> Vec<f32> {
        let digit = |at: usize| at / EXTREMES.len().pow(step % 4) % EXTREMES.len();
        (0..n).map(|at| EXTREMES[digit(at)]).collect()
    };
    for rule in variants() {
        let (mut p, mut state) = (vec![1.0_f32; n], State::new(&*rule, n));
        for step in 0..40 {
            state.step(&*rule, &mut p, &at_step(step));
            let bad = p.iter().position(|p| p.is_nan());
            assert_eq!(
                bad,
                None,
                "{} {:?} at {step}",
                rule.card().name,
                rule.dump()
            );
        }
    }
}

#[test]
fn a_decay_that_rounds_to_one_gives_no_nan() {
    for mut rule in variants() {
        for field in rule.fields() {
            if field.range == Range::FRACTION {
                let value = Value::Float(1.0_f64.next_down());
                rule.set(field.name, &value).unwrap();
            }
        }
        // Prodigy takes γ · weight_decay away, and such averages make γ large.
        let _ = rule.set("weight_decay", &Value::Float(0.0));
        let (mut p, mut state) = (start::<f32>(), State::new(&*rule, N));
        for step in 0..20 {
            state.step(&*rule, &mut p, &gradient(step));
            assert!(
                p.iter().all(|p| p.is_finite()),
                "{} {:?} {:?}",
                rule.card().name,
                rule.dump(),
                state.scalars
            );
        }
    }
}

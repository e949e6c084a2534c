//! What rules say that they can stand, against the rules themselves: on quadratics they converge just below it and leave
//! just above.

#![allow(clippy::unwrap_used)]

use crate::common::{Plain, Turned, dot, norm};
use thalweg_core::objective::Curvature;
use thalweg_core::optimizer::{ALL, Optimizer, Piece, State};
use thalweg_core::spec::Value;
use thalweg_landscape::Surface;
use thalweg_landscape::lanczos::Lanczos;
use thalweg_landscape::operator::{CurvatureAt, Operator};

/// Curvatures of the quadratic.
const CURVATURES: [f64; 5] = [0.3, 1.0, 2.0, 5.0, 11.0];
/// Averages and sums of squares, as different as the parameters of a network.
const SQUARES: [f64; 5] = [0.04, 0.25, 1.0, 4.0, 0.5];

/// Rules with the averages of their squares standing still, and which of their buffers these are.
const RULES: [(&str, &[usize]); 15] = [
    ("sgd", &[]),
    ("momentum:momentum=0.5", &[]),
    ("momentum:momentum=0.9,dampening=0.5", &[]),
    ("momentum:momentum=0.9,ema=true", &[]),
    ("momentum:momentum=0.9,convention=keras", &[]),
    ("nesterov:momentum=0.5", &[]),
    ("nesterov:momentum=0.9,convention=paper", &[]),
    ("adagrad:eps=0.01", &[0]),
    ("adagrad:eps=0.01,convention=keras", &[0]),
    ("rmsprop:rho=0.999999999999,eps=0.01", &[0]),
    (
        "rmsprop:rho=0.999999999999,eps=0.01,momentum=0.9,convention=keras",
        &[0],
    ),
    ("adam:beta1=0.5,beta2=0.999999999999,eps=0.01", &[1]),
    ("adam:beta2=0.999999999999,eps=0.01,convention=keras", &[1]),
    ("adam:beta2=0.999999999999,eps=0.01,amsgrad=true", &[1, 2]),
    ("adamw:beta2=0.999999999999,weight_decay=0", &[1]),
];

/// Late in a training: no average has a start to make up for, and those of squares have their values.
fn late(rule: &dyn Optimizer, squares: &[usize]) -> State<f64> {
    let mut state = State::new(rule, CURVATURES.len());
    // 1 − β₂ᵗ is 1 only after some 10¹³ steps.
    state.t = 1 << 50;
    for &buffer in squares {
        state.buffers[buffer].copy_from_slice(&SQUARES);
    }
    state
}

/// The largest eigenvalue of the curvature over what the rule can stand.
fn load(rule: &dyn Optimizer, state: &State<f64>, matrix: &mut Turned) -> f64 {
    let n = CURVATURES.len();
    let mut thresholds = vec![0.0; n];
    assert!(state.thresholds(rule, 0..n, Piece::vector(n, true), &mut thresholds));
    let mut quadratic = Plain {
        n,
        function: |x: &[f64], g: &mut [f64]| {
            matrix.apply(x, g).unwrap();
            0.5 * dot(x, g)
        },
    };
    let mut surface = Surface::<f64>::whole(&mut quadratic);
    let at = vec![0.0; n];
    let operator = CurvatureAt::new(&mut surface, &at, Curvature::Hessian).unwrap();
    let lanczos = Lanczos {
        tolerance: 1e-12,
        ..Lanczos::default()
    };
    let mut operator = operator.preconditioned(&thresholds).unwrap();
    lanczos.ends(&mut operator).unwrap().highest.value
}

/// ‖p‖ after some steps of a rule on ½ pᵀ A p from a small start, over the start.
fn growth(rule: &dyn Optimizer, state: &mut State<f64>, matrix: &mut Turned) -> f64 {
    let mut p = vec![1e-6; CURVATURES.len()];
    let start = norm(&p);
    let mut g = vec![0.0; p.len()];
    for _ in 0..3000 {
        matrix.apply(&p, &mut g).unwrap();
        state.step(rule, &mut p, &g);
        if norm(&p) > 1e3 * start {
            break;
        }
    }
    norm(&p) / start
}

#[test]
fn rules_converge_below_their_thresholds_and_leave_above() {
    let mut matrix = Turned::new(CURVATURES.to_vec());
    for (text, squares) in RULES {
        let mut rule = ALL.parse(text).unwrap();
        let mut at = |lr: f64| {
            rule.set("lr", &Value::Float(lr)).unwrap();
            rule.boxed()
        };
        let longest = {
            let rule = at(1.0);
            1.0 / load(&*rule, &late(&*rule, squares), &mut matrix)
        };
        for (part, leaves) in [(0.95, false), (1.05, true)] {
            let rule = at(part * longest);
            let mut state = late(&*rule, squares);
            let load = load(&*rule, &state, &mut matrix);
            assert!((load / part - 1.0).abs() < 1e-9, "{text}: {load}");
            let growth = growth(&*rule, &mut state, &mut matrix);
            let is_right = if leaves { growth > 10.0 } else { growth < 1e-2 };
            assert!(is_right, "{text} {part}: {growth:e}");
        }
    }
}

/// A rule that says what it can stand is in the list above, and before its first step it says nothing.
#[test]
fn rules_without_a_threshold_say_so() {
    for entry in ALL.members {
        let rule = (entry.build)();
        let name = entry.card.name;
        let is_listed = RULES
            .iter()
            .any(|(text, _)| text.split(':').next() == Some(name));
        let says = |state: &State<f64>| {
            state.thresholds(&*rule, 0..5, Piece::vector(5, true), &mut [0.0; 5])
        };
        assert_eq!(says(&late(&*rule, &[])), is_listed, "{name}");
        assert!(!says(&State::new(&*rule, 5)), "{name}");
    }
}

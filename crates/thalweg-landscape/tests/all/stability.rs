//! The limits of stability against the rules themselves: on quadratics they converge just below and leave just above.

#![allow(clippy::unwrap_used)]

use crate::common::{Plain, Turned, dot, norm};
use thalweg_core::objective::Curvature;
use thalweg_core::optimizer::{Adam, Momentum, Nesterov, Optimizer, Sgd, State};
use thalweg_landscape::Surface;
use thalweg_landscape::lanczos::Lanczos;
use thalweg_landscape::operator::{CurvatureAt, Operator};
use thalweg_landscape::stability::Rule;

/// Curvatures of the quadratic.
const CURVATURES: [f64; 5] = [0.3, 1.0, 2.0, 5.0, 11.0];

/// ‖p‖ after some steps of a rule on ½ pᵀ A p from a small start, over the start.
fn growth(rule: &dyn Optimizer, state: &mut State<f64>, matrix: &mut Turned) -> f64 {
    let mut p = vec![1e-3; matrix.len()];
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

fn sharpest(matrix: &mut dyn Operator) -> f64 {
    let lanczos = Lanczos {
        tolerance: 1e-12,
        ..Lanczos::default()
    };
    lanczos.ends(matrix, None).unwrap().highest.value
}

#[test]
fn rules_converge_below_their_limits_and_leave_above() {
    let mut matrix = Turned::new(CURVATURES.to_vec());
    let largest = sharpest(&mut matrix);
    for momentum in [0.0, 0.5, 0.9] {
        let limits = [
            Rule::GradientDescent,
            Rule::HeavyBall { momentum },
            Rule::Nesterov { momentum },
        ];
        for limit in limits {
            let longest = limit.longest(largest).unwrap();
            assert!((limit.sharpest(longest) / largest - 1.0).abs() < 1e-12);
            for (part, leaves) in [(0.95, false), (1.05, true)] {
                let lr = part * longest;
                let rule: Box<dyn Optimizer> = match limit {
                    Rule::HeavyBall { .. } => Box::new(Momentum {
                        lr,
                        momentum,
                        ..Momentum::default()
                    }),
                    Rule::Nesterov { .. } => Box::new(Nesterov {
                        lr,
                        momentum,
                        ..Nesterov::default()
                    }),
                    _ => Box::new(Sgd {
                        lr,
                        ..Sgd::default()
                    }),
                };
                let mut state = State::new(&*rule, CURVATURES.len());
                let growth = growth(&*rule, &mut state, &mut matrix);
                let is_right = if leaves { growth > 10.0 } else { growth < 1e-2 };
                assert!(is_right, "{limit:?} {part}: {growth:e}");
            }
        }
    }
}

/// Adam late in a training: no bias is left to correct, and √v̂ hardly moves.
#[test]
fn adam_has_the_limit_of_averaged_gradients_divided_by_d() {
    let mut matrix = Turned::new(CURVATURES.to_vec());
    let (v, eps) = ([0.04_f64, 0.25, 1.0, 4.0, 0.5], 1e-8);
    let diagonal: Vec<f64> = v.iter().map(|v| v.sqrt() + eps).collect();
    let mut quadratic = Plain {
        n: CURVATURES.len(),
        function: |x: &[f64], g: &mut [f64]| {
            matrix.apply(x, g).unwrap();
            0.5 * dot(x, g)
        },
    };
    let mut surface = Surface::<f64>::whole(&mut quadratic);
    let at = [0.0; CURVATURES.len()];
    let operator = CurvatureAt::new(&mut surface, &at, Curvature::Hessian).unwrap();
    let largest = sharpest(&mut operator.preconditioned(&diagonal).unwrap());
    for beta1 in [0.5, 0.9] {
        let limit = Rule::Averaged { beta1 };
        assert!(limit.is_preconditioned());
        let longest = limit.longest(largest).unwrap();
        for (part, leaves) in [(0.95, false), (1.05, true)] {
            let adam = Adam {
                lr: part * longest,
                beta1,
                beta2: 1.0 - 1e-12,
                eps,
                ..Adam::default()
            };
            let mut state = State::new(&adam, CURVATURES.len());
            // 1 − β₂ᵗ is 1 only after some 10¹³ steps.
            state.t = 1 << 50;
            state.buffers[1].copy_from_slice(&v);
            let growth = growth(&adam, &mut state, &mut matrix);
            let is_right = if leaves { growth > 10.0 } else { growth < 1e-2 };
            assert!(is_right, "{beta1} {part}: {growth:e}");
        }
    }
}

#[test]
fn nothing_limits_a_step_where_nothing_bends_up() {
    assert_eq!(Rule::GradientDescent.longest(-1.0), None);
    assert_eq!(Rule::Scaled.longest(4.0), Some(0.5));
    assert!((Rule::Averaged { beta1: 0.9 }.sharpest(1.0) - 38.0).abs() < 1e-12);
}

//! What every solver must do, on functions whose minimum is known; and L-BFGS against the conditions that its steps
//! promise, and against PyTorch.

// What a run took is printed: `cargo test -p thalweg-core --test all solvers -- --nocapture` shows it.
#![allow(clippy::float_cmp, clippy::print_stdout, clippy::unwrap_used)]

use serde_json::Value as Json;
use thalweg_core::Real;
use thalweg_core::loss::{MeanSquared, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::{Objective, Training};
use thalweg_core::optimizer::State;
use thalweg_core::solver::{self, Armijo, Lbfgs, NewtonCg, Outcome, Progress, Solver};
use thalweg_core::spec::{SpecError, Value};
use thalweg_core::team::Team;

/// A value with its gradient.
type Function = fn(&[f64], &mut [f64]) -> f64;

/// A function of `n` coordinates given by its value and gradient in f64, which counts its evaluations.
struct Plain {
    n: usize,
    function: Function,
    evaluations: u64,
}

impl Plain {
    fn new(n: usize, function: Function) -> Plain {
        Plain {
            n,
            function,
            evaluations: 0,
        }
    }
}

impl<T: Real> Objective<T> for Plain {
    fn len(&self) -> usize {
        self.n
    }

    fn rows(&self) -> usize {
        1
    }

    fn gradient(&mut self, parameters: &[T], _rows: &[u32], g: &mut [T]) -> f64 {
        self.evaluations += 1;
        let x: Vec<f64> = parameters.iter().map(|p| p.to_f64()).collect();
        let mut slopes = vec![0.0; x.len()];
        let value = (self.function)(&x, &mut slopes);
        for (g, slope) in g.iter_mut().zip(slopes) {
            *g = T::of(slope);
        }
        value
    }
}

/// ½ Σ hᵢ (xᵢ − 1)², with h from 1 to `kappa` in equal ratios.
fn quadratic(kappa: f64, x: &[f64], g: &mut [f64]) -> f64 {
    let last = (x.len() - 1) as f64;
    let mut value = 0.0;
    for (i, (x, g)) in x.iter().zip(g).enumerate() {
        let h = kappa.powf(i as f64 / last);
        *g = h * (x - 1.0);
        value += 0.5 * h * (x - 1.0) * (x - 1.0);
    }
    value
}

fn bowl(x: &[f64], g: &mut [f64]) -> f64 {
    quadratic(25.0, x, g)
}

fn steep_bowl(x: &[f64], g: &mut [f64]) -> f64 {
    quadratic(1e4, x, g)
}

fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    g[0] = -2.0 * a - 400.0 * x[0] * b;
    g[1] = 200.0 * b;
    a * a + 100.0 * b * b
}

/// Beale's function, with its minimum 0 at (3, 0.5).
fn beale(x: &[f64], g: &mut [f64]) -> f64 {
    g.fill(0.0);
    let (x, y) = (x[0], x[1]);
    let mut value = 0.0;
    for (constant, power) in [(1.5, 1), (2.25, 2), (2.625, 3)] {
        let term = constant - x + x * y.powi(power);
        g[0] += 2.0 * term * (y.powi(power) - 1.0);
        g[1] += 2.0 * term * x * f64::from(power) * y.powi(power - 1);
        value += term * term;
    }
    value
}

/// x⁴ − x² with √ of what is left of a wall: NaN from x = 2 on.
fn walled(x: &[f64], g: &mut [f64]) -> f64 {
    let room = (2.0 - x[0]).sqrt();
    g[0] = 4.0 * x[0].powi(3) - 2.0 * x[0] + 0.05 / room;
    x[0].powi(4) - x[0] * x[0] - 0.1 * room
}

/// −ln x − ln(1 − x): infinite or NaN outside of (0, 1).
fn barrier(x: &[f64], g: &mut [f64]) -> f64 {
    let mut value = 0.0;
    for (x, g) in x.iter().zip(g) {
        *g = -1.0 / x + 1.0 / (1.0 - x);
        value -= x.ln() + (1.0 - x).ln();
    }
    value
}

fn all() -> impl Iterator<Item = Box<dyn Solver>> {
    solver::ALL.members.iter().map(|entry| (entry.build)())
}

struct Run<T> {
    steps: usize,
    evaluations: u64,
    products: u64,
    value: f64,
    p: Vec<T>,
    outcome: Outcome,
}

/// Steps until the value is below `target`, nothing moves, or `limit` steps are done.
fn run<T: Real>(
    solver: &dyn Solver,
    objective: &mut Plain,
    initial: &[f64],
    target: f64,
    limit: usize,
) -> Run<T> {
    let mut p: Vec<T> = initial.iter().map(|&x| T::of(x)).collect();
    let mut state = solver::memory(solver, p.len());
    let mut run = Run {
        steps: 0,
        evaluations: 0,
        products: 0,
        value: f64::INFINITY,
        p: Vec::new(),
        outcome: Outcome::Stepped,
    };
    while run.steps < limit && run.value >= target && run.outcome == Outcome::Stepped {
        let before = p.clone();
        let progress = solver::step(solver, &mut state, objective, &[0], &mut p);
        let name = solver.card().name;
        assert!(progress.value <= run.value, "{name} rises");
        assert_eq!(before != p, progress.moved(), "{name}: {progress:?}");
        (run.value, run.outcome) = (progress.value, progress.outcome);
        run.evaluations += progress.evaluations;
        run.products += progress.products;
        run.steps += usize::from(progress.moved());
        assert_eq!(state.t as usize, run.steps);
        let numbers = state.buffers.iter().flatten().all(|x| x.is_finite());
        assert!(
            numbers && state.scalars.iter().all(|x| x.is_finite()),
            "{name}"
        );
    }
    println!(
        "{:10} to {target:e}: {} steps, {} evaluations, {} products, value {:e}, {:?}",
        solver.card().name,
        run.steps,
        run.evaluations,
        run.products,
        run.value,
        run.outcome
    );
    run.p = p;
    run
}

#[test]
fn bowls_are_descended() {
    for solver in all() {
        let mut objective = Plain::new(2, bowl);
        let run = run::<f64>(&*solver, &mut objective, &[-2.0, 3.0], 1e-14, 500);
        assert!(run.value < 1e-14, "{}", solver.card().name);
        assert_eq!(run.evaluations + 2 * run.products, objective.evaluations);
    }
    for solver in all() {
        let mut objective = Plain::new(20, steep_bowl);
        let run = run::<f64>(&*solver, &mut objective, &[0.0; 20], 1e-10, 100_000);
        assert!(run.value < 1e-10, "{}", solver.card().name);
    }
}

#[test]
fn rosenbrocks_valley_is_followed() {
    let goals: [(&dyn Solver, f64, usize); 3] = [
        (&Lbfgs::default(), 1e-12, 60),
        (&NewtonCg::default(), 1e-12, 60),
        (&Armijo::default(), 1e-3, 20_000),
    ];
    assert_eq!(goals.len(), solver::ALL.members.len());
    for (solver, target, limit) in goals {
        let mut objective = Plain::new(2, rosenbrock);
        let run = run::<f64>(solver, &mut objective, &[-1.2, 1.0], target, limit);
        assert!(run.value < target, "{}", solver.card().name);
    }
}

#[test]
fn beales_minimum_is_found() {
    for solver in all() {
        let mut objective = Plain::new(2, beale);
        let run = run::<f64>(&*solver, &mut objective, &[1.0, 1.0], 1e-12, 20_000);
        assert!((run.p[0] - 3.0).abs() < 1e-4 && (run.p[1] - 0.5).abs() < 1e-4);
    }
}

#[test]
fn single_precision_is_enough_for_a_bowl() {
    for solver in all() {
        let run = run::<f32>(&*solver, &mut Plain::new(2, bowl), &[-2.0, 3.0], 1e-10, 500);
        assert!(run.value < 1e-10, "{}", solver.card().name);
        let run = run_until_it_ends::<f32>(&*solver, rosenbrock, &[-1.2, 1.0]);
        assert!(run.value < 1e-4, "{}", solver.card().name);
    }
}

/// Steps until nothing moves, which has to come.
fn run_until_it_ends<T: Real>(solver: &dyn Solver, function: Function, initial: &[f64]) -> Run<T> {
    let mut objective = Plain::new(initial.len(), function);
    let run = run::<T>(solver, &mut objective, initial, f64::NEG_INFINITY, 200_000);
    let ended = matches!(run.outcome, Outcome::Converged | Outcome::NoDescent);
    assert!(ended, "{}: {:?}", solver.card().name, run.outcome);
    run
}

#[test]
fn a_solver_ends_by_itself() {
    for solver in all() {
        let run = run_until_it_ends::<f64>(&*solver, rosenbrock, &[-1.2, 1.0]);
        assert!(run.value < 1e-12);
        let mut objective = Plain::new(2, bowl);
        let at_once = self::run::<f64>(&*solver, &mut objective, &[1.0, 1.0], -1.0, 5);
        assert_eq!(
            (at_once.outcome, at_once.evaluations),
            (Outcome::Converged, 1)
        );
    }
}

#[test]
fn what_is_not_finite_is_a_step_too_long() {
    for mut solver in all() {
        // The first trials land far behind the walls.
        solver.set("lr", &Value::Float(1e6)).unwrap();
        let run = run_until_it_ends::<f64>(&*solver, walled, &[1.9]);
        assert!(run.p[0] < 2.0 && run.p[0].is_finite());
        let run = run_until_it_ends::<f64>(&*solver, barrier, &[0.01, 0.3, 0.999]);
        assert!(run.p.iter().all(|x| (x - 0.5).abs() < 1e-5), "{:?}", run.p);
    }
}

#[test]
fn a_start_that_is_not_finite_is_said() {
    for solver in all() {
        let (mut objective, mut p) = (Plain::new(1, walled), [3.0]);
        let mut state = solver::memory(&*solver, 1);
        let step = solver::step(&*solver, &mut state, &mut objective, &[0], &mut p);
        assert_eq!(
            (step.outcome, step.moved(), p),
            (Outcome::NotFinite, false, [3.0])
        );
        // A good point after it is taken.
        p[0] = 1.5;
        let step = solver::step(&*solver, &mut state, &mut objective, &[0], &mut p);
        assert_eq!(step.outcome, Outcome::Stepped);
    }
}

fn steps<T: Real>(
    solver: &dyn Solver,
    state: &mut State<T>,
    p: &mut [T],
    n: usize,
) -> Vec<Progress> {
    let mut objective = Plain::new(p.len(), rosenbrock);
    (0..n)
        .map(|_| solver::step(solver, state, &mut objective, &[0], p))
        .collect()
}

fn resumes<T: Real>(solver: &dyn Solver) {
    let start = [-1.2, 1.0].map(T::of);
    let (mut p, mut state) = (start, solver::memory::<T>(solver, 2));
    let whole = steps(solver, &mut state, &mut p, 20);
    for cut in [1, 7, 15] {
        let (mut q, mut saved) = (start, solver::memory::<T>(solver, 2));
        let mut halves = steps(solver, &mut saved, &mut q, cut);
        let names = solver.buffers();
        assert_eq!(names.len(), saved.buffers.len());
        let mut fresh = solver::memory::<T>(&*solver.boxed(), 2);
        fresh.t = saved.t;
        fresh.scalars.copy_from_slice(&saved.scalars);
        for (name, buffer) in names.iter().zip(&saved.buffers) {
            let at = solver.buffers().iter().position(|it| it == name).unwrap();
            fresh.buffers[at].copy_from_slice(buffer);
        }
        halves.extend(steps(solver, &mut fresh, &mut q, 20 - cut));
        assert_eq!(halves, whole, "{}", solver.card().name);
        assert_eq!((q, &fresh), (p, &state), "{}", solver.card().name);
    }
}

#[test]
fn a_saved_state_continues_with_the_same_bits() {
    for solver in all() {
        resumes::<f32>(&*solver);
        resumes::<f64>(&*solver);
    }
    // More pairs than the ring holds.
    let short = Lbfgs {
        history: 3,
        ..Lbfgs::default()
    };
    resumes::<f64>(&short);
}

#[test]
fn parameters_or_rows_that_have_changed_are_evaluated_anew() {
    for solver in all() {
        let (mut objective, mut p) = (Plain::new(2, rosenbrock), [-1.2, 1.0]);
        let mut state = solver::memory(&*solver, 2);
        for _ in 0..5 {
            solver::step(&*solver, &mut state, &mut objective, &[0], &mut p);
        }
        let counted = |p: &mut [f64], rows: &[u32]| {
            let mut state = state.clone();
            let (mut objective, mut g) = (Plain::new(2, rosenbrock), [0.0; 2]);
            let value = objective.gradient(&*p, rows, &mut g);
            let progress = solver::step(&*solver, &mut state, &mut objective, rows, p);
            assert!(progress.value < value, "the step is from where p is");
            progress.evaluations
        };
        let same = counted(&mut p.clone(), &[0]);
        assert_eq!(counted(&mut p.clone(), &[1]), same + 1);
        counted(&mut [2.0, -1.0], &[0]);
    }
}

#[test]
fn lbfgs_keeps_the_strong_wolfe_conditions() {
    let cases: [(Function, Vec<f64>); 4] = [
        (rosenbrock, vec![-1.2, 1.0]),
        (beale, vec![1.0, 1.0]),
        (steep_bowl, vec![0.0; 20]),
        (barrier, vec![0.01, 0.3, 0.999]),
    ];
    for (c2, (function, initial)) in [0.9, 0.1]
        .into_iter()
        .flat_map(|c2| cases.iter().map(move |it| (c2, it)))
    {
        let solver = Lbfgs {
            c2,
            ..Lbfgs::default()
        };
        let (mut objective, mut p) = (Plain::new(initial.len(), *function), initial.clone());
        let mut state = solver::memory(&solver, p.len());
        let mut g = vec![0.0; p.len()];
        let mut g_new = g.clone();
        for _ in 0..1000 {
            let (before, value) = (p.clone(), function(&p, &mut g));
            // Below this, rounding decides about the first condition.
            if g.iter().fold(0.0_f64, |most, g| most.max(g.abs())) < 1e-6 {
                break;
            }
            let step = solver::step(&solver, &mut state, &mut objective, &[0], &mut p);
            assert_eq!(step.outcome, Outcome::Stepped);
            let value_new = function(&p, &mut g_new);
            assert_eq!(value_new, step.value);
            // With s = α d both conditions are free of α.
            let s: Vec<f64> = p.iter().zip(&before).map(|(p, x)| p - x).collect();
            let along = |g: &[f64]| -> f64 { g.iter().zip(&s).map(|(g, s)| g * s).sum() };
            let (slope, slope_new) = (along(&g), along(&g_new));
            assert!(slope < 0.0);
            let rounding = 1e-15 * value.abs();
            assert!(value_new <= value + solver.c1 * slope + rounding);
            assert!(slope_new.abs() <= -solver.c2 * slope * (1.0 + 1e-6));
        }
        function(&p, &mut g);
        assert!(g.iter().all(|g| g.abs() < 1e-6));
    }
}

#[test]
fn lbfgs_solves_a_quadratic_in_about_as_many_steps_as_it_has_dimensions() {
    fn narrow(x: &[f64], g: &mut [f64]) -> f64 {
        quadratic(100.0, x, g)
    }
    for n in [2, 5, 10, 20, 40] {
        // With exact line searches and all pairs kept, the steps are those of conjugate gradients.
        let exact = Lbfgs {
            history: n as u64,
            c1: 1e-5,
            c2: 1e-4,
            ..Lbfgs::default()
        };
        let run = run::<f64>(
            &exact,
            &mut Plain::new(n, narrow),
            &vec![0.0; n],
            1e-14,
            n + 5,
        );
        assert!(run.value < 1e-14, "n = {n}");
        self::run::<f64>(
            &Lbfgs::default(),
            &mut Plain::new(n, narrow),
            &vec![0.0; n],
            1e-14,
            500,
        );
    }
}

#[test]
fn lbfgs_needs_about_as_many_evaluations_as_pytorchs() {
    let text = include_str!("../../../../fixtures/trajectories/solvers.json");
    let file: Json = serde_json::from_str(text).unwrap();
    let case = &file["cases"][0];
    let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
    let low = |point: &Vec<f64>| rosenbrock(point, &mut [0.0; 2]) < 1e-12;
    let end = points.iter().position(low).unwrap();
    // Each call but the first evaluates once more where the last has ended.
    let theirs = case["evaluations"][end].as_u64().unwrap() - end as u64;
    let run = run::<f64>(
        &Lbfgs::default(),
        &mut Plain::new(2, rosenbrock),
        &[-1.2, 1.0],
        1e-12,
        200,
    );
    println!("evaluations: {} here, {theirs} there", run.evaluations);
    assert!(run.evaluations <= 2 * theirs && theirs <= 2 * run.evaluations);
    for (ours, theirs) in run.p.iter().zip(&points[end]) {
        assert!((ours - theirs).abs() < 1e-5);
    }
}

#[test]
fn the_product_with_the_hessian_is_that_of_a_quadratic() {
    let (p, v) = ([0.3, -2.0], [1.5, 0.5]);
    let mut out = [0.0; 2];
    Plain::new(2, bowl).hessian_product(&p, &[0], &v, &mut out);
    assert!(
        (out[0] - 1.5).abs() < 1e-8 && (out[1] - 12.5).abs() < 1e-8,
        "{out:?}"
    );
    let (p, v, mut out) = (p.map(|x| x as f32), v.map(|x| x as f32), [0.0_f32; 2]);
    Plain::new(2, bowl).hessian_product(&p, &[0], &v, &mut out);
    assert!(
        (out[0] - 1.5).abs() < 1e-3 && (out[1] - 12.5).abs() < 1e-2,
        "{out:?}"
    );
    Plain::new(2, bowl).hessian_product(&p, &[0], &[0.0; 2], &mut out);
    assert_eq!(out, [0.0; 2]);
}

#[test]
fn values_out_of_range_are_refused_and_defaults_are_not() {
    for entry in solver::ALL.members {
        let member = (entry.build)();
        assert_eq!(member.conflict(), None);
        for field in member.fields() {
            assert!(field.range.contains(&field.default), "{}", field.name);
            assert!(field.doc.ends_with('.'));
            let bad = field.range.bad_values();
            assert!(!bad.is_empty());
            for bad in bad {
                let error = (entry.build)().set(field.name, &bad).unwrap_err();
                assert!(matches!(error, SpecError::OutOfRange { .. }), "{error}");
                assert!(error.to_string().contains(field.name));
            }
        }
        let pairs: Vec<_> = member
            .dump()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        assert_eq!(
            solver::ALL
                .build(entry.card.name, &pairs)
                .ok()
                .unwrap()
                .dump(),
            member.dump()
        );
    }
    for short in ["lbfgs:c1=0.5,c2=0.5", "newton_cg:c2=0.00001"] {
        let errors = solver::ALL.parse(short).err().unwrap();
        assert!(
            matches!(errors[..], [SpecError::Conflict { .. }]),
            "{short}"
        );
    }
}

#[test]
fn buffers_have_names_of_their_own() {
    for solver in all() {
        let mut names = solver.buffers();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), solver.buffers().len());
    }
}

#[test]
fn a_network_is_trained_in_single_precision() {
    let architecture = Architecture {
        hidden: vec![8, 8],
        activation: "tanh".into(),
        dropout: 0.0,
        ..Architecture::default()
    };
    let network = Network::new(2, 1, &architecture).unwrap();
    let features: Vec<f32> = (0..400)
        .map(|i| ((i * i * 7 + i * 3) % 101) as f32 / 50.0 - 1.0)
        .collect();
    let values: Vec<f32> = features
        .chunks(2)
        .map(|x| (3.0 * x[0]).sin() * x[1])
        .collect();
    let examples = Examples {
        features: Features::Dense(&features),
        width: 2,
        targets: Targets::Values {
            values: &values,
            width: 1,
        },
        weights: None,
    };
    let (loss, team) = (MeanSquared, Team::default());
    let rows: Vec<u32> = (0..200).collect();
    for solver in all() {
        let mut training = Training::new(Engine::new(&network, &loss, &team), examples);
        let mut p = network.initialize::<f32>(1);
        let mut state = solver::memory(&*solver, p.len());
        let first = training.gradient(&p, &rows, &mut vec![0.0; p.len()]);
        let (mut last, mut evaluations) = (first, 0);
        for _ in 0..100 {
            let step = solver::step(&*solver, &mut state, &mut training, &rows, &mut p);
            assert!(step.value <= last);
            last = step.value;
            evaluations += step.evaluations + 2 * step.products;
        }
        println!(
            "{}: {first:e} to {last:e}, {evaluations} evaluations",
            solver.card().name
        );
        assert!(
            last < 0.5 * first,
            "{}: {first} to {last}",
            solver.card().name
        );
    }
}

//! Update rules against PyTorch, optax, Keras and the authors' packages: every step of every recorded case, and the
//! page of evidence that follows from it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use thalweg_core::optimizer::{self, Convention, Optimizer, Piece, State};
use thalweg_core::spec::Value;
use thalweg_core::team::Team;
use thalweg_core::{Real, schedule};

/// Rules and conventions that no outside program computes, and what checks them instead.
const CHECKED_OTHERWISE: &[(&str, &str, &str)] = &[
    ("momentum", "paper", "the same code as keras"),
    ("nesterov", "paper", "the same code as keras"),
    ("adagrad", "paper", "the same code as torch"),
    ("rmsprop", "paper", "the same code as keras"),
    (
        "adam",
        "paper",
        "the same code as torch; with amsgrad, the algorithm written out in `the_papers_forms`",
    ),
    (
        "adamw",
        "paper",
        "the algorithm written out in `the_papers_forms`",
    ),
    (
        "nadam",
        "paper",
        "the algorithm written out in `the_papers_forms`",
    ),
    ("nadamw", "keras", "Nadam's code"),
    ("nadamw", "paper", "Nadam's code"),
    (
        "radam",
        "paper",
        "the algorithm written out in `the_papers_forms`",
    ),
    (
        "adamax",
        "paper",
        "the algorithm written out in `the_papers_forms`",
    ),
    ("lamb", "paper", "the same code as optax"),
];

/// Recorded cases of formulas that are described as differences and not built, and why their figures differ.
const DIFFERENT: &[(&str, &str)] = &[
    ("adan optax tape eps_root", "`eps_root` is not built"),
    (
        "adafactor optax",
        "optax adds ε₁ to g² and takes the decay without lr",
    ),
    ("adafactor keras", "Keras adds ε₁ to g²"),
];

/// The largest difference, relative to the parameter, that is left to rounding.
const TOLERANCE: f64 = 1e-12;

struct Case {
    name: String,
    source: String,
    rule: Box<dyn Optimizer>,
    /// What PyTorch calls `weight_decay` with most rules: a penalty, added to the gradient.
    l2: f64,
    /// From this step on, counted from 0, the learning rate is this factor times as large.
    lr_change: Option<(usize, f64)>,
    problem: Problem,
    /// Places that the other program did not touch.
    frozen: std::ops::Range<usize>,
    tolerance: f64,
    parameters: Vec<Vec<f64>>,
    evaluated: Option<Vec<Vec<f64>>>,
}

#[derive(Clone)]
struct Problem {
    shapes: Vec<(usize, usize)>,
    initial: Vec<f64>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The same gradients wherever the parameters are.
    Recorded(Vec<Vec<f64>>),
    /// A straight line through rows of three numbers, in batches that the rows do not fill.
    Regression {
        x: Vec<Vec<f64>>,
        y: Vec<f64>,
        batches: Vec<Vec<usize>>,
    },
}

impl Problem {
    fn gradient(&self, step: usize, p: &[f64]) -> Vec<f64> {
        match &self.kind {
            Kind::Recorded(gradients) => gradients[step].clone(),
            Kind::Regression { x, y, batches } => {
                let batch = &batches[step % batches.len()];
                let (weights, bias) = p.split_at(3);
                let mut g = vec![0.0; 4];
                for &row in batch {
                    let line = x[row].iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
                    let error = (line + bias[0] - y[row]) / batch.len() as f64;
                    for (g, x) in g.iter_mut().zip(&x[row]) {
                        *g += error * x;
                    }
                    g[3] += error;
                }
                g
            }
        }
    }

    fn pieces(&self) -> Vec<(std::ops::Range<usize>, Piece)> {
        let mut start = 0;
        let piece = |&(rows, columns): &(usize, usize)| {
            let range = start..start + rows * columns;
            start = range.end;
            let shape = (rows, columns);
            (
                range,
                Piece {
                    decays: true,
                    shape,
                },
            )
        };
        self.shapes.iter().map(piece).collect()
    }
}

/// The parameters after every step in the precision `T`, and what the rule offers as its result there.
fn run<T: Real>(case: &Case) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut rule = case.rule.boxed();
    let lr = rule.get("lr");
    let mut p: Vec<T> = case.problem.initial.iter().map(|&x| T::of(x)).collect();
    let (pieces, team) = (case.problem.pieces(), Team::default());
    let mut state = State::new(&*rule, p.len());
    let (mut steps, mut results) = (Vec::new(), Vec::new());
    for step in 0..case.parameters.len() {
        if let (Some(Value::Float(lr)), Some((change, factor))) = (&lr, case.lr_change) {
            let lr = if step >= change { lr * factor } else { *lr };
            rule.set("lr", &Value::Float(lr)).unwrap();
        }
        let here: Vec<f64> = p.iter().map(|p| p.to_f64()).collect();
        let g = case.problem.gradient(step, &here);
        let g: Vec<T> = g
            .iter()
            .zip(&p)
            .map(|(&g, &p)| T::of(g) + T::of(case.l2) * p)
            .collect();
        let frozen = p[case.frozen.clone()].to_vec();
        state.advance(&*rule);
        if rule.gathers() {
            let mut sums = [0.0; 2];
            for (range, piece) in &pieces {
                let (p, g) = (&p[range.clone()], &g[range.clone()]);
                let found = state.gather(&team, &*rule, range.clone(), *piece, p, g);
                sums = [sums[0] + found[0], sums[1] + found[1]];
            }
            state.settle(&*rule, sums);
        }
        let mut result = p.clone();
        for (range, piece) in &pieces {
            let (p, g) = (&mut p[range.clone()], &g[range.clone()]);
            state.update_range(&team, &*rule, range.clone(), *piece, p, g);
            result[range.clone()].copy_from_slice(p);
            state.evaluate(&*rule, range.clone(), *piece, &mut result[range.clone()]);
        }
        p[case.frozen.clone()].copy_from_slice(&frozen);
        assert!(p.iter().all(|p| p.is_finite()), "{} at {step}", case.name);
        steps.push(p.iter().map(|p| p.to_f64()).collect());
        results.push(result.iter().map(|p| p.to_f64()).collect());
    }
    (steps, results)
}

/// The largest difference relative to the largest value that the parameter has had so far: roundings are relative to
/// what was rounded, and a parameter that crosses 0 was larger before.
fn difference(ours: &[Vec<f64>], theirs: &[Vec<f64>], initial: &[f64]) -> (f64, usize, usize) {
    let mut sizes: Vec<f64> = initial.iter().map(|p| p.abs()).collect();
    let (mut largest, mut place) = (0.0, (0, 0));
    for (step, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            sizes[at] = sizes[at].max(theirs.abs());
            let relative = (ours - theirs).abs() / sizes[at].max(f64::MIN_POSITIVE);
            if relative > largest {
                (largest, place) = (relative, (step, at));
            }
        }
    }
    (largest, place.0, place.1)
}

/// The largest difference of a case in the precision `T`, in the parameters and in what the rule offers as its result.
fn compare<T: Real>(case: &Case) -> (f64, usize, usize) {
    let (steps, results) = run::<T>(case);
    let of_steps = difference(&steps, &case.parameters, &case.problem.initial);
    let Some(evaluated) = &case.evaluated else {
        return of_steps;
    };
    let of_results = difference(&results, evaluated, &case.problem.initial);
    if of_results.0 > of_steps.0 {
        of_results
    } else {
        of_steps
    }
}

#[test]
fn every_step_is_that_of_the_other_programs_in_f64() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (largest, step, at) = compare::<f64>(&case);
        println_difference(&case.name, "f64", largest);
        if largest > case.tolerance {
            wrong.push(format!(
                "{}: {largest:e} at step {step}, coordinate {at}",
                case.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_and_convention_is_checked_or_named() {
    let mut checked: Vec<(String, String)> = cases()
        .iter()
        .map(|case| (case.rule.card().name.to_owned(), convention(&*case.rule)))
        .collect();
    checked.extend(
        CHECKED_OTHERWISE
            .iter()
            .map(|(rule, convention, _)| ((*rule).to_owned(), (*convention).to_owned())),
    );
    for entry in optimizer::ALL.members {
        for convention in conventions(&*(entry.build)()) {
            let pair = (entry.card.name.to_owned(), convention);
            assert!(checked.contains(&pair), "nothing checks {pair:?}");
        }
    }
}

/// The conventions that a rule has; one without a name where it has none.
fn conventions(rule: &dyn Optimizer) -> Vec<String> {
    let words = Convention::ALL.map(Convention::name);
    let allowed = |word: &&str| rule.boxed().set("convention", &Value::text(word)).is_ok();
    let found: Vec<String> = words
        .iter()
        .copied()
        .filter(allowed)
        .map(str::to_owned)
        .collect();
    if found.is_empty() {
        vec![String::new()]
    } else {
        found
    }
}

fn convention(rule: &dyn Optimizer) -> String {
    rule.get("convention")
        .map_or(String::new(), |word| word.to_string())
}

#[test]
fn every_step_is_that_of_the_other_programs_in_f32_but_for_rounding() {
    for case in cases() {
        let (largest, ..) = compare::<f32>(&case);
        println_difference(&case.name, "f32", largest);
        // Each of 120 steps rounds the parameter by half of 1.2e-7 of itself, and averages that begin at 0 carry the
        // rounding of 1 − β, up to a thousand times that of β. A rule whose every step depends on sums over
        // everything before lets roundings grow.
        let bound = if case.rule.gathers() { 0.1 } else { 2e-5 };
        assert!(
            largest <= bound.max(case.tolerance),
            "{}: {largest:e}",
            case.name
        );
    }
}

#[test]
fn the_papers_forms() {
    let gradients: Vec<f64> = (1..=150)
        .map(|t| (f64::from(t) * 0.37).sin() * 0.8 + 0.3)
        .collect();
    let check = |short: &str, theirs: &dyn Fn(&mut [f64; 4], f64, i32) -> f64| {
        let rule = optimizer::ALL.parse(short).unwrap();
        let (mut state, mut p) = (State::new(&*rule, 1), [1.0_f64]);
        let (mut memory, mut expected) = ([0.0; 4], 1.0);
        for (t, &g) in (1..).zip(&gradients) {
            state.step(&*rule, &mut p, &[g]);
            // The parameter rides along as the last number of the memory.
            memory[3] = expected;
            expected -= theirs(&mut memory, g, t);
            assert!(
                (p[0] - expected).abs() <= 1e-12 * expected.abs().max(1.0),
                "{short} at {t}"
            );
        }
    };
    let (b1, b2, lr) = (0.9_f64, 0.999_f64, 0.01);
    let moments = move |s: &mut [f64; 4], g: f64| {
        s[0] = b1 * s[0] + (1.0 - b1) * g;
        s[1] = b2 * s[1] + (1.0 - b2) * g * g;
    };
    // Reddi, Kale & Kumar 2018, algorithm 2.
    check(
        "adam:convention=paper,amsgrad=true,lr=0.01,eps=0",
        &|s, g, _| {
            moments(s, g);
            s[2] = s[2].max(s[1]);
            lr * s[0] / s[2].sqrt()
        },
    );
    // Loshchilov & Hutter 2019, algorithm 2, with a schedule multiplier of 1.
    check(
        "adamw:convention=paper,lr=0.01,weight_decay=0.003",
        &|s, g, t| {
            moments(s, g);
            let (m, v) = (s[0] / (1.0 - b1.powi(t)), s[1] / (1.0 - b2.powi(t)));
            lr * m / (v.sqrt() + 1e-8) + 0.003 * s[3]
        },
    );
    // Dozat 2016, algorithm 2; the product of the momenta is the third number.
    let momentum = |t: i32| b1 * (1.0 - 0.5 * 0.96_f64.powf(f64::from(t) * 0.004));
    check("nadam:convention=paper,lr=0.01", &|s, g, t| {
        moments(s, g);
        let product: f64 = (1..=t).map(momentum).product();
        let m = momentum(t + 1) * s[0] / (1.0 - product * momentum(t + 1))
            + (1.0 - momentum(t)) * g / (1.0 - product);
        let v = b2 * s[1] / (1.0 - b2.powi(t));
        lr * m / (v.sqrt() + 1e-8)
    });
    // Liu et al. 2020, algorithm 2.
    check("radam:convention=paper,lr=0.01,eps=0", &|s, g, t| {
        moments(s, g);
        let limit = 2.0 / (1.0 - b2) - 1.0;
        let rho = limit - 2.0 * f64::from(t) * b2.powi(t) / (1.0 - b2.powi(t));
        let m = s[0] / (1.0 - b1.powi(t));
        if rho > 4.0 {
            let l = ((1.0 - b2.powi(t)) / s[1]).sqrt();
            let r = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho);
            lr * m * r.sqrt() * l
        } else {
            lr * m
        }
    });
    // Kingma & Ba 2015, algorithm 2.
    check("adamax:convention=paper,lr=0.01", &|s, g, t| {
        s[0] = b1 * s[0] + (1.0 - b1) * g;
        s[2] = (b2 * s[2]).max(g.abs());
        lr / (1.0 - b1.powi(t)) * s[0] / s[2]
    });
}

/// The page is made anew from the measurements; where a figure on it is no longer what is found, it is rewritten and
/// the test fails once.
#[test]
fn the_page_of_evidence_is_true() {
    let mut rows: BTreeMap<(usize, String, String), (usize, f64, f64)> = BTreeMap::new();
    let place = |name: &str| {
        optimizer::ALL
            .names()
            .iter()
            .position(|it| *it == name)
            .unwrap()
    };
    for case in cases() {
        let (f64s, f32s) = (compare::<f64>(&case).0, compare::<f32>(&case).0);
        let source = case.source.replace(
            "torch.optim.Muon with bfloat16 replaced by float64",
            "torch.optim.Muon in float64",
        );
        let key = (
            place(case.rule.card().name),
            convention(&*case.rule),
            source,
        );
        let row = rows.entry(key).or_default();
        *row = (row.0 + 1, row.1.max(f64s), row.2.max(f32s));
    }
    let mut text = String::from(INTRODUCTION);
    for ((rule, convention, source), (count, f64s, f32s)) in &rows {
        let name = optimizer::ALL.names()[*rule];
        let convention = if convention.is_empty() {
            "one for all"
        } else {
            convention
        };
        let _ = writeln!(
            text,
            "| {name} | {convention} | `{source}` | {count} | {} | {} |",
            rounded(*f64s),
            rounded(*f32s)
        );
    }
    text.push_str("\n## What no other program computes\n\n| rule | convention | checked by |\n|---|---|---|\n");
    for (rule, convention, how) in CHECKED_OTHERWISE {
        let _ = writeln!(text, "| {rule} | {convention} | {how} |");
    }
    text.push_str(
        "\n## What is not built\n\n| recorded case | why its figures differ |\n|---|---|\n",
    );
    for (case, why) in DIFFERENT {
        let _ = writeln!(text, "| {case} | {why} |");
    }
    let path = fixtures().join("../docs/reference/evidence.md");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if written != text {
        std::fs::write(&path, &text).unwrap();
        panic!(
            "docs/reference/evidence.md was out of date and has been rewritten: look at it and commit it"
        );
    }
}

const INTRODUCTION: &str = "<!-- Generated by `cargo test -p thalweg-core --test all optimizers`. -->

# Evidence

Every update rule beside the programs that people know it from: the same gradients, the parameters after each of 110 or 120 steps,
and the largest difference relative to the largest value that the parameter has had so far.
The gradients hold ordinary values, values that are often or always 0, values near 1e-7 (where the place of ε shows), a constant and
occasional outliers; on the way the learning rate falls to a tenth; and a straight line is fitted on batches that its rows do not fill.
The scripts, the pinned versions and the recorded values are in `fixtures/trajectories` and `fixtures/reference`.

The tests allow 1e-12 in f64, where only roundings are left. Differences are rounded up to one digit.
Muon beside PyTorch's own is an exception: that one computes with bfloat16, which has three digits.

Besides, a loop over all rules tests that each comes to the bottom of a bowl, of Rosenbrock's and of Beale's valley and close to that of a noisy bowl;
that a state saved at any step goes on with the same bits; that ranges of the parameters, threads and vector widths make no difference to a bit;
and that finite gradients from 1e-38 to 1e38 never give NaN: a square that overflows makes the step 0, a velocity or a parameter that overflows stays infinite.

| rule | convention | beside | cases | f64 | f32 |
|---|---|---|---|---|---|
";

/// One digit, rounded up.
fn rounded(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let unit = 10.0_f64.powf(x.log10().floor());
    format!("{:.0e}", (x / unit).ceil() * unit)
}

#[test]
fn a_schedule_only_sets_the_field() {
    let mut rule = optimizer::ALL.parse("sgd").unwrap();
    let schedule = schedule::ALL.parse("step:step_size=1,gamma=0.5").unwrap();
    let (mut state, mut p) = (State::new(&*rule, 1), [0.0_f64]);
    for t in 0..3 {
        let lr = schedule.value(8.0, f64::from(t), 3.0);
        rule.set("lr", &Value::Float(lr)).unwrap();
        state.step(&*rule, &mut p, &[-1.0]);
    }
    assert!((p[0] - 14.0).abs() < 1e-15, "8 + 4 + 2, found {}", p[0]);
}

/// All recorded cases but those of formulas that are not built.
fn cases() -> Vec<Case> {
    let mut cases = first_cases();
    let mut different = Vec::new();
    let problems = read("trajectories/problems.json");
    for file in ["torch", "optax", "keras", "packages"] {
        for case in array(&read(&format!("trajectories/{file}.json"))["cases"]) {
            let name = case["name"].as_str().unwrap();
            let known = DIFFERENT.iter().find(|(it, _)| name.starts_with(it));
            match known {
                Some((known, _)) => different.push(*known),
                None => cases.push(read_case(case, &problems)),
            }
        }
    }
    for (named, _) in DIFFERENT {
        assert!(different.contains(named), "no recorded case is `{named}`");
    }
    cases
}

fn read_case(json: &Json, problems: &Json) -> Case {
    let name = json["name"].as_str().unwrap();
    let mut rule = (optimizer::ALL
        .find(json["rule"].as_str().unwrap())
        .unwrap()
        .build)();
    let known: Vec<_> = rule.fields().iter().map(|field| field.name).collect();
    for (key, value) in json["settings"].as_object().unwrap() {
        let key = match (key.as_str(), json["rule"].as_str().unwrap()) {
            ("lr", "rprop") => "initial_step",
            ("lambda", _) => "lambd",
            (key, _) => key,
        };
        // A rule without conventions is the same in all programs; without a setting, that setting is off.
        if known.contains(&key) {
            set(&mut *rule, key, value);
        } else {
            let is_off = key == "convention" || value.as_f64() == Some(0.0);
            assert!(is_off, "{name} sets `{key}`");
        }
    }
    let source = json["source"].as_str().unwrap();
    if known.contains(&"convention") {
        let framework = source.split('.').next().unwrap();
        let own = match framework {
            "torch" | "keras" | "optax" => framework,
            _ => Convention::Paper.name(),
        };
        rule.set("convention", &Value::text(own)).unwrap();
    }
    let frozen = json.get("frozen").map_or(0..0, |range| {
        let range = numbers(range);
        range[0] as usize..range[1] as usize
    });
    Case {
        name: name.to_owned(),
        source: source.to_owned(),
        rule,
        l2: json["l2"].as_f64().unwrap(),
        lr_change: lr_change(&json["lr_change"]),
        problem: read_problem(&problems[json["problem"].as_str().unwrap()]),
        frozen,
        tolerance: json
            .get("tolerance")
            .map_or(TOLERANCE, |x| x.as_f64().unwrap()),
        parameters: rows(&json["parameters"]),
        evaluated: json.get("evaluated").map(rows),
    }
}

fn read_problem(json: &Json) -> Problem {
    let shape = |shape: &Json| {
        let sizes = numbers(shape);
        (sizes[0] as usize, sizes.get(1).map_or(1, |&n| n as usize))
    };
    let kind = if json.get("x").is_some() {
        let batch = |batch: &Json| numbers(batch).into_iter().map(|row| row as usize).collect();
        Kind::Regression {
            x: rows(&json["x"]),
            y: numbers(&json["y"]),
            batches: array(&json["batches"]).iter().map(batch).collect(),
        }
    } else {
        Kind::Recorded(rows(&json["gradients"]))
    };
    Problem {
        shapes: array(&json["shapes"]).iter().map(shape).collect(),
        initial: numbers(&json["initial"]),
        kind,
    }
}

/// The cases of `reference/optimizers.json`, with PyTorch's names of hyper-parameters put into ours.
fn first_cases() -> Vec<Case> {
    let file = read("reference/optimizers.json");
    let rule_of = |case: &Json| match (
        case["optimizer"].as_str().unwrap(),
        &case["hyperparameters"],
    ) {
        ("SGD", options) if options.get("nesterov").is_some() => "nesterov",
        ("SGD", options) if options.get("momentum").is_some() => "momentum",
        ("NAdam", options) if options.get("decoupled_weight_decay").is_some() => "nadamw",
        (other, _) => match other {
            "SGD" => "sgd",
            "Adagrad" => "adagrad",
            "RMSprop" => "rmsprop",
            "Adadelta" => "adadelta",
            "Adam" => "adam",
            "AdamW" => "adamw",
            "NAdam" => "nadam",
            "RAdam" => "radam",
            "Adamax" => "adamax",
            "Rprop" => "rprop",
            "ASGD" => "asgd",
            other => panic!("{other}"),
        },
    };
    let case = |case: &Json| {
        let name = rule_of(case);
        let mut rule = (optimizer::ALL.find(name).unwrap().build)();
        let mut l2 = 0.0;
        if name == "asgd" {
            set(&mut *rule, "t0", &Json::from(1e6));
        }
        for (key, value) in case["hyperparameters"].as_object().unwrap() {
            match (key.as_str(), name) {
                ("alpha", "rmsprop") => set(&mut *rule, "rho", value),
                ("lr", "rprop") => set(&mut *rule, "initial_step", value),
                ("initial_accumulator_value", _) => set(&mut *rule, "initial_accumulator", value),
                ("betas", _) => {
                    set(&mut *rule, "beta1", &value[0]);
                    set(&mut *rule, "beta2", &value[1]);
                }
                ("nesterov" | "decoupled_weight_decay", _) => {}
                ("weight_decay", "adamw" | "nadamw") => set(&mut *rule, "weight_decay", value),
                ("weight_decay", _) => l2 = value.as_f64().unwrap(),
                (key, _) => set(&mut *rule, key, value),
            }
        }
        let initial = numbers(&case["initial"]);
        let problem = Problem {
            shapes: vec![(initial.len(), 1)],
            initial,
            kind: Kind::Recorded(rows(&case["gradients"])),
        };
        Case {
            name: format!("{} (first recording)", case["name"].as_str().unwrap()),
            source: format!("torch.optim.{}", case["optimizer"].as_str().unwrap()),
            rule,
            l2,
            lr_change: lr_change(&case["lr_change"]),
            problem,
            frozen: 0..0,
            tolerance: TOLERANCE,
            parameters: rows(&case["parameters"]),
            evaluated: None,
        }
    };
    array(&file["cases"]).iter().map(case).collect()
}

fn set(rule: &mut dyn Optimizer, key: &str, value: &Json) {
    let value = match value {
        Json::Null => return,
        Json::Bool(on) => Value::Switch(*on),
        Json::String(word) => Value::text(word),
        number => Value::Float(number.as_f64().unwrap()),
    };
    rule.set(key, &value).unwrap();
}

fn lr_change(json: &Json) -> Option<(usize, f64)> {
    let after = json.get("after_step")?.as_u64().unwrap() as usize;
    Some((after, json["factor"].as_f64().unwrap()))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn read(name: &str) -> Json {
    serde_json::from_str(&std::fs::read_to_string(fixtures().join(name)).unwrap()).unwrap()
}

fn array(json: &Json) -> &[Json] {
    json.as_array().unwrap()
}

fn rows(json: &Json) -> Vec<Vec<f64>> {
    array(json).iter().map(numbers).collect()
}

fn numbers(json: &Json) -> Vec<f64> {
    array(json).iter().map(|x| x.as_f64().unwrap()).collect()
}

/// For `cargo test -- --nocapture`: how close each case really is.
#[expect(clippy::print_stdout, reason = "a measurement for whoever asks for it")]
fn println_difference(case: &str, what: &str, largest: f64) {
    println!("{case:70} {largest:10.2e}  ({what})");
}

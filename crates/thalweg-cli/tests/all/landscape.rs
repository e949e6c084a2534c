//! The commands that look at a run's loss surface: what they print, what they write, and what they refuse.

use crate::common::Place;

/// A small run with everything recorded.
fn trained() -> Place {
    let place = Place::new();
    place.out(
        "train moons:n=300 --hidden 8 --epochs 6 --record-path --probe full --quiet --out run",
    );
    place
}

/// What was printed as one line, wherever it was broken; it fits the screen.
fn flat(out: &str) -> String {
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!out.contains('\u{1b}'), "a pipe has no colors");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_run_is_drawn_on_its_own_path() {
    let place = trained();
    let out = flat(&place.out("landscape run --grid 21 --png a.png --svg a.svg --threads 1"));
    for part in [
        "Run run: adam on moons",
        "Plane",
        "pca directions, 441 points, all 240 rows",
        "random walk",
        "does not lie in the plane",
        "a … A",
        "loss from",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(place.read("a.svg").starts_with("<svg"));
    let png = std::fs::read(place.path("a.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));

    let line = "landscape run --grid 11 --rows 100 --directions";
    for directions in ["pca", "random", "hessian"] {
        let found = place.json(&format!("{line} {directions} --json --threads 1"));
        assert_eq!(found["directions"], directions);
        assert_eq!((&found["rows"], &found["of"]), (&100.into(), &240.into()));
        let losses = found["grid"]["losses"].as_array().unwrap();
        assert_eq!(
            (losses.len(), losses[10].as_array().unwrap().len()),
            (11, 11)
        );
        assert!(found["standard_error"].as_f64().unwrap() > 0.0);
        assert_eq!(found["path"][0]["step"], 0);
        assert_eq!(found["balanced"], directions == "random");
        let again = place.json(&format!("{line} {directions} --json --threads 3"));
        assert_eq!(found, again, "the same on any number of threads");
    }
}

#[test]
fn the_loss_along_a_direction_is_drawn_beside_its_parabola() {
    let place = trained();
    let line = "landscape run --directions hessian --grid 21 --lines";
    let out = flat(&place.out(&format!("{line} --svg l.svg")));
    for part in [
        "Along the direction of the largest eigenvalue",
        "Along the direction of the smallest",
        "promise is right to a tenth from",
        "all 240 rows",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(place.read("l.svg").contains("slope and bend at the middle"));
    let found = place.json(&format!("{line} --json"));
    let numbers = |axis: usize, name: &str| -> Vec<f64> {
        let all = found["lines"][axis][name].as_array().unwrap().iter();
        all.map(|x| x.as_f64().unwrap()).collect()
    };
    for axis in [0, 1] {
        let (losses, promised) = (numbers(axis, "losses"), numbers(axis, "promised"));
        assert!((losses[10] - promised[10]).abs() < 1e-5 * losses[10]);
        // The line is a row or a column of the map through its middle.
        for (k, loss) in losses.iter().enumerate() {
            let (row, column) = if axis == 0 { (10, k) } else { (k, 10) };
            let of_map = found["grid"]["losses"][row][column].as_f64().unwrap();
            assert!((loss - of_map).abs() < 1e-5 * loss, "{loss} {of_map}");
        }
    }
    // The second difference along the sharpest direction is its eigenvalue.
    let (promised, places) = (numbers(0, "promised"), numbers(0, "places"));
    let unit = found["lines"][0]["unit"].as_f64().unwrap();
    let step = (places[11] - places[10]) * unit;
    let bend = (promised[11] - 2.0 * promised[10] + promised[9]) / (step * step);
    let largest = found["lambda_max"]["value"].as_f64().unwrap();
    assert!((bend / largest - 1.0).abs() < 1e-3, "{bend} {largest}");
    place.fails("landscape bowl --lines", 2, "--lines is only for a run");
}

#[test]
fn without_a_trajectory_the_plane_is_random() {
    let place = Place::new();
    place.out("train moons:n=300 --hidden 8 --epochs 2 --quiet --out run");
    let out = flat(&place.out("landscape run --grid 11"));
    assert!(
        out.contains("random directions") && out.contains("--record-path"),
        "{out}"
    );
    assert!(out.contains("mean curvature"), "{out}");
    place.fails(
        "landscape run --curves",
        2,
        "--curves is only for a test function",
    );
    place.fails(
        "landscape run --directions pca",
        2,
        "no trajectory was recorded: train with --record-path, or look along other directions with --directions random",
    );
}

#[test]
fn rules_walk_on_a_test_function() {
    let place = Place::new();
    let line = "landscape rosenbrock --optimizer adam --optimizer momentum:lr=0.001 --grid 31";
    let out = flat(&place.out(&format!("{line} --svg a.svg")));
    for part in [
        "rosenbrock",
        "b … B",
        "ended lowest of 13",
        "after 200 steps",
        "+",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(place.read("a.svg").contains("adam:lr="));
    place.out(&format!("{line} --surface --svg b.svg"));
    let solid = place.read("b.svg");
    assert!(solid.contains("adam:lr=") && solid.contains("minimum"));
    assert!(solid.matches("<polygon").count() > 800, "30 × 30 pieces");
    place.out(&format!("{line} --curves --svg c.svg"));
    let values = place.read("c.svg");
    assert!(values.contains("value (logarithmic)") && values.contains("momentum:lr=0.001"));
    let found = place.json(&format!("{line} --steps 20 --json"));
    assert_eq!(found["walks"].as_array().unwrap().len(), 2);
    assert_eq!(found["walks"][0]["rates_tried"], 13);
    assert!(found["walks"][1]["rates_tried"].is_null());
    assert_eq!(found["walks"][1]["at"].as_array().unwrap().len(), 21);
}

#[test]
fn curvature_and_noise_are_told_with_their_errors() {
    let place = trained();
    let out = flat(&place.out("spectrum run --svg s.svg --png s.png"));
    for part in [
        "largest",
        "trace",
        "below 0",
        "gradient",
        "all 240 rows",
        "Each stem is an",
        "times as much as the rule can stand",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(place.read("s.svg").contains("eigenvalue of the Hessian"));
    let found = place.json("spectrum run --exact 0 --products 12 --json");
    assert_eq!(found["is_exact"], false);
    let exact = place.json("spectrum run --json");
    let largest = |found: &serde_json::Value| found["lambda_max"]["value"].as_f64().unwrap();
    let residual = found["lambda_max"]["residual"].as_f64().unwrap();
    assert!(largest(&found) <= largest(&exact) * (1.0 + 1e-9));
    assert!(largest(&exact) - largest(&found) <= residual.max(1e-6) * 10.0);
    let nodes = exact["nodes"].as_array().unwrap();
    assert_eq!(exact["parameters"], nodes.len());
    assert!(exact["stability"].as_f64().unwrap() > 0.0);

    let out = flat(&place.out("noise run --svg n.svg"));
    for part in [
        "batch",
        "× steps",
        "noise is as large as the signal",
        "95 %",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let found = place.json("noise run --json");
    assert!(found["simple"]["noise"].as_f64().unwrap() > 0.0);
    assert!(!found["step_seconds"].as_array().unwrap().is_empty());
    assert!(place.read("n.svg").contains("rows of a batch"));
}

#[test]
fn the_course_of_a_run_is_drawn() {
    let place = trained();
    let out = flat(&place.out("curves run --png c.png --dark"));
    assert!(
        out.contains("epoch 6") && out.contains("were kept"),
        "{out}"
    );
    assert!(std::fs::read(place.path("c.png")).unwrap().len() > 10_000);
    let found = place.json("curves run --json");
    assert_eq!(found["epochs"].as_array().unwrap().len(), 7);
    let probes = found["probes"].as_array().unwrap();
    assert_eq!(probes[0]["step"], 1);
    for name in [
        "gradient_norm",
        "update_ratio",
        "lambda_max",
        "stability",
        "noise_trace",
        "dead_units",
    ] {
        assert!(
            !probes[0]["probes"][name].is_null(),
            "{name}: {}",
            probes[0]
        );
    }
}

#[test]
fn two_runs_are_connected_or_refused() {
    let place = Place::new();
    let train = "train moons:n=300 --epochs 6 --quiet --split-seed 0";
    place.out(&format!("{train} --hidden 8 --seed 1 --out a"));
    place.out(&format!("{train} --hidden 8 --seed 2 --out b"));
    place.out(&format!("{train} --hidden 9 --seed 1 --out wide"));
    place.out("train moons:n=300 --hidden 8 --epochs 6 --quiet --seed 2 --out other");

    let out = flat(&place.out("connect a b --svg c.svg"));
    for part in [
        "first and",
        "of 8 hidden units",
        "of the way",
        "all 240 rows",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(place.read("c.svg").contains("units in the same order"));
    let found = place.json("connect a b --places 5 --json");
    let loss = |way: &str, at: usize| found[way]["losses"][at].as_f64().unwrap();
    // Another order of the units computes the same.
    for end in [0, 4] {
        let (as_is, aligned) = (loss("straight", end), loss("aligned", end));
        assert!((as_is - aligned).abs() < 1e-5 * as_is, "{as_is} {aligned}");
    }
    let mut order: Vec<u64> = found["order"][0]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| unit.as_u64().unwrap())
        .collect();
    order.sort_unstable();
    assert_eq!(order, (0..8).collect::<Vec<_>>());
    let same = place.json("connect a a --json");
    // The straight line between two equal losses is off by a rounding.
    assert!(same["straight"]["barrier"].as_f64().unwrap() < 1e-12);

    for (other, what) in [
        ("wide", "they differ in their layers"),
        (
            "other",
            "what their features were fitted on; give both the same --split-seed",
        ),
    ] {
        let ran = place.run(&format!("connect a {other}"));
        assert_eq!(ran.code, 2);
        assert!(ran.err.starts_with("error: the runs cannot be compared: "));
        assert!(ran.err.contains(what), "{}", ran.err);
    }
    place.fails(
        "connect a c",
        2,
        "`c` is no folder of a run; `thalweg train` makes a run",
    );
}

#[test]
fn what_is_wrong_is_said_with_near_names() {
    let place = trained();
    place.fails(
        "landscape rosenbrok",
        2,
        "`rosenbrok` is neither the folder of a run nor a test function; did you mean `rosenbrock`?",
    );
    std::fs::create_dir(place.path("runs")).unwrap();
    std::fs::rename(place.path("run"), place.path("runs/letter-adam-1")).unwrap();
    place.fails(
        "spectrum runs/lettr-adam-1",
        2,
        "`runs/lettr-adam-1` is no folder of a run; did you mean `runs/letter-adam-1`?",
    );
    place.fails(
        "landscape rosenbrock --directions pca",
        2,
        "--directions is only for a run",
    );
    place.fails(
        "landscape runs/letter-adam-1 --optimizer adam",
        2,
        "--optimizer is only for a test function",
    );
    place.fails(
        "landscape bowl:n=3",
        2,
        "`bowl` has 3 variables, and a map has two: choose another function, or set them as in `bowl:n=2`",
    );
    let ran = place.run("landscape bowl --optimizer adm");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `adam`"), "{}", ran.err);
    let ran = place.run("train moons --probe gradient_nrm --record-path");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("did you mean `gradient_norm`"),
        "{}",
        ran.err
    );
    let ran = place.run("landscape runs/letter-adam-1 --grid 2 --rows 0");
    assert_eq!(ran.code, 2);
    for part in ["2 settings are wrong", "`grid` of `landscape`", "`rows` of"] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    let ran = place.run("landscape bowl --png nowhere/a.png");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`nowhere`"), "{}", ran.err);
}

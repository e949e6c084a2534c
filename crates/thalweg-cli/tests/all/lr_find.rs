//! `lr-find` and `lr = "auto"`: what is found, what is shown, and what is said where nothing is.

use std::fmt::Write as _;

use crate::common::Place;

/// Two columns of noise and a coin.
fn coins() -> String {
    let mut text = String::from("a,b,y\n");
    let mut state = 1_u32;
    for row in 0..1000_u32 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let side = if state >> 31 == 0 { "head" } else { "tail" };
        writeln!(text, "{},{},{side}", row % 31, row % 17).unwrap();
    }
    text
}

#[test]
fn a_learning_rate_is_found_and_drawn() {
    let place = Place::new();
    let out = place.out("lr-find digits --hidden 32 --threads 1");
    for part in [
        "Sweep ",
        "steepest",
        "Result ",
        "Interval ",
        "lr-find.svg",
        "--lr 0.0",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!out.contains('\u{1b}'), "a pipe has no colors");
    assert!(place.read("lr-find.svg").starts_with("<svg"));

    let line = "lr-find digits --hidden 32 --picture a.svg --json --repeats 3 --steps 60 --high 1 --threads";
    let found = place.json(&format!("{line} 1"));
    assert_eq!(found["curves"].as_array().unwrap().len(), 3);
    assert_eq!(found["verdict"]["name"], "agreed");
    assert_eq!(found["picture"], "a.svg");
    let lr = found["suggestion"].as_f64().unwrap();
    assert!((1e-4..5e-2).contains(&lr), "{lr}");
    assert_eq!(found, place.json(&format!("{line} 3")));
}

#[test]
fn where_there_is_nothing_to_learn_it_can_not_tell() {
    let place = Place::new();
    place.write("coins.csv", coins());
    let ran = place.run("lr-find coins.csv --target y");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("can't tell: the loss fell noticeably"),
        "{}",
        ran.out
    );
    assert!(place.read("lr-find.svg").contains("t tell"));
    let ran = place.run("lr-find coins.csv --target y --json");
    assert_eq!(ran.code, 1);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(found["suggestion"].is_null() && found["interval"].is_null());
    let ran = place.run("train coins.csv --target y --lr auto --out run");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("set lr to a number"), "{}", ran.err);
    assert!(!place.path("run").exists());
}

#[test]
fn an_automatic_lr_is_a_number_in_the_run() {
    let place = Place::new();
    let line = "train digits --hidden 32 --epochs 2 --threads 1";
    let out = place.out(&format!("{line} --lr auto --out a"));
    assert!(
        out.contains("found by the range test (interval 0.0"),
        "{out}"
    );
    let config = place.read("a/run.toml");
    assert!(config.contains("\nlr = 0.0"), "{config}");
    place.out("train --config a/run.toml --threads 2 --quiet --out b");
    let model = |run: &str| std::fs::read(place.path(run).join("model.safetensors")).unwrap();
    assert!(model("a") == model("b"));
    for way in ["--set optimizer.lr=auto", "--optimizer adam:lr=auto"] {
        let out = place.out(&format!("{line} {way} --dry-run"));
        assert!(out.contains("found by the range test"), "{out}");
        assert!(out.contains("nothing was trained or written"), "{out}");
    }
    place.write(
        "auto.toml",
        "[data]\nsource = \"digits\"\n[optimizer]\nlr = \"auto\"\n",
    );
    place.out("train --config auto.toml --epochs 1 --quiet --out c");
    let found = place.json("lr-find --config auto.toml --json");
    let lr = format!("\nlr = {}\n", found["suggestion"]);
    assert!(place.read("c/run.toml").contains(&lr), "{lr}");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let place = Place::new();
    let none = "`rprop` has no `lr` that could be looked for; choose an optimizer that has one, as adam or sgd";
    let none = format!("optimizer: {none}");
    place.fails("lr-find moons --optimizer rprop", 2, &none);
    place.fails("train moons --optimizer rprop --lr auto", 2, &none);
    let ran = place.run("lr-find moons --repeats 1 --low 0 --batch-size 0");
    assert_eq!(ran.code, 2);
    for part in [
        "3 settings are wrong",
        "`repeats` of `range_test`",
        "`low` of",
        "`batch_size` of",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    let ran = place.run("lr-find moons --low 1 --high 0.1");
    assert!(
        ran.err.contains("`low` must be below `high`"),
        "{}",
        ran.err
    );
    assert!(!place.path("lr-find.svg").exists());
}

//! `compare`: the same task with several rules, and what it says of them.

use std::collections::BTreeMap;

use crate::common::Place;

const LINE: &str = "compare moons:n=300 --hidden 8 --epochs 4 --seeds 2";

/// The bytes of every model and trajectory under a folder.
fn weights(place: &Place, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for contender in std::fs::read_dir(place.path(folder)).unwrap() {
        let contender = contender.unwrap();
        if !contender.file_type().unwrap().is_dir() {
            continue;
        }
        for run in std::fs::read_dir(contender.path()).unwrap() {
            let run = run.unwrap().path();
            let name = run
                .strip_prefix(place.path(folder))
                .unwrap()
                .display()
                .to_string();
            found.insert(name, std::fs::read(run.join("model.safetensors")).unwrap());
        }
    }
    found
}

#[test]
fn one_rule_given_twice_is_the_same_twice_and_the_same_as_alone() {
    let place = Place::new();
    let line = format!("{LINE} --optimizer adam:lr=0.01 --optimizer adam:lr=0.01");
    let one = place.json(&format!("{line} --jobs 1 --out one --json"));
    let two = place.json(&format!("{line} --jobs 2 --threads 3 --out two --json"));
    let contenders = one["contenders"].as_array().unwrap();
    assert_eq!(contenders.len(), 2);
    for key in ["name", "validation", "test", "diverged"] {
        assert_eq!(contenders[0][key], contenders[1][key], "{key}");
        assert_eq!(contenders[0][key], two["contenders"][0][key], "{key}");
    }
    let (alone, together) = (weights(&place, "one"), weights(&place, "two"));
    assert_eq!(alone.len(), 4);
    assert_eq!(alone, together);
    assert_eq!(
        alone["1-adam_lr=0.01/seed-1"],
        alone["2-adam_lr=0.01/seed-1"]
    );
    // A training of its own with the second seed and the rows of the first.
    place.out("train moons:n=300 --hidden 8 --epochs 4 --seed 1 --split-seed 0 --optimizer adam:lr=0.01 --quiet --out own");
    let own = place.json("evaluate own moons:n=300 --json");
    let raced = place.json("evaluate one/1-adam_lr=0.01/seed-1 moons:n=300 --json");
    assert_eq!(own["scores"], raced["scores"]);
    let epochs = |run: &str| -> Vec<(f64, f64)> {
        let lines = place.read(&format!("{run}/metrics.jsonl"));
        let records = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        records
            .filter_map(|it| Some((it["loss"].as_f64()?, it["validation"]["loss"].as_f64()?)))
            .collect()
    };
    assert_eq!(epochs("own"), epochs("one/1-adam_lr=0.01/seed-1"));
}

#[test]
fn learning_rates_are_looked_for_and_settings_vary() {
    let place = Place::new();
    let line = "compare moons:n=300 --hidden 8 --epochs 4 --seeds 2 --tune 3 --out c";
    let out = place.out(&format!(
        "{line} --optimizer sgd --optimizer adam --batch-size 16,full"
    ));
    for part in [
        "4 contenders with 2 seeds",
        "after 3 learning rates for each",
        "sgd, batch_size=16",
        "val loss",
        "test accuracy",
        "of 2",
        "c/report.html",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let found = place.json("compare --resume c --json");
    let contenders = found["contenders"].as_array().unwrap();
    for contender in contenders {
        let tried = contender["tried"].as_array().unwrap();
        assert_eq!(tried.len(), 3);
        let best = tried.iter().min_by(|a, b| {
            let score = |it: &serde_json::Value| it["score"].as_f64().unwrap();
            score(a).total_cmp(&score(b))
        });
        assert_eq!(contender["lr"], best.unwrap()["lr"]);
    }
    // Two hundred and forty rows in batches of 16, and all at once.
    let gradients = |contender: &str| {
        let text = place.read(&format!("c/{contender}/seed-0/metrics.jsonl"));
        let last = text
            .lines()
            .rev()
            .find(|line| line.contains("\"gradients\""))
            .unwrap();
        let record: serde_json::Value = serde_json::from_str(last).unwrap();
        (
            record["step"].as_u64().unwrap(),
            record["gradients"].as_u64().unwrap(),
        )
    };
    assert_eq!(gradients("1-sgd__batch_size=16"), (60, 960));
    assert_eq!(gradients("2-sgd__batch_size=full"), (4, 960));
}

#[test]
fn the_race_is_drawn_along_what_one_asks_for() {
    let place = Place::new();
    let line = format!("{LINE} --optimizer sgd:lr=0.1 --optimizer adam --out c");
    let out = place.out(&format!(
        "{line} --jobs 2 --curves passes --svg a.svg --png a.png"
    ));
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "epochs passes seconds reached",
        "up to 2 trainings ran at a time, so that the seconds are those of shared cores",
        "Picture a.svg",
        "Picture a.png",
    ] {
        assert!(flat.contains(part), "{part}\n{out}");
    }
    assert!(
        std::fs::read(place.path("a.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    for along in ["passes", "seconds", "epochs"] {
        let out = place.out(&format!(
            "compare --resume c --jobs 1 --curves {along} --svg {along}.svg"
        ));
        assert!(!out.contains("shared cores"), "{out}");
        let picture = place.read(&format!("{along}.svg"));
        for part in [along, "sgd:lr=0.1", "adam", "validation loss", "goal"] {
            assert!(picture.contains(part), "{part}\n{picture}");
        }
    }
    assert_eq!(place.read("a.svg"), place.read("passes.svg"));
    let ran = place.run("compare --resume c --curves hours");
    assert!(
        ran.err
            .contains("[possible values: passes, seconds, epochs]"),
        "{}",
        ran.err
    );
}

#[test]
fn what_was_interrupted_goes_on_and_ends_the_same() {
    let place = Place::new();
    let whole = place.json(&format!(
        "{LINE} --optimizer sgd:lr=0.1 --optimizer adam --out whole --json"
    ));
    place.out(&format!(
        "{LINE} --optimizer sgd:lr=0.1 --optimizer adam --out cut --quiet"
    ));
    // One training has not begun, and one was cut off before its last epochs were told.
    std::fs::remove_dir_all(place.path("cut/2-adam/seed-1")).unwrap();
    let metrics = place.read("cut/2-adam/seed-0/metrics.jsonl");
    let kept: Vec<&str> = metrics.lines().take(2).collect();
    place.write("cut/2-adam/seed-0/metrics.jsonl", kept.join("\n"));
    let again = place.json("compare --resume cut --json");
    for (a, b) in [0, 1].map(|k| (&whole["contenders"][k], &again["contenders"][k])) {
        assert_eq!(a["validation"], b["validation"]);
        assert_eq!(a["test"], b["test"]);
    }
    assert_eq!(weights(&place, "whole"), weights(&place, "cut"));
}

#[test]
fn what_cannot_race_is_said_at_once() {
    let place = Place::new();
    let ran = place.run("compare moons --optimizer adm --vary droput=0,1 --seeds 0");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    for part in ["did you mean `dropout`", "`seeds` of"] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    place.fails(
        "compare moons --optimizer adm",
        2,
        "optimizer: unknown optimizer `adm`; did you mean `adam` or `adamw` or `adamax`?",
    );
    place.fails(
        "compare moons",
        2,
        "compare: nothing differs; name rules with --optimizer, or settings and their values with --vary",
    );
    place.fails(
        "compare moons --lr 0.1",
        2,
        "--lr is only for one rule: write it as in --optimizer momentum:lr=0.1, or let --tune 9 look for it",
    );
    place.fails(
        "compare moons --validation 0 --optimizer adam --out none",
        2,
        "data: a comparison needs validation rows; set `validation` to a fraction above 0 or a file",
    );
    place.fails(
        "compare --resume nowhere",
        2,
        "`nowhere` is no comparison: it has no comparison.json",
    );
}

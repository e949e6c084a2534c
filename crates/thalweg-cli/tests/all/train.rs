//! The command from a file to a model: what it prints, what it leaves, and how it goes on.

use crate::common::{Place, table};

#[test]
fn a_table_becomes_a_model_that_predicts() {
    let place = Place::new();
    place
        .write("t.csv", table(600, 0))
        .write("new.csv", table(50, 5));
    let summary =
        place.json("train t.csv --target price --ignore kind --epochs 60 --patience never --json");
    assert_eq!(summary["task"], "regression");
    assert_eq!(summary["outcome"], "finished");
    assert_eq!(
        (&summary["epochs"], &summary["steps"]),
        (&60.into(), &(60 * 15).into())
    );
    // 480 training rows in batches of 32, the largest power of two that leaves ten steps an epoch.
    assert_eq!(summary["run"], "runs/t-adam-1");
    for part in ["train", "validation", "test"] {
        for score in ["loss", "rmse", "mae", "r2"] {
            assert!(summary[part][score].is_f64(), "{part} {score}");
        }
    }
    assert!(summary["test"]["r2"].as_f64().unwrap() > 0.98, "{summary}");

    let scores = place.json("evaluate runs/t-adam-1 new.csv --json");
    assert_eq!(scores["rows"], 50);
    assert!(scores["scores"]["r2"].as_f64().unwrap() > 0.98, "{scores}");

    place.write("gaps.csv", place.read("new.csv") + "3,red,true,,\n");
    let scores = place.json("evaluate runs/t-adam-1 gaps.csv --drop-missing-target --json");
    assert_eq!(scores["rows"], 50);

    let out = place.out("predict runs/t-adam-1 new.csv --output p.csv");
    assert_eq!(out, "Written   p.csv: 50 predictions\n");
    let prices = column(&place.read("new.csv"), 3);
    let predictions = column(&place.read("p.csv"), 0);
    let worst = prices
        .iter()
        .zip(&predictions)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(worst < 3.0, "in the target's own unit: {worst}");
}

fn column(csv: &str, index: usize) -> Vec<f64> {
    csv.lines()
        .skip(1)
        .map(|line| line.split(',').nth(index).unwrap().parse().unwrap())
        .collect()
}

#[test]
fn probabilities_sum_to_one_and_agree_with_the_class() {
    let place = Place::new();
    place.write("t.csv", table(300, 0));
    place.out("train t.csv --target kind --ignore price --epochs 5 --quiet --out two");
    place.out("train t.csv --target color --ignore kind --epochs 5 --quiet --out three");
    for (run, header) in [
        ("two", "prediction,probability_cheap,probability_dear"),
        (
            "three",
            "prediction,probability_blue,probability_green,probability_red",
        ),
    ] {
        let out = place.out(&format!("predict {run} t.csv --probabilities"));
        assert_eq!(out.lines().next(), Some(header));
        let classes: Vec<&str> = header
            .split(',')
            .skip(1)
            .map(|name| &name["probability_".len()..])
            .collect();
        for line in out.lines().skip(1) {
            let (class, rest) = line.split_once(',').unwrap();
            let p: Vec<f64> = rest.split(',').map(|p| p.parse().unwrap()).collect();
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{line}");
            let largest = (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap();
            assert_eq!(class, classes[largest]);
        }
    }
}

#[test]
fn what_is_printed_says_what_happened_within_80_columns() {
    let place = Place::new();
    let out = place.out("train digits --epochs 3 --hidden 32");
    for part in [
        "Data ",
        "Split ",
        "Network ",
        "Descent ",
        "epoch    1",
        "validation loss as a line, training loss in dots",
        "the upright is the",
        "Ended ",
        "Result ",
        "Run  ",
        "Use it",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!out.contains('\u{1b}'), "a pipe has no colors");
    assert_eq!(place.out("train digits --epochs 1 --quiet"), "");
    let dry = place.out("train digits --dry-run --out nothing");
    assert!(dry.contains("nothing was trained or written"), "{dry}");
    assert!(!place.path("nothing").exists());
}

#[test]
fn color_follows_the_environment() {
    let place = Place::new();
    let forced = place
        .command("list losses")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(forced.stdout.contains(&0x1b));
    let plain = place
        .command("list losses")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!plain.stdout.contains(&0x1b));
}

#[test]
fn a_run_is_repeated_by_its_configuration_on_any_number_of_threads() {
    let place = Place::new();
    place.write("t.csv", table(400, 0));
    place.out(
        "train t.csv --target kind --epochs 4 --dropout 0.2 --seed 3 --threads 1 --quiet --out a",
    );
    place.out("train --config a/run.toml --threads 3 --quiet --out b");
    place.out("train --config a/run.toml --set training.seed=4 --quiet --out c");
    let model = |run: &str| std::fs::read(place.path(run).join("model.safetensors")).unwrap();
    assert!(model("a") == model("b"));
    assert!(model("a") != model("c"));
}

#[test]
fn validation_and_test_can_be_files() {
    let place = Place::new();
    place
        .write("t.csv", table(300, 0))
        .write("v.csv", table(40, 1))
        .write("w.csv", table(30, 2));
    let out = place.out("train t.csv --target kind --validation v.csv --test w.csv --epochs 2");
    assert!(
        out.contains("300 training, 40 validation, 30 test rows"),
        "{out}"
    );
    let summary = place.json("train t.csv --target kind --validation 0 --test 0 --epochs 2 --json");
    assert!(summary["validation"].is_null() && summary["test"].is_null());
    assert_eq!(summary["best_epoch"], 2);
}

#[test]
fn rows_can_be_weighted() {
    let place = Place::new();
    // The same features with two answers: the weights decide.
    let rows = "0,a,1\n0,b,9\n1,a,1\n1,b,9\n".repeat(100);
    place.write("t.csv", "x,y,w\n".to_owned() + &rows);
    place.out("train t.csv --target y --sample-weight w --epochs 30 --quiet --out run");
    let out = place.out("predict run t.csv --probabilities");
    for line in out.lines().skip(1) {
        let b: f64 = line.rsplit(',').next().unwrap().parse().unwrap();
        // 0.9 by the weights, 0.5 without them; each x has about 80 training rows of either class.
        assert!((0.85..0.95).contains(&b), "{line}");
    }
    place.out("train t.csv --target y --ignore w --class-weight balanced --epochs 1 --quiet");
}

#[test]
fn everything_is_listed_and_explained() {
    let place = Place::new();
    let all = place.out("list");
    for family in thalweg::families() {
        assert!(all.contains(family.name()), "{}", family.name());
        let listed = place.out(&format!("list {}", family.name()));
        for member in family.members() {
            let name = member.card().name;
            assert!(listed.contains(name), "{name}");
            let explained = place.out(&format!("explain {name}"));
            for field in member.fields() {
                assert!(explained.contains(field.name), "{name} {}", field.name);
            }
        }
    }
    place.fails(
        "explain adem",
        2,
        "nothing is called `adem`; did you mean `adam` or `adamw` or `adamax`?",
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            place
                .out(&format!("completions {shell}"))
                .contains("thalweg")
        );
    }
}

#[test]
fn a_table_is_inspected_before_anything_is_trained() {
    let place = Place::new();
    place.write("t.csv", table(60, 0));
    let seen = place.json("inspect t.csv --target kind --json");
    assert_eq!(
        (&seen["rows"], &seen["task"]),
        (&60.into(), &"classification".into())
    );
    assert_eq!(seen["columns"].as_array().unwrap().len(), 5);
    assert_eq!(seen["columns"][1]["use"], "3 categories");
    assert_eq!(seen["columns"][4]["use"], "target");
    let out = place.out("inspect t.csv");
    assert!(out.contains("name a --target"), "{out}");
}

/// Interrupts and kills are those of a terminal and of the system.
#[cfg(unix)]
mod signals {
    use super::*;
    use std::io::BufRead as _;
    use std::process::{Child, Stdio};

    const LINE: &str = "train spirals:n=4000,noise=0.2 --hidden 64,64 --dropout 0.1 --optimizer momentum:lr=0.05 \
        --schedule cosine --set schedule.by=step --batch-size 16 --epochs 10 --patience never --checkpoint-every 0.05";

    /// Starts the training above and waits until it is in its second epoch.
    fn start(place: &Place, out: &str) -> Child {
        let mut child = place
            .command(&format!("{LINE} --out {out}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.as_mut().unwrap()).lines();
        for line in lines {
            if line.unwrap().contains("epoch    1") {
                break;
            }
        }
        child
    }

    fn signal(child: &Child, name: &str) {
        let pid = child.id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    #[test]
    fn a_run_ends_with_the_same_bits_after_an_interrupt_and_a_kill() {
        let place = Place::new();
        place.out(&format!("{LINE} --quiet --out whole"));

        let mut child = start(&place, "cut");
        signal(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let config = place.read("cut/run.toml");

        let mut child = place
            .command("train --resume cut --checkpoint-every 0.05")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(400));
        signal(&child, "-KILL");
        child.wait().unwrap();

        let ran = place.run("train --resume cut --quiet");
        // On a machine so fast that the kill came too late, the run had ended.
        assert!(
            ran.code == 0 || ran.err.contains("the run has ended"),
            "{}",
            ran.err
        );
        assert_eq!(place.read("cut/run.toml"), config);
        let model = |run: &str| std::fs::read(place.path(run).join("model.safetensors")).unwrap();
        assert!(model("cut") == model("whole"));
    }

    #[test]
    fn an_interrupt_says_how_to_go_on() {
        let place = Place::new();
        let mut child = place
            .command(&format!("{LINE} --json --out run"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        while !place.path("run/metrics.jsonl").exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        signal(&child, "-INT");
        let mut text = String::new();
        std::io::Read::read_to_string(child.stdout.as_mut().unwrap(), &mut text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(summary["outcome"], "interrupted");
        let out = place.out("train --resume run");
        assert!(out.contains("all 10 epochs done"), "{out}");
    }
}

#[test]
fn a_diverging_run_fails_and_says_what_to_lower() {
    let place = Place::new();
    let ran = place.run("train sine:n=200 --optimizer sgd:lr=1e12 --batch-size 10");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("lower optimizer.lr"), "{}", ran.out);
    assert!(ran.out.contains("weights of epoch 0"), "{}", ran.out);
}

#[test]
fn a_target_far_from_zero_keeps_its_digits() {
    let place = Place::new();
    let row = |shift: f64, i: u32| format!("{},{}\n", i % 100, f64::from(i % 100) * 3.0 + shift);
    for (name, shift) in [("near.csv", 0.0), ("far.csv", 1.7e9)] {
        place.write(
            name,
            "x,y\n".to_owned() + &(0..500).map(|i| row(shift, i)).collect::<String>(),
        );
    }
    let r2 = |name: &str| {
        let line = format!("train {name} --target y --epochs 30 --json --out {name}-run");
        place.json(&line)["test"]["r2"].as_f64().unwrap()
    };
    let (near, far) = (r2("near.csv"), r2("far.csv"));
    assert!((near - far).abs() < 1e-3 && far > 0.99, "{near} {far}");
    let out = place.out("predict far.csv-run far.csv");
    let distinct: std::collections::BTreeSet<&str> = out.lines().skip(1).collect();
    assert_eq!(distinct.len(), 100, "one for each x");
}

#[cfg(unix)]
#[test]
fn predictions_go_where_they_are_sent() {
    let place = Place::new();
    place.write("t.csv", table(100, 0)).write("old.csv", "");
    place.out("train t.csv --target kind --epochs 1 --quiet --out run");
    std::os::unix::fs::symlink("old.csv", place.path("link.csv")).unwrap();
    place.out("predict run t.csv --output link.csv");
    assert!(place.path("link.csv").is_symlink());
    assert_eq!(place.read("old.csv").lines().count(), 101);
    place.out("predict run t.csv --output /dev/null");
    assert!(!std::path::Path::new("/dev/null").is_file());
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_does_not_end_a_training() {
    let place = Place::new();
    let exe = env!("CARGO_BIN_EXE_thalweg");
    let script = format!("{exe} train moons --epochs 2 --out run | true");
    std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.path(""))
        .status()
        .unwrap();
    assert!(
        place
            .read("run/metrics.jsonl")
            .contains("\"outcome\":\"finished\"")
    );
}

#[test]
fn a_data_set_is_found_beside_a_folder_of_its_name() {
    let place = Place::new();
    std::fs::create_dir(place.path("moons")).unwrap();
    place.out("train moons --epochs 1 --quiet");
}

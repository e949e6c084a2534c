//! What is around the descent, from the command line: groups, schedules of other numbers, wrappers, solvers.

use crate::common::Place;

#[test]
fn everything_around_an_optimizer_is_written_and_can_be_had_again() {
    let place = Place::new();
    let around = "--optimizer momentum:lr=0.05,convention=keras --schedule one_cycle \
        --schedule momentum=one_cycle:start=1,peak=0.89,end=1 --group *.bias:lr=0.1,weight_decay=0.01 \
        --wrappers sam:rho=0.02,adaptive=true,lookahead,ema --accumulate 2 --clip-layer-norm 1 --clip-adaptive 0.5 \
        --decayed all";
    let told = place.out(&format!("train moons --epochs 4 --out a {around}"));
    for line in [
        "*.bias: lr 0.1",
        "momentum by one_cycle",
        "within ema (decay 0.99)",
        "2 batches of 64 to a step",
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    let written = place.read("a/run.toml");
    for line in [
        "[[optimizer.group]]\nmatch = \"*.bias\"\nlr = 0.1\nweight_decay = 0.01\n",
        "[schedule.momentum]\nname = \"one_cycle\"\nstart = 1.0\npeak = 0.89\n",
        "wrappers = [\"sam:rho=0.02,adaptive=true\", \"lookahead\", \"ema\"]\n",
        "convention = \"keras\"\n",
    ] {
        assert!(written.contains(line), "{line} in\n{written}");
    }
    place.out("train --config a/run.toml --out b --quiet");
    let model = |run| std::fs::read(place.path(run).join("model.safetensors")).unwrap();
    assert!(model("a") == model("b"));
    assert_eq!(written, place.read("b/run.toml"));
    // Another optimizer forgets the groups of the old one and what drove its numbers.
    place.out("train --config a/run.toml --optimizer adamw --dry-run --quiet --out c");
}

#[test]
fn groups_of_flags_are_further_ones() {
    let place = Place::new();
    place.write(
        "one.toml",
        "[data]\nsource = \"moons\"\n[optimizer.group]\nmatch = \"*.bias\"\nlr = 0.1\n",
    );
    place.out(
        "train --config one.toml --group *1.weight:weight_decay=0.5 --epochs 1 --out a --quiet",
    );
    place.out("train --config a/run.toml --set optimizer.group.0.lr=0.2 --out c --quiet");
    let written = place.read("c/run.toml");
    for group in [
        "match = \"*.bias\"\nlr = 0.2\n\n",
        "match = \"*1.weight\"\nweight_decay = 0.5\n\n",
    ] {
        assert!(written.contains(group), "{group} in\n{written}");
    }
    // A member that --set chooses forgets nothing that the same line sets.
    place.out("train moons --lr 0.1 --group *.bias:lr=0.01 --set optimizer.name=momentum --epochs 1 --out b --quiet");
    let written = place.read("b/run.toml");
    assert!(
        written.contains("lr = 0.1\n") && written.contains("lr = 0.01\n"),
        "{written}"
    );
}

#[test]
fn what_a_schedule_cannot_drive_is_told() {
    let place = Place::new();
    place.fails(
        "train moons --optimizer momentum --schedule momentum=linear:start=1,end=1.5",
        2,
        "schedule.momentum: `momentum` of `momentum` must be in [0, 1), found 1.00125",
    );
    place.fails(
        "train moons --optimizer rprop --schedule cosine",
        2,
        "schedule.lr: `rprop` has no number `lr` that a schedule could drive; it has initial_step, eta_minus, eta_plus, min_step, max_step",
    );
    place.out("train moons --schedule lr=linear --epochs 1 --quiet");
    // An average needs no schedule, and what has no learning rate cannot have one.
    for optimizer in ["schedule_free_adamw", "rprop"] {
        place.out(&format!(
            "train moons --optimizer {optimizer} --epochs 1 --quiet --out {optimizer}"
        ));
        let written = place.read(&format!("{optimizer}/run.toml"));
        assert!(
            written.contains("[schedule]\nname = \"constant\"\n"),
            "{written}"
        );
    }
    place.write(
        "empty.toml",
        "[data]\nsource = \"moons\"\n[schedule.beta1]\n",
    );
    place.fails(
        "train --config empty.toml",
        2,
        "schedule.beta1: settings without a name; add `name = …`",
    );
}

#[test]
fn schedules_can_be_chained_and_react() {
    let place = Place::new();
    place.write(
        "chain.toml",
        "[data]\nsource = \"moons\"\n[schedule]\nname = \"chain\"\nparts = \"linear:start=0.1,end=1 for 3 then cosine\"\n",
    );
    let last_lr = |run: &str| -> Vec<f64> {
        let metrics = place.read(&format!("{run}/metrics.jsonl"));
        let lr =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["lr"].as_f64();
        metrics.lines().filter_map(lr).collect()
    };
    place.out("train --config chain.toml --epochs 9 --lr 1e-3 --out a --quiet");
    let lrs = last_lr("a");
    // The lr of epoch k is that in force at time k − 1.
    assert!(
        (lrs[1] - 1e-4).abs() < 1e-12 && (lrs[4] - 1e-3).abs() < 1e-12,
        "{lrs:?}"
    );
    place.out(
        "train moons --schedule reduce_on_plateau:patience=0,threshold=0.9,gamma=0.5 --lr 1e-3 --epochs 5 --out b --quiet",
    );
    let lrs = last_lr("b");
    assert!((lrs[5] - 1e-3 / 8.0).abs() < 1e-12, "{lrs:?}");
}

#[test]
fn a_solver_trains_on_all_rows_at_once() {
    let place = Place::new();
    let summary = place.json("train digits --optimizer lbfgs --epochs 60 --json");
    assert!(
        summary["test"]["accuracy"].as_f64().unwrap() > 0.95,
        "{summary}"
    );
    assert_eq!(summary["epochs"], summary["steps"]);
    let written = place.read("runs/digits-lbfgs-1/run.toml");
    assert!(written.contains("batch_size = \"full\"") && written.contains("\ndropout = 0.0"));
    // Newton's method ends within a few steps where the surface is smooth; at the kinks of ReLU it has no end.
    let summary = place.json("train moons --hidden 8 --activation tanh --optimizer newton_cg --l2 0.01 --patience never --epochs 100 --json");
    assert_eq!(summary["outcome"], "converged", "{summary}");
    assert!(summary["steps"].as_u64().unwrap() < 50, "{summary}");
    place.fails(
        "train moons --optimizer lbfgs --batch-size 32 --dropout 0.2 --wrappers ema",
        2,
        "optimizer: `lbfgs` evaluates the same function again within a step: set training.batch_size=full; \
         leave out dropout, input_dropout and dropconnect; leave out wrappers",
    );
}

#[test]
fn what_does_not_go_together_is_told_at_once() {
    let place = Place::new();
    place.fails(
        "train moons --wrappers ema,swa,ema --schedule beta3=cosine --optimizer adam:convention=kears --clip-adaptive 0",
        2,
        "5 settings are wrong:\n  \
         training: `clip_adaptive` of `training` must be above 0, found 0\n  \
         optimizer: `convention` of `adam` must be one of torch, keras, optax, paper, found kears; did you mean `keras`?\n  \
         schedule.beta3: `adam` has no number `beta3` that a schedule could drive; it has beta1, beta2, eps, weight_decay\n  \
         training: `wrappers` has ema and ema: once is enough\n  \
         training: `wrappers` has ema and swa: only one average can be the model",
    );
    place.fails(
        "train moons --wrappers emu",
        2,
        "training: unknown wrapper `emu`; did you mean `ema`?",
    );
    place.fails(
        "train moons --optimizer asgd --wrappers swa",
        2,
        "training: `wrappers` has swa and asgd: that optimizer keeps an average itself, which is the model",
    );
    place.fails(
        "train moons --group *.wieght:lr=1",
        2,
        "optimizer.group: `*.wieght` matches no parameters; there are layer 1.weight, layer 1.bias, layer 2.weight, \
         layer 2.bias, layer 3.weight, layer 3.bias",
    );
}

#[test]
fn schedules_are_drawn() {
    let place = Place::new();
    for entry in thalweg::core::schedule::ALL.members {
        let drawn = place.out(&format!("explain {} --plot", entry.card.name));
        assert!(
            drawn.lines().count() > 10
                && drawn
                    .chars()
                    .any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)),
            "{drawn}"
        );
        assert!(
            drawn.lines().all(|line| line.chars().count() <= 80),
            "{drawn}"
        );
    }
    place.out("explain multi_step:milestones=20,60,gamma=0.5 --plot");
    place.fails(
        "explain adam --plot",
        2,
        "`adam` is no schedule; only schedules can be drawn",
    );
}

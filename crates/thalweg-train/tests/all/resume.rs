//! A run that was interrupted, killed or continued ends with the same bits as one that never was.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use thalweg_train::{Config, Event, Folder, Outcome, Run, Settings, TrainError, Watch};

/// 900 rows in batches of 64 (the last one ragged), with everything that has a memory or draws numbers. A step has
/// 7 million operations, enough for the engine to share them among the threads that it is given.
const MOMENTUM: &[&str] = &[
    "data.source=spirals:n=900,noise=0.1",
    "network.hidden=192,96",
    "network.dropout=0.2",
    "network.input_dropout=0.05",
    "network.dropconnect=0.1",
    "optimizer.name=momentum:lr=0.05",
    "schedule.name=cosine",
    "schedule.by=step",
    "schedule.warmup=7",
    "training.batch_size=64",
    "training.epochs=9",
    "training.l2=1e-4",
    "training.clip_norm=1",
];

fn settings(assignments: &[&str]) -> Settings {
    let mut settings = Settings::default();
    for assignment in assignments {
        settings.assign(assignment).unwrap();
    }
    settings
}

fn new_run(assignments: &[&str], out: &Path) -> Run {
    let mut run = Run::new(Config::new(&settings(assignments)).unwrap(), 1).unwrap();
    run.create_folder(Some(out)).unwrap();
    run
}

/// Trains until so many steps of the whole run are done, or to the end.
fn train(run: &mut Run, until: u64) -> Outcome {
    let interrupt = AtomicBool::new(false);
    let mut observer = |event: Event<'_>| {
        if let Event::Step { step, .. } = event
            && step >= until
        {
            interrupt.store(true, Ordering::Relaxed);
        }
    };
    run.train(&mut Watch {
        observer: &mut observer,
        interrupt: &interrupt,
    })
    .unwrap()
}

/// All that a run leaves behind but the seconds: the model's bytes and the metrics without their times.
fn traces(folder: &Path) -> (Vec<u8>, Vec<serde_json::Value>) {
    let folder = Folder::open(folder).unwrap();
    let metrics = std::fs::read_to_string(folder.metrics_path()).unwrap();
    let without_time = |line: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["seconds"] = 0.into();
        record
    };
    (
        std::fs::read(folder.model_path()).unwrap(),
        metrics.lines().map(without_time).collect(),
    )
}

#[test]
fn an_interrupted_run_ends_as_one_that_was_not() {
    // Rules with every kind of memory, and with everything around them that has one too.
    for (rule, around) in [
        ("momentum:lr=0.05", &[][..]),
        ("nadam", &["training.wrappers=ema:decay=0.9"]),
        (
            "adam:amsgrad=true",
            &["training.wrappers=lookahead,sam,swa:start=0.3"],
        ),
        (
            "adadelta",
            &["training.accumulate=2", "training.clip_layer_norm=0.5"],
        ),
        (
            "rmsprop:momentum=0.5",
            &["schedule.momentum.name=linear:start=0.5,end=1"],
        ),
        ("prodigy", &["training.clip_adaptive=0.1"]),
        (
            "schedule_free_adamw",
            &["schedule.name=constant", "training.decayed=all"],
        ),
        (
            "muon",
            &[
                "optimizer.group.0.match=layer 2.*",
                "optimizer.group.0.momentum=0.5",
            ],
        ),
        (
            "lbfgs:history=3",
            &[
                "training.batch_size=full",
                "training.clip_norm=off",
                "schedule.name=constant",
                "schedule.warmup=0",
                "network.dropout=0",
                "network.input_dropout=0",
                "network.dropconnect=0",
                "training.epochs=60",
                "training.patience=never",
            ],
        ),
        (
            "adamw",
            &[
                "schedule.name=reduce_on_plateau:patience=0,gamma=0.5,cooldown=1",
                "schedule.by=epoch",
                "schedule.warmup=1",
            ],
        ),
        (
            "momentum",
            &[
                "schedule.name=one_cycle",
                "schedule.by=run",
                "schedule.warmup=0",
            ],
        ),
        (
            "rmsprop:momentum=0.9",
            &["schedule.momentum.name=cosine:period=2"],
        ),
        (
            "asgd",
            &["optimizer.group.0.match=*.bias", "optimizer.group.0.lr=0.5"],
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let mut assignments = MOMENTUM.to_vec();
        let rule = format!("optimizer.name={rule}");
        assignments.push(&rule);
        assignments.extend(around);
        let whole = place.path().join("whole");
        let mut run = new_run(&assignments, &whole);
        let ended = train(&mut run, u64::MAX);
        assert!(
            matches!(ended, Outcome::Finished { epochs: 9 | 60 }),
            "{rule}: {ended}"
        );
        let expected = run.parameters().to_vec();

        // An epoch has 12 steps (720 training rows): 30 is in the middle of the third, 48 at the end of the fourth.
        // With two batches to a step it has 6.
        let parts = place.path().join("parts");
        let mut run = new_run(&assignments, &parts);
        assert_eq!(train(&mut run, 30), Outcome::Interrupted { step: 30 });
        drop(run);
        for (threads, until) in [(2, 48), (1, 49), (3, u64::MAX)] {
            let mut run = Run::resume(&parts, &Settings::default(), threads).unwrap();
            train(&mut run, until);
            if until == u64::MAX {
                assert!(run.parameters() == expected, "{rule}");
            }
        }
        assert!(traces(&parts) == traces(&whole), "{rule}");
    }
}

#[test]
fn a_killed_run_goes_on_from_its_last_checkpoint() {
    let place = tempfile::tempdir().unwrap();
    let (whole, killed) = (place.path().join("whole"), place.path().join("killed"));
    train(&mut new_run(MOMENTUM, &whole), u64::MAX);

    let mut run = new_run(MOMENTUM, &killed);
    run.checkpoint_every = Duration::ZERO;
    train(&mut run, 40);
    let checkpoint = std::fs::read(killed.join("checkpoint.safetensors")).unwrap();
    drop(run);
    // What a kill leaves: a checkpoint from some steps ago, and metrics from beyond it.
    let mut run = Run::resume(&killed, &Settings::default(), 1).unwrap();
    train(&mut run, 70);
    drop(run);
    std::fs::write(killed.join("checkpoint.safetensors"), checkpoint).unwrap();

    train(
        &mut Run::resume(&killed, &Settings::default(), 1).unwrap(),
        u64::MAX,
    );
    assert!(traces(&killed) == traces(&whole));
}

#[test]
fn a_finished_run_can_be_trained_longer() {
    let place = tempfile::tempdir().unwrap();
    // A schedule that looks at the length of the run would know the difference.
    let mut assignments = MOMENTUM.to_vec();
    assignments.push("schedule.name=exponential:gamma=0.99");
    let (whole, longer) = (place.path().join("whole"), place.path().join("longer"));
    train(&mut new_run(&assignments, &whole), u64::MAX);

    assignments.push("training.epochs=5");
    train(&mut new_run(&assignments, &longer), u64::MAX);
    let again = Run::resume(&longer, &Settings::default(), 1).err().unwrap();
    assert_eq!(
        again.to_string(),
        "the run has ended: all 5 epochs done; to train longer, raise --epochs"
    );
    let changes = settings(&["training.epochs=9"]);
    train(&mut Run::resume(&longer, &changes, 1).unwrap(), u64::MAX);
    assert!(traces(&longer) == traces(&whole));
}

#[test]
fn the_configuration_of_a_run_repeats_it() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    train(&mut new_run(MOMENTUM, &first), u64::MAX);
    let settings = Folder::open(&first).unwrap().settings().unwrap();
    let mut run = Run::new(Config::new(&settings).unwrap(), 4).unwrap();
    run.create_folder(Some(&second)).unwrap();
    train(&mut run, u64::MAX);
    assert!(traces(&second) == traces(&first));
    let [first, second] = [first, second].map(|run| std::fs::read(run.join("run.toml")).unwrap());
    assert!(first == second);
}

#[test]
fn a_run_refuses_what_it_cannot_go_on_with() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("table.csv");
    let table = |bias: i32| {
        let row = |i: i32| {
            format!(
                "{},{},{}\n",
                i % 7,
                i % 5,
                i % 7 - i % 5 * 2 + bias * (i % 3)
            )
        };
        "a,b,y\n".to_owned() + &(0..200).map(row).collect::<String>()
    };
    std::fs::write(&file, table(1)).unwrap();
    let out = place.path().join("run");
    let source = format!("data.source={}", file.display());
    let assignments = [
        &source[..],
        "data.target=y",
        "data.task=regression",
        "training.epochs=50",
        "training.batch_size=16",
    ];
    train(&mut new_run(&assignments, &out), 30);

    let refused = |changes: &[&str]| match Run::resume(&out, &settings(changes), 1) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it went on"),
    };
    let run = out.join("run.toml");
    assert_eq!(
        refused(&["optimizer.lr=1"]),
        format!(
            "`optimizer.lr` cannot change when a run goes on; start a new run with --config {} --set optimizer.lr=…",
            run.display()
        )
    );
    std::fs::write(&file, table(2)).unwrap();
    assert_eq!(
        refused(&[]),
        format!(
            "the data in `{}` have changed since the run began; start a new run",
            file.display()
        )
    );
    std::fs::write(&file, table(1)).unwrap();

    let checkpoint = out.join("checkpoint.safetensors");
    let good = std::fs::read(&checkpoint).unwrap();
    let mut bad = good.clone();
    let last = bad.len() - 1;
    bad[last] ^= 0x10;
    std::fs::write(&checkpoint, &bad).unwrap();
    let message = refused(&[]);
    let start = format!("`{}` is damaged: its checksum is ", checkpoint.display());
    assert!(message.starts_with(&start), "{message}");
    assert!(
        message.ends_with("; start again with --config run.toml"),
        "{message}"
    );
    std::fs::write(&checkpoint, good).unwrap();

    let text = std::fs::read_to_string(&run).unwrap();
    std::fs::write(&run, text.replace("format = 1", "format = 7")).unwrap();
    assert_eq!(
        refused(&[]),
        format!(
            "{} has format 7; this version of thalweg reads up to format 1: install a newer one",
            run.display()
        )
    );
    let nowhere = Run::resume(place.path(), &Settings::default(), 1)
        .err()
        .unwrap();
    assert_eq!(
        nowhere.to_string(),
        format!("`{}` is no run: it has no run.toml", place.path().display())
    );
    assert!(matches!(nowhere, TrainError::NoRun { .. }));
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_and_keeps_the_best_weights() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let mut run = new_run(
        &[
            "data.source=sine:n=200",
            "optimizer.name=sgd:lr=1e12",
            "training.batch_size=10",
        ],
        &out,
    );
    let outcome = train(&mut run, u64::MAX);
    let Outcome::Diverged { step, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        outcome.to_string(),
        format!(
            "diverged at step {step}: the loss is no longer finite; lower optimizer.lr (now 1e12) or set training.clip_norm"
        )
    );
    let summary = run.summarize(&outcome).unwrap();
    assert_eq!(summary.best_epoch, 0);
    assert!(summary.test.unwrap().loss.is_finite());
    assert!(Run::resume(&out, &Settings::default(), 1).is_err());
}

#[test]
fn a_schedule_that_spans_the_run_refuses_more_epochs() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    train(&mut new_run(MOMENTUM, &out), u64::MAX);
    let error = Run::resume(&out, &settings(&["training.epochs=20"]), 1)
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "training: the schedule `cosine` spans the whole run, so `epochs` cannot change when it goes on; \
             start a new run with --config {} --epochs 20, or begin with a schedule of fixed length, as \
             `exponential` or `cosine:period=50`",
            out.join("run.toml").display()
        )
    );
}

#[test]
fn what_spans_the_run_refuses_more_epochs() {
    let constant = ["schedule.name=constant", "schedule.warmup=0"];
    // An average of the end of a run, and a chain that is still constant after as many steps as there are epochs.
    let chain = "schedule.name=constant for 30 then cosine";
    for (around, named) in [
        (
            [&constant[..], &["training.wrappers=swa"]].concat(),
            "`swa`",
        ),
        (
            vec![chain, "schedule.warmup=0", "schedule.by=step"],
            "`chain`",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("run");
        let assignments = [MOMENTUM, &around[..]].concat();
        train(&mut new_run(&assignments, &out), u64::MAX);
        let more = settings(&["training.epochs=20"]);
        let error = Run::resume(&out, &more, 1).err().unwrap().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn a_solver_without_a_finite_start_has_diverged() {
    let config = Config::new(&settings(&[
        "data.source=moons",
        "optimizer.name=lbfgs",
        "training.l2=1e39",
    ]));
    let mut run = Run::new(config.unwrap(), 1).unwrap();
    assert!(matches!(
        train(&mut run, u64::MAX),
        Outcome::Diverged { step: 1, .. }
    ));
}

#[test]
fn divergence_without_validation_rows_keeps_weights_that_are_finite() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let assignments = [
        "data.source=sine:n=200",
        "data.validation=0",
        "training.batch_size=full",
    ];
    let mut run = new_run(
        &[&assignments[..], &["optimizer.name=sgd:lr=1e30"]].concat(),
        &out,
    );
    let outcome = train(&mut run, u64::MAX);
    assert!(matches!(outcome, Outcome::Diverged { .. }), "{outcome:?}");
    let summary = run.summarize(&outcome).unwrap();
    assert_eq!(summary.best_epoch, 0);
    assert!(summary.train.loss.is_finite());
}

#[test]
fn an_interrupt_before_the_first_step_costs_no_patience() {
    let place = tempfile::tempdir().unwrap();
    let (whole, cut) = (place.path().join("whole"), place.path().join("cut"));
    let assignments = [MOMENTUM, &["training.patience=1"]].concat();
    train(&mut new_run(&assignments, &whole), u64::MAX);
    let mut run = new_run(&assignments, &cut);
    let mut watch = Watch {
        observer: &mut |_| {},
        interrupt: &AtomicBool::new(true),
    };
    assert_eq!(
        run.train(&mut watch).unwrap(),
        Outcome::Interrupted { step: 0 }
    );
    drop(run);
    train(
        &mut Run::resume(&cut, &Settings::default(), 1).unwrap(),
        u64::MAX,
    );
    assert!(traces(&cut) == traces(&whole));
}

#[test]
fn a_run_is_trained_by_one_process_at_a_time() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let mut run = new_run(MOMENTUM, &out);
    train(&mut run, 5);
    let error = Run::resume(&out, &Settings::default(), 1).err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` is in use: another process is training there",
            out.display()
        )
    );
    drop(run);
    assert!(Run::resume(&out, &Settings::default(), 1).is_ok());
}

#[test]
fn fields_that_were_set_in_code_are_checked_too() {
    let mut config = Config::new(&settings(&["data.source=moons"])).unwrap();
    config.network.hidden = vec![0];
    config.network.dropout = 1.0;
    let error = Run::new(config, 1).err().unwrap();
    assert_eq!(
        error.to_string(),
        "2 settings are wrong:\n  network: `hidden` of `network` must be from 1 to 1048576, found [0]\n  \
         network: `dropout` of `network` must be in [0, 1), found 1"
    );
}

/// What a person has written themselves is in no list; their model must work all the same.
#[test]
fn a_model_of_an_unknown_rule_can_be_loaded() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let mut run = new_run(&["data.source=moons:n=200", "training.epochs=2"], &out);
    train(&mut run, u64::MAX);
    drop(run);
    let path = Folder::open(&out).unwrap().model_path();
    let mut model = thalweg_train::Model::load(&path).unwrap();
    assert_eq!(model.config.optimizer.card().name, "adam");
    model.config.optimizer = Box::new(own::Own);
    model.save(&path).unwrap();
    assert_eq!(
        thalweg_train::Model::load(&path).unwrap().parameters(),
        model.parameters()
    );
}

mod own {
    use thalweg_core::Real;
    use thalweg_core::optimizer::{Now, Rule};
    use thalweg_core::spec::{Card, Field, Spec};

    #[derive(Clone, Default)]
    pub(super) struct Own;

    impl Spec for Own {
        const CARD: &'static Card = &Card {
            name: "own",
            summary: "Stays.",
            formula: "",
            paper: "",
            differences: "",
        };
        const FIELDS: &'static [Field<Self>] = &[];
    }

    impl Rule for Own {
        fn buffers(&self) -> &'static [&'static str] {
            &[]
        }
        fn update<T: Real>(&self, _: Now<'_>, _: &mut [T], _: &[T], _: &mut [&mut [T]]) {}
    }
}

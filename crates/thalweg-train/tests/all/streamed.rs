//! Files that are larger than the memory that they may take: the same bits on any number of threads and after every
//! interruption, clear refusals, and the scores and predictions of the whole table.

#![allow(clippy::float_cmp)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use thalweg_core::team::Team;
use thalweg_data::{DataError, Source};
use thalweg_train::{
    Config, Event, Folder, MissingTarget, Model, Outcome, Run, Settings, TrainError, Watch, open,
    open_source,
};

/// Rows of the table below. With six columns they take about 1.8 MB, and a buffer in 1 MB has less than half of them.
const ROWS: u32 = 20_000;

/// Numbers with gaps, a category, a boolean, weights, classes that depend on them, and another target.
fn table(rows: u32) -> String {
    let mut text = String::from("size,width,color,used,weight,kind,price\n");
    for row in 0..rows {
        let size = f64::from(row.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
        let width = (row * 37 % 1009).to_string();
        let width = if row % 50 == 7 { "" } else { &width };
        let color = ["red", "green", "blue"][(row / 7 % 3) as usize];
        let kind = if size > 0.6 { "large" } else { "small" };
        let used = row % 4 == 0;
        let (weight, price) = (1 + row % 3, 3.0 * size + f64::from(row % 5));
        writeln!(
            text,
            "{size:.6},{width},{color},{used},{weight},{kind},{price:.4}"
        )
        .unwrap();
    }
    text
}

/// A target of counts.
const COUNTS: [&str; 3] = ["data.target=price", "data.ignore=kind", "loss.name=poisson"];

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        place.write("t.csv", &table(ROWS));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn config(&self, more: &[&str]) -> Result<Config, TrainError> {
        let mut settings = Settings::default();
        settings.assign(&format!("data.source={}", self.path("t.csv").display()))?;
        let common = [
            "data.target=kind",
            "data.ignore=price",
            "data.memory=1MB",
            "network.hidden=32",
            "network.dropout=0.1",
            "training.batch_size=64",
            "training.epochs=3",
        ];
        for assignment in common.iter().chain(more) {
            settings.assign(assignment)?;
        }
        Ok(Config::new(&settings)?)
    }

    fn run(&self, more: &[&str], threads: usize) -> Result<Run, TrainError> {
        Run::new(self.config(more)?, threads)
    }

    /// What a run with these settings is refused for, without the folder's own path.
    fn refusal(&self, more: &[&str]) -> String {
        let error = self.run(more, 1).err().unwrap().to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }
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

/// The model's bytes and the metrics without their times.
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
fn a_sample_fills_its_room_however_the_rows_fall() {
    let place = Place::new();
    // There is room for 1201 rows; 1189 are drawn on average, with a deviation of 34, so that some seeds draw more.
    for seed in 5..10 {
        let run = place.run(&[&format!("training.seed={seed}")], 1).unwrap();
        let held = run.data.train.rows();
        assert!((1060..=1201).contains(&held), "{held} rows for seed {seed}");
    }
}

#[test]
fn an_interrupted_run_ends_as_one_that_was_not_on_any_number_of_threads() {
    for more in [
        &[][..],
        &[
            "data.sample_weight=weight",
            "training.class_weight=balanced",
        ],
        &[
            "data.validation=0",
            "training.accumulate=3",
            "training.wrappers=sam",
        ],
        &COUNTS,
    ] {
        let place = Place::new();
        let mut run = place.run(more, 1).unwrap();
        let streamed = run.data.streamed.as_ref().unwrap();
        assert!(streamed.buffer_rows < run.data.training_rows() / 2);
        run.create_folder(Some(&place.path("whole"))).unwrap();
        train(&mut run, u64::MAX);
        let expected = run.parameters().to_vec();

        let mut run = place.run(more, 2).unwrap();
        run.create_folder(Some(&place.path("parts"))).unwrap();
        train(&mut run, 40);
        drop(run);
        // In the middle of the first epoch, of the second, and to the end.
        let per_epoch = place.run(more, 1).unwrap().steps_per_epoch();
        for (threads, until) in [(3, per_epoch + 7), (1, 2 * per_epoch), (2, u64::MAX)] {
            let parts = place.path("parts");
            let mut run = Run::resume(&parts, &Settings::default(), threads).unwrap();
            train(&mut run, until);
            if until == u64::MAX {
                assert!(run.parameters() == expected, "{more:?}");
            }
        }
        assert!(traces(&place.path("parts")) == traces(&place.path("whole")));
    }
}

#[test]
fn it_learns_as_much_as_one_that_holds_the_table() {
    let place = Place::new();
    let accuracy = |memory: &str| {
        let mut run = place.run(&[memory, "training.epochs=5"], 2).unwrap();
        assert_eq!(run.data.streamed.is_some(), memory.ends_with("=1MB"));
        let outcome = train(&mut run, u64::MAX);
        let summary = run.summarize(&outcome).unwrap();
        let test = summary.test.unwrap();
        for part in [&summary.train, summary.validation.as_ref().unwrap(), &test] {
            let auc = part.get("auc").unwrap();
            assert!(auc > 0.99 && auc <= 1.0, "{auc}");
        }
        test.get("accuracy").unwrap()
    };
    let (streamed, held) = (accuracy("data.memory=1MB"), accuracy("data.memory=1GB"));
    assert!(streamed > 0.97 && held > 0.97, "{streamed} {held}");
}

/// The mean of what is predicted for counts is theirs, as that of a Poisson regression with a bias, about as closely as
/// a few epochs get. Without dropout: with it, what is predicted is not what the loss has seen.
#[test]
fn counts_are_predicted_in_their_own_unit() {
    let place = Place::new();
    let [target, ignore, loss] = COUNTS;
    for memory in ["data.memory=1MB", "data.memory=1GB"] {
        let rate = ["optimizer.lr=0.003", "network.dropout=0"];
        let settings = [&[target, ignore, loss, memory], &rate[..]].concat();
        let mut run = place.run(&settings, 2).unwrap();
        assert_eq!(run.data.preprocessing.target_scale(), Some((0.0, 1.0)));
        train(&mut run, u64::MAX);
        let model: Model = run.into_model();
        let table = open(&model.config.data).unwrap();
        let team = Team::new(2);
        let predicted = model.predict(&table, &team).unwrap().values;
        assert!(predicted.iter().all(|&mean| mean > 0.0));
        // size is as good as uniform in [0, 1], and row % 5 in 0..5.
        let mean = predicted.iter().sum::<f64>() / predicted.len() as f64;
        assert!((mean - 3.5).abs() < 0.1, "{mean}");
    }
}

#[test]
fn what_needs_all_rows_is_refused() {
    let place = Place::new();
    let (mut rows, mut buffer) = (0, 0);
    if let Ok(run) = place.run(&[], 1) {
        rows = run.data.training_rows();
        buffer = run.data.streamed.unwrap().buffer_rows;
    }
    assert_eq!(
        place.refusal(&["training.batch_size=full"]),
        format!(
            "training: `batch_size` full needs all {rows} training rows in memory, but they take more than data.memory (1MB): use batches, as 128, or raise memory"
        )
    );
    let message = place.refusal(&[
        "optimizer.name=lbfgs",
        "training.batch_size=full",
        "schedule.name=constant",
        "network.dropout=0",
    ]);
    assert!(
        message.starts_with("optimizer: `lbfgs` needs all"),
        "{message}"
    );
    assert_eq!(
        place.refusal(&["training.accumulate=200"]),
        format!(
            "training: a step of 12800 rows does not fit in the {buffer} rows that batches are drawn from; lower batch_size or accumulate, or raise data.memory (1MB)"
        )
    );
    let message = place.refusal(&["data.memory=lots"]);
    assert!(message.starts_with("data: `memory` is `lots`"), "{message}");
}

/// The same message with the same line, whether the file is held or read in blocks.
#[test]
fn errors_deep_in_a_file_are_those_of_a_table_that_is_held() {
    let place = Place::new();
    let good = table(ROWS);
    let at = good.match_indices('\n').nth(14_999).unwrap().0 + 1;
    let with = |line: &str| format!("{}{line}\n{}", &good[..at], &good[at..]);
    for (bad, said) in [
        (
            "1,2,red,true,1,small",
            "`t.csv`, line 15001: expected 7 fields, found 6",
        ),
        (
            "\"1,2,red,true,1,small,3",
            "`t.csv`, line 15001: the quote that opens here is never closed",
        ),
        (
            "1,2,red,true,1,,3",
            "target `kind` of `t.csv` is missing or not finite in 1 of 20001 rows (line 15001)",
        ),
        (
            "1,2,red,true,1,huge,3",
            "class `huge` of target `kind` has a single row (line 15001)",
        ),
        (
            "1,2,red,true,-1,small,3",
            "sample weight `weight` is `-1` at line 15001",
        ),
    ] {
        place.write("t.csv", &with(bad));
        let weighted = "data.sample_weight=weight";
        let streamed = place.refusal(&[weighted]);
        assert!(streamed.starts_with(said), "{streamed}");
        // A weight is looked at where its row is learned from; in both ways that is one of the parts.
        assert_eq!(streamed, place.refusal(&[weighted, "data.memory=1GB"]));
    }
    place.write("t.csv", &with("1,2,red,true,1,small,-2"));
    let [target, ignore, loss] = COUNTS;
    let said = "target `price` of `t.csv` is -2 at line 15001, and the loss is for numbers of at least 0; correct it, \
                or choose another --loss";
    assert_eq!(
        place.refusal(&[target, ignore, loss, "data.memory=1GB"]),
        said
    );
    // Here too it is looked at where the row is learned from.
    let mut run = place.run(&[target, ignore, loss], 1).unwrap();
    let mut watch = Watch {
        observer: &mut |_| {},
        interrupt: &AtomicBool::new(false),
    };
    let error = run.train(&mut watch).err().unwrap().to_string();
    assert_eq!(
        error.replace(&format!("{}/", place.0.path().display()), ""),
        said
    );
    let mut bytes = good.into_bytes();
    bytes[at + 3] = 0xFC;
    std::fs::write(place.path("t.csv"), bytes).unwrap();
    let streamed = place.refusal(&[]);
    assert!(
        streamed.starts_with("`t.csv` is not UTF-8: line 15001, column 4 has the byte 0xFC"),
        "{streamed}"
    );
}

#[test]
fn a_file_that_changes_is_found_out() {
    let place = Place::new();
    let mut run = place.run(&[], 1).unwrap();
    run.create_folder(Some(&place.path("run"))).unwrap();
    train(&mut run, 20);
    drop(run);
    place.write("t.csv", &table(ROWS).replace("small", "little"));
    let error = Run::resume(&place.path("run"), &Settings::default(), 1)
        .err()
        .unwrap();
    assert!(matches!(error, TrainError::DataChanged { .. }), "{error}");

    let source = Source::open(&place.path("t.csv"), &thalweg_data::ReadOptions::default()).unwrap();
    assert_eq!(source.blocks().unwrap().count(), 1);
    place.write("t.csv", &table(ROWS - 1));
    let error = source.blocks().err().unwrap();
    assert!(matches!(error, DataError::Changed { .. }), "{error}");
    let path = place.path("t.csv").display().to_string();
    assert_eq!(
        error.to_string(),
        format!("`{path}` has changed while it was in use; start again when nothing writes to it")
    );
}

/// Scores in blocks are those of the table as a whole, and predictions are its very bits.
#[test]
fn blocks_are_predicted_and_scored_as_the_whole_table() {
    let place = Place::new();
    for more in [
        &["data.memory=1GB", "training.epochs=1"][..],
        &[
            "data.memory=1GB",
            "training.epochs=1",
            "data.target=price",
            "data.ignore=kind",
            "data.sample_weight=weight",
        ],
        &[
            "data.memory=1GB",
            "training.epochs=1",
            COUNTS[0],
            COUNTS[1],
            COUNTS[2],
        ],
    ] {
        let mut run = place.run(more, 2).unwrap();
        train(&mut run, u64::MAX);
        let model: Model = run.into_model();
        let table = open(&model.config.data).unwrap();
        // Blocks of 8,192 rows; those of the file itself are other ones.
        let held = Source::Held(table.clone());
        let source = open_source(&model.config.data).unwrap();
        let team = Team::new(2);
        let whole = model.predict(&table, &team).unwrap();
        for source in [&source, &held] {
            let mut values = Vec::new();
            let blocks = source.blocks().unwrap();
            let notes = model.predict_blocks(blocks, &team, |part| -> Result<(), TrainError> {
                values.extend_from_slice(&part.values);
                Ok(())
            });
            assert!(values == whole.values);
            assert_eq!(notes.unwrap(), whole.notes);
        }

        let (scores, notes) = model.evaluate(&table, None, &team).unwrap();
        let blocks = held.blocks().unwrap();
        let found = model
            .evaluate_blocks(blocks, MissingTarget::Refused, &team)
            .unwrap();
        assert_eq!((found.rows, &found.notes), (ROWS as usize, &notes));
        for name in ["loss"]
            .into_iter()
            .chain(scores.metrics.keys().map(String::as_str))
        {
            let (a, b) = (scores.get(name).unwrap(), found.scores.get(name).unwrap());
            // Weights of the whole table are divided by their mean in f32, those of a block are as they are.
            assert!((a - b).abs() <= 1e-6 * a.abs(), "{name}: {a} {b}");
        }
    }
}

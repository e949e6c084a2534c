//! Probes and the recorded trajectory: they change nothing, say what is so, and go on where a run goes on.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use thalweg_core::layout::Part;
use thalweg_core::objective::{Curvature, Objective};
use thalweg_landscape::Surface;
use thalweg_landscape::dense::Dense;
use thalweg_landscape::operator::CurvatureAt;
use thalweg_train::{
    Config, Event, Folder, Measured, ProbeRecord, Run, Settings, Specimen, View, Watch,
};

/// 90 rows in batches of 32, small enough for differences and large enough to have layers.
const SMALL: &[&str] = &[
    "data.source=spirals:n=90,noise=0.1",
    "data.validation=0",
    "data.test=0",
    "network.hidden=6,5",
    "network.dropout=0",
    "optimizer.name=sgd:lr=0.1",
    "schedule.name=constant",
    "training.batch_size=32",
    "training.epochs=12",
    "training.l2=0.01",
];

fn settings(assignments: &[&str]) -> Settings {
    let mut settings = Settings::default();
    for assignment in SMALL.iter().chain(assignments) {
        settings.assign(assignment).unwrap();
    }
    settings
}

fn new_run(assignments: &[&str]) -> Run {
    Run::new(Config::new(&settings(assignments)).unwrap(), 1).unwrap()
}

/// Trains until so many steps of the whole run are done, or to the end; returns what probes have read.
fn train(run: &mut Run, until: u64) -> Vec<ProbeRecord> {
    let interrupt = AtomicBool::new(false);
    let mut records = Vec::new();
    let mut observer = |event: Event<'_>| match event {
        Event::Step { step, .. } if step >= until => interrupt.store(true, Ordering::Relaxed),
        Event::Probe(record) => records.push(record.clone()),
        _ => {}
    };
    run.train(&mut Watch {
        observer: &mut observer,
        interrupt: &interrupt,
    })
    .unwrap();
    records
}

fn near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.unwrap_or(f64::NAN);
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1e-3),
        "{found} instead of {expected}"
    );
}

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|a| a * a).sum::<f64>().sqrt()
}

/// The gradient of what a run makes small, by central differences of its value in double precision.
fn differences(run: &Run, at: &[f64]) -> Vec<f64> {
    let specimen = Specimen::<f64>::of(run, None);
    let mut function = specimen.objective(run).unwrap();
    let rows = specimen.rows().indices.clone();
    let mut ignored = vec![0.0; at.len()];
    let mut value = |index: usize, h: f64| {
        let mut p = at.to_vec();
        p[index] += h;
        function.gradient(&p, &rows, &mut ignored)
    };
    let h = 1e-6;
    let slope = |index| (value(index, h) - value(index, -h)) / (2.0 * h);
    (0..at.len()).map(slope).collect()
}

#[test]
fn a_run_that_is_observed_is_the_same_run() {
    let around = ["network.dropout=0.2", "training.clip_norm=1"];
    let mut alone = new_run(&around);
    assert!(train(&mut alone, u64::MAX).is_empty());
    let observed = [
        &around[..],
        &["training.probe=full", "training.record_path=true"],
    ]
    .concat();
    let mut observed = new_run(&observed);
    let records = train(&mut observed, u64::MAX);
    assert!(records.len() >= 2, "the first step and every twentieth");
    assert_eq!(alone.parameters(), observed.parameters());
    assert_eq!(alone.best(), observed.best());
}

#[test]
fn readings_are_what_differences_say() {
    let every = "loss:every=1,gradient_norm:every=1,update_norm:every=1,update_ratio:every=1,gradient_cosine:every=1";
    let probe = format!("training.probe={every}");
    let mut run = new_run(&[&probe, "training.batch_size=full", "training.epochs=2"]);
    let at: Vec<f64> = widen(run.parameters());
    let records = train(&mut run, u64::MAX);
    assert_eq!((records.len(), records[0].step), (2, 1));

    let first = differences(&run, &at);
    let after: Vec<f64> = at.iter().zip(&first).map(|(p, g)| p - 0.1 * g).collect();
    let second = differences(&run, &after);
    for (index, layer) in (1..=3).enumerate() {
        let of_layer = |part: Option<Part>, vector: &[f64]| {
            let segments = run.network.layout().segments().iter();
            let own = segments.filter(|it| it.layer == layer && part.is_none_or(|p| p == it.part));
            let numbers: Vec<f64> = own
                .flat_map(|it| vector[it.range.clone()].iter().copied())
                .collect();
            norm(&numbers)
        };
        let slope = of_layer(None, &first);
        near(records[0].layers("gradient_norm")[index], slope, 1e-3);
        near(records[0].layers("update_norm")[index], 0.1 * slope, 1e-3);
        let weight = Some(Part::Weight);
        let ratio = 0.1 * of_layer(weight, &first) / of_layer(weight, &at);
        near(records[0].layers("update_ratio")[index], ratio, 1e-3);
        near(
            records[1].layers("gradient_norm")[index],
            of_layer(None, &second),
            1e-3,
        );
    }
    let dot: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    let cosine = dot / (norm(&first) * norm(&second));
    assert_eq!(
        records[0].number("gradient_cosine"),
        None,
        "there is no last one"
    );
    near(records[1].number("gradient_cosine"), cosine, 1e-3);
}

fn widen(weights: &[f32]) -> Vec<f64> {
    weights.iter().map(|&w| f64::from(w)).collect()
}

#[test]
fn noise_and_curvature_are_what_a_slow_computation_says() {
    let one_step = ["training.batch_size=full", "training.epochs=1"];
    // Both look at more rows than there are, so at all of them.
    let noise = [&one_step[..], &["training.probe=noise_scale"]].concat();
    let curvature = [&one_step[..], &["training.probe=lambda_max"]].concat();

    let mut noisy = new_run(&noise);
    let found = train(&mut noisy, u64::MAX).remove(0);
    let at = widen(noisy.parameters());
    let specimen = Specimen::<f64>::of(&noisy, None);
    let mut function = specimen.objective(&noisy).unwrap();
    function.penalties = thalweg_core::objective::Penalties::default();
    let rows = specimen.rows().indices.clone();
    let (mut mean, mut own) = (vec![0.0; at.len()], vec![0.0; at.len()]);
    function.gradient(&at, &rows, &mut mean);
    let mut trace = 0.0;
    for &row in &rows {
        function.gradient(&at, &[row], &mut own);
        let apart: Vec<f64> = own.iter().zip(&mean).map(|(a, b)| a - b).collect();
        trace += norm(&apart).powi(2) / (rows.len() - 1) as f64;
    }
    near(found.number("noise_trace"), trace, 1e-3);
    function.penalties.l2 = 0.01;
    function.gradient(&at, &rows, &mut mean);
    let signal = norm(&mean).powi(2) - trace / rows.len() as f64;
    near(found.number("noise_signal"), signal, 1e-2);

    let mut sharp = new_run(&curvature);
    let found = train(&mut sharp, u64::MAX).remove(0);
    is_an_end(&sharp, None, &found, "lambda_max");
}

/// A reading of the upper end of a spectrum after a run's last step: it is never above the largest eigenvalue, and within
/// its residual of one.
fn is_an_end(run: &Run, divisor: Option<&[f64]>, found: &ProbeRecord, name: &str) {
    let at = widen(run.parameters());
    let specimen = Specimen::<f64>::of(run, None);
    let mut function = specimen.objective(run).unwrap();
    let mut surface = Surface::new(&mut function, specimen.rows().clone());
    let mut operator = CurvatureAt::new(&mut surface, &at, Curvature::Hessian).unwrap();
    if let Some(divisor) = divisor {
        operator = operator.preconditioned(divisor).unwrap();
    }
    let spectrum = Dense::of(&mut operator).unwrap().spectrum(1e-12).unwrap();
    let largest = spectrum.eigenvalues[at.len() - 1];
    let value = found.number(name).unwrap();
    let residual = found.number(&format!("{name}_residual")).unwrap();
    assert!(value <= largest * 1.001, "{value} above {largest}");
    let is_near = |e: &f64| (e - value).abs() <= residual + 1e-3 * largest;
    assert!(spectrum.eigenvalues.iter().any(is_near), "{value}");
}

#[test]
fn the_edge_of_stability_is_measured_in_what_the_rule_can_stand() {
    for rule in ["sgd:lr=0.1", "adam:lr=0.01"] {
        let mut run = new_run(&[
            "training.batch_size=full",
            "training.epochs=1",
            "training.probe=stability,lambda_max",
            &format!("optimizer.name={rule}"),
        ]);
        let found = train(&mut run, u64::MAX).remove(0);
        let thresholds = run.thresholds().unwrap();
        is_an_end(&run, Some(&thresholds), &found, "stability");
        if rule.starts_with("sgd") {
            assert!(thresholds.iter().all(|it| (it - 20.0).abs() < 1e-6));
            let load = found.number("lambda_max").unwrap() / 20.0;
            near(found.number("stability"), load, 1e-6);
        }
    }
    let rule = "optimizer.name=lion";
    let mut run = new_run(&[rule, "training.probe=stability", "training.epochs=2"]);
    assert!(
        train(&mut run, u64::MAX).is_empty(),
        "lion does not say what it can stand"
    );
}

#[test]
fn units_that_no_row_turns_on_are_dead() {
    // A step this long leaves hardly a unit on.
    let mut run = new_run(&[
        "training.probe=units:every=1",
        "optimizer.name=sgd:lr=30",
        "training.batch_size=full",
        "training.epochs=1",
    ]);
    let records = train(&mut run, u64::MAX);
    let p = widen(run.parameters());
    let specimen = Specimen::<f64>::of(&run, None);
    let examples = specimen.examples();
    let layout = run.network.layout();
    let mut input = vec![vec![0.0; examples.width]; examples.rows()];
    for (index, row) in input.iter_mut().enumerate() {
        examples.write_features(index, row);
    }
    for layer in 1..=2 {
        let (weight, bias) = layout.layer(layer, &p);
        let width = input[0].len();
        let unit = |unit: usize, row: &[f64]| -> f64 {
            let weight = &weight[unit * width..][..width];
            bias[unit] + weight.iter().zip(row).map(|(w, x)| w * x).sum::<f64>()
        };
        let outputs: Vec<Vec<f64>> = input
            .iter()
            .map(|row| (0..bias.len()).map(|it| unit(it, row).max(0.0)).collect())
            .collect();
        let is_dead = |unit: &usize| outputs.iter().all(|row| row[*unit] == 0.0);
        let dead = (0..bias.len()).filter(is_dead).count() as f64 / bias.len() as f64;
        let found = &records[0].probes["dead_units"];
        let Measured::Layers(shares) = found else {
            panic!("{found:?}")
        };
        near(shares[layer - 1], dead, 1e-9);
        input = outputs;
    }
    assert_eq!(records[0].layers("saturated_units"), [Some(0.0); 2]);
}

/// The lines without their times, and the trajectory.
fn traces(folder: &Path) -> (Vec<serde_json::Value>, Vec<u8>) {
    let folder = Folder::open(folder).unwrap();
    let metrics = std::fs::read_to_string(folder.metrics_path()).unwrap();
    let without_time = |line: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["seconds"] = 0.into();
        record
    };
    let lines = metrics.lines().map(without_time).collect();
    (lines, std::fs::read(folder.trajectory_path()).unwrap())
}

#[test]
fn a_run_that_goes_on_reads_and_records_what_it_would_have() {
    let folder = tempfile::tempdir().unwrap();
    let observed = [
        "training.probe=light,gradient_cosine:every=4,lambda_max:every=5,noise_scale:every=7",
        "training.record_path=true",
        "training.epochs=100",
        "network.dropout=0.1",
    ];
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    let mut run = new_run(&observed);
    run.create_folder(Some(&whole)).unwrap();
    train(&mut run, u64::MAX);
    drop(run);
    let mut run = new_run(&observed);
    run.create_folder(Some(&parts)).unwrap();
    train(&mut run, 3);
    drop(run);
    // In the middle of an epoch, between a gradient that is remembered and the next, and after the first thinning.
    for until in [7, 11, 259, u64::MAX] {
        let mut run = Run::resume(&parts, &Settings::default(), 1).unwrap();
        train(&mut run, until);
    }
    let (expected, found) = (traces(&whole), traces(&parts));
    assert_eq!(expected.0, found.0);
    assert!(expected.1 == found.1, "the trajectory differs");

    let trajectory = Folder::open(&whole).unwrap().trajectory().unwrap().unwrap();
    assert_eq!((trajectory.stride(), trajectory.steps()[0]), (2, 0));
    assert_eq!(trajectory.steps().last(), Some(&300));
    let metrics = Folder::open(&whole).unwrap().metrics().unwrap();
    assert_eq!(metrics.epochs.len(), 101);
    assert_eq!(metrics.probes[0].step, 1);
}

#[test]
fn a_finished_run_is_looked_at_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = new_run(&["training.record_path=true"]);
    run.create_folder(Some(&path)).unwrap();
    train(&mut run, u64::MAX);
    let (last, best) = (run.parameters().to_vec(), run.best().to_vec());
    drop(run);
    let before = traces(&path);
    let run = Run::open(&path, 1).unwrap();
    assert_eq!((run.parameters(), run.best()), (&last[..], &best[..]));
    let trajectory = Folder::open(&path).unwrap().trajectory().unwrap().unwrap();
    let points: Vec<&[f32]> = trajectory.points().collect();
    assert_eq!(points[points.len() - 1], &last[..]);
    assert_eq!(points[0], &run.network.initialize::<f32>(0)[..]);

    for directions in ["auto", "random", "hessian"] {
        let view = View {
            directions: directions.into(),
            grid: 11,
            rows: None,
            ..View::default()
        };
        let portrait = view.take(&run, Some(&trajectory)).unwrap();
        assert_eq!(portrait.dots.len(), trajectory.steps().len());
        assert!(portrait.rows.is_all() && portrait.grid.losses.len() == 121);
        // The plane's own curvature is never beyond the whole one's.
        let [low, high] = portrait.curvature.eigenvalues;
        assert!(high <= portrait.ends.highest.value * 1.02 + 1e-9);
        assert!(low >= portrait.ends.lowest.value - 0.02 * portrait.ends.largest());
        // In the middle of the plane lies the point that it goes through.
        let middle = match directions {
            "auto" => portrait.dots.last().unwrap(),
            _ => &portrait.here,
        };
        assert!(middle.distance < 1e-4 && (middle.loss - portrait.curvature.loss).abs() < 1e-4);
    }
    let view = View {
        directions: "pca".into(),
        ..View::default()
    };
    let error = view.take(&run, None).unwrap_err().to_string();
    assert!(error.contains("--record-path"), "{error}");
    drop(run);
    assert!(before == traces(&path), "a look has changed something");
}

//! A team gives the cores back: between epochs its threads sleep.
//!
//! One test in a program of its own: the operating system tells the time that a whole process has had.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::sample::{self, Sample};
use thalweg_core::loss::{Loss, MeanSquared};
use thalweg_core::network::{Architecture, Batch, Engine, Network};
use thalweg_core::objective::Penalties;
use thalweg_core::team::Team;

/// The processor time that this process has had, in ticks of 10 ms: fields 14 and 15 of proc_pid_stat(5).
fn ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The second field is a name in parentheses, which may have spaces.
    let fields: Vec<_> = text[text.rfind(')').unwrap() + 2..].split(' ').collect();
    [11, 12]
        .map(|at| fields[at].parse::<u64>().unwrap())
        .iter()
        .sum()
}

#[test]
fn threads_without_work_sleep() {
    let architecture = Architecture {
        hidden: vec![100],
        ..Architecture::default()
    };
    let network = Network::new(50, 3, &architecture).unwrap();
    let (sample, team) = (Sample::<f32>::new(64, 50, 3, 1), Team::new(4));
    let loss = MeanSquared;
    let p = sample::of::<f32>(&sample::parameters(network.layout(), 2));
    let mut g = vec![0.0; p.len()];
    let mut engine = Engine::new(&network, &loss, &team);
    let rows = sample::order(64, 64, 3);
    let batch = Batch {
        examples: sample.examples(loss.purpose()),
        rows: &rows,
        noise: None,
        penalties: Penalties::default(),
    };
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        engine.gradient(&batch, &p, &mut g);
    }
    assert!(ticks() >= 10, "the clock goes");
    // What a worker spins before it sleeps is far below a tick, even where the cores are busy.
    std::thread::sleep(Duration::from_millis(100));
    let before = ticks();
    std::thread::sleep(Duration::from_secs(1));
    // Three workers that spin would have taken 100 ticks or more each.
    assert!(
        ticks() - before <= 5,
        "{} ticks in a second",
        ticks() - before
    );
}

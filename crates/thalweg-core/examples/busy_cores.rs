//! The time of a step where other programs keep the cores busy: on one thread and on teams, beside none, one, two, …
//! threads that never stop. A team must not be slower than one thread by more than what it tries.
//!
//! ```text
//! cargo run --release -p thalweg-core --example busy_cores
//! ```

// A program for people who look at it.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use thalweg_core::descent::{Descent, Plan};
use thalweg_core::loss::{SoftmaxCrossEntropy, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::Training;
use thalweg_core::optimizer::Adam;
use thalweg_core::team::Team;

/// Inputs, hidden widths, outputs, batch.
const NETWORKS: [(usize, &[u64], usize, usize); 3] = [
    (64, &[64], 10, 32),
    (784, &[128], 10, 32),
    (784, &[256, 128], 10, 128),
];
const THREADS: [usize; 3] = [1, 2, 4];
const ROWS: usize = 2000;
/// How long each setting is measured, several times in turn.
const TIME: Duration = Duration::from_millis(400);
const ROUNDS: usize = 3;

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores; median µs a step of Adam by threads, and by others that are busy");
    println!("network              busy  {THREADS:>9?}");
    for (inputs, hidden, outputs, batch) in NETWORKS {
        let architecture = Architecture {
            hidden: hidden.to_vec(),
            dropout: 0.0,
            ..Architecture::default()
        };
        let network = Network::new(inputs, outputs, &architecture).unwrap();
        for busy in [0, 1, cores] {
            let over = AtomicBool::new(false);
            let times = std::thread::scope(|scope| {
                for _ in 0..busy {
                    scope.spawn(|| {
                        while !over.load(Ordering::Relaxed) {
                            std::hint::spin_loop();
                        }
                    });
                }
                let times = THREADS.map(|threads| time(&network, batch, threads));
                over.store(true, Ordering::Relaxed);
                times
            });
            let name = format!("{inputs}-{hidden:?}-{outputs}");
            println!("{name:<20} {busy:>4}  {times:>9.1?}");
        }
    }
}

/// Microseconds that a step takes on so many threads: the median over rounds of their means.
fn time(network: &Network, batch: usize, threads: usize) -> f64 {
    let (team, loss) = (Team::new(threads), SoftmaxCrossEntropy::default());
    let features: Vec<f32> = (0..ROWS * network.inputs())
        .map(|at| (at as f32 * 0.37).sin())
        .collect();
    let classes: Vec<u32> = (0..ROWS as u32).map(|row| row * 31 % 10).collect();
    let examples = Examples {
        features: Features::Dense(&features),
        width: network.inputs(),
        targets: Targets::Classes(&classes),
        weights: None,
    };
    let mut training = Training::new(Engine::new(network, &loss, &team), examples);
    let mut descent = Descent::new(Plan::new(Box::new(Adam::default())), network.layout());
    let mut p = network.initialize::<f32>(1);
    let order: Vec<u32> = (0..ROWS as u32)
        .map(|row| row * 777 % ROWS as u32)
        .collect();
    let mut means = [0.0; ROUNDS];
    for mean in &mut means {
        let (start, mut steps) = (Instant::now(), 0);
        while start.elapsed() < TIME {
            for rows in order.chunks(batch) {
                descent.step(&team, &mut training, rows, &mut p);
                steps += 1;
            }
        }
        *mean = start.elapsed().as_secs_f64() * 1e6 / f64::from(steps);
    }
    means.sort_by(f64::total_cmp);
    means[ROUNDS / 2]
}

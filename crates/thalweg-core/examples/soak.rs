//! A soak of the engine: for some minutes descents of every kind run on teams of changing size, several at once, beside
//! threads that take the cores away and give them back. Each has to end with the bits that it has on one thread.
//!
//! ```text
//! cargo run --release -p thalweg-core --example soak -- 10
//! ```

// A program for people who look at it.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::{Rng, RngExt};
use thalweg_core::activation;
use thalweg_core::clip::Clip;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::layer::Noise;
use thalweg_core::loss::{SoftmaxCrossEntropy, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::{Penalties, Training};
use thalweg_core::optimizer;
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::team::Team;

/// Descents under way at once, and threads that disturb them.
const WALKERS: usize = 3;
const DISTURBERS: u64 = 2;
/// The most threads in a team.
const MOST_THREADS: usize = 12;
/// Teams that a descent is repeated on.
const TEAMS: usize = 4;
/// Without a step for so long, something waits for something that never comes.
const PATIENCE: Duration = Duration::from_mins(2);

/// What has been done so far.
#[derive(Default)]
struct Done {
    descents: AtomicU64,
    teams: AtomicU64,
    steps: AtomicU64,
    over: AtomicBool,
}

fn main() {
    let minutes = std::env::args()
        .nth(1)
        .map_or(Ok(10.0), |it| it.parse::<f64>());
    let Ok(minutes) = minutes else {
        eprintln!("usage: soak [MINUTES]");
        return;
    };
    let (done, shared) = (Done::default(), Team::new(3));
    let end = Instant::now() + Duration::from_secs_f64(60.0 * minutes);
    std::thread::scope(|scope| {
        for disturber in 0..DISTURBERS {
            let done = &done;
            scope.spawn(move || disturb(disturber, done));
        }
        for _ in 0..WALKERS {
            scope.spawn(|| walk(&done, &shared));
        }
        watch(&done, end);
    });
    let [descents, teams, steps] = [&done.descents, &done.teams, &done.steps].map(count);
    println!(
        "{descents} descents on {teams} teams, {steps} steps: the same bits on any number of threads"
    );
}

fn count(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

/// Waits for the end, as long as there is progress.
fn watch(done: &Done, end: Instant) {
    let (mut steps, mut last) = (0, Instant::now());
    while Instant::now() < end && !done.over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_secs(1));
        if count(&done.steps) != steps {
            (steps, last) = (count(&done.steps), Instant::now());
        }
        if last.elapsed() > PATIENCE {
            eprintln!("no step for {} s after {steps} steps", PATIENCE.as_secs());
            std::process::abort();
        }
    }
    done.over.store(true, Ordering::Relaxed);
}

/// Takes a core for some milliseconds and gives it back for some.
fn disturb(disturber: u64, done: &Done) {
    let mut rng = stream(disturber, Purpose::Shuffle, 0, 0);
    while !done.over.load(Ordering::Relaxed) {
        let until = Instant::now() + Duration::from_millis(rng.random_range(0..60));
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        std::thread::sleep(Duration::from_millis(rng.random_range(0..60)));
    }
}

/// One descent after the other, each on one thread, on some teams of its own and on one that others use too.
fn walk(done: &Done, shared: &Team) {
    // A panic ends the soak and not only this thread.
    let _ends = Ends(done);
    while !done.over.load(Ordering::Relaxed) {
        let seed = done.descents.fetch_add(1, Ordering::Relaxed);
        let mut rng = stream(seed, Purpose::Split, 0, 0);
        let alone = descend(seed, &Team::default(), done);
        for _ in 0..TEAMS {
            let threads = rng.random_range(2..=MOST_THREADS);
            let same = descend(seed, &Team::new(threads), done) == alone;
            assert!(same, "descent {seed} has other bits on {threads} threads");
            done.teams.fetch_add(1, Ordering::Relaxed);
        }
        let same = descend(seed, shared, done) == alone;
        assert!(same, "descent {seed} has other bits on a shared team");
    }
}

struct Ends<'a>(&'a Done);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

/// The bits of the parameters after some steps of a descent that the seed decides.
fn descend(seed: u64, team: &Team, done: &Done) -> Vec<u32> {
    let mut rng = stream(seed, Purpose::Data, 0, 0);
    let layers = rng.random_range(1..=3);
    let mut widths = (0..=layers)
        .map(|_| rng.random_range(1..=200))
        .collect::<Vec<u64>>();
    let outputs = widths.pop().unwrap();
    let rate = |rng: &mut dyn Rng| if rng.random_bool(0.5) { 0.2 } else { 0.0 };
    let activations = activation::ALL.names();
    let architecture = Architecture {
        activation: activations[rng.random_range(0..activations.len())].into(),
        dropout: rate(&mut rng),
        input_dropout: rate(&mut rng),
        dropconnect: rate(&mut rng),
        hidden: widths.split_off(1),
        ..Architecture::default()
    };
    let network = Network::new(widths[0] as usize, outputs as usize, &architecture).unwrap();
    let (rows, batch) = (rng.random_range(1..=300), rng.random_range(1..=200));
    let features: Vec<f32> = (0..rows * network.inputs())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let classes: Vec<u32> = (0..rows)
        .map(|_| rng.random_range(0..outputs as u32))
        .collect();
    let loss = SoftmaxCrossEntropy::default();
    let engine = Engine::new(&network, &loss, team);
    let examples = Examples {
        features: Features::Dense(&features),
        width: network.inputs(),
        targets: Targets::Classes(&classes),
        weights: None,
    };
    let mut training = Training::new(engine, examples);
    training.penalties = Penalties { l1: 0.0, l2: 1e-4 };
    let rules = optimizer::ALL.members;
    let plan = Plan {
        clip: Clip {
            norm: rng.random_bool(0.3).then_some(0.1),
            ..Clip::default()
        },
        ..Plan::new((rules[rng.random_range(0..rules.len())].build)())
    };
    let mut descent = Descent::new(plan, network.layout());
    let mut p = network.initialize::<f32>(seed);
    let order: Vec<u32> = (0..rows as u32).collect();
    for (step, rows) in order.chunks(batch).cycle().take(20).enumerate() {
        let step = step as u64;
        training.noise = Some(Noise { seed, step });
        descent.step(team, &mut training, rows, &mut p);
        done.steps.fetch_add(1, Ordering::Relaxed);
    }
    p.into_iter().map(f32::to_bits).collect()
}

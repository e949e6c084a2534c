//! How long one update of a whole vector takes, and how fast memory is: for whoever asks on standard input.
//!
//! `echo "adam 5" | cargo run --release -p thalweg-core --example optimizer_step -- --n 25000000 --threads 2`
//!
//! A line is `stream copy`, `stream triad`, `stream update` or a rule's short form, and how often to time it.
//! Each is answered with a line of JSON, so that `bench/optimizer_step.py` can time a peer in turns with it.

// A measurement needs a clock and says what it has measured.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::error::Error;
use std::hint::black_box;
use std::io::stdin;
use std::time::Instant;

use serde_json::{Value, json};
use thalweg_core::optimizer::{self, Optimizer, State};
use thalweg_core::team::Team;

/// Elements of a vector that is streamed: 256 MiB.
const STREAMED: usize = 1 << 26;
/// Steps before the first that is timed: pages are touched, and RAdam has begun to scale.
const WARM_UP: usize = 8;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let mut bench = Bench::new(count("--n", 25_000_000)?, count("--threads", 1)?);
    for line in stdin().lines() {
        println!("{}", bench.answer(line?.trim())?);
    }
    Ok(())
}

/// The number behind a flag.
fn count(flag: &str, default: usize) -> Answer<usize> {
    let mut arguments = std::env::args().skip_while(|argument| argument != flag);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(default),
        (_, given) => Ok(given.ok_or(format!("{flag} needs a number"))?.parse()?),
    }
}

/// The vectors of the streams and of one rule, and who works on them.
struct Bench {
    threads: usize,
    team: Team,
    p: Vec<f32>,
    g: Vec<f32>,
    streamed: Option<[Vec<f32>; 3]>,
    running: Option<Running>,
}

/// The rule that was asked for last; the state of any before it is freed.
struct Running {
    short: String,
    rule: Box<dyn Optimizer>,
    state: State<f32>,
}

impl Bench {
    fn new(n: usize, threads: usize) -> Bench {
        Bench {
            threads,
            team: Team::new(threads),
            p: noise(n, 1, threads),
            g: noise(n, 2, threads),
            streamed: None,
            running: None,
        }
    }

    fn answer(&mut self, line: &str) -> Answer<Value> {
        let (what, repetitions) = line
            .rsplit_once(' ')
            .ok_or("a line is `WHAT REPETITIONS`")?;
        let repetitions = repetitions.parse()?;
        let (seconds, words, n) = match what.strip_prefix("stream ") {
            Some(kind) => self.stream(kind, repetitions)?,
            None => self.update(what, repetitions)?,
        };
        let bytes = words * size_of::<f32>() * n;
        Ok(json!({ "what": what, "threads": self.threads, "seconds": seconds, "bytes": bytes }))
    }

    /// Seconds, words that move for each element, and elements.
    fn stream(&mut self, kind: &str, repetitions: usize) -> Answer<(Vec<f64>, usize, usize)> {
        let (words, stream) = match kind {
            "copy" => (2, Stream::Copy),
            "triad" => (3, Stream::Triad),
            "update" => (3, Stream::Update),
            _ => return Err(format!("there is no stream `{kind}`").into()),
        };
        let allocate = || [1, 2, 3].map(|seed| noise(STREAMED, seed, self.threads));
        let [a, b, c] = self.streamed.get_or_insert_with(allocate);
        let seconds = timed(1, repetitions, || stream.run(self.threads, a, b, c));
        Ok((seconds, words, STREAMED))
    }

    /// The same for a rule, which goes on where it was if no other was asked for since.
    fn update(&mut self, short: &str, repetitions: usize) -> Answer<(Vec<f64>, usize, usize)> {
        let n = self.p.len();
        let Running { rule, state, .. } = match self.running.take() {
            Some(running) if running.short == short => self.running.insert(running),
            _ => self.running.insert(Running::new(short, n)?),
        };
        let warm_up = if state.t == 0 { WARM_UP } else { 1 };
        // Parameters and gradient are read, parameters are written, and buffers are both. A rule that gathers goes
        // over some of them twice, which is not counted.
        let words = 3 + 2 * state.buffers.len();
        let seconds = timed(warm_up, repetitions, || {
            state.step_on(&self.team, &**rule, &mut self.p, &self.g);
        });
        Ok((seconds, words, n))
    }
}

impl Running {
    fn new(short: &str, n: usize) -> Answer<Running> {
        let rule = optimizer::ALL.parse(short).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            errors.join("; ")
        })?;
        Ok(Running {
            short: short.to_owned(),
            state: State::new(&*rule, n),
            rule,
        })
    }
}

/// The seconds of each repetition.
fn timed(warm_up: usize, repetitions: usize, mut run: impl FnMut()) -> Vec<f64> {
    (0..warm_up).for_each(|_| run());
    let mut once = || {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..repetitions).map(|_| once()).collect()
}

/// A vector of numbers between -1 and 1 without a pattern, first touched by all threads.
fn noise(n: usize, seed: u32, threads: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; n];
    let share = n.div_ceil(threads);
    std::thread::scope(|scope| {
        for (index, chunk) in numbers.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                for (x, place) in chunk.iter_mut().zip(index * share..) {
                    *x = mixed(place as u32 ^ seed << 28) as f32 / (1_u32 << 31) as f32 - 1.0;
                }
            });
        }
    });
    numbers
}

/// The bits of `x` mixed as MurmurHash3 does in the end.
fn mixed(x: u32) -> u32 {
    let x = (x ^ x >> 16).wrapping_mul(0x85EB_CA6B);
    let x = (x ^ x >> 13).wrapping_mul(0xC2B2_AE35);
    x ^ x >> 16
}

/// Plain loops over memory; the first two are McCalpin's, the last writes where it has read, as an update rule does.
#[derive(Clone, Copy)]
enum Stream {
    Copy,
    Triad,
    Update,
}

impl Stream {
    /// On all threads, with vectors as wide as the rules'. Threads are started each time: that is nothing beside it.
    fn run(self, threads: usize, a: &mut [f32], b: &[f32], c: &[f32]) {
        let (arch, s, share) = (pulp::Arch::new(), black_box(0.5), a.len().div_ceil(threads));
        let inputs = b.chunks(share).zip(c.chunks(share));
        std::thread::scope(|scope| {
            for (a, (b, c)) in a.chunks_mut(share).zip(inputs) {
                scope.spawn(move || {
                    arch.dispatch(
                        #[inline(always)]
                        || self.walk(s, a, b, c),
                    );
                });
            }
        });
    }

    /// The copy has a factor too: without one the compiler makes it a `memcpy`, which may write past the caches.
    #[inline(always)]
    fn walk(self, s: f32, a: &mut [f32], b: &[f32], c: &[f32]) {
        let pairs = a.iter_mut().zip(b);
        match self {
            Stream::Copy => pairs.for_each(|(a, &b)| *a = s * b),
            Stream::Triad => pairs.zip(c).for_each(|((a, &b), &c)| *a = b + s * c),
            Stream::Update => pairs.for_each(|(a, &b)| *a = s * *a + b),
        }
    }
}

//! The conversation and the clock.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::Job;

/// Length of a piece: long beside a look at the clock, short beside an interruption.
const PIECE: Duration = Duration::from_millis(2);
/// Calls and time before the first measurement.
const WARM_UP: (u32, Duration) = (3, Duration::from_millis(300));

/// Something to be measured.
pub trait Run {
    /// One call, to its end.
    fn call(&mut self);
    /// A number that tells whether the calls were right: a loss, or a sum.
    fn value(&mut self) -> f64;
    /// As how many a call counts.
    fn steps(&self) -> u32 {
        1
    }
}

/// The driver's side of the conversation.
pub struct Session {
    lines: io::Lines<io::StdinLock<'static>>,
    /// A job that has been read while another was being measured.
    waiting: Option<String>,
}

/// Takes jobs until the driver has no more. The program's arguments are the number of threads and the data's folder.
///
/// # Panics
/// Where the arguments are others.
pub fn serve(prepare: impl Fn(&Job, &mut Session) -> Result<(), String>) {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().and_then(|word| word.parse().ok());
    let threads = threads.expect("the number of threads");
    let folder = PathBuf::from(arguments.next().expect("the folder of the data"));
    let mut session = Session {
        lines: io::stdin().lines(),
        waiting: None,
    };
    while let Some(line) = session.next() {
        let job = Job::parse(&line, threads, &folder);
        if let Err(reason) = job.and_then(|job| prepare(&job, &mut session)) {
            say(&format!("error {reason}"));
        }
    }
}

impl Session {
    /// Warms a job up, says that it is ready, and answers measurements of it until another job comes.
    pub fn measure(&mut self, run: &mut dyn Run) {
        let calls = warm_up(run);
        let mut pieces = Vec::new();
        say("ready");
        while let Some(line) = self.next() {
            let seconds = line.strip_prefix("measure ").map(str::parse::<f64>);
            let Some(Ok(seconds)) = seconds else {
                self.waiting = Some(line);
                return;
            };
            let us = measure(run, calls, Duration::from_secs_f64(seconds), &mut pieces);
            say(&format!("{us} {}", run.value()));
        }
    }

    fn next(&mut self) -> Option<String> {
        let waiting = self.waiting.take();
        waiting.or_else(|| self.lines.next()?.ok())
    }
}

/// Calls until all is warm, one where it is of many steps; how many calls then fill a piece. The fastest call tells: others may have been interrupted.
fn warm_up(run: &mut dyn Run) -> u32 {
    let begun = Instant::now();
    let (mut calls, mut fastest) = (0, f64::INFINITY);
    let least = if run.steps() == 1 { WARM_UP.0 } else { 1 };
    while calls < least || begun.elapsed() < WARM_UP.1 {
        let before = Instant::now();
        run.call();
        fastest = before.elapsed().as_secs_f64().min(fastest);
        calls += 1;
    }
    (PIECE.as_secs_f64() / fastest).clamp(1.0, 1e6) as u32
}

/// The microseconds of a step in the fastest tenth of all pieces within at least `least`.
fn measure(run: &mut dyn Run, calls: u32, least: Duration, pieces: &mut Vec<f64>) -> f64 {
    pieces.clear();
    let begun = Instant::now();
    while pieces.is_empty() || begun.elapsed() < least {
        let before = Instant::now();
        (0..calls).for_each(|_| run.call());
        pieces.push(before.elapsed().as_secs_f64());
    }
    pieces.sort_by(f64::total_cmp);
    pieces[pieces.len() / 10] * 1e6 / (f64::from(calls) * f64::from(run.steps()))
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    // A driver that no longer listens will not be missed: the next line read is the last.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

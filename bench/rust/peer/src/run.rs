//! The conversation and the clock.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::Job;

/// Time between two looks at the clock.
const CHUNK: Duration = Duration::from_millis(10);
/// Calls and time before the first measurement.
const WARM_UP: (u32, Duration) = (3, Duration::from_millis(300));

/// Something to be measured.
pub trait Run {
    /// One call.
    fn call(&mut self);
    /// Waits for calls that are under way; a number that tells whether they were right: a loss, or a sum.
    fn value(&mut self) -> f64;
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
        let chunk = warm_up(run);
        say("ready");
        while let Some(line) = self.next() {
            let seconds = line.strip_prefix("measure ").map(str::parse::<f64>);
            let Some(Ok(seconds)) = seconds else {
                self.waiting = Some(line);
                return;
            };
            let (us, value) = measure(run, chunk, Duration::from_secs_f64(seconds));
            say(&format!("{us} {value}"));
        }
    }

    fn next(&mut self) -> Option<String> {
        let waiting = self.waiting.take();
        waiting.or_else(|| self.lines.next()?.ok())
    }
}

/// Calls until all is warm; how many calls then fill a chunk.
fn warm_up(run: &mut dyn Run) -> u32 {
    let begun = Instant::now();
    let mut calls = 0;
    while calls < WARM_UP.0 || begun.elapsed() < WARM_UP.1 {
        run.call();
        calls += 1;
    }
    run.value();
    let one = begun.elapsed().as_secs_f64() / f64::from(calls);
    (CHUNK.as_secs_f64() / one).max(1.0) as u32
}

/// The mean microseconds of a call over at least `least`, and the value at its end.
fn measure(run: &mut dyn Run, chunk: u32, least: Duration) -> (f64, f64) {
    let begun = Instant::now();
    let mut calls = 0;
    while calls == 0 || begun.elapsed() < least {
        (0..chunk).for_each(|_| run.call());
        calls += chunk;
    }
    let value = run.value();
    (
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(calls),
        value,
    )
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    // A driver that no longer listens will not be missed: the next line read is the last.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

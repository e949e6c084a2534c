//! The threads that share the work of a step. How many there are never changes a bit of what is computed.
//!
//! Workers live as long as the team. One that has nothing to do spins for some microseconds, so that the next part of
//! a step finds it awake, and then sleeps, so that the core is free between epochs. The caller works too, and waits
//! only for workers that have begun: where other programs hold the cores, it does the work of those that never came.

// Sharing disjoint places of a slice among threads is what this module is for.
#![allow(unsafe_code)]

mod gate;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use gate::Gate;
pub(crate) use span::Span;

/// Below this number of operations a second thread costs more than it brings: they take 3 µs, waking a thread 0.3.
const WORTH_SHARING: f64 = 3e5;

/// The threads that share the parts of a step.
#[derive(Default)]
pub struct Team {
    crew: Option<Crew>,
    is_stopped: AtomicBool,
}

/// The threads besides the caller's.
struct Crew {
    gate: Arc<Gate>,
    workers: Vec<JoinHandle<()>>,
    /// Whether some thread has the team at work: another that comes works alone.
    busy: AtomicBool,
}

impl Team {
    /// A team of this many threads, the caller's among them; with as many as can be had.
    pub fn new(threads: usize) -> Team {
        if threads < 2 {
            return Team::default();
        }
        let gate = Arc::new(Gate::default());
        let (begins, begun) = channel::<()>();
        let worker = |index: usize| {
            let (gate, begins) = (Arc::clone(&gate), begins.clone());
            let name = format!("thalweg-{index}");
            let thread = std::thread::Builder::new().name(name);
            let serve = move || {
                drop(begins);
                gate.serve(index);
            };
            thread.spawn(serve).ok()
        };
        let workers: Vec<_> = (1..threads).map_while(worker).collect();
        // A thread takes memory while it begins: not in the middle of a step.
        drop(begins);
        let _ = begun.recv();
        Team {
            crew: Some(Crew {
                gate,
                workers,
                busy: AtomicBool::new(false),
            }),
            is_stopped: AtomicBool::new(false),
        }
    }

    /// Has the team leave what it is at, and all that it is asked for until [`Team::go_on`]: so a measurement ends that
    /// nobody waits for any more. Its values are NaN then, its other results nothing to be used.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Has a team that was stopped work again.
    pub fn go_on(&self) {
        self.is_stopped.store(false, Ordering::Relaxed);
    }

    /// Whether it has been told to stop.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        1 + self.crew.as_ref().map_or(0, |crew| crew.workers.len())
    }

    /// How many threads are worth taking for so many operations: all of them, or the caller's alone.
    pub(crate) fn worth(&self, operations: f64) -> usize {
        if operations < WORTH_SHARING {
            1
        } else {
            self.threads()
        }
    }

    /// Calls `f(thread, part)` for each part from 0, on several threads where `operations` are worth it; returns when
    /// all are done, or the team has been stopped. No two calls at a time have the same `thread`, which is below
    /// [`Team::threads`].
    ///
    /// # Panics
    /// If `f` does.
    pub(crate) fn run(&self, operations: f64, parts: usize, f: &(dyn Fn(usize, usize) + Sync)) {
        let shared = parts > 1 && self.worth(operations) > 1;
        let crew = self.crew.as_ref().filter(|crew| {
            shared && !crew.workers.is_empty() && !crew.busy.swap(true, Ordering::Acquire)
        });
        let Some(crew) = crew else {
            let parts = (0..parts).take_while(|_| !self.is_stopped());
            parts.for_each(|part| f(0, part));
            return;
        };
        let next = AtomicUsize::new(0);
        let work = |thread: usize| {
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= parts || self.is_stopped() {
                    return;
                }
                f(thread, part);
            }
        };
        crew.gate.share(&work);
        crew.busy.store(false, Ordering::Release);
    }

    /// Calls `f` with each chunk of so many numbers, and its index.
    pub(crate) fn each_chunk<T: Send>(
        &self,
        operations: f64,
        numbers: &mut [T],
        size: usize,
        f: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let (len, numbers) = (numbers.len(), Span::new(numbers));
        self.run(operations, len.div_ceil(size), &|_, index| {
            let range = index * size..len.min((index + 1) * size);
            // SAFETY: chunks do not overlap, each is handed out once, and the slice is borrowed mutably until `run` is back.
            f(index, unsafe { numbers.range(range) });
        });
    }

    /// Calls `f` for each item with its index, and with the thread's own place to work in: there have to be as many of
    /// these as threads.
    pub(crate) fn each<I: Send, L: Send>(
        &self,
        operations: f64,
        items: &mut [I],
        places: &mut [L],
        f: impl Fn(&mut L, usize, &mut I) + Sync,
    ) {
        assert!(places.len() >= self.threads(), "a place for each thread");
        let (parts, items, places) = (items.len(), Span::new(items), Span::new(places));
        self.run(operations, parts, &|thread, part| {
            // SAFETY: each part is handed out once, and no two calls at a time have the same thread, so neither
            // reference has another beside it; both slices are borrowed mutably until `run` is back.
            let (item, place) = unsafe { (items.at(part), places.at(thread)) };
            f(place, part, item);
        });
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.gate.close();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its work, so there is none to be had here.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts that are large enough to be shared.
    const MANY: f64 = 1e9;
    /// Rounds of a test: fewer under Miri, which is a thousand times slower.
    const ROUNDS: usize = if cfg!(miri) { 20 } else { 300 };

    #[test]
    fn a_team_of_one_needs_no_threads() {
        assert_eq!(Team::new(1).threads(), 1);
        assert_eq!(Team::new(3).threads(), 3);
    }

    #[test]
    fn every_part_is_done_once_whatever_the_threads() {
        for threads in [1, 2, 3, 8] {
            let team = Team::new(threads);
            let mut places = vec![0_usize; threads];
            // Long enough for workers to fall asleep and to be woken between some rounds.
            for round in 0..ROUNDS {
                let mut counts = vec![0_u32; round % 17];
                team.each(MANY, &mut counts, &mut places, |place, index, count| {
                    *count += 1 + index as u32;
                    *place += 1;
                });
                assert!(counts.iter().enumerate().all(|(i, &n)| n == 1 + i as u32));
                if round % 50 == 0 {
                    (0..20_000).for_each(|_| std::thread::yield_now());
                }
            }
            let done: usize = (0..ROUNDS).map(|round| round % 17).sum();
            assert_eq!(places.iter().sum::<usize>(), done);
        }
    }

    #[test]
    fn every_chunk_is_given_once() {
        for threads in [1, 3] {
            let team = Team::new(threads);
            for len in [0, 1, 9, 10, 31] {
                let mut numbers = vec![0; len];
                team.each_chunk(MANY, &mut numbers, 10, |index, chunk| {
                    for (at, number) in (10 * index..).zip(chunk) {
                        *number += at + 1;
                    }
                });
                assert!(numbers.iter().copied().eq(1..=len), "{len}");
            }
        }
    }

    #[test]
    fn a_team_that_is_stopped_leaves_its_work() {
        for threads in [1, 3] {
            let team = Team::new(threads);
            let count = || {
                let done = AtomicUsize::new(0);
                team.run(MANY, 1_000, &|_, part| {
                    done.fetch_add(1, Ordering::Relaxed);
                    if part == 10 {
                        team.stop();
                    }
                    while part > 10 && !team.is_stopped() {
                        std::thread::yield_now();
                    }
                });
                done.into_inner()
            };
            // Each of the other threads may be at a part while one stops the team.
            assert!((11..11 + threads).contains(&count()) && team.is_stopped());
            assert_eq!(count(), 0);
            team.go_on();
            let done = AtomicUsize::new(0);
            team.run(MANY, 1_000, &|_, _| {
                done.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(done.into_inner(), 1_000);
        }
    }

    #[test]
    fn a_team_serves_several_callers() {
        let team = Team::new(2);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        let sum = AtomicUsize::new(0);
                        team.run(MANY, 10, &|_, part| {
                            sum.fetch_add(part, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 45);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(3);
        for bad in [0, 5, 9] {
            let work = || {
                team.run(MANY, 10, &|_, part| assert!(part != bad, "part {part}"));
            };
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            assert!(caught.is_err());
        }
        let sum = AtomicUsize::new(0);
        team.run(MANY, 10, &|_, part| {
            sum.fetch_add(part, Ordering::Relaxed);
        });
        assert_eq!(sum.into_inner(), 45);
    }
}

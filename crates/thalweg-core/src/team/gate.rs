//! The gate between the caller and the workers: one piece of work at a time, workers that may come late or never.
//!
//! ```text
//! state = jobs so far · 2¹⁶ + (open ? 2¹⁵ : 0) + workers inside
//! ```
//!
//! The caller writes the job, opens the gate, works, closes it and waits until nobody is inside. A worker that sees an
//! open gate enters by raising the count in the same exchange that finds the gate open: after closing nobody enters, so
//! the job may be taken away. A worker that finds no work for some time sleeps; opening wakes those who sleep.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

const OPEN: u64 = 1 << 15;
const JOB: u64 = 1 << 16;
const INSIDE: u64 = OPEN - 1;

/// Looks at the gate before a worker sleeps: about 50 µs.
const SPINS_OF_A_WORKER: u32 = 4000;
/// Looks at the count before the caller sleeps: about as long.
const SPINS_OF_THE_CALLER: u32 = 4000;

/// What the workers are to do, called with a worker's index.
type Work<'a> = &'a (dyn Fn(usize) + Sync);

#[derive(Default)]
pub(super) struct Gate {
    state: AtomicU64,
    job: UnsafeCell<Option<Work<'static>>>,
    ending: AtomicBool,
    /// Sleepers: workers, and the caller.
    sleeping: AtomicUsize,
    caller_sleeps: AtomicBool,
    lock: Mutex<()>,
    opened: Condvar,
    left: Condvar,
    /// The first panic of a worker in this job, and whether there is one.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    panicked: AtomicBool,
}

// SAFETY: `job` is written only by the caller while the gate is closed and nobody is inside, and read only by workers
// inside; entering acquires what opening has released, and the caller acquires what leaving has released.
unsafe impl Sync for Gate {}

impl Gate {
    /// Does some work on the calling thread, as worker 0, and on whichever workers come; back when all have left. One
    /// caller at a time.
    pub(super) fn share(&self, work: Work<'_>) {
        // SAFETY: only the lifetime changes; the job is taken away before this function is back, see `Closing`.
        let job = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        // SAFETY: the gate is closed and nobody is inside, so nobody else looks at the job.
        unsafe { *self.job.get() = Some(job) };
        // Sequentially consistent, as is looking at `sleeping`: a worker that was not counted sees the open gate.
        let now = self.state.load(Ordering::Relaxed);
        self.state.store((now + JOB) | OPEN, Ordering::SeqCst);
        if self.sleeping.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.opened.notify_all();
        }
        let closing = Closing(self);
        work(0);
        drop(closing);
        if self.panicked.swap(false, Ordering::Relaxed) {
            let mut panic = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
            let cause = panic
                .take()
                .expect("there is one where there is said to be one");
            drop(panic);
            resume_unwind(cause);
        }
    }

    /// The life of a worker.
    pub(super) fn serve(&self, index: usize) {
        let mut last = 0;
        while let Some(job) = self.enter(&mut last) {
            let done = catch_unwind(AssertUnwindSafe(|| job(index)));
            if let Err(cause) = done {
                let mut panic = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
                panic.get_or_insert(cause);
                self.panicked.store(true, Ordering::Relaxed);
            }
            let before = self.state.fetch_sub(1, Ordering::SeqCst);
            if before & INSIDE == 1 && self.caller_sleeps.load(Ordering::SeqCst) {
                drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
                self.left.notify_all();
            }
        }
    }

    /// Sends the workers home.
    pub(super) fn close(&self) {
        self.ending.store(true, Ordering::SeqCst);
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.opened.notify_all();
    }

    /// Waits for a job other than the `last` one and enters; none when there will be no more.
    fn enter(&self, last: &mut u64) -> Option<Work<'static>> {
        let mut spins = 0;
        loop {
            let now = self.state.load(Ordering::Relaxed);
            if now & OPEN != 0 && now / JOB != *last {
                let entered = self.state.compare_exchange_weak(
                    now,
                    now + 1,
                    Ordering::Acquire,
                    Ordering::Relaxed,
                );
                if entered.is_ok() {
                    *last = now / JOB;
                    // SAFETY: inside an open gate, see above.
                    return unsafe { *self.job.get() };
                }
                continue;
            }
            if self.ending.load(Ordering::Relaxed) {
                return None;
            }
            spins += 1;
            if spins < SPINS_OF_A_WORKER {
                spin_loop();
            } else {
                self.sleep(*last);
                spins = 0;
            }
        }
    }

    /// Sleeps until the gate is opened for a job other than the last one, or for the end.
    fn sleep(&self, last: u64) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleeping.fetch_add(1, Ordering::SeqCst);
        let idle = |(): &mut ()| {
            let now = self.state.load(Ordering::SeqCst);
            !(now & OPEN != 0 && now / JOB != last || self.ending.load(Ordering::SeqCst))
        };
        let guard = self.opened.wait_while(guard, idle);
        self.sleeping.fetch_sub(1, Ordering::SeqCst);
        drop(guard);
    }
}

/// Closes the gate and waits until nobody is inside, also when the caller's own work panics.
struct Closing<'a>(&'a Gate);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let gate = self.0;
        gate.state.fetch_and(!OPEN, Ordering::SeqCst);
        let inside = || gate.state.load(Ordering::SeqCst) & INSIDE != 0;
        for _ in 0..SPINS_OF_THE_CALLER {
            if !inside() {
                break;
            }
            spin_loop();
        }
        if inside() {
            let guard = gate.lock.lock().unwrap_or_else(PoisonError::into_inner);
            gate.caller_sleeps.store(true, Ordering::SeqCst);
            let guard = gate.left.wait_while(guard, |()| inside());
            gate.caller_sleeps.store(false, Ordering::SeqCst);
            drop(guard);
        }
        // SAFETY: the gate is closed and nobody is inside.
        unsafe { *gate.job.get() = None };
    }
}

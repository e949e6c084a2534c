//! After its first step a descent allocates nothing, whatever is in the step, on whichever thread; with sparse rows after
//! its first steps with many and with few rows; nor do evaluation and prediction after their first time. Not so where a rule needs whole matrices: it may take memory for its products.
//!
//! One test in a program of its own: the allocator counts what any thread takes.

// An allocator is unchecked code by its nature.
#![allow(unsafe_code)]
#![allow(clippy::unwrap_used)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use common::sample::{self, Sample};
use thalweg_core::clip::Clip;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::layer::Noise;
use thalweg_core::loss::{self, Loss, Purpose};
use thalweg_core::network::{Architecture, Engine, Network};
use thalweg_core::objective::{Penalties, Training};
use thalweg_core::optimizer::{self, Adam, Optimizer, Scope};
use thalweg_core::team::Team;

/// The system's allocator, which counts.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: all is done by the system's allocator; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often memory is taken while something is done.
fn allocations(f: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    f();
    ALLOCATIONS.load(Ordering::SeqCst) - before
}

/// A step's setting.
struct Setting<'a> {
    loss: &'a dyn Loss,
    rule: &'a dyn Optimizer,
    clip: Clip,
    accumulate: u64,
    threads: usize,
    /// Whether most features are 0.
    sparse: bool,
}

/// Rows that there are, and in a batch; the last batch has fewer.
const ROWS: (usize, usize) = (250, 100);

impl Setting<'_> {
    /// Allocations in the steps after the first, and in evaluation and prediction after the first time.
    fn count(&self) -> (u64, u64) {
        let outputs = match self.loss.purpose() {
            Purpose::TwoClasses => 1,
            Purpose::Classes | Purpose::Numbers | Purpose::Counts => 5,
        };
        let architecture = Architecture {
            hidden: vec![130, 33],
            activation: "gelu".into(),
            dropout: 0.2,
            // Its masks are of all features.
            input_dropout: if self.sparse { 0.0 } else { 0.1 },
            dropconnect: 0.1,
            ..Architecture::default()
        };
        let network = Network::new(70, outputs, &architecture).unwrap();
        let density = if self.sparse { 0.1 } else { 1.0 };
        let sample = Sample::<f32>::new(ROWS.0, 70, outputs, 1).thinned(density, 2);
        let (team, examples) = (
            Team::new(self.threads),
            sample.examples(self.loss.purpose()),
        );
        let engine = Engine::new(&network, self.loss, &team);
        let mut training = Training::new(engine, examples);
        training.penalties = Penalties { l1: 1e-4, l2: 1e-3 };
        let plan = Plan {
            clip: self.clip,
            accumulate: self.accumulate,
            ..Plan::new(self.rule.boxed())
        };
        let mut descent = Descent::new(plan, network.layout());
        let mut p = sample::of::<f32>(&sample::parameters(network.layout(), 3));
        let order = sample::order(ROWS.0, ROWS.0, 9);
        let mut steps = |range: std::ops::Range<usize>| {
            for (step, rows) in order
                .chunks(ROWS.1)
                .cycle()
                .enumerate()
                .take(range.end)
                .skip(range.start)
            {
                let noise = Noise {
                    seed: 7,
                    step: step as u64,
                };
                training.noise = Some(noise);
                descent.step(&team, &mut training, rows, &mut p);
            }
        };
        let first = if self.sparse { 3 } else { 1 };
        steps(0..first);
        let in_steps = allocations(|| steps(first..30));

        let (engine, mut out) = (&mut training.engine, vec![0.0; ROWS.0 * outputs]);
        let mut answer = || {
            engine.evaluate(&p, &examples, &mut out);
            engine.predict(&p, examples.features, &mut out);
        };
        answer();
        let in_answers = allocations(|| (0..10).for_each(|_| answer()));
        (in_steps, in_answers)
    }

    /// That there are none. All is done again where there seem to be some: the harness itself takes memory, once, when it
    /// tells that a test takes more than a minute.
    fn check(&self, what: &str) {
        if self.count() != (0, 0) {
            assert_eq!(self.count(), (0, 0), "{what}");
        }
    }
}

#[test]
fn nothing_is_allocated_after_the_first_step() {
    let base = Setting {
        loss: &loss::SoftmaxCrossEntropy::default(),
        rule: &Adam::default(),
        clip: Clip::default(),
        accumulate: 1,
        threads: 1,
        sparse: false,
    };
    let all_clips = Clip {
        value: Some(0.01),
        layer_norm: Some(0.1),
        adaptive: Some(0.1),
        norm: Some(0.1),
    };
    for threads in [1, 2] {
        for entry in optimizer::ALL.members {
            let rule = (entry.build)();
            if rule.scope() == Scope::Segment {
                continue;
            }
            let setting = Setting {
                rule: &*rule,
                threads,
                ..base
            };
            setting.check(&format!("{} on {threads} threads", entry.card.name));
        }
        for entry in loss::ALL.members {
            let loss = (entry.build)();
            let setting = Setting {
                loss: &*loss,
                threads,
                ..base
            };
            setting.check(&format!("{} on {threads} threads", entry.card.name));
        }
        let setting = Setting {
            sparse: true,
            threads,
            ..base
        };
        setting.check(&format!("sparse rows, {threads} threads"));
        for (clip, accumulate) in [(all_clips, 1), (Clip::default(), 3)] {
            let setting = Setting {
                clip,
                accumulate,
                threads,
                ..base
            };
            setting.check(&format!("{clip:?}, {accumulate} parts, {threads} threads"));
        }
    }
}

//! Update rules: from a gradient to a step. Not the loop that calls them, and not the schedules that drive them.
//!
//! A rule is a function of slices: it may be given the whole parameter vector or any range of it, with the
//! same range of the gradient and of the rule's buffers. What must be known once a step and not once a
//! range (Nadam's product) is computed in [`Rule::advance`], and what depends on all parameters (Prodigy's
//! distance) in [`Rule::gather`]. A rule that needs a whole matrix (Muon) says so in [`Rule::SCOPE`].
//!
//! ## Overflow
//! Finite gradients never give NaN. Where a square overflows, the root that scales the step is infinite and the step
//! is 0; where a velocity or a parameter overflows, it stays infinite (or, with the schedule-free rules, at the
//! largest finite number). A gradient that is NaN makes NaN of what it touches, so that it is found.
//!
//! Adding a rule: a file beside these, and its two lines in this one.

mod adabelief;
mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adam_terms;
mod adamax;
mod adamw;
mod adan;
mod adjust;
mod asgd;
mod averaging;
mod convention;
mod fields;
mod lamb;
mod lars;
mod lion;
mod momentum;
mod muon;
mod muon_step;
mod nadam;
mod nadamw;
mod nesterov;
mod prodigy;
mod prodigy_step;
mod radam;
mod rms;
mod rmsprop;
mod rprop;
mod schedule_free_adamw;
mod schedule_free_sgd;
mod sgd;
mod vectorized;
mod yogi;

pub use crate::state::{Piece, State};
pub use adabelief::AdaBelief;
pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use adan::Adan;
pub use adjust::Adjust;
pub use asgd::Asgd;
pub use convention::Convention;
pub use lamb::Lamb;
pub use lars::Lars;
pub use lion::Lion;
pub use momentum::Momentum;
pub use muon::Muon;
pub use nadam::Nadam;
pub use nadamw::NadamW;
pub use nesterov::Nesterov;
pub use prodigy::Prodigy;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use rprop::Rprop;
pub use schedule_free_adamw::ScheduleFreeAdamW;
pub use schedule_free_sgd::ScheduleFreeSgd;
pub use sgd::Sgd;
pub use yogi::Yogi;

use crate::Real;
use crate::spec::{Entry, Family, Spec, Tunable};
use crate::vector::run;
use vectorized::{Call, width};

/// All update rules.
pub static ALL: Family<dyn Optimizer> = Family {
    name: "optimizers",
    singular: "optimizer",
    summary: "Update rules: how a gradient becomes a step.",
    members: &[
        Entry::<dyn Optimizer>::of::<Sgd>(),
        Entry::<dyn Optimizer>::of::<Momentum>(),
        Entry::<dyn Optimizer>::of::<Nesterov>(),
        Entry::<dyn Optimizer>::of::<Adagrad>(),
        Entry::<dyn Optimizer>::of::<RmsProp>(),
        Entry::<dyn Optimizer>::of::<Adadelta>(),
        Entry::<dyn Optimizer>::of::<Adam>(),
        Entry::<dyn Optimizer>::of::<AdamW>(),
        Entry::<dyn Optimizer>::of::<Adamax>(),
        Entry::<dyn Optimizer>::of::<Nadam>(),
        Entry::<dyn Optimizer>::of::<NadamW>(),
        Entry::<dyn Optimizer>::of::<RAdam>(),
        Entry::<dyn Optimizer>::of::<AdaBelief>(),
        Entry::<dyn Optimizer>::of::<Adan>(),
        Entry::<dyn Optimizer>::of::<Yogi>(),
        Entry::<dyn Optimizer>::of::<Lion>(),
        Entry::<dyn Optimizer>::of::<Adafactor>(),
        Entry::<dyn Optimizer>::of::<Lars>(),
        Entry::<dyn Optimizer>::of::<Lamb>(),
        Entry::<dyn Optimizer>::of::<Muon>(),
        Entry::<dyn Optimizer>::of::<Prodigy>(),
        Entry::<dyn Optimizer>::of::<ScheduleFreeSgd>(),
        Entry::<dyn Optimizer>::of::<ScheduleFreeAdamW>(),
        Entry::<dyn Optimizer>::of::<Asgd>(),
        Entry::<dyn Optimizer>::of::<Rprop>(),
    ],
};

/// An update rule, as its author writes it: generic over the precision.
pub trait Rule: Spec {
    /// The ranges of the vector that an update can be given.
    const SCOPE: Scope = Scope::Slice;
    /// The numbers that it carries from step to step.
    const SCALARS: &'static [&'static str] = &[];
    /// Whether [`Rule::gather`] has to see all parameters before any is updated.
    const GATHERS: bool = false;

    /// The vectors that a rule with these settings carries from step to step, each as long as the parameters.
    fn buffers(&self) -> &'static [&'static str];

    /// The value that a buffer starts from; zero unless the rule says otherwise.
    fn initial(&self, _buffer: usize) -> f64 {
        0.0
    }

    /// Called once before the step's updates; `t` counts from 1. `scalars` start at 0.
    fn advance(&self, _t: u64, _scalars: &mut [f64]) {}

    /// Sums over a range that the step needs of all parameters before it can update any.
    fn gather<T: Real>(
        &self,
        _now: Now<'_>,
        _p: &[T],
        _g: &[T],
        _buffers: &mut [&mut [T]],
    ) -> Sums {
        Sums::default()
    }

    /// Takes in the sums of [`Rule::gather`] over all parameters.
    fn settle(&self, _sums: Sums, _scalars: &mut [f64]) {}

    /// Updates the parameters `p` with their gradient `g`; `buffers` are the same range of [`Rule::buffers`].
    /// Mark it `#[inline(always)]`: then its loop is compiled for every vector width.
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]);

    /// Turns the parameters that gradients are taken at into those that the rule offers as its result. They are
    /// the same unless the rule says otherwise.
    fn evaluated<T: Real>(&self, _now: Now<'_>, _p: &mut [T], _buffers: &[&[T]]) {}

    /// Whether [`Rule::evaluated`] does anything.
    const AVERAGES: bool = false;

    /// For each parameter the curvature that the rule can stand along it, its stability threshold: there a step only
    /// turns its sign, with the divisors of the state at hand (the characteristic polynomial has a root at −1; Cohen et
    /// al. 2021, arXiv:2103.00065, appendix B; for rules that divide, Cohen et al. 2022, arXiv:2207.14484). False where
    /// the rule has no such number.
    fn thresholds<T: Real>(&self, _now: Now<'_>, _buffers: &[&[T]], _out: &mut [f64]) -> bool {
        false
    }
}

/// Two sums over all parameters.
pub type Sums = [f64; 2];

/// The ranges of the parameter vector that a rule can be given at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any.
    Slice,
    /// One whole weight matrix or bias, whose norm or product the step depends on.
    Segment,
}

/// What a rule knows of the step at hand.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The step, from 1.
    pub t: u64,
    /// The rule's [`Rule::SCALARS`], advanced to this step.
    pub scalars: &'a [f64],
    /// What is being updated.
    pub piece: Piece,
}

impl Now<'_> {
    /// The factor that decoupled weight decay leaves of a parameter: 1 − `lost`, or 1 where nothing decays.
    pub(crate) fn keep<T: Real>(&self, lost: f64) -> T {
        T::of(if self.piece.decays { 1.0 - lost } else { 1.0 })
    }
}

/// One precision of a rule.
pub trait Update<T: Real> {
    /// See [`Rule::gather`].
    fn gather(&self, now: Now<'_>, p: &[T], g: &[T], buffers: &mut [&mut [T]]) -> Sums;
    /// See [`Rule::update`].
    fn update(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        self.update_on(width(p.len()), now, p, g, buffers);
    }
    /// The same with the instructions of one width, so that a test can compare the widths.
    #[doc(hidden)]
    fn update_on(
        &self,
        arch: pulp::Arch,
        now: Now<'_>,
        p: &mut [T],
        g: &[T],
        buffers: &mut [&mut [T]],
    );
    /// See [`Rule::evaluated`].
    fn evaluated(&self, now: Now<'_>, p: &mut [T], buffers: &[&[T]]);
    /// See [`Rule::thresholds`].
    fn thresholds(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool;
}

/// An update rule behind a pointer. Every [`Rule`] is one; write a `Rule`.
pub trait Optimizer: Tunable + Update<f32> + Update<f64> {
    /// See [`Rule::SCOPE`].
    fn scope(&self) -> Scope;
    /// See [`Rule::buffers`].
    fn buffers(&self) -> &'static [&'static str];
    /// See [`Rule::SCALARS`].
    fn scalars(&self) -> &'static [&'static str];
    /// See [`Rule::GATHERS`].
    fn gathers(&self) -> bool;
    /// See [`Rule::AVERAGES`].
    fn averages(&self) -> bool;
    /// See [`Rule::initial`].
    fn initial(&self, buffer: usize) -> f64;
    /// See [`Rule::advance`].
    fn advance(&self, t: u64, scalars: &mut [f64]);
    /// See [`Rule::settle`].
    fn settle(&self, sums: Sums, scalars: &mut [f64]);
    /// A copy, to be driven by a schedule while the original keeps its settings.
    fn boxed(&self) -> Box<dyn Optimizer>;
}

/// The decay of an average as `T` has it. One that `T` rounds to 1 would never take anything in, and its
/// correction would divide by 0: it becomes the largest f32 below 1.
fn decay<T: Real>(beta: f64) -> T {
    let rounded = T::of(beta);
    if rounded < T::ONE {
        rounded
    } else {
        T::of(1.0 - 0.5 * f64::from(f32::EPSILON))
    }
}

impl<T: Real, R: Rule> Update<T> for R {
    fn gather(&self, now: Now<'_>, p: &[T], g: &[T], buffers: &mut [&mut [T]]) -> Sums {
        Rule::gather(self, now, p, g, buffers)
    }
    fn update_on(
        &self,
        arch: pulp::Arch,
        now: Now<'_>,
        p: &mut [T],
        g: &[T],
        buffers: &mut [&mut [T]],
    ) {
        let rule = self;
        let call = Call {
            rule,
            now,
            p,
            g,
            buffers,
        };
        run(arch, call);
    }
    fn evaluated(&self, now: Now<'_>, p: &mut [T], buffers: &[&[T]]) {
        Rule::evaluated(self, now, p, buffers);
    }
    fn thresholds(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool {
        Rule::thresholds(self, now, buffers, out)
    }
}

impl<R: Rule> Optimizer for R {
    fn scope(&self) -> Scope {
        R::SCOPE
    }
    fn buffers(&self) -> &'static [&'static str] {
        Rule::buffers(self)
    }
    fn scalars(&self) -> &'static [&'static str] {
        R::SCALARS
    }
    fn gathers(&self) -> bool {
        R::GATHERS
    }
    fn averages(&self) -> bool {
        R::AVERAGES
    }
    fn initial(&self, buffer: usize) -> f64 {
        Rule::initial(self, buffer)
    }
    fn advance(&self, t: u64, scalars: &mut [f64]) {
        Rule::advance(self, t, scalars);
    }
    fn settle(&self, sums: Sums, scalars: &mut [f64]) {
        Rule::settle(self, sums, scalars);
    }
    fn boxed(&self) -> Box<dyn Optimizer> {
        Box::new(self.clone())
    }
}

impl Entry<dyn Optimizer> {
    /// The entry of a rule.
    pub const fn of<R: Rule>() -> Self {
        Entry {
            card: R::CARD,
            build: || Box::new(R::default()),
            describe: || Box::new(R::default()),
        }
    }
}

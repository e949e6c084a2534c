//! Schedules: how a hyper-parameter, as a rule the learning rate, changes during a run.
//!
//! A schedule is a pure function of the time: it remembers nothing, so a run that goes on at time t needs
//! nothing of it. One that reacts to the scores of a run says so ([`Schedule::reaction`]), and its memory, a
//! [`Plateau`], is kept by who trains. Steps, epochs, parts of the run: the unit of time is the caller's.
//!
//! Adding one: a file beside these, and its two lines in this one.

mod chain;
mod constant;
mod cosine;
mod cosine_restarts;
mod cycle_mode;
mod cyclic;
mod exponential;
mod fields;
mod inverse_sqrt;
mod inverse_time;
mod linear;
mod multi_step;
mod one_cycle;
mod parts;
mod plateau;
mod polynomial;
mod reduce_on_plateau;
mod shape;
mod step;
mod warmup;
mod warmup_stable_decay;

pub use chain::Chain;
pub use constant::Constant;
pub use cosine::Cosine;
pub use cosine_restarts::CosineRestarts;
pub use cycle_mode::CycleMode;
pub use cyclic::Cyclic;
pub use exponential::Exponential;
pub use inverse_sqrt::InverseSqrt;
pub use inverse_time::InverseTime;
pub use linear::Linear;
pub use multi_step::MultiStep;
pub use one_cycle::OneCycle;
pub use plateau::{Plateau, ThresholdMode};
pub use polynomial::Polynomial;
pub use reduce_on_plateau::ReduceOnPlateau;
pub use shape::Shape;
pub use step::Step;
pub use warmup::Warmup;
pub use warmup_stable_decay::WarmupStableDecay;

use crate::spec::{Entry, Family, Spec, Tunable};

/// All schedules.
pub static ALL: Family<dyn Schedule> = Family {
    name: "schedules",
    singular: "schedule",
    summary: "How the learning rate, or any other number of an optimizer, changes during a run.",
    members: &[
        Entry::<dyn Schedule>::of::<Constant>(),
        Entry::<dyn Schedule>::of::<Step>(),
        Entry::<dyn Schedule>::of::<MultiStep>(),
        Entry::<dyn Schedule>::of::<Exponential>(),
        Entry::<dyn Schedule>::of::<InverseTime>(),
        Entry::<dyn Schedule>::of::<InverseSqrt>(),
        Entry::<dyn Schedule>::of::<Linear>(),
        Entry::<dyn Schedule>::of::<Polynomial>(),
        Entry::<dyn Schedule>::of::<Cosine>(),
        Entry::<dyn Schedule>::of::<CosineRestarts>(),
        Entry::<dyn Schedule>::of::<OneCycle>(),
        Entry::<dyn Schedule>::of::<Cyclic>(),
        Entry::<dyn Schedule>::of::<WarmupStableDecay>(),
        Entry::<dyn Schedule>::of::<ReduceOnPlateau>(),
        Entry::<dyn Schedule>::of::<Chain>(),
    ],
};

/// A schedule: a pure function of the time, and seldom of the scores of a run.
pub trait Schedule: Tunable {
    /// The value at time `t` of a field whose base value is `base`, in a run that lasts `horizon`.
    ///
    /// `t` counts from 0, may have a fraction, and is in the same unit as `horizon` and as the schedule's own
    /// times: steps, epochs, or, with a `horizon` of 1, parts of the run. It may go beyond `horizon`, where a run
    /// is trained longer than planned.
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64;

    /// How it reacts to the scores of a run, where it does; its value is then [`ReduceOnPlateau::value_after`].
    fn reaction(&self) -> Option<&ReduceOnPlateau> {
        None
    }
}

impl Entry<dyn Schedule> {
    /// The entry of a schedule.
    pub const fn of<S: Spec + Schedule>() -> Self {
        Entry {
            card: S::CARD,
            build: || Box::new(S::default()),
            describe: || Box::new(S::default()),
        }
    }
}

/// The part of `total` that is over at time `t`: from 0 to 1, and 1 also where `total` is nothing.
fn elapsed(t: f64, total: f64) -> f64 {
    if t < total { t / total } else { 1.0 }
}

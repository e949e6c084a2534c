//! Schedules: how a hyper-parameter, as a rule the learning rate, changes during a run.
//!
//! A schedule is a pure function of the time: it remembers nothing, so a run that goes on at time t needs
//! nothing of it. What reacts to the course of a run (a plateau of the loss) is no schedule and is not here.
//!
//! Adding one: a file beside these, and its two lines in this one.

mod constant;
mod cosine;
mod exponential;
mod inverse_time;
mod polynomial;
mod step;
mod warmup;

pub use constant::Constant;
pub use cosine::Cosine;
pub use exponential::Exponential;
pub use inverse_time::InverseTime;
pub use polynomial::Polynomial;
pub use step::Step;
pub use warmup::Warmup;

use crate::spec::{Entry, Family, Spec, Tunable};

/// All schedules.
pub static ALL: Family<dyn Schedule> = Family {
    name: "schedules",
    singular: "schedule",
    summary: "How the learning rate, or any other number of an optimizer, changes during a run.",
    members: &[
        Entry::<dyn Schedule>::of::<Constant>(),
        Entry::<dyn Schedule>::of::<Step>(),
        Entry::<dyn Schedule>::of::<Exponential>(),
        Entry::<dyn Schedule>::of::<InverseTime>(),
        Entry::<dyn Schedule>::of::<Polynomial>(),
        Entry::<dyn Schedule>::of::<Cosine>(),
    ],
};

/// A schedule: a pure function of the time.
pub trait Schedule: Tunable {
    /// The value at time `t` of a field whose base value is `base`, in a run that lasts `horizon`.
    ///
    /// `t` counts steps or epochs from 0, may have a fraction, and is in the same unit as `horizon` and as
    /// the schedule's own counts. It may go beyond `horizon`, where a run is trained longer than planned.
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64;
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

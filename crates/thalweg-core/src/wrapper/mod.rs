//! Wrappers: what is done around an update rule, whichever it is. Not the rules themselves.
//!
//! Adding one: a file beside these, and its two lines in this one.

mod ema;
mod lookahead;
mod sam;
mod swa;

pub use ema::Ema;
pub use lookahead::Lookahead;
pub use sam::Sam;
pub use swa::Swa;

use crate::Real;
use crate::objective::Objective;
use crate::spec::{Entry, Family, Spec, Tunable};

/// All wrappers.
pub static ALL: Family<dyn Wrapper> = Family {
    name: "wrappers",
    singular: "wrapper",
    summary: "What is done around an update rule: averages of the weights, a look ahead, a flatter place.",
    members: &[
        Entry::<dyn Wrapper>::of::<Lookahead>(),
        Entry::<dyn Wrapper>::of::<Sam>(),
        Entry::<dyn Wrapper>::of::<Ema>(),
        Entry::<dyn Wrapper>::of::<Swa>(),
    ],
};

/// What a wrapper carries from step to step: everything that a checkpoint must hold of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory<T> {
    /// How often the vector has been renewed; 0 before it means anything.
    pub count: u64,
    /// A vector like the parameters, or nothing.
    pub vector: Vec<T>,
}

/// One precision of a wrapper. Each method does nothing unless the wrapper says otherwise.
pub trait Wrap<T: Real> {
    /// Replaces the gradient `g` at `p`, for which it may ask the objective again.
    fn regrade(
        &self,
        _objective: &mut dyn Objective<T>,
        _rows: &[u32],
        _p: &mut [T],
        _g: &mut [T],
        _memory: &mut Memory<T>,
    ) {
    }
    /// Called after every step.
    fn after_step(&self, _step: u64, _p: &mut [T], _memory: &mut Memory<T>) {}
    /// Called after every epoch; `progress` is the part of the run that is over.
    fn after_epoch(&self, _progress: f64, _p: &[T], _memory: &mut Memory<T>) {}
}

/// A wrapper behind a pointer.
pub trait Wrapper: Tunable + Wrap<f32> + Wrap<f64> {
    /// Whether its vector has to be stored with a run.
    fn remembers(&self) -> bool;
    /// Whether its vector, once there is one, is what is evaluated and saved as the model.
    fn averages(&self) -> bool;
    /// Whether [`Wrap::regrade`] does anything: then the whole gradient has to be held.
    fn regrades(&self) -> bool {
        false
    }
    /// Whether what it does depends on how long the run is.
    fn spans(&self) -> bool {
        false
    }
}

impl Entry<dyn Wrapper> {
    /// The entry of a wrapper.
    pub const fn of<W: Spec + Wrapper>() -> Self {
        Entry {
            card: W::CARD,
            build: || Box::new(W::default()),
            describe: || Box::new(W::default()),
        }
    }
}

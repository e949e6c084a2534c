//! Update rules: from a gradient to a step. Not the loop that calls them, and not the schedules that drive them.
//!
//! A rule is a function of slices: it may be given the whole parameter vector or any range of it, with the
//! same range of the gradient and of the rule's buffers. What must be known once a step and not once a
//! range (a bias correction, Nadam's product) is computed in [`Rule::advance`].
//!
//! Adding a rule: a file beside these, and its two lines in this one.

mod adadelta;
mod adagrad;
mod adam;
mod adamw;
mod momentum;
mod nadam;
mod nesterov;
mod rmsprop;
mod sgd;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamw::AdamW;
pub use momentum::Momentum;
pub use nadam::Nadam;
pub use nesterov::Nesterov;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

use std::ops::Range;

use crate::Real;
use crate::spec::{Entry, Family, Spec, Tunable};

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
        Entry::<dyn Optimizer>::of::<Nadam>(),
    ],
};

/// An update rule, as its author writes it: generic over the precision.
pub trait Rule: Spec {
    /// The vectors that the rule carries from step to step, each as long as the parameters.
    const BUFFERS: &'static [&'static str];
    /// The numbers that it carries from step to step.
    const SCALARS: &'static [&'static str] = &[];

    /// The value that a buffer starts from; zero unless the rule says otherwise.
    fn initial(&self, _buffer: usize) -> f64 {
        0.0
    }

    /// Called once before the step's updates; `t` counts from 1. `scalars` start at 0.
    fn advance(&self, _t: u64, _scalars: &mut [f64]) {}

    /// Updates the parameters `p` with their gradient `g`; `buffers` are the same range of [`Rule::BUFFERS`].
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]);
}

/// What a rule knows of the step at hand.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The step, from 1.
    pub t: u64,
    /// The rule's [`Rule::SCALARS`], advanced to this step.
    pub scalars: &'a [f64],
    /// Whether these parameters take part in decoupled weight decay; weights do, biases do not.
    pub decays: bool,
}

/// One precision of a rule.
pub trait Update<T: Real> {
    /// See [`Rule::update`].
    fn update(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]);
}

/// An update rule behind a pointer. Every [`Rule`] is one; write a `Rule`.
pub trait Optimizer: Tunable + Update<f32> + Update<f64> {
    /// See [`Rule::BUFFERS`].
    fn buffers(&self) -> &'static [&'static str];
    /// See [`Rule::SCALARS`].
    fn scalars(&self) -> &'static [&'static str];
    /// See [`Rule::initial`].
    fn initial(&self, buffer: usize) -> f64;
    /// See [`Rule::advance`].
    fn advance(&self, t: u64, scalars: &mut [f64]);
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
    fn update(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        Rule::update(self, now, p, g, buffers);
    }
}

impl<R: Rule> Optimizer for R {
    fn buffers(&self) -> &'static [&'static str] {
        R::BUFFERS
    }
    fn scalars(&self) -> &'static [&'static str] {
        R::SCALARS
    }
    fn initial(&self, buffer: usize) -> f64 {
        Rule::initial(self, buffer)
    }
    fn advance(&self, t: u64, scalars: &mut [f64]) {
        Rule::advance(self, t, scalars);
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

/// The most buffers that a rule can have.
const MAX_BUFFERS: usize = 4;

/// What a rule carries from one step to the next: everything that a checkpoint must hold of it.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T> {
    /// Steps done.
    pub t: u64,
    /// The rule's numbers, in the order of [`Rule::SCALARS`].
    pub scalars: Vec<f64>,
    /// The rule's vectors, in the order of [`Rule::BUFFERS`].
    pub buffers: Vec<Vec<T>>,
}

impl<T: Real> State<T> {
    /// The state before the first step of a rule over `n` parameters.
    pub fn new(rule: &dyn Optimizer, n: usize) -> State<T> {
        let count = rule.buffers().len();
        assert!(
            count <= MAX_BUFFERS,
            "a rule has at most {MAX_BUFFERS} buffers"
        );
        State {
            t: 0,
            scalars: vec![0.0; rule.scalars().len()],
            buffers: (0..count)
                .map(|index| vec![T::of(rule.initial(index)); n])
                .collect(),
        }
    }

    /// One whole step: all parameters at once, and all of them decaying.
    pub fn step(&mut self, rule: &dyn Optimizer, p: &mut [T], g: &[T]) {
        self.advance(rule);
        self.update_range(rule, 0..p.len(), true, p, g);
    }

    /// Begins a step; [`State::update_range`] then has to reach every parameter once.
    pub fn advance(&mut self, rule: &dyn Optimizer) {
        self.t += 1;
        rule.advance(self.t, &mut self.scalars);
    }

    /// Updates the parameters of `range` with their gradient: `p` and `g` are of the range's length. In what
    /// pieces the parameters are updated makes no difference to a bit of the result.
    pub fn update_range(
        &mut self,
        rule: &dyn Optimizer,
        range: Range<usize>,
        decays: bool,
        p: &mut [T],
        g: &[T],
    ) {
        assert!(
            p.len() == range.len() && g.len() == range.len(),
            "{} parameters and {} slopes for {} places",
            p.len(),
            g.len(),
            range.len()
        );
        let now = Now {
            t: self.t,
            scalars: &self.scalars,
            decays,
        };
        let count = self.buffers.len();
        let mut slices: [&mut [T]; MAX_BUFFERS] = Default::default();
        for (slot, buffer) in slices.iter_mut().zip(&mut self.buffers) {
            *slot = &mut buffer[range.clone()];
        }
        T::update(rule).update(now, p, g, &mut slices[..count]);
    }
}

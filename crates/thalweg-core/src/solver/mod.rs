//! Solvers: methods that evaluate the objective again within a step. Not the loop that calls them, and not the
//! update rules, which turn one gradient into one step.
//!
//! A solver needs the same value whenever it asks at the same point: all rows at once, and no dropout. Its step is
//! chosen by a line search, so that the objective never rises and no learning rate has to be found. Give it the
//! same objective and rows in every step; where the parameters or the rows have changed in between it notices, and
//! evaluates anew.
//!
//! Adding a solver: a file beside these, and its two lines in this one.

mod armijo;
mod conjugate;
mod fields;
mod lbfgs;
mod line;
mod newton_cg;
mod pairs;
mod point;
mod vector;
mod wolfe;

pub use armijo::Armijo;
pub use lbfgs::Lbfgs;
pub use newton_cg::NewtonCg;

use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;
use crate::spec::{Entry, Family, Spec, Tunable};

/// All solvers.
pub static ALL: Family<dyn Solver> = Family {
    name: "solvers",
    singular: "solver",
    summary: "Methods for full batches that evaluate the objective again within a step.",
    members: &[
        Entry::<dyn Solver>::of::<Lbfgs>(),
        Entry::<dyn Solver>::of::<NewtonCg>(),
        Entry::<dyn Solver>::of::<Armijo>(),
    ],
};

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The parameters have moved, to a value that is lower, or as low where rounding hides the difference.
    Stepped,
    /// No slope is above the tolerance: nothing has moved, and nothing will.
    Converged,
    /// No lower point was found along the negative gradient: as a rule, the value is as low as rounding lets it be.
    /// Nothing has moved, and nothing will.
    NoDescent,
    /// The value or the gradient at the parameters themselves is not finite; nothing has moved.
    NotFinite,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The objective at the parameters as they are after the step, whether they have moved or not; finite unless the
    /// outcome is [`Outcome::NotFinite`].
    pub value: f64,
    /// Evaluations of the value with its gradient.
    pub evaluations: u64,
    /// Hessian-vector products; by differences, each costs two more evaluations.
    pub products: u64,
    /// What came of it.
    pub outcome: Outcome,
}

impl Progress {
    /// Whether the parameters have moved; if not, another step would not move them either.
    pub fn moved(&self) -> bool {
        self.outcome == Outcome::Stepped
    }
}

/// A solver, as its author writes it: generic over the precision.
pub trait Method: Spec {
    /// The numbers that it carries from step to step.
    const SCALARS: &'static [&'static str];

    /// The vectors that a solver with these settings carries from step to step, each as long as the parameters.
    fn buffers(&self) -> Vec<String>;

    /// One step from `p`, which is changed in place; see [`step`].
    fn step<T: Real>(
        &self,
        state: &mut State<T>,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> Progress;
}

/// One precision of a solver.
pub trait Solve<T: Real> {
    /// See [`Method::step`].
    fn step(
        &self,
        state: &mut State<T>,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> Progress;
}

/// A solver behind a pointer. Every [`Method`] is one; write a `Method`.
pub trait Solver: Tunable + Solve<f32> + Solve<f64> {
    /// The names of the state's vectors; those of scratch are among them, so that a step allocates none.
    fn buffers(&self) -> Vec<String>;
    /// The names of the state's numbers.
    fn scalars(&self) -> &'static [&'static str];
    /// A copy, to be driven by a schedule while the original keeps its settings.
    fn boxed(&self) -> Box<dyn Solver>;
}

/// The state before a solver's first step over `n` parameters: everything that a checkpoint must hold of it.
pub fn memory<T: Real>(solver: &dyn Solver, n: usize) -> State<T> {
    State {
        t: 0,
        scalars: vec![0.0; solver.scalars().len()],
        buffers: vec![vec![T::ZERO; n]; solver.buffers().len()],
    }
}

/// One step of a solver over `rows` from the parameters `p`, which it changes in place.
pub fn step<T: Real>(
    solver: &dyn Solver,
    state: &mut State<T>,
    objective: &mut dyn Objective<T>,
    rows: &[u32],
    p: &mut [T],
) -> Progress {
    assert_eq!(p.len(), objective.len(), "parameters of the objective");
    assert!(
        state.buffers.iter().all(|buffer| buffer.len() == p.len()),
        "a state for as many parameters"
    );
    T::solve(solver).step(state, objective, rows, p)
}

impl<T: Real, M: Method> Solve<T> for M {
    fn step(
        &self,
        state: &mut State<T>,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> Progress {
        Method::step(self, state, objective, rows, p)
    }
}

impl<M: Method> Solver for M {
    fn buffers(&self) -> Vec<String> {
        Method::buffers(self)
    }
    fn scalars(&self) -> &'static [&'static str] {
        M::SCALARS
    }
    fn boxed(&self) -> Box<dyn Solver> {
        Box::new(self.clone())
    }
}

impl Entry<dyn Solver> {
    /// The entry of a solver.
    pub const fn of<M: Method>() -> Self {
        Entry {
            card: M::CARD,
            build: || Box::new(M::default()),
            describe: || Box::new(M::default()),
        }
    }
}

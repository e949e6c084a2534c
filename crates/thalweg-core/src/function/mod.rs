//! Test functions: surfaces drawn by a formula, whose critical points are known beforehand.
//!
//! What an optimizer finds on them, and what an instrument of the landscape says of them, can be compared with
//! the truth. They are no networks and have no data; [`Terrain`] makes any of them an
//! [`Objective`](crate::objective::Objective).
//!
//! Adding one: a file beside these, and its two lines in this one. A function of two variables is written as
//! a [`Planar`].

mod beale;
mod bowl;
mod deep_linear;
mod himmelblau;
mod monkey_saddle;
mod mueller_brown;
mod noisy_quadratic;
mod planar;
mod rastrigin;
mod rosenbrock;
mod six_hump_camel;
mod styblinski_tang;
mod terrain;

pub use beale::Beale;
pub use bowl::Bowl;
pub use deep_linear::DeepLinear;
pub use himmelblau::Himmelblau;
pub use monkey_saddle::MonkeySaddle;
pub use mueller_brown::MuellerBrown;
pub use noisy_quadratic::NoisyQuadratic;
pub use planar::{Planar, Stationary};
pub use rastrigin::Rastrigin;
pub use rosenbrock::Rosenbrock;
pub use six_hump_camel::SixHumpCamel;
pub use styblinski_tang::StyblinskiTang;
pub use terrain::Terrain;

use crate::spec::{Entry, Family, Field, Range, Slot, Spec, Tunable};

/// All test functions.
pub static ALL: Family<dyn Function> = Family {
    name: "functions",
    singular: "function",
    summary: "Surfaces drawn by a formula, whose minima and saddles are known beforehand.",
    members: &[
        Entry::<dyn Function>::of::<Bowl>(),
        Entry::<dyn Function>::of::<NoisyQuadratic>(),
        Entry::<dyn Function>::of::<Rosenbrock>(),
        Entry::<dyn Function>::of::<Beale>(),
        Entry::<dyn Function>::of::<Himmelblau>(),
        Entry::<dyn Function>::of::<SixHumpCamel>(),
        Entry::<dyn Function>::of::<MuellerBrown>(),
        Entry::<dyn Function>::of::<StyblinskiTang>(),
        Entry::<dyn Function>::of::<Rastrigin>(),
        Entry::<dyn Function>::of::<MonkeySaddle>(),
        Entry::<dyn Function>::of::<DeepLinear>(),
    ],
};

/// A function of n variables with its derivatives and its critical points.
pub trait Function: Tunable {
    /// n.
    fn dimension(&self) -> usize;
    /// The value at `x`.
    fn value(&self, x: &[f64]) -> f64;
    /// The gradient at `x`, into `g`.
    fn gradient(&self, x: &[f64], g: &mut [f64]);
    /// The Hessian at `x`, into `h`: n rows of n.
    fn hessian(&self, x: &[f64], h: &mut [f64]);
    /// The customary starting point; where there is none, one from which a descent teaches something.
    fn start(&self) -> Vec<f64>;
    /// For each variable, from where to where the function is searched and drawn.
    fn bounds(&self) -> Vec<[f64; 2]>;
    /// The critical points within the bounds: all of them, unless the member says which.
    fn critical(&self) -> Vec<Critical>;

    /// The lowest value; none where the function falls for ever.
    fn lowest(&self) -> Option<f64> {
        let minima = self
            .critical()
            .into_iter()
            .filter(|c| c.kind == Kind::Minimum);
        minima.map(|c| c.value).min_by(f64::total_cmp)
    }

    /// What each row's function has beside the whole one, which is their mean; nothing for a function without rows.
    fn tilts(&self) -> Vec<Tilt> {
        Vec::new()
    }

    /// The number of rows that it is a mean over; 1 for a plain function.
    fn rows(&self) -> usize {
        self.tilts().len().max(1)
    }
}

/// A point where the gradient is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Critical {
    /// Where it is.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// What it is.
    pub kind: Kind,
    /// The eigenvalues of the Hessian there, the smallest first.
    pub eigenvalues: Vec<f64>,
}

/// What the signs of the Hessian's eigenvalues make of a critical point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All are above 0.
    Minimum,
    /// Some are below 0 and some above.
    Saddle,
    /// All are below 0.
    Maximum,
    /// Some are 0 and the others of one sign, so that the Hessian does not decide: the floor of a valley, or a
    /// saddle of higher order.
    Degenerate,
}

/// What a row's function has beside the whole one.
///
/// ```text
/// fᵢ(x) = f(x) + slope · x + offset
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tilt {
    /// What is added to the gradient, the same everywhere.
    pub slope: Vec<f64>,
    /// What is added to the value at x = 0.
    pub offset: f64,
}

impl Entry<dyn Function> {
    /// The entry of a test function.
    pub const fn of<F: Spec + Function>() -> Self {
        Entry {
            card: F::CARD,
            build: || Box::new(F::default()),
            describe: || Box::new(F::default()),
        }
    }
}

/// The number of variables of a function that has any.
const fn variables<T>(most: u64, slot: fn(&mut T) -> &mut u64) -> Field<T> {
    Field {
        name: "n",
        doc: "Number of variables.",
        range: Range::count(1, most),
        slot: Slot::Count(slot),
    }
}

/// Writes a Hessian that has nothing but this diagonal.
fn fill_diagonal(h: &mut [f64], diagonal: impl ExactSizeIterator<Item = f64>) {
    let stride = diagonal.len() + 1;
    h.fill(0.0);
    for (h, entry) in h.iter_mut().step_by(stride).zip(diagonal) {
        *h = entry;
    }
}

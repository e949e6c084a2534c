//! The point that a solver stands at: its value and gradient, remembered from the line search that found it. Not
//! the search.
//!
//! Invariant: the first buffers and scalars of every solver's state are these.

use super::line::Trial;
use super::{Outcome, Progress, vector};
use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;

/// The point, its gradient, the direction of the search and the gradient at the end of the step.
pub(super) const BUFFERS: [&str; 4] = ["x", "g", "d", "g_new"];
/// The place of the gradient in [`BUFFERS`].
pub(super) const G: usize = 1;
/// The value at the point, and which rows it was taken over; 0 where nothing is remembered.
pub(super) const SCALARS: [&str; 2] = ["value", "rows"];
/// The place of the value in [`SCALARS`].
pub(super) const VALUE: usize = 0;
const ROWS: usize = 1;

/// The names of the common buffers, and more of them after these.
pub(super) fn buffers(more: impl IntoIterator<Item = String>) -> Vec<String> {
    BUFFERS.into_iter().map(str::to_owned).chain(more).collect()
}

/// Makes `p` the point, with its value and its gradient: the step so far.
///
/// # Errors
/// The step is over where the point is not finite or has no slope above `tolerance`.
pub(super) fn arrive<T: Real>(
    state: &mut State<T>,
    objective: &mut dyn Objective<T>,
    rows: &[u32],
    p: &[T],
    tolerance: f64,
) -> Result<Progress, Progress> {
    let [x, g, ..] = &mut state.buffers[..] else {
        unreachable!("every solver has these buffers")
    };
    let of_rows = fingerprint(rows);
    let mut progress = Progress {
        value: state.scalars[VALUE],
        evaluations: 0,
        products: 0,
        outcome: Outcome::Stepped,
    };
    let is_known = state.scalars[ROWS].to_bits() == of_rows.to_bits() && *x == *p;
    if !is_known {
        x.copy_from_slice(p);
        progress.value = objective.gradient(p, rows, g);
        progress.evaluations = 1;
        if !progress.value.is_finite() || g.iter().any(|g| !g.is_finite()) {
            // Nothing is remembered, so that no NaN is stored.
            state.scalars[ROWS] = 0.0;
            g.fill(T::ZERO);
            progress.outcome = Outcome::NotFinite;
            return Err(progress);
        }
        state.scalars[VALUE] = progress.value;
        state.scalars[ROWS] = of_rows;
    }
    if vector::largest(g) <= tolerance {
        progress.outcome = Outcome::Converged;
        return Err(progress);
    }
    Ok(progress)
}

/// Ends the step: makes the end of the search the point, with the gradient that it has left in `g_new`, or goes back.
pub(super) fn settle<T: Real>(
    state: &mut State<T>,
    end: Option<Trial>,
    p: &mut [T],
    mut progress: Progress,
) -> Progress {
    let [x, g, _, g_new, ..] = &mut state.buffers[..] else {
        unreachable!("every solver has these buffers")
    };
    if let Some(end) = end {
        x.copy_from_slice(p);
        g.copy_from_slice(g_new);
        state.scalars[VALUE] = end.value;
        state.t += 1;
        progress.value = end.value;
        progress.outcome = Outcome::Stepped;
    } else {
        p.copy_from_slice(x);
        progress.outcome = Outcome::NoDescent;
    }
    progress
}

/// A number that tells lists of rows apart: FNV-1a, of which 53 bits fit an `f64`; never 0.
fn fingerprint(rows: &[u32]) -> f64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &row in rows {
        hash = (hash ^ u64::from(row)).wrapping_mul(0x0100_0000_01b3);
    }
    ((hash >> 11) | 1) as f64
}

//! The pairs of L-BFGS, a ring after the common buffers, and the direction that they suggest. Not its line search.

use super::vector::{add, dot, negate};
use crate::Real;
use crate::optimizer::State;

/// The scalar that counts the pairs since the last restart.
const PAIRS: usize = 2;

/// How many pairs have been kept since the last restart; those that have left the ring are among them.
pub(super) fn count<T>(state: &State<T>) -> usize {
    state.scalars[PAIRS] as usize
}

/// Restarts without pairs.
pub(super) fn forget<T>(state: &mut State<T>) {
    state.scalars[PAIRS] = 0.0;
}

/// Algorithm 7.4: d = −H g; returns gᵀd, which is below 0. Where it would not be, the pairs are dropped.
pub(super) fn direction<T: Real>(state: &mut State<T>) -> f64 {
    let pairs = count(state);
    let [_, g, d, _, kept @ ..] = &mut state.buffers[..] else {
        unreachable!("every solver has these buffers")
    };
    negate(d, g);
    let history = kept.len() / 2;
    // From the newest to the oldest.
    let order = (0..pairs.min(history)).map(|back| (pairs - 1 - back) % history);
    let mut alphas = Vec::with_capacity(history);
    for slot in order.clone() {
        let (s, y) = (&kept[2 * slot], &kept[2 * slot + 1]);
        let curvature = dot(s, y);
        let alpha = dot(s, d) / curvature;
        add(d, -alpha, y);
        alphas.push((slot, alpha, curvature));
    }
    if let Some(&(slot, _, curvature)) = alphas.first() {
        let y = &kept[2 * slot + 1];
        let gamma = T::of(curvature / dot(y, y));
        for d in d.iter_mut() {
            *d *= gamma;
        }
    }
    for &(slot, alpha, curvature) in alphas.iter().rev() {
        let (s, y) = (&kept[2 * slot], &kept[2 * slot + 1]);
        let beta = dot(y, d) / curvature;
        add(d, alpha - beta, s);
    }
    let slope = dot(g, d);
    if slope < 0.0 && slope.is_finite() {
        return slope;
    }
    forget(state);
    let [_, g, d, ..] = &mut state.buffers[..] else {
        unreachable!("every solver has these buffers")
    };
    negate(d, g);
    dot(g, d)
}

/// Keeps s = p − x and y = g⁺ − g in the place of the oldest pair, where their product says that they can be
/// trusted.
pub(super) fn remember<T: Real>(state: &mut State<T>, p: &[T]) {
    let pairs = count(state);
    let [x, g, _, g_new, kept @ ..] = &mut state.buffers[..] else {
        unreachable!("every solver has these buffers")
    };
    let (mut sy, mut ss, mut yy) = (0.0, 0.0, 0.0);
    for ((&p, &x), (&g_new, &g)) in p.iter().zip(&*x).zip(g_new.iter().zip(&*g)) {
        let (s, y) = ((p - x).to_f64(), (g_new - g).to_f64());
        sy += s * y;
        ss += s * s;
        yy += y * y;
    }
    if sy > T::EPSILON.to_f64() * (ss * yy).sqrt() {
        let slot = pairs % (kept.len() / 2);
        for (s, (&p, &x)) in kept[2 * slot].iter_mut().zip(p.iter().zip(&*x)) {
            *s = p - x;
        }
        for (y, (&g_new, &g)) in kept[2 * slot + 1].iter_mut().zip(g_new.iter().zip(&*g)) {
            *y = g_new - g;
        }
        state.scalars[PAIRS] += 1.0;
    }
}

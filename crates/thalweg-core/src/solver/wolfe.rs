//! The line search for the strong Wolfe conditions. Not the backtracking of `armijo`, which looks at values only.

use super::line::{Line, Trial};
use crate::Real;

/// The part of a bracket that a new trial keeps from its ends.
const MARGIN: f64 = 0.1;
/// A trial that leaves more of the bracket than this is followed by a bisection.
const SLOW: f64 = 0.66;
/// The factor by which the first phase may lengthen a step.
const REACH: f64 = 10.0;

/// The strong Wolfe conditions (Nocedal & Wright 2006, equations 3.7a and 3.7b), and a search for them
/// (algorithms 3.5 and 3.6, trials by cubic interpolation, equation 3.59).
///
/// ```text
/// φ(α) ≤ φ(0) + c1 α φ'(0)
/// |φ'(α)| ≤ c2 |φ'(0)|
/// ```
///
/// ## Differences
/// A trial keeps a tenth of the bracket from its ends, and after one that has left more than 0.66 of the bracket
/// comes a bisection, as Moré & Thuente 1994 advise. A value that is not finite is above every bound; next to it
/// there is nothing to interpolate, and the trial is a tenth of the way.
pub(super) struct Wolfe {
    pub(super) c1: f64,
    pub(super) c2: f64,
    pub(super) max_evaluations: u64,
}

impl Wolfe {
    /// A step that satisfies the conditions, with its point and gradient in the line; `first` is tried first. When
    /// the evaluations run out it is the lowest of the steps that satisfy the first condition, and none if none is
    /// lower than the start.
    pub(super) fn search<T: Real>(&self, line: &mut Line<'_, T>, first: f64) -> Option<Trial> {
        let limit = line.evaluations.saturating_add(self.max_evaluations);
        let (mut before, mut step) = (line.start, first);
        while line.evaluations < limit {
            let now = line.at(step);
            let rises = before.step > 0.0 && now.value >= before.value;
            if self.is_too_high(line.start, now) || rises {
                return self.zoom(line, before, now, limit);
            }
            if self.is_flat(line.start, now) {
                return Some(now);
            }
            if now.slope >= 0.0 {
                return self.zoom(line, now, before, limit);
            }
            let (low, high) = (step + MARGIN * (step - before.step), REACH * step);
            let guess = cubic(before, now);
            step = if guess.is_finite() { guess } else { high }.clamp(low, high);
            before = now;
        }
        // The last trial is the lowest, and the line is there.
        (before.value < line.start.value).then_some(before)
    }

    /// Algorithm 3.6: `low` is the lowest step so far of those that satisfy the first condition, and between it and
    /// `high` there are steps that satisfy both.
    fn zoom<T: Real>(
        &self,
        line: &mut Line<'_, T>,
        mut low: Trial,
        mut high: Trial,
        limit: u64,
    ) -> Option<Trial> {
        let mut is_slow = false;
        while line.evaluations < limit {
            let width = high.step - low.step;
            let now = line.at(inside(low, high, is_slow));
            if self.is_too_high(line.start, now) || now.value >= low.value {
                high = now;
            } else {
                if self.is_flat(line.start, now) {
                    return Some(now);
                }
                if now.slope * width >= 0.0 {
                    high = low;
                }
                low = now;
            }
            is_slow = (high.step - low.step).abs() > SLOW * width.abs();
        }
        // One evaluation more than allowed, for the gradient at the best step was not kept.
        (low.value < line.start.value).then(|| line.at(low.step))
    }

    fn is_too_high(&self, start: Trial, now: Trial) -> bool {
        now.value > start.value + self.c1 * now.step * start.slope
    }

    fn is_flat(&self, start: Trial, now: Trial) -> bool {
        now.slope.abs() <= -self.c2 * start.slope
    }
}

/// A step between two.
fn inside(low: Trial, high: Trial, bisect: bool) -> f64 {
    let width = high.step - low.step;
    if !high.value.is_finite() {
        return low.step + MARGIN * width;
    }
    let guess = (cubic(low, high) - low.step) / width;
    let part = if bisect || !guess.is_finite() {
        0.5
    } else {
        guess.clamp(MARGIN, 1.0 - MARGIN)
    };
    low.step + part * width
}

/// The minimizer of the cubic through two values and slopes (equation 3.59); not finite where it has none.
///
/// ```text
/// d1 = φ'(a) + φ'(b) − 3 (φ(a) − φ(b)) / (a − b)
/// d2 = sign(b − a) √(d1² − φ'(a) φ'(b))
/// α  = b − (b − a) (φ'(b) + d2 − d1) / (φ'(b) − φ'(a) + 2 d2)
/// ```
fn cubic(a: Trial, b: Trial) -> f64 {
    let width = b.step - a.step;
    let d1 = a.slope + b.slope - 3.0 * (b.value - a.value) / width;
    let d2 = width.signum() * (d1 * d1 - a.slope * b.slope).sqrt();
    b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cubic_of_a_parabola_has_its_minimum() {
        let trial = |step: f64| Trial {
            step,
            value: 3.0 * (step - 2.0) * (step - 2.0) - 5.0,
            slope: 6.0 * (step - 2.0),
        };
        for (a, b) in [(0.0, 5.0), (5.0, 0.0), (0.0, 1.0), (3.0, 7.0)] {
            assert!((cubic(trial(a), trial(b)) - 2.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_cubic_of_a_cubic_has_its_minimum() {
        // φ = α³ − 3 α, with its minimum at 1.
        let trial = |step: f64| Trial {
            step,
            value: step * step * step - 3.0 * step,
            slope: 3.0 * step * step - 3.0,
        };
        assert!((cubic(trial(0.0), trial(3.0)) - 1.0).abs() < 1e-12);
        assert!((cubic(trial(3.0), trial(0.0)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn next_to_a_value_that_is_not_finite_the_step_is_shrunk() {
        let low = Trial {
            step: 1.0,
            value: 0.0,
            slope: -1.0,
        };
        let high = Trial {
            step: 11.0,
            value: f64::INFINITY,
            slope: f64::NAN,
        };
        assert_eq!(inside(low, high, false), 2.0);
    }
}

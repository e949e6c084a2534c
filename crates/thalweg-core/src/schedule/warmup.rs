//! Warm-up: a linear rise before a schedule begins. It wraps a schedule and is not one itself.

use super::Schedule;

/// A linear rise from `start · base` to `base`, before any schedule.
///
/// ```text
/// t < len:  base (start + (1 − start) t / len)
/// t ≥ len:  schedule(t − len) of a run that lasts horizon − len
/// ```
/// Averages of squared gradients are poor in the first steps, and large batches need large learning rates
/// that the first steps do not survive (Goyal et al. 2017, arXiv:1706.02677, section 2.2).
///
/// ## Differences
/// The rise is that of PyTorch's `LinearLR`, whose `start_factor` is 1/3 unless told otherwise. There, a second
/// scheduler that is chained to it runs from time 0; here the schedule waits until the rise is over, as
/// under PyTorch's `SequentialLR`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Warmup {
    /// How long the rise takes, in the unit of `t`; 0 is no warm-up.
    pub len: f64,
    /// The part of the base value that the rise starts from.
    pub start: f64,
}

impl Warmup {
    /// The value at time `t` of this rise and then `schedule`; see [`Schedule::value`].
    pub fn value(&self, schedule: &dyn Schedule, base: f64, t: f64, horizon: f64) -> f64 {
        if t < self.len {
            base * (self.start + (1.0 - self.start) * t / self.len)
        } else {
            schedule.value(base, t - self.len, (horizon - self.len).max(0.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Cosine;

    #[test]
    fn the_schedule_has_the_rest_of_the_run() {
        let warmup = Warmup {
            len: 10.0,
            start: 0.2,
        };
        let at = |t| warmup.value(&Cosine::default(), 0.5, t, 110.0);
        assert!((at(0.0) - 0.1).abs() < 1e-16);
        assert!((at(5.0) - 0.3).abs() < 1e-16);
        assert_eq!(at(10.0), 0.5);
        assert!((at(60.0) - 0.25).abs() < 1e-16, "half of the remaining 100");
        assert!(at(110.0).abs() < 1e-16);
    }

    #[test]
    fn no_warm_up_changes_nothing() {
        let cosine = Cosine::default();
        for t in 0..50 {
            let t = f64::from(t);
            let value = Warmup::default().value(&cosine, 0.1, t, 40.0);
            assert_eq!(value, cosine.value(0.1, t, 40.0));
        }
    }

    #[test]
    fn a_warm_up_longer_than_the_run_only_rises() {
        let warmup = Warmup {
            len: 100.0,
            start: 0.0,
        };
        let value = warmup.value(&Cosine::default(), 1.0, 40.0, 40.0);
        assert!((value - 0.4).abs() < 1e-16);
    }
}

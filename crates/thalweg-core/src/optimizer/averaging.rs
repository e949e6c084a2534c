//! What the schedule-free rules share: the weights of the average, and the step seen from the point where
//! gradients are taken (Defazio et al. 2024, arXiv:2405.15682, equations 3 to 5).

use super::Now;
use crate::Real;

pub(super) const SCALARS: &[&str] = &["largest_lr", "weight_sum", "share", "lr"];
const LARGEST_LR: usize = 0;
const WEIGHT_SUM: usize = 1;
const SHARE: usize = 2;
const LR: usize = 3;

/// Finds the warmed-up learning rate of step `t` and the share c that z has in the average then.
pub(super) fn advance(
    [lr, r, weight_lr_power]: [f64; 3],
    warmup: u64,
    t: u64,
    scalars: &mut [f64],
) {
    let warm = if t < warmup {
        t as f64 / warmup as f64
    } else {
        1.0
    };
    scalars[LR] = lr * warm;
    scalars[LARGEST_LR] = scalars[LARGEST_LR].max(scalars[LR]);
    let weight = (t as f64).powf(r) * scalars[LARGEST_LR].powf(weight_lr_power);
    scalars[WEIGHT_SUM] += weight;
    let sum = scalars[WEIGHT_SUM];
    scalars[SHARE] = if sum > 0.0 { weight / sum } else { 0.0 };
}

/// A step of y and z.
pub(super) struct Step<T> {
    stay: T,
    share: T,
    of_y: T,
    of_z: T,
    weight_decay: T,
}

impl<T: Real> Step<T> {
    #[inline(always)]
    pub(super) fn new(now: Now<'_>, momentum: f64, weight_decay: f64) -> Step<T> {
        let (share, lr) = (now.scalars[SHARE], now.scalars[LR]);
        Step {
            stay: T::of(1.0 - share),
            share: T::of(share),
            of_y: T::of(lr * (momentum * (1.0 - share) - 1.0)),
            of_z: T::of(lr),
            weight_decay: T::of(if now.piece.decays { weight_decay } else { 0.0 }),
        }
    }

    /// Moves y and z by the (scaled) gradient.
    #[inline(always)]
    pub(super) fn take(&self, y: &mut T, z: &mut T, g: T) {
        // Not 0 times a y that has overflowed.
        let decays = self.weight_decay > T::ZERO;
        let g = if decays {
            g + self.weight_decay * *y
        } else {
            g
        };
        *y = bounded(self.stay * *y + self.share * *z + self.of_y * g);
        *z = bounded(*z - self.of_z * g);
    }
}

/// Keeps a number that overflows finite: the difference of two infinite ones would be NaN. NaN itself stays, so that
/// it is found.
#[inline(always)]
fn bounded<T: Real>(x: T) -> T {
    if x > T::MAX {
        T::MAX
    } else if x < -T::MAX {
        -T::MAX
    } else {
        x
    }
}

/// x from y and z.
pub(super) fn evaluated<T: Real>(momentum: f64, y: &mut [T], z: &[T]) {
    let share = T::of(1.0 - 1.0 / momentum);
    for (y, &z) in y.iter_mut().zip(z) {
        *y += share * (z - *y);
    }
}

//! Schedule-free SGD: averaging instead of a schedule that has to know when the run ends.

use super::averaging;
use super::{Now, Rule, fields};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// Schedule-free gradient descent (Defazio et al. 2024, equations 3 to 5), seen from y, where gradients are
/// taken.
///
/// ```text
/// warm = min(t / warmup, 1),  γ = lr warm
/// c = w / Σᵢ₌₁ᵗ wᵢ  with  w = tʳ (max γ)^weight_lr_power
/// z ← z − γ g'      with g' = g + weight_decay y
/// y ← (1 − c) y + c z_before + γ (momentum (1 − c) − 1) g'
/// result: x = y + (1 − 1 / momentum)(z − y)
/// ```
///
/// ## Differences
/// As the authors' package, whose parameters in training mode are y and in evaluation mode x; here what is
/// evaluated and saved is always x, and no mode has to be switched. The decay is taken at y and left out
/// where parameters do not decay. With optax's `schedule_free` the weights of the average differ.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleFreeSgd {
    /// Learning rate.
    pub lr: f64,
    /// How far y is towards the average.
    pub momentum: f64,
    /// Steps over which lr rises from 0.
    pub warmup: u64,
    /// Power of the time in the weight of a step.
    pub r: f64,
    /// Power of lr in the weight of a step.
    pub weight_lr_power: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for ScheduleFreeSgd {
    fn default() -> Self {
        ScheduleFreeSgd {
            lr: 1.0,
            momentum: 0.9,
            warmup: 0,
            r: 0.0,
            weight_lr_power: 2.0,
            weight_decay: 0.0,
        }
    }
}

impl Spec for ScheduleFreeSgd {
    const CARD: &'static Card = &Card {
        name: "schedule_free_sgd",
        summary: "Averaging instead of a schedule: nothing has to know when the run ends.",
        formula: "warm = min(t / warmup, 1),  γ = lr warm\nc = w / Σᵢ₌₁ᵗ wᵢ  with  w = tʳ (max γ)^weight_lr_power\nz ← z − γ g'      with g' = g + weight_decay y\ny ← (1 − c) y + c z_before + γ (momentum (1 − c) − 1) g'\nresult: x = y + (1 − 1 / momentum)(z − y)",
        paper: "Defazio et al. 2024, The Road Less Scheduled, equations 3 to 5, arXiv:2405.15682",
        differences: "As the authors' package, whose parameters in training mode are y and in evaluation mode x; here what is evaluated and saved is always x, and no mode has to be switched. The decay is taken at y and left out where parameters do not decay. With optax's schedule_free the weights of the average differ.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr("Learning rate: the step of z for a slope of 1.", |s| {
            &mut s.lr
        }),
        fields::float(
            "momentum",
            "How far the point where gradients are taken is from z towards the average.",
            Range::between(0.0, 1.0),
            |s| &mut s.momentum,
        ),
        fields::count(
            "warmup",
            "Steps over which lr rises from 0.",
            Range::count(0, i64::MAX as u64),
            |s| &mut s.warmup,
        ),
        fields::float(
            "r",
            "Power of the time in the weight that a step has in the average.",
            Range::NOT_NEGATIVE,
            |s| &mut s.r,
        ),
        fields::float(
            "weight_lr_power",
            "Power of the largest lr so far in that weight.",
            Range::NOT_NEGATIVE,
            |s| &mut s.weight_lr_power,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for ScheduleFreeSgd {
    const SCALARS: &'static [&'static str] = averaging::SCALARS;
    const AVERAGES: bool = true;

    fn buffers(&self) -> &'static [&'static str] {
        &["z"]
    }

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        averaging::advance(
            [self.lr, self.r, self.weight_lr_power],
            self.warmup,
            t,
            scalars,
        );
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [z] = buffers else {
            unreachable!("schedule_free_sgd has one buffer")
        };
        if now.t == 1 {
            z.copy_from_slice(p);
        }
        let step = averaging::Step::<T>::new(now, self.momentum, self.weight_decay);
        for ((y, &g), z) in p.iter_mut().zip(g).zip(z.iter_mut()) {
            step.take(y, z, g);
        }
    }

    fn evaluated<T: Real>(&self, _now: Now<'_>, p: &mut [T], buffers: &[&[T]]) {
        averaging::evaluated(self.momentum, p, buffers[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_result_is_the_mean_of_z() {
        let rule = ScheduleFreeSgd {
            lr: 0.1,
            ..ScheduleFreeSgd::default()
        };
        let (mut state, mut p) = (State::new(&rule, 1), [1.5_f64]);
        let mut mean = 0.0;
        for t in 1..=40 {
            let g = [2.0 * p[0] + f64::from(t).sin()];
            state.step(&rule, &mut p, &g);
            mean += (state.buffers[0][0] - mean) / f64::from(t);
            let (mut x, piece) = (p, crate::optimizer::Piece::vector(1, true));
            state.evaluate(&rule, 0..1, piece, &mut x);
            assert!((x[0] - mean).abs() < 1e-13, "{t}: {x:?} {mean}");
        }
    }
}

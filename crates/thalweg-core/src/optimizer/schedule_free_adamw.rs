//! Schedule-free AdamW: averaging instead of a schedule, with the scaling of Adam.

use super::averaging;
use super::{Now, Rule, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::spec::{Card, Field, Range, Spec};

/// Schedule-free AdamW (Defazio et al. 2024, algorithm 1), seen from y, where gradients are taken.
///
/// ```text
/// warm = min(t / warmup, 1),  γ = lr warm
/// c = w / Σᵢ₌₁ᵗ wᵢ  with  w = tʳ (max γ)^weight_lr_power
/// v ← β₂ v + (1 − β₂) g²
/// g' = g / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay y
/// z ← z − γ g'
/// y ← (1 − c) y + c z_before + γ (β₁ (1 − c) − 1) g'
/// result: x = y + (1 − 1 / β₁)(z − y)
/// ```
///
/// ## Differences
/// As the authors' package, whose parameters in training mode are y and in evaluation mode x; here what is
/// evaluated and saved is always x, and no mode has to be switched. The decay is taken at y and left out
/// where parameters do not decay. With optax's `schedule_free` the weights of the average differ.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleFreeAdamW {
    /// Learning rate.
    pub lr: f64,
    /// How far y is towards the average.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Steps over which lr rises from 0.
    pub warmup: u64,
    /// Power of the time in the weight of a step.
    pub r: f64,
    /// Power of lr in the weight of a step.
    pub weight_lr_power: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for ScheduleFreeAdamW {
    fn default() -> Self {
        ScheduleFreeAdamW {
            lr: 2.5e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            warmup: 0,
            r: 0.0,
            weight_lr_power: 2.0,
            weight_decay: 0.0,
        }
    }
}

impl Spec for ScheduleFreeAdamW {
    const CARD: &'static Card = &Card {
        name: "schedule_free_adamw",
        summary: "Averaging instead of a schedule, with the scaling of Adam: nothing has to know when the run ends.",
        formula: "warm = min(t / warmup, 1),  γ = lr warm\nc = w / Σᵢ₌₁ᵗ wᵢ  with  w = tʳ (max γ)^weight_lr_power\nv ← β₂ v + (1 − β₂) g²\ng' = g / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay y\nz ← z − γ g'\ny ← (1 − c) y + c z_before + γ (β₁ (1 − c) − 1) g'\nresult: x = y + (1 − 1 / β₁)(z − y)",
        paper: "Defazio et al. 2024, The Road Less Scheduled, algorithm 1, arXiv:2405.15682",
        differences: "As the authors' package, whose parameters in training mode are y and in evaluation mode x; here what is evaluated and saved is always x, and no mode has to be switched. The decay is taken at y and left out where parameters do not decay. With optax's schedule_free the weights of the average differ.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::float(
            "beta1",
            "How far the point where gradients are taken is from z towards the average.",
            Range::between(0.0, 1.0),
            |s| &mut s.beta1,
        ),
        fields::beta2(|s| &mut s.beta2),
        fields::eps(|s| &mut s.eps),
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

impl Rule for ScheduleFreeAdamW {
    const SCALARS: &'static [&'static str] = averaging::SCALARS;
    const AVERAGES: bool = true;

    fn buffers(&self) -> &'static [&'static str] {
        &["z", "v"]
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
        let [z, v] = buffers else {
            unreachable!("schedule_free_adamw has two buffers")
        };
        if now.t == 1 {
            z.copy_from_slice(p);
        }
        let (beta2, eps): (T, T) = (decay(self.beta2), T::of(self.eps));
        let root = T::of(correction(beta2.to_f64(), now.t).sqrt());
        let step = averaging::Step::<T>::new(now, self.beta1, self.weight_decay);
        for (((y, &g), z), v) in p.iter_mut().zip(g).zip(z.iter_mut()).zip(v.iter_mut()) {
            *v = mix(beta2, *v, g * g);
            step.take(y, z, g / (v.sqrt() / root + eps));
        }
    }

    fn evaluated<T: Real>(&self, _now: Now<'_>, p: &mut [T], buffers: &[&[T]]) {
        averaging::evaluated(self.beta1, p, buffers[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_step_has_the_size_lr() {
        let rule = ScheduleFreeAdamW {
            eps: 0.0,
            ..ScheduleFreeAdamW::default()
        };
        let mut p = [0.0_f64, 0.0];
        State::new(&rule, 2).step(&rule, &mut p, &[4.0, -1e-4]);
        assert!((p[0] + 2.5e-3).abs() < 1e-15 && (p[1] - 2.5e-3).abs() < 1e-15);
    }
}

//! The terms that RMSprop's forms are put together from: centered or not, with a velocity or without.

use super::{Convention, Now, RmsProp, decay};
use crate::Real;
use crate::ema::{correction, mix};

/// What does not change in a loop.
pub(super) struct Form<T> {
    pub(super) lr: T,
    pub(super) keep: T,
    rho: T,
    momentum: T,
    unbias: T,
    eps_inside: T,
    eps_outside: T,
    lr_inside: T,
    lr_outside: T,
}

impl<T: Real> Form<T> {
    #[inline(always)]
    pub(super) fn new(rule: &RmsProp, now: Now<'_>) -> Form<T> {
        let rho: T = decay(rule.rho);
        let weight = correction(rho.to_f64(), now.t);
        let inside = rule.convention != Convention::Torch;
        let place = |x: f64, there: bool, none: f64| T::of(if there { x } else { none });
        Form {
            lr: T::of(rule.lr),
            keep: now.keep(rule.lr * rule.weight_decay),
            rho,
            momentum: decay(rule.momentum),
            unbias: place(1.0 / weight, rule.bias_correction, 1.0),
            eps_inside: place(rule.eps, inside, 0.0),
            eps_outside: place(rule.eps, !inside, 0.0),
            lr_inside: place(rule.lr, inside, 1.0),
            lr_outside: place(rule.lr, !inside, 1.0),
        }
    }

    /// √v.
    #[inline(always)]
    pub(super) fn root(&self, v: &mut T, g: T) -> T {
        *v = mix(self.rho, *v, g * g);
        (*v * self.unbias).sqrt()
    }

    /// √(v − ḡ²) from √v.
    #[inline(always)]
    pub(super) fn centered(&self, root: T, mean: &mut T, g: T) -> T {
        *mean = mix(self.rho, *mean, g);
        let size = (*mean * self.unbias).abs();
        ((root - size) * (root + size)).max(T::ZERO).sqrt()
    }

    #[inline(always)]
    pub(super) fn with_eps(&self, d: T) -> T {
        if self.eps_inside > T::ZERO {
            (d * d + self.eps_inside).sqrt()
        } else {
            d + self.eps_outside
        }
    }

    /// The step with a velocity.
    #[inline(always)]
    pub(super) fn moved(&self, b: &mut T, scaled: T) -> T {
        *b = self.momentum * *b + self.lr_inside * scaled;
        self.lr_outside * *b
    }
}

/// See [`super::Rule::thresholds`].
pub(super) fn thresholds<T: Real>(
    rule: &RmsProp,
    now: Now<'_>,
    buffers: &[&[T]],
    out: &mut [f64],
) -> bool {
    let weight = if rule.bias_correction {
        correction(decay::<T>(rule.rho).to_f64(), now.t)
    } else {
        1.0
    };
    let reach = 2.0 * (1.0 + rule.momentum) / rule.lr;
    for (index, threshold) in out.iter_mut().enumerate() {
        let mean = if rule.centered {
            buffers[1][index].to_f64() / weight
        } else {
            0.0
        };
        let square = (buffers[0][index].to_f64() / weight - mean * mean).max(0.0);
        *threshold = reach
            * match rule.convention {
                Convention::Torch => square.sqrt() + rule.eps,
                _ => (square + rule.eps).sqrt(),
            };
    }
    true
}

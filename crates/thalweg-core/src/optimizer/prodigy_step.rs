//! How Prodigy finds the distance that its steps are scaled by, and steps; what it is says its own file.

use super::{Now, Prodigy, Rule, Sums, decay};
use crate::Real;
use crate::ema::correction;

const SCALARS: &[&str] = &["d", "d_max", "numerator", "gamma"];
/// The distance found so far.
pub(super) const D: usize = 0;
const D_MAX: usize = 1;
const NUMERATOR: usize = 2;
/// γ of the step at hand, from the d before it.
const GAMMA: usize = 3;

/// The largest distance, so that γ g has a meaning.
const MOST: f64 = 1e30;
/// The largest decay that the averages of f32 can have.
const LARGEST: f64 = 1.0 - 0.5 * f32::EPSILON as f64;

impl Rule for Prodigy {
    const SCALARS: &'static [&'static str] = SCALARS;
    const GATHERS: bool = true;

    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v", "s", "start"]
    }

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        advance(self, t, scalars);
    }

    fn gather<T: Real>(&self, now: Now<'_>, p: &[T], g: &[T], buffers: &mut [&mut [T]]) -> Sums {
        let [m, v, s, start] = buffers else {
            unreachable!("prodigy has four buffers")
        };
        if now.t == 1 {
            start.copy_from_slice(p);
        }
        let (d, gamma) = (now.scalars[D], now.scalars[GAMMA]);
        let [beta1, beta2, beta3]: [T; 3] =
            [self.beta1, self.beta2, self.decay_of_sums()].map(decay);
        let of_first = T::of(d) * (T::ONE - beta1);
        let of_second = T::of(d * d) * (T::ONE - beta2);
        let of_sum = d / self.d0 * if self.safeguard_warmup { d } else { gamma };
        let of_sum = T::of(of_sum);
        let (mut along, mut length) = (0.0, 0.0);
        let state = m
            .iter_mut()
            .zip(v.iter_mut())
            .zip(s.iter_mut())
            .zip(start.iter());
        for ((&p, &g), (((m, v), s), &start)) in p.iter().zip(g).zip(state) {
            along += g.to_f64() * (start.to_f64() - p.to_f64());
            *m = beta1 * *m + of_first * g;
            *v = beta2 * *v + of_second * (g * g);
            *s = beta3 * *s + of_sum * g;
            length += s.to_f64().abs();
        }
        [d / self.d0 * gamma * along, length]
    }

    fn settle(&self, sums: Sums, scalars: &mut [f64]) {
        settle(self, sums, scalars);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], _g: &[T], buffers: &mut [&mut [T]]) {
        let [m, v, ..] = buffers else {
            unreachable!("prodigy has four buffers")
        };
        let (d, gamma) = (now.scalars[D], now.scalars[GAMMA]);
        let (step, eps) = (T::of(gamma), T::of(d * self.eps));
        let keep: T = now.keep(gamma * self.weight_decay);
        for ((p, m), v) in p.iter_mut().zip(m.iter()).zip(v.iter()) {
            let root = v.sqrt() + eps;
            let scaled = if root > T::ZERO { *m / root } else { T::ZERO };
            *p = keep * *p - step * scaled;
        }
    }
}

impl Prodigy {
    /// β₃.
    fn decay_of_sums(&self) -> f64 {
        self.beta3.unwrap_or(self.beta2.sqrt())
    }
}

/// Finds γ of step `t`.
fn advance(rule: &Prodigy, t: u64, scalars: &mut [f64]) {
    if t == 1 {
        (scalars[D], scalars[D_MAX], scalars[NUMERATOR]) = (rule.d0, rule.d0, 0.0);
    }
    let [first, second] = [rule.beta1, rule.beta2].map(|beta| correction(beta.min(LARGEST), t));
    let corrected = if rule.bias_correction {
        second.sqrt() / first
    } else {
        1.0
    };
    scalars[GAMMA] = scalars[D] * rule.lr * corrected;
}

/// Finds d from the sums over all parameters: (d / d0) γ ⟨g, p₀ − p⟩ and ‖s‖₁.
fn settle(rule: &Prodigy, [along, length]: Sums, scalars: &mut [f64]) {
    scalars[NUMERATOR] = rule.decay_of_sums() * scalars[NUMERATOR] + along;
    if length.is_nan() || length <= 0.0 || rule.lr <= 0.0 {
        return;
    }
    let found = rule.d_coef * scalars[NUMERATOR] / length;
    let mut d = scalars[D];
    if d <= rule.d0 {
        d = d.max(found);
    }
    scalars[D_MAX] = scalars[D_MAX].max(found).min(MOST);
    scalars[D] = scalars[D_MAX].min(rule.growth_rate.map_or(f64::INFINITY, |rate| rate * d));
}

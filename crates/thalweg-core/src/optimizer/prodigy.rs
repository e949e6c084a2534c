//! Prodigy: Adam that finds its own learning rate from how far the parameters have come.

use super::{Now, Rule, Sums, decay, fields};
use crate::Real;
use crate::ema::correction;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Prodigy with Adam steps (Mishchenko & Defazio 2024, algorithm 4).
///
/// ```text
/// γ = d lr      (with bias_correction: · √(1 − β₂ᵗ) / (1 − β₁ᵗ))
/// r ← β₃ r + (d / d0) γ ⟨g, p₀ − p⟩
/// m ← β₁ m + (1 − β₁) d g
/// v ← β₂ v + (1 − β₂) d² g²
/// s ← β₃ s + (d / d0) γ g      (with safeguard_warmup: d instead of γ)
/// d̂ = d_coef r / ‖s‖₁
/// d_max ← max(d_max, d̂)
/// d ← min(d_max, growth_rate d)      (while d = d0: of the larger of d and d̂)
/// p ← (1 − γ weight_decay) p − γ m / (√v + d ε)
/// ```
///
/// ## Differences
/// As the authors' package with `decouple=True` and `slice_p=1`; its β₃ is √β₂ unless it is set. ⟨·,·⟩ and
/// ‖·‖₁ go over all parameters, also over those of groups with other settings. d cannot exceed 1e30, so that
/// gradients near overflow give no NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct Prodigy {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub beta1: f64,
    /// Decay of the average of squared gradients.
    pub beta2: f64,
    /// Decay of the sums behind d; `None` is √β₂.
    pub beta3: Option<f64>,
    /// Added to the root.
    pub eps: f64,
    /// The first guess of the distance.
    pub d0: f64,
    /// Factor of the found distance.
    pub d_coef: f64,
    /// The most that d grows in a step; `None` is no bound.
    pub growth_rate: Option<f64>,
    /// Whether Adam's corrections are made.
    pub bias_correction: bool,
    /// Whether lr is kept out of the sums.
    pub safeguard_warmup: bool,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Prodigy {
    fn default() -> Self {
        Prodigy {
            lr: 1.0,
            beta1: 0.9,
            beta2: 0.999,
            beta3: None,
            eps: 1e-8,
            d0: 1e-6,
            d_coef: 1.0,
            growth_rate: None,
            bias_correction: false,
            safeguard_warmup: false,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Prodigy {
    const CARD: &'static Card = &Card {
        name: "prodigy",
        summary: "Adam that finds its own learning rate from how far the parameters have come.",
        formula: "γ = d lr      (with bias_correction: · √(1 − β₂ᵗ) / (1 − β₁ᵗ))\nr ← β₃ r + (d / d0) γ ⟨g, p₀ − p⟩\nm ← β₁ m + (1 − β₁) d g\nv ← β₂ v + (1 − β₂) d² g²\ns ← β₃ s + (d / d0) γ g      (with safeguard_warmup: d instead of γ)\nd̂ = d_coef r / ‖s‖₁\nd_max ← max(d_max, d̂)\nd ← min(d_max, growth_rate d)      (while d = d0: of the larger of d and d̂)\np ← (1 − γ weight_decay) p − γ m / (√v + d ε)",
        paper: "Mishchenko & Defazio 2024, Prodigy: An Expeditiously Adaptive Parameter-Free Learner, algorithm 4, arXiv:2306.06101",
        differences: "As the authors' package with decouple=True and slice_p=1; its β₃ is √β₂ unless it is set. ⟨·,·⟩ and ‖·‖₁ go over all parameters, also over those of groups with other settings. d cannot exceed 1e30, so that gradients near overflow give no NaN.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Factor on the step that the rule finds; a schedule drives it.",
            |s| &mut s.lr,
        ),
        fields::beta1(|s| &mut s.beta1),
        fields::beta2(|s| &mut s.beta2),
        Field {
            name: "beta3",
            doc: "Decay of the sums that the distance is found from, or `auto` for √β₂.",
            range: Range::FRACTION,
            slot: Slot::FloatOr("auto", |s| &mut s.beta3),
        },
        fields::eps(|s| &mut s.eps),
        fields::float(
            "d0",
            "The first guess of the distance, far too small.",
            Range::POSITIVE,
            |s| &mut s.d0,
        ),
        fields::float(
            "d_coef",
            "Factor of the found distance: 0.5 or 2 to step more carefully or boldly.",
            Range::POSITIVE,
            |s| &mut s.d_coef,
        ),
        Field {
            name: "growth_rate",
            doc: "The most by which the distance grows in a step, or `off`.",
            range: Range::above(1.0, f64::MAX),
            slot: Slot::FloatOr("off", |s| &mut s.growth_rate),
        },
        fields::switch(
            "bias_correction",
            "Whether Adam's corrections are made.",
            |s| &mut s.bias_correction,
        ),
        fields::switch(
            "safeguard_warmup",
            "Whether lr is kept out of ‖s‖₁, which helps where lr is warmed up.",
            |s| &mut s.safeguard_warmup,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

/// Positions of the scalars.
const D: usize = 0;
const D_MAX: usize = 1;
const NUMERATOR: usize = 2;
/// γ of the step at hand, from the d before it.
const GAMMA: usize = 3;
const MOST: f64 = 1e30;
/// The largest decay that the averages of f32 can have.
const LARGEST: f64 = 1.0 - 0.5 * f32::EPSILON as f64;

impl Rule for Prodigy {
    const SCALARS: &'static [&'static str] = &["d", "d_max", "numerator", "gamma"];
    const GATHERS: bool = true;

    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v", "s", "start"]
    }

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        if t == 1 {
            (scalars[D], scalars[D_MAX], scalars[NUMERATOR]) = (self.d0, self.d0, 0.0);
        }
        let [first, second] = [self.beta1, self.beta2].map(|beta| correction(beta.min(LARGEST), t));
        let corrected = if self.bias_correction {
            second.sqrt() / first
        } else {
            1.0
        };
        scalars[GAMMA] = scalars[D] * self.lr * corrected;
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

    fn settle(&self, [along, length]: Sums, scalars: &mut [f64]) {
        scalars[NUMERATOR] = self.decay_of_sums() * scalars[NUMERATOR] + along;
        if length.is_nan() || length <= 0.0 || self.lr <= 0.0 {
            return;
        }
        let found = self.d_coef * scalars[NUMERATOR] / length;
        let mut d = scalars[D];
        if d <= self.d0 {
            d = d.max(found);
        }
        scalars[D_MAX] = scalars[D_MAX].max(found).min(MOST);
        scalars[D] = scalars[D_MAX].min(self.growth_rate.map_or(f64::INFINITY, |rate| rate * d));
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
    fn decay_of_sums(&self) -> f64 {
        self.beta3.unwrap_or(self.beta2.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_guess_does_not_matter() {
        // f = |x| from x = 1: the distance to the minimum is 1.
        let end = |d0: f64| {
            let rule = Prodigy {
                d0,
                ..Prodigy::default()
            };
            let (mut state, mut p) = (State::new(&rule, 1), [1.0_f64]);
            for _ in 0..2000 {
                let g = [p[0].signum()];
                state.step(&rule, &mut p, &g);
            }
            state.scalars[D]
        };
        let (small, large) = (end(1e-9), end(1e-4));
        assert!(
            (0.2..5.0).contains(&small) && (0.2..5.0).contains(&large),
            "{small} {large}"
        );
    }
}

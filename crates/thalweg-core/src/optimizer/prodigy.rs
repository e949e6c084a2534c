//! Prodigy: Adam that finds its own learning rate from how far the parameters have come.

use super::fields;
use crate::spec::{Card, Field, Range, Spec};

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
        fields::float_or(
            "beta3",
            "Decay of the sums that the distance is found from, or `auto` for √β₂.",
            Range::FRACTION,
            "auto",
            |s| &mut s.beta3,
        ),
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
        fields::float_or(
            "growth_rate",
            "The most by which the distance grows in a step, or `off`.",
            Range::between(1.0, f64::INFINITY),
            "off",
            |s| &mut s.growth_rate,
        ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;
    use crate::optimizer::prodigy_step::D;

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

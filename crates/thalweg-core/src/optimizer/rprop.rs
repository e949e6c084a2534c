//! Rprop: a step size for each coordinate that grows while the sign stays and shrinks when it flips.

use super::{Now, Rule, fields};
use crate::Real;
use crate::objective::sign;
use crate::spec::{Card, Field, Range, Spec};

/// Resilient propagation (Riedmiller & Braun 1993), in the form that takes no step after a flip (Igel &
/// Hüsken 2000, Rprop−, with the gradient forgotten).
///
/// ```text
/// if g gₜ₋₁ > 0:  Δ ← min(eta_plus Δ, max_step)
/// if g gₜ₋₁ < 0:  Δ ← max(eta_minus Δ, min_step),  g ← 0
/// p ← p − Δ sign(g)
/// ```
///
/// ## Differences
/// As PyTorch, whose `lr` is the first Δ: it has no effect after the first step, so here it is called what it
/// is and no schedule of `lr` drives it. The signs are compared, not multiplied, so that tiny gradients
/// count. Only for full batches: the sign of a noisy gradient flips by chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Rprop {
    /// The first step size.
    pub initial_step: f64,
    /// Factor after a flip of sign.
    pub eta_minus: f64,
    /// Factor while the sign stays.
    pub eta_plus: f64,
    /// The smallest step size.
    pub min_step: f64,
    /// The largest step size.
    pub max_step: f64,
}

impl Default for Rprop {
    fn default() -> Self {
        Rprop {
            initial_step: 1e-2,
            eta_minus: 0.5,
            eta_plus: 1.2,
            min_step: 1e-6,
            max_step: 50.0,
        }
    }
}

impl Spec for Rprop {
    const CARD: &'static Card = &Card {
        name: "rprop",
        summary: "A step size for each coordinate that grows while the sign of its gradient stays and shrinks when it flips.",
        formula: "if g gₜ₋₁ > 0:  Δ ← min(eta_plus Δ, max_step)\nif g gₜ₋₁ < 0:  Δ ← max(eta_minus Δ, min_step),  g ← 0\np ← p − Δ sign(g)",
        paper: "Riedmiller & Braun 1993, A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm, doi:10.1109/ICNN.1993.298623",
        differences: "As PyTorch, whose lr is the first Δ: it has no effect after the first step, so here it is called what it is and no schedule of lr drives it. The signs are compared, not multiplied, so that tiny gradients count. Only for full batches: the sign of a noisy gradient flips by chance.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::float(
            "initial_step",
            "The first step in each coordinate; PyTorch calls it lr.",
            Range::NOT_NEGATIVE,
            |s| &mut s.initial_step,
        ),
        fields::float(
            "eta_minus",
            "Factor of the step size after a flip of sign.",
            Range::between(0.0, 1.0),
            |s| &mut s.eta_minus,
        ),
        fields::float(
            "eta_plus",
            "Factor of the step size while the sign stays.",
            Range::between(1.0, f64::INFINITY),
            |s| &mut s.eta_plus,
        ),
        fields::float(
            "min_step",
            "The smallest step size.",
            Range::NOT_NEGATIVE,
            |s| &mut s.min_step,
        ),
        fields::float(
            "max_step",
            "The largest step size.",
            Range::NOT_NEGATIVE,
            |s| &mut s.max_step,
        ),
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.min_step > self.max_step).then_some("`min_step` is above `max_step`")
    }
}

impl Rule for Rprop {
    fn buffers(&self) -> &'static [&'static str] {
        &["before", "step"]
    }

    fn initial(&self, buffer: usize) -> f64 {
        if buffer == 1 { self.initial_step } else { 0.0 }
    }

    #[inline(always)]
    fn update<T: Real>(&self, _now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [before, step] = buffers else {
            unreachable!("rprop has two buffers")
        };
        let (down, up) = (T::of(self.eta_minus), T::of(self.eta_plus));
        let (least, most) = (T::of(self.min_step), T::of(self.max_step));
        for (((p, &g), before), step) in p
            .iter_mut()
            .zip(g)
            .zip(before.iter_mut())
            .zip(step.iter_mut())
        {
            let agreement = sign(g) * sign(*before);
            let (factor, g) = if agreement > T::ZERO {
                (up, g)
            } else if agreement < T::ZERO {
                (down, T::ZERO)
            } else {
                (T::ONE, g)
            };
            *step = (factor * *step).max(least).min(most);
            *p -= *step * sign(g);
            *before = g;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn steps_grow_by_the_sign_and_a_flip_takes_none() {
        let rule = Rprop::default();
        let (mut state, mut p) = (State::new(&rule, 1), [0.0_f64]);
        let mut places = Vec::new();
        for g in [3.0, 1e-30, -2.0, -2.0, -2.0] {
            state.step(&rule, &mut p, &[g]);
            places.push(p[0]);
        }
        let expected = [-0.01, -0.022, -0.022, -0.016, -0.0088];
        for (found, expected) in places.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{places:?}");
        }
    }
}

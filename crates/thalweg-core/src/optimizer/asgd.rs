//! ASGD: gradient descent with falling steps whose average is the result.

use super::{Now, Rule, fields};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// Averaged stochastic gradient descent (Polyak & Juditsky 1992), with the steps of Bottou 2010, section 4.2.
///
/// ```text
/// η₁ = lr,  ηₜ₊₁ = lr / (1 + lambd lr t)^alpha
/// p ← (1 − lambd ηₜ) p − ηₜ g
/// a ← a + (p − a) / max(1, t − 1 − t0)
/// result: a
/// ```
///
/// ## Differences
/// As PyTorch, which leaves the average a in the optimizer's state; here it is what is evaluated and saved.
/// PyTorch's t0 of a million steps means that nothing is averaged before; here averaging begins at step t0 =
/// 0 unless told otherwise. A change of `lr` counts from the step after the next, as there.
#[derive(Clone, Debug, PartialEq)]
pub struct Asgd {
    /// Learning rate.
    pub lr: f64,
    /// How fast the steps fall, and the part of p that a step takes away.
    pub lambd: f64,
    /// Power of the fall.
    pub alpha: f64,
    /// Step at which averaging begins.
    pub t0: u64,
}

impl Default for Asgd {
    fn default() -> Self {
        Asgd {
            lr: 1e-2,
            lambd: 1e-4,
            alpha: 0.75,
            t0: 0,
        }
    }
}

impl Spec for Asgd {
    const CARD: &'static Card = &Card {
        name: "asgd",
        summary: "Gradient descent with falling steps whose average is the result.",
        formula: "η₁ = lr,  ηₜ₊₁ = lr / (1 + lambd lr t)^alpha\np ← (1 − lambd ηₜ) p − ηₜ g\na ← a + (p − a) / max(1, t − 1 − t0)\nresult: a",
        paper: "Polyak & Juditsky 1992, Acceleration of Stochastic Approximation by Averaging, doi:10.1137/0330046; Bottou 2010, Large-Scale Machine Learning with Stochastic Gradient Descent, section 4.2",
        differences: "As PyTorch, which leaves the average a in the optimizer's state; here it is what is evaluated and saved. PyTorch's t0 of a million steps means that nothing is averaged before; here averaging begins at step t0 = 0 unless told otherwise. A change of lr counts from the step after the next, as there.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr("Learning rate: the first step for a slope of 1.", |s| {
            &mut s.lr
        }),
        fields::float(
            "lambd",
            "How fast the steps fall, and the part of each parameter that a step takes away.",
            Range::NOT_NEGATIVE,
            |s| &mut s.lambd,
        ),
        fields::float(
            "alpha",
            "Power of the fall of the steps.",
            Range::NOT_NEGATIVE,
            |s| &mut s.alpha,
        ),
        fields::count(
            "t0",
            "Step at which averaging begins.",
            Range::count(0, i64::MAX as u64),
            |s| &mut s.t0,
        ),
    ];
}

impl Rule for Asgd {
    const SCALARS: &'static [&'static str] = &["eta", "next_eta"];
    const AVERAGES: bool = true;

    fn buffers(&self) -> &'static [&'static str] {
        &["average"]
    }

    fn advance(&self, t: u64, scalars: &mut [f64]) {
        scalars[0] = if t == 1 { self.lr } else { scalars[1] };
        scalars[1] = self.lr / (1.0 + self.lambd * self.lr * t as f64).powf(self.alpha);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [average] = buffers else {
            unreachable!("asgd has one buffer")
        };
        let (eta, keep) = (
            T::of(now.scalars[0]),
            T::of(1.0 - self.lambd * now.scalars[0]),
        );
        let terms = (now.t - 1).saturating_sub(self.t0);
        let share = T::of(1.0 / terms.max(1) as f64);
        for ((p, &g), average) in p.iter_mut().zip(g).zip(average.iter_mut()) {
            *p = keep * *p - eta * g;
            // With one term the average is p itself, without a rounding.
            *average = if share < T::ONE {
                *average + share * (*p - *average)
            } else {
                *p
            };
        }
    }

    fn evaluated<T: Real>(&self, _now: Now<'_>, p: &mut [T], buffers: &[&[T]]) {
        p.copy_from_slice(buffers[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_result_is_the_mean_of_where_it_has_been() {
        let rule = Asgd {
            lr: 1.0,
            lambd: 0.0,
            ..Asgd::default()
        };
        let (mut state, mut p) = (State::new(&rule, 1), [0.0_f64]);
        let mut places = Vec::new();
        for t in 1..=20 {
            state.step(&rule, &mut p, &[(f64::from(t) * 1.1).sin()]);
            places.push(p[0]);
        }
        // PyTorch's count: the first two places have one term each, so the first is forgotten.
        let mean = places[1..].iter().sum::<f64>() / 19.0;
        let mut result = p;
        let piece = crate::optimizer::Piece::vector(1, true);
        state.evaluate(&rule, 0..1, piece, &mut result);
        assert!((result[0] - mean).abs() < 1e-14);
    }
}

//! RMSprop: steps scaled by the root of an average of squared gradients.

use super::rms::Form;
use super::{Convention, Now, Rule, fields, rms};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// RMSprop (Tieleman & Hinton 2012, slide 29), and centered (Graves 2013, equations 38 to 41).
///
/// ```text
/// v ← ρ v + (1 − ρ) g²
/// d = √v + ε
/// centered:  ḡ ← ρ ḡ + (1 − ρ) g,  d = √(v − ḡ²) + ε
/// with bias_correction:  v / (1 − ρᵗ) and ḡ / (1 − ρᵗ) stand for v and ḡ in d
/// with momentum:  b ← momentum b + g / d,  p ← (1 − lr weight_decay) p − lr b
/// without:  p ← (1 − lr weight_decay) p − lr g / d
/// with convention keras, optax or paper:  ε stands inside the root, and lr inside b
/// ```
///
/// ## Differences
/// By default as PyTorch's, whose ρ is called `alpha` and which has no `bias_correction`. Keras, optax and
/// Graves have ε inside the root and `lr` inside the velocity. v − ḡ² is computed as (√v − |ḡ|)(√v + |ḡ|),
/// which stays meaningful where squares overflow, and at least 0: elsewhere a rounding below 0 gives NaN. A
/// velocity exists if `momentum` is above 0 at the first step.
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the averages.
    pub rho: f64,
    /// Added to the root.
    pub eps: f64,
    /// Decay of the velocity; 0 has none.
    pub momentum: f64,
    /// Whether the gradient's mean is taken out of its square.
    pub centered: bool,
    /// Whether the averages' start from 0 is made up for.
    pub bias_correction: bool,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for RmsProp {
    fn default() -> Self {
        RmsProp {
            lr: 1e-2,
            rho: 0.99,
            eps: 1e-8,
            momentum: 0.0,
            centered: false,
            bias_correction: false,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for RmsProp {
    const CARD: &'static Card = &Card {
        name: "rmsprop",
        summary: "Steps scaled by the root of an average of squared gradients.",
        formula: "v ← ρ v + (1 − ρ) g²\nd = √v + ε\ncentered:  ḡ ← ρ ḡ + (1 − ρ) g,  d = √(v − ḡ²) + ε\nwith bias_correction:  v / (1 − ρᵗ) and ḡ / (1 − ρᵗ) stand for v and ḡ in d\nwith momentum:  b ← momentum b + g / d,  p ← (1 − lr weight_decay) p − lr b\nwithout:  p ← (1 − lr weight_decay) p − lr g / d\nwith convention keras, optax or paper:  ε stands inside the root, and lr inside b",
        paper: "Tieleman & Hinton 2012, Neural Networks for Machine Learning, lecture 6e, slide 29; Graves 2013, equations 38 to 41, arXiv:1308.0850",
        differences: "By default as PyTorch's, whose ρ is called alpha and which has no bias_correction. Keras, optax and Graves have ε inside the root and lr inside the velocity. v − ḡ² is computed as (√v − |ḡ|)(√v + |ḡ|), which stays meaningful where squares overflow, and at least 0: elsewhere a rounding below 0 gives NaN. A velocity exists if momentum is above 0 at the first step.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::step_lr(|s| &mut s.lr),
        fields::float(
            "rho",
            "Decay of the averages: they look back about 1 / (1 − ρ) steps.",
            Range::FRACTION,
            |s| &mut s.rho,
        ),
        fields::eps(|s| &mut s.eps),
        fields::float(
            "momentum",
            "Decay of a velocity of scaled gradients; 0 has none.",
            Range::FRACTION,
            |s| &mut s.momentum,
        ),
        fields::switch(
            "centered",
            "Whether the gradient's mean is taken out of its square: what scales the steps is then a variance.",
            |s| &mut s.centered,
        ),
        fields::switch(
            "bias_correction",
            "Whether the averages' start from 0 is made up for, which makes the first steps smaller.",
            |s| &mut s.bias_correction,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];
}

impl Rule for RmsProp {
    fn buffers(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum > 0.0) {
            (false, false) => &["v"],
            (false, true) => &["v", "velocity"],
            (true, false) => &["v", "mean"],
            (true, true) => &["v", "mean", "velocity"],
        }
    }

    // A loop of its own for each form, so that none decides anything in its loop.
    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let form = Form::new(self, now);
        match (self.centered, buffers) {
            (false, [v]) => {
                for ((p, &g), v) in p.iter_mut().zip(g).zip(v.iter_mut()) {
                    let d = form.root(v, g);
                    *p = form.keep * *p - form.lr * (g / form.with_eps(d));
                }
            }
            (false, [v, b]) => {
                for (((p, &g), v), b) in p.iter_mut().zip(g).zip(v.iter_mut()).zip(b.iter_mut()) {
                    let d = form.root(v, g);
                    *p = form.keep * *p - form.moved(b, g / form.with_eps(d));
                }
            }
            (true, [v, mean]) => {
                let state = v.iter_mut().zip(mean.iter_mut());
                for ((p, &g), (v, mean)) in p.iter_mut().zip(g).zip(state) {
                    let d = form.centered(form.root(v, g), mean, g);
                    *p = form.keep * *p - form.lr * (g / form.with_eps(d));
                }
            }
            (true, [v, mean, b]) => {
                let state = v.iter_mut().zip(mean.iter_mut()).zip(b.iter_mut());
                for ((p, &g), ((v, mean), b)) in p.iter_mut().zip(g).zip(state) {
                    let d = form.centered(form.root(v, g), mean, g);
                    *p = form.keep * *p - form.moved(b, g / form.with_eps(d));
                }
            }
            _ => unreachable!("rmsprop has the buffers of its form"),
        }
    }
    fn thresholds<T: Real>(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool {
        rms::thresholds(self, now, buffers, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn a_corrected_average_makes_the_first_step_as_long_as_lr() {
        let rule = RmsProp {
            bias_correction: true,
            eps: 0.0,
            ..RmsProp::default()
        };
        let mut p = [0.0_f64, 0.0];
        State::new(&rule, 2).step(&rule, &mut p, &[3.0, -1e-4]);
        assert!((p[0] + 0.01).abs() < 1e-15 && (p[1] - 0.01).abs() < 1e-15);
    }

    #[test]
    fn a_centered_constant_gradient_is_never_nan() {
        let rule = RmsProp {
            centered: true,
            rho: 0.5,
            ..RmsProp::default()
        };
        for gradient in [0.1_f32, 1.0 / 3.0, 7e18, 3e38] {
            let (mut state, mut p) = (State::new(&rule, 1), [0.0]);
            for _ in 0..200 {
                state.step(&rule, &mut p, &[gradient]);
                assert!(!p[0].is_nan(), "{gradient}");
            }
        }
    }
}

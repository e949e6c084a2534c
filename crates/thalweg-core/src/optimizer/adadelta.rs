//! Adadelta: steps in the parameters' own unit, scaled by what earlier steps have been.

use super::{Now, Rule, decay, fields};
use crate::Real;
use crate::ema::mix;
use crate::spec::{Card, Field, Range, Spec};

/// Adadelta (Zeiler 2012, algorithm 1).
///
/// ```text
/// v ← ρ v + (1 − ρ) g²
/// d = √(u + ε) / √(v + ε) · g
/// u ← ρ u + (1 − ρ) d²
/// p ← (1 − lr weight_decay) p − lr d
/// ```
///
/// ## Differences
/// All frameworks agree on the formula. The paper has no `lr` (1 here, as in PyTorch) and ρ = 0.95; Keras has
/// lr = 0.001, which makes it another algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct Adadelta {
    /// Factor on the steps.
    pub lr: f64,
    /// Decay of both averages.
    pub rho: f64,
    /// Added inside both roots.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Adadelta {
    fn default() -> Self {
        Adadelta {
            lr: 1.0,
            rho: 0.9,
            eps: 1e-6,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Adadelta {
    const CARD: &'static Card = &Card {
        name: "adadelta",
        summary: "Steps in the parameters' own unit, scaled by what earlier steps have been.",
        formula: "v ← ρ v + (1 − ρ) g²\nd = √(u + ε) / √(v + ε) · g\nu ← ρ u + (1 − ρ) d²\np ← (1 − lr weight_decay) p − lr d",
        paper: "Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, algorithm 1, arXiv:1212.5701",
        differences: "All frameworks agree on the formula. The paper has no lr (1 here, as in PyTorch) and ρ = 0.95; Keras has lr = 0.001, which makes it another algorithm.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr("Factor on the steps: 1 is the paper's rule.", |s| &mut s.lr),
        fields::float(
            "rho",
            "Decay of the averages of squared gradients and of squared steps.",
            Range::FRACTION,
            |s| &mut s.rho,
        ),
        fields::float(
            "eps",
            "Added inside both roots: it is what the first steps grow from.",
            Range::NOT_NEGATIVE,
            |s| &mut s.eps,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for Adadelta {
    fn buffers(&self) -> &'static [&'static str] {
        &["v", "u"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v, u] = buffers else {
            unreachable!("adadelta has two buffers")
        };
        let (lr, rho, eps) = (T::of(self.lr), decay(self.rho), T::of(self.eps));
        let keep: T = now.keep(self.lr * self.weight_decay);
        for (((p, &g), v), u) in p.iter_mut().zip(g).zip(v.iter_mut()).zip(u.iter_mut()) {
            *v = mix(rho, *v, g * g);
            let d = (*u + eps).sqrt() / (*v + eps).sqrt() * g;
            *u = mix(rho, *u, d * d);
            *p = keep * *p - lr * d;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    #[test]
    fn the_first_step_is_that_of_the_formula() {
        let mut p = [1.0_f64];
        State::new(&Adadelta::default(), 1).step(&Adadelta::default(), &mut p, &[2.0]);
        // √(0 + 1e-6) / √(0.1 · 4 + 1e-6) · 2, by hand.
        let step = 1e-3 / 0.400_001_f64.sqrt() * 2.0;
        assert!((p[0] - (1.0 - step)).abs() < 1e-15);
    }
}

//! Adadelta: steps in the parameters' own unit, scaled by what earlier steps have been.

use super::{Now, Rule, decay};
use crate::Real;
use crate::ema::mix;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Adadelta (Zeiler 2012, algorithm 1).
///
/// ```text
/// v ← ρ v + (1 − ρ) g²
/// d = √(u + ε) / √(v + ε) · g
/// u ← ρ u + (1 − ρ) d²
/// p ← p − lr d
/// ```
///
/// ## Differences
/// As PyTorch's. The paper has no `lr` (1 here) and ρ = 0.95; Keras has lr = 0.001, which makes it another
/// algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct Adadelta {
    /// Factor on the steps.
    pub lr: f64,
    /// Decay of both averages.
    pub rho: f64,
    /// Added inside both roots.
    pub eps: f64,
}

impl Default for Adadelta {
    fn default() -> Self {
        Adadelta {
            lr: 1.0,
            rho: 0.9,
            eps: 1e-6,
        }
    }
}

impl Spec for Adadelta {
    const CARD: &'static Card = &Card {
        name: "adadelta",
        summary: "Steps in the parameters' own unit, scaled by what earlier steps have been.",
        formula: "v ← ρ v + (1 − ρ) g²\nd = √(u + ε) / √(v + ε) · g\nu ← ρ u + (1 − ρ) d²\np ← p − lr d",
        paper: "Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, algorithm 1, arXiv:1212.5701",
        differences: "As PyTorch. The paper has no lr (1 here) and ρ = 0.95; Keras has lr = 0.001.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "lr",
            doc: "Factor on the steps: 1 is the paper's rule.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.lr),
        },
        Field {
            name: "rho",
            doc: "Decay of the averages of squared gradients and of squared steps.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.rho),
        },
        Field {
            name: "eps",
            doc: "Added inside both roots: it is what the first steps grow from.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.eps),
        },
    ];
}

impl Rule for Adadelta {
    const BUFFERS: &'static [&'static str] = &["v", "u"];

    fn update<T: Real>(&self, _now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v, u] = buffers else {
            unreachable!("Adadelta declares two buffers")
        };
        let (lr, rho, eps) = (T::of(self.lr), decay(self.rho), T::of(self.eps));
        for (((p, &g), v), u) in p.iter_mut().zip(g).zip(v.iter_mut()).zip(u.iter_mut()) {
            *v = mix(rho, *v, g * g);
            let d = (*u + eps).sqrt() / (*v + eps).sqrt() * g;
            *u = mix(rho, *u, d * d);
            *p -= lr * d;
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

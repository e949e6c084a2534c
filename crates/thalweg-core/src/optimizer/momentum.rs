//! Momentum: the steps gather speed along a valley and cancel out across it.

use super::convention::lr_inside_or_outside;
use super::{Convention, Now, Rule, decay, fields};
use crate::Real;
use crate::ema::correction;
use crate::spec::{Card, Field, Range, Spec};

/// Momentum, or the heavy ball (Polyak 1964, equation 9), with two ways to weigh the gradients.
///
/// ```text
/// v ← momentum v + (1 − dampening) g      (the first time v ← g)
/// with ema:  v ← momentum v + (1 − momentum) g
/// with bias_correction:  p ← p − lr v / (1 − momentumᵗ)
/// without:  p ← p − lr v
/// with convention keras or paper:  lr g stands for g in v, and p ← p − v
/// ```
/// With `ema` the velocity is an average of gradients, so `lr` keeps the size that it has without momentum;
/// otherwise the steady velocity is (1 − dampening) / (1 − momentum) times as large. The average starts from
/// 0, and `bias_correction` divides by the weight that it really has so far. Decoupled weight decay, p ← (1 −
/// lr weight_decay) p, comes before the step.
///
/// ## Differences
/// By default as PyTorch's and optax's SGD with `momentum`, with PyTorch's undampened first step; both have
/// neither `ema` nor `bias_correction`. Keras, scikit-learn and Polyak keep `lr` inside the velocity
/// (`convention = "keras"` or `"paper"`), which is the same until `lr` changes: then the old steps keep their
/// old length.
#[derive(Clone, Debug, PartialEq)]
pub struct Momentum {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the velocity.
    pub momentum: f64,
    /// How much less than whole each gradient after the first is taken.
    pub dampening: f64,
    /// Whether the velocity is an average of gradients.
    pub ema: bool,
    /// Whether that average's start from 0 is made up for.
    pub bias_correction: bool,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Momentum {
    fn default() -> Self {
        Momentum {
            lr: 1e-3,
            momentum: 0.9,
            dampening: 0.0,
            ema: false,
            bias_correction: false,
            weight_decay: 0.0,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Momentum {
    const CARD: &'static Card = &Card {
        name: "momentum",
        summary: "Steps that gather speed along a valley and cancel out across it.",
        formula: "v ← momentum v + (1 − dampening) g      (the first time v ← g)\nwith ema:  v ← momentum v + (1 − momentum) g\nwith bias_correction:  p ← p − lr v / (1 − momentumᵗ)\nwithout:  p ← p − lr v\nwith convention keras or paper:  lr g stands for g in v, and p ← p − v",
        paper: "Polyak 1964, Some Methods of Speeding Up the Convergence of Iteration Methods, equation 9, doi:10.1016/0041-5553(64)90137-5",
        differences: "By default as PyTorch's and optax's SGD with momentum, with PyTorch's undampened first step; both have neither ema nor bias_correction. Keras, scikit-learn and Polyak keep lr inside the velocity (convention = \"keras\" or \"paper\"), which is the same until lr changes: then the old steps keep their old length.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr("Learning rate: the step for a velocity of 1.", |s| {
            &mut s.lr
        }),
        fields::momentum(|s| &mut s.momentum),
        fields::float(
            "dampening",
            "How much less than whole each gradient after the first is taken.",
            Range::closed(0.0, 1.0),
            |s| &mut s.dampening,
        ),
        fields::switch(
            "ema",
            "Whether the velocity is an average of gradients, so that lr means what it does without momentum.",
            |s| &mut s.ema,
        ),
        fields::switch(
            "bias_correction",
            "Whether the average's start from 0 is made up for; needs ema.",
            |s| &mut s.bias_correction,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        fields::convention(
            fields::all,
            |s| s.convention.name(),
            |s, word| s.convention = Convention::named(word),
        ),
    ];

    fn conflict(&self) -> Option<&'static str> {
        if self.ema && self.dampening != 0.0 {
            Some("`ema` already weighs each gradient with 1 − momentum: set `dampening` to 0")
        } else if self.bias_correction && !self.ema {
            Some("`bias_correction` makes up for the start of an average: set `ema` to true")
        } else {
            None
        }
    }
}

impl Rule for Momentum {
    fn buffers(&self) -> &'static [&'static str] {
        &["v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v] = buffers else {
            unreachable!("momentum has one buffer")
        };
        let momentum: T = decay(self.momentum);
        let share = match (self.ema, now.t) {
            (true, _) => T::ONE - momentum,
            (false, 1) => T::ONE,
            (false, _) => T::of(1.0 - self.dampening),
        };
        let weight = if self.bias_correction {
            correction(momentum.to_f64(), now.t)
        } else {
            1.0
        };
        let (inside, outside) = lr_inside_or_outside(self.convention, self.lr);
        let (share, step) = (T::of(inside) * share, T::of(outside / weight));
        let keep: T = now.keep(self.lr * self.weight_decay);
        for ((p, &g), v) in p.iter_mut().zip(g).zip(v.iter_mut()) {
            *v = momentum * *v + share * g;
            *p = keep * *p - step * *v;
        }
    }

    fn thresholds<T: Real>(&self, _now: Now<'_>, _buffers: &[&[T]], out: &mut [f64]) -> bool {
        // As it is after the first step, and when no average is left to be corrected.
        let share = if self.ema {
            1.0 - self.momentum
        } else {
            1.0 - self.dampening
        };
        out.fill(2.0 * (1.0 + self.momentum) / (share * self.lr));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::State;

    /// The velocities that a rule has over a fixed sequence of gradients.
    fn velocities(rule: &Momentum) -> Vec<f64> {
        let (mut state, mut p) = (State::new(rule, 1), [0.0]);
        (0..60)
            .map(|k| {
                state.step(rule, &mut p, &[(f64::from(k) * 0.7).cos() + 0.2]);
                state.buffers[0][0]
            })
            .collect()
    }

    #[test]
    fn an_average_differs_from_the_dampened_form_only_by_what_is_left_of_the_first_gradient() {
        let ema = Momentum {
            ema: true,
            ..Momentum::default()
        };
        let dampened = Momentum {
            dampening: 0.9,
            ..Momentum::default()
        };
        let first_gradient = 1.2;
        let both = velocities(&ema).into_iter().zip(velocities(&dampened));
        for (t, (ema, dampened)) in (1..).zip(both) {
            let left = 0.9_f64.powi(t) * first_gradient;
            assert!((dampened - ema - left).abs() < 1e-14, "{t}");
        }
    }

    #[test]
    fn a_corrected_average_of_a_constant_gradient_steps_by_lr_from_the_first_step() {
        let rule = Momentum {
            lr: 0.5,
            ema: true,
            bias_correction: true,
            ..Momentum::default()
        };
        let (mut state, mut p) = (State::new(&rule, 1), [0.0_f64]);
        for t in 1..=100 {
            state.step(&rule, &mut p, &[2.0]);
            assert!((p[0] + f64::from(t)).abs() < 1e-12);
        }
    }

    #[test]
    fn the_heavy_ball_reaches_its_best_rate() {
        // Polyak 1964, theorem 9: with curvatures from μ to L, lr = 4 / (√L + √μ)² and
        // momentum = ((√L − √μ) / (√L + √μ))² shrink the error by √momentum a step, up to a factor linear in t.
        let curvatures = [1.0_f64, 100.0];
        let (small, large) = (curvatures[0].sqrt(), curvatures[1].sqrt());
        let root = (large - small) / (large + small);
        let rule = Momentum {
            lr: 4.0 / (large + small).powi(2),
            momentum: root * root,
            ..Momentum::default()
        };
        let (mut state, mut x) = (State::new(&rule, 2), [1.0, 1.0]);
        for t in 1..=300 {
            let g = [curvatures[0] * x[0], curvatures[1] * x[1]];
            state.step(&rule, &mut x, &g);
            let bound = 2.0 * f64::from(t + 1) * root.powi(t);
            assert!(x.iter().all(|x| x.abs() <= bound), "{t}: {x:?} {bound}");
        }
    }

    #[test]
    fn contradictions_are_told() {
        let reason = |short| {
            let errors = crate::optimizer::ALL.parse(short).err().unwrap();
            errors[0].to_string()
        };
        assert_eq!(
            reason("momentum:ema=true,dampening=0.5"),
            "`momentum`: `ema` already weighs each gradient with 1 − momentum: set `dampening` to 0"
        );
        assert_eq!(
            reason("momentum:bias_correction=true"),
            "`momentum`: `bias_correction` makes up for the start of an average: set `ema` to true"
        );
    }
}

//! How near the training is to the edge of stability.

use thalweg_core::objective::Curvature;
use thalweg_core::spec::{Card, Field, Spec};
use thalweg_landscape::Surface;
use thalweg_landscape::operator::CurvatureAt;

use super::ends::{BUFFERS, ends};
use super::{Measured, Moment, Probe, Reading, every, products, rows};

/// The curvature over what the rule can stand, on a fixed sample of the training rows, without dropout.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// Steps from one reading to the next.
    pub every: u64,
    /// Rows that it looks at.
    pub rows: u64,
    /// The most products of a reading.
    pub products: u64,
}

impl Default for Stability {
    fn default() -> Self {
        Stability {
            every: 50,
            rows: 128,
            products: 5,
        }
    }
}

impl Spec for Stability {
    const CARD: &'static Card = &Card {
        name: "stability",
        summary: "The curvature over what the rule can stand at its learning rate: above 1 steps grow from one to the next, about 1 is the edge of stability.",
        formula: "stability = λ₁(C^−½ H C^−½), C = the curvature at which a step along a parameter only turns its sign\nsgd:  C = 2 / lr\nmomentum:  C = 2 (1 + momentum) / lr\nadam:  C = 2 (1 + β₁) / (1 − β₁) · (√v̂ + ε) / lr",
        paper: "Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability, arXiv:2103.00065; Cohen et al. 2022, Adaptive Gradient Methods at the Edge of Stability, arXiv:2207.14484",
        differences: "Read for sgd, momentum, nesterov, adagrad, rmsprop, adam and adamw, with the divisors as the step left them; nothing with sam and lookahead. Of a sample of rows, which makes it come out too large; batches much smaller than all rows leave earlier.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        every(
            "Steps from one reading to the next; each costs up to `products` products, each of them two gradients of its rows.",
            |s| &mut s.every,
        ),
        rows(|s| &mut s.rows),
        products(|s| &mut s.products),
    ];
}

impl Probe for Stability {
    fn every(&self) -> u64 {
        self.every
    }

    fn is_light(&self) -> bool {
        false
    }

    fn buffers(&self) -> &'static [&'static str] {
        BUFFERS
    }

    fn read(&self, moment: &mut Moment<'_, '_>, memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let Some(thresholds) = moment.descent.thresholds() else {
            return Vec::new();
        };
        let (rows, place, seed) = (moment.rows(self.rows), moment.place(), moment.seed);
        let mut surface = Surface::new(&mut *moment.function, rows);
        let operator = CurvatureAt::new(&mut surface, &place, Curvature::Hessian);
        let Ok(mut operator) = operator.and_then(|it| it.preconditioned(&thresholds)) else {
            return Vec::new();
        };
        let Some(ends) = ends(&mut operator, (self.products, seed), memory) else {
            return Vec::new();
        };
        vec![
            ("stability", Measured::number(ends.highest.value)),
            (
                "stability_residual",
                Measured::number(ends.highest.residual),
            ),
        ]
    }
}

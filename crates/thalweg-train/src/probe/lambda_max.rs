//! How sharp the valley is that the training is in.

use thalweg_core::objective::Curvature;
use thalweg_core::spec::{Card, Field, Spec};
use thalweg_landscape::Surface;
use thalweg_landscape::operator::CurvatureAt;

use super::ends::{BUFFERS, ends};
use super::{Measured, Moment, Probe, Reading, every, products, rows};

/// The largest and the smallest eigenvalue of the Hessian on a fixed sample of the training rows, without dropout. Each
/// reading begins with the vectors of the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct LambdaMax {
    /// Steps from one reading to the next.
    pub every: u64,
    /// Rows that it looks at.
    pub rows: u64,
    /// The most products of a reading.
    pub products: u64,
}

impl Default for LambdaMax {
    fn default() -> Self {
        LambdaMax {
            every: 50,
            rows: 128,
            products: 5,
        }
    }
}

impl Spec for LambdaMax {
    const CARD: &'static Card = &Card {
        name: "lambda_max",
        summary: "The largest eigenvalue of the Hessian, λ₁, with the smallest one: above 2 / lr plain gradient descent leaves the valley.",
        formula: "",
        paper: "Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability, arXiv:2103.00065",
        differences: "Of a sample of rows, which makes λ₁ come out too large; both are bounds from inside until the residual is small.",
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

impl Probe for LambdaMax {
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
        let (rows, place, seed) = (moment.rows(self.rows), moment.place(), moment.seed);
        let mut surface = Surface::new(&mut *moment.function, rows);
        let Ok(mut operator) = CurvatureAt::new(&mut surface, &place, Curvature::Hessian) else {
            return Vec::new();
        };
        let Some(ends) = ends(&mut operator, (self.products, seed), memory) else {
            return Vec::new();
        };
        vec![
            ("lambda_max", Measured::number(ends.highest.value)),
            (
                "lambda_max_residual",
                Measured::number(ends.highest.residual),
            ),
            ("lambda_min", Measured::number(ends.lowest.value)),
            (
                "lambda_min_residual",
                Measured::number(ends.lowest.residual),
            ),
        ]
    }
}

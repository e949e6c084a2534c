//! The trace of the curvature: exactly where that is cheap, else estimated, with its standard error.

use thalweg_core::Real;
use thalweg_core::objective::Curvature;

use crate::Error;
use crate::dense::{Dense, MOST};
use crate::operator::{CurvatureAt, Operator};
use crate::statistics::mean;
use crate::surface::Surface;
use crate::vector::{dot, signs};

/// Directions that go through the objective together.
const TOGETHER: usize = 8;

/// A trace and how it was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The trace, or its estimate.
    pub value: f64,
    /// The standard error of an estimate; 0 for an exact trace.
    pub standard_error: f64,
    /// Random vectors; 0 for an exact trace.
    pub samples: usize,
}

/// The trace of the Hessian at a point: exact for networks with piecewise linear activations and for small ones, else by
/// [`hutchinson`].
///
/// # Errors
/// Products that are not finite.
pub fn trace<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    samples: usize,
    seed: u64,
) -> Result<Trace, Error> {
    surface.check("the point", at)?;
    if let Some(value) = surface.exact_trace(at) {
        return exact(value);
    }
    let mut operator = CurvatureAt::new(surface, at, Curvature::Hessian)?;
    if at.len() <= MOST.min(samples) {
        return exact(Dense::of(&mut operator)?.trace());
    }
    hutchinson(&mut operator, samples, seed)
}

fn exact(value: f64) -> Result<Trace, Error> {
    if !value.is_finite() {
        return Err(Error::NotFinite { what: "the trace" });
    }
    Ok(Trace {
        value,
        standard_error: 0.0,
        samples: 0,
    })
}

/// The mean of zᵀ A z over random signs z, which have the trace as their expectation (Hutchinson 1990,
/// doi:10.1080/03610919008812866) and the variance 2 (‖A‖²_F − Σ Aᵢᵢ²).
///
/// # Errors
/// Fewer than two samples, of which there is no error; products that are not finite, or do not exist.
pub fn hutchinson(operator: &mut dyn Operator, samples: usize, seed: u64) -> Result<Trace, Error> {
    if samples < 2 {
        return Err(Error::TooFew {
            what: "random vectors for a trace with its error",
            found: samples,
            needed: 2,
        });
    }
    let n = operator.len();
    let mut found = Vec::with_capacity(samples);
    let draws: Vec<u64> = (0..samples as u64).collect();
    for draws in draws.chunks(TOGETHER) {
        let z: Vec<f64> = draws
            .iter()
            .flat_map(|&draw| signs(n, seed, draw))
            .collect();
        let mut products = vec![0.0; z.len()];
        operator.apply(&z, &mut products)?;
        let pairs = z.chunks(n).zip(products.chunks(n));
        found.extend(pairs.map(|(z, product)| dot(z, product)));
    }
    let (value, standard_error) = mean(&found);
    Ok(Trace {
        value,
        standard_error,
        samples,
    })
}

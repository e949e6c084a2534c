//! The proof of a saddle: a direction in which the surface bends down, and the loss that shows it.

use thalweg_core::Real;

use crate::surface::Surface;
use crate::vector::{dot, moved, norm, normalize};
use crate::{Error, lanczos::Ritz};

/// The shortest and the longest step along the direction, as parts of the radius, and how many there are.
const STEPS: (f64, f64, usize) = (1e-4, 1.0, 13);

/// A direction of negative curvature with what was seen along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The direction, of length 1, turned so that its lowest point lies ahead.
    pub direction: Vec<f64>,
    /// vᵀ H v, computed anew.
    pub curvature: f64,
    /// ‖H v − (vᵀ H v) v‖.
    pub residual: f64,
    /// For each step t: (L(+t) + L(−t)) / 2 − L, which is ½ t² vᵀ H v near 0 whatever the slope is.
    pub profile: Vec<(f64, f64)>,
    /// How much lower the loss gets along the direction, at most.
    pub potential: f64,
    /// The step to that place; 0 where the loss only rises.
    pub step: f64,
    /// Whether vᵀ H v is negative beyond its error, and the loss falls on the mean of both sides too.
    pub is_confirmed: bool,
}

/// Looks along the lower end of a spectrum, on both sides and up to `radius`.
///
/// # Errors
/// A value that is not finite at the point itself.
pub fn verify<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    ritz: &Ritz,
    radius: f64,
) -> Result<Witness, Error> {
    surface.check("the point", at)?;
    let mut v = ritz.vector.clone();
    normalize(&mut v);
    let product = surface.hessian_product(at, &v);
    let curvature = dot(&v, &product);
    let residual = norm(&moved(&product, -curvature, &v));
    let here = surface.value(at);
    if !here.is_finite() {
        return Err(Error::NotFinite { what: "the loss" });
    }
    let mut profile = Vec::with_capacity(STEPS.2);
    let (mut potential, mut step) = (0.0, 0.0);
    for t in steps(radius) {
        let points = [[t, 0.0], [-t, 0.0]];
        let values = surface.section(at, &[&v], &points);
        let drops = [here - values[0].mean, here - values[1].mean];
        for (drop, t) in drops.iter().zip([t, -t]) {
            if *drop > potential {
                (potential, step) = (*drop, t);
            }
        }
        profile.push((t, -0.5 * (drops[0] + drops[1])));
    }
    // A mean of two differences that is only rounding shows nothing.
    let noise = 8.0 * surface.precision() * here.abs();
    let falls = profile.iter().any(|&(_, rise)| rise < -noise);
    if step < 0.0 {
        for v in &mut v {
            *v = -*v;
        }
        step = -step;
    }
    let error = surface.precision().sqrt() * norm(&product);
    Ok(Witness {
        direction: v,
        curvature,
        residual,
        profile,
        potential,
        step,
        is_confirmed: curvature < -error && falls,
    })
}

/// Steps that grow by the same factor up to the radius.
pub(crate) fn steps(radius: f64) -> impl Iterator<Item = f64> {
    let (shortest, longest, count) = STEPS;
    let factor = (longest / shortest).powf(1.0 / (count - 1) as f64);
    (0..count).map(move |k| radius * shortest * factor.powi(k as i32))
}

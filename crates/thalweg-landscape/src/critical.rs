//! Critical points of small functions, by Newton's method from many starts: it goes to saddles as readily as to minima.

use thalweg_core::Real;
use thalweg_core::objective::Curvature;

use crate::Error;
use crate::dense::Dense;
use crate::operator::CurvatureAt;
use crate::surface::Surface;
use crate::vector::{add, difference, dot, norm, scale};

/// Steps from one start.
const STEPS: usize = 200;
/// The longest step, as a part of the box's diagonal.
const LONGEST: f64 = 0.02;
/// A last step as short as this has arrived, and points as close as a thousand of it are one; as parts of the diagonal.
const ARRIVED: f64 = 1e-12;

/// The points with gradient 0 that Newton's method finds within a box, from a lattice of `starts` points along each
/// axis; each once, in the order in which they were found. A lattice that is too coarse can miss some.
///
/// # Errors
/// More parameters than the whole Hessian may have, or a value that is not finite.
pub fn find<T: Real>(
    surface: &mut Surface<'_, T>,
    bounds: &[[f64; 2]],
    starts: usize,
) -> Result<Vec<Vec<f64>>, Error> {
    let size = norm(
        &bounds
            .iter()
            .map(|[low, high]| high - low)
            .collect::<Vec<_>>(),
    );
    let mut found: Vec<Vec<f64>> = Vec::new();
    let total = starts.pow(bounds.len() as u32);
    for index in 0..total {
        let mut rest = index;
        let coordinate = |[low, high]: &[f64; 2]| {
            let k = rest % starts;
            rest /= starts;
            low + (high - low) * (k as f64 + 0.5) / starts as f64
        };
        let start = bounds.iter().map(coordinate).collect();
        let Some(point) = newton(surface, start, size)? else {
            continue;
        };
        let is_inside = point
            .iter()
            .zip(bounds)
            .all(|(x, [low, high])| (*low..=*high).contains(x));
        let is_known = |known: &Vec<f64>| norm(&difference(known, &point)) <= 1e3 * ARRIVED * size;
        if is_inside && !found.iter().any(is_known) {
            found.push(point);
        }
    }
    Ok(found)
}

/// Where Newton's method ends; none where it does not.
fn newton<T: Real>(
    surface: &mut Surface<'_, T>,
    mut at: Vec<f64>,
    size: f64,
) -> Result<Option<Vec<f64>>, Error> {
    let mut g = vec![0.0; at.len()];
    for _ in 0..STEPS {
        surface.gradient(&at, &mut g);
        if !norm(&g).is_finite() {
            return Ok(None);
        }
        let mut operator = CurvatureAt::new(surface, &at, Curvature::Hessian)?;
        let eigen = Dense::of(&mut operator)?.eigen()?;
        let largest = eigen
            .values
            .iter()
            .fold(0.0_f64, |most, e| most.max(e.abs()));
        let mut step = vec![0.0; at.len()];
        for (value, vector) in eigen.values.iter().zip(&eigen.vectors) {
            if value.abs() > 1e-14 * largest {
                add(&mut step, -dot(vector, &g) / value, vector);
            }
        }
        let length = norm(&step);
        if length > LONGEST * size {
            scale(&mut step, LONGEST * size / length);
        }
        add(&mut at, 1.0, &step);
        if length <= ARRIVED * size {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

//! Planes through the space of parameters: the loss on them, and what a picture of them cannot show.

use thalweg_core::Real;

use crate::Error;
use crate::surface::Surface;
use crate::vector::{add, difference, dot, moved, norm, scale};

/// A plane: origin + α axes\[0\] + β axes\[1\].
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The point at α = β = 0.
    pub origin: Vec<f64>,
    /// The directions, as long as a unit of α or β is; orthogonal or not.
    pub axes: [Vec<f64>; 2],
}

/// A point seen from a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// α and β of the nearest point of the plane.
    pub at: [f64; 2],
    /// How far the plane is away.
    pub distance: f64,
}

/// The curvature in a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneCurvature {
    /// uᵀHu, uᵀHv and vᵀHv with orthogonal unit vectors u along the first axis and v, in units of the eigenvalues of H.
    pub matrix: [f64; 3],
    /// Its eigenvalues, the smaller first: never beyond those of H.
    pub eigenvalues: [f64; 2],
    /// ∂L/∂α and ∂L/∂β at the origin.
    pub slope: [f64; 2],
    /// ∂²L/∂α², ∂²L/∂α∂β and ∂²L/∂β² at the origin, with which the loss there is a quadratic.
    pub quadratic: [f64; 3],
    /// L at the origin.
    pub loss: f64,
}

/// A point of a trajectory in a picture of a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Where it is drawn.
    pub at: [f64; 2],
    /// How far from the plane it is.
    pub distance: f64,
    /// Its loss.
    pub loss: f64,
    /// The loss of the plane where it is drawn.
    pub plane_loss: f64,
}

impl Plane {
    /// A plane.
    ///
    /// # Errors
    /// Directions that are parallel or of another length than the origin.
    pub fn new(origin: Vec<f64>, first: Vec<f64>, second: Vec<f64>) -> Result<Plane, Error> {
        for axis in [&first, &second] {
            if axis.len() != origin.len() {
                return Err(Error::Length {
                    what: "a direction",
                    found: axis.len(),
                    expected: origin.len(),
                });
            }
        }
        let (a, b, c) = (
            dot(&first, &first),
            dot(&first, &second),
            dot(&second, &second),
        );
        // Not so either where something is NaN.
        let is_plane = a * c - b * b > 1e-20 * a * c;
        if !is_plane {
            return Err(Error::Parallel);
        }
        Ok(Plane {
            origin,
            axes: [first, second],
        })
    }

    /// The point at (α, β).
    pub fn at(&self, [alpha, beta]: [f64; 2]) -> Vec<f64> {
        let mut point = moved(&self.origin, alpha, &self.axes[0]);
        add(&mut point, beta, &self.axes[1]);
        point
    }

    /// How long a unit of α and of β is.
    pub fn lengths(&self) -> [f64; 2] {
        [norm(&self.axes[0]), norm(&self.axes[1])]
    }

    /// The nearest point of the plane to another one, by least squares.
    pub fn project(&self, point: &[f64]) -> Projection {
        let mut rest = difference(point, &self.origin);
        let [first, second] = &self.axes;
        let (a, b, c) = (dot(first, first), dot(first, second), dot(second, second));
        let (x, y) = (dot(first, &rest), dot(second, &rest));
        let determinant = a * c - b * b;
        let at = [(c * x - b * y) / determinant, (a * y - b * x) / determinant];
        add(&mut rest, -at[0], first);
        add(&mut rest, -at[1], second);
        Projection {
            at,
            distance: norm(&rest),
        }
    }

    /// Loss, slope and curvature at the origin, by two products.
    ///
    /// # Errors
    /// A plane of another objective.
    pub fn curvature<T: Real>(
        &self,
        surface: &mut Surface<'_, T>,
    ) -> Result<PlaneCurvature, Error> {
        surface.check("the plane", &self.origin)?;
        let [first, second] = &self.axes;
        let mut gradient = vec![0.0; self.origin.len()];
        let loss = surface.gradient(&self.origin, &mut gradient);
        let products = [first, second].map(|axis| surface.hessian_product(&self.origin, axis));
        let quadratic = [
            dot(first, &products[0]),
            0.5 * (dot(first, &products[1]) + dot(second, &products[0])),
            dot(second, &products[1]),
        ];
        // v = (second − k first) / length, with k that makes it orthogonal to the first axis.
        let size = norm(first);
        let k = dot(first, second) / (size * size);
        let mut across = moved(second, -k, first);
        let length = norm(&across);
        scale(&mut across, 1.0 / length);
        let [aa, ab, bb] = quadratic;
        let matrix = [
            aa / (size * size),
            (ab - k * aa) / (size * length),
            (bb - 2.0 * k * ab + k * k * aa) / (length * length),
        ];
        Ok(PlaneCurvature {
            matrix,
            eigenvalues: eigenvalues(matrix),
            slope: [dot(first, &gradient), dot(second, &gradient)],
            quadratic,
            loss,
        })
    }

    /// These points as dots of a picture, with their true losses beside those of the plane.
    pub fn dots<T: Real>(&self, surface: &mut Surface<'_, T>, points: &[Vec<f64>]) -> Vec<Dot> {
        let seen: Vec<Projection> = points.iter().map(|point| self.project(point)).collect();
        let places: Vec<[f64; 2]> = seen.iter().map(|projection| projection.at).collect();
        let [first, second] = &self.axes;
        let on_plane = surface.section(&self.origin, &[first, second], &places);
        let each = points.iter().zip(&seen).zip(on_plane);
        each.map(|((point, projection), section)| Dot {
            at: projection.at,
            distance: projection.distance,
            loss: surface.value(point),
            plane_loss: section.mean,
        })
        .collect()
    }
}

impl PlaneCurvature {
    /// The loss at (α, β) as the quadratic has it.
    pub fn predict(&self, [alpha, beta]: [f64; 2]) -> f64 {
        let [aa, ab, bb] = self.quadratic;
        self.loss
            + self.slope[0] * alpha
            + self.slope[1] * beta
            + 0.5 * (aa * alpha * alpha + 2.0 * ab * alpha * beta + bb * beta * beta)
    }
}

/// The eigenvalues of the matrix xx xy / xy yy, the smaller first.
fn eigenvalues([xx, xy, yy]: [f64; 3]) -> [f64; 2] {
    let (middle, radius) = (0.5 * (xx + yy), (0.5 * (xx - yy)).hypot(xy));
    [middle - radius, middle + radius]
}

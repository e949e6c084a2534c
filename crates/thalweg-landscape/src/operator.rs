//! Symmetric matrices that are known only by their products, as the instruments of the spectrum want them.

use thalweg_core::Real;
use thalweg_core::objective::Curvature;

use crate::surface::Surface;
use crate::{Error, vector};

/// A symmetric matrix.
pub trait Operator {
    /// Its rows.
    fn len(&self) -> usize;
    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The products with several vectors, which lie one after another, into `out`.
    ///
    /// # Errors
    /// Where the matrix does not exist.
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), Error>;
    /// The relative error of a product, about.
    fn precision(&self) -> f64 {
        f64::EPSILON
    }
}

/// The curvature of a surface at a point.
pub struct CurvatureAt<'s, 'a, T: Real> {
    surface: &'s mut Surface<'a, T>,
    at: &'s [f64],
    curvature: Curvature,
    /// D^−½, if preconditioned.
    factors: Vec<f64>,
    /// Products so far.
    pub products: usize,
}

impl<'s, 'a, T: Real> CurvatureAt<'s, 'a, T> {
    /// The matrix itself.
    ///
    /// # Errors
    /// Parameters of another objective.
    pub fn new(
        surface: &'s mut Surface<'a, T>,
        at: &'s [f64],
        curvature: Curvature,
    ) -> Result<Self, Error> {
        surface.check("the point", at)?;
        Ok(CurvatureAt {
            surface,
            at,
            curvature,
            factors: Vec::new(),
            products: 0,
        })
    }

    /// D^−½ H D^−½ with a positive diagonal D: what an optimizer sees that divides its steps by D. Where D is what the rule
    /// can stand along each parameter ([`thalweg_core::descent::Descent::thresholds`]), the largest eigenvalue is its load:
    /// above 1 steps grow, and about 1 is the edge of stability.
    ///
    /// # Errors
    /// A diagonal of another length, or one that is not positive.
    pub fn preconditioned(mut self, diagonal: &[f64]) -> Result<Self, Error> {
        self.surface.check("the diagonal", diagonal)?;
        if diagonal.iter().any(|d| !d.is_finite() || *d <= 0.0) {
            return Err(Error::NotFinite {
                what: "1 / √D of the preconditioner",
            });
        }
        self.factors = diagonal.iter().map(|d| 1.0 / d.sqrt()).collect();
        Ok(self)
    }

    fn weigh(&self, v: &mut [f64]) {
        for v in v.chunks_mut(self.factors.len()) {
            for (v, factor) in v.iter_mut().zip(&self.factors) {
                *v *= factor;
            }
        }
    }
}

impl<T: Real> Operator for CurvatureAt<'_, '_, T> {
    fn len(&self) -> usize {
        self.at.len()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), Error> {
        self.products += v.len() / self.at.len();
        if self.factors.is_empty() {
            self.surface.products(self.curvature, self.at, v, out)?;
        } else {
            let mut v = v.to_vec();
            self.weigh(&mut v);
            self.surface.products(self.curvature, self.at, &v, out)?;
            self.weigh(out);
        }
        if vector::norm(out).is_finite() {
            Ok(())
        } else {
            Err(Error::NotFinite {
                what: "the curvature",
            })
        }
    }

    fn precision(&self) -> f64 {
        self.surface.precision()
    }
}

//! The surface that instruments look at: an objective over fixed rows, in double precision whatever it computes in.

use std::fmt;

use rand::Rng;
use thalweg_core::network::{Frame, Section};
use thalweg_core::objective::{Curvature, Objective};
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::{Real, vectorized};

use crate::Error;

/// The rows that a measurement is taken over. They never change during one: curvature of a new sample at every product
/// would be that of no function at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Which rows, in ascending order.
    pub indices: Vec<u32>,
    /// How many there are to choose from.
    pub of: usize,
}

impl Rows {
    /// All rows.
    pub fn all(of: usize) -> Rows {
        Rows {
            indices: (0..of as u32).collect(),
            of,
        }
    }

    /// So many rows at random, none twice; all of them where there are no more.
    pub fn sample(count: usize, of: usize, seed: u64) -> Rows {
        if count >= of {
            return Rows::all(of);
        }
        let mut rng = stream(seed, Purpose::Landscape, 2, 0);
        // Each row is taken with the probability that is left (Knuth 1997, algorithm 3.4.2 S).
        let mut left = count;
        let mut takes = |row: &u32| {
            let among = of as u64 - u64::from(*row);
            let drawn = (u128::from(rng.next_u64()) * u128::from(among)) >> 64;
            let is_taken = drawn < left as u128;
            left -= usize::from(is_taken);
            is_taken
        };
        let indices = (0..of as u32).filter(|row| takes(row)).collect();
        Rows { indices, of }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.len() == self.of
    }

    /// The standard error of a mean over these rows as a mean over all, for this standard deviation from row to row; 0
    /// where nothing is left out (Cochran 1977, Sampling Techniques, theorem 2.2).
    pub fn standard_error(&self, deviation: f64) -> f64 {
        let left_out = 1.0 - self.len() as f64 / self.of as f64;
        deviation * (left_out / self.len() as f64).sqrt()
    }
}

/// `all 1797 rows` or `1000 of 60000 rows`.
impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            write!(f, "all {} rows", self.of)
        } else {
            write!(f, "{} of {} rows", self.len(), self.of)
        }
    }
}

/// An objective over fixed rows.
pub struct Surface<'a, T: Real> {
    objective: &'a mut dyn Objective<T>,
    rows: Rows,
    at: Vec<T>,
    input: Vec<T>,
    output: Vec<T>,
}

impl<'a, T: Real> Surface<'a, T> {
    /// An objective over these rows. It must have no noise: the same point has the same value.
    pub fn new(objective: &'a mut dyn Objective<T>, rows: Rows) -> Surface<'a, T> {
        Surface {
            objective,
            rows,
            at: Vec::new(),
            input: Vec::new(),
            output: Vec::new(),
        }
    }

    /// An objective over all of its rows.
    pub fn whole(objective: &'a mut dyn Objective<T>) -> Surface<'a, T> {
        let rows = Rows::all(objective.rows());
        Surface::new(objective, rows)
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.objective.len()
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The distance from 1 to the next number that the objective computes with.
    pub fn precision(&self) -> f64 {
        T::EPSILON.to_f64()
    }

    /// Whether a vector has a number for each parameter.
    pub(crate) fn check(&self, what: &'static str, vector: &[f64]) -> Result<(), Error> {
        let (found, expected) = (vector.len(), self.len());
        if found == expected {
            Ok(())
        } else {
            Err(Error::Length {
                what,
                found,
                expected,
            })
        }
    }

    /// The value at a point.
    pub fn value(&mut self, p: &[f64]) -> f64 {
        round(p, &mut self.at);
        self.objective.value(&self.at, &self.rows.indices)
    }

    /// The value at a point, and the gradient into `g`.
    pub fn gradient(&mut self, p: &[f64], g: &mut [f64]) -> f64 {
        round(p, &mut self.at);
        self.output.resize(g.len(), T::ZERO);
        let output = &mut self.output[..g.len()];
        let value = self
            .objective
            .gradient(&self.at, &self.rows.indices, output);
        copy(output, g);
        value
    }

    /// The products with several directions, which lie one after another, into `out`.
    ///
    /// # Errors
    /// [`Error::NoGaussNewton`].
    pub fn products(
        &mut self,
        curvature: Curvature,
        p: &[f64],
        v: &[f64],
        out: &mut [f64],
    ) -> Result<(), Error> {
        round(p, &mut self.at);
        round(v, &mut self.input);
        self.output.resize(out.len(), T::ZERO);
        let output = &mut self.output[..out.len()];
        let rows = &self.rows.indices;
        let is_known =
            self.objective
                .curvature_products(curvature, &self.at, rows, &self.input, output);
        copy(output, out);
        if is_known {
            Ok(())
        } else {
            Err(Error::NoGaussNewton)
        }
    }

    /// The product of the Hessian with one direction.
    pub fn hessian_product(&mut self, p: &[f64], v: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; v.len()];
        self.products(Curvature::Hessian, p, v, &mut out)
            .expect("every objective has products of its Hessian");
        out
    }

    /// See [`Objective::exact_trace`].
    pub fn exact_trace(&mut self, p: &[f64]) -> Option<f64> {
        round(p, &mut self.at);
        self.objective.exact_trace(&self.at, &self.rows.indices)
    }

    /// See [`Objective::row_norms`]; over some of the rows.
    pub fn row_norms(&mut self, p: &[f64], rows: &[u32], norms: &mut [f64], mean: &mut [f64]) {
        round(p, &mut self.at);
        self.output.resize(mean.len(), T::ZERO);
        let output = &mut self.output[..mean.len()];
        self.objective.row_norms(&self.at, rows, norms, output);
        copy(output, mean);
    }

    /// The value at origin + Σ xᵢ directionsᵢ for each of the points x, with at most two directions.
    pub fn section(
        &mut self,
        origin: &[f64],
        directions: &[&[f64]],
        points: &[[f64; 2]],
    ) -> Vec<Section> {
        round(origin, &mut self.at);
        let directions: Vec<Vec<T>> = directions
            .iter()
            .map(|direction| direction.iter().map(|&d| T::of(d)).collect())
            .collect();
        let directions: Vec<&[T]> = directions.iter().map(Vec::as_slice).collect();
        let frame = Frame {
            origin: &self.at,
            directions: &directions,
        };
        self.objective.section(&frame, &self.rows.indices, points)
    }
}

fn round<T: Real>(from: &[f64], to: &mut Vec<T>) {
    to.resize(from.len(), T::ZERO);
    vectorized(|| {
        for (to, &from) in to.iter_mut().zip(from) {
            *to = T::of(from);
        }
    });
}

fn copy<T: Real>(from: &[T], to: &mut [f64]) {
    vectorized(|| {
        for (to, from) in to.iter_mut().zip(from) {
            *to = from.to_f64();
        }
    });
}

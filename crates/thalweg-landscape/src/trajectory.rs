//! A trajectory seen in its own principal directions, beside what a random walk would look like there.

use crate::Error;
use crate::dense::{Dense, Eigen};
use crate::plane::Plane;
use crate::vector::{add, difference, dot, norm, scale};

/// The principal directions of a trajectory.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// The share of the variance around the mean in each direction, the largest first.
    pub explained: Vec<f64>,
    /// The coordinates of each point along each direction, around the mean.
    pub coordinates: Vec<Vec<f64>>,
    /// What makes each direction of the centered points, so that weights need not be held: unit vectors.
    pub combinations: Vec<Vec<f64>>,
}

/// The share of the variance that a long random walk in many dimensions has in its k-th principal direction, from 1
/// (Antognini & Sohl-Dickstein 2018, PCA of High Dimensional Random Walks, arXiv:1806.08805):
///
/// ```text
/// 6 / (π k)²
/// ```
///
/// Two directions that explain no more than 76 % tell nothing of a trajectory that chance would not.
pub fn random_walk(k: usize) -> f64 {
    6.0 / (std::f64::consts::PI * k as f64).powi(2)
}

/// The principal directions of points of which only the products with each other are known: `gram` has them row after
/// row, of the points themselves or less any one point that is the same for all.
///
/// # Errors
/// Fewer than three points, or numbers that are not finite.
pub fn from_products(gram: &[f64], points: usize, directions: usize) -> Result<Principal, Error> {
    if points < 3 || gram.len() != points * points {
        return Err(Error::TooFew {
            what: "points of a trajectory",
            found: points.min(gram.len() / points.max(1)),
            needed: 3,
        });
    }
    let n = points as f64;
    let means: Vec<f64> = gram
        .chunks(points)
        .map(|row| row.iter().sum::<f64>() / n)
        .collect();
    let mean = means.iter().sum::<f64>() / n;
    // Twice centered: the products of the points less their mean.
    let entries = gram.iter().enumerate().map(|(index, product)| {
        let (row, column) = (index / points, index % points);
        product - means[row] - means[column] + mean
    });
    let dense = Dense {
        n: points,
        entries: entries.collect(),
        asymmetry: 0.0,
    };
    let total = dense.trace();
    let Eigen { values, vectors } = dense.eigen()?;
    let largest = || (0..points).rev().take(directions.min(points));
    let coordinate = |point: usize| {
        let along = |k: usize| values[k].max(0.0).sqrt() * vectors[k][point];
        largest().map(along).collect()
    };
    Ok(Principal {
        explained: largest().map(|k| values[k].max(0.0) / total).collect(),
        coordinates: (0..points).map(coordinate).collect(),
        combinations: largest().map(|k| vectors[k].clone()).collect(),
    })
}

/// The principal directions of points.
///
/// # Errors
/// As [`from_products`]; points of different lengths.
pub fn principal(points: &[Vec<f64>], directions: usize) -> Result<Principal, Error> {
    let expected = points.last().map_or(0, Vec::len);
    for point in points {
        if point.len() != expected {
            return Err(Error::Length {
                what: "a point of the trajectory",
                found: point.len(),
                expected,
            });
        }
    }
    // Less the last one, so that a short path far from 0 keeps its digits.
    let from_last: Vec<Vec<f64>> = points
        .iter()
        .map(|point| difference(point, &points[points.len() - 1]))
        .collect();
    let gram: Vec<f64> = from_last
        .iter()
        .flat_map(|a| from_last.iter().map(move |b| dot(a, b)))
        .collect();
    from_products(&gram, points.len(), directions)
}

/// The plane of the two principal directions through the last point, whose units are those of the parameters.
///
/// # Errors
/// As [`principal`]; a trajectory on a line.
pub fn plane(points: &[Vec<f64>], principal: &Principal) -> Result<Plane, Error> {
    let last = &points[points.len() - 1];
    let is_wide = principal
        .explained
        .get(1)
        .is_some_and(|share| *share > 1e-14);
    if !is_wide {
        return Err(Error::Parallel);
    }
    let axis = |k: usize| {
        let weights = &principal.combinations[k];
        // The weights have the sum 0, so that the mean plays no part.
        let mut axis = vec![0.0; last.len()];
        for (point, &weight) in points.iter().zip(weights) {
            add(&mut axis, weight, &difference(point, last));
        }
        let length = norm(&axis);
        scale(&mut axis, 1.0 / length);
        axis
    };
    Plane::new(last.clone(), axis(0), axis(1))
}

/// Bounds around points of a picture, with a margin on each side.
pub fn bounds(at: &[[f64; 2]], margin: f64) -> [[f64; 2]; 2] {
    [0, 1].map(|axis| {
        let all = || at.iter().map(|at| at[axis]);
        let (low, high) = (
            all().fold(f64::MAX, f64::min),
            all().fold(f64::MIN, f64::max),
        );
        let room = if high > low {
            margin * (high - low)
        } else {
            1.0
        };
        [low - room, high + room]
    })
}

//! A portrait: the loss on a plane through the weights of a run, with all that a picture of it must be read with.

use thalweg_core::network::Network;
use thalweg_core::objective::Curvature;
use thalweg_landscape::balance::balance;
use thalweg_landscape::grid::{Grid, Lattice, Line, grid, line};
use thalweg_landscape::lanczos::{Ends, Lanczos};
use thalweg_landscape::operator::CurvatureAt;
use thalweg_landscape::plane::{Dot, Plane, PlaneCurvature};
use thalweg_landscape::trajectory::{self, Principal};
use thalweg_landscape::{Rows, Surface, directions};

use super::{Directions, Specimen, View, widen};
use crate::{Run, TrainError, Trajectory};

/// Room around a trajectory, as a part of its own extent.
const MARGIN: f64 = 0.25;
/// Principal directions whose share of the variance is told.
const PRINCIPAL: usize = 4;
/// The residual that the ends of the spectrum are to reach, as a part of the largest eigenvalue: for a sentence.
const TOLERANCE: f64 = 1e-2;

/// The loss on a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// Where its directions come from.
    pub directions: Directions,
    /// The rows that it is of.
    pub rows: Rows,
    /// The plane.
    pub plane: Plane,
    /// The loss on it.
    pub grid: Grid,
    /// The loss along each direction from its origin.
    pub lines: [Line; 2],
    /// The curvature in it, at its origin.
    pub curvature: PlaneCurvature,
    /// The ends of the whole spectrum there.
    pub ends: Ends,
    /// Of principal directions, the share of the variance of each of the first four; else empty.
    pub explained: Vec<f64>,
    /// The weights of the model, seen from the plane.
    pub here: Dot,
    /// The trajectory, seen from the plane; empty where none was recorded.
    pub dots: Vec<Dot>,
    /// Steps done at each of its points.
    pub steps: Vec<u64>,
    /// Whether all weights were brought to their balanced form first, which computes the same.
    pub is_balanced: bool,
}

impl Portrait {
    /// The loss along a direction as slope and bend at the origin promise it, at the places of that line.
    pub fn promised(&self, axis: usize) -> Vec<f64> {
        let places = self.lines[axis].places.iter();
        let promise = |&t: &f64| {
            let mut at = [0.0; 2];
            at[axis] = t;
            self.curvature.predict(at)
        };
        places.map(promise).collect()
    }

    /// From where to where along a direction the promise is right to a tenth of the change of the loss, as far as single
    /// precision shows that change. None where it is wrong on both sides of the origin.
    pub fn holds(&self, axis: usize) -> Option<[f64; 2]> {
        let (along, promised) = (&self.lines[axis], self.promised(axis));
        let origin = self.curvature.loss;
        let is_right = |&k: &usize| {
            let (loss, promised) = (along.losses[k], promised[k]);
            (loss - promised).abs() <= 0.1 * (loss - origin).abs() + 1e-5 * origin.abs()
        };
        // The places before and after the origin, which may lie between two.
        let after = along.places.partition_point(|&place| place <= 0.0);
        let before = along.places.partition_point(|&place| place < 0.0);
        let to = (after..along.places.len()).take_while(is_right).last();
        let from = (0..before).rev().take_while(is_right).last();
        if from.is_none() && to.is_none() {
            return None;
        }
        Some([from, to].map(|end| end.map_or(0.0, |k| along.places[k])))
    }
}

impl View {
    /// Looks at a run: the plane goes through the weights of its model, and along a trajectory through its last point.
    ///
    /// # Errors
    /// `pca` without a trajectory, a trajectory on a line, or a loss that is not finite.
    pub fn take(&self, run: &Run, recorded: Option<&Trajectory>) -> Result<Portrait, TrainError> {
        let fine = Specimen::<f64>::of(run, self.rows);
        let mut fine_objective = fine.objective(run)?;
        let mut fine = Surface::new(&mut fine_objective, fine.rows().clone());
        let coarse = Specimen::<f32>::of(run, self.rows);
        let mut coarse_objective = coarse.objective(run)?;
        let mut coarse = Surface::new(&mut coarse_objective, coarse.rows().clone());
        let model = widen(run.best());
        self.portray(&run.network, model, recorded, (&mut fine, &mut coarse))
    }

    /// Looks at a network at the weights `model`: curvature is measured in double precision, the picture itself is no
    /// finer than single. Both surfaces are of the same rows.
    ///
    /// # Errors
    /// As [`View::take`].
    pub fn portray(
        &self,
        network: &Network,
        mut model: Vec<f64>,
        recorded: Option<&Trajectory>,
        (fine, surface): (&mut Surface<'_, f64>, &mut Surface<'_, f32>),
    ) -> Result<Portrait, TrainError> {
        let directions = self.directions(recorded)?;
        let mut path: Vec<Vec<f64>> = recorded
            .into_iter()
            .flat_map(Trajectory::points)
            .map(widen)
            .collect();
        let is_balanced = directions == Directions::Random;
        if is_balanced {
            for weights in path.iter_mut().chain([&mut model]) {
                balance(network, weights);
            }
        }
        let (plane, explained, curvature, ends) =
            self.measure(network, fine, directions, &model, &path)?;
        let rows = surface.rows().clone();
        let dots = plane.dots(surface, &path);
        let here = plane.dots(surface, std::slice::from_ref(&model))[0];
        let lattice = Lattice {
            bounds: self.bounds(directions, &dots, &here),
            points: [self.grid as usize; 2],
            tolerance: None,
        };
        let mut along = |k: usize| {
            let points = lattice.points[k];
            line(
                surface,
                &plane.origin,
                &plane.axes[k],
                lattice.bounds[k],
                points,
            )
        };
        let lines = [along(0)?, along(1)?];
        Ok(Portrait {
            directions,
            rows,
            grid: grid(surface, &plane, &lattice)?,
            lines,
            plane,
            curvature,
            ends,
            explained,
            here,
            dots,
            steps: recorded.map_or(Vec::new(), |recorded| recorded.steps().to_vec()),
            is_balanced,
        })
    }

    /// Where the directions come from, of a run with this trajectory; asked before anything is measured.
    ///
    /// # Errors
    /// `pca` without a trajectory.
    pub fn directions(&self, recorded: Option<&Trajectory>) -> Result<Directions, TrainError> {
        let points = recorded.map_or(0, |recorded| recorded.steps().len());
        match Directions::named(&self.directions) {
            Some(Directions::Pca) if points == 0 => Err(TrainError::NoTrajectory),
            Some(chosen) => Ok(chosen),
            None if points >= 3 => Ok(Directions::Pca),
            None => Ok(Directions::Random),
        }
    }

    /// The plane, the variance that it explains, its curvature and the ends of the whole spectrum, in double precision.
    fn measure(
        &self,
        network: &Network,
        surface: &mut Surface<'_, f64>,
        directions: Directions,
        model: &[f64],
        path: &[Vec<f64>],
    ) -> Result<(Plane, Vec<f64>, PlaneCurvature, Ends), TrainError> {
        let origin: &[f64] = match path.last() {
            Some(last) if directions == Directions::Pca => last,
            _ => model,
        };
        let lanczos = Lanczos {
            steps: self.products as usize,
            tolerance: TOLERANCE,
            seed: self.seed,
        };
        let mut operator = CurvatureAt::new(surface, origin, Curvature::Hessian)?;
        let ends = lanczos.ends(&mut operator)?;
        let mut explained = Vec::new();
        let plane = match directions {
            Directions::Pca => {
                let principal: Principal = trajectory::principal(path, PRINCIPAL)?;
                let plane = trajectory::plane(path, &principal)?;
                explained = principal.explained;
                plane
            }
            Directions::Random => directions::random(network, origin, self.seed)?,
            Directions::Hessian => {
                let length = doubling(surface.value(origin), &ends, origin);
                directions::extreme(origin, &ends, length)?
            }
        };
        let curvature = plane.curvature(surface)?;
        Ok((plane, explained, curvature, ends))
    }

    fn bounds(&self, directions: Directions, dots: &[Dot], here: &Dot) -> [[f64; 2]; 2] {
        if directions == Directions::Pca {
            let at: Vec<[f64; 2]> = dots.iter().chain([here]).map(|dot| dot.at).collect();
            return trajectory::bounds(&at, MARGIN * self.span);
        }
        [[-self.span, self.span]; 2]
    }
}

/// The step along the sharpest direction after which the quadratic has doubled the loss, ½ λ t² = L; no longer than the
/// weights themselves.
fn doubling(loss: f64, ends: &Ends, weights: &[f64]) -> f64 {
    let own = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    let step = (2.0 * loss.abs() / ends.largest()).sqrt();
    if step.is_finite() && step > 0.0 {
        step.min(own)
    } else {
        own
    }
}

//! The trajectories of all contenders on one plane of the loss surface.

use std::path::Path;

use thalweg_core::objective::Penalties;
use thalweg_landscape::grid::{Grid, Lattice, grid};
use thalweg_landscape::plane::{Dot, Plane};
use thalweg_landscape::{Rows, Surface, trajectory};

use crate::instrument::{PENALTIES, Specimen, differing, widen};
use crate::{Folder, Run, TrainError};

/// Rows that the loss is of, where there are more.
const ROWS: u64 = 1000;
/// Points along each axis of the map.
const POINTS: usize = 51;
/// Room around the trajectories, as a part of their extent.
const MARGIN: f64 = 0.15;
/// Points of all trajectories together, and numbers in them.
const MOST_POINTS: usize = 300;
const MOST_NUMBERS: usize = 32 << 20;

/// The plane in which the trajectories of all contenders have moved most.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonPlane {
    /// The rows that the loss is of: training rows, which are the same for all.
    pub rows: Rows,
    /// The plane.
    pub plane: Plane,
    /// The loss on it, without penalties.
    pub grid: Grid,
    /// The share of the variance of all points in each of its directions.
    pub explained: [f64; 2],
    /// Each trajectory, seen from the plane.
    pub paths: Vec<Vec<Dot>>,
}

impl CommonPlane {
    /// Of the trajectories in these folders; or why there can be none.
    pub(super) fn of(
        folders: &[&Path],
        threads: usize,
    ) -> Result<Result<CommonPlane, &'static str>, TrainError> {
        let first = Run::open(folders[0], threads)?;
        let parameters = first.network.layout().len();
        let room = (MOST_NUMBERS / parameters).min(MOST_POINTS) / folders.len();
        if room < 3 {
            return Ok(Err(
                "so many weights of so many contenders are too many to be held together",
            ));
        }
        let mut paths: Vec<Vec<Vec<f64>>> = Vec::new();
        for (index, folder) in folders.iter().enumerate() {
            if index > 0 {
                let other = Run::open(folder, threads)?;
                let differing = differing(&first, &other);
                if differing.iter().any(|what| *what != PENALTIES) {
                    return Ok(Err(
                        "the contenders do not have the same layers, losses and features",
                    ));
                }
            }
            let Some(recorded) = Folder::open(folder)?.trajectory()? else {
                return Ok(Err("a trajectory is missing"));
            };
            let points: Vec<&[f32]> = recorded.points().collect();
            paths.push(thinned(&points, room).map(widen).collect());
        }
        let all: Vec<Vec<f64>> = paths.iter().flatten().cloned().collect();
        let Ok(principal) = trajectory::principal(&all, 2) else {
            return Ok(Err("a trajectory has left for infinity"));
        };
        let Ok(plane) = trajectory::plane(&all, &principal) else {
            return Ok(Err("all trajectories lie on one line"));
        };
        let specimen = Specimen::<f32>::of(&first, Some(ROWS));
        let mut objective = specimen.objective(&first)?;
        objective.penalties = Penalties::default();
        let mut surface = Surface::new(&mut objective, specimen.rows().clone());
        let paths: Vec<Vec<Dot>> = paths
            .iter()
            .map(|path| plane.dots(&mut surface, path))
            .collect();
        let at: Vec<[f64; 2]> = paths.iter().flatten().map(|dot| dot.at).collect();
        let lattice = Lattice {
            bounds: trajectory::bounds(&at, MARGIN),
            points: [POINTS; 2],
            tolerance: None,
        };
        let grid = grid(&mut surface, &plane, &lattice)?;
        let share = |k: usize| principal.explained.get(k).copied().unwrap_or(0.0);
        Ok(Ok(CommonPlane {
            rows: specimen.rows().clone(),
            grid,
            explained: [share(0), share(1)],
            paths,
            plane,
        }))
    }
}

/// So many points at most, evenly, with both ends.
fn thinned<'a>(points: &'a [&[f32]], most: usize) -> impl Iterator<Item = &'a [f32]> {
    let count = points.len().min(most);
    let last = points.len().saturating_sub(1);
    (0..count).map(move |k| points[k * last / (count - 1).max(1)])
}

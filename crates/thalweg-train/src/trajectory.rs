//! The trajectory of a training: its weights at some of its steps, never many of them, in a file of the run's folder.
//!
//! ```text
//! points at the steps 0, s, 2 s, 3 s, … and at the last one,  s = 1, 2, 4, …
//! ```
//! When one more would be too many, every other point is dropped and s is doubled: so the points are always spread
//! evenly over the whole run, and which they are depends on how long the run is and on nothing else.
//!
//! What it costs: at most 256 points that together take 64 MB (eight points, where that is more), as much again while
//! they are written, a copy of the weights at each point, and a share of the time that goes into checkpoints.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::archive::{self, Tensor};

/// The most points.
const MOST: usize = 256;
/// The bytes that they may take.
const BYTES: usize = 64 << 20;
/// The points that there may be even if they take more.
const LEAST: usize = 8;

const REMEDY: &str =
    "delete it to look at the run without its trajectory, or train again with --config run.toml";

/// The weights at some steps of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    width: usize,
    most: usize,
    stride: u64,
    steps: Vec<u64>,
    /// The points, one after the other.
    points: Vec<f32>,
    has_changed: bool,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: String,
    stride: u64,
    steps: Vec<u64>,
}

impl Trajectory {
    /// A trajectory without points, of so many parameters.
    pub fn new(width: usize) -> Trajectory {
        let most = BYTES / (size_of::<f32>() * width.max(1));
        Trajectory::within(width, most.clamp(LEAST, MOST))
    }

    /// The same with at most so many points.
    fn within(width: usize, most: usize) -> Trajectory {
        Trajectory {
            width,
            most,
            stride: 1,
            steps: Vec::new(),
            points: Vec::new(),
            has_changed: false,
        }
    }

    /// The number of parameters.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The steps done at each point.
    pub fn steps(&self) -> &[u64] {
        &self.steps
    }

    /// Steps from one point to the next; the last one may come earlier.
    pub fn stride(&self) -> u64 {
        self.stride
    }

    /// The weights at each point.
    pub fn points(&self) -> impl Iterator<Item = &[f32]> {
        self.points.chunks_exact(self.width.max(1))
    }

    /// Whether there is to be a point after so many steps.
    pub fn wants(&self, step: u64) -> bool {
        step.is_multiple_of(self.stride)
    }

    /// Takes in the weights after so many steps, if there is to be a point there.
    ///
    /// # Panics
    /// There are not as many weights as parameters.
    pub fn push(&mut self, step: u64, parameters: &[f32]) {
        if !self.wants(step) {
            return;
        }
        self.drop_end();
        if self.steps.last().is_some_and(|&last| last >= step) {
            return;
        }
        if self.steps.len() >= self.most {
            self.stride *= 2;
            self.keep(u64::MAX);
        }
        if step.is_multiple_of(self.stride) {
            self.add(step, parameters);
        }
    }

    /// Takes in the weights at the end of a training, also between two points. A training that goes on drops them again.
    ///
    /// # Panics
    /// There are not as many weights as parameters.
    pub fn end(&mut self, step: u64, parameters: &[f32]) {
        self.drop_end();
        if self.steps.last().is_none_or(|&last| last < step) {
            self.add(step, parameters);
        }
    }

    /// Forgets what comes after so many steps, and an end that was none.
    pub(crate) fn rewind(&mut self, step: u64) {
        self.keep(step);
    }

    /// Drops the end of a training that goes on.
    fn drop_end(&mut self) {
        let stride = self.stride;
        if self
            .steps
            .last()
            .is_some_and(|last| !last.is_multiple_of(stride))
        {
            self.keep(u64::MAX);
        }
    }

    fn add(&mut self, step: u64, parameters: &[f32]) {
        assert_eq!(parameters.len(), self.width, "a point of this trajectory");
        self.steps.push(step);
        self.points.extend_from_slice(parameters);
        self.has_changed = true;
    }

    /// Keeps the points at multiples of the stride, up to a step.
    fn keep(&mut self, last: u64) {
        let mut kept = 0;
        for index in 0..self.steps.len() {
            let step = self.steps[index];
            if step <= last && step.is_multiple_of(self.stride) {
                let from = index * self.width;
                self.points
                    .copy_within(from..from + self.width, kept * self.width);
                self.steps[kept] = step;
                kept += 1;
            }
        }
        self.has_changed |= kept < self.steps.len();
        self.steps.truncate(kept);
        self.points.truncate(kept * self.width);
    }

    /// Writes the points, replacing the file at once; nothing where nothing has changed since they were written.
    pub(crate) fn save(&mut self, path: &Path) -> Result<(), TrainError> {
        if !self.has_changed {
            return Ok(());
        }
        let header = Header {
            version: env!("CARGO_PKG_VERSION").into(),
            stride: self.stride,
            steps: self.steps.clone(),
        };
        let tensors = [Tensor {
            name: "points".into(),
            shape: vec![self.steps.len(), self.width],
            // Lent, so that they are not copied.
            data: std::mem::take(&mut self.points),
        }];
        let saved = archive::save(path, &header, &tensors);
        let [points] = tensors;
        self.points = points.data;
        self.has_changed = saved.is_err();
        saved
    }

    /// Reads a trajectory back; none where there is no such file.
    ///
    /// # Errors
    /// The file is damaged, or comes from a later version.
    pub fn load(path: &Path) -> Result<Option<Trajectory>, TrainError> {
        if !path.exists() {
            return Ok(None);
        }
        let (header, tensors): (Header, Vec<Tensor>) = archive::load(path, REMEDY)?;
        let points = tensors.into_iter().find(|tensor| tensor.name == "points");
        let fitting = points.filter(|points| {
            let is_matrix = points.shape.len() == 2 && points.shape[0] == header.steps.len();
            is_matrix && header.stride > 0 && header.steps.is_sorted()
        });
        let Some(points) = fitting else {
            return Err(TrainError::Damaged {
                path: path.into(),
                reason: "it has no points that fit its steps".into(),
                remedy: REMEDY,
            });
        };
        Ok(Some(Trajectory {
            steps: header.steps,
            stride: header.stride,
            points: points.data,
            ..Trajectory::new(points.shape[1])
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trajectory of two parameters whose weights say which step they are of.
    fn walk(most: usize, steps: impl Iterator<Item = u64>) -> Trajectory {
        let mut trajectory = Trajectory::within(2, most);
        for step in steps {
            trajectory.push(step, &[step as f32, 0.5]);
        }
        trajectory
    }

    #[test]
    fn a_long_run_keeps_few_points_evenly_spread() {
        for last in [0, 3, 7, 8, 9, 100, 1000, 4097] {
            let trajectory = walk(8, 0..=last);
            let stride = trajectory.stride();
            assert!(stride.is_power_of_two() && trajectory.steps().len() <= 8);
            let expected: Vec<u64> = (0..=last / stride).map(|k| k * stride).collect();
            assert_eq!(trajectory.steps(), expected, "{last}");
            // No coarser than it need be.
            assert!(stride == 1 || last / (stride / 2) + 1 > 8, "{last}");
            for (step, point) in trajectory.steps().iter().zip(trajectory.points()) {
                assert_eq!(point, [*step as f32, 0.5]);
            }
        }
    }

    #[test]
    fn the_end_is_a_point_until_the_run_goes_on() {
        let mut trajectory = walk(8, 0..=21);
        assert_eq!((trajectory.stride(), trajectory.steps().len()), (4, 6));
        trajectory.end(21, &[21.0, 0.5]);
        assert_eq!(trajectory.steps(), [0, 4, 8, 12, 16, 20, 21]);
        let at_once = walk(8, 0..=100);
        for step in 22..=100 {
            trajectory.push(step, &[step as f32, 0.5]);
        }
        assert_eq!(trajectory.steps(), at_once.steps());
        assert!(trajectory.points().eq(at_once.points()));
        // An end that is a point already is not one twice.
        trajectory.end(96, &[96.0, 0.5]);
        assert_eq!(trajectory.steps().last(), Some(&96));
    }

    #[test]
    fn a_run_that_goes_on_from_an_older_checkpoint_ends_with_the_same_points() {
        let at_once = walk(8, 0..=100);
        for (written, checkpoint) in [(40, 33), (70, 21), (99, 0), (12, 12)] {
            let mut trajectory = walk(8, 0..=written);
            trajectory.rewind(checkpoint);
            assert!(trajectory.steps().iter().all(|&step| step <= checkpoint));
            for step in checkpoint + 1..=100 {
                trajectory.push(step, &[step as f32, 0.5]);
            }
            assert_eq!(trajectory.steps(), at_once.steps());
            assert!(trajectory.points().eq(at_once.points()));
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trajectory.safetensors");
        assert!(Trajectory::load(&path).unwrap().is_none());
        let mut trajectory = walk(MOST, 0..=5);
        trajectory.save(&path).unwrap();
        assert_eq!(Trajectory::load(&path).unwrap(), Some(trajectory.clone()));
        // Nothing new: the file is left alone.
        std::fs::write(&path, "x").unwrap();
        trajectory.save(&path).unwrap();
        let error = Trajectory::load(&path).unwrap_err().to_string();
        assert!(
            error.contains("is damaged") && error.contains("delete it"),
            "{error}"
        );
    }

    #[test]
    fn large_networks_have_fewer_points() {
        let most = [10, 100_000, 1_000_000, 1_000_000_000].map(|width| Trajectory::new(width).most);
        assert_eq!(most, [256, 167, 16, 8]);
    }
}

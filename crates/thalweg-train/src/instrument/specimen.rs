//! Rows that instruments look at: some or all, copied in the precision in which they are looked at.

use thalweg_core::Real;
use thalweg_core::loss::Targets;
use thalweg_core::network::{Engine, Examples, Features};
use thalweg_core::objective::Training;
use thalweg_landscape::Rows;

use crate::{Run, TrainError};

/// Rows that instruments look at. They take as much memory as the rows that they are a copy of, or twice as much in
/// double precision.
pub struct Specimen<T> {
    features: Vec<T>,
    width: usize,
    classes: Vec<u32>,
    values: Vec<T>,
    weights: Option<Vec<T>>,
    rows: Rows,
}

impl<T: Real> Specimen<T> {
    /// So many of a run's training rows, or all of them. Where they are streamed, those that are held in memory are all
    /// that can be looked at.
    pub fn of(run: &Run, count: Option<u64>) -> Specimen<T> {
        let (examples, of) = (run.data.training_examples(), run.data.training_rows());
        Specimen::new(&examples, of, count, run.config.training.seed)
    }

    /// So many of these examples, or all of them, which are some of `of` rows. The same seed draws the same ones.
    pub fn new(
        examples: &Examples<'_, f32>,
        of: usize,
        count: Option<u64>,
        seed: u64,
    ) -> Specimen<T> {
        let count = count.map_or(usize::MAX, |count| count as usize);
        let chosen = Rows::sample(count, examples.rows(), seed).indices;
        let width = examples.width;
        let mut features = vec![T::ZERO; chosen.len() * width];
        let mut written = vec![0.0; width];
        for (&row, to) in chosen.iter().zip(features.chunks_mut(width)) {
            examples.write_features(row as usize, &mut written);
            for (to, &x) in to.iter_mut().zip(&written) {
                *to = T::of(f64::from(x));
            }
        }
        let (mut classes, mut values) = (Vec::new(), Vec::new());
        match examples.targets {
            Targets::Classes(all) => {
                classes = chosen.iter().map(|&row| all[row as usize]).collect();
            }
            Targets::Values { values: all, width } => values = copied(all, width, &chosen),
        }
        let weights = examples.weights.map(|all| copied(all, 1, &chosen));
        Specimen {
            features,
            width,
            classes,
            values,
            weights,
            rows: Rows {
                of: of.max(examples.rows()),
                indices: (0..chosen.len() as u32).collect(),
            },
        }
    }

    /// How many they are, and of how many.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The rows themselves.
    pub fn examples(&self) -> Examples<'_, T> {
        let targets = if self.values.is_empty() {
            Targets::Classes(&self.classes)
        } else {
            Targets::Values {
                values: &self.values,
                width: self.values.len() / self.rows.len(),
            }
        };
        Examples {
            features: Features::Dense(&self.features),
            width: self.width,
            targets,
            weights: self.weights.as_deref(),
        }
    }

    /// What a run makes small, over these rows: its loss with its penalties, without dropout.
    ///
    /// # Errors
    /// The run has no loss.
    pub fn objective<'a>(&'a self, run: &'a Run) -> Result<Training<'a, T>, TrainError> {
        let loss = run.config.the_loss()?;
        let engine = Engine::new(&run.network, loss, &run.team);
        let mut training = Training::new(engine, self.examples());
        training.penalties = run.config.penalties();
        Ok(training)
    }
}

/// These rows of a matrix.
fn copied<T: Real>(from: &[f32], width: usize, rows: &[u32]) -> Vec<T> {
    let mut to = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        let row = &from[row as usize * width..][..width];
        to.extend(row.iter().map(|&x| T::of(f64::from(x))));
    }
    to
}

//! The noise of a run's gradient at its model's weights, and what batch that calls for on this machine.

// Steps are timed: how long one takes is part of the question.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use thalweg_core::descent::Descent;
use thalweg_core::network::Engine;
use thalweg_core::objective::Training;
use thalweg_core::spec::{Card, Field, Range, Slot, Spec};
use thalweg_landscape::noise::{Fastest, GradientNoise, Measure, measure};
use thalweg_landscape::{Rows, Surface};

use super::{Specimen, rows, widen};
use crate::{Run, TrainError};

/// Batches whose step is timed: powers of two up to this.
const LARGEST: usize = 4096;
/// How long the steps of one batch are timed, and how many of them at least.
const TIMED: Duration = Duration::from_millis(30);
const STEPS: usize = 3;

/// How the gradient's noise is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseTest {
    /// The rows, or none for all.
    pub rows: Option<u64>,
    /// Groups of rows that the intervals come from.
    pub groups: u64,
}

impl Default for NoiseTest {
    fn default() -> Self {
        NoiseTest {
            rows: Some(4000),
            groups: 16,
        }
    }
}

impl Spec for NoiseTest {
    const CARD: &'static Card = &Card {
        name: "noise",
        summary: "How the noise of the gradient is measured.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows(|s| &mut s.rows),
        Field {
            name: "groups",
            doc: "Groups of rows, which the intervals come from.",
            range: Range::count(3, 1000),
            slot: Slot::Count(|s| &mut s.groups),
        },
    ];
}

/// What is known of the noise.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseFound {
    /// The rows that it is of.
    pub rows: Rows,
    /// The rows of a step of the run.
    pub batch: usize,
    /// What was measured.
    pub noise: GradientNoise,
    /// Batches with the seconds that a step with each takes here; none for a solver, which has no batches.
    pub times: Vec<(usize, f64)>,
    /// The batch that takes the least time.
    pub fastest: Option<Fastest>,
}

impl NoiseTest {
    /// Measures a run at the weights of its model, in double precision, and times its steps.
    ///
    /// # Errors
    /// Too few rows for the groups, or a gradient that is not finite.
    pub fn measure(&self, run: &Run) -> Result<NoiseFound, TrainError> {
        let specimen = Specimen::<f64>::of(run, self.rows);
        let mut objective = specimen.objective(run)?;
        let mut surface = Surface::new(&mut objective, specimen.rows().clone());
        let how = Measure {
            groups: self.groups as usize,
            curved: true,
        };
        let noise = measure(&mut surface, &widen(run.best()), &how)?;
        let times = step_times(run)?;
        let fastest = noise.critical().fastest(&times);
        Ok(NoiseFound {
            rows: specimen.rows().clone(),
            batch: run.step_rows(),
            noise,
            times,
            fastest,
        })
    }
}

/// The shortest of a few steps with each batch, which change no weights of the run.
fn step_times(run: &Run) -> Result<Vec<(usize, f64)>, TrainError> {
    if run.config.solver.is_some() {
        return Ok(Vec::new());
    }
    let loss = run.config.the_loss()?;
    let engine = Engine::new(&run.network, loss, &run.team);
    let mut training = Training::new(engine, run.data.training_examples());
    training.penalties = run.config.penalties();
    let rows = training.examples.rows().min(LARGEST);
    let order: Vec<u32> = (0..rows as u32).collect();
    let sizes = std::iter::successors(Some(1_usize), |size| Some(2 * size));
    let mut times = Vec::new();
    for size in sizes.take_while(|&size| size <= rows) {
        let mut descent = Descent::new(run.config.plan(), run.network.layout());
        let mut weights = run.best().to_vec();
        let (mut least, mut count) = (Duration::MAX, 0);
        let begun = Instant::now();
        while count < STEPS || begun.elapsed() < TIMED {
            let before = Instant::now();
            descent.step(&run.team, &mut training, &order[..size], &mut weights);
            least = least.min(before.elapsed());
            count += 1;
        }
        times.push((size, least.as_secs_f64()));
    }
    Ok(times)
}

//! The spectrum of a run's Hessian at its model's weights, and what kind of place these are.

use thalweg_core::objective::Curvature;
use thalweg_core::spec::{Card, Field, Range, Slot, Spec};
use thalweg_landscape::classify::{Look, Point, classify};
use thalweg_landscape::dense::{Dense, MOST as MOST_EXACT, Spectrum};
use thalweg_landscape::density::{Density, Quadrature};
use thalweg_landscape::lanczos::Lanczos;
use thalweg_landscape::operator::CurvatureAt;
use thalweg_landscape::trace::{Trace, trace};
use thalweg_landscape::{Rows, Surface};

use super::{Specimen, rows, seed, widen};
use crate::{Run, TrainError};

/// How the curvature is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumTest {
    /// The rows, or none for all.
    pub rows: Option<u64>,
    /// Parameters up to which every eigenvalue is found.
    pub exact: u64,
    /// Products for the ends of the spectrum of more.
    pub products: u64,
    /// Random vectors for what lies between them.
    pub runs: u64,
    /// The seed of random vectors.
    pub seed: u64,
}

impl Default for SpectrumTest {
    fn default() -> Self {
        SpectrumTest {
            rows: Some(1000),
            exact: 500,
            products: 80,
            runs: 4,
            seed: 0,
        }
    }
}

impl Spec for SpectrumTest {
    const CARD: &'static Card = &Card {
        name: "spectrum",
        summary: "How the curvature of the loss surface is measured.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        rows(|s| &mut s.rows),
        Field {
            name: "exact",
            doc: "Parameters up to which the whole Hessian is taken and every eigenvalue found.",
            range: Range::count(0, MOST_EXACT as u64),
            slot: Slot::Count(|s| &mut s.exact),
        },
        Field {
            name: "products",
            doc: "Most products of the Hessian with a vector, for the ends of the spectrum and for each run between them.",
            range: Range::count(2, 10_000),
            slot: Slot::Count(|s| &mut s.products),
        },
        Field {
            name: "runs",
            doc: "Random vectors for the density between the ends.",
            range: Range::count(2, 1000),
            slot: Slot::Count(|s| &mut s.runs),
        },
        seed("Seed of the random vectors.", |s| &mut s.seed),
    ];
}

/// What is known of the curvature.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumFound {
    /// The rows that it is of.
    pub rows: Rows,
    /// Parameters of the network.
    pub parameters: usize,
    /// What kind of place it is, with both ends of the spectrum.
    pub point: Point,
    /// The curvature at the weights of the last step over what its rule can stand: above 1 steps grow. None for a rule
    /// that does not say what it can stand.
    pub load: Option<f64>,
    /// The trace.
    pub trace: Trace,
    /// Every eigenvalue of a small network.
    pub eigenvalues: Option<Spectrum>,
    /// Where they are, of a larger one.
    pub density: Option<Density>,
}

impl SpectrumTest {
    /// Measures a run at the weights of its model, in double precision.
    ///
    /// # Errors
    /// A loss or curvature that is not finite.
    pub fn measure(&self, run: &Run) -> Result<SpectrumFound, TrainError> {
        let specimen = Specimen::<f64>::of(run, self.rows);
        let mut objective = specimen.objective(run)?;
        let mut surface = Surface::new(&mut objective, specimen.rows().clone());
        let at = widen(run.best());
        let thresholds = run.thresholds();
        // The state of the rule belongs to the weights of the last step.
        let is_last = run.best() == run.parameters();
        let look = Look {
            thresholds: thresholds.clone().filter(|_| is_last),
            exact: self.exact as usize,
            lanczos: Lanczos {
                steps: self.products as usize,
                seed: self.seed,
                ..Lanczos::default()
            },
            ..Look::default()
        };
        let point = classify(&mut surface, &at, &look)?;
        let mut load = point.load;
        if let (None, Some(thresholds)) = (load, thresholds) {
            let last = widen(run.parameters());
            let operator = CurvatureAt::new(&mut surface, &last, Curvature::Hessian)?;
            let mut operator = operator.preconditioned(&thresholds)?;
            load = Some(look.lanczos.ends(&mut operator)?.highest.value);
        }
        // A few dozen vectors: their error is told.
        let trace = trace(&mut surface, &at, 8 * self.runs as usize, self.seed)?;
        let precision = surface.precision();
        let mut operator = CurvatureAt::new(&mut surface, &at, Curvature::Hessian)?;
        let (mut eigenvalues, mut density) = (None, None);
        if at.len() <= self.exact as usize {
            eigenvalues = Some(Dense::of(&mut operator)?.spectrum(precision)?);
        } else {
            let quadrature = Quadrature {
                runs: self.runs as usize,
                steps: self.products as usize,
                seed: self.seed,
            };
            density = Some(quadrature.density(&mut operator)?);
        }
        Ok(SpectrumFound {
            rows: specimen.rows().clone(),
            parameters: at.len(),
            point,
            load,
            trace,
            eigenvalues,
            density,
        })
    }
}

impl SpectrumFound {
    /// Places with the share of the eigenvalues that each stands for, the smallest first: every eigenvalue, or the nodes
    /// of the density.
    pub fn nodes(&self) -> Vec<(f64, f64)> {
        if let Some(density) = &self.density {
            return density.nodes.clone();
        }
        let eigenvalues = self.eigenvalues.iter().flat_map(|it| &it.eigenvalues);
        let share = 1.0 / self.parameters as f64;
        eigenvalues.map(|&value| (value, share)).collect()
    }
}

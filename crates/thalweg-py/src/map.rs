//! The loss surface around an estimator's weights, in the picture that runs have.

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use thalweg::Team;
use thalweg::core::Real;
use thalweg::core::loss::{Loss, Targets};
use thalweg::core::network::{Engine, Examples, Features, Network};
use thalweg::core::objective::{Penalties, Training};
use thalweg::landscape::{Rows, Surface};
use thalweg::train::{Portrait, TrainError, Trajectory, View};
use thalweg_report::{Map, Theme, contour, portrait_json};

use crate::errors::exception;
use crate::keywords::set;
use crate::runs::text;
use crate::team::measured;
use crate::trainer::Trainer;

/// Rows that are looked at, in double precision.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Seen<'py> {
    x: PyReadonlyArray2<'py, f64>,
    classes: Option<PyReadonlyArray1<'py, u32>>,
    values: Option<PyReadonlyArray2<'py, f64>>,
    /// What each row counts, with mean 1 but for the factor of the loss.
    weights: PyReadonlyArray1<'py, f64>,
    /// How many rows they are drawn from.
    of: usize,
    l1: f64,
    l2: f64,
}

/// The loss on a plane through these weights, as JSON and as a picture.
#[pyfunction]
#[pyo3(name = "_surface")]
pub(crate) fn surface_of(
    py: Python<'_>,
    trainer: &Trainer,
    parameters: PyReadonlyArray1<'_, f64>,
    seen: Seen<'_>,
    title: String,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<(String, String)> {
    let mut view = View::default();
    set(&mut view, keywords)?;
    let (network, loss, shared) = trainer.parts();
    // One of its own, which can be stopped.
    let team = Team::new(shared.threads());
    let (x, weights) = (seen.x.as_slice()?, seen.weights.as_slice()?);
    let classes = seen.classes.as_ref().map(|it| it.as_slice()).transpose()?;
    let values = seen.values.as_ref().map(|it| it.as_slice()).transpose()?;
    let targets = match (classes, values) {
        (Some(classes), _) => Targets::Classes(classes),
        (None, Some(values)) => Targets::Values {
            values,
            width: network.outputs(),
        },
        (None, None) => return Err(PyValueError::new_err("there are no targets")),
    };
    let held = Held {
        network,
        loss,
        team: &team,
        examples: Examples {
            features: Features::Dense(x),
            width: network.inputs(),
            targets,
            weights: Some(weights),
        },
        penalties: Penalties {
            l1: seen.l1,
            l2: seen.l2,
        },
        of: seen.of,
        recorded: trainer.trajectory().filter(|it| !it.steps().is_empty()),
    };
    let model = parameters.as_slice()?.to_vec();
    let portrait = py.detach(|| measured(&[&team], || held.portray(&view, model)));
    let portrait = portrait?.map_err(exception)?;
    let map = Map::of_portrait(&portrait, &format!("Loss around {title}"));
    let mut object = portrait_json(&portrait);
    object["sentences"] = json!(map.sentences);
    object["run"] = json!(title);
    object["steps_recorded"] = json!(held.recorded.map(|it| it.steps().len()));
    let picture = contour(&map, Theme::Light).map_err(|error| crate::runs::undrawn(&error))?;
    Ok((text(&object), picture))
}

/// All that a loss surface is made of.
struct Held<'a> {
    network: &'a Network,
    loss: &'a dyn Loss,
    team: &'a Team,
    examples: Examples<'a, f64>,
    penalties: Penalties,
    of: usize,
    recorded: Option<&'a Trajectory>,
}

impl Held<'_> {
    fn portray(&self, view: &View, model: Vec<f64>) -> Result<Portrait, TrainError> {
        let narrow = |wide: &[f64]| -> Vec<f32> { wide.iter().map(|&x| f32::of(x)).collect() };
        let width = self.examples.width;
        let mut features = vec![0.0; self.examples.rows() * width];
        let mut row = vec![0.0; width];
        for (index, to) in features.chunks_mut(width).enumerate() {
            self.examples.write_features(index, &mut row);
            to.copy_from_slice(&narrow(&row));
        }
        let weights = self.examples.weights.map(narrow);
        let values = match self.examples.targets {
            Targets::Values { values, .. } => narrow(values),
            Targets::Classes(_) => Vec::new(),
        };
        let single = Examples {
            features: Features::Dense(&features),
            width: self.examples.width,
            targets: match self.examples.targets {
                Targets::Classes(classes) => Targets::Classes(classes),
                Targets::Values { width, .. } => Targets::Values {
                    values: &values,
                    width,
                },
            },
            weights: weights.as_deref(),
        };
        let rows = Rows {
            of: self.of,
            indices: (0..self.examples.rows() as u32).collect(),
        };
        let mut fine = self.function(self.examples);
        let mut coarse = self.function(single);
        let mut fine = Surface::new(&mut fine, rows.clone());
        let mut coarse = Surface::new(&mut coarse, rows);
        let surfaces = (&mut fine, &mut coarse);
        view.portray(self.network, model, self.recorded, surfaces)
    }

    fn function<'e, T: Real>(&'e self, examples: Examples<'e, T>) -> Training<'e, T> {
        let engine = Engine::new(self.network, self.loss, self.team);
        let mut training = Training::new(engine, examples);
        training.penalties = self.penalties;
        training
    }
}

//! A trained model: all that predicting needs, in one file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thalweg_core::layout::Part as Kind;
use thalweg_core::loss::Purpose;
use thalweg_core::network::{Engine, Features, Network};
use thalweg_core::optimizer;
use thalweg_core::team::Team;
use thalweg_data::{DataError, Notes, Preprocessing, Table};

use crate::archive::{self, Tensor};
use crate::encoder::{Encoder, MissingTarget, parts};
use crate::part::Part;
use crate::prepare::purpose;
use crate::scores::{self, Scores, Scoring};
use crate::{Config, ConfigError, Settings, TrainError};

/// A network with its weights and the preprocessing that it was trained with.
pub struct Model {
    /// The configuration of the run that it comes from.
    pub config: Config,
    /// What turns a table into rows of features.
    pub preprocessing: Preprocessing,
    /// Epochs done when the weights were the best.
    pub epoch: u64,
    parameters: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: String,
    config: String,
    preprocessing: Preprocessing,
    epoch: u64,
}

/// What a model says of the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Row after row: a probability for each class, or one number in the target's own unit.
    pub values: Vec<f64>,
    /// Numbers in a row.
    pub width: usize,
    /// What had to be passed over.
    pub notes: Notes,
}

impl Predictions {
    /// The most probable class of each row.
    pub fn classes(&self) -> Vec<usize> {
        let largest = |row: &[f64]| {
            let best = |best, index| if row[index] > row[best] { index } else { best };
            (1..row.len()).fold(0, best)
        };
        self.values.chunks_exact(self.width).map(largest).collect()
    }
}

const REMEDY: &str = "copy it again, or train again with --config run.toml";

/// Rows that the area under the curve is of; of more, one of every k, so that memory does not grow with them.
const RANKED: usize = 1 << 20;

impl Model {
    /// Puts a model together from what a training ends with.
    pub(crate) fn new(
        config: Config,
        preprocessing: Preprocessing,
        parameters: Vec<f32>,
        epoch: u64,
    ) -> Model {
        Model {
            config,
            preprocessing,
            epoch,
            parameters,
        }
    }

    /// The network.
    ///
    /// # Errors
    /// The architecture names something that does not exist.
    pub fn network(&self) -> Result<Network, TrainError> {
        build_network(&self.config, &self.preprocessing)
    }

    /// The weights, in the layout of [`Model::network`].
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Writes the model, replacing the file at once.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        save(
            path,
            &self.config,
            &self.preprocessing,
            &self.network()?,
            &self.parameters,
            self.epoch,
        )
    }

    /// Reads a model back.
    ///
    /// # Errors
    /// The file is not there, is damaged, or comes from a later version.
    pub fn load(path: &Path) -> Result<Model, TrainError> {
        let (header, tensors): (Header, _) = archive::load(path, REMEDY)?;
        let damaged = |reason: String| TrainError::Damaged {
            path: path.into(),
            reason,
            remedy: REMEDY,
        };
        let mut settings = Settings::from_toml(&header.config, "the model's configuration")?;
        // A rule of the person's own is not in the list, and predicting does not need it.
        if settings
            .get("optimizer", "name")
            .is_some_and(|name| optimizer::ALL.find(&name).is_err())
        {
            settings.forget("optimizer");
        }
        let config = Config::new(&settings)?;
        let network = build_network(&config, &header.preprocessing)?;
        let mut parameters = Vec::with_capacity(network.layout().len());
        for segment in network.layout().segments() {
            let name = segment.to_string();
            let tensor = tensors.iter().find(|tensor| tensor.name == name);
            match tensor {
                Some(tensor) if tensor.data.len() == segment.range.len() => {
                    parameters.extend_from_slice(&tensor.data);
                }
                _ => return Err(damaged(format!("it has no fitting `{name}`"))),
            }
        }
        Ok(Model::new(
            config,
            header.preprocessing,
            parameters,
            header.epoch,
        ))
    }

    /// Predicts every row of a table.
    ///
    /// # Errors
    /// The table does not have the model's columns.
    pub fn predict(&self, table: &Table, team: &Team) -> Result<Predictions, TrainError> {
        let (network, loss) = (self.network()?, self.config.the_loss()?);
        let mut engine = Engine::new(&network, loss, team);
        self.predict_by(&mut engine, table)
    }

    /// Predicts every row of tables that come one after the other, as the blocks of a [`thalweg_data::Source`], and
    /// gives `each` the predictions of one after the other. Nothing is held but the table at hand.
    ///
    /// # Errors
    /// As [`Model::predict`], and whatever is wrong with a table or is said by `each`.
    pub fn predict_blocks<E: From<TrainError>>(
        &self,
        tables: impl IntoIterator<Item = Result<Table, DataError>>,
        team: &Team,
        mut each: impl FnMut(&Predictions) -> Result<(), E>,
    ) -> Result<Notes, E> {
        let network = self.network()?;
        let loss = self.config.the_loss().map_err(TrainError::from)?;
        let mut engine = Engine::new(&network, loss, team);
        let mut notes = Notes::default();
        for table in tables {
            let table = table.map_err(TrainError::from)?;
            let width = self.preprocessing.n_features().max(network.outputs());
            for part in parts(&table, width) {
                let mut predictions = self.predict_by(&mut engine, &part)?;
                let more = std::mem::take(&mut predictions.notes);
                self.preprocessing.add_notes(&mut notes, more);
                each(&predictions)?;
            }
        }
        Ok(notes)
    }

    fn predict_by(
        &self,
        engine: &mut Engine<'_, f32>,
        table: &Table,
    ) -> Result<Predictions, TrainError> {
        let (features, notes) = self.preprocessing.encode(table, None)?;
        let width = engine.network().outputs();
        let mut values = vec![0.0; table.rows() * width];
        engine.predict(&self.parameters, Features::Dense(&features), &mut values);
        let values = values.into_iter().map(f64::from);
        if let Some((mean, std)) = self.preprocessing.target_scale() {
            let values = values.map(|value| value * std + mean).collect();
            return Ok(Predictions {
                values,
                width,
                notes,
            });
        }
        if self.config.the_loss()?.purpose() == Purpose::TwoClasses {
            let values = values.flat_map(|p| [1.0 - p, p]).collect();
            return Ok(Predictions {
                values,
                width: 2,
                notes,
            });
        }
        Ok(Predictions {
            values: values.collect(),
            width,
            notes,
        })
    }

    /// Scores the model on rows of a table that has the target too, or on all of them.
    ///
    /// # Errors
    /// The table does not have the model's columns, or has a class that the model does not know.
    pub fn evaluate(
        &self,
        table: &Table,
        rows: Option<&[u32]>,
        team: &Team,
    ) -> Result<(Scores, Notes), TrainError> {
        let part = Part::new(&self.preprocessing, table, rows)?;
        let (network, loss) = (self.network()?, self.config.the_loss()?);
        let mut engine = Engine::new(&network, loss, team);
        let scores = scores::score(
            &mut engine,
            loss,
            &self.parameters,
            &part,
            &self.preprocessing,
        );
        Ok((scores, part.notes))
    }

    /// Scores the model on tables that come one after the other, as the blocks of a [`thalweg_data::Source`]: on all of
    /// their rows, or on those that have a target. Nothing is held but the table at hand and sums; AUC, which needs all
    /// predictions of two classes, keeps 16 bytes of each row, and as much again while it is computed.
    ///
    /// # Errors
    /// As [`Model::evaluate`], and whatever is wrong with a table.
    pub fn evaluate_blocks(
        &self,
        tables: impl IntoIterator<Item = Result<Table, DataError>>,
        missing: MissingTarget,
        team: &Team,
    ) -> Result<Evaluation, TrainError> {
        let (network, loss) = (self.network()?, self.config.the_loss()?);
        let mut engine = Engine::new(&network, loss, team);
        let preprocessing = &self.preprocessing;
        let mut scoring = Scoring::new(&mut engine, loss, &self.parameters, preprocessing, RANKED);
        let mut notes = Notes::default();
        let mut encoder = Encoder::new(preprocessing, missing);
        for table in tables {
            let table = table?;
            for part in parts(&table, preprocessing.n_features()) {
                if let Some(part) = encoder.encode(&part)? {
                    scoring.add(&part.examples());
                    preprocessing.add_notes(&mut notes, part.notes);
                }
            }
        }
        let rows = encoder.finish()?;
        Ok(Evaluation {
            rows,
            scores: scoring.finish(),
            notes,
        })
    }
}

/// How good a model is.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The rows that it was scored on.
    pub rows: usize,
    /// The scores.
    pub scores: Scores,
    /// What had to be passed over.
    pub notes: Notes,
}

/// The network of a configuration for these features and this target.
pub(crate) fn build_network(
    config: &Config,
    preprocessing: &Preprocessing,
) -> Result<Network, TrainError> {
    let one_output = config
        .loss
        .as_ref()
        .is_none_or(|loss| loss.purpose() == Purpose::TwoClasses);
    let outputs = match (purpose(preprocessing), preprocessing.classes()) {
        (Purpose::Numbers | Purpose::Counts, _) | (_, None) => 1,
        (Purpose::TwoClasses, _) if one_output => 1,
        (_, Some(classes)) => classes.len(),
    };
    Network::new(preprocessing.n_features(), outputs, &config.network).map_err(|errors| {
        let in_network = |source| ConfigError::Spec {
            section: "network".into(),
            source,
        };
        errors
            .into_iter()
            .map(in_network)
            .collect::<Vec<_>>()
            .into()
    })
}

/// Writes a model without owning its parts.
pub(crate) fn save(
    path: &Path,
    config: &Config,
    preprocessing: &Preprocessing,
    network: &Network,
    parameters: &[f32],
    epoch: u64,
) -> Result<(), TrainError> {
    let header = Header {
        version: env!("CARGO_PKG_VERSION").into(),
        config: config.to_toml(),
        preprocessing: preprocessing.clone(),
        epoch,
    };
    let tensors: Vec<Tensor> = network
        .layout()
        .segments()
        .iter()
        .map(|segment| Tensor {
            name: segment.to_string(),
            shape: match segment.part {
                Kind::Weight => vec![segment.shape.0, segment.shape.1],
                Kind::Bias => vec![segment.shape.0],
            },
            data: parameters[segment.range.clone()].to_vec(),
        })
        .collect();
    archive::save(path, &header, &tensors)
}

//! What is asked of a run that has ended: its model, its way, and its folder back.

use super::Run;
use crate::{Config, Model, Settings, TrainError, Trajectory};

impl Run {
    /// Gives up its folder, so that others may train there: nothing more is written by this one.
    pub fn leave_folder(&mut self) {
        (self.folder, self.lock) = (None, None);
    }

    /// The trained model as it stands; the run stays.
    ///
    /// # Errors
    /// The configuration names a rule that only its author has.
    pub fn model(&self) -> Result<Model, TrainError> {
        let written = Settings::from_toml(&self.config.to_toml(), "the configuration")?;
        Ok(Model::new(
            Config::new(&written)?,
            self.data.preprocessing.clone(),
            self.session.best.clone(),
            self.session.place.best_epoch,
        ))
    }

    /// What was recorded of the way so far, if anything was to be.
    pub fn trajectory(&self) -> Option<&Trajectory> {
        self.session.trajectory.as_ref()
    }

    /// The trained model.
    pub fn into_model(self) -> Model {
        let epoch = self.session.place.best_epoch;
        Model::new(
            self.config,
            self.data.preprocessing,
            self.session.best,
            epoch,
        )
    }
}

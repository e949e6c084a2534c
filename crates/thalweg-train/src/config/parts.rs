//! A configuration as a list: every setting beside what it is where nothing is said.

use thalweg_core::schedule::Schedule;
use thalweg_core::spec::Tunable;

use super::{Config, as_tunable};
use crate::AUTO;

/// A section of a configuration with all of its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Section<'c> {
    /// Its name.
    pub section: &'c str,
    /// The member that it chose, if it chooses one.
    pub member: &'c str,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// A setting and whether it is as usual.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value, as it is typed.
    pub value: String,
    /// Whether nothing else was asked for.
    pub is_default: bool,
}

/// The settings of these, which are usual where they are as in `usual`, or else as in their own defaults.
fn settings_of(own: &[&dyn Tunable], usual: &[&dyn Tunable]) -> Vec<Setting> {
    let setting = |tunable: &&dyn Tunable| -> Vec<Setting> {
        let fields = tunable.fields().into_iter();
        fields
            .filter_map(|field| {
                let value = tunable.get(field.name)?;
                let default = usual.iter().find_map(|it| it.get(field.name));
                Some(Setting {
                    name: field.name,
                    is_default: value == default.unwrap_or(field.default),
                    value: value.to_string(),
                })
            })
            .collect()
    };
    own.iter().flat_map(setting).collect()
}

impl Config {
    /// All settings by section, beside what they are where nothing is said.
    pub fn parts(&self) -> Vec<Section<'_>> {
        let standard = Config::default();
        let part =
            |name, member: &'static str, own: &[&dyn Tunable], usual: &[&dyn Tunable]| Section {
                section: name,
                member,
                settings: settings_of(own, usual),
            };
        let (method, usual) = (self.method(), standard.method());
        let is_usual = method.card().name == usual.card().name;
        let usual: &[&dyn Tunable] = if is_usual { &[usual] } else { &[] };
        let (schedule, cosine): (&dyn Schedule, &dyn Schedule) =
            (&*self.schedule, &*standard.schedule);
        let is_cosine = schedule.card().name == cosine.card().name;
        let schedules: &[&dyn Tunable] = if is_cosine {
            &[cosine, &standard.frame]
        } else {
            &[&standard.frame]
        };
        let loss = self.loss.as_deref().map(as_tunable);
        vec![
            part("data", "", &[&self.data], &[&standard.data]),
            part("network", "", &[&self.network], &[&standard.network]),
            part(
                "loss",
                loss.map_or(AUTO, |loss| loss.card().name),
                &loss.into_iter().collect::<Vec<_>>(),
                &[],
            ),
            part("optimizer", method.card().name, &[method], usual),
            part(
                "schedule",
                schedule.card().name,
                &[schedule, &self.frame],
                schedules,
            ),
            part("training", "", &[&self.training], &[&standard.training]),
        ]
    }
}

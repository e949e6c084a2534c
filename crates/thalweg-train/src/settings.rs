//! A configuration as a person wrote it: a list of assignments, not yet checked. See [`crate::Config`] for the checked one.

use thalweg_core::spec::{Spec, Value, parse_short};

use crate::archive::FORMAT;
use crate::{ConfigError, Frame};

/// The sections that choose a member of a family by `name`.
const MEMBERS: [&str; 3] = ["loss", "optimizer", "schedule"];

/// Where the settings of the groups of parameters are: `optimizer.group.0`, `optimizer.group.1`, …
pub(crate) const GROUPS: &str = "optimizer.group.";
/// Where the schedules of other numbers than the learning rate are: `schedule.momentum`.
pub(crate) const SCHEDULES: &str = "schedule.";

/// Whether a section chooses a member of a family by `name`.
fn has_member(section: &str) -> bool {
    MEMBERS.contains(&section) || section.starts_with(SCHEDULES)
}

/// Assignments `section.key = value` from a file, from flags and from `--set`, the later ones counting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    section: String,
    key: String,
    value: Value,
}

impl Settings {
    /// Reads a TOML file's text; `origin` is its name, for messages.
    ///
    /// # Errors
    /// Text that is no TOML (with the line), or a value that no setting can have.
    pub fn from_toml(text: &str, origin: &str) -> Result<Settings, ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
            ConfigError::Toml {
                origin: origin.into(),
                line: before.matches('\n').count() + 1,
                message: error.message().trim().to_owned(),
            }
        })?;
        let mut settings = Settings::default();
        for (section, content) in table {
            if section == "format" {
                let found = content.as_integer().unwrap_or(0);
                let known = i64::from(FORMAT);
                if found > known {
                    return Err(ConfigError::Newer {
                        origin: origin.into(),
                        found,
                        known,
                    });
                }
                continue;
            }
            let toml::Value::Table(content) = content else {
                return Err(ConfigError::Stray {
                    origin: origin.into(),
                    key: section,
                });
            };
            for (key, value) in content {
                let nested = |index: &str| format!("{section}.{key}{index}");
                let tables: Vec<(String, &toml::Table)> = match &value {
                    // One group may be written as a table.
                    toml::Value::Table(table) if key == "group" => vec![(nested(".0"), table)],
                    toml::Value::Table(table) => vec![(nested(""), table)],
                    toml::Value::Array(items) if items.iter().all(toml::Value::is_table) => items
                        .iter()
                        .enumerate()
                        .filter_map(|(index, item)| {
                            Some((nested(&format!(".{index}")), item.as_table()?))
                        })
                        .collect(),
                    _ => Vec::new(),
                };
                for (section, table) in &tables {
                    if table.is_empty() && section.starts_with(GROUPS) {
                        return Err(ConfigError::GroupWithoutMatch);
                    } else if table.is_empty() {
                        let section = section.clone();
                        return Err(ConfigError::Nameless { section });
                    }
                    for (key, value) in *table {
                        settings.put_toml(section, key, value)?;
                    }
                }
                if !tables.is_empty() {
                    continue;
                }
                settings.put_toml(&section, &key, &value)?;
            }
        }
        Ok(settings)
    }

    fn put_toml(
        &mut self,
        section: &str,
        key: &str,
        value: &toml::Value,
    ) -> Result<(), ConfigError> {
        let read = from_toml(value).ok_or_else(|| ConfigError::Unreadable {
            path: format!("{section}.{key}"),
            found: value.to_string(),
        })?;
        self.put(section, key, read);
        Ok(())
    }

    /// Adds a group of parameters with other settings, as `layer 1.*:lr=0.001`.
    ///
    /// # Errors
    /// The text is not of that form.
    pub fn add_group(&mut self, text: &str) -> Result<(), ConfigError> {
        let (pattern, settings) = parse_short(text).map_err(|source| ConfigError::Spec {
            section: "optimizer.group".into(),
            source,
        })?;
        let section = format!("{GROUPS}{}", self.numbered(GROUPS).len());
        self.put(&section, "match", Value::Text(pattern));
        for (key, value) in settings {
            self.put(&section, &key, value);
        }
        Ok(())
    }

    /// The sections with this beginning, in order.
    pub(crate) fn numbered(&self, beginning: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for section in self
            .sections()
            .filter(|section| section.starts_with(beginning))
        {
            if !found.iter().any(|it| it == section) {
                found.push(section.to_owned());
            }
        }
        found
    }

    /// Sets one value.
    pub fn put(&mut self, section: &str, key: &str, value: Value) {
        self.entries
            .retain(|entry| entry.section != section || entry.key != key);
        self.entries.push(Entry {
            section: section.into(),
            key: key.into(),
            value,
        });
    }

    /// Sets one value as a person typed it: `optimizer.lr=0.01`.
    ///
    /// # Errors
    /// The text is not of that form.
    pub fn assign(&mut self, text: &str) -> Result<(), ConfigError> {
        let parts = text
            .split_once('=')
            .and_then(|(path, value)| path.trim().rsplit_once('.').map(|path| (path, value)));
        let Some(((section, key), value)) = parts else {
            return Err(ConfigError::Assignment { text: text.into() });
        };
        if key == "name" && has_member(section) {
            return self.choose(section, value.trim());
        }
        self.put(section, key, Value::Typed(value.trim().into()));
        Ok(())
    }

    /// The same, of a value that has not been set otherwise.
    ///
    /// # Errors
    /// The text is not of that form, or the value has been set.
    pub fn assign_once(&mut self, text: &str) -> Result<(), ConfigError> {
        let path = text.split('=').next().unwrap_or_default().trim();
        if let Some((section, key)) = path.rsplit_once('.')
            && self.get(section, key).is_some()
        {
            return Err(ConfigError::Twice { path: path.into() });
        }
        self.assign(text)
    }

    /// Takes over all that `other` sets; a member that it chooses makes the old one's settings forgotten.
    pub fn overlay(&mut self, other: &Settings) {
        let mut chosen: Vec<&str> = other
            .sections()
            .filter(|section| has_member(section))
            .collect();
        chosen.dedup();
        for section in chosen {
            if other.get(section, "name").is_some() {
                self.forget_member(section);
            }
        }
        // Groups that say what they match are further ones; others change a setting of one that is there.
        let there = self.numbered(GROUPS).len();
        let further = other.numbered(GROUPS);
        let further = further
            .iter()
            .filter(|section| other.get(section, "match").is_some());
        let further: Vec<&String> = further.collect();
        for entry in &other.entries {
            let place = further
                .iter()
                .position(|section| **section == entry.section);
            let section = place.map(|place| format!("{GROUPS}{}", there + place));
            let section = section.as_deref().unwrap_or(&entry.section);
            self.put(section, &entry.key, entry.value.clone());
        }
    }

    /// Chooses a family's member by a short form `adam:lr=0.002`, or a chain of schedules by its parts; what was set for another member is forgotten.
    ///
    /// # Errors
    /// The short form cannot be read.
    pub fn choose(&mut self, section: &str, short: &str) -> Result<(), ConfigError> {
        let is_schedule = section == "schedule" || section.starts_with(SCHEDULES);
        if is_schedule && (short.contains(" then ") || short.contains(" for ")) {
            // A chain, written as its parts.
            let short = short.trim_start_matches("chain:parts=");
            self.forget_member(section);
            self.put(section, "name", Value::text("chain"));
            self.put(section, "parts", Value::text(short));
            return Ok(());
        }
        let (name, settings) = parse_short(short).map_err(|source| ConfigError::Spec {
            section: section.into(),
            source,
        })?;
        self.forget_member(section);
        self.put(section, "name", Value::Text(name));
        for (key, value) in settings {
            self.put(section, &key, value);
        }
        Ok(())
    }

    /// Forgets a member and its settings, but not what all schedules have in common.
    fn forget_member(&mut self, section: &str) {
        let common = |key: &str| Frame::FIELDS.iter().any(|field| field.name == key);
        self.entries
            .retain(|entry| entry.section != section || common(&entry.key));
        if section == "optimizer" {
            // Both speak of its numbers.
            self.entries.retain(|entry| {
                !entry.section.starts_with(GROUPS) && !entry.section.starts_with(SCHEDULES)
            });
        }
    }

    /// Forgets all that was set in a section.
    pub(crate) fn forget(&mut self, section: &str) {
        self.entries.retain(|entry| entry.section != section);
    }

    /// The sections that something was set in.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.section.as_str())
    }

    /// Section and key of everything that was set.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .map(|entry| (entry.section.as_str(), entry.key.as_str()))
    }

    /// All that was set in a section but its `name`.
    pub(crate) fn of(&self, section: &str) -> Vec<(String, Value)> {
        let chosen = self.entries.iter().filter(|entry| {
            entry.section == section && !(entry.key == "name" && has_member(section))
        });
        chosen
            .map(|entry| (entry.key.clone(), entry.value.clone()))
            .collect()
    }

    /// One value, as text.
    pub fn get(&self, section: &str, key: &str) -> Option<String> {
        let mut entries = self.entries.iter();
        entries
            .find(|entry| entry.section == section && entry.key == key)
            .map(|entry| entry.value.to_string())
    }
}

fn from_toml(value: &toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(n) => u64::try_from(*n).map_or(Value::Float(*n as f64), Value::Count),
        toml::Value::Float(x) => Value::Float(*x),
        toml::Value::Boolean(on) => Value::Switch(*on),
        toml::Value::Array(items) => {
            let count = |item: &toml::Value| item.as_integer().and_then(|n| u64::try_from(n).ok());
            let text = |item: &toml::Value| item.as_str().map(str::to_owned);
            let real = |item: &toml::Value| item.as_float().or(item.as_integer().map(|n| n as f64));
            if items.is_empty() {
                Value::Texts(Vec::new())
            } else if let Some(counts) = items.iter().map(count).collect() {
                Value::Counts(counts)
            } else if let Some(reals) = items.iter().map(real).collect() {
                Value::Floats(reals)
            } else {
                Value::Texts(items.iter().map(text).collect::<Option<_>>()?)
            }
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => return None,
    })
}

/// A value as TOML writes it.
pub(crate) fn to_toml(value: &Value) -> toml::Value {
    let count =
        |n: &u64| i64::try_from(*n).map_or(toml::Value::Float(*n as f64), toml::Value::Integer);
    match value {
        Value::Switch(on) => toml::Value::Boolean(*on),
        Value::Count(n) => count(n),
        Value::Float(x) => toml::Value::Float(*x),
        Value::Text(text) | Value::Typed(text) => toml::Value::String(text.clone()),
        Value::Floats(list) => {
            toml::Value::Array(list.iter().copied().map(toml::Value::Float).collect())
        }
        Value::Counts(list) => toml::Value::Array(list.iter().map(count).collect()),
        Value::Texts(list) => {
            toml::Value::Array(list.iter().cloned().map(toml::Value::String).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_member_forgets_the_settings_of_the_old_one() {
        let mut settings = Settings::from_toml(
            "[schedule]\nname = \"step\"\ngamma = 0.5\nwarmup = 3\n",
            "run.toml",
        )
        .unwrap();
        settings.choose("schedule", "cosine:min=0.1").unwrap();
        assert_eq!(settings.get("schedule", "name").as_deref(), Some("cosine"));
        assert_eq!(settings.get("schedule", "gamma"), None);
        assert_eq!(settings.get("schedule", "min").as_deref(), Some("0.1"));
        assert_eq!(settings.get("schedule", "warmup").as_deref(), Some("3"));
    }

    #[test]
    fn broken_toml_is_located() {
        let error =
            Settings::from_toml("[data]\nsource = \"a\"\ntarget 3\n", "run.toml").unwrap_err();
        assert!(
            error.to_string().starts_with("run.toml, line 3: "),
            "{error}"
        );
    }

    #[test]
    fn an_assignment_needs_a_section() {
        let error = Settings::default().assign("lr=3").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`lr=3` is not of the form `section.key=value`, as in `optimizer.lr=0.01`"
        );
    }
}

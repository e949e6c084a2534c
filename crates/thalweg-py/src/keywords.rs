//! Keywords of Python as settings: the command line's names with Python's values.

use numpy::PyUntypedArrayMethods as _;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyTuple};
use thalweg::spec::{FieldInfo, Listed as _, SpecError, Tunable, Value, near_names};
use thalweg::train::{SECTIONS, SETTINGS};
use thalweg::{ConfigError, Settings, TrainError};

use crate::errors::{exception, refused};

/// Sections that are chosen by a short form.
const CHOICES: [&str; 3] = ["loss", "optimizer", "schedule"];

/// All that was given, and what is wrong with it.
pub(crate) struct Given {
    pub(crate) settings: Settings,
    pub(crate) errors: Vec<String>,
}

impl Given {
    /// Keywords over what a configuration file says, or a nested dict such as `Run.config`.
    pub(crate) fn of(
        config: Option<&Bound<'_, PyAny>>,
        keywords: &Bound<'_, PyDict>,
    ) -> PyResult<Given> {
        let mut given = Given {
            settings: Settings::default(),
            errors: Vec::new(),
        };
        // What chooses a member comes first, because it forgets the settings of another.
        let (mut choices, mut rest) = (Vec::new(), Vec::new());
        for (name, value) in keywords.iter() {
            let name: String = name.extract()?;
            let key = name.rsplit_once('.').map(|(_, key)| key);
            let chooses = CHOICES.contains(&name.as_str()) || key == Some("name");
            (if chooses { &mut choices } else { &mut rest }).push((name, value));
        }
        choices.sort_by_key(|(name, _)| name.starts_with("schedule"));
        for (name, value) in choices.into_iter().chain(rest) {
            given.take(&name, &value)?;
        }
        if let Some(config) = config {
            let mut base = base(config)?;
            base.overlay(&given.settings);
            given.settings = base;
        }
        Ok(given)
    }

    fn take(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match name {
            "loss" | "optimizer" | "schedule" => {
                for short in texts(name, value)? {
                    let (section, short) = section_of(name, &short);
                    if self.settings.get(&section, "name").is_some() {
                        self.say(ConfigError::Twice { path: section });
                    } else if let Err(error) = self.settings.choose(&section, short) {
                        self.say(error);
                    }
                }
            }
            "group" => {
                for group in texts(name, value)? {
                    if let Err(error) = self.settings.add_group(&group) {
                        self.say(error);
                    }
                }
            }
            "lr" => self.put("optimizer", "lr", value)?,
            dotted if dotted.contains('.') => {
                let (section, key) = dotted.rsplit_once('.').unwrap_or_default();
                if key == "name" {
                    let short: String = value.extract()?;
                    if let Err(error) = self.settings.choose(section, &short) {
                        self.say(error);
                    }
                } else {
                    self.put(section, key, value)?;
                }
            }
            plain => match field(plain) {
                Some((section, field)) => {
                    // No column and no file is what an empty text says.
                    let is_text = field.kind == "text" || field.kind == "texts";
                    if !(is_text && value.is_none()) {
                        self.put(section, plain, value)?;
                    }
                }
                None => self.errors.push(unknown(plain)),
            },
        }
        Ok(())
    }

    fn put(&mut self, section: &str, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.settings.get(section, key).is_some() {
            let path = format!("{section}.{key}");
            self.say(ConfigError::Twice { path });
        }
        self.settings.put(section, key, self::value(key, value)?);
        Ok(())
    }

    fn say(&mut self, error: ConfigError) {
        self.errors.push(error.to_string());
    }

    /// Goes on only where nothing is wrong: adds what a check has found.
    pub(crate) fn checked<T>(&mut self, found: Result<T, Vec<ConfigError>>) -> PyResult<T> {
        match found {
            Ok(value) if self.errors.is_empty() => Ok(value),
            found => {
                let found = found.err().into_iter().flatten();
                self.errors.extend(found.map(|error| error.to_string()));
                Err(refused(&self.errors))
            }
        }
    }
}

/// Sets fields of a struct by keywords.
pub(crate) fn set<T: Tunable>(target: &mut T, keywords: &Bound<'_, PyDict>) -> PyResult<()> {
    let section = target.card().name;
    let mut pairs = Vec::new();
    for (name, given) in keywords.iter() {
        let name: String = name.extract()?;
        pairs.push((name.clone(), value(&name, &given)?));
    }
    let error = |source: SpecError| ConfigError::Spec {
        section: section.into(),
        source,
    };
    target.set_all(&pairs).map_err(|found| {
        let found: Vec<ConfigError> = found.into_iter().map(error).collect();
        exception(TrainError::from(found))
    })
}

/// A setting by its name alone, as a flag is named, with its section.
fn field(name: &str) -> Option<(&'static str, FieldInfo)> {
    let sections: Vec<Box<dyn Tunable>> = SETTINGS.members();
    sections.iter().find_map(|section| {
        let field = section.fields().into_iter().find(|it| it.name == name)?;
        Some((section.card().name, field))
    })
}

fn unknown(name: &str) -> String {
    let sections: Vec<Box<dyn Tunable>> = SETTINGS.members();
    let fields = sections.iter().flat_map(|section| section.fields());
    let names = fields.map(|field| field.name);
    let near = near_names(name, names.chain(CHOICES).chain(["group", "lr"]));
    let hint = if near.is_empty() {
        format!("; the sections are {}", SECTIONS.join(", "))
    } else {
        format!("; did you mean `{}`?", near.join("` or `"))
    };
    format!("there is no setting `{name}`{hint}")
}

/// The section of a choice: `schedule` for `cosine`, and `schedule.momentum` for `momentum=cosine`.
fn section_of<'s>(name: &str, short: &'s str) -> (String, &'s str) {
    match short.split_once('=') {
        Some(("lr", rest)) if name == "schedule" => (name.to_owned(), rest),
        Some((field, rest)) if name == "schedule" && !field.contains(':') => {
            (format!("{name}.{}", field.trim()), rest)
        }
        _ => (name.to_owned(), short),
    }
}

fn texts(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Ok(one) = value.extract::<String>() {
        return Ok(vec![one]);
    }
    let several: PyResult<Vec<String>> = value.extract();
    several.map_err(|_| refused(&[format!("`{name}` takes a text or a list of texts")]))
}

/// What Python's value is for a setting.
fn value(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Value> {
    let scalar = given.getattr("item").ok().filter(|_| {
        let dimensions = given.getattr("ndim").and_then(|it| it.extract::<usize>());
        dimensions.is_ok_and(|it| it == 0)
    });
    // A number of numpy's.
    if let Some(item) = scalar {
        return value(name, &item.call0()?);
    }
    if let Ok(path) = given.call_method0("__fspath__") {
        return Ok(Value::Text(path.extract()?));
    }
    if given.is_none() {
        return Ok(Value::text("None"));
    }
    if given.is_instance_of::<PyBool>() {
        return Ok(Value::Switch(given.extract()?));
    }
    if let Ok(count) = given.extract::<u64>() {
        return Ok(Value::Count(count));
    }
    if let Ok(text) = given.extract::<String>() {
        return Ok(Value::Typed(text));
    }
    if let Ok(number) = given.extract::<f64>() {
        return Ok(Value::Float(number));
    }
    let is_array = given
        .cast::<numpy::PyUntypedArray>()
        .is_ok_and(|it| it.ndim() == 1);
    if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() || is_array {
        if given.len()? == 0 {
            return Ok(Value::Texts(Vec::new()));
        }
        if let Ok(counts) = given.extract() {
            return Ok(Value::Counts(counts));
        }
        if let Ok(numbers) = given.extract() {
            return Ok(Value::Floats(numbers));
        }
        if let Ok(texts) = given.extract() {
            return Ok(Value::Texts(texts));
        }
    }
    let found = given.get_type().name()?;
    Err(refused(&[format!(
        "`{name}` cannot be of type {found}; it takes a number, a text, True or False, or a list"
    )]))
}

/// The settings of a file, or of a dict of sections.
fn base(config: &Bound<'_, PyAny>) -> PyResult<Settings> {
    let Ok(sections) = config.cast::<PyDict>() else {
        let path: std::path::PathBuf = config.extract()?;
        return thalweg::train::read_settings(&path).map_err(exception);
    };
    let mut settings = Settings::default();
    for (section, content) in sections.iter() {
        let section: String = section.extract()?;
        match content.cast::<PyDict>() {
            Ok(content) => put_section(&mut settings, &section, content)?,
            Err(_) if section.contains('.') => {
                let (section, key) = section.rsplit_once('.').unwrap_or_default();
                settings.put(section, key, value(key, &content)?);
            }
            Err(_) => {
                let message = format!("`{section}` of the configuration is no section");
                return Err(refused(&[message]));
            }
        }
    }
    Ok(settings)
}

/// A section, with groups and schedules of other numbers within it.
fn put_section(
    settings: &mut Settings,
    section: &str,
    content: &Bound<'_, PyDict>,
) -> PyResult<()> {
    for (key, given) in content.iter() {
        let key: String = key.extract()?;
        if let Ok(nested) = given.cast::<PyDict>() {
            put_section(settings, &format!("{section}.{key}"), nested)?;
        } else if let Ok(tables) = given.extract::<Vec<Bound<'_, PyDict>>>()
            && !tables.is_empty()
        {
            for (index, table) in tables.iter().enumerate() {
                put_section(settings, &format!("{section}.{key}.{index}"), table)?;
            }
        } else {
            settings.put(section, &key, value(&key, &given)?);
        }
    }
    Ok(())
}

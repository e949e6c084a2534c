//! How a member of a family describes itself: name, formula, hyper-parameters with range and meaning.
//!
//! Not a serialization format: files and flags are read elsewhere and reach a member as [`Value`]s.
//!
//! A family (optimizers, schedules, activations, …) is one static [`Family`]. The command line, the
//! configuration, the reference pages and the tests that every member must pass all walk that list.

mod erased;
mod error;
mod family;
mod range;
mod slot;
mod value;

pub use error::SpecError;
pub use family::{Entry, Family, Listed};
pub use range::Range;
pub use slot::Slot;
pub use value::Value;

/// What a member says of itself.
#[derive(Debug)]
pub struct Card {
    /// The name in code, configuration, command line and documentation.
    pub name: &'static str,
    /// One sentence, with its full stop.
    pub summary: &'static str,
    /// The formula as Unicode text, a line for each line of code; empty where there is none.
    pub formula: &'static str,
    /// Author, year, title and where to find it; empty where there is none.
    pub paper: &'static str,
    /// How it differs from PyTorch, Keras or the paper; empty where it does not.
    pub differences: &'static str,
}

/// One hyper-parameter of `T`: its default is read through the accessor from `T::default()`.
pub struct Field<T> {
    /// The name, the same in Rust, TOML, `--set` and Python.
    pub name: &'static str,
    /// One sentence, with its full stop.
    pub doc: &'static str,
    /// The values that are allowed.
    pub range: Range,
    /// Where the value lives in `T`.
    pub slot: Slot<T>,
}

/// A plain struct of hyper-parameters that carries its own description.
pub trait Spec: Clone + Default + Send + Sync + 'static {
    /// What it is.
    const CARD: &'static Card;
    /// Its hyper-parameters, in the order in which they are shown.
    const FIELDS: &'static [Field<Self>];

    /// Fields that contradict each other, in words; called after all of them have been set.
    fn conflict(&self) -> Option<&'static str> {
        None
    }
}

/// A field without its owner's type: what help, documentation and tests need.
#[derive(Clone, Debug)]
pub struct FieldInfo {
    /// The field's name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// The values that are allowed.
    pub range: Range,
    /// What kind of value it takes, in words.
    pub kind: &'static str,
    /// The value in `Default`.
    pub default: Value,
}

/// Reading and changing hyper-parameters by name; every [`Spec`] has it.
pub trait Tunable: Send + Sync {
    /// What it is.
    fn card(&self) -> &'static Card;
    /// All fields with their defaults.
    fn fields(&self) -> Vec<FieldInfo>;
    /// Sets one field.
    ///
    /// # Errors
    /// The field is unknown, the value has the wrong type or is out of range; nothing is changed.
    fn set(&mut self, name: &str, value: &Value) -> Result<(), SpecError>;
    /// One field's value.
    fn get(&self, name: &str) -> Option<Value>;
    /// All fields and their values, in order; setting them on a fresh value gives this one again.
    fn dump(&self) -> Vec<(&'static str, Value)>;
    /// Fields that contradict each other, in words.
    fn conflict(&self) -> Option<&'static str>;
    /// Sets several fields and checks that they go together.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first thing.
    fn set_all(&mut self, pairs: &[(String, Value)]) -> Result<(), Vec<SpecError>>;
}

impl<T: Spec> Tunable for T {
    fn card(&self) -> &'static Card {
        T::CARD
    }
    fn fields(&self) -> Vec<FieldInfo> {
        erased::fields(&mut T::default())
    }
    fn set(&mut self, name: &str, value: &Value) -> Result<(), SpecError> {
        erased::set(self, name, value)
    }
    fn get(&self, name: &str) -> Option<Value> {
        erased::get(&mut self.clone(), name)
    }
    fn dump(&self) -> Vec<(&'static str, Value)> {
        erased::dump(&mut self.clone())
    }
    fn conflict(&self) -> Option<&'static str> {
        Spec::conflict(self)
    }
    fn set_all(&mut self, pairs: &[(String, Value)]) -> Result<(), Vec<SpecError>> {
        erased::set_all(self, pairs)
    }
}

/// The names that are close enough to `name` to be a typing error, best first, three at most.
pub fn near_names<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|other| (strsim::jaro_winkler(&wanted, &other.to_lowercase()), other))
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .into_iter()
        .take(3)
        .map(|(_, other)| other.to_owned())
        .collect()
}

/// Splits `adam:lr=0.002,beta2=0.99` into the name and its settings.
///
/// # Errors
/// [`SpecError::Malformed`] with the part that is not `key=value`.
pub fn parse_short(text: &str) -> Result<(String, Vec<(String, Value)>), SpecError> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    let mut settings: Vec<(String, Value)> = Vec::new();
    for part in rest
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match (part.split_once('='), settings.last_mut()) {
            (Some((key, value)), _) if !key.trim().is_empty() => {
                settings.push((key.trim().to_owned(), Value::Typed(value.trim().to_owned())));
            }
            // One more number of a list.
            (None, Some((_, Value::Typed(list)))) if part.parse::<f64>().is_ok() => {
                list.push(',');
                list.push_str(part);
            }
            _ => return Err(SpecError::Malformed { text: part.into() }),
        }
    }
    Ok((name.trim().to_owned(), settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default, PartialEq, Debug)]
    struct Sample {
        lr: f64,
        size: Option<u64>,
        on: bool,
    }

    impl Spec for Sample {
        const CARD: &'static Card = &Card {
            name: "sample",
            summary: "A sample.",
            formula: "",
            paper: "",
            differences: "",
        };
        const FIELDS: &'static [Field<Self>] = &[
            Field {
                name: "lr",
                doc: "Learning rate.",
                range: Range::NOT_NEGATIVE,
                slot: Slot::Float(|s| &mut s.lr),
            },
            Field {
                name: "size",
                doc: "Rows.",
                range: Range::count(1, u64::MAX),
                slot: Slot::CountOr("full", |s| &mut s.size),
            },
            Field {
                name: "on",
                doc: "Whether.",
                range: Range::Any,
                slot: Slot::Switch(|s| &mut s.on),
            },
        ];
    }

    #[test]
    fn every_error_is_reported_with_its_remedy() {
        let (name, pairs) = parse_short("sample:lr=-1,siz=3,on=2").unwrap();
        assert_eq!(name, "sample");
        let errors = Sample::default().set_all(&pairs).unwrap_err();
        let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "`lr` of `sample` must be at least 0, found -1",
                "`sample` has no setting `siz`; did you mean `size`?",
                "`on` of `sample` takes true or false, found 2",
            ]
        );
    }

    #[test]
    fn a_word_stands_for_an_absent_count() {
        let mut sample = Sample::default();
        assert_eq!(sample.get("size"), Some(Value::text("full")));
        sample.set("size", &Value::Count(32)).unwrap();
        assert_eq!(sample.size, Some(32));
        sample.set("size", &Value::text("full")).unwrap();
        assert_eq!(sample.size, None);
        assert!(sample.set("size", &Value::text("half")).is_err());
    }

    #[test]
    fn a_dump_builds_the_same_value_again() {
        let sample = Sample {
            lr: 0.1 + 0.2,
            size: Some(7),
            on: true,
        };
        let mut again = Sample::default();
        for (name, value) in sample.dump() {
            again.set(name, &value).unwrap();
        }
        assert_eq!(again, sample);
    }

    #[test]
    fn a_malformed_short_form_is_named() {
        let error = parse_short("adam:lr").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`lr` is not of the form `name:key=value,key=value`"
        );
    }
}

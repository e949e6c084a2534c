//! A hyper-parameter's value, detached from any file format.

use std::fmt;

/// What a field can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// True or false.
    Switch(bool),
    /// A whole number.
    Count(u64),
    /// A real number.
    Float(f64),
    /// A word.
    Text(String),
    /// Several real numbers.
    Floats(Vec<f64>),
    /// Several whole numbers.
    Counts(Vec<u64>),
    /// Several words.
    Texts(Vec<String>),
    /// What a person typed, of no type yet: the field that it is meant for decides.
    Typed(String),
}

impl Value {
    /// A word.
    pub fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    /// The texts in it: one, several, or none.
    pub(super) fn texts(&self) -> &[String] {
        match self {
            Value::Text(text) => std::slice::from_ref(text),
            Value::Texts(list) => list,
            _ => &[],
        }
    }

    /// Reads what a person typed: `true`, `12`, `1e-3`, `256,128`, or else a word.
    pub(super) fn parse(text: &str) -> Value {
        let switch = || text.parse().ok().map(Value::Switch);
        let count = || text.parse().ok().map(Value::Count);
        let float = || text.parse().ok().map(Value::Float);
        let list = || numbers(text).map(Value::Counts);
        switch()
            .or_else(count)
            .or_else(float)
            .or_else(list)
            .unwrap_or_else(|| Value::text(text))
    }

    pub(super) fn as_float(&self) -> Option<f64> {
        match self {
            Value::Float(x) => Some(*x),
            Value::Count(n) => Some(*n as f64),
            _ => None,
        }
    }

    pub(super) fn as_count(&self) -> Option<u64> {
        match self {
            Value::Count(n) => Some(*n),
            // A count may be written as 1e6.
            Value::Float(x) if x.fract() == 0.0 && (0.0..9e15).contains(x) => Some(*x as u64),
            _ => None,
        }
    }

    pub(super) fn as_counts(&self) -> Option<Vec<u64>> {
        match self {
            Value::Counts(list) => Some(list.clone()),
            Value::Count(n) => Some(vec![*n]),
            Value::Text(text) => numbers(text),
            Value::Texts(list) if list.is_empty() => Some(Vec::new()),
            _ => None,
        }
    }

    pub(super) fn as_floats(&self) -> Option<Vec<f64>> {
        match self {
            Value::Floats(list) => Some(list.clone()),
            Value::Counts(list) => Some(list.iter().map(|&n| n as f64).collect()),
            Value::Text(text) => numbers(text),
            Value::Texts(list) if list.is_empty() => Some(Vec::new()),
            one => one.as_float().map(|x| vec![x]),
        }
    }

    pub(super) fn as_text(&self) -> Option<String> {
        match self {
            Value::Texts(_) | Value::Counts(_) | Value::Floats(_) => None,
            Value::Text(text) => Some(text.clone()),
            // A column may be called 12.
            other => Some(other.to_string()),
        }
    }

    pub(super) fn to_texts(&self) -> Vec<String> {
        match self {
            Value::Texts(list) => list.clone(),
            Value::Counts(list) => list.iter().map(ToString::to_string).collect(),
            Value::Text(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            other => vec![other.to_string()],
        }
    }
}

/// `256,128`, `[256, 128]`, or nothing at all as an empty list.
fn numbers<N: std::str::FromStr>(text: &str) -> Option<Vec<N>> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    inner
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect()
}

/// As it is written in TOML, but for text, which stands without quotes.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Switch(on) => write!(f, "{on}"),
            Value::Count(n) => write!(f, "{n}"),
            Value::Float(x) if *x != 0.0 && (x.abs() < 1e-3 || x.abs() >= 1e7) => {
                write!(f, "{x:e}")
            }
            Value::Float(x) => write!(f, "{x}"),
            Value::Text(text) | Value::Typed(text) => f.write_str(text),
            Value::Counts(list) => {
                let parts: Vec<_> = list.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", parts.join(", "))
            }
            Value::Floats(list) => {
                let parts: Vec<_> = list.iter().map(|&x| Value::Float(x).to_string()).collect();
                write!(f, "[{}]", parts.join(", "))
            }
            Value::Texts(list) => write!(f, "[{}]", list.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_is_read() {
        assert_eq!(Value::parse("true"), Value::Switch(true));
        assert_eq!(Value::parse("12"), Value::Count(12));
        assert_eq!(Value::parse("1e-3"), Value::Float(1e-3));
        assert_eq!(Value::parse("256,128"), Value::Counts(vec![256, 128]));
        assert_eq!(Value::parse("relu"), Value::text("relu"));
        assert_eq!(Value::parse("1e6").as_count(), Some(1_000_000));
        assert_eq!(Value::parse("-1").as_count(), None);
    }

    #[test]
    fn floats_print_short() {
        assert_eq!(Value::Float(1e-8).to_string(), "1e-8");
        assert_eq!(Value::Float(0.9).to_string(), "0.9");
        assert_eq!(Value::Float(0.0).to_string(), "0");
    }
}

//! Where a field's value lives in its struct, and of what type it is.

use super::Value;

/// The type of a field and its accessor.
pub enum Slot<T> {
    /// A real number.
    Float(fn(&mut T) -> &mut f64),
    /// A real number, or a word that stands for its absence (`clip_norm = "off"`).
    FloatOr(&'static str, fn(&mut T) -> &mut Option<f64>),
    /// A whole number.
    Count(fn(&mut T) -> &mut u64),
    /// A whole number, or a word that stands for its absence (`batch_size = "full"`).
    CountOr(&'static str, fn(&mut T) -> &mut Option<u64>),
    /// A whole number, or one of some words, each of which stands for a reserved number outside the range.
    CountNamed(&'static [(&'static str, u64)], fn(&mut T) -> &mut u64),
    /// Several real numbers (`milestones = [30, 60]`).
    Floats(fn(&mut T) -> &mut Vec<f64>),
    /// Several whole numbers (`hidden = [256, 128]`).
    Counts(fn(&mut T) -> &mut Vec<u64>),
    /// True or false.
    Switch(fn(&mut T) -> &mut bool),
    /// A value of an enum by its name: how to read it and, for a name of [`super::Range::OneOf`], to write it.
    Choice(fn(&T) -> &'static str, fn(&mut T, &str)),
    /// A word, restricted by [`super::Range::OneOf`], or free text.
    Text(fn(&mut T) -> &mut String),
    /// Several words or texts.
    Texts(fn(&mut T) -> &mut Vec<String>),
}

impl<T> Slot<T> {
    /// What a value of this slot is called in documentation.
    pub fn kind(&self) -> &'static str {
        match self {
            Slot::Float(_) | Slot::FloatOr(..) => "number",
            Slot::Count(_) | Slot::CountOr(..) | Slot::CountNamed(..) => "whole number",
            Slot::Floats(_) => "numbers",
            Slot::Counts(_) => "whole numbers",
            Slot::Switch(_) => "true or false",
            Slot::Choice(..) | Slot::Text(_) => "text",
            Slot::Texts(_) => "texts",
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Slot::FloatOr(word, _) | Slot::CountOr(word, _) => {
                format!("a {} or \"{word}\"", self.kind())
            }
            Slot::CountNamed(words, _) => {
                let words: Vec<_> = words
                    .iter()
                    .map(|(word, _)| format!("\"{word}\""))
                    .collect();
                format!("a {} or {}", self.kind(), words.join(" or "))
            }
            Slot::Float(_) | Slot::Count(_) => format!("a {}", self.kind()),
            Slot::Floats(_) => "numbers, as in [0.5, 30]".into(),
            Slot::Counts(_) => "whole numbers, as in [256, 128]".into(),
            Slot::Switch(_) | Slot::Choice(..) | Slot::Text(_) => self.kind().into(),
            Slot::Texts(_) => "texts, as in [\"a\", \"b\"]".into(),
        }
    }

    pub(super) fn coerce(&self, value: &Value) -> Option<Value> {
        if let Value::Typed(text) = value {
            let typed = match self {
                // A column may be called 007.
                Slot::Text(_) | Slot::Texts(_) | Slot::Choice(..) => Value::text(text),
                _ => Value::parse(text),
            };
            return self.coerce(&typed);
        }
        match (self, value) {
            (Slot::FloatOr(word, _) | Slot::CountOr(word, _), Value::Text(text)) => {
                (text == word).then(|| value.clone())
            }
            (Slot::Float(_) | Slot::FloatOr(..), _) => value.as_float().map(Value::Float),
            (Slot::CountNamed(words, _), Value::Text(text)) => words
                .iter()
                .any(|(word, _)| word == text)
                .then(|| value.clone()),
            (Slot::Count(_) | Slot::CountOr(..) | Slot::CountNamed(..), _) => {
                value.as_count().map(Value::Count)
            }
            (Slot::Floats(_), _) => value.as_floats().map(Value::Floats),
            (Slot::Counts(_), _) => value.as_counts().map(Value::Counts),
            (Slot::Switch(_), Value::Switch(_)) => Some(value.clone()),
            (Slot::Switch(_), _) => None,
            (Slot::Text(_) | Slot::Choice(..), _) => value.as_text().map(Value::Text),
            (Slot::Texts(_), _) => Some(Value::Texts(value.to_texts())),
        }
    }

    pub(super) fn read(&self, owner: &mut T) -> Value {
        match self {
            Slot::Float(at) => Value::Float(*at(owner)),
            Slot::FloatOr(word, at) => at(owner).map_or(Value::text(word), Value::Float),
            Slot::Count(at) => Value::Count(*at(owner)),
            Slot::CountOr(word, at) => at(owner).map_or(Value::text(word), Value::Count),
            Slot::CountNamed(words, at) => {
                let n = *at(owner);
                let word = words.iter().find(|(_, reserved)| *reserved == n);
                word.map_or(Value::Count(n), |(word, _)| Value::text(word))
            }
            Slot::Floats(at) => Value::Floats(at(owner).clone()),
            Slot::Counts(at) => Value::Counts(at(owner).clone()),
            Slot::Switch(at) => Value::Switch(*at(owner)),
            Slot::Choice(name, _) => Value::text(name(owner)),
            Slot::Text(at) => Value::Text(at(owner).clone()),
            Slot::Texts(at) => Value::Texts(at(owner).clone()),
        }
    }

    /// Writes a value that [`Slot::coerce`] has returned.
    pub(super) fn write(&self, owner: &mut T, value: Value) {
        match (self, value) {
            (Slot::Float(at), Value::Float(x)) => *at(owner) = x,
            (Slot::FloatOr(_, at), Value::Float(x)) => *at(owner) = Some(x),
            (Slot::FloatOr(_, at), Value::Text(_)) => *at(owner) = None,
            (Slot::Count(at), Value::Count(n)) => *at(owner) = n,
            (Slot::CountOr(_, at), Value::Count(n)) => *at(owner) = Some(n),
            (Slot::CountOr(_, at), Value::Text(_)) => *at(owner) = None,
            (Slot::CountNamed(_, at), Value::Count(n)) => *at(owner) = n,
            (Slot::CountNamed(words, at), Value::Text(text)) => {
                if let Some((_, reserved)) = words.iter().find(|(word, _)| *word == text) {
                    *at(owner) = *reserved;
                }
            }
            (Slot::Floats(at), Value::Floats(list)) => *at(owner) = list,
            (Slot::Counts(at), Value::Counts(list)) => *at(owner) = list,
            (Slot::Switch(at), Value::Switch(on)) => *at(owner) = on,
            (Slot::Choice(_, choose), Value::Text(text)) => choose(owner, &text),
            (Slot::Text(at), Value::Text(text)) => *at(owner) = text,
            (Slot::Texts(at), Value::Texts(list)) => *at(owner) = list,
            _ => unreachable!("`coerce` gives only values of the slot's own kind"),
        }
    }
}

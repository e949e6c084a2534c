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
    /// Where the value is in this owner.
    pub(super) fn place<'a>(&self, owner: &'a mut T) -> Place<'a> {
        match *self {
            Slot::Float(at) => Place::Float(at(owner)),
            Slot::FloatOr(word, at) => Place::FloatOr(word, at(owner)),
            Slot::Count(at) => Place::Count(at(owner)),
            Slot::CountOr(word, at) => Place::CountOr(word, at(owner)),
            Slot::CountNamed(words, at) => Place::CountNamed(words, at(owner)),
            Slot::Floats(at) => Place::Floats(at(owner)),
            Slot::Counts(at) => Place::Counts(at(owner)),
            Slot::Switch(at) => Place::Switch(at(owner)),
            Slot::Choice(name, choose) => {
                Place::Choice(name(owner), Box::new(move |word| choose(owner, word)))
            }
            Slot::Text(at) => Place::Text(at(owner)),
            Slot::Texts(at) => Place::Texts(at(owner)),
        }
    }
}

/// A [`Slot`] of some owner at hand, whose type no longer matters: what is done with it is compiled once and not for
/// each member.
pub(super) enum Place<'a> {
    Float(&'a mut f64),
    FloatOr(&'static str, &'a mut Option<f64>),
    Count(&'a mut u64),
    CountOr(&'static str, &'a mut Option<u64>),
    CountNamed(&'static [(&'static str, u64)], &'a mut u64),
    Floats(&'a mut Vec<f64>),
    Counts(&'a mut Vec<u64>),
    Switch(&'a mut bool),
    Choice(&'static str, Box<dyn FnMut(&str) + 'a>),
    Text(&'a mut String),
    Texts(&'a mut Vec<String>),
}

impl Place<'_> {
    /// What a value of this kind is called in documentation.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Place::Float(_) | Place::FloatOr(..) => "number",
            Place::Count(_) | Place::CountOr(..) | Place::CountNamed(..) => "whole number",
            Place::Floats(_) => "numbers",
            Place::Counts(_) => "whole numbers",
            Place::Switch(_) => "true or false",
            Place::Choice(..) | Place::Text(_) => "text",
            Place::Texts(_) => "texts",
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Place::FloatOr(word, _) | Place::CountOr(word, _) => {
                format!("a {} or \"{word}\"", self.kind())
            }
            Place::CountNamed(words, _) => {
                let words: Vec<_> = words
                    .iter()
                    .map(|(word, _)| format!("\"{word}\""))
                    .collect();
                format!("a {} or {}", self.kind(), words.join(" or "))
            }
            Place::Float(_) | Place::Count(_) => format!("a {}", self.kind()),
            Place::Floats(_) => "numbers, as in [0.5, 30]".into(),
            Place::Counts(_) => "whole numbers, as in [256, 128]".into(),
            Place::Switch(_) | Place::Choice(..) | Place::Text(_) => self.kind().into(),
            Place::Texts(_) => "texts, as in [\"a\", \"b\"]".into(),
        }
    }

    pub(super) fn coerce(&self, value: &Value) -> Option<Value> {
        if let Value::Typed(text) = value {
            let typed = match self {
                // A column may be called 007.
                Place::Text(_) | Place::Texts(_) | Place::Choice(..) => Value::text(text),
                _ => Value::parse(text),
            };
            return self.coerce(&typed);
        }
        match (self, value) {
            (Place::FloatOr(word, _) | Place::CountOr(word, _), Value::Text(text)) => {
                (text == word).then(|| value.clone())
            }
            (Place::Float(_) | Place::FloatOr(..), _) => value.as_float().map(Value::Float),
            (Place::CountNamed(words, _), Value::Text(text)) => words
                .iter()
                .any(|(word, _)| word == text)
                .then(|| value.clone()),
            (Place::Count(_) | Place::CountOr(..) | Place::CountNamed(..), _) => {
                value.as_count().map(Value::Count)
            }
            (Place::Floats(_), _) => value.as_floats().map(Value::Floats),
            (Place::Counts(_), _) => value.as_counts().map(Value::Counts),
            (Place::Switch(_), Value::Switch(_)) => Some(value.clone()),
            (Place::Switch(_), _) => None,
            (Place::Text(_) | Place::Choice(..), _) => value.as_text().map(Value::Text),
            (Place::Texts(_), _) => Some(Value::Texts(value.to_texts())),
        }
    }

    pub(super) fn read(&self) -> Value {
        match self {
            Place::Float(at) => Value::Float(**at),
            Place::FloatOr(word, at) => at.map_or(Value::text(word), Value::Float),
            Place::Count(at) => Value::Count(**at),
            Place::CountOr(word, at) => at.map_or(Value::text(word), Value::Count),
            Place::CountNamed(words, at) => {
                let n = **at;
                let word = words.iter().find(|(_, reserved)| *reserved == n);
                word.map_or(Value::Count(n), |(word, _)| Value::text(word))
            }
            Place::Floats(at) => Value::Floats((*at).clone()),
            Place::Counts(at) => Value::Counts((*at).clone()),
            Place::Switch(at) => Value::Switch(**at),
            Place::Choice(name, _) => Value::text(name),
            Place::Text(at) => Value::Text((*at).clone()),
            Place::Texts(at) => Value::Texts((*at).clone()),
        }
    }

    /// Writes a value that [`Place::coerce`] has returned.
    pub(super) fn write(self, value: Value) {
        match (self, value) {
            (Place::Float(at), Value::Float(x)) => *at = x,
            (Place::FloatOr(_, at), Value::Float(x)) => *at = Some(x),
            (Place::FloatOr(_, at), Value::Text(_)) => *at = None,
            (Place::Count(at) | Place::CountNamed(_, at), Value::Count(n)) => *at = n,
            (Place::CountOr(_, at), Value::Count(n)) => *at = Some(n),
            (Place::CountOr(_, at), Value::Text(_)) => *at = None,
            (Place::CountNamed(words, at), Value::Text(text)) => {
                if let Some((_, reserved)) = words.iter().find(|(word, _)| *word == text) {
                    *at = *reserved;
                }
            }
            (Place::Floats(at), Value::Floats(list)) => *at = list,
            (Place::Counts(at), Value::Counts(list)) => *at = list,
            (Place::Switch(at), Value::Switch(on)) => *at = on,
            (Place::Choice(_, mut choose), Value::Text(text)) => choose(&text),
            (Place::Text(at), Value::Text(text)) => *at = text,
            (Place::Texts(at), Value::Texts(list)) => *at = list,
            _ => unreachable!("`coerce` gives only values of the slot's own kind"),
        }
    }
}

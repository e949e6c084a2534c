//! What can be wrong with a name or a value that a person gave: what, where, and what to do.

use super::{Range, Value};

/// What can be wrong with a name or a value that a person gave.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// No member of the family has this name.
    #[error("unknown {family} `{name}`{}", suggest(near, known))]
    UnknownMember {
        /// The family, in the singular.
        family: &'static str,
        /// The name that was given.
        name: String,
        /// Names close to it.
        near: Vec<String>,
        /// All names.
        known: Vec<&'static str>,
    },
    /// The member has no such field.
    #[error("`{member}` has no setting `{field}`{}", suggest(near, known))]
    UnknownField {
        /// The member.
        member: &'static str,
        /// The name that was given.
        field: String,
        /// Names close to it.
        near: Vec<String>,
        /// All names.
        known: Vec<&'static str>,
    },
    /// The value is of another kind than the field.
    #[error("`{field}` of `{member}` takes {expected}, found {found}")]
    WrongType {
        /// The member.
        member: &'static str,
        /// The field.
        field: &'static str,
        /// What it takes, in words.
        expected: String,
        /// What was given.
        found: Value,
    },
    /// The value is outside the field's range.
    #[error("`{field}` of `{member}` must be {range}, found {value}{}", suggest(near, &[]))]
    OutOfRange {
        /// The member.
        member: &'static str,
        /// The field.
        field: &'static str,
        /// What was given.
        value: Value,
        /// What is allowed.
        range: Range,
        /// Words close to it, where the range is a set of words.
        near: Vec<String>,
    },
    /// Two fields contradict each other.
    #[error("`{member}`: {reason}")]
    Conflict {
        /// The member.
        member: &'static str,
        /// Which fields, and why.
        reason: &'static str,
    },
    /// A short form `name:key=value,…` that cannot be read.
    #[error("`{text}` is not of the form `name:key=value,key=value`")]
    Malformed {
        /// The part that cannot be read.
        text: String,
    },
    /// A part of a longer text that cannot stand where it does.
    #[error("`{text}` {reason}")]
    Misplaced {
        /// The part.
        text: String,
        /// What it needs or must not have, in words that follow the part.
        reason: &'static str,
    },
    /// Something wrong within a text of several parts.
    #[error("`{field}` of `{member}`: {error}")]
    Within {
        /// The member.
        member: &'static str,
        /// The field that holds the text.
        field: &'static str,
        /// What is wrong in there.
        error: Box<SpecError>,
    },
}

fn suggest(near: &[String], known: &[&str]) -> String {
    match (near, known) {
        ([], []) => String::new(),
        ([], known) => format!("; there are {}", known.join(", ")),
        (near, _) => format!("; did you mean `{}`?", near.join("` or `")),
    }
}

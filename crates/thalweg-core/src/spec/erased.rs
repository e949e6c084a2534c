//! What [`super::Tunable`] does, for a member whose type is forgotten: compiled once and not for each of them.

use super::slot::Place;
use super::{FieldInfo, Range, Spec, SpecError, Tunable, Value, near_names};

/// A member seen as a list of fields.
pub(super) trait Fields: Tunable {
    /// Name, meaning and range of a field.
    fn head(&self, index: usize) -> Option<(&'static str, &'static str, Range)>;
    /// The value of a field that there is.
    fn place(&mut self, index: usize) -> Place<'_>;
}

impl<T: Spec> Fields for T {
    fn head(&self, index: usize) -> Option<(&'static str, &'static str, Range)> {
        let field = T::FIELDS.get(index)?;
        Some((field.name, field.doc, field.range))
    }
    fn place(&mut self, index: usize) -> Place<'_> {
        T::FIELDS[index].slot.place(self)
    }
}

fn names(it: &dyn Fields) -> impl Iterator<Item = &'static str> {
    (0..).map_while(|index| it.head(index).map(|(name, ..)| name))
}

pub(super) fn fields(default: &mut dyn Fields) -> Vec<FieldInfo> {
    let mut fields = Vec::new();
    while let Some((name, doc, range)) = default.head(fields.len()) {
        let place = default.place(fields.len());
        fields.push(FieldInfo {
            name,
            doc,
            range,
            kind: place.kind(),
            default: place.read(),
        });
    }
    fields
}

pub(super) fn get(it: &mut dyn Fields, name: &str) -> Option<Value> {
    let index = names(it).position(|known| known == name)?;
    Some(it.place(index).read())
}

pub(super) fn dump(it: &mut dyn Fields) -> Vec<(&'static str, Value)> {
    let mut pairs = Vec::new();
    while let Some((name, ..)) = it.head(pairs.len()) {
        let value = it.place(pairs.len()).read();
        pairs.push((name, value));
    }
    pairs
}

pub(super) fn set(it: &mut dyn Fields, name: &str, value: &Value) -> Result<(), SpecError> {
    let member = it.card().name;
    let index = names(it).position(|known| known == name);
    let Some((index, (field, _, range))) = index.and_then(|at| Some((at, it.head(at)?))) else {
        let known: Vec<_> = names(it).collect();
        return Err(SpecError::UnknownField {
            member,
            field: name.into(),
            near: near_names(name, known.iter().copied()),
            known,
        });
    };
    let place = it.place(index);
    let Some(coerced) = place.coerce(value) else {
        return Err(SpecError::WrongType {
            member,
            field,
            expected: place.expected(),
            found: value.clone(),
        });
    };
    let value = match (range, coerced) {
        (Range::Member { .. }, Value::Texts(parts)) => Value::Texts(whole_short_forms(parts)),
        (_, value) => value,
    };
    if let Range::Member { check, .. } = range {
        for short in value.texts() {
            if let Err(mut errors) = check(short) {
                return Err(errors.swap_remove(0));
            }
        }
    }
    if let (Range::Form { check, .. }, Value::Text(text)) = (range, &value)
        && let Err(mut errors) = check(text)
    {
        return Err(SpecError::Within {
            member,
            field,
            error: Box::new(errors.swap_remove(0)),
        });
    }
    if !range.contains(&value) {
        return Err(SpecError::OutOfRange {
            member,
            field,
            near: range.near(&value),
            value,
            range,
        });
    }
    place.write(value);
    Ok(())
}

pub(super) fn set_all(
    it: &mut dyn Fields,
    pairs: &[(String, Value)],
) -> Result<(), Vec<SpecError>> {
    let mut errors: Vec<_> = pairs
        .iter()
        .filter_map(|(name, value)| set(it, name, value).err())
        .collect();
    if errors.is_empty()
        && let Some(reason) = it.conflict()
    {
        let member = it.card().name;
        errors.push(SpecError::Conflict { member, reason });
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Puts `sam:rho=0.1,adaptive=true`, split at its commas with the rest of a list, together again.
fn whole_short_forms(parts: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let is_setting = part.contains('=') && !part.contains(':');
        match whole.last_mut() {
            Some(last) if is_setting && last.contains(':') => {
                last.push(',');
                last.push_str(&part);
            }
            _ => whole.push(part),
        }
    }
    whole
}

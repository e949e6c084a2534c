//! The hyper-parameters that many schedules share: one name, one meaning, one range.

use crate::spec::{Field, Range, Slot};

type Float<S> = fn(&mut S) -> &mut f64;

pub(super) const fn float<S>(
    name: &'static str,
    doc: &'static str,
    range: Range,
    at: Float<S>,
) -> Field<S> {
    Field {
        name,
        doc,
        range,
        slot: Slot::Float(at),
    }
}

/// A time; all times have the unit of `t`, whatever that is.
pub(super) const fn time<S>(name: &'static str, doc: &'static str, at: Float<S>) -> Field<S> {
    float(name, doc, Range::POSITIVE, at)
}

/// A time that is the whole run unless it is set.
pub(super) const fn run<S>(
    name: &'static str,
    doc: &'static str,
    at: fn(&mut S) -> &mut Option<f64>,
) -> Field<S> {
    Field {
        name,
        doc,
        range: Range::POSITIVE,
        slot: Slot::FloatOr("run", at),
    }
}

pub(super) const fn total<S>(at: fn(&mut S) -> &mut Option<f64>) -> Field<S> {
    let doc = "Time until the value stays as it is, or \"run\" for the whole run.";
    run("total", doc, at)
}

/// A factor of the base value, which may be more than 1.
pub(super) const fn factor<S>(name: &'static str, doc: &'static str, at: Float<S>) -> Field<S> {
    float(name, doc, Range::NOT_NEGATIVE, at)
}

/// A part of something, from none to all of it.
pub(super) const fn part<S>(name: &'static str, doc: &'static str, at: Float<S>) -> Field<S> {
    float(name, doc, Range::closed(0.0, 1.0), at)
}

pub(super) const fn gamma<S>(doc: &'static str, at: Float<S>) -> Field<S> {
    float("gamma", doc, Range::above(0.0, 1.0), at)
}

pub(super) const fn min<S>(doc: &'static str, at: Float<S>) -> Field<S> {
    float("min", doc, Range::NOT_NEGATIVE, at)
}

pub(super) const fn choice<S>(
    name: &'static str,
    doc: &'static str,
    words: fn() -> Vec<&'static str>,
    slot: Slot<S>,
) -> Field<S> {
    Field {
        name,
        doc,
        range: Range::OneOf(words),
        slot,
    }
}

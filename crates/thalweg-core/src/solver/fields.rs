//! The hyper-parameters that several solvers share: one name, one meaning, one range.

use crate::spec::{Field, Range, Slot};

type Float<S> = fn(&mut S) -> &mut f64;
type Count<S> = fn(&mut S) -> &mut u64;

pub(super) const fn float<S>(
    name: &'static str,
    doc: &'static str,
    range: Range,
    at: Float<S>,
) -> Field<S> {
    let slot = Slot::Float(at);
    Field {
        name,
        doc,
        range,
        slot,
    }
}

/// A number of at least 1.
pub(super) const fn count<S>(name: &'static str, doc: &'static str, at: Count<S>) -> Field<S> {
    Field {
        name,
        doc,
        range: Range::count(1, i64::MAX as u64),
        slot: Slot::Count(at),
    }
}

pub(super) const fn lr<S>(doc: &'static str, at: Float<S>) -> Field<S> {
    float("lr", doc, Range::POSITIVE, at)
}

pub(super) const fn c1<S>(at: Float<S>) -> Field<S> {
    let doc = "The part of the decrease that the slope promises which a step has to bring.";
    float("c1", doc, Range::between(0.0, 1.0), at)
}

pub(super) const fn c2<S>(at: Float<S>) -> Field<S> {
    let doc = "The part of the slope along the step that may be left at its end.";
    float("c2", doc, Range::between(0.0, 1.0), at)
}

pub(super) const fn max_evaluations<S>(at: Count<S>) -> Field<S> {
    let doc = "Evaluations that one line search may take.";
    count("max_evaluations", doc, at)
}

pub(super) const fn tolerance<S>(at: Float<S>) -> Field<S> {
    let doc = "The largest slope of a coordinate at which the minimum counts as reached.";
    float("tolerance", doc, Range::NOT_NEGATIVE, at)
}

//! The hyper-parameters that many rules share: one name, one meaning, one range.

use super::Convention;
use crate::spec::{Field, Range, Slot};

type Float<R> = fn(&mut R) -> &mut f64;

pub(super) const fn float<R>(
    name: &'static str,
    doc: &'static str,
    range: Range,
    at: Float<R>,
) -> Field<R> {
    Field {
        name,
        doc,
        range,
        slot: Slot::Float(at),
    }
}

pub(super) const fn switch<R>(
    name: &'static str,
    doc: &'static str,
    at: fn(&mut R) -> &mut bool,
) -> Field<R> {
    Field {
        name,
        doc,
        range: Range::Any,
        slot: Slot::Switch(at),
    }
}

pub(super) const fn lr<R>(doc: &'static str, at: Float<R>) -> Field<R> {
    float("lr", doc, Range::NOT_NEGATIVE, at)
}

/// The learning rate of the rules whose steps do not grow with the gradient.
pub(super) const fn step_lr<R>(at: Float<R>) -> Field<R> {
    lr(
        "Learning rate: about the size of a step in each coordinate.",
        at,
    )
}

pub(super) const fn momentum<R>(at: Float<R>) -> Field<R> {
    let doc = "Decay of the velocity: it remembers about 1 / (1 − momentum) gradients.";
    float("momentum", doc, Range::FRACTION, at)
}

pub(super) const fn beta1<R>(at: Float<R>) -> Field<R> {
    let doc = "Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps.";
    float("beta1", doc, Range::FRACTION, at)
}

pub(super) const fn beta2<R>(at: Float<R>) -> Field<R> {
    let doc = "Decay of the average of squared gradients.";
    float("beta2", doc, Range::FRACTION, at)
}

pub(super) const fn eps<R>(at: Float<R>) -> Field<R> {
    let doc = "Added to the root, so that a vanishing gradient does not divide by zero.";
    float("eps", doc, Range::NOT_NEGATIVE, at)
}

pub(super) const fn weight_decay<R>(at: Float<R>) -> Field<R> {
    let doc =
        "Part of each weight that a step takes away beside the gradient, times lr (decoupled).";
    float("weight_decay", doc, Range::NOT_NEGATIVE, at)
}

pub(super) const fn count<R>(
    name: &'static str,
    doc: &'static str,
    range: Range,
    at: fn(&mut R) -> &mut u64,
) -> Field<R> {
    Field {
        name,
        doc,
        range,
        slot: Slot::Count(at),
    }
}

/// A number, or a word that leaves it to the rule.
pub(super) const fn float_or<R>(
    name: &'static str,
    doc: &'static str,
    range: Range,
    word: &'static str,
    at: fn(&mut R) -> &mut Option<f64>,
) -> Field<R> {
    Field {
        name,
        doc,
        range,
        slot: Slot::FloatOr(word, at),
    }
}

pub(super) const fn convention<R>(
    words: fn() -> Vec<&'static str>,
    name: fn(&R) -> &'static str,
    choose: fn(&mut R, &str),
) -> Field<R> {
    Field {
        name: "convention",
        doc: "Whose form of the rule is computed, where they differ.",
        range: Range::OneOf(words),
        slot: Slot::Choice(name, choose),
    }
}

/// All conventions.
pub(super) fn all() -> Vec<&'static str> {
    Convention::ALL.map(Convention::name).to_vec()
}

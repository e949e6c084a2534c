//! Constant: the base value, all the time.

use super::Schedule;
use crate::spec::{Card, Field, Spec};

/// The base value, all the time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constant;

impl Spec for Constant {
    const CARD: &'static Card = &Card {
        name: "constant",
        summary: "The base value, all the time.",
        formula: "value = base",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Schedule for Constant {
    fn value(&self, base: f64, _t: f64, _horizon: f64) -> f64 {
        base
    }
}

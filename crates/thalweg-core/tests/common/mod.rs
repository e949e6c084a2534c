//! What several tests use: rules with other settings, and in modules of its own the reference engine.

#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no test uses all of it")]

pub(crate) mod case;
pub(crate) mod number;
pub(crate) mod plain;
pub(crate) mod reference;
pub(crate) mod sample;
pub(crate) mod textbook;

use thalweg_core::optimizer::{self, Optimizer};
use thalweg_core::spec::{FieldInfo, Range, Value};

/// Another allowed value than the default.
pub(crate) fn changed(field: &FieldInfo) -> Option<Value> {
    let candidates = match &field.default {
        Value::Float(x) => vec![0.5 * x + 0.25, 0.5 * x]
            .into_iter()
            .map(Value::Float)
            .collect(),
        Value::Count(n) => vec![Value::Count(n + 1)],
        Value::Switch(on) => vec![Value::Switch(!on)],
        Value::Text(_) => match field.range {
            Range::OneOf(words) => words().into_iter().map(Value::text).collect(),
            _ if field.kind == "whole number" => vec![Value::Count(12)],
            _ => vec![Value::Float(0.25), Value::Float(1.5)],
        },
        Value::Counts(_) | Value::Floats(_) | Value::Texts(_) | Value::Typed(_) => Vec::new(),
    };
    let is_allowed = |value: &Value| *value != field.default && field.range.contains(value);
    candidates.into_iter().find(is_allowed)
}

/// Every rule with its defaults, with every switch on, and with every field changed, as far as these settings
/// agree with each other.
pub(crate) fn variants() -> Vec<Box<dyn Optimizer>> {
    let mut variants = Vec::new();
    for entry in optimizer::ALL.members {
        let is_switch = |field: &FieldInfo| matches!(field.default, Value::Switch(_));
        let fields = (entry.build)().fields();
        let switches: Vec<_> = fields.iter().filter(|field| is_switch(field)).collect();
        let numbers: Vec<_> = fields.iter().filter(|field| !is_switch(field)).collect();
        let alone = switches.iter().map(|field| vec![*field]);
        let sets = [vec![], switches.clone(), numbers, fields.iter().collect()];
        for set in sets.into_iter().chain(alone) {
            let mut rule = (entry.build)();
            for field in set {
                let value = changed(field).unwrap_or_else(|| field.default.clone());
                rule.set(field.name, &value).unwrap();
            }
            if rule.conflict().is_none() {
                variants.push(rule);
            }
        }
    }
    variants
}

pub(crate) fn copy(rule: &dyn Optimizer) -> Box<dyn Optimizer> {
    let mut copy = (optimizer::ALL.find(rule.card().name).unwrap().build)();
    for (name, value) in rule.dump() {
        copy.set(name, &value).unwrap();
    }
    copy
}

//! The values that a field allows: it validates, documents and gives tests their bad values.

use std::fmt;

use super::{SpecError, Value, near_names};

/// A set of allowed values.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// Whatever the slot can hold; numbers must be finite.
    Any,
    /// Numbers between two bounds, each of them included or not; never NaN.
    Float {
        /// The lower bound.
        low: f64,
        /// Whether the lower bound itself is allowed.
        low_included: bool,
        /// The upper bound.
        high: f64,
        /// Whether the upper bound itself is allowed.
        high_included: bool,
    },
    /// Whole numbers between two bounds, both included.
    Count {
        /// The smallest.
        low: u64,
        /// The largest.
        high: u64,
    },
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// A member of a family, as a name or a short form `name:key=value`.
    Member {
        /// The names that exist.
        names: fn() -> Vec<&'static str>,
        /// Says what is wrong with a short form.
        check: fn(&str) -> Result<(), Vec<SpecError>>,
    },
    /// A text of a form of its own.
    Form {
        /// An example of the form.
        example: &'static str,
        /// Says what is wrong with a text.
        check: fn(&str) -> Result<(), Vec<SpecError>>,
    },
}

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Range {
    /// 0 ≤ x < ∞.
    pub const NOT_NEGATIVE: Range = Range::below(0.0, f64::INFINITY);
    /// 0 < x < ∞.
    pub const POSITIVE: Range = Range::between(0.0, f64::INFINITY);
    /// 0 ≤ x < 1: the decay of an average, a rate of dropping.
    pub const FRACTION: Range = Range::below(0.0, 1.0);

    /// low ≤ x ≤ high.
    pub const fn closed(low: f64, high: f64) -> Range {
        Range::Float {
            low,
            low_included: true,
            high,
            high_included: true,
        }
    }

    /// low ≤ x < high.
    pub const fn below(low: f64, high: f64) -> Range {
        Range::Float {
            low,
            low_included: true,
            high,
            high_included: false,
        }
    }

    /// low < x ≤ high.
    pub const fn above(low: f64, high: f64) -> Range {
        Range::Float {
            low,
            low_included: false,
            high,
            high_included: true,
        }
    }

    /// low < x < high.
    pub const fn between(low: f64, high: f64) -> Range {
        Range::Float {
            low,
            low_included: false,
            high,
            high_included: false,
        }
    }

    /// low ≤ n ≤ high.
    pub const fn count(low: u64, high: u64) -> Range {
        Range::Count { low, high }
    }

    /// Whether a value of the right kind is allowed; a list, whether all of its parts are.
    pub fn contains(&self, value: &Value) -> bool {
        match (self, value) {
            (
                Range::Float {
                    low,
                    low_included,
                    high,
                    high_included,
                },
                Value::Float(x),
            ) => {
                (*x > *low || (*low_included && *x >= *low))
                    && (*x < *high || (*high_included && *x <= *high))
            }
            (Range::Count { low, high }, Value::Count(n)) => (low..=high).contains(&n),
            (Range::Count { low, high }, Value::Counts(list)) => {
                list.iter().all(|n| (low..=high).contains(&n))
            }
            (Range::Float { .. }, Value::Floats(list)) => {
                list.iter().all(|x| self.contains(&Value::Float(*x)))
            }
            (Range::OneOf(words), Value::Text(text)) => words().contains(&text.as_str()),
            (Range::OneOf(words), Value::Texts(list)) => {
                list.iter().all(|text| words().contains(&text.as_str()))
            }
            (
                Range::Member { check, .. } | Range::Form { check, .. },
                Value::Text(_) | Value::Texts(_),
            ) => value.texts().iter().all(|text| check(text).is_ok()),
            // What is no text has no form.
            (Range::Form { .. }, _) => false,
            (_, Value::Float(x)) => x.is_finite(),
            _ => true,
        }
    }

    /// Allowed words close to a word that is not.
    pub fn near(&self, value: &Value) -> Vec<String> {
        match (self, value) {
            (Range::OneOf(names) | Range::Member { names, .. }, Value::Text(text)) => {
                near_names(text, names())
            }
            _ => Vec::new(),
        }
    }

    /// Values just outside, for tests.
    pub fn bad_values(&self) -> Vec<Value> {
        match *self {
            Range::Any => Vec::new(),
            Range::Float {
                low,
                low_included,
                high,
                high_included,
            } => {
                let mut bad = vec![Value::Float(f64::NAN)];
                if low.is_finite() {
                    bad.push(Value::Float(if low_included {
                        low.next_down()
                    } else {
                        low
                    }));
                }
                if high.is_finite() || !high_included {
                    bad.push(Value::Float(if high_included {
                        high.next_up()
                    } else {
                        high
                    }));
                }
                bad
            }
            Range::Count { low, high } => {
                let below = low.checked_sub(1);
                let above = high.checked_add(1);
                below.into_iter().chain(above).map(Value::Count).collect()
            }
            Range::OneOf(_) | Range::Member { .. } | Range::Form { .. } => {
                vec![Value::text("no such word")]
            }
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Range::Any => f.write_str("any"),
            Range::Float {
                low,
                low_included,
                high,
                high_included,
            } => match (low.is_finite(), high.is_finite()) {
                (true, true) => {
                    let open = if low_included { '[' } else { '(' };
                    let close = if high_included { ']' } else { ')' };
                    write!(f, "in {open}{low}, {high}{close}")
                }
                (true, false) if low_included => write!(f, "at least {low}"),
                (true, false) => write!(f, "above {low}"),
                (false, true) if high_included => write!(f, "at most {high}"),
                (false, true) => write!(f, "below {high}"),
                (false, false) => f.write_str("any number"),
            },
            Range::Count { low, high } if high >= i64::MAX as u64 => write!(f, "at least {low}"),
            Range::Count { low, high } => write!(f, "from {low} to {high}"),
            Range::OneOf(names) | Range::Member { names, .. } => {
                write!(f, "one of {}", names().join(", "))
            }
            Range::Form { example, .. } => write!(f, "as in `{example}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exact() {
        let rate = Range::FRACTION;
        assert!(rate.contains(&Value::Float(0.0)));
        assert!(rate.contains(&Value::Float(1.0_f64.next_down())));
        for bad in rate.bad_values() {
            assert!(!rate.contains(&bad), "{bad}");
        }
        assert_eq!(rate.to_string(), "in [0, 1)");
        assert_eq!(Range::POSITIVE.to_string(), "above 0");
        assert!(!Range::POSITIVE.contains(&Value::Float(f64::INFINITY)));
    }
}

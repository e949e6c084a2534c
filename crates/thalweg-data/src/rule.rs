//! What happens to a column that was not named: the one rule, for `inspect` and for the fit.
//!
//! The rule, for a column that is neither target nor weight nor ignored, over the rows it is asked about:
//!
//! - nothing but missing values: left out as empty;
//! - one value and nothing missing: left out as constant;
//! - text with more than [`MOST_CATEGORIES`] distinct values, or with more than [`FEW_CATEGORIES`] that
//!   are also more than half as many as the rows: left out as text that names its row;
//! - other text: a feature for each category;
//! - numbers and booleans: a feature, and another one that says "missing" where values are missing;
//! - images: a feature for each pixel.

use arrow_array::types::Int32Type;
use arrow_array::{Array, DictionaryArray, Float64Array};

use crate::table::Rows;
use crate::{Column, Reason, Use, Values};

/// Text with more distinct values than this is left out.
pub(crate) const MOST_CATEGORIES: usize = 100;
/// Text with no more distinct values than this is used, however few the rows.
pub(crate) const FEW_CATEGORIES: usize = 20;

/// The rule above, for a column that has no other role.
pub(crate) fn feature_use(column: &Column, rows: Rows<'_>) -> Use {
    if let Values::Image { height, width, .. } = column.values {
        return Use::Image { height, width };
    }
    Facts::of(column, rows).feature_use(rows.len())
}

fn is_high(distinct: usize, rows: usize) -> bool {
    distinct > MOST_CATEGORIES || (distinct > FEW_CATEGORIES && 2 * distinct > rows)
}

/// What cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cells {
    Number,
    Boolean,
    Text,
    Image,
}

impl Cells {
    pub(crate) fn of(values: &Values) -> Cells {
        match values {
            Values::Number(_) => Cells::Number,
            Values::Boolean { .. } => Cells::Boolean,
            Values::Text(_) => Cells::Text,
            Values::Image { .. } => Cells::Image,
        }
    }
}

/// What the rule looks at.
pub(crate) struct Facts {
    pub(crate) cells: Cells,
    pub(crate) missing: usize,
    /// Exact for text; for other columns counted only up to 2, which is all that the rule asks.
    pub(crate) distinct: usize,
}

impl Facts {
    /// The rule for a column without images, of so many rows.
    pub(crate) fn feature_use(&self, rows: usize) -> Use {
        let missing = self.missing > 0;
        let reason = match self.distinct {
            0 => Reason::Empty,
            1 if !missing => Reason::Constant,
            distinct if self.cells == Cells::Text && is_high(distinct, rows) => {
                Reason::ManyTexts { distinct }
            }
            distinct => {
                return match self.cells {
                    Cells::Boolean => Use::Boolean { indicator: missing },
                    Cells::Text => Use::OneHot {
                        categories: distinct,
                        missing,
                    },
                    Cells::Number | Cells::Image => Use::Number { indicator: missing },
                };
            }
        };
        Use::LeftOut { reason }
    }

    fn of(column: &Column, rows: Rows<'_>) -> Facts {
        let cells = Cells::of(&column.values);
        match &column.values {
            Values::Number(values) => {
                Facts::of_few(cells, rows, |row| number(values, row).map(f64::to_bits))
            }
            Values::Boolean { values, .. } => Facts::of_few(cells, rows, |row| {
                values.is_valid(row).then(|| u64::from(values.value(row)))
            }),
            Values::Text(values) => {
                let (counts, missing) = key_counts(values, rows);
                Facts {
                    cells,
                    missing,
                    distinct: counts.iter().filter(|&&count| count > 0).count(),
                }
            }
            Values::Image { .. } => Facts {
                cells,
                missing: 0,
                distinct: 2,
            },
        }
    }

    fn of_few(cells: Cells, rows: Rows<'_>, value: impl Fn(usize) -> Option<u64>) -> Facts {
        let mut first = None;
        let mut facts = Facts {
            cells,
            missing: 0,
            distinct: 0,
        };
        for row in rows.iter() {
            match (value(row), first) {
                (None, _) => facts.missing += 1,
                (Some(x), None) => {
                    first = Some(x);
                    facts.distinct = 1;
                }
                (Some(x), Some(first)) if x != first => facts.distinct = 2,
                _ => {}
            }
        }
        facts
    }
}

/// A feature's number: infinite values count as missing, −0 as 0.
pub(crate) fn number(values: &Float64Array, row: usize) -> Option<f64> {
    let x = values.value(row);
    (x.is_finite() && values.is_valid(row)).then_some(x + 0.0)
}

/// How often each distinct text stands in these rows, and how many are missing.
pub(crate) fn key_counts(
    values: &DictionaryArray<Int32Type>,
    rows: Rows<'_>,
) -> (Vec<usize>, usize) {
    let mut counts = vec![0; values.values().len()];
    let mut missing = 0;
    for row in rows.iter() {
        match values.key(row) {
            Some(key) => counts[key] += 1,
            None => missing += 1,
        }
    }
    (counts, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn use_of(column: &Column) -> String {
        let rows = Rows::All(column.len());
        feature_use(column, rows).to_string()
    }

    fn texts(count: usize, distinct: usize) -> Column {
        let texts: Vec<_> = (0..count).map(|i| format!("t{}", i % distinct)).collect();
        Column::text("t", texts.iter().map(|text| Some(text.as_str())))
    }

    #[test]
    fn each_kind_of_column_has_its_use() {
        let nan = f64::NAN;
        assert_eq!(use_of(&Column::number("x", vec![1.0, 2.0])), "number");
        assert_eq!(
            use_of(&Column::number("x", vec![1.0, nan])),
            "number + missing"
        );
        assert_eq!(
            use_of(&Column::number("x", vec![1.0, 2.0, f64::INFINITY])),
            "number + missing"
        );
        assert_eq!(
            use_of(&Column::number("x", vec![1.0, 1.0])),
            "left out: constant"
        );
        assert_eq!(
            use_of(&Column::number("x", vec![0.0, -0.0])),
            "left out: constant"
        );
        assert_eq!(
            use_of(&Column::number("x", vec![nan])),
            "left out: all missing"
        );
        assert_eq!(
            use_of(&Column::boolean("x", vec![Some(true), None])),
            "boolean + missing"
        );
        assert_eq!(
            use_of(&Column::text("x", [Some("a"), None])),
            "1 categories + missing"
        );
    }

    #[test]
    fn text_that_names_its_row_is_left_out() {
        assert_eq!(use_of(&texts(20, 20)), "20 categories");
        assert_eq!(
            use_of(&texts(41, 21)),
            "left out: high-cardinality text, 21 distinct"
        );
        assert_eq!(use_of(&texts(42, 21)), "21 categories");
        assert_eq!(use_of(&texts(1000, 100)), "100 categories");
        assert_eq!(
            use_of(&texts(9000, 1100)),
            "left out: high-cardinality text, 1,100 distinct"
        );
    }
}

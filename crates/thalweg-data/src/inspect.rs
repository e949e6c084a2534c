//! What a table holds and what training would do with each column, before anything is fitted.
//!
//! It looks at all rows; the fit looks at the training rows only and decides by the same rule.

use std::collections::HashSet;

use arrow_array::{Array, BooleanArray, DictionaryArray, Float64Array, types::Int32Type};

use crate::column::dictionary;
use crate::preprocess::{mean_and_std, median};
use crate::rule::{feature_use, key_counts, number};
use crate::table::Rows;
use crate::{Choice, Column, Place, Reason, Table, Task, Use, Values, infer_task};

/// Distinct numbers are counted up to this many.
pub(crate) const MOST_DISTINCT: usize = 10_000;
/// Categories that a report names.
pub(crate) const TOP: usize = 10;

/// What a table holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// How many rows there are.
    pub rows: usize,
    /// The columns, in the file's order, then those of a type that cannot be used.
    pub columns: Vec<ColumnReport>,
    /// The task that the target has or that was chosen; `None` without a target.
    pub task: Option<Task>,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How many cells are missing.
    pub missing: usize,
    /// How many numbers are infinite; a feature treats them as missing.
    pub infinite: usize,
    /// How many distinct values there are.
    pub distinct: usize,
    /// Whether counting ended there, and there may be more.
    pub distinct_is_capped: bool,
    /// The least and the largest finite number.
    pub range: Option<(f64, f64)>,
    /// The mean of the finite numbers.
    pub mean: Option<f64>,
    /// Their median.
    pub median: Option<f64>,
    /// The most frequent categories with their counts, ten at most.
    pub categories: Vec<(String, usize)>,
    /// A value.
    pub example: Option<String>,
    /// What training would do with it.
    pub use_: Use,
    /// What looks like numbers spoiled by a few cells or by their notation.
    pub suspicion: Option<Suspicion>,
}

/// A text column that nearly is one of numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Suspicion {
    /// Nearly all cells are numbers.
    FewWords {
        /// Cells that are numbers.
        numbers: usize,
        /// The first that is not.
        word: String,
        /// Where it stands.
        place: Place,
    },
    /// Nearly all cells are numbers with a comma before the decimals.
    DecimalCommas,
}

impl std::fmt::Display for Suspicion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Suspicion::FewWords {
                numbers,
                word,
                place,
            } => write!(
                f,
                "is text, though {numbers} of its cells are numbers: {place} has `{word}`; correct it or leave it empty"
            ),
            Suspicion::DecimalCommas => {
                f.write_str("is text, because its numbers have decimal commas; write points")
            }
        }
    }
}

/// The part of the cells that must look like numbers for a column to be suspicious.
pub(crate) const NEARLY: f64 = 0.8;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Number,
    /// True and false.
    Boolean,
    /// Text with few distinct values.
    Category,
    /// Text with many.
    Text,
    /// One value throughout.
    Constant,
    /// No value at all.
    Empty,
    /// Images.
    Image,
    /// Something that cannot be used.
    Unsupported,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Category => "category",
            Kind::Text => "text",
            Kind::Constant => "constant",
            Kind::Empty => "empty",
            Kind::Image => "image",
            Kind::Unsupported => "unsupported",
        })
    }
}

/// What a table holds, and what training would do with each column under this choice.
pub fn inspect(table: &Table, choice: Option<&Choice>) -> Inspection {
    let mut columns: Vec<_> = table
        .columns()
        .iter()
        .map(|column| ColumnReport {
            suspicion: suspect(table, column, 0),
            ..report(column, choice)
        })
        .collect();
    columns.extend(unsupported(table.unsupported()));
    let target = choice.and_then(|choice| table.column(&choice.target));
    let task = target.map(|column| infer_task(table, column));
    Inspection {
        rows: table.rows(),
        columns,
        task: choice.and_then(|choice| choice.task).or(task),
    }
}

/// What is said of columns of a type that cannot be used.
pub(crate) fn unsupported(columns: &[(String, String)]) -> impl Iterator<Item = ColumnReport> {
    columns.iter().map(|(name, type_name)| {
        let reason = Reason::Unsupported {
            type_name: type_name.clone(),
        };
        ColumnReport {
            kind: Kind::Unsupported,
            ..blank(name, Use::LeftOut { reason })
        }
    })
}

fn report(column: &Column, choice: Option<&Choice>) -> ColumnReport {
    let rows = Rows::All(column.len());
    let by_rule = feature_use(column, rows);
    let kind = kind(&by_rule);
    let mut report = blank(
        &column.name,
        chosen_use(&column.name, choice).unwrap_or(by_rule),
    );
    report.kind = kind;
    report.example = (0..column.len()).find_map(|row| column.cell(row));
    match &column.values {
        Values::Number(values) => fill_numbers(&mut report, values),
        Values::Boolean { values, words } => fill_booleans(&mut report, values, words),
        Values::Text(values) => fill_texts(&mut report, values, rows),
        Values::Image { .. } => {}
    }
    report
}

pub(crate) fn blank(name: &str, use_: Use) -> ColumnReport {
    ColumnReport {
        name: name.to_owned(),
        kind: Kind::Image,
        missing: 0,
        infinite: 0,
        distinct: 0,
        distinct_is_capped: false,
        range: None,
        mean: None,
        median: None,
        categories: Vec::new(),
        example: None,
        use_,
        suspicion: None,
    }
}

pub(crate) fn chosen_use(name: &str, choice: Option<&Choice>) -> Option<Use> {
    let choice = choice?;
    if choice.target == name {
        Some(Use::Target)
    } else if choice.sample_weight.as_deref() == Some(name) {
        Some(Use::SampleWeight)
    } else if choice.ignore.iter().any(|it| it == name) {
        let reason = Reason::Ignored;
        Some(Use::LeftOut { reason })
    } else {
        None
    }
}

/// What a column is, by what the rule does with it.
pub(crate) fn kind(by_rule: &Use) -> Kind {
    match by_rule {
        Use::LeftOut {
            reason: Reason::Empty,
        } => Kind::Empty,
        Use::LeftOut {
            reason: Reason::Constant,
        } => Kind::Constant,
        Use::LeftOut { .. } => Kind::Text,
        Use::Boolean { .. } => Kind::Boolean,
        Use::OneHot { .. } => Kind::Category,
        Use::Image { .. } => Kind::Image,
        Use::Number { .. } | Use::Target | Use::SampleWeight => Kind::Number,
    }
}

fn fill_numbers(report: &mut ColumnReport, values: &Float64Array) {
    let mut finite: Vec<f64> = (0..values.len())
        .filter_map(|row| number(values, row))
        .collect();
    report.missing = values.null_count();
    report.infinite = values.len() - report.missing - finite.len();
    let mut seen = HashSet::new();
    for x in &finite {
        if seen.len() > MOST_DISTINCT {
            break;
        }
        seen.insert(x.to_bits());
    }
    report.distinct = seen.len().min(MOST_DISTINCT);
    report.distinct_is_capped = seen.len() > MOST_DISTINCT;
    if !finite.is_empty() {
        let bounds = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
        report.range = Some(
            finite
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), bounds),
        );
        report.mean = Some(mean_and_std(&finite).0);
        report.median = Some(median(&mut finite));
    }
}

fn fill_booleans(report: &mut ColumnReport, values: &BooleanArray, words: &[String; 2]) {
    let n_true = values.iter().flatten().filter(|&on| on).count();
    report.missing = values.null_count();
    let n_false = values.len() - report.missing - n_true;
    let counts = [(&words[0], n_false), (&words[1], n_true)];
    let seen = counts.into_iter().filter(|&(_, count)| count > 0);
    report.categories = seen.map(|(word, count)| (word.clone(), count)).collect();
    report
        .categories
        .sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    report.distinct = report.categories.len();
}

/// Whether a text column of more than `few` distinct values is nearly one of numbers.
pub(crate) fn suspect(table: &Table, column: &Column, few: usize) -> Option<Suspicion> {
    let Values::Text(values) = &column.values else {
        return None;
    };
    let (counts, missing) = key_counts(values, Rows::All(column.len()));
    let texts = dictionary(values);
    if counts.iter().filter(|&&count| count > 0).count() <= few {
        return None;
    }
    let cells = |is: &dyn Fn(&str) -> bool| {
        let keys = (0..counts.len()).filter(|&key| counts[key] > 0 && is(texts.value(key)));
        keys.map(|key| counts[key]).sum::<usize>()
    };
    let enough = (column.len() - missing) as f64 * NEARLY;
    if cells(&has_comma) as f64 >= enough {
        return Some(Suspicion::DecimalCommas);
    }
    let numbers = cells(&is_number);
    if (numbers as f64) < enough {
        return None;
    }
    let word = |row: usize| column.cell(row).filter(|text| !is_number(text));
    let (row, word) = (0..column.len()).find_map(|row| word(row).map(|word| (row, word)))?;
    Some(Suspicion::FewWords {
        numbers,
        word,
        place: table.place(row),
    })
}

/// Whether a cell of text is a number.
pub(crate) fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

/// Whether it is one with a comma before the decimals.
pub(crate) fn has_comma(text: &str) -> bool {
    text.matches(',').count() == 1 && is_number(&text.replace(',', "."))
}

fn fill_texts(report: &mut ColumnReport, values: &DictionaryArray<Int32Type>, rows: Rows<'_>) {
    let (counts, missing) = key_counts(values, rows);
    let texts = dictionary(values);
    let mut order: Vec<usize> = (0..counts.len()).filter(|&key| counts[key] > 0).collect();
    report.missing = missing;
    report.distinct = order.len();
    order.sort_by_key(|&key| (std::cmp::Reverse(counts[key]), texts.value(key)));
    let top = order.iter().take(TOP);
    report.categories = top
        .map(|&key| (texts.value(key).to_owned(), counts[key]))
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_nearly_numbers_is_suspected() {
        let cell = |i: usize| {
            if i == 6 {
                "oops".to_owned()
            } else {
                i.to_string()
            }
        };
        let cells: Vec<String> = (0..20).map(cell).collect();
        let commas: Vec<String> = (0..20).map(|i| format!("{i},5")).collect();
        let words: Vec<String> = (0..20).map(|i| format!("w{}", i % 3)).collect();
        let said = |cells: &[String]| {
            let column = Column::text("x", cells.iter().map(|cell| Some(cell.as_str())));
            let table = Table::new("memory", vec![column]).unwrap();
            let suspicion = inspect(&table, None).columns[0].suspicion.clone();
            suspicion.map(|suspicion| suspicion.to_string())
        };
        assert_eq!(
            said(&cells).as_deref(),
            Some(
                "is text, though 19 of its cells are numbers: row 7 has `oops`; correct it or leave it empty"
            )
        );
        assert_eq!(
            said(&commas).as_deref(),
            Some("is text, because its numbers have decimal commas; write points")
        );
        assert_eq!(said(&words), None);
    }

    #[test]
    fn a_report_says_what_a_column_holds() {
        let columns = vec![
            Column::number("x", vec![1.0, f64::NAN, 4.0, f64::INFINITY, 1.0]),
            Column::text("c", [Some("b"), Some("a"), None, Some("b"), Some("a")]),
            Column::boolean("y", vec![Some(true), None, Some(true), Some(false), None]),
            Column::number("w", vec![1.0; 5]),
        ];
        let table = Table::new("memory", columns).unwrap();
        let choice = Choice {
            target: "y".into(),
            ignore: vec!["w".into()],
            ..Choice::default()
        };
        let found = inspect(&table, Some(&choice));
        assert_eq!((found.rows, found.task), (5, Some(Task::Classification)));
        let [x, c, y, w] = found.columns.as_slice() else {
            panic!("four columns");
        };
        assert_eq!(
            (x.kind, x.missing, x.infinite, x.distinct),
            (Kind::Number, 1, 1, 2)
        );
        assert_eq!(
            (x.range, x.mean, x.median),
            (Some((1.0, 4.0)), Some(2.0), Some(1.0))
        );
        assert_eq!(c.categories, [("a".to_owned(), 2), ("b".to_owned(), 2)]);
        assert_eq!((c.kind, c.missing, c.distinct), (Kind::Category, 1, 2));
        assert_eq!((y.kind, y.use_.clone()), (Kind::Boolean, Use::Target));
        assert_eq!(
            y.categories,
            [("true".to_owned(), 2), ("false".to_owned(), 1)]
        );
        assert_eq!(
            (w.kind, w.use_.to_string()),
            (Kind::Constant, "left out: ignored".into())
        );
        assert_eq!(x.example.as_deref(), Some("1"));
    }
}

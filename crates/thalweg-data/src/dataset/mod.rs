//! Data sets by name: one that the program carries, and generated ones for looking and teaching.
//!
//! A generated set is a function of its settings, the seed among them. Not the reading of files.
//!
//! Adding a set: a file beside these, and its two lines in this one.

mod blobs;
mod circles;
mod digits;
mod moons;
mod sine;
mod spirals;

pub use blobs::Blobs;
pub use circles::Circles;
pub use digits::Digits;
pub use moons::Moons;
pub use sine::Sine;
pub use spirals::Spirals;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::spec::{Entry, Family, Field, Range, Slot, Spec, Tunable};

use crate::{Column, Table};

/// All data sets.
pub static ALL: Family<dyn Dataset> = Family {
    name: "datasets",
    singular: "dataset",
    summary: "Data to begin with: bundled, or generated from a seed.",
    members: &[
        entry::<Digits>(),
        entry::<Moons>(),
        entry::<Circles>(),
        entry::<Spirals>(),
        entry::<Blobs>(),
        entry::<Sine>(),
    ],
};

/// A data set as its author writes it.
pub trait Source: Spec {
    /// The column to predict.
    const TARGET: &'static str;
    /// The columns, the target among them.
    fn columns(&self) -> Vec<Column>;
}

/// A data set behind a pointer. Every [`Source`] is one; write a `Source`.
pub trait Dataset: Tunable {
    /// The rows. Its origin is the short form that gives it again, `moons:n=2000`.
    fn table(&self) -> Table;
    /// The column to predict.
    fn target(&self) -> &'static str;
}

impl<S: Source> Dataset for S {
    fn table(&self) -> Table {
        Table::new(&short_form(self), self.columns())
            .expect("a data set's columns are equally long and have distinct names")
            .with_target(S::TARGET)
    }

    fn target(&self) -> &'static str {
        S::TARGET
    }
}

const fn entry<S: Source>() -> Entry<dyn Dataset> {
    Entry {
        card: S::CARD,
        build: || Box::new(S::default()),
        describe: || Box::new(S::default()),
    }
}

/// The name and those settings that are not the defaults.
fn short_form<S: Spec>(set: &S) -> String {
    let defaults = S::default().dump();
    let changed: Vec<String> = set
        .dump()
        .into_iter()
        .zip(defaults)
        .filter(|((_, value), (_, default))| value != default)
        .map(|((name, value), _)| format!("{name}={value}"))
        .collect();
    if changed.is_empty() {
        S::CARD.name.to_owned()
    } else {
        format!("{}:{}", S::CARD.name, changed.join(","))
    }
}

/// The most rows that a set can be asked for.
const MOST_ROWS: u64 = 100_000_000;

/// The field `n`, the same in every generated set.
const fn rows_field<T>(slot: fn(&mut T) -> &mut u64) -> Field<T> {
    Field {
        name: "n",
        doc: "Rows.",
        range: Range::count(1, MOST_ROWS),
        slot: Slot::Count(slot),
    }
}

/// The field `noise`, likewise.
const fn noise_field<T>(slot: fn(&mut T) -> &mut f64) -> Field<T> {
    Field {
        name: "noise",
        doc: "Standard deviation of the normal noise that is added.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(slot),
    }
}

/// The field `seed`, likewise.
const fn seed_field<T>(slot: fn(&mut T) -> &mut u64) -> Field<T> {
    Field {
        name: "seed",
        doc: "Seed of the rows; another one gives another sample.",
        range: Range::count(0, u64::MAX),
        slot: Slot::Count(slot),
    }
}

/// Random numbers for a generated set.
struct Draw(ChaCha8Rng);

impl Draw {
    fn new(seed: u64) -> Draw {
        Draw(stream(seed, Purpose::Data, 0, 0))
    }

    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }
}

/// Points in the plane and their classes, dealt out in turn so that the classes are equally large.
fn plane(
    n: u64,
    classes: u64,
    noise: f64,
    seed: u64,
    mut point: impl FnMut(u64, &mut Draw) -> (f64, f64),
) -> Vec<Column> {
    let mut draw = Draw::new(seed);
    let (mut x, mut y, mut class) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..n {
        let of = row % classes;
        let (px, py) = point(of, &mut draw);
        x.push(px + noise * draw.normal());
        y.push(py + noise * draw.normal());
        class.push(of as f64);
    }
    vec![
        Column::number("x", x),
        Column::number("y", y),
        Column::number("class", class),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choice, Task, check_target};

    fn cells(table: &Table) -> Vec<Option<String>> {
        let column = |column: &Column| (0..table.rows()).map(|row| column.cell(row)).collect();
        let all: Vec<Vec<Option<String>>> = table.columns().iter().map(column).collect();
        all.concat()
    }

    #[test]
    fn every_set_can_be_learned_and_repeats() {
        for entry in ALL.members {
            let set = (entry.build)();
            let table = set.table();
            let choice = Choice {
                target: set.target().into(),
                ..Choice::default()
            };
            assert!(check_target(&table, &choice).is_ok(), "{}", entry.card.name);
            assert_eq!(table.own_target(), Some(set.target()));
            assert_eq!(table.origin, entry.card.name);
            assert_eq!(cells(&table), cells(&set.table()));
            assert!(entry.card.summary.ends_with('.'));
        }
    }

    #[test]
    fn every_bad_value_is_refused_by_name() {
        for entry in ALL.members {
            for field in (entry.build)().fields() {
                for bad in field.range.bad_values() {
                    let error = (entry.build)().set(field.name, &bad).unwrap_err();
                    assert!(error.to_string().contains(field.name), "{error}");
                }
                assert!(field.range.contains(&field.default));
                assert!(field.doc.ends_with('.'));
            }
        }
    }

    #[test]
    fn a_short_form_is_read_and_is_the_origin() {
        let set = ALL.parse("moons:n=200,noise=0.2").unwrap();
        let table = set.table();
        assert_eq!(table.rows(), 200);
        assert_eq!(table.origin, "moons:n=200,noise=0.2");
        assert_ne!(
            cells(&table),
            cells(&ALL.parse("moons:n=200,noise=0.2,seed=1").unwrap().table())
        );
        let errors = ALL.parse("moon").err().unwrap();
        assert_eq!(
            errors[0].to_string(),
            "unknown dataset `moon`; did you mean `moons`?"
        );
    }

    #[test]
    fn classes_are_as_many_as_asked_for_and_equally_large() {
        for (spec, classes) in [("spirals:n=300,classes=3", 3), ("blobs:n=500,centers=5", 5)] {
            let set = ALL.parse(spec).unwrap();
            let choice = Choice {
                target: set.target().into(),
                task: Some(Task::Classification),
                ..Choice::default()
            };
            let labels = check_target(&set.table(), &choice)
                .unwrap()
                .classes
                .unwrap();
            assert_eq!(labels.names.len(), classes);
            for class in 0..classes as u32 {
                assert_eq!(
                    labels.of_rows.iter().filter(|&&it| it == class).count(),
                    100
                );
            }
        }
    }
}

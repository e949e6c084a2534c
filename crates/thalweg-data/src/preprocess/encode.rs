//! Applying what was fitted: column after column into rows of features.

use arrow_array::Array;
use thalweg_core::spec::near_names;

use super::labels::{Found, Labels};
use super::{Encoding, Fitted, Preprocessing, Standard};
use crate::column::{bytes, dictionary};
use crate::read::parse_boolean;
use crate::rule::number;
use crate::table::Rows;
use crate::{Column, DataError, Table, Values};

/// Examples that a note names.
const EXAMPLES: usize = 3;

/// What was out of the ordinary in a table, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Categories that training has not seen, treated as missing.
    pub unseen: Vec<Unseen>,
    /// Columns with missing values that were filled in, and how many.
    pub filled: Vec<(String, usize)>,
    /// Columns with infinite values, which were treated as missing, and how many.
    pub infinite: Vec<(String, usize)>,
    /// Columns that training did not have.
    pub extra: Vec<String>,
    /// Whether the columns stand in another order than in training.
    pub reordered: bool,
}

/// A column's categories that training has not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The column.
    pub column: String,
    /// How many rows have one.
    pub rows: usize,
    /// Some of them.
    pub examples: Vec<String>,
}

impl Preprocessing {
    /// The features of these rows (of all where `rows` is `None`), row after row.
    ///
    /// # Errors
    /// Columns are missing, or a cell is of another type than its column was in training.
    pub fn encode(
        &self,
        table: &Table,
        rows: Option<&[u32]>,
    ) -> Result<(Vec<f32>, Notes), DataError> {
        let rows = Rows::of(table, rows);
        let mut notes = self.note_columns(table);
        let width = self.n_features();
        let mut features = vec![0.0_f32; rows.len() * width];
        let mut first = 0;
        let columns = self.find_columns(table)?;
        for (fitted, column) in self.columns.iter().zip(columns) {
            let cells = Cells {
                features: &mut features,
                width,
                first,
            };
            fitted.encode(table, column, rows, cells, &mut notes)?;
            first += fitted.encoding.width();
        }
        Ok((features, notes))
    }

    /// Adds what was out of the ordinary in the next block of a table to what was so in the blocks before it.
    pub fn add_notes(&self, all: &mut Notes, block: Notes) {
        all.reordered |= block.reordered;
        if all.extra.is_empty() {
            all.extra = block.extra;
        }
        let place = |name: &str| self.columns.iter().position(|fitted| fitted.name == name);
        for (list, more) in [
            (&mut all.filled, block.filled),
            (&mut all.infinite, block.infinite),
        ] {
            for (name, count) in more {
                match list.iter_mut().find(|(it, _)| *it == name) {
                    Some((_, sum)) => *sum += count,
                    None => list.push((name, count)),
                }
            }
            list.sort_by_key(|(name, _)| place(name));
        }
        for more in block.unseen {
            let Some(known) = all.unseen.iter_mut().find(|it| it.column == more.column) else {
                all.unseen.push(more);
                continue;
            };
            known.rows += more.rows;
            for example in more.examples {
                if known.examples.len() < EXAMPLES && !known.examples.contains(&example) {
                    known.examples.push(example);
                }
            }
        }
        all.unseen.sort_by_key(|it| place(&it.column));
    }

    fn find_columns<'a>(&self, table: &'a Table) -> Result<Vec<&'a Column>, DataError> {
        let lacking = self
            .columns
            .iter()
            .filter(|fitted| table.column(&fitted.name).is_none());
        let missing: Vec<_> = lacking
            .map(|fitted| {
                // A name that is another of the model's columns is no misspelling of this one.
                let free = table.names().into_iter().filter(|name| !self.knows(name));
                (fitted.name.clone(), near_names(&fitted.name, free))
            })
            .collect();
        if !missing.is_empty() {
            return Err(DataError::MissingColumns {
                origin: table.origin.clone(),
                missing,
            });
        }
        Ok(self
            .columns
            .iter()
            .filter_map(|fitted| table.column(&fitted.name))
            .collect())
    }

    fn knows(&self, name: &str) -> bool {
        self.columns.iter().any(|fitted| fitted.name == name)
            || self.left_out.iter().any(|(it, _)| it == name)
            || self.target.name == name
            || self.sample_weight.as_deref() == Some(name)
    }

    fn note_columns(&self, table: &Table) -> Notes {
        let names = table.names();
        let used = names
            .iter()
            .filter(|name| self.columns.iter().any(|fitted| fitted.name == **name));
        let extra = names.iter().filter(|name| !self.knows(name));
        Notes {
            extra: extra.map(|&name| name.to_owned()).collect(),
            reordered: !used.copied().eq(self
                .columns
                .iter()
                .filter(|fitted| table.column(&fitted.name).is_some())
                .map(|fitted| fitted.name.as_str())),
            ..Notes::default()
        }
    }
}

/// The features of one column among those of all.
struct Cells<'a> {
    features: &'a mut [f32],
    width: usize,
    first: usize,
}

impl Cells<'_> {
    fn set(&mut self, at: usize, offset: usize, value: f32) {
        self.features[at * self.width + self.first + offset] = value;
    }
}

impl Fitted {
    fn encode(
        &self,
        table: &Table,
        column: &Column,
        rows: Rows<'_>,
        mut cells: Cells<'_>,
        notes: &mut Notes,
    ) -> Result<(), DataError> {
        match &self.encoding {
            Encoding::Number(standard) => {
                let wrong = rows
                    .iter()
                    .find(|&row| is_present(column, row) && number_at(column, row).is_none());
                self.refuse(table, column, "a number", wrong)?;
                standard.encode(column, rows, |row| number_at(column, row), cells, notes);
            }
            Encoding::Boolean(standard) => {
                let wrong = rows
                    .iter()
                    .find(|&row| is_present(column, row) && boolean_at(column, row).is_none());
                self.refuse(table, column, "true or false", wrong)?;
                standard.encode(column, rows, |row| boolean_at(column, row), cells, notes);
            }
            Encoding::OneHot {
                categories,
                missing,
            } => {
                let missing = missing.then_some(categories.len());
                one_hot(column, rows, categories, missing, cells, notes);
            }
            Encoding::Image {
                height,
                width,
                mean,
                std,
            } => {
                let pixels = self.images(table, column, *height, *width)?;
                encode_images(pixels, height * width, rows, (*mean, *std), &mut cells);
            }
        }
        Ok(())
    }

    fn refuse(
        &self,
        table: &Table,
        column: &Column,
        expected: &'static str,
        wrong: Option<usize>,
    ) -> Result<(), DataError> {
        wrong.map_or(Ok(()), |row| {
            Err(DataError::WrongCell {
                column: self.name.clone(),
                origin: table.origin.clone(),
                expected,
                place: table.place(row),
                cell: column.cell(row).unwrap_or_else(|| "an image".into()),
            })
        })
    }

    fn images<'a>(
        &self,
        table: &Table,
        column: &'a Column,
        height: usize,
        width: usize,
    ) -> Result<&'a [u8], DataError> {
        let found = match &column.values {
            Values::Image {
                height: h,
                width: w,
                pixels,
            } if (*h, *w) == (height, width) => return Ok(bytes(pixels)),
            Values::Image {
                height: h,
                width: w,
                ..
            } => format!("{h} × {w}"),
            _ => "no images".to_owned(),
        };
        Err(DataError::WrongImages {
            column: self.name.clone(),
            origin: table.origin.clone(),
            height,
            width,
            found,
        })
    }
}

/// Whether a cell has a value that a feature should take; an infinite number counts as missing.
fn is_present(column: &Column, row: usize) -> bool {
    match &column.values {
        Values::Number(values) => number(values, row).is_some(),
        _ => !column.is_missing(row),
    }
}

/// A cell as a number. A number stays one where its column became text because of another cell.
fn number_at(column: &Column, row: usize) -> Option<f64> {
    match &column.values {
        Values::Number(values) => number(values, row),
        Values::Text(values) => {
            let text = dictionary(values).value(values.key(row)?);
            text.parse().ok().filter(|x: &f64| x.is_finite())
        }
        Values::Boolean { .. } | Values::Image { .. } => None,
    }
}

/// A cell as 0 or 1, which may be written as numbers, too.
fn boolean_at(column: &Column, row: usize) -> Option<f64> {
    let is_boolean = |x: &f64| [0.0, 1.0].contains(x);
    match &column.values {
        Values::Number(values) => number(values, row).filter(is_boolean),
        Values::Boolean { values, .. } => values
            .is_valid(row)
            .then(|| f64::from(u8::from(values.value(row)))),
        Values::Text(values) => {
            let text = dictionary(values).value(values.key(row)?);
            let on = parse_boolean(text.as_bytes()).map(|on| f64::from(u8::from(on)));
            on.or_else(|| text.parse().ok().filter(is_boolean))
        }
        Values::Image { .. } => None,
    }
}

impl Standard {
    fn encode(
        &self,
        column: &Column,
        rows: Rows<'_>,
        value: impl Fn(usize) -> Option<f64>,
        mut cells: Cells<'_>,
        notes: &mut Notes,
    ) {
        let (mut filled, mut infinite) = (0, 0);
        for (at, row) in rows.iter().enumerate() {
            let x = value(row);
            cells.set(
                at,
                0,
                narrow((x.unwrap_or(self.median) - self.mean) / self.std),
            );
            if x.is_none() {
                let missing = column.is_missing(row);
                *(if missing { &mut filled } else { &mut infinite }) += 1;
                if self.indicator {
                    cells.set(at, 1, 1.0);
                }
            }
        }
        let note = |list: &mut Vec<(String, usize)>, count| {
            if count > 0 {
                list.push((column.name.clone(), count));
            }
        };
        note(&mut notes.filled, filled);
        note(&mut notes.infinite, infinite);
    }
}

fn one_hot(
    column: &Column,
    rows: Rows<'_>,
    categories: &[String],
    missing: Option<usize>,
    mut cells: Cells<'_>,
    notes: &mut Notes,
) {
    let mut filled = 0;
    let mut unseen = Unseen {
        column: column.name.clone(),
        rows: 0,
        examples: Vec::new(),
    };
    Labels::new(categories).look_up(column, rows, |at, row, found| {
        let offset = match found {
            Found::Known(category) => Some(category as usize),
            Found::Missing => {
                filled += 1;
                missing
            }
            Found::Unseen => {
                unseen.rows += 1;
                if unseen.examples.len() < EXAMPLES
                    && let Some(cell) = column.cell(row)
                    && !unseen.examples.contains(&cell)
                {
                    unseen.examples.push(cell);
                }
                missing
            }
        };
        if let Some(offset) = offset {
            cells.set(at, offset, 1.0);
        }
    });
    if filled > 0 {
        notes.filled.push((column.name.clone(), filled));
    }
    if unseen.rows > 0 {
        notes.unseen.push(unseen);
    }
}

fn encode_images(
    pixels: &[u8],
    size: usize,
    rows: Rows<'_>,
    (mean, std): (f64, f64),
    cells: &mut Cells<'_>,
) {
    let table: [f32; 256] = std::array::from_fn(|byte| narrow((byte as f64 - mean) / std));
    for (at, row) in rows.iter().enumerate() {
        let from = &pixels[row * size..(row + 1) * size];
        let start = at * cells.width + cells.first;
        for (feature, &byte) in cells.features[start..start + size].iter_mut().zip(from) {
            *feature = table[usize::from(byte)];
        }
    }
}

/// A feature must be finite in `f32` as well: a value beyond its range becomes its largest.
pub(super) fn narrow(x: f64) -> f32 {
    let most = f64::from(f32::MAX);
    x.clamp(-most, most) as f32
}

//! The features of examples: all numbers of their rows, or those that are not 0.

use std::ops::Range;

use super::rows::Rows;
use crate::Real;
use crate::vector::vectorized;

/// The largest part of features other than 0 with which products do without the others.
const DENSEST: f64 = 0.25;
/// The fewest rows, and the fewest features, with which it is worth it to turn the weights for that.
const FEWEST: (usize, usize) = (96, 32);
/// Nonzeros that a row has, about, in the features that are gone through at a time: their weights stay in a near cache for
/// all rows, and the rows' loops do not end too soon.
const FULL: f64 = 32.0;
/// The least part of features other than 0 with which a tile's rows share enough of them for that.
const THIN: f64 = 1.0 / 16.0;
/// Rows of a batch that are looked at to find that part.
const SAMPLED: usize = 16;

/// The features of rows.
#[derive(Clone, Copy, Debug)]
pub enum Features<'a, T> {
    /// Rows × width, row-major.
    Dense(&'a [T]),
    /// Those that are not 0.
    Sparse(CompressedRows<'a, T>),
}

/// Rows of features that are 0 but for some: compressed rows (CSR). Products take time with those that are given.
#[derive(Clone, Copy, Debug)]
pub struct CompressedRows<'a, T> {
    starts: &'a [usize],
    columns: &'a [u32],
    values: &'a [T],
}

/// Why slices are no compressed rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressedRowsError {
    /// The starts are not those of rows.
    #[error("the starts of the rows have to go from 0 up to {values}, the number of values")]
    Starts {
        /// How many values there are.
        values: usize,
    },
    /// Not as many columns as values.
    #[error("there are {columns} columns, but {values} values")]
    Lengths {
        /// How many columns there are.
        columns: usize,
        /// How many values there are.
        values: usize,
    },
    /// A row's columns.
    #[error(
        "row {row}, counted from 0: its columns have to grow and to be less than {width}, the number of features"
    )]
    Columns {
        /// The row, from 0.
        row: usize,
        /// How many features there are.
        width: usize,
    },
}

impl<'a, T> CompressedRows<'a, T> {
    /// Row i has `values[starts[i]..starts[i + 1]]` in the `columns` of the same range, and 0 in the other columns of
    /// `width`. A row's columns grow.
    ///
    /// # Errors
    /// Slices that are none of that.
    pub fn new(
        starts: &'a [usize],
        columns: &'a [u32],
        values: &'a [T],
        width: usize,
    ) -> Result<CompressedRows<'a, T>, CompressedRowsError> {
        let count = values.len();
        if starts.first() != Some(&0) || starts.last() != Some(&count) || !starts.is_sorted() {
            return Err(CompressedRowsError::Starts { values: count });
        }
        if columns.len() != count {
            return Err(CompressedRowsError::Lengths {
                columns: columns.len(),
                values: count,
            });
        }
        for (row, range) in starts.windows(2).enumerate() {
            let columns = &columns[range[0]..range[1]];
            let grow = columns.windows(2).all(|pair| pair[0] < pair[1]);
            if !grow || columns.last().is_some_and(|&last| last as usize >= width) {
                return Err(CompressedRowsError::Columns { row, width });
            }
        }
        Ok(CompressedRows {
            starts,
            columns,
            values,
        })
    }

    /// The columns and the values of a row.
    fn row(&self, row: usize) -> (&'a [u32], &'a [T]) {
        let range = self.starts[row]..self.starts[row + 1];
        (&self.columns[range.clone()], &self.values[range])
    }
}

/// The features of one row.
#[derive(Clone, Copy)]
pub(super) enum Row<'a, T> {
    Dense(&'a [T]),
    /// Columns, and the values in them.
    Sparse(&'a [u32], &'a [T]),
}

impl<'a, T: Real> Features<'a, T> {
    /// The number of rows, of so many features each.
    pub fn rows(&self, width: usize) -> usize {
        match self {
            Features::Dense(features) => features.len() / width.max(1),
            Features::Sparse(rows) => rows.starts.len() - 1,
        }
    }

    pub(super) fn row(&self, row: usize, width: usize) -> Row<'a, T> {
        match self {
            Features::Dense(features) => Row::Dense(&features[row * width..][..width]),
            Features::Sparse(rows) => {
                let (columns, values) = rows.row(row);
                Row::Sparse(columns, values)
            }
        }
    }

    pub(super) fn slice(&self, rows: Range<usize>, width: usize) -> Features<'a, T> {
        match self {
            Features::Dense(features) => {
                Features::Dense(&features[rows.start * width..rows.end * width])
            }
            Features::Sparse(compressed) => Features::Sparse(CompressedRows {
                starts: &compressed.starts[rows.start..=rows.end],
                ..*compressed
            }),
        }
    }

    /// Whether these are the same slices.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        match (self, other) {
            (Features::Dense(a), Features::Dense(b)) => std::ptr::eq(*a, *b),
            (Features::Sparse(a), Features::Sparse(b)) => {
                std::ptr::eq(a.values, b.values) && std::ptr::eq(a.starts, b.starts)
            }
            _ => false,
        }
    }
}

impl<T: Real> Row<'_, T> {
    /// Writes all features.
    pub(super) fn write(&self, to: &mut [T]) {
        match *self {
            Row::Dense(features) => to.copy_from_slice(features),
            Row::Sparse(columns, values) => {
                to.fill(T::ZERO);
                for (&column, &value) in columns.iter().zip(values) {
                    to[column as usize] = value;
                }
            }
        }
    }
}

/// How few of the features are not 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sparsity {
    /// About which part of them.
    pub(super) density: f64,
    /// How many features are gone through at a time.
    pub(super) segment: usize,
    /// Whether most features are 0 in all of the rows, so that there is nothing to win from turning what belongs to them.
    /// Then all features are one segment.
    pub(super) is_thin: bool,
}

impl Sparsity {
    fn new(density: f64, width: usize, rows: usize) -> Sparsity {
        let is_thin = density * (rows as f64) < 1.0;
        let segment = if is_thin || density < THIN {
            width
        } else {
            width.min((FULL / density) as usize)
        };
        Sparsity {
            density,
            segment: segment.max(1),
            is_thin,
        }
    }
}

/// How few features of these rows are not 0, if products without the others are faster. It has no influence on results as
/// long as weights are finite: a product with 0 changes no sum.
pub(super) fn sparsity<T: Real>(
    (features, width): (Features<'_, T>, usize),
    rows: Rows<'_>,
) -> Option<Sparsity> {
    let all = |rows: usize| (rows * width).max(1) as f64;
    match features {
        Features::Sparse(compressed) => {
            let count = |row| compressed.row(rows.at(row)).0.len();
            let found: usize = (0..rows.len()).map(count).sum();
            let density = found as f64 / all(rows.len());
            Some(Sparsity::new(density, width, rows.len()))
        }
        Features::Dense(features) => {
            if rows.len() < FEWEST.0 || width < FEWEST.1 {
                return None;
            }
            let sampled = SAMPLED.min(rows.len());
            let mut found = 0;
            vectorized(|| {
                for index in 0..sampled {
                    let row = rows.at(index * rows.len() / sampled);
                    let mut count = 0_u32;
                    for x in &features[row * width..][..width] {
                        count += u32::from(*x != T::ZERO);
                    }
                    found += count;
                }
            });
            let density = f64::from(found) / all(sampled);
            (density <= DENSEST).then(|| Sparsity::new(density, width, rows.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_rows_are_those_rows() {
        let dense = [1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 3.0, 4.0];
        let (starts, columns, values) = ([0, 2, 2, 4], [0, 2, 1, 2], [1.0, 2.0, 3.0, 4.0]);
        let compressed = CompressedRows::new(&starts, &columns, &values, 3);
        let compressed = Features::Sparse(compressed.expect("these are compressed rows"));
        for features in [Features::Dense(&dense), compressed] {
            assert_eq!(features.rows(3), 3);
            let slice = features.slice(1..3, 3);
            assert_eq!(slice.rows(3), 2);
            for row in 0..2 {
                let mut written = [f64::NAN; 3];
                slice.row(row, 3).write(&mut written);
                assert_eq!(written[..], dense[3 * (row + 1)..][..3]);
            }
        }
    }

    #[test]
    fn what_are_no_compressed_rows_is_said() {
        let of = |starts: &[usize], columns: &[u32]| {
            let rows = CompressedRows::new(starts, columns, &[1.0_f32, 2.0, 3.0], 4);
            rows.map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(of(&[0, 2, 2, 3], &[0, 3, 1]), Ok(()));
        let starts = "the starts of the rows have to go from 0 up to 3, the number of values";
        for wrong in [&[][..], &[1, 3], &[0, 2], &[0, 2, 1, 3], &[0, 4]] {
            assert_eq!(of(wrong, &[0, 3, 1]), Err(starts.into()));
        }
        assert_eq!(
            of(&[0, 3], &[0, 3]),
            Err("there are 2 columns, but 3 values".into())
        );
        for wrong in [[0, 3, 4], [0, 3, 3], [0, 3, 1]] {
            let error = of(&[0, 0, 3], &wrong).expect_err("these columns are wrong");
            assert!(
                error.starts_with("row 1, counted from 0: its columns have to grow"),
                "{error}"
            );
        }
    }
}

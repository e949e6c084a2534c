//! The fit: medians, means, categories and classes of the training rows.

use arrow_array::{Array, BooleanArray, Float64Array};

use super::{Encoding, Fitted, Preprocessing, Standard, TargetEncoding, TargetKind};
use crate::column::{bytes, dictionary};
use crate::roles::find;
use crate::rule::{feature_use, key_counts, number};
use crate::table::Rows;
use crate::target::class_labels;
use crate::{Choice, Column, ColumnRole, DataError, Reason, Table, Task, Use, Values};

impl Preprocessing {
    /// Fits on these rows and looks at no other.
    ///
    /// # Errors
    /// Columns that were named do not exist, no column is left to learn from, or the target is missing in
    /// a training row; [`crate::check_target`] says more about that.
    pub fn fit(
        table: &Table,
        choice: &Choice,
        task: Task,
        training_rows: &[u32],
    ) -> Result<Preprocessing, DataError> {
        choice.check(table)?;
        let target = find(table, ColumnRole::Target, &choice.target)?;
        let rows = Rows::Chosen(training_rows);
        let mut columns = Vec::new();
        let mut left_out: Vec<_> = table
            .unsupported()
            .iter()
            .map(|(name, type_name)| {
                let type_name = type_name.clone();
                (name.clone(), Reason::Unsupported { type_name })
            })
            .collect();
        for column in table.columns() {
            if column.name == choice.target || choice.sample_weight.as_ref() == Some(&column.name) {
                continue;
            }
            let fitted = if choice.ignore.contains(&column.name) {
                Err(Reason::Ignored)
            } else {
                fit_column(column, rows)
            };
            match fitted {
                Ok(encoding) => columns.push(Fitted {
                    name: column.name.clone(),
                    encoding,
                }),
                Err(reason) => left_out.push((column.name.clone(), reason)),
            }
        }
        if columns.is_empty() {
            return Err(DataError::NoFeatures {
                origin: table.origin.clone(),
                left_out,
            });
        }
        Ok(Preprocessing {
            columns,
            left_out,
            sample_weight: choice.sample_weight.clone(),
            target: fit_target(table, target, task, training_rows)?,
        })
    }
}

fn fit_column(column: &Column, rows: Rows<'_>) -> Result<Encoding, Reason> {
    let plan = match feature_use(column, rows) {
        Use::LeftOut { reason } => return Err(reason),
        plan => plan,
    };
    Ok(match &column.values {
        Values::Number(values) => {
            let present = numbers(values, rows);
            Encoding::Number(standard(present, &plan))
        }
        Values::Boolean { values, .. } => {
            let present = booleans(values, rows);
            Encoding::Boolean(standard(present, &plan))
        }
        Values::Text(values) => {
            let (counts, missing) = key_counts(values, rows);
            let texts = dictionary(values).iter().flatten();
            let mut categories: Vec<String> = texts
                .zip(&counts)
                .filter(|&(_, &count)| count > 0)
                .map(|(text, _)| text.to_owned())
                .collect();
            categories.sort_unstable();
            Encoding::OneHot {
                categories,
                missing: missing > 0,
            }
        }
        Values::Image {
            height,
            width,
            pixels,
        } => {
            let (mean, std) = pixel_scale(bytes(pixels), height * width, rows);
            Encoding::Image {
                height: *height,
                width: *width,
                mean,
                std,
            }
        }
    })
}

fn numbers(values: &Float64Array, rows: Rows<'_>) -> Vec<f64> {
    rows.iter().filter_map(|row| number(values, row)).collect()
}

fn booleans(values: &BooleanArray, rows: Rows<'_>) -> Vec<f64> {
    rows.iter()
        .filter(|&row| values.is_valid(row))
        .map(|row| f64::from(u8::from(values.value(row))))
        .collect()
}

fn standard(mut present: Vec<f64>, plan: &Use) -> Standard {
    let (mean, std) = mean_and_std(&present);
    Standard {
        median: median(&mut present),
        mean,
        std,
        indicator: matches!(
            plan,
            Use::Number { indicator: true } | Use::Boolean { indicator: true }
        ),
    }
}

/// The mean and the population's standard deviation, 1 where that is 0; in two passes, and scaled so that
/// no square overflows.
pub(crate) fn mean_and_std(values: &[f64]) -> (f64, f64) {
    let scale = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if scale == 0.0 {
        return (0.0, 1.0);
    }
    // A power of two changes no digit; half of it, so that a difference cannot overflow either.
    let scale = 2.0_f64.powi(scale.log2() as i32);
    let n = values.len() as f64;
    let mean = values.iter().map(|x| x / scale).sum::<f64>() / n;
    let variance = values
        .iter()
        .map(|x| (x / scale - mean).powi(2))
        .sum::<f64>()
        / n;
    (mean * scale, standard_deviation(mean, variance, scale))
}

/// The standard deviation of numbers that have been divided by `scale`, which gave this mean and variance; 1 where it
/// is 0.
pub(crate) fn standard_deviation(mean: f64, variance: f64, scale: f64) -> f64 {
    let std = variance.sqrt() * scale;
    // What rounding leaves of a constant is no spread.
    let is_spread = variance.sqrt() > 1e-15 * mean.abs() && std.is_normal();
    if is_spread { std } else { 1.0 }
}

/// The middle value, or the mean of the two in the middle; 0 where there is none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let half = values.len() / 2;
    let is_even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if is_even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        lower / 2.0 + upper / 2.0
    } else {
        upper
    }
}

/// One mean and standard deviation of all pixels, exact because bytes are counted.
fn pixel_scale(bytes: &[u8], size: usize, rows: Rows<'_>) -> (f64, f64) {
    let mut counts = [0_u64; 256];
    for row in rows.iter() {
        for &byte in &bytes[row * size..(row + 1) * size] {
            counts[usize::from(byte)] += 1;
        }
    }
    let n = counts.iter().sum::<u64>() as f64;
    let moment = |of: &dyn Fn(f64) -> f64| {
        let sum: f64 = counts
            .iter()
            .zip(0_u8..=255)
            .map(|(&k, x)| k as f64 * of(f64::from(x)))
            .sum();
        sum / n
    };
    let mean = moment(&|x| x);
    let std = moment(&|x| (x - mean).powi(2)).sqrt();
    (mean, if std > 0.0 { std } else { 1.0 })
}

fn fit_target(
    table: &Table,
    column: &Column,
    task: Task,
    rows: &[u32],
) -> Result<TargetEncoding, DataError> {
    let kind = match task {
        Task::Classification => {
            super::target::refuse_missing(table, column, Rows::Chosen(rows))?;
            TargetKind::Classes(class_labels(column, rows).names)
        }
        Task::Regression => {
            let values = super::target::target_values(table, column, Rows::Chosen(rows))?;
            let (mean, std) = mean_and_std(&values);
            TargetKind::Values { mean, std }
        }
    };
    Ok(TargetEncoding {
        name: column.name.clone(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut [f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn spreads_are_of_the_population() {
        assert_eq!(mean_and_std(&[1.0, 3.0]), (2.0, 1.0));
        assert_eq!(
            mean_and_std(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]),
            (5.0, 2.0)
        );
        assert_eq!(mean_and_std(&[7.0, 7.0]), (7.0, 1.0));
        assert_eq!(mean_and_std(&[0.1; 10]).1, 1.0);
        assert_eq!(mean_and_std(&[]), (0.0, 1.0));
        let (mean, std) = mean_and_std(&[1e308, -1e308]);
        assert_eq!(mean, 0.0);
        assert!((std / 1e308 - 1.0).abs() < 1e-15);
        assert_eq!(mean_and_std(&[f64::MIN_POSITIVE / 8.0]).1, 1.0);
    }
}

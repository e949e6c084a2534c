//! Training, validation and test rows: seeded, and stratified where there are classes.
//!
//! Not the reading of a file that holds one of the parts: that is a table of its own.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use thalweg_core::rng::{Purpose, stream};

use crate::DataError;

/// Where a part of the data comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Share {
    /// So much of the rows.
    Fraction(f64),
    /// Another file.
    File(PathBuf),
}

/// A number is a fraction, anything else a path; `./0.1` names a file called `0.1`.
impl FromStr for Share {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Share, Self::Err> {
        Ok(text
            .parse()
            .map_or_else(|_| Share::File(text.into()), Share::Fraction))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Share::Fraction(fraction) => write!(f, "{fraction}"),
            Share::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The rows of each part, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// What is learned from.
    pub train: Vec<u32>,
    /// What decides when to stop.
    pub validation: Vec<u32>,
    /// What is looked at once, at the end.
    pub test: Vec<u32>,
}

/// Splits rows by these shares. `classes` has the class of each of `rows`: then each class is split by
/// itself, its share right to one row, and keeps at least one row to train on. A share above 0 gets at
/// least one row.
///
/// # Errors
/// A share is not in [0, 1), both together leave nothing, or there are fewer rows than parts.
pub fn split(
    rows: &[u32],
    classes: Option<&[u32]>,
    validation: f64,
    test: f64,
    seed: u64,
) -> Result<Split, DataError> {
    check_shares(validation, test)?;
    let parts = usize::from(validation > 0.0) + usize::from(test > 0.0);
    let mut rng = stream(seed, Purpose::Split, 0, 0);
    let mut groups = group(rows, classes);
    let needed = parts + groups.len().max(1);
    if rows.len() < needed {
        return Err(DataError::TooFewRows {
            rows: rows.len(),
            needed,
        });
    }
    for rows in &mut groups {
        shuffle(rows, &mut rng);
    }
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let (for_validation, for_test) = allot(&sizes, rows.len(), validation, test, &mut rng);
    let mut split = Split::default();
    for ((rows, n_validation), n_test) in groups.iter().zip(for_validation).zip(for_test) {
        let (validation, rest) = rows.split_at(n_validation);
        let (test, train) = rest.split_at(n_test);
        split.validation.extend(validation);
        split.test.extend(test);
        split.train.extend(train);
    }
    for part in [&mut split.train, &mut split.validation, &mut split.test] {
        part.sort_unstable();
    }
    Ok(split)
}

pub(crate) fn check_shares(validation: f64, test: f64) -> Result<(), DataError> {
    for (what, value) in [("validation", validation), ("test", test)] {
        if !(0.0..1.0).contains(&value) {
            return Err(DataError::BadShare { what, value });
        }
    }
    if validation + test >= 1.0 {
        return Err(DataError::SharesTooLarge { validation, test });
    }
    Ok(())
}

/// The rows of each class that has any; without classes all rows.
fn group(rows: &[u32], classes: Option<&[u32]>) -> Vec<Vec<u32>> {
    let Some(classes) = classes else {
        return vec![rows.to_vec()];
    };
    let count = classes.iter().max().map_or(0, |&most| most as usize + 1);
    let mut groups = vec![Vec::new(); count];
    for (&row, &class) in rows.iter().zip(classes) {
        groups[class as usize].push(row);
    }
    groups.retain(|rows| !rows.is_empty());
    groups
}

/// Fisher and Yates; written out so that no other version of a library can change a person's split.
fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        // The high half of a 64-bit product is uniform but for a bias below 2⁻³² · `last`.
        let pick = (u64::from(rng.next_u32()) * (last as u64 + 1)) >> 32;
        items.swap(last, pick as usize);
    }
}

/// How many rows of each class go to validation and to test.
fn allot(
    sizes: &[usize],
    rows: usize,
    validation: f64,
    test: f64,
    rng: &mut ChaCha8Rng,
) -> (Vec<usize>, Vec<usize>) {
    // What test takes for certain is kept free, so that validation cannot starve it.
    let floor = |share: f64| -> Vec<usize> {
        sizes
            .iter()
            .map(|&size| (size as f64 * share) as usize)
            .collect()
    };
    let room = |taken: &[usize]| -> Vec<usize> {
        sizes
            .iter()
            .zip(taken)
            .map(|(size, taken)| size - taken - 1)
            .collect()
    };
    let for_validation = largest_remainder(sizes, rows, validation, &room(&floor(test)), rng);
    let for_test = largest_remainder(sizes, rows, test, &room(&for_validation), rng);
    (for_validation, for_test)
}

/// Each class gets the whole part of its share; the rows that are still owed go to the largest
/// remainders, ties by lot. No class gives more than its `room`.
fn largest_remainder(
    sizes: &[usize],
    rows: usize,
    share: f64,
    room: &[usize],
    rng: &mut ChaCha8Rng,
) -> Vec<usize> {
    if share == 0.0 {
        return vec![0; sizes.len()];
    }
    let wanted = ((rows as f64 * share).round() as usize).max(1);
    let mut taken: Vec<usize> = sizes
        .iter()
        .zip(room)
        .map(|(&size, &room)| ((size as f64 * share) as usize).min(room))
        .collect();
    let remainder = |at: usize, taken: &[usize]| sizes[at] as f64 * share - taken[at] as f64;
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    shuffle(&mut order, rng);
    order.sort_by(|&a, &b| remainder(b, &taken).total_cmp(&remainder(a, &taken)));
    let mut owed = wanted.saturating_sub(taken.iter().sum());
    for at in order {
        if owed > 0 && taken[at] < room[at] {
            taken[at] += 1;
            owed -= 1;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u32) -> Vec<u32> {
        (0..count).collect()
    }

    #[test]
    fn every_row_is_in_one_part() {
        let rows: Vec<u32> = (0..1000).map(|row| 3 * row).collect();
        let split = split(&rows, None, 0.1, 0.1, 7).unwrap();
        assert_eq!((split.validation.len(), split.test.len()), (100, 100));
        let mut all = [
            split.train.clone(),
            split.validation.clone(),
            split.test.clone(),
        ]
        .concat();
        assert!(split.train.is_sorted() && split.validation.is_sorted() && split.test.is_sorted());
        all.sort_unstable();
        assert_eq!(all, rows);
    }

    #[test]
    fn the_seed_decides() {
        let rows = rows(500);
        let classes: Vec<u32> = rows.iter().map(|row| row % 3).collect();
        let with = |seed| split(&rows, Some(&classes), 0.2, 0.1, seed).unwrap();
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn each_class_has_its_share() {
        for (count, modulus) in [(1000, 7), (333, 10), (52, 26), (61, 3)] {
            let rows = rows(count);
            let classes: Vec<u32> = rows
                .iter()
                .map(|row| (row * row + row / 5) % modulus)
                .collect();
            let sizes = |part: &[u32]| {
                let mut sizes = vec![0.0_f64; modulus as usize];
                for &row in part {
                    sizes[classes[row as usize] as usize] += 1.0;
                }
                sizes
            };
            let all: Vec<f64> = sizes(&rows);
            if all.contains(&1.0) {
                continue;
            }
            for seed in 0..5 {
                let split = split(&rows, Some(&classes), 0.1, 0.15, seed).unwrap();
                for (part, share) in [(&split.validation, 0.1), (&split.test, 0.15)] {
                    for (got, size) in sizes(part).iter().zip(&all) {
                        assert!((got - size * share).abs() <= 1.0, "{got} of {size}");
                    }
                    let wanted = (f64::from(count) * share).round();
                    assert!(
                        (part.len() as f64 - wanted).abs() <= 0.5,
                        "{} {wanted}",
                        part.len()
                    );
                }
                assert!(
                    sizes(&split.train)
                        .iter()
                        .zip(&all)
                        .all(|(n, all)| *n >= 1.0 || *all == 0.0)
                );
            }
        }
    }

    #[test]
    fn impossible_splits_are_refused() {
        let message = |rows: &[u32], validation, test| {
            split(rows, None, validation, test, 0)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message(&[1, 2], 0.1, 0.1),
            "2 usable rows are too few to split: at least 3 are needed; add rows"
        );
        assert_eq!(
            message(&[1, 2, 3], 1.5, 0.1),
            "--validation must be a fraction in [0, 1) or a file, found 1.5"
        );
        assert_eq!(
            message(&[1, 2, 3], 0.5, f64::NAN),
            "--test must be a fraction in [0, 1) or a file, found NaN"
        );
        assert_eq!(
            message(&[1, 2, 3], 0.5, 0.5),
            "--validation 0.5 and --test 0.5 leave no rows to train on; lower one"
        );
        let split = split(&[1, 2, 3], None, 0.1, 0.1, 0).unwrap();
        assert_eq!(
            (split.train.len(), split.validation.len(), split.test.len()),
            (1, 1, 1)
        );
    }

    #[test]
    fn shares_are_read_from_text() {
        let share = |text: &str| text.parse::<Share>().unwrap_or(Share::Fraction(-1.0));
        assert_eq!(share("0.1"), Share::Fraction(0.1));
        assert_eq!(share("test.csv"), Share::File("test.csv".into()));
        assert_eq!(share("0.25").to_string(), "0.25");
    }
}

//! Where validation and test rows come from: a share of the rows, or files of their own.

use thalweg_data::{CheckedTarget, Counts, DataError, Deal, Share, Split, split};

use crate::{ConfigError, Data};

/// Where validation and test rows come from.
pub(crate) struct Shares {
    pub(crate) validation: Share,
    pub(crate) test: Share,
}

impl Shares {
    /// As the configuration says.
    pub(crate) fn new(data: &Data) -> Result<Shares, ConfigError> {
        let share = |field: &'static str, text: &str| match text.parse::<Share>() {
            Ok(Share::Fraction(x)) if !(0.0..1.0).contains(&x) => Err(ConfigError::Share {
                field,
                found: text.into(),
            }),
            Ok(share) => Ok(share),
        };
        Ok(Shares {
            validation: share("validation", &data.validation)?,
            test: share("test", &data.test)?,
        })
    }

    /// Deals the rows of a table out.
    pub(crate) fn split(&self, checked: &CheckedTarget, seed: u64) -> Result<Split, DataError> {
        let classes = checked.classes.as_ref().map(|labels| &labels.of_rows[..]);
        let (validation, test) = (fraction(&self.validation), fraction(&self.test));
        split(&checked.rows, classes, validation, test, seed)
    }

    /// The same for rows that are dealt one by one.
    pub(crate) fn deal(&self, seed: u64) -> Result<Deal, DataError> {
        Deal::new(seed, fraction(&self.validation), fraction(&self.test))
    }

    /// Every part that takes a share of the rows must have got some.
    pub(crate) fn check_counts(&self, counts: &Counts) -> Result<(), DataError> {
        let wants = |share: &Share| matches!(share, Share::Fraction(x) if *x > 0.0);
        let lacks = counts.train == 0
            || (wants(&self.validation) && counts.validation == 0)
            || (wants(&self.test) && counts.test == 0);
        if lacks {
            let (rows, needed) = ((counts.rows - counts.dropped) as usize, 1000);
            return Err(DataError::TooFewRows { rows, needed });
        }
        Ok(())
    }
}

/// The share of the rows, which a file does not take.
fn fraction(share: &Share) -> f64 {
    match share {
        Share::Fraction(x) => *x,
        Share::File(_) => 0.0,
    }
}

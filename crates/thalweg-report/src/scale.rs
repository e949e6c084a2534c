//! Axes that are logarithmic where their numbers ask for it.

use crate::canvas::{Span, short, span, tick};

/// An axis that is logarithmic where its numbers span more than a factor of ten.
pub(crate) struct Scale {
    is_logarithmic: bool,
    /// From where to where it goes, in places.
    pub(crate) span: Span,
}

impl Scale {
    /// For these numbers, of which those that are not finite do not count.
    pub(crate) fn of(numbers: impl Iterator<Item = f64>) -> Scale {
        let [low, high] = span(numbers);
        let is_logarithmic = low > 0.0 && high > 10.0 * low;
        let [low, high] = if is_logarithmic {
            [low.log10(), high.log10()]
        } else {
            [low, high]
        };
        let room = 0.04 * (high - low);
        Scale {
            is_logarithmic,
            span: [low - room, high + room],
        }
    }

    /// Where a number lies.
    pub(crate) fn place(&self, x: f64) -> f64 {
        if self.is_logarithmic { x.log10() } else { x }
    }

    /// The number at a place, as it is written.
    pub(crate) fn label(&self, place: f64) -> String {
        if self.is_logarithmic {
            short(10_f64.powf(place))
        } else {
            tick(self.span)(&place)
        }
    }

    /// The places where a number is written: where it is logarithmic 1, 2, 5, 10, 20, … or powers of ten alone, at most ten.
    /// None where any place is as good.
    pub(crate) fn places(&self) -> Option<Vec<f64>> {
        let [low, high] = self.span;
        if !self.is_logarithmic {
            return None;
        }
        let powers = || (low.floor() as i32..=high.ceil() as i32).map(f64::from);
        let within = |places: Vec<f64>| -> Vec<f64> {
            let is_in = |place: &f64| (low..=high).contains(place);
            places.into_iter().filter(is_in).collect()
        };
        let fine = powers().flat_map(|power| [1.0, 2.0, 5.0].map(|x: f64| power + x.log10()));
        let fine = within(fine.collect());
        if fine.len() <= 10 {
            return Some(fine);
        }
        let every = ((high - low) / 10.0).ceil();
        Some(within(
            powers().filter(|power| power % every == 0.0).collect(),
        ))
    }

    /// What lies along it.
    pub(crate) fn name(&self, what: &str) -> String {
        if self.is_logarithmic {
            format!("{what} (logarithmic)")
        } else {
            what.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_numbers_are_logarithmic_and_narrow_ones_are_not() {
        let wide = Scale::of([0.01, 10.0, f64::NAN].into_iter());
        assert_eq!((wide.place(100.0), wide.label(-2.0)), (2.0, "0.01".into()));
        let written: Vec<String> = wide
            .places()
            .unwrap()
            .into_iter()
            .map(|at| wide.label(at))
            .collect();
        let numbers = [
            "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10",
        ];
        assert_eq!(written, numbers);
        let places = Scale::of([1e-16, 10.0].into_iter()).places().unwrap();
        assert_eq!(
            places,
            [-16.0, -14.0, -12.0, -10.0, -8.0, -6.0, -4.0, -2.0, 0.0]
        );
        assert_eq!(wide.name("loss"), "loss (logarithmic)");
        let narrow = Scale::of([0.9, 1.0].into_iter());
        assert_eq!(
            (narrow.place(0.9), narrow.name("loss")),
            (0.9, "loss".into())
        );
        assert!(narrow.places().is_none() && narrow.span[0] < 0.9 && narrow.span[1] > 1.0);
    }
}

//! The losses at which a map changes its color. Spread by factors above the lowest, for a valley is told from its walls
//! by orders of magnitude.

/// Losses in ascending order; between two of them a map has one color.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// The lowest loss on the map.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The levels between them.
    pub at: Vec<f64>,
    /// The factor from one level to the next, above the lowest loss; none where they are equally far apart.
    pub factor: Option<f64>,
}

impl Levels {
    /// So many levels for these losses, of which those that are not finite do not count.
    pub fn of(losses: &[f64], count: usize) -> Levels {
        let mut finite: Vec<f64> = losses.iter().copied().filter(|x| x.is_finite()).collect();
        finite.sort_by(f64::total_cmp);
        let (Some(&low), Some(&high)) = (finite.first(), finite.last()) else {
            return Levels {
                low: f64::NAN,
                high: f64::NAN,
                at: Vec::new(),
                factor: None,
            };
        };
        let range = high - low;
        // What all but the lowest points are above.
        let least = (finite[finite.len() / 50] - low).max(1e-6 * range);
        let parts = count.max(2) as f64;
        if range <= 0.0 || !range.is_finite() {
            return Levels {
                low,
                high,
                at: Vec::new(),
                factor: None,
            };
        }
        if range < 10.0 * least {
            let at = (1..count).map(|k| low + range * k as f64 / parts);
            return Levels {
                low,
                high,
                at: at.collect(),
                factor: None,
            };
        }
        let factor = (range / least).powf(1.0 / (parts - 1.0));
        let at = (0..count - 1).map(|k| low + least * factor.powi(k as i32));
        Levels {
            low,
            high,
            at: at.collect(),
            factor: Some(factor),
        }
    }

    /// How many colors there are.
    pub fn bands(&self) -> usize {
        self.at.len() + 1
    }

    /// The band that a loss is in, from 0; none for one that is no number.
    pub fn band(&self, loss: f64) -> Option<usize> {
        if loss.is_nan() {
            return None;
        }
        Some(self.at.partition_point(|level| *level <= loss))
    }

    /// The band with the part of it that a loss is above its lower end: from 0 at the lowest loss to the number of bands
    /// at the highest. None for one that is no number.
    pub fn place(&self, loss: f64) -> Option<f64> {
        let band = self.band(loss)?;
        let (below, above) = (self.edge(band), self.edge(band + 1));
        let part = (loss - below) / (above - below);
        Some(
            band as f64
                + if part.is_finite() {
                    part.clamp(0.0, 1.0)
                } else {
                    0.0
                },
        )
    }

    /// The loss at a whole place.
    pub fn loss(&self, place: f64) -> Option<f64> {
        let is_whole = place.fract() == 0.0 && (0.0..=self.bands() as f64).contains(&place);
        is_whole.then(|| self.edge(place as usize))
    }

    /// The lower end of a band.
    fn edge(&self, band: usize) -> f64 {
        match band {
            0 => self.low,
            _ => self.at.get(band - 1).copied().unwrap_or(self.high),
        }
    }

    /// The band as a part from 0 to 1.
    pub fn part(&self, loss: f64) -> Option<f64> {
        let last = self.at.len().max(1) as f64;
        self.band(loss).map(|band| band as f64 / last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_valley_has_levels_of_its_own() {
        let losses: Vec<f64> = (0..1000).map(|k| (f64::from(k) / 1000.0).powi(6)).collect();
        let levels = Levels::of(&losses, 12);
        assert_eq!(levels.bands(), 12);
        assert!(levels.at.is_sorted() && levels.factor.is_some_and(|factor| factor > 2.0));
        let low = losses
            .iter()
            .filter(|x| levels.band(**x) == Some(0))
            .count();
        assert!((10..200).contains(&low), "{low}");
        assert_eq!(levels.band(f64::INFINITY), Some(11));
        assert_eq!(levels.band(f64::NAN), None);
    }

    #[test]
    fn a_plain_slope_has_equal_steps() {
        let mut losses: Vec<f64> = (0..100).map(|k| 6.0 + f64::from(k % 3)).collect();
        losses[0] = 0.0;
        let levels = Levels::of(&losses, 4);
        assert_eq!((levels.low, levels.high, levels.factor), (0.0, 8.0, None));
        assert_eq!(levels.at, [2.0, 4.0, 6.0]);
        let places = [0.0, 1.0, 2.0, 7.0, 8.0, 9.0].map(|loss| levels.place(loss).unwrap());
        assert_eq!(places, [0.0, 0.5, 1.0, 3.5, 4.0, 4.0]);
        assert_eq!(
            [0.0, 0.5, 3.0, 4.0].map(|at| levels.loss(at)),
            [Some(0.0), None, Some(6.0), Some(8.0)]
        );
        assert!(Levels::of(&[1.0; 9], 4).at.is_empty());
        assert!(Levels::of(&[f64::NAN], 4).low.is_nan());
    }
}

//! Warm-up, stable, decay: the value rises, stays at the base for most of the run, and falls at its end.

use super::{Schedule, Shape, elapsed, fields};
use crate::spec::{Card, Field, Slot, Spec};

/// Rises, stays at the base for most of the run, and falls at its end (Hu et al. 2024).
///
/// ```text
/// t < rise · total:  base · t / (rise · total)
/// then:              base
/// last fall · total: base · (end + (1 − end) w),  w = 1 − x, (1 + cos πx) / 2 or 1 − √x
/// ```
/// x is the part of the fall that is over.
///
/// ## Differences
/// PyTorch and Keras have none. The paper falls exponentially; the form 1 − √x is that of Hägele et al. 2024.
#[derive(Clone, Debug, PartialEq)]
pub struct WarmupStableDecay {
    /// The part of the total that the rise from 0 takes.
    pub rise: f64,
    /// The part of the total that the fall at its end takes.
    pub fall: f64,
    /// The part of the base value that remains.
    pub end: f64,
    /// Along which curve it falls.
    pub shape: Shape,
    /// Time until the value stays as it is; `None` is the whole run.
    pub total: Option<f64>,
}

impl Default for WarmupStableDecay {
    fn default() -> Self {
        WarmupStableDecay {
            rise: 0.05,
            fall: 0.2,
            end: 0.0,
            shape: Shape::Sqrt,
            total: None,
        }
    }
}

impl Spec for WarmupStableDecay {
    const CARD: &'static Card = &Card {
        name: "warmup_stable_decay",
        summary: "Rises, stays at the base value for most of the run, and falls at its end.",
        formula: "t < rise · total: value = base · t / (rise · total)\nt < (1 − fall) total: value = base\nx = min((t − (1 − fall) total) / (fall · total), 1)\nw = 1 − x, (1 + cos πx) / 2 or 1 − √x\nvalue = base · (end + (1 − end) w)",
        paper: "Hu et al. 2024, MiniCPM, section 4, arXiv:2404.06395; the fall by 1 − √x is of Hägele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, arXiv:2405.18392",
        differences: "PyTorch and Keras have none. Hu et al. fall exponentially in the last tenth of the run; the default here is the 1 − √x and the fifth of Hägele et al.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::part(
            "rise",
            "Part of the total that the rise from 0 takes.",
            |s| &mut s.rise,
        ),
        fields::part(
            "fall",
            "Part of the total that the fall at its end takes.",
            |s| &mut s.fall,
        ),
        fields::part(
            "end",
            "Part of the base value that remains at the end.",
            |s| &mut s.end,
        ),
        fields::choice(
            "shape",
            "Along which curve it falls: a line, half a wave, or 1 − √x, fast at first.",
            || Shape::ALL.map(Shape::name).to_vec(),
            Slot::Choice(|s| s.shape.name(), |s, word| s.shape = Shape::named(word)),
        ),
        fields::total(|s| &mut s.total),
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.rise + self.fall > 1.0)
            .then_some("`rise` and `fall` are parts of one total, so their sum is at most 1")
    }
}

impl Schedule for WarmupStableDecay {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let total = self.total.unwrap_or(horizon);
        let (top, fall) = (self.rise * total, self.fall * total);
        if t < top {
            return base * (t / top);
        }
        if fall == 0.0 || t < total - fall {
            return base;
        }
        let x = elapsed(t - (total - fall), fall);
        base * self.shape.between(1.0, self.end, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_stays_and_falls() {
        let schedule = WarmupStableDecay {
            rise: 0.25,
            fall: 0.5,
            end: 0.5,
            ..WarmupStableDecay::default()
        };
        let at = |t| schedule.value(4.0, t, 16.0);
        let times = [0.0, 1.0, 4.0, 8.0, 10.0, 16.0, 20.0];
        assert_eq!(times.map(at), [0.0, 1.0, 4.0, 4.0, 3.0, 2.0, 2.0]);
    }

    #[test]
    fn without_a_fall_it_stays() {
        let schedule = WarmupStableDecay {
            fall: 0.0,
            ..WarmupStableDecay::default()
        };
        assert_eq!(schedule.value(4.0, 30.0, 16.0), 4.0);
    }

    #[test]
    fn parts_that_overlap_are_a_contradiction() {
        let schedule = WarmupStableDecay {
            rise: 0.9,
            ..WarmupStableDecay::default()
        };
        assert!(Spec::conflict(&schedule).is_some());
    }
}

//! Cyclic: the value rises from a bottom to a top and falls back along straight lines, again and again.

use super::{CycleMode, Schedule, Shape, fields};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Rises from a bottom to a top and falls back along straight lines, again and again (Smith 2017).
///
/// ```text
/// n = ⌊t / (rise + fall)⌋,  u = t − n (rise + fall)
/// x = u / rise  or, from u = rise on,  1 − (u − rise) / fall
/// value = base · (low + (1 − low) h x),  h = 1, 2⁻ⁿ or γᵗ
/// ```
///
/// ## Differences
/// The base value is PyTorch's `max_lr`, not its `base_lr`, which is `low` · base here.
#[derive(Clone, Debug, PartialEq)]
pub struct Cyclic {
    /// The bottom, as a part of the base value, which is the top.
    pub low: f64,
    /// Time from the bottom to the top.
    pub rise: f64,
    /// Time from the top to the bottom; `None` is as long as the rise.
    pub fall: Option<f64>,
    /// How the tops of the cycles change.
    pub mode: CycleMode,
    /// Factor of the height in each unit of time.
    pub gamma: f64,
}

impl Default for Cyclic {
    fn default() -> Self {
        Cyclic {
            low: 0.1,
            rise: 10.0,
            fall: None,
            mode: CycleMode::Triangular,
            gamma: 1.0,
        }
    }
}

impl Spec for Cyclic {
    const CARD: &'static Card = &Card {
        name: "cyclic",
        summary: "Rises from a bottom to a top and falls back along straight lines, again and again.",
        formula: "n = ⌊t / (rise + fall)⌋\nu = t − n (rise + fall)\nx = u / rise  or, from u = rise on,  1 − (u − rise) / fall\nh = 1, 2⁻ⁿ or γᵗ\nvalue = base · (low + (1 − low) h x)",
        paper: "Smith 2017, Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186",
        differences: "As PyTorch's CyclicLR, whose max_lr is the base value and whose base_lr is low · base; its rise takes 2000 steps unless told otherwise, and it moves the momentum inversely too.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::part(
            "low",
            "The bottom, as a part of the base value, which is the top.",
            |s| &mut s.low,
        ),
        fields::time("rise", "Time from the bottom to the top.", |s| &mut s.rise),
        Field {
            name: "fall",
            doc: "Time from the top to the bottom, or \"rise\" for as long as the rise.",
            range: Range::POSITIVE,
            slot: Slot::FloatOr("rise", |s| &mut s.fall),
        },
        fields::choice(
            "mode",
            "How the tops change: not at all, halving from cycle to cycle, or by gamma.",
            || CycleMode::ALL.map(CycleMode::name).to_vec(),
            Slot::Choice(|s| s.mode.name(), |s, word| s.mode = CycleMode::named(word)),
        ),
        fields::gamma(
            "Factor of the height in each unit of time, in the mode exp_range.",
            |s| &mut s.gamma,
        ),
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.gamma < 1.0 && self.mode != CycleMode::ExpRange)
            .then_some("`gamma` has no effect unless `mode` is exp_range")
    }
}

impl Schedule for Cyclic {
    fn value(&self, base: f64, t: f64, _horizon: f64) -> f64 {
        let fall = self.fall.unwrap_or(self.rise);
        let cycle = (t / (self.rise + fall)).floor();
        let within = t - cycle * (self.rise + fall);
        let x = if within < self.rise {
            within / self.rise
        } else {
            (1.0 - (within - self.rise) / fall).max(0.0)
        };
        let height = match self.mode {
            CycleMode::Triangular => 1.0,
            CycleMode::Triangular2 => (-cycle).exp2(),
            CycleMode::ExpRange => self.gamma.powf(t),
        };
        base * Shape::Linear.between(self.low, 1.0, height * x.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_and_falls_in_their_own_times() {
        let mut schedule = Cyclic {
            low: 0.25,
            rise: 2.0,
            fall: Some(6.0),
            ..Cyclic::default()
        };
        let at = |s: &Cyclic, t| s.value(4.0, t, 1.0);
        let times = [0.0, 1.0, 2.0, 5.0, 8.0, 9.0, 10.0];
        let found = times.map(|t| at(&schedule, t));
        assert_eq!(found, [1.0, 2.5, 4.0, 2.5, 1.0, 2.5, 4.0]);
        schedule.mode = CycleMode::Triangular2;
        assert_eq!(
            [2.0, 10.0, 18.0].map(|t| at(&schedule, t)),
            [4.0, 2.5, 1.75]
        );
        schedule.mode = CycleMode::ExpRange;
        schedule.gamma = 0.5;
        assert_eq!([1.0, 2.0].map(|t| at(&schedule, t)), [1.75, 1.75]);
    }

    #[test]
    fn a_gamma_without_its_mode_is_a_contradiction() {
        let schedule = Cyclic {
            gamma: 0.5,
            ..Cyclic::default()
        };
        assert!(Spec::conflict(&schedule).is_some());
    }
}

//! One cycle: the value rises to a peak and falls far below where it began, once in the run.

use super::{Schedule, Shape, elapsed, fields};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Rises to a peak and falls far below where it began, once (Smith & Topin 2018).
///
/// ```text
/// two phases:    start → peak until rise · total, peak → end until total
/// three phases:  start → peak until rise · total, peak → start until 2 rise · total, start → end until total
/// value = base · (from · w + to · (1 − w)),  w = (1 + cos πx) / 2  or  1 − x
/// ```
/// x is the part of the phase that is over. All levels are factors of the base, so that it moves a momentum as
/// well: inversely, with a `peak` below `start` and `end`.
///
/// ## Differences
/// A step n of PyTorch's `OneCycleLR` of T steps, whose phases end at step `pct_start` · T − 1 and at step T − 1,
/// is t = n of this with `total` = T − 1 and `rise` = (`pct_start` · T − 1) / (T − 1).
#[derive(Clone, Debug, PartialEq)]
pub struct OneCycle {
    /// Factor of the base value at time 0.
    pub start: f64,
    /// Factor of the base value when the rise is over.
    pub peak: f64,
    /// Factor of the base value from `total` on.
    pub end: f64,
    /// The part of the total that the rise takes.
    pub rise: f64,
    /// Time of the whole cycle; `None` is the whole run.
    pub total: Option<f64>,
    /// Along which curve the value goes from one level to the next.
    pub anneal: Shape,
    /// Whether the fall first goes to the start, as long as the rise was, and from there to the end.
    pub three_phase: bool,
}

impl Default for OneCycle {
    fn default() -> Self {
        OneCycle {
            start: 0.04,
            peak: 1.0,
            end: 4e-6,
            rise: 0.3,
            total: None,
            anneal: Shape::Cosine,
            three_phase: false,
        }
    }
}

impl Spec for OneCycle {
    const CARD: &'static Card = &Card {
        name: "one_cycle",
        summary: "Rises to a peak and falls far below where it began, once in the run.",
        formula: "two phases: start → peak until rise · total, peak → end until total\nthree phases: start → peak until rise · total, peak → start until 2 rise · total, start → end until total\nx = part of the phase that is over\nw = (1 + cos πx) / 2  or  1 − x\nvalue = base · (from · w + to · (1 − w))",
        paper: "Smith & Topin 2018, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates, arXiv:1708.07120",
        differences: "The base value is PyTorch's max_lr, start is 1 / div_factor and end is 1 / (div_factor · final_div_factor). PyTorch's OneCycleLR of T steps peaks at step pct_start · T − 1 and ends at step T − 1: that is this with total = T − 1 and rise = (pct_start · T − 1) / (T − 1). There the momentum moves inversely; here a second one_cycle moves it, with start = 1, peak = 0.85 / 0.95 and end = 1 of the base 0.95. The paper has three phases and lines; both are off by default here and in PyTorch.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::factor("start", "Factor of the base value at time 0.", |s| {
            &mut s.start
        }),
        fields::factor(
            "peak",
            "Factor of the base value when the rise is over; below start and end for a momentum.",
            |s| &mut s.peak,
        ),
        fields::factor("end", "Factor of the base value at the end.", |s| {
            &mut s.end
        }),
        fields::part("rise", "Part of the total that the rise takes.", |s| {
            &mut s.rise
        }),
        fields::total(|s| &mut s.total),
        fields::choice(
            "anneal",
            "Along which curve the value goes from one level to the next.",
            || vec![Shape::Cosine.name(), Shape::Linear.name()],
            Slot::Choice(|s| s.anneal.name(), |s, word| s.anneal = Shape::named(word)),
        ),
        Field {
            name: "three_phase",
            doc: "Whether the fall first goes to the start, as long as the rise was, and from there to the end.",
            range: Range::Any,
            slot: Slot::Switch(|s| &mut s.three_phase),
        },
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.three_phase && self.rise > 0.5).then_some(
            "`rise` is at most 0.5 with three_phase, for the first fall is as long as the rise",
        )
    }
}

impl Schedule for OneCycle {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let total = self.total.unwrap_or(horizon);
        let top = self.rise * total;
        let (begin, until, from, to) = if t < top {
            (0.0, top, self.start, self.peak)
        } else if !self.three_phase {
            (top, total, self.peak, self.end)
        } else if t < 2.0 * top {
            (top, 2.0 * top, self.peak, self.start)
        } else {
            (2.0 * top, total, self.start, self.end)
        };
        base * self
            .anneal
            .between(from, to, elapsed(t - begin, until - begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_its_levels_at_their_times() {
        let two = OneCycle {
            start: 0.25,
            end: 0.0,
            rise: 0.25,
            ..OneCycle::default()
        };
        let at = |t| two.value(8.0, t, 16.0);
        assert_eq!(
            [at(0.0), at(2.0), at(4.0), at(16.0), at(20.0)],
            [2.0, 5.0, 8.0, 0.0, 0.0]
        );
        assert!((at(10.0) - 4.0).abs() < 1e-15);
        let three = OneCycle {
            anneal: Shape::Linear,
            three_phase: true,
            ..two
        };
        let at = |t| three.value(8.0, t, 16.0);
        assert_eq!(
            [at(1.0), at(4.0), at(6.0), at(8.0), at(12.0), at(16.0)],
            [3.5, 8.0, 5.0, 2.0, 1.0, 0.0]
        );
    }

    #[test]
    fn two_long_rises_contradict_three_phases() {
        let mut schedule = OneCycle {
            three_phase: true,
            rise: 0.5,
            ..OneCycle::default()
        };
        assert_eq!(Spec::conflict(&schedule), None);
        schedule.rise = 0.6;
        assert!(Spec::conflict(&schedule).is_some());
    }
}

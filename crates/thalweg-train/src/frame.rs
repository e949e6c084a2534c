//! What all schedules have in common in a configuration: the unit of their time, and the warm-up before them.

use thalweg_core::schedule::{Schedule, Warmup};
use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

/// `[schedule]`: what all schedules have in common; the rest of that section belongs to the schedule itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// `step`, `epoch` or `run`: the unit of the time and of every length.
    pub by: String,
    /// How long the warm-up takes.
    pub warmup: f64,
    /// The factor that the warm-up starts from.
    pub warmup_start: f64,
}

impl Default for Frame {
    fn default() -> Self {
        Frame {
            by: "epoch".into(),
            warmup: 0.0,
            warmup_start: 0.1,
        }
    }
}

impl Frame {
    /// The value of a field at a time of a run, behind the warm-up; `reductions` is how often a schedule that reacts
    /// to the scores has done so.
    pub(crate) fn value(
        &self,
        schedule: &dyn Schedule,
        base: f64,
        (t, horizon): (f64, f64),
        reductions: u64,
    ) -> f64 {
        let reaction = schedule.reaction();
        let base = reaction.map_or(base, |rule| rule.value_after(base, reductions));
        let warmup = Warmup {
            len: self.warmup,
            start: self.warmup_start,
        };
        warmup.value(schedule, base, t, horizon)
    }
}

impl Spec for Frame {
    const CARD: &'static Card = &Card {
        name: "schedule",
        summary: "How a schedule moves.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "by",
            doc: "The unit of time: the schedule moves at every step, at every epoch, or at every step by the part of the run (0 to 1) that is over.",
            range: Range::OneOf(|| vec!["step", "epoch", "run"]),
            slot: Slot::Text(|s| &mut s.by),
        },
        Field {
            name: "warmup",
            doc: "Length of a linear warm-up before the schedule, in steps, epochs or parts of the run.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.warmup),
        },
        Field {
            name: "warmup_start",
            doc: "Factor that the warm-up starts from.",
            range: Range::closed(0.0, 1.0),
            slot: Slot::Float(|s| &mut s.warmup_start),
        },
    ];
}

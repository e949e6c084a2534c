//! Chain: schedules one after another, each with its own time. It keeps their text and reads it whenever it is asked.

use super::parts::{Length, split};
use super::{ALL, Schedule};
use crate::spec::{Card, Field, Range, Slot, Spec, SpecError};

/// Schedules one after another: `linear:start=0.1,end=1 for 5 then cosine`.
///
/// ```text
/// part k runs from sₖ = length₁ + … + lengthₖ₋₁ on
/// value = valueₖ(base, t − sₖ, lengthₖ),  the last with horizon − sₖ
/// ```
/// A part is a short form, its settings parted by commas or blanks, and `for` a length; that is a time, or, with %,
/// a part of the run. The last part has the rest of the run and no length. A text that [`Tunable::set`] has not
/// checked and that cannot be read gives NaN.
///
/// [`Tunable::set`]: crate::spec::Tunable::set
///
/// ## Differences
/// As PyTorch's `SequentialLR`, whose schedulers have no horizon. `ChainedScheduler` there multiplies factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The parts, joined by `then`.
    pub parts: String,
}

impl Default for Chain {
    fn default() -> Self {
        Chain {
            parts: EXAMPLE.into(),
        }
    }
}

const EXAMPLE: &str = "linear:start=0.1,end=1 for 10% then cosine";

impl Spec for Chain {
    const CARD: &'static Card = &Card {
        name: "chain",
        summary: "Schedules one after another, each with its own time.",
        formula: "sₖ = length₁ + … + lengthₖ₋₁\nvalue = valueₖ(base, t − sₖ, lengthₖ) from sₖ on, the last with horizon − sₖ",
        paper: "",
        differences: "As PyTorch's SequentialLR, whose milestones are the sums of the lengths here. There a part does not know how long it runs.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "parts",
        doc: "Short forms joined by \"then\", each but the last \"for\" a time or a percentage of the run; settings may be parted by blanks.",
        range: Range::Form {
            example: EXAMPLE,
            check,
        },
        slot: Slot::Text(|s| &mut s.parts),
    }];

    fn conflict(&self) -> Option<&'static str> {
        check(&self.parts)
            .is_err()
            .then_some("`parts` cannot be read")
    }
}

impl Schedule for Chain {
    fn value(&self, base: f64, t: f64, horizon: f64) -> f64 {
        let mut start = 0.0;
        for part in split(&self.parts) {
            let Ok(part) = part else { return f64::NAN };
            let length = match part.length {
                None => (horizon - start).max(0.0),
                Some(Length::Time(time)) => time,
                Some(Length::Percent(percent)) => percent / 100.0 * horizon,
            };
            if part.length.is_none() || t < start + length {
                return build(&part.short)
                    .map_or(f64::NAN, |schedule| schedule.value(base, t - start, length));
            }
            start += length;
        }
        f64::NAN
    }
}

fn build(short: &str) -> Result<Box<dyn Schedule>, Vec<SpecError>> {
    let misplaced = |reason| {
        let text = short.to_owned();
        Err(vec![SpecError::Misplaced { text, reason }])
    };
    if short.split(':').next() == Some(Chain::CARD.name) {
        return misplaced("cannot be a part of a chain: write its parts here");
    }
    let schedule = ALL.parse(short)?;
    if schedule.reaction().is_some() {
        return misplaced(
            "cannot be a part of a chain, for it reacts to scores and not to the time",
        );
    }
    Ok(schedule)
}

fn check(text: &str) -> Result<(), Vec<SpecError>> {
    let parts: Result<Vec<_>, _> = split(text).collect();
    let parts = parts.map_err(|error| vec![error])?;
    for (idx, part) in parts.iter().enumerate() {
        build(&part.short)?;
        let reason = match (idx + 1 == parts.len(), part.length) {
            (false, None) => "needs `for` and a length, as every part but the last",
            (true, Some(_)) => "is the last part and has the rest of the run: leave out its `for`",
            _ => continue,
        };
        let text = part.short.clone();
        return Err(vec![SpecError::Misplaced { text, reason }]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Tunable, Value};

    #[test]
    fn every_part_has_its_own_time() {
        let parts = "linear:start=0.5 end=1 for 4 then multi_step: milestones=1, 3, gamma=0.5 for 25% then linear";
        let mut chain = Chain::default();
        chain.set("parts", &Value::text(parts)).unwrap();
        let at = |t| chain.value(8.0, t, 20.0);
        let times = [0.0, 2.0, 4.0, 5.0, 8.0, 9.0, 14.5, 20.0, 25.0];
        assert_eq!(times.map(at), [4.0, 6.0, 8.0, 4.0, 2.0, 8.0, 4.0, 0.0, 0.0]);
    }

    #[test]
    fn the_short_form_of_a_chain_has_blanks_for_commas() {
        let chain = ALL.parse("chain:parts=linear:start=0 end=1 for 2 then constant");
        let chain = chain.map_err(|errors| errors[0].to_string()).unwrap();
        assert_eq!(
            [1.0, 2.0, 9.0].map(|t| chain.value(4.0, t, 9.0)),
            [2.0, 4.0, 4.0]
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_words() {
        let said = |parts: &str| {
            let error = Chain::default().set("parts", &Value::text(parts));
            error.unwrap_err().to_string()
        };
        for (parts, what) in [
            ("", "`then` stands between two schedules"),
            ("cosine for 3 then", "`then` stands between two schedules"),
            (
                "cosine then step",
                "`cosine` needs `for` and a length, as every part but the last",
            ),
            (
                "cosine for 3",
                "`cosine` is the last part and has the rest of the run: leave out its `for`",
            ),
            (
                "cosine for 0 then step",
                "`cosine for 0` needs a length above 0, as 5 or 10%",
            ),
            (
                "cosine for then step",
                "`cosine for` needs one length after `for`",
            ),
            (
                "cosin for 3 then step",
                "unknown schedule `cosin`; did you mean `cosine`",
            ),
            (
                "step:gamma=2",
                "`gamma` of `step` must be in (0, 1], found 2",
            ),
            (
                "chain",
                "`chain` cannot be a part of a chain: write its parts here",
            ),
            (
                "reduce_on_plateau",
                "`reduce_on_plateau` cannot be a part of a chain, for it reacts",
            ),
        ] {
            let (expected, found) = (format!("`parts` of `chain`: {what}"), said(parts));
            assert!(found.starts_with(&expected), "{found}");
        }
    }

    #[test]
    fn a_text_that_nobody_checked_is_a_contradiction_and_no_number() {
        let chain = Chain {
            parts: "cosin".into(),
        };
        assert!(Spec::conflict(&chain).is_some());
        assert!(chain.value(1.0, 0.0, 1.0).is_nan());
    }
}

//! Probes: what can be measured while a network trains. Not what is made of it, and not the loop that asks them.
//!
//! A probe looks and changes nothing: with and without it a run ends with the same bits. What it remembers from one
//! reading to the next is part of the checkpoint, so that a run that goes on reads what it would have read.
//!
//! Adding a probe: a file beside these, and its two lines in this one.

mod ends;
mod gradient_cosine;
mod gradient_norm;
mod lambda_max;
mod loss;
mod moment;
mod noise_scale;
mod probing;
mod record;
mod stability;
mod units;
mod update_norm;
mod update_ratio;

pub use gradient_cosine::GradientCosine;
pub use gradient_norm::GradientNorm;
pub use lambda_max::LambdaMax;
pub use loss::StepLoss;
pub use moment::Moment;
pub use noise_scale::NoiseScale;
pub(crate) use probing::Probing;
pub use record::{Measured, ProbeRecord};
pub use stability::Stability;
pub use units::Units;
pub use update_norm::UpdateNorm;
pub use update_ratio::UpdateRatio;

use thalweg_core::spec::{
    Entry, Family, Field, Range, Slot, Spec, SpecError, Tunable, parse_short,
};

use crate::Config;

/// All probes.
pub static ALL: Family<dyn Probe> = Family {
    name: "probes",
    singular: "probe",
    summary: "What can be measured while a network trains; `light` stands for the cheap ones and `full` for all.",
    members: &[
        entry::<StepLoss>(),
        entry::<GradientNorm>(),
        entry::<UpdateNorm>(),
        entry::<UpdateRatio>(),
        entry::<GradientCosine>(),
        entry::<Units>(),
        entry::<NoiseScale>(),
        entry::<LambdaMax>(),
        entry::<Stability>(),
    ],
};

/// The largest whole number that TOML can write.
const MOST: u64 = i64::MAX as u64;

/// All probes that cost little, and all of them.
const LIGHT: &str = "light";
const FULL: &str = "full";

/// Something that is measured every so many steps.
pub trait Probe: Tunable {
    /// Steps from one reading to the next.
    fn every(&self) -> u64;

    /// Whether `light` brings it.
    fn is_light(&self) -> bool {
        true
    }

    /// Whether it wants to look after a step, from 1.
    fn wants(&self, step: u64) -> bool {
        is_due(step, self.every())
    }

    /// Whether it wants the gradient that the step was taken by.
    fn needs_gradient(&self) -> bool {
        false
    }

    /// The vectors that it remembers, each as long as the parameters.
    fn buffers(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it reads, by name; nothing where it only remembers. `memory` has a vector for each of [`Probe::buffers`],
    /// empty until it is filled.
    fn read(&self, moment: &mut Moment<'_, '_>, memory: &mut [Vec<f32>]) -> Vec<Reading>;
}

/// A name and what was read.
pub type Reading = (&'static str, Measured);

/// Every so many steps, and after the first.
fn is_due(step: u64, every: u64) -> bool {
    step == 1 || step.is_multiple_of(every)
}

const fn entry<P: Spec + Probe>() -> Entry<dyn Probe> {
    Entry {
        card: P::CARD,
        build: || Box::new(P::default()),
        describe: || Box::new(P::default()),
    }
}

/// How often a probe reads; `doc` says what a reading costs.
const fn every<P>(doc: &'static str, slot: fn(&mut P) -> &mut u64) -> Field<P> {
    Field {
        name: "every",
        doc,
        range: Range::count(1, MOST),
        slot: Slot::Count(slot),
    }
}

/// On how many rows a probe looks.
const fn rows<P>(slot: fn(&mut P) -> &mut u64) -> Field<P> {
    Field {
        name: "rows",
        doc: "Training rows that it looks at: the same ones every time, drawn by the seed.",
        range: Range::count(32, MOST),
        slot: Slot::Count(slot),
    }
}

/// How far a probe of a spectrum goes in a reading.
const fn products<P>(slot: fn(&mut P) -> &mut u64) -> Field<P> {
    Field {
        name: "products",
        doc: "Most products of the Hessian with a vector in a reading.",
        range: Range::count(2, 1000),
        slot: Slot::Count(slot),
    }
}

/// What `probe` can name.
pub(crate) fn names() -> Vec<&'static str> {
    [vec![LIGHT, FULL], ALL.names()].concat()
}

/// What is wrong with a word of `probe`.
pub(crate) fn check(word: &str) -> Result<(), Vec<SpecError>> {
    if word == LIGHT || word == FULL {
        return Ok(());
    }
    ALL.parse(word).map(drop)
}

impl Config {
    /// The probes that it asks for, in the order of their list. One that is named has the settings that it is named
    /// with, also where `light` or `full` brings it.
    pub(crate) fn probes(&self) -> Vec<Box<dyn Probe>> {
        let words = &self.training.probe;
        let has = |preset: &str| words.iter().any(|word| word == preset);
        let (light, full) = (has(LIGHT), has(FULL));
        let name = |word: &str| parse_short(word).map_or(String::new(), |(name, _)| name);
        let chosen = |entry: &Entry<dyn Probe>| {
            let named = words
                .iter()
                .rev()
                .find(|word| name(word) == entry.card.name);
            if let Some(word) = named {
                // It was checked when it was set.
                return ALL.parse(word).ok();
            }
            let probe = (entry.build)();
            (full || (light && probe.is_light())).then_some(probe)
        };
        ALL.members.iter().filter_map(chosen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> Vec<(&'static str, u64)> {
        let mut config = Config::default();
        config.training.probe = words.iter().map(|word| (*word).into()).collect();
        let probes = config.probes();
        let each = probes
            .iter()
            .map(|probe| (probe.card().name, probe.every()));
        each.collect()
    }

    #[test]
    fn words_become_probes() {
        assert!(chosen(&[]).is_empty());
        let names = |words: &[&str]| -> Vec<&str> { chosen(words).iter().map(|it| it.0).collect() };
        assert_eq!(names(&["full"]), ALL.names());
        let light = names(&["light"]);
        assert!(light.contains(&"gradient_norm") && !light.contains(&"lambda_max"));
        let both = chosen(&["light", "lambda_max:every=7", "loss:every=3"]);
        assert!(both.contains(&("lambda_max", 7)) && both.contains(&("loss", 3)));
        assert_eq!(both.len(), light.len() + 1);
        assert!(check("lambda_maxx").is_err() && check("loss:every=0").is_err());
        assert!(check("light").is_ok() && check("loss:every=2").is_ok());
    }

    #[test]
    fn every_member_speaks_for_itself() {
        for member in ALL.members {
            let card = member.card;
            assert!(card.summary.ends_with('.'), "{}", card.name);
            let probe = (member.build)();
            assert!(probe.every() > 0 && probe.wants(1) && probe.wants(probe.every()));
            assert!(probe.fields()[0].doc.ends_with('.'), "{}", card.name);
        }
    }
}

//! What a descent carries from step to step, taken out and put back.

use super::Descent;
use crate::Real;

/// What a descent carries from step to step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved<T> {
    /// Steps done.
    pub t: u64,
    /// The numbers of each group's rule.
    pub scalars: Vec<Vec<f64>>,
    /// How often each wrapper has renewed its vector.
    pub counts: Vec<u64>,
    /// The vectors of rules and wrappers.
    pub vectors: Vec<(String, Vec<T>)>,
}

impl<T: Real> Descent<T> {
    /// Everything that going on needs, by name.
    pub fn memory(&self) -> Saved<T> {
        let mut saved = Saved {
            t: self.groups.first().map_or(0, |group| group.state.t),
            ..Saved::default()
        };
        for (index, group) in self.groups.iter().enumerate() {
            saved.scalars.push(group.state.scalars.clone());
            for (name, buffer) in group.base.buffers().iter().zip(&group.state.buffers) {
                saved
                    .vectors
                    .push((format!("optimizer.{index}.{name}"), buffer.clone()));
            }
        }
        for (wrapper, memory) in &self.wrappers {
            saved.counts.push(memory.count);
            if wrapper.remembers() {
                let name = format!("wrapper.{}", wrapper.card().name);
                saved.vectors.push((name, memory.vector.clone()));
            }
        }
        saved
    }

    /// Goes on from what [`Descent::memory`] gave; `None` where it is not of such a descent, which may then not go on.
    #[must_use]
    pub fn restore(&mut self, mut saved: Saved<T>) -> Option<()> {
        let mut take = |name: &str, n: usize| {
            let fits = |(it, vector): &(String, Vec<T>)| it == name && vector.len() == n;
            let at = saved.vectors.iter().position(fits)?;
            Some(saved.vectors.remove(at).1)
        };
        if saved.scalars.len() != self.groups.len() || saved.counts.len() != self.wrappers.len() {
            return None;
        }
        let groups = self.groups.iter_mut().zip(saved.scalars);
        for (index, (group, scalars)) in groups.enumerate() {
            let n = group.places.last().map_or(0, |place| place.in_state.end);
            if scalars.len() != group.state.scalars.len() {
                return None;
            }
            (group.state.t, group.state.scalars) = (saved.t, scalars);
            for (name, buffer) in group.base.buffers().iter().zip(&mut group.state.buffers) {
                *buffer = take(&format!("optimizer.{index}.{name}"), n)?;
            }
        }
        for ((wrapper, memory), count) in self.wrappers.iter_mut().zip(saved.counts) {
            memory.count = count;
            if wrapper.remembers() {
                let name = format!("wrapper.{}", wrapper.card().name);
                // A vector that has never been renewed is not there yet.
                let n = if count == 0 { 0 } else { self.layout.len() };
                memory.vector = take(&name, n)?;
            }
        }
        // What nobody has asked for is of another rule or wrapper.
        saved.vectors.is_empty().then_some(())
    }
}

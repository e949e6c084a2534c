//! A descent: an update rule with its groups, wrappers and bounds, taking steps on an objective.
//!
//! Not the loop over epochs, and not the schedules: those set the fields of the rule from outside.

mod accumulated;
mod moves;
mod saved;

use std::ops::Range;

use crate::Real;
use crate::clip::Clip;
use crate::layout::{Layout, Part, Segment};
use crate::objective::Objective;
use crate::optimizer::{Optimizer, Piece, Scope, State};
use crate::spec::Value;
use crate::state::Buffers;
use crate::team::Team;
use crate::wrapper::{Memory, Wrapper};
use accumulated::Accumulated;
use moves::{Cut, Moves, cuts};
pub use saved::Saved;

/// What a step is made of.
pub struct Plan {
    /// The rule for all parameters that no group matches.
    pub rule: Box<dyn Optimizer>,
    /// The same rule with other settings for some parameters: a pattern of segments and what they take. The last
    /// group that matches counts.
    pub groups: Vec<(String, Box<dyn Optimizer>)>,
    /// Which parameters decay.
    pub decayed: Decayed,
    /// What the gradient is held to.
    pub clip: Clip,
    /// In how many parts the gradient of a step is found; their mean by rows counts.
    pub accumulate: u64,
    /// What is done around the rule, in this order.
    pub wrappers: Vec<Box<dyn Wrapper>>,
}

impl Plan {
    /// A rule and nothing around it.
    pub fn new(rule: Box<dyn Optimizer>) -> Plan {
        Plan {
            rule,
            groups: Vec::new(),
            decayed: Decayed::Weights,
            clip: Clip::default(),
            accumulate: 1,
            wrappers: Vec::new(),
        }
    }
}

/// Which parameters take part in decoupled weight decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decayed {
    /// Weights, but not biases.
    #[default]
    Weights,
    /// All, as in PyTorch.
    All,
}

/// A descent under way.
pub struct Descent<T> {
    layout: Layout,
    groups: Vec<Group<T>>,
    clip: Clip,
    accumulate: u64,
    wrappers: Vec<(Box<dyn Wrapper>, Memory<T>)>,
    /// For steps that take the gradient piece by piece: where each cut of the layout belongs, and each group's buffers.
    cuts: Vec<Cut>,
    buffers: Vec<Buffers<T>>,
    /// For the others; empty until there is one.
    gradient: Vec<T>,
    part: Vec<T>,
}

/// Parameters that share their settings. Its state holds them side by side, in the order of the layout.
struct Group<T> {
    /// As it was configured.
    base: Box<dyn Optimizer>,
    /// As the schedules have set it.
    rule: Box<dyn Optimizer>,
    state: State<T>,
    places: Vec<Place>,
}

/// A segment and where it lies in its group's state.
struct Place {
    range: Range<usize>,
    in_state: Range<usize>,
    piece: Piece,
}

impl<T: Real> Descent<T> {
    /// A descent before its first step. Groups without parameters are left out.
    pub fn new(plan: Plan, layout: &Layout) -> Descent<T> {
        let mut rules = vec![plan.rule];
        let mut patterns = Vec::new();
        for (pattern, rule) in plan.groups {
            patterns.push(pattern);
            rules.push(rule);
        }
        let of = |segment: &Segment| {
            patterns
                .iter()
                .rposition(|it| matches(it, segment))
                .map_or(0, |at| at + 1)
        };
        let groups = rules.into_iter().enumerate().map(|(index, base)| {
            let mut n = 0;
            let own = layout
                .segments()
                .iter()
                .filter(|segment| of(segment) == index);
            let place = |segment: &Segment| {
                let in_state = n..n + segment.range.len();
                n = in_state.end;
                Place {
                    range: segment.range.clone(),
                    in_state,
                    piece: Piece {
                        decays: segment.part == Part::Weight || plan.decayed == Decayed::All,
                        shape: segment.shape,
                    },
                }
            };
            let places: Vec<_> = own.map(place).collect();
            Group {
                rule: base.boxed(),
                state: State::new(&*base, n),
                base,
                places,
            }
        });
        let groups: Vec<_> = groups.filter(|group| !group.places.is_empty()).collect();
        let wrappers = plan.wrappers.into_iter().map(|it| (it, Memory::default()));
        Descent {
            cuts: cuts(layout, &groups),
            groups,
            buffers: Vec::new(),
            gradient: Vec::new(),
            part: Vec::new(),
            layout: layout.clone(),
            clip: plan.clip,
            accumulate: plan.accumulate.max(1),
            wrappers: wrappers.collect(),
        }
    }

    /// Sets a field of every group's rule to what `value` makes of its configured value; false if the rule has no
    /// such number.
    pub fn drive(&mut self, field: &str, value: impl Fn(f64) -> f64) -> bool {
        let mut known = false;
        for group in &mut self.groups {
            if let Some(Value::Float(base)) = group.base.get(field) {
                // A value out of range leaves the last one; who configures a schedule has tried it before.
                known |= group.rule.set(field, &Value::Float(value(base))).is_ok();
            }
        }
        known
    }

    /// One step on these rows. Returns the mean of the objective over them before the step; where that is not finite,
    /// nothing has changed.
    pub fn step(
        &mut self,
        team: &Team,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> f64 {
        let value = match self.step_by_pieces(objective, rows, p) {
            Some(value) => value,
            None => self.step_by_gradient(team, objective, rows, p),
        };
        if value.is_finite() {
            let step = self.groups.first().map_or(0, |group| group.state.t);
            for (wrapper, memory) in &mut self.wrappers {
                T::wrap(&**wrapper).after_step(step, p, memory);
            }
        }
        value
    }

    /// A step in which each piece of the gradient moves its parameters as soon as it is known; none where something
    /// needs the whole gradient first.
    fn step_by_pieces(
        &mut self,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> Option<f64> {
        let piecewise =
            |group: &Group<T>| group.rule.scope() == Scope::Slice && !group.rule.gathers();
        let needs_all = self.accumulate > 1
            || self.clip.is_on()
            || self.wrappers.iter().any(|(wrapper, _)| wrapper.regrades())
            || !self.groups.iter().all(piecewise);
        if needs_all {
            return None;
        }
        let mut moves = Moves {
            groups: &mut self.groups,
            cuts: &self.cuts,
            buffers: &mut self.buffers,
        };
        objective.descend(p, rows, &mut moves)
    }

    /// A step that has the whole gradient before anything moves.
    fn step_by_gradient(
        &mut self,
        team: &Team,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
    ) -> f64 {
        self.gradient.resize(self.layout.len(), T::ZERO);
        let mut objective = Accumulated {
            objective,
            parts: self.accumulate,
            part: &mut self.part,
        };
        let value = objective.gradient(p, rows, &mut self.gradient);
        if !value.is_finite() {
            return value;
        }
        for (wrapper, memory) in &mut self.wrappers {
            T::wrap(&**wrapper).regrade(&mut objective, rows, p, &mut self.gradient, memory);
        }
        self.clip.apply(&self.layout, p, &mut self.gradient);
        self.update(team, p);
        value
    }

    /// Lets the rule move the parameters by the gradient at hand.
    fn update(&mut self, team: &Team, p: &mut [T]) {
        let mut sums = [0.0; 2];
        for group in &mut self.groups {
            group.state.advance(&*group.rule);
            if group.rule.gathers() {
                for place in &group.places {
                    let (p, g) = (&p[place.range.clone()], &self.gradient[place.range.clone()]);
                    let found = group.state.gather(
                        team,
                        &*group.rule,
                        place.in_state.clone(),
                        place.piece,
                        p,
                        g,
                    );
                    sums = [sums[0] + found[0], sums[1] + found[1]];
                }
            }
        }
        for group in &mut self.groups {
            if group.rule.gathers() {
                group.state.settle(&*group.rule, sums);
            }
            for place in &group.places {
                let (p, g) = (
                    &mut p[place.range.clone()],
                    &self.gradient[place.range.clone()],
                );
                group.state.update_range(
                    team,
                    &*group.rule,
                    place.in_state.clone(),
                    place.piece,
                    p,
                    g,
                );
            }
        }
    }

    /// Tells the wrappers that an epoch is over.
    pub fn end_epoch(&mut self, progress: f64, p: &[T]) {
        for (wrapper, memory) in &mut self.wrappers {
            T::wrap(&**wrapper).after_epoch(progress, p, memory);
        }
    }

    /// Turns the parameters that steps are taken from into those to be evaluated and saved: an average, where the rule
    /// or a wrapper keeps one.
    pub fn evaluated(&self, p: &mut [T]) {
        for (wrapper, memory) in &self.wrappers {
            if wrapper.averages() && memory.count > 0 {
                p.copy_from_slice(&memory.vector);
                return;
            }
        }
        for group in &self.groups {
            for place in &group.places {
                let p = &mut p[place.range.clone()];
                group
                    .state
                    .evaluate(&*group.rule, place.in_state.clone(), place.piece, p);
            }
        }
    }

    /// For each parameter the curvature that the last step's rule could stand along it; with C for these numbers on a
    /// diagonal, steps grow from one to the next where the largest eigenvalue of C^−½ H C^−½ is above 1. Decoupled weight
    /// decay and bounds on the gradient are not counted. None before the first step, where the rule has no such number,
    /// where its learning rate is 0, and around a wrapper that changes the gradient.
    pub fn thresholds(&self) -> Option<Vec<f64>> {
        if self.wrappers.iter().any(|(wrapper, _)| wrapper.regrades()) {
            return None;
        }
        let mut all = vec![f64::INFINITY; self.layout.len()];
        for group in &self.groups {
            for place in &group.places {
                let own = &mut all[place.range.clone()];
                let range = place.in_state.clone();
                if !group
                    .state
                    .thresholds(&*group.rule, range, place.piece, own)
                {
                    return None;
                }
            }
        }
        all.iter()
            .all(|it| it.is_finite() && *it > 0.0)
            .then_some(all)
    }

    /// Whether [`Descent::evaluated`] may change anything.
    pub fn averages(&self) -> bool {
        self.wrappers.iter().any(|(wrapper, _)| wrapper.averages())
            || self.groups.iter().any(|group| group.rule.averages())
    }
}

/// Whether a pattern such as `layer 1.*`, `*.bias` or `layer 2.weight` matches a segment; `*` stands for anything.
pub fn matches(pattern: &str, segment: &Segment) -> bool {
    fn fits(pattern: &str, text: &str) -> bool {
        match pattern.split_once('*') {
            None => pattern == text,
            Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
                (0..=rest.len()).any(|at| rest.is_char_boundary(at) && fits(after, &rest[at..]))
            }),
        }
    }
    fits(pattern.trim(), &segment.to_string())
}

//! A step by pieces: each cut of the parameters moves as soon as its gradient is known, on whichever thread knows it.

// Threads update disjoint cuts of a rule's buffers.
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Group;
use crate::Real;
use crate::layout::{self, Layout};
use crate::objective::Taker;
use crate::optimizer::Piece;
use crate::state::Buffers;

/// Where a cut of the layout belongs.
pub(super) struct Cut {
    group: usize,
    in_state: Range<usize>,
    piece: Piece,
    /// Whether it has been taken in this step.
    taken: AtomicBool,
}

/// Where the cuts of the layout belong.
pub(super) fn cuts<T>(layout: &Layout, groups: &[Group<T>]) -> Vec<Cut> {
    let cut = |cut: layout::Cut| {
        let segment = &layout.segments()[cut.segment].range;
        let all = groups
            .iter()
            .enumerate()
            .flat_map(|(index, group)| group.places.iter().map(move |place| (index, place)));
        let found = { all }.find(|(_, place)| place.range == *segment);
        let (group, place) = found.expect("every segment has a group");
        let start = place.in_state.start + cut.range.start - segment.start;
        Cut {
            group,
            in_state: start..start + cut.range.len(),
            piece: place.piece,
            taken: AtomicBool::new(false),
        }
    };
    layout.cuts().into_iter().map(cut).collect()
}

/// The groups' rules while they take the pieces of a gradient.
pub(super) struct Moves<'a, T> {
    pub(super) groups: &'a mut [Group<T>],
    pub(super) cuts: &'a [Cut],
    pub(super) buffers: &'a mut Vec<Buffers<T>>,
}

impl<T: Real> Taker<T> for Moves<'_, T> {
    fn begin(&mut self) {
        self.buffers.clear();
        for group in &mut *self.groups {
            group.state.advance(&*group.rule);
            let all = 0..group.places.last().map_or(0, |place| place.in_state.end);
            self.buffers.push(group.state.buffers(all));
        }
        for cut in self.cuts {
            cut.taken.store(false, Ordering::Relaxed);
        }
    }

    fn take(&self, cut: usize, parameters: &mut [T], gradient: &[T]) {
        let cut = &self.cuts[cut];
        let first = !cut.taken.swap(true, Ordering::Relaxed);
        assert!(first, "each cut is taken once in a step");
        assert!(parameters.len() == cut.in_state.len() && gradient.len() == parameters.len());
        let group = &self.groups[cut.group];
        // SAFETY: the groups are borrowed mutably and nothing else reaches their buffers; cuts do not overlap, and this
        // one has not been taken since the step began.
        let mut buffers = unsafe { self.buffers[cut.group].cut(cut.in_state.clone()) };
        let now = group.state.now(cut.piece);
        T::update(&*group.rule).update(now, parameters, gradient, buffers.slices());
    }
}

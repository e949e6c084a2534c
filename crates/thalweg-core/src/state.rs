//! What a rule carries from one step to the next, and the step itself, over any ranges and any number of threads.

// Threads update disjoint parts of the parameters and of the buffers.
#![allow(unsafe_code)]

use std::ops::Range;

use crate::Real;
use crate::optimizer::{Now, Optimizer, Scope, Sums};
use crate::team::{Span, Team};

/// The most buffers that a rule can have.
const MAX_BUFFERS: usize = 4;
/// Parameters that a thread updates at a time: with four buffers about 1.5 MB.
const CHUNK: usize = 1 << 16;
/// The most parts that sums are taken of.
const PARTS: usize = 64;
/// About as many operations as it takes to update a parameter.
const OPERATIONS: f64 = 20.0;

/// What a range of parameters is to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Whether these parameters take part in decoupled weight decay; weights do, biases do not, as a rule.
    pub decays: bool,
    /// Rows and columns of the weight matrix, row-major; a vector has one column. Rules of [`Scope::Slice`] do not
    /// look at it.
    pub shape: (usize, usize),
}

impl Piece {
    /// A vector of `n` parameters.
    pub fn vector(n: usize, decays: bool) -> Piece {
        let shape = (n, 1);
        Piece { decays, shape }
    }
}

/// What a rule carries from one step to the next: everything that a checkpoint must hold of it.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T> {
    /// Steps done.
    pub t: u64,
    /// The rule's numbers, in the order of [`crate::optimizer::Rule::SCALARS`].
    pub scalars: Vec<f64>,
    /// The rule's vectors, in the order of [`crate::optimizer::Rule::buffers`].
    pub buffers: Vec<Vec<T>>,
}

impl<T: Real> State<T> {
    /// The state before the first step of a rule over `n` parameters.
    pub fn new(rule: &dyn Optimizer, n: usize) -> State<T> {
        let count = rule.buffers().len();
        assert!(
            count <= MAX_BUFFERS,
            "a rule has at most {MAX_BUFFERS} buffers"
        );
        State {
            t: 0,
            scalars: vec![0.0; rule.scalars().len()],
            buffers: (0..count)
                .map(|index| vec![T::of(rule.initial(index)); n])
                .collect(),
        }
    }

    /// One whole step: all parameters at once, as one vector, and all of them decaying.
    pub fn step(&mut self, rule: &dyn Optimizer, p: &mut [T], g: &[T]) {
        self.step_on(&Team::default(), rule, p, g);
    }

    /// The same on several threads: the same bits.
    pub fn step_on(&mut self, team: &Team, rule: &dyn Optimizer, p: &mut [T], g: &[T]) {
        let piece = Piece::vector(p.len(), true);
        self.advance(rule);
        if rule.gathers() {
            let sums = self.gather(team, rule, 0..p.len(), piece, p, g);
            self.settle(rule, sums);
        }
        self.update_range(team, rule, 0..p.len(), piece, p, g);
    }

    /// Begins a step. For a rule that [`Optimizer::gathers`], [`State::gather`] then has to see every parameter
    /// once, and [`State::settle`] the sum; after that, [`State::update_range`] has to reach every parameter once.
    pub fn advance(&mut self, rule: &dyn Optimizer) {
        self.t += 1;
        rule.advance(self.t, &mut self.scalars);
    }

    /// The sums over a range: always of the same parts, put together in the same order, on any number of threads.
    pub fn gather(
        &mut self,
        team: &Team,
        rule: &dyn Optimizer,
        range: Range<usize>,
        piece: Piece,
        p: &[T],
        g: &[T],
    ) -> Sums {
        let n = range.len();
        let size = CHUNK.max(n.div_ceil(PARTS));
        let buffers = self.buffers(range);
        let now = self.now(piece);
        let mut sums = [Sums::default(); PARTS];
        let parts = &mut sums[..n.div_ceil(size)];
        let places = Span::new(parts);
        team.run(n as f64 * OPERATIONS, parts.len(), &|_, part| {
            let part_range = part * size..n.min((part + 1) * size);
            let (p, g) = (&p[part_range.clone()], &g[part_range.clone()]);
            // SAFETY: the parts do not overlap, and each is handed out once.
            let (sums, mut buffers) = unsafe { (places.at(part), buffers.cut(part_range)) };
            *sums = T::update(rule).gather(now, p, g, buffers.slices());
        });
        let add = |sum: Sums, part: &Sums| [sum[0] + part[0], sum[1] + part[1]];
        parts.iter().fold(Sums::default(), add)
    }

    /// Takes in the sums over all parameters.
    pub fn settle(&mut self, rule: &dyn Optimizer, sums: Sums) {
        rule.settle(sums, &mut self.scalars);
    }

    /// Updates the parameters of `range` with their gradient: `p` and `g` are of the range's length. In what
    /// pieces the parameters are updated, and on how many threads, makes no difference to a bit of the result; for
    /// a rule of [`Scope::Segment`] each range has to be a whole segment.
    pub fn update_range(
        &mut self,
        team: &Team,
        rule: &dyn Optimizer,
        range: Range<usize>,
        piece: Piece,
        p: &mut [T],
        g: &[T],
    ) {
        assert!(
            p.len() == range.len() && g.len() == range.len(),
            "{} parameters and {} slopes for {} places",
            p.len(),
            g.len(),
            range.len()
        );
        let n = range.len();
        let size = match rule.scope() {
            Scope::Slice => CHUNK,
            Scope::Segment => n.max(1),
        };
        let buffers = self.buffers(range);
        let now = self.now(piece);
        let places = Span::new(p);
        team.run(n as f64 * OPERATIONS, n.div_ceil(size), &|_, part| {
            let part_range = part * size..n.min((part + 1) * size);
            let g = &g[part_range.clone()];
            // SAFETY: the parts do not overlap, and each is handed out once.
            let (p, mut buffers) =
                unsafe { (places.range(part_range.clone()), buffers.cut(part_range)) };
            T::update(rule).update(now, p, g, buffers.slices());
        });
    }

    /// Turns `p`, the parameters of `range` that gradients are taken at, into those that the rule offers as its
    /// result.
    pub fn evaluate(&self, rule: &dyn Optimizer, range: Range<usize>, piece: Piece, p: &mut [T]) {
        if self.t == 0 || !rule.averages() {
            return;
        }
        let slices: Vec<&[T]> = self.buffers.iter().map(|it| &it[range.clone()]).collect();
        T::update(rule).evaluated(self.now(piece), p, &slices);
    }

    /// The curvature that the rule can stand along each parameter of `range`; false where it has no such number, or has
    /// made no step yet. See [`crate::optimizer::Rule::thresholds`].
    pub fn thresholds(
        &self,
        rule: &dyn Optimizer,
        range: Range<usize>,
        piece: Piece,
        thresholds: &mut [f64],
    ) -> bool {
        let slices: Vec<&[T]> = self.buffers.iter().map(|it| &it[range.clone()]).collect();
        self.t > 0 && T::update(rule).thresholds(self.now(piece), &slices, thresholds)
    }

    /// A range of every buffer, to be shared among threads.
    pub(crate) fn buffers(&mut self, range: Range<usize>) -> Buffers<T> {
        let mut spans = [Span::default(); MAX_BUFFERS];
        for (span, buffer) in spans.iter_mut().zip(&mut self.buffers) {
            *span = Span::new(&mut buffer[range.clone()]);
        }
        Buffers {
            spans,
            count: self.buffers.len(),
        }
    }

    /// The step at hand.
    pub(crate) fn now(&self, piece: Piece) -> Now<'_> {
        Now {
            t: self.t,
            scalars: &self.scalars,
            piece,
        }
    }
}

/// A range of a rule's buffers that threads may take disjoint cuts of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffers<T> {
    spans: [Span<T>; MAX_BUFFERS],
    count: usize,
}

/// A cut of a rule's buffers.
pub(crate) struct Cut<'a, T> {
    slices: [&'a mut [T]; MAX_BUFFERS],
    count: usize,
}

impl<T> Buffers<T> {
    /// A range within this one.
    ///
    /// # Safety
    /// As [`Span::range`], for every buffer.
    pub(crate) unsafe fn cut<'a>(self, range: Range<usize>) -> Cut<'a, T> {
        let mut slices: [&mut [T]; MAX_BUFFERS] = Default::default();
        for (slice, span) in slices.iter_mut().zip(&self.spans[..self.count]) {
            // SAFETY: the caller vouches for it.
            *slice = unsafe { span.range(range.clone()) };
        }
        Cut {
            slices,
            count: self.count,
        }
    }
}

impl<'a, T> Cut<'a, T> {
    /// The slices, in the order of the buffers.
    pub(crate) fn slices(&mut self) -> &mut [&'a mut [T]] {
        &mut self.slices[..self.count]
    }
}

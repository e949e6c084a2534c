//! What a rule carries from one step to the next, and the step itself, over any ranges and any number of threads.

use std::ops::Range;

use crate::Real;
use crate::optimizer::{Now, Optimizer, Scope, Sums};
use crate::team::Team;

/// The most buffers that a rule can have.
const MAX_BUFFERS: usize = 4;
/// Parameters that a thread updates at a time: with four buffers about 1.5 MB.
const CHUNK: usize = 1 << 16;
/// What the pieces that threads share are multiples of.
const BLOCK: usize = 1 << 12;

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

    /// The sums over a range: always of the same pieces, put together in the same order, on any number of threads.
    pub fn gather(
        &mut self,
        team: &Team,
        rule: &dyn Optimizer,
        range: Range<usize>,
        piece: Piece,
        p: &[T],
        g: &[T],
    ) -> Sums {
        let (now, mut slices, count) = self.at(range, piece);
        let slices = &mut slices[..count];
        let shared = team.threads() > 1;
        team.install(|| add_up(shared, rule, now, (p, g), slices))
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
        let (now, mut slices, count) = self.at(range, piece);
        let slices = &mut slices[..count];
        if rule.scope() == Scope::Slice && team.threads() > 1 && p.len() > CHUNK {
            team.install(|| spread(rule, now, p, g, slices));
        } else {
            T::update(rule).update(now, p, g, slices);
        }
    }

    /// Turns `p`, the parameters of `range` that gradients are taken at, into those that the rule offers as its
    /// result.
    pub fn evaluate(&self, rule: &dyn Optimizer, range: Range<usize>, piece: Piece, p: &mut [T]) {
        if self.t == 0 || !rule.averages() {
            return;
        }
        let slices: Vec<&[T]> = self.buffers.iter().map(|it| &it[range.clone()]).collect();
        let now = Now {
            t: self.t,
            scalars: &self.scalars,
            piece,
        };
        T::update(rule).evaluated(now, p, &slices);
    }

    /// The step at hand and a range of every buffer.
    fn at(&mut self, range: Range<usize>, piece: Piece) -> (Now<'_>, Slices<'_, T>, usize) {
        let now = Now {
            t: self.t,
            scalars: &self.scalars,
            piece,
        };
        let count = self.buffers.len();
        let mut slices = Slices::default();
        for (slot, buffer) in slices.iter_mut().zip(&mut self.buffers) {
            *slot = &mut buffer[range.clone()];
        }
        (now, slices, count)
    }
}

type Slices<'a, T> = [&'a mut [T]; MAX_BUFFERS];

/// Halves the work until a piece is small enough for one thread.
fn spread<T: Real>(
    rule: &dyn Optimizer,
    now: Now<'_>,
    p: &mut [T],
    g: &[T],
    buffers: &mut [&mut [T]],
) {
    if p.len() <= CHUNK {
        T::update(rule).update(now, p, g, buffers);
        return;
    }
    let (half, count) = ((p.len() / 2).next_multiple_of(BLOCK), buffers.len());
    let (p, p_rest) = p.split_at_mut(half);
    let (g, g_rest) = g.split_at(half);
    let (mut first, mut second) = split(buffers, half);
    rayon::join(
        || spread(rule, now, p, g, &mut first[..count]),
        || spread(rule, now, p_rest, g_rest, &mut second[..count]),
    );
}

/// Halves the sums until a piece is small enough, whether threads share them or not.
fn add_up<T: Real>(
    shared: bool,
    rule: &dyn Optimizer,
    now: Now<'_>,
    (p, g): (&[T], &[T]),
    buffers: &mut [&mut [T]],
) -> Sums {
    if p.len() <= CHUNK {
        return T::update(rule).gather(now, p, g, buffers);
    }
    let (half, count) = ((p.len() / 2).next_multiple_of(BLOCK), buffers.len());
    let ((p, p_rest), (g, g_rest)) = (p.split_at(half), g.split_at(half));
    let (mut before, mut after) = split(buffers, half);
    let mut first = || add_up(shared, rule, now, (p, g), &mut before[..count]);
    let mut second = || add_up(shared, rule, now, (p_rest, g_rest), &mut after[..count]);
    let (first, second) = if shared {
        rayon::join(first, second)
    } else {
        (first(), second())
    };
    [first[0] + second[0], first[1] + second[1]]
}

/// Splits every buffer at the same place.
fn split<'a, T>(buffers: &'a mut [&mut [T]], at: usize) -> (Slices<'a, T>, Slices<'a, T>) {
    let (mut before, mut after) = (Slices::default(), Slices::default());
    for (index, buffer) in buffers.iter_mut().enumerate() {
        (before[index], after[index]) = buffer.split_at_mut(at);
    }
    (before, after)
}

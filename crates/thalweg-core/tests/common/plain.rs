//! A plain descent: the parts of a batch added up, the gradient clipped, and then every parameter moved by the rule, one
//! thing after the other. It shares the rules with the library, and nothing else.

use thalweg_core::clip::Clip;
use thalweg_core::layout::{Layout, Part, Segment};
use thalweg_core::optimizer::{Optimizer, Piece, State};
use thalweg_core::team::Team;

/// A descent of one rule without wrappers and groups.
pub(crate) struct Plain<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) rule: &'a dyn Optimizer,
    pub(crate) state: State<f64>,
    pub(crate) clip: Clip,
    /// In how many parts a gradient is found.
    pub(crate) accumulate: usize,
}

impl Plain<'_> {
    /// One step; `gradient` has the value and the gradient of a part of the rows, numbered from 0, at the parameters.
    /// Returns the mean of the values.
    pub(crate) fn step(
        &mut self,
        rows: &[u32],
        p: &mut [f64],
        gradient: impl Fn(usize, &[u32], &[f64]) -> (f64, Vec<f64>),
    ) -> f64 {
        let (mut mean, mut g) = (0.0, vec![0.0; p.len()]);
        let parts = rows.chunks(rows.len().div_ceil(self.accumulate));
        for (part, rows_of_part) in parts.enumerate() {
            let share = rows_of_part.len() as f64 / rows.len() as f64;
            let (value, of_part) = gradient(part, rows_of_part, &*p);
            mean += share * value;
            for (g, of_part) in g.iter_mut().zip(of_part) {
                *g += share * of_part;
            }
        }
        self.bound(p, &mut g);
        self.update(p, &g);
        mean
    }

    /// Value, norm of a segment, norm of a unit, norm of the whole.
    fn bound(&self, p: &[f64], g: &mut [f64]) {
        if let Some(bound) = self.clip.value {
            for g in g.iter_mut() {
                *g = g.clamp(-bound, bound);
            }
        }
        for segment in self.layout.segments() {
            let (g, p) = (&mut g[segment.range.clone()], &p[segment.range.clone()]);
            if let Some(bound) = self.clip.layer_norm {
                let factor = bound / (norm(g) + 1e-6);
                scale(g, factor.min(1.0));
            }
            let unit = match segment.part {
                Part::Weight => segment.shape.1,
                Part::Bias => segment.range.len(),
            };
            if let Some(bound) = self.clip.adaptive {
                for (g, p) in g.chunks_mut(unit).zip(p.chunks(unit)) {
                    let factor = bound * norm(p).max(1e-3) / norm(g).max(1e-6);
                    scale(g, factor.min(1.0));
                }
            }
        }
        if let Some(bound) = self.clip.norm {
            let factor = bound / (norm(g) + 1e-6);
            scale(g, factor.min(1.0));
        }
    }

    /// Moves each segment by the rule; weights decay and biases do not.
    fn update(&mut self, p: &mut [f64], g: &[f64]) {
        let (rule, team) = (self.rule, Team::default());
        let segments = self.layout.segments().iter();
        let pieces = segments.map(|segment| (segment.range.clone(), piece(segment)));
        self.state.advance(rule);
        if rule.gathers() {
            let mut sums = [0.0; 2];
            for (range, piece) in pieces.clone() {
                let (p, g) = (&p[range.clone()], &g[range.clone()]);
                let found = self.state.gather(&team, rule, range, piece, p, g);
                sums = [sums[0] + found[0], sums[1] + found[1]];
            }
            self.state.settle(rule, sums);
        }
        for (range, piece) in pieces {
            let (p, g) = (&mut p[range.clone()], &g[range.clone()]);
            self.state.update_range(&team, rule, range, piece, p, g);
        }
    }
}

/// What a segment is to a rule.
pub(crate) fn piece(segment: &Segment) -> Piece {
    Piece {
        decays: segment.part == Part::Weight,
        shape: segment.shape,
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn scale(x: &mut [f64], factor: f64) {
    for x in x.iter_mut() {
        *x *= factor;
    }
}

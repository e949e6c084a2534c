//! Adafactor: Adam without momentum, whose squares are kept by row and by column.

use super::{Now, Rule, Scope, fields};
use crate::Real;
use crate::spec::{Card, Field, Range, Spec};

/// Adafactor (Shazeer & Stern 2018, algorithms 4 and 5).
///
/// ```text
/// β₂ₜ = 1 − t^beta2_decay
/// R ← β₂ₜ R + (1 − β₂ₜ) mean of g² over each row
/// C ← β₂ₜ C + (1 − β₂ₜ) mean of g² over each column
/// V = R Cᵀ / max(mean R, ε₁)      (of a vector: V ← β₂ₜ V + (1 − β₂ₜ) g²)
/// U = g / √max(V, ε₁²)
/// α = max(ε₂, rms(p)) min(lr, 1 / √t)
/// p ← (1 − lr weight_decay) p − α U / max(1, rms(U) / clip_threshold)
/// ```
///
/// ## Differences
/// As PyTorch (`d` and `eps` are `clip_threshold`, `eps1` and `eps2`). optax and Keras add ε₁ to g² instead; optax
/// neither bounds lr by 1 / √t nor multiplies the decay by it. R and C lie at the beginning of a vector as long as
/// the parameters: no memory is saved. One row or column counts as a vector, which gives the same V.
#[derive(Clone, Debug, PartialEq)]
pub struct Adafactor {
    /// Learning rate.
    pub lr: f64,
    /// Power of the time in the weight of the newest squares.
    pub beta2_decay: f64,
    /// The least root of V; `None` is the precision's ε.
    pub eps1: Option<f64>,
    /// The least size of the weights that steps are relative to.
    pub eps2: f64,
    /// The most that the scaled gradient is on average.
    pub clip_threshold: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Adafactor {
    fn default() -> Self {
        Adafactor {
            lr: 1e-2,
            beta2_decay: -0.8,
            eps1: None,
            eps2: 1e-3,
            clip_threshold: 1.0,
            weight_decay: 0.0,
        }
    }
}

impl Spec for Adafactor {
    const CARD: &'static Card = &Card {
        name: "adafactor",
        summary: "Adam without momentum, whose squares are kept by row and by column and whose steps are bounded.",
        formula: "β₂ₜ = 1 − t^beta2_decay\nR ← β₂ₜ R + (1 − β₂ₜ) mean of g² over each row\nC ← β₂ₜ C + (1 − β₂ₜ) mean of g² over each column\nV = R Cᵀ / max(mean R, ε₁)      (of a vector: V ← β₂ₜ V + (1 − β₂ₜ) g²)\nU = g / √max(V, ε₁²)\nα = max(ε₂, rms(p)) min(lr, 1 / √t)\np ← (1 − lr weight_decay) p − α U / max(1, rms(U) / clip_threshold)",
        paper: "Shazeer & Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, algorithms 4 and 5, arXiv:1804.04235",
        differences: "As PyTorch (d and eps are clip_threshold, eps1 and eps2). optax and Keras add ε₁ to g² instead; optax neither bounds lr by 1 / √t nor multiplies the decay by it. R and C lie at the beginning of a vector as long as the parameters, so no memory is saved. One row or column counts as a vector, which gives the same V.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: the most that a step is relative to the size of the weights.",
            |s| &mut s.lr,
        ),
        fields::float(
            "beta2_decay",
            "Power of the time in the weight of the newest squares.",
            Range::closed(-1.0, 0.0),
            |s| &mut s.beta2_decay,
        ),
        fields::float_or(
            "eps1",
            "The least root of V, or `precision` for the distance from 1 to the next number.",
            Range::POSITIVE,
            "precision",
            |s| &mut s.eps1,
        ),
        fields::float(
            "eps2",
            "The least size of the weights that steps are relative to.",
            Range::POSITIVE,
            |s| &mut s.eps2,
        ),
        fields::float(
            "clip_threshold",
            "The most that the scaled gradient is in the mean square.",
            Range::POSITIVE,
            |s| &mut s.clip_threshold,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
    ];
}

impl Rule for Adafactor {
    const SCOPE: Scope = Scope::Segment;

    fn buffers(&self) -> &'static [&'static str] {
        &["v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let [v] = buffers else {
            unreachable!("adafactor has one buffer")
        };
        let (rows, columns) = now.piece.shape;
        let eps1 = self.eps1.unwrap_or(T::EPSILON.to_f64());
        let share = (now.t as f64).powf(self.beta2_decay);
        let shrink = if rows == 1 || columns == 1 {
            for (v, g) in v.iter_mut().zip(g) {
                let square = g.to_f64() * g.to_f64();
                *v = T::of(v.to_f64() + share * (square - v.to_f64()));
            }
            1.0
        } else {
            gather_squares(&mut v[..rows + columns], g, columns, share);
            let sum: f64 = v[..rows].iter().map(|r| r.to_f64()).sum();
            1.0 / (sum / rows as f64).max(eps1)
        };
        let estimate = |at: usize| match (rows, columns) {
            (1, _) | (_, 1) => v[at].to_f64(),
            _ => v[at / columns].to_f64() * v[rows + at % columns].to_f64() * shrink,
        };
        let scaled = |at: usize| g[at].to_f64() / estimate(at).max(eps1 * eps1).sqrt();
        let n = p.len() as f64;
        let weights: f64 = p.iter().map(|p| p.to_f64() * p.to_f64()).sum();
        let steps: f64 = (0..p.len()).map(|at| scaled(at) * scaled(at)).sum();
        let alpha = (weights / n).sqrt().max(self.eps2) * self.lr.min(1.0 / (now.t as f64).sqrt());
        let alpha = alpha / ((steps / n).sqrt() / self.clip_threshold).max(1.0);
        let keep: T = now.keep(self.lr * self.weight_decay);
        for (at, p) in p.iter_mut().enumerate() {
            *p = keep * *p - T::of(alpha * scaled(at));
        }
    }
}

/// Mixes the mean squares of rows and columns into `v`, which holds first the rows' and then the columns'.
fn gather_squares<T: Real>(v: &mut [T], g: &[T], columns: usize, share: f64) {
    let rows = v.len() - columns;
    let mix = |v: &mut T, mean: f64| *v = T::of(v.to_f64() + share * (mean - v.to_f64()));
    let square = |g: &T| g.to_f64() * g.to_f64();
    for (v, row) in v.iter_mut().zip(g.chunks(columns)) {
        mix(v, row.iter().map(square).sum::<f64>() / columns as f64);
    }
    for (column, v) in v[rows..].iter_mut().enumerate() {
        let of_column = g[column..].iter().step_by(columns);
        mix(v, of_column.map(square).sum::<f64>() / rows as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Piece, State};
    use crate::team::Team;

    #[test]
    fn squares_of_rank_one_are_kept_exactly() {
        // |g| = a bᵀ: then V is g² itself, and every scaled slope is a sign.
        let g = [6.0_f64, -10.0, 9.0, 15.0, -12.0, 20.0];
        let rule = Adafactor::default();
        let (mut state, mut p) = (State::new(&rule, 6), [1.0; 6]);
        let piece = Piece {
            decays: true,
            shape: (3, 2),
        };
        state.advance(&rule);
        state.update_range(&Team::default(), &rule, 0..6, piece, &mut p, &g);
        for (p, g) in p.iter().zip(g) {
            assert!((p - (1.0 - 0.01 * g.signum())).abs() < 1e-15, "{p}");
        }
    }
}

//! Muon: momentum whose steps turn and stretch every direction of a matrix alike.

use super::Adam;
use super::{Convention, Now, Rule, Scope, decay, fields};
use crate::Real;
use crate::ema::{correction, mix};
use crate::product::{self, Into};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Muon (Jordan et al. 2024), with AdamW's steps for vectors.
///
/// ```text
/// m ← momentum m + (1 − momentum) g
/// u = momentum m + (1 − momentum) g with nesterov, otherwise m
/// X = u / max(‖u‖, ε)      (with convention keras or optax:  u / (‖u‖ + ε))
/// ns_steps times:  A = X Xᵀ,  X ← a X + (b A + c A²) X,  (a, b, c) = (3.4445, −4.775, 2.0315)
/// p ← (1 − lr weight_decay) p − lr κ X
/// κ = √max(1, rows / columns), or 0.2 √max(rows, columns) with adjust = "match_rms_adamw"
/// with convention optax:  m / (1 − momentumᵗ⁺¹) and g / (1 − momentumᵗ) stand for m and g in u
/// of a vector:  AdamW with lr · vector_scale, beta1, beta2, ε = 1e-8
/// ```
///
/// ## Differences
/// As PyTorch's Muon, which refuses vectors, and which computes X with bfloat16; here X has the precision of
/// the parameters. A matrix with more rows than columns is transposed first, which changes nothing but the
/// cost. Keras and optax add ε to the norm, which in Keras is of a sum, not of an average; optax also corrects the average's start from 0, which the norm
/// takes out again unless `nesterov` mixes it with g.
#[derive(Clone, Debug, PartialEq)]
pub struct Muon {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average of gradients.
    pub momentum: f64,
    /// Whether the newest gradient counts once more.
    pub nesterov: bool,
    /// Newton-Schulz steps.
    pub ns_steps: u64,
    /// How lr depends on the shape of a matrix.
    pub adjust: Adjust,
    /// The least norm that a step is divided by.
    pub eps: f64,
    /// Factor of lr for vectors.
    pub vector_scale: f64,
    /// Decay of the average of gradients of vectors.
    pub beta1: f64,
    /// Decay of the average of squares of vectors.
    pub beta2: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whose form is computed.
    pub convention: Convention,
}

impl Default for Muon {
    fn default() -> Self {
        Muon {
            lr: 1e-3,
            momentum: 0.95,
            nesterov: true,
            ns_steps: 5,
            adjust: Adjust::Original,
            eps: 1e-7,
            vector_scale: 1.0,
            beta1: 0.9,
            beta2: 0.999,
            weight_decay: 0.1,
            convention: Convention::Torch,
        }
    }
}

impl Spec for Muon {
    const CARD: &'static Card = &Card {
        name: "muon",
        summary: "Momentum whose steps turn and stretch every direction of a weight matrix alike; vectors take AdamW steps.",
        formula: "m ← momentum m + (1 − momentum) g\nu = momentum m + (1 − momentum) g with nesterov, otherwise m\nX = u / max(‖u‖, ε)      (with convention keras or optax:  u / (‖u‖ + ε))\nns_steps times:  A = X Xᵀ,  X ← a X + (b A + c A²) X,  (a, b, c) = (3.4445, −4.775, 2.0315)\np ← (1 − lr weight_decay) p − lr κ X\nκ = √max(1, rows / columns), or 0.2 √max(rows, columns) with adjust = \"match_rms_adamw\"\nwith convention optax:  m / (1 − momentumᵗ⁺¹) and g / (1 − momentumᵗ) stand for m and g in u\nof a vector:  AdamW with lr · vector_scale, beta1, beta2, ε = 1e-8",
        paper: "Jordan et al. 2024, Muon: An Optimizer for Hidden Layers in Neural Networks, kellerjordan.github.io/posts/muon; Liu et al. 2025, Muon Is Scalable for LLM Training, arXiv:2502.16982 (match_rms_adamw)",
        differences: "As PyTorch's Muon, which refuses vectors, and which computes X with bfloat16; here X has the precision of the parameters. A matrix with more rows than columns is transposed first, which changes nothing but the cost. Keras and optax add ε to the norm, which in Keras is of a sum, not of an average; optax also corrects the average's start from 0, which the norm takes out again unless nesterov mixes it with g.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        fields::lr(
            "Learning rate: about the size of the step in every direction of a matrix.",
            |s| &mut s.lr,
        ),
        fields::float(
            "momentum",
            "Decay of the average of gradients.",
            Range::FRACTION,
            |s| &mut s.momentum,
        ),
        fields::switch(
            "nesterov",
            "Whether the newest gradient counts once more.",
            |s| &mut s.nesterov,
        ),
        Field {
            name: "ns_steps",
            doc: "Newton-Schulz steps that make the step orthogonal.",
            range: Range::count(1, 99),
            slot: Slot::Count(|s| &mut s.ns_steps),
        },
        Field {
            name: "adjust",
            doc: "How lr depends on the shape of a matrix: `match_rms_adamw` takes an lr that was tuned for AdamW.",
            range: Range::OneOf(|| vec!["original", "match_rms_adamw"]),
            slot: Slot::Choice(
                |s| s.adjust.name(),
                |s, word| s.adjust = Adjust::named(word),
            ),
        },
        fields::float(
            "eps",
            "The least norm that the average is divided by.",
            Range::POSITIVE,
            |s| &mut s.eps,
        ),
        fields::float(
            "vector_scale",
            "Factor of lr for vectors, which take AdamW steps.",
            Range::NOT_NEGATIVE,
            |s| &mut s.vector_scale,
        ),
        fields::float(
            "beta1",
            "Decay of the average of gradients of vectors.",
            Range::FRACTION,
            |s| &mut s.beta1,
        ),
        fields::float(
            "beta2",
            "Decay of the average of squared gradients of vectors.",
            Range::FRACTION,
            |s| &mut s.beta2,
        ),
        fields::weight_decay(|s| &mut s.weight_decay),
        Field {
            name: "convention",
            doc: "Whose form of the rule is computed, where they differ.",
            range: Range::OneOf(|| vec!["torch", "keras", "optax"]),
            slot: Slot::Choice(
                |s| s.convention.name(),
                |s, word| s.convention = Convention::named(word),
            ),
        },
    ];
}

/// How the learning rate depends on the shape of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adjust {
    /// √max(1, rows / columns).
    #[default]
    Original,
    /// 0.2 √max(rows, columns): steps as large as AdamW's.
    MatchRmsAdamw,
}

impl Adjust {
    const fn name(self) -> &'static str {
        match self {
            Adjust::Original => "original",
            Adjust::MatchRmsAdamw => "match_rms_adamw",
        }
    }

    fn named(word: &str) -> Adjust {
        if word == Adjust::MatchRmsAdamw.name() {
            Adjust::MatchRmsAdamw
        } else {
            Adjust::Original
        }
    }

    fn factor(self, rows: usize, columns: usize) -> f64 {
        let (rows, columns) = (rows as f64, columns as f64);
        match self {
            Adjust::Original => (rows / columns).max(1.0).sqrt(),
            Adjust::MatchRmsAdamw => 0.2 * rows.max(columns).sqrt(),
        }
    }
}

impl Rule for Muon {
    const SCOPE: Scope = Scope::Segment;

    fn buffers(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now<'_>, p: &mut [T], g: &[T], buffers: &mut [&mut [T]]) {
        let (rows, columns) = now.piece.shape;
        if columns == 1 {
            self.adamw()
                .walk(self.lr * self.weight_decay, now, p, g, buffers);
            return;
        }
        let momentum: T = decay(self.momentum);
        let (mut of_average, mut of_newest) = match (self.nesterov, self.convention) {
            (false, Convention::Optax) => (1.0 / correction(self.momentum, now.t), 0.0),
            (false, _) => (1.0, 0.0),
            (true, Convention::Optax) => (
                self.momentum / correction(self.momentum, now.t + 1),
                (1.0 - self.momentum) / correction(self.momentum, now.t),
            ),
            (true, _) => (self.momentum, 1.0 - self.momentum),
        };
        if self.convention == Convention::Keras {
            // A sum and not an average: only ε notices.
            of_average /= 1.0 - self.momentum;
            of_newest /= 1.0 - self.momentum;
        }
        let (of_average, of_newest) = (T::of(of_average), T::of(of_newest));
        let m = &mut *buffers[0];
        // A step multiplies matrices, beside which these few vectors cost nothing.
        let mut x: Vec<T> = Vec::with_capacity(p.len());
        for (m, &g) in m.iter_mut().zip(g) {
            *m = mix(momentum, *m, g);
            x.push(of_average * *m + of_newest * g);
        }
        let norm = x
            .iter()
            .map(|x| x.to_f64() * x.to_f64())
            .sum::<f64>()
            .sqrt();
        let norm = match self.convention {
            Convention::Torch | Convention::Paper => norm.max(self.eps),
            Convention::Keras | Convention::Optax => norm + self.eps,
        };
        orthogonalize(&mut x, norm, (rows, columns), self.ns_steps);
        let step = T::of(self.lr * self.adjust.factor(rows, columns));
        let keep: T = now.keep(self.lr * self.weight_decay);
        for (p, &x) in p.iter_mut().zip(&x) {
            *p = keep * *p - step * x;
        }
    }
}

impl Muon {
    /// What vectors take.
    fn adamw(&self) -> Adam {
        Adam {
            lr: self.lr * self.vector_scale,
            beta1: self.beta1,
            beta2: self.beta2,
            ..Adam::default()
        }
    }
}

/// Makes the singular values of X (rows × columns) over its norm nearly 1 by the quintic Newton-Schulz iteration.
fn orthogonalize<T: Real>(x: &mut Vec<T>, norm: f64, (rows, columns): (usize, usize), steps: u64) {
    const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];
    let [a, b, c] = QUINTIC.map(T::of);
    for x in x.iter_mut() {
        *x = T::of(x.to_f64() / norm);
    }
    // The smaller square of the two.
    let (short, long) = (rows.min(columns), rows.max(columns));
    if rows > columns {
        *x = transposed(x, columns);
    }
    let (mut gram, mut square) = (vec![T::ZERO; short * short], vec![T::ZERO; short * short]);
    let mut next = vec![T::ZERO; x.len()];
    for _ in 0..steps {
        product::a_bt(&mut gram, x, x, (short, short, long), Into::Set);
        product::a_bt(&mut square, &gram, &gram, (short, short, short), Into::Set);
        for (gram, &square) in gram.iter_mut().zip(&square) {
            *gram = b * *gram + c * square;
        }
        product::a_b(&mut next, &gram, x, (short, long, short), Into::Set);
        for (x, &next) in x.iter_mut().zip(&next) {
            *x = a * *x + next;
        }
    }
    if rows > columns {
        *x = transposed(x, rows);
    }
}

/// The transpose of a matrix with so many columns.
fn transposed<T: Real>(x: &[T], columns: usize) -> Vec<T> {
    let of_column = |column| x[column..].iter().step_by(columns).copied();
    (0..columns).flat_map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Piece, State};
    use crate::team::Team;

    #[test]
    fn all_directions_of_a_matrix_are_stretched_alike() {
        // Singular values 100 and 1 along the axes, and between two and three columns both become about 1.
        for (rows, columns) in [(2, 3), (3, 2)] {
            let mut x = vec![0.0_f64; 6];
            (x[0], x[columns + 1]) = (100.0, 1.0);
            orthogonalize(&mut x, 101.0, (rows, columns), 10);
            for (at, x) in x.iter().enumerate() {
                let on_diagonal = at == 0 || at == columns + 1;
                let fits = if on_diagonal {
                    (0.6..1.3).contains(x)
                } else {
                    x.abs() < 1e-12
                };
                assert!(fits, "{rows} × {columns}: {x} at {at}");
            }
        }
    }

    #[test]
    fn a_vector_takes_the_steps_of_adamw() {
        let rule = Muon::default();
        let (mut state, mut p) = (State::new(&rule, 2), [1.0_f64, 1.0]);
        state.advance(&rule);
        let piece = Piece::vector(2, false);
        state.update_range(&Team::default(), &rule, 0..2, piece, &mut p, &[2.0, -3.0]);
        assert!((p[0] - 0.999).abs() < 1e-10 && (p[1] - 1.001).abs() < 1e-10);
    }
}

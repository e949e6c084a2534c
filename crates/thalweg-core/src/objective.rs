//! Where everything meets: a function of a flat vector with its gradient, over chosen rows.
//!
//! A network with a loss and examples is one; a valley drawn by a formula is another. Optimizers and every
//! instrument know only this.

use crate::Real;
use crate::layer::Noise;
use crate::layout::Layout;
use crate::network::{Batch, Engine, Examples};

/// A function to be made small.
pub trait Objective<T: Real> {
    /// The number of parameters.
    fn len(&self) -> usize;
    /// Whether there are no parameters.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The number of rows that it is a mean over; 1 for a plain function.
    fn rows(&self) -> usize;
    /// The value over `rows` and its gradient into `g`.
    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64;
    /// The value over `rows`; then, if that is finite, a whole step, in which `taker` gets each piece of the gradient as
    /// soon as it is known. None, and nothing has happened, where the objective has no pieces: then the step has to be
    /// taken with the whole gradient.
    fn descend(
        &mut self,
        _parameters: &mut [T],
        _rows: &[u32],
        _taker: &mut dyn Taker<T>,
    ) -> Option<f64> {
        None
    }
    /// Says which part of a step's rows, from 0, the next gradient is of, so that its noise is not that of another.
    fn begin_part(&mut self, _part: u64) {}

    /// The product of the Hessian at `parameters` over `rows` with `v`, into `out`.
    ///
    /// Unless an objective has a better way, by central differences of the gradient (Nocedal & Wright 2006,
    /// section 7.1, where they are one-sided), at the cost of two gradients and of two vectors:
    ///
    /// ```text
    /// H v ≈ (∇f(p + h v) − ∇f(p − h v)) / 2h      h = ∛ε (1 + ‖p‖) / ‖v‖
    /// ```
    ///
    /// ε is the precision of `T`: the error of the formula, of order h², and that of rounding, of order ε / h,
    /// are then about equal. In f32 expect three to four digits, in f64 ten. The differences need an objective
    /// without noise, and see a kink that lies between the two points.
    fn hessian_product(&mut self, parameters: &[T], rows: &[u32], v: &[T], out: &mut [T]) {
        let norm = |a: &[T]| a.iter().map(|a| a.to_f64().powi(2)).sum::<f64>().sqrt();
        let length = norm(v);
        if length == 0.0 {
            out.fill(T::ZERO);
            return;
        }
        let h = T::EPSILON.to_f64().cbrt() * (1.0 + norm(parameters)) / length;
        let moved = |h: f64| -> Vec<T> {
            let pairs = parameters.iter().zip(v);
            pairs
                .map(|(p, v)| T::of(p.to_f64() + h * v.to_f64()))
                .collect()
        };
        let mut behind = vec![T::ZERO; v.len()];
        self.gradient(&moved(h), rows, out);
        self.gradient(&moved(-h), rows, &mut behind);
        for (out, behind) in out.iter_mut().zip(&behind) {
            *out = T::of((out.to_f64() - behind.to_f64()) / (2.0 * h));
        }
    }
}

/// Someone who moves parameters by pieces of their gradient.
pub trait Taker<T>: Sync {
    /// A step begins: its value is known and finite, and each cut of [`Layout::cuts`] is about to be taken once.
    fn begin(&mut self);
    /// Moves the parameters of a cut by their gradient; on any thread, several at a time.
    fn take(&self, cut: usize, parameters: &mut [T], gradient: &[T]);
}

/// Penalties on the weights; biases are free.
///
/// ```text
/// l1 Σ|w| + ½ l2 Σ w²
/// ```
///
/// ## Differences
/// The gradient of `l2` is `l2 · w`, as that of PyTorch's `weight_decay`; Keras leaves out the ½, and
/// scikit-learn divides by the rows of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalties {
    /// Factor of Σ|w|.
    pub l1: f64,
    /// Factor of ½ Σ w².
    pub l2: f64,
}

impl Penalties {
    /// The penalty at these parameters.
    pub fn cost<T: Real>(&self, layout: &Layout, parameters: &[T]) -> f64 {
        let cuts = layout.weights().map(|range| &parameters[range]);
        cuts.map(|w| self.of(w)).sum()
    }

    /// The penalty on some weights.
    fn of<T: Real>(&self, w: &[T]) -> f64 {
        if *self == Penalties::default() {
            return 0.0;
        }
        // Sixteen sums of every sixteenth weight, so that they can be added side by side.
        let (mut absolute, mut squares) = ([0.0; 16], [0.0; 16]);
        for w in w.chunks(16) {
            for ((absolute, squares), w) in absolute.iter_mut().zip(&mut squares).zip(w) {
                let w = w.to_f64();
                *absolute += w.abs();
                *squares += w * w;
            }
        }
        self.l1 * absolute.iter().sum::<f64>() + 0.5 * self.l2 * squares.iter().sum::<f64>()
    }

    /// The penalty on some weights; its gradient is added to theirs.
    pub fn add<T: Real>(&self, w: &[T], g: &mut [T]) -> f64 {
        if *self == Penalties::default() {
            return 0.0;
        }
        let (l1, l2) = (T::of(self.l1), T::of(self.l2));
        for (g, &w) in g.iter_mut().zip(w) {
            *g += l2 * w + l1 * sign(w);
        }
        self.of(w)
    }
}

/// −1, 0 or 1: at its kink the absolute value takes the slope 0.
#[inline(always)]
pub(crate) fn sign<T: Real>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        T::ZERO
    }
}

/// A network with a loss, penalties and examples, as a function of its parameters.
pub struct Training<'a, T> {
    /// Runs the network.
    pub engine: Engine<'a, T>,
    /// The rows.
    pub examples: Examples<'a, T>,
    /// What the weights cost.
    pub penalties: Penalties,
    /// The masks of the step at hand; none for the function without noise.
    pub noise: Option<Noise>,
    /// The mean loss of the last gradient, without the penalties.
    pub loss: f64,
    part: u64,
}

impl<'a, T: Real> Training<'a, T> {
    /// The function without penalties and without noise.
    pub fn new(engine: Engine<'a, T>, examples: Examples<'a, T>) -> Training<'a, T> {
        Training {
            engine,
            examples,
            penalties: Penalties::default(),
            noise: None,
            loss: f64::NAN,
            part: 0,
        }
    }
}

impl<'a, T: Real> Training<'a, T> {
    /// Some rows with the noise of the step and part at hand.
    fn batch<'r>(&self, rows: &'r [u32]) -> Batch<'r, T>
    where
        'a: 'r,
    {
        let noise = self.noise.map(|noise| noise.part(self.part));
        Batch {
            examples: self.examples,
            rows,
            noise,
            penalties: self.penalties,
        }
    }
}

impl<T: Real> Objective<T> for Training<'_, T> {
    fn len(&self) -> usize {
        self.engine.network().layout().len()
    }

    fn rows(&self) -> usize {
        self.examples.rows()
    }

    fn gradient(&mut self, parameters: &[T], rows: &[u32], g: &mut [T]) -> f64 {
        let batch = self.batch(rows);
        let cost = self.engine.gradient(&batch, parameters, g);
        self.loss = cost.loss;
        cost.loss + cost.penalty
    }

    fn descend(
        &mut self,
        parameters: &mut [T],
        rows: &[u32],
        taker: &mut dyn Taker<T>,
    ) -> Option<f64> {
        let batch = self.batch(rows);
        let cost = self.engine.descend(&batch, parameters, taker)?;
        self.loss = cost.loss;
        Some(cost.loss + cost.penalty)
    }

    fn begin_part(&mut self, part: u64) {
        self.part = part;
    }
}

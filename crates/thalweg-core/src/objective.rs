//! Where everything meets: a function of a flat vector with its gradient, over chosen rows.
//!
//! A network with a loss and examples is one; a valley drawn by a formula is another. Optimizers and every
//! instrument know only this.

mod penalties;

pub use penalties::Penalties;
pub(crate) use penalties::sign;

use crate::Real;
use crate::layer::Noise;
use crate::network::{Batch, Engine, Examples, Frame, Place, SecondOrder, Section, sections};

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

    /// The products of the Hessian or of the Gauss-Newton matrix with several vectors, which lie one after another, into
    /// `out` likewise. Whether there are any: not every function is a loss of what it puts out.
    fn curvature_products(
        &mut self,
        curvature: Curvature,
        parameters: &[T],
        rows: &[u32],
        v: &[T],
        out: &mut [T],
    ) -> bool {
        if curvature == Curvature::GaussNewton {
            return false;
        }
        let n = parameters.len();
        for (v, out) in v.chunks(n).zip(out.chunks_mut(n)) {
            self.hessian_product(parameters, rows, v, out);
        }
        true
    }

    /// The trace of the Hessian, where it can be had exactly and at the cost of a few gradients.
    fn exact_trace(&mut self, _parameters: &[T], _rows: &[u32]) -> Option<f64> {
        None
    }

    /// The value over `rows`.
    fn value(&mut self, parameters: &[T], rows: &[u32]) -> f64 {
        self.gradient(parameters, rows, &mut vec![T::ZERO; parameters.len()])
    }

    /// The squared norm of each row's own gradient, without what all rows have in common, such as penalties; and the mean
    /// of these gradients into `mean`, likewise without.
    fn row_norms(&mut self, parameters: &[T], rows: &[u32], norms: &mut [f64], mean: &mut [T]) {
        for (&row, norm) in rows.iter().zip(norms) {
            self.gradient(parameters, &[row], mean);
            *norm = mean.iter().map(|g| g.to_f64().powi(2)).sum();
        }
        self.gradient(parameters, rows, mean);
    }

    /// The value over `rows` at each of these points of a plane.
    fn section(&mut self, frame: &Frame<'_, T>, rows: &[u32], points: &[[f64; 2]]) -> Vec<Section> {
        let value = |&point: &[f64; 2]| Section {
            mean: self.value(&frame.at(point), rows),
            deviation: 0.0,
        };
        points.iter().map(value).collect()
    }
}

/// Which matrix of second derivatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curvature {
    /// All of them.
    Hessian,
    /// Jᵀ H J with the Hessian H of the loss and the Jacobian J of what it is a loss of: what the Hessian would be if
    /// that were linear. It has no negative eigenvalue where the loss is convex.
    GaussNewton,
}

/// Someone who moves parameters by pieces of their gradient.
pub trait Taker<T>: Sync {
    /// A step begins: its value is known and finite, and each cut of
    /// [`Layout::cuts`](crate::layout::Layout::cuts) is about to be taken once.
    fn begin(&mut self);
    /// Moves the parameters of a cut by their gradient; on any thread, several at a time.
    fn take(&self, cut: usize, parameters: &mut [T], gradient: &[T]);
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
    /// Made when it is first asked for.
    second_order: Option<Box<SecondOrder<'a, T>>>,
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
            second_order: None,
        }
    }
}

impl<'a, T: Real> Training<'a, T> {
    /// The noise of the step and part at hand.
    fn noise(&self) -> Option<Noise> {
        self.noise.map(|noise| noise.part(self.part))
    }

    /// Some rows with that noise.
    fn batch<'r>(&self, rows: &'r [u32]) -> Batch<'r, T>
    where
        'a: 'r,
    {
        Batch {
            examples: self.examples,
            rows,
            noise: self.noise(),
            penalties: self.penalties,
        }
    }

    /// Second-order passes over the examples, and the place where they are to be taken.
    fn passes<'r>(
        &mut self,
        parameters: &'r [T],
        rows: &'r [u32],
    ) -> (&mut SecondOrder<'a, T>, Place<'r, T>) {
        let place = Place {
            parameters,
            rows,
            noise: self.noise(),
        };
        let (engine, examples) = (&self.engine, self.examples);
        let known = self.second_order.take();
        self.second_order = known.filter(|passes| passes.is_of(engine, &examples));
        let passes = self.second_order.get_or_insert_with(|| {
            let (network, loss, team) = (engine.network(), engine.loss(), engine.team());
            Box::new(SecondOrder::new(network, loss, team, examples))
        });
        (passes, place)
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
        if self.engine.team().is_stopped() {
            g.fill(T::of(f64::NAN));
            return f64::NAN;
        }
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
        if self.engine.team().is_stopped() {
            return Some(f64::NAN);
        }
        Some(cost.loss + cost.penalty)
    }

    fn begin_part(&mut self, part: u64) {
        self.part = part;
    }

    /// Exactly, by the R-operator; see [`SecondOrder`].
    fn hessian_product(&mut self, parameters: &[T], rows: &[u32], v: &[T], out: &mut [T]) {
        self.curvature_products(Curvature::Hessian, parameters, rows, v, out);
    }

    /// The penalties are a part of both.
    fn curvature_products(
        &mut self,
        curvature: Curvature,
        parameters: &[T],
        rows: &[u32],
        v: &[T],
        out: &mut [T],
    ) -> bool {
        let (passes, place) = self.passes(parameters, rows);
        passes.products(curvature, &place, v, out);
        if self.penalties.l2 != 0.0 {
            let (n, layout) = (parameters.len(), self.engine.network().layout());
            for (v, out) in v.chunks(n).zip(out.chunks_mut(n)) {
                self.penalties.add_product(layout, v, out);
            }
        }
        if self.engine.team().is_stopped() {
            out.fill(T::of(f64::NAN));
        }
        true
    }

    /// With piecewise linear activations.
    fn exact_trace(&mut self, parameters: &[T], rows: &[u32]) -> Option<f64> {
        let network = self.engine.network();
        let mut hidden = network.layers().iter().rev().skip(1);
        let is_straight = hidden.all(|layer| layer.activation.is_piecewise_linear());
        if !is_straight || self.noise.is_some() {
            return None;
        }
        let weights: usize = network.layout().weights().map(|range| range.len()).sum();
        let (passes, place) = self.passes(parameters, rows);
        let trace = passes.gauss_newton_trace(&place);
        Some(trace + self.penalties.l2 * weights as f64)
    }

    fn value(&mut self, parameters: &[T], rows: &[u32]) -> f64 {
        if self.noise.is_some() {
            return self.gradient(parameters, rows, &mut vec![T::ZERO; parameters.len()]);
        }
        let frame = Frame {
            origin: parameters,
            directions: &[],
        };
        self.section(&frame, rows, &[[0.0, 0.0]])[0].mean
    }

    /// In time with the widths of the layers; see [`SecondOrder::row_norms`].
    fn row_norms(&mut self, parameters: &[T], rows: &[u32], norms: &mut [f64], mean: &mut [T]) {
        let (passes, place) = self.passes(parameters, rows);
        passes.row_norms(&place, norms);
        let penalties = std::mem::take(&mut self.penalties);
        self.gradient(parameters, rows, mean);
        self.penalties = penalties;
        if self.engine.team().is_stopped() {
            norms.fill(f64::NAN);
        }
    }

    /// Without noise, with the products of the first layer computed once for all points.
    fn section(&mut self, frame: &Frame<'_, T>, rows: &[u32], points: &[[f64; 2]]) -> Vec<Section> {
        let engine = (
            self.engine.network(),
            self.engine.loss(),
            self.engine.team(),
        );
        let mut sections = sections(engine, &self.examples, rows, frame, points);
        if self.engine.team().is_stopped() {
            for section in &mut sections {
                section.mean = f64::NAN;
            }
            return sections;
        }
        if self.penalties != Penalties::default() {
            let layout = self.engine.network().layout();
            for (section, &point) in sections.iter_mut().zip(points) {
                section.mean += self.penalties.cost(layout, &frame.at(point));
            }
        }
        sections
    }
}

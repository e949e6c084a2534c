//! Conjugate gradients for Newton's equations, the inner iteration of `newton_cg`. Not its line search.

use super::vector::{add, dot, negate};
use crate::Real;
use crate::objective::Objective;
use crate::optimizer::State;

/// What it needs beside the common buffers: the residual and the direction.
pub(super) const BUFFERS: [&str; 2] = ["r", "c"];

/// The inner loop of algorithm 7.1 (Nocedal & Wright 2006), from d = 0, r = g and c = −g.
///
/// ```text
/// α = ‖r‖² / cᵀ B c       ends where cᵀ B c ≤ 0
/// d ← d + α c
/// r ← r + α B c           ends where ‖r‖ < min(forcing, √‖g‖) ‖g‖
/// c ← −r + (‖r‖² / ‖r before‖²) c
/// ```
pub(super) struct Inner {
    pub(super) forcing: f64,
    pub(super) max_products: u64,
}

impl Inner {
    /// Solves B d = −g into the state's d, which stays 0 where already the first direction has no positive
    /// curvature, and says how many products that took. `g_new` is scratch.
    pub(super) fn solve<T: Real>(
        &self,
        state: &mut State<T>,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
    ) -> u64 {
        let [x, g, d, product, r, c] = &mut state.buffers[..] else {
            unreachable!("newton_cg has six buffers")
        };
        d.fill(T::ZERO);
        r.copy_from_slice(g);
        negate(c, g);
        let mut squares = dot(r, r);
        let norm = squares.sqrt();
        let enough = norm.sqrt().min(self.forcing) * norm;
        for products in 1..=self.max_products {
            objective.hessian_product(x, rows, c, product);
            let curvature = dot(c, product);
            // Not above 0 is also what NaN is.
            if !(curvature > 0.0 && curvature.is_finite()) {
                return products;
            }
            let alpha = squares / curvature;
            add(d, alpha, c);
            add(r, alpha, product);
            let before = std::mem::replace(&mut squares, dot(r, r));
            if squares.sqrt() < enough {
                return products;
            }
            let beta = squares / before;
            for (c, r) in c.iter_mut().zip(&*r) {
                *c = T::of(beta * c.to_f64() - r.to_f64());
            }
        }
        self.max_products
    }
}

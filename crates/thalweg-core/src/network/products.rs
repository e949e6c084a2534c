//! The products of both precisions, by the instructions that the machine has.

use pulp::Arch;

use super::kernel::{Gradient, Product};
use super::section::Walk;
use super::sparse::{SparseGradient, SparseProduct, ThinGradient, ThinProduct};

/// The products of a precision. They are compiled here, once, and not again wherever a network is used.
pub trait Products: Sized {
    /// Computes C.
    fn product(product: Product<'_, Self>);
    /// Computes the sums.
    fn walk(walk: Walk<'_, Self>);
    /// Computes Z.
    fn thin_product(product: ThinProduct<'_, Self>);
    /// Computes rows of G.
    fn thin_gradient(gradient: ThinGradient<'_, '_, Self>);
    /// Computes Z.
    fn sparse_product(product: SparseProduct<'_, Self>);
    /// Computes rows of G.
    fn sparse_gradient(gradient: SparseGradient<'_, '_, Self>);
    /// Computes rows of G into `g`, whose rows have `width` numbers; what `g` has counts only if it is to be added to.
    fn gradient(gradient: Gradient<'_, '_, Self>, g: &mut [Self], width: usize, adds: bool);
}

impl Products for f32 {
    fn product(product: Product<'_, f32>) {
        product.compute_on(Arch::new());
    }
    fn walk(walk: Walk<'_, f32>) {
        walk.compute_on(Arch::new());
    }
    fn thin_product(product: ThinProduct<'_, f32>) {
        product.compute_on(Arch::new());
    }
    fn thin_gradient(gradient: ThinGradient<'_, '_, f32>) {
        gradient.compute_on(Arch::new());
    }
    fn sparse_product(product: SparseProduct<'_, f32>) {
        product.compute_on(Arch::new());
    }
    fn sparse_gradient(gradient: SparseGradient<'_, '_, f32>) {
        gradient.compute_on(Arch::new());
    }
    fn gradient(gradient: Gradient<'_, '_, f32>, g: &mut [f32], width: usize, adds: bool) {
        gradient.compute_on(Arch::new(), g, width, adds);
    }
}

impl Products for f64 {
    fn product(product: Product<'_, f64>) {
        product.compute_on(Arch::new());
    }
    fn walk(walk: Walk<'_, f64>) {
        walk.compute_on(Arch::new());
    }
    fn thin_product(product: ThinProduct<'_, f64>) {
        product.compute_on(Arch::new());
    }
    fn thin_gradient(gradient: ThinGradient<'_, '_, f64>) {
        gradient.compute_on(Arch::new());
    }
    fn sparse_product(product: SparseProduct<'_, f64>) {
        product.compute_on(Arch::new());
    }
    fn sparse_gradient(gradient: SparseGradient<'_, '_, f64>) {
        gradient.compute_on(Arch::new());
    }
    fn gradient(gradient: Gradient<'_, '_, f64>, g: &mut [f64], width: usize, adds: bool) {
        gradient.compute_on(Arch::new(), g, width, adds);
    }
}

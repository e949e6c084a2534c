//! Activations: the curve between one layer and the next, element by element.
//!
//! Adding one: a file beside these, and its two lines in this one.

mod elu;
mod gelu;
mod identity;
mod leaky_relu;
mod relu;
mod sigmoid;
mod silu;
mod softplus;
mod tanh;

pub use elu::Elu;
pub use gelu::Gelu;
pub use identity::Identity;
pub use leaky_relu::LeakyRelu;
pub use relu::Relu;
pub use sigmoid::Sigmoid;
pub(crate) use sigmoid::sigmoid;
pub use silu::Silu;
pub use softplus::Softplus;
pub use tanh::Tanh;

use crate::Real;
use crate::spec::{Entry, Family, Range, Spec, Tunable};
use crate::vector::vectorized;

/// All activations.
pub static ALL: Family<dyn Activation> = Family {
    name: "activations",
    singular: "activation",
    summary: "The curve that each hidden unit applies to its sum.",
    members: &[
        Entry::<dyn Activation>::of::<Relu>(),
        Entry::<dyn Activation>::of::<LeakyRelu>(),
        Entry::<dyn Activation>::of::<Elu>(),
        Entry::<dyn Activation>::of::<Gelu>(),
        Entry::<dyn Activation>::of::<Silu>(),
        Entry::<dyn Activation>::of::<Softplus>(),
        Entry::<dyn Activation>::of::<Tanh>(),
        Entry::<dyn Activation>::of::<Sigmoid>(),
        Entry::<dyn Activation>::of::<Identity>(),
    ],
};

/// A field that names an activation.
pub const RANGE: Range = Range::Member {
    names: || ALL.names(),
    check: |short| ALL.parse(short).map(drop),
};

/// An activation, as its author writes it: generic over the precision. Mark its functions `#[inline(always)]`: then
/// their loops are compiled for every vector width.
pub trait Curve: Spec {
    /// The initializer that suits it.
    const INIT: &'static str;
    /// Whether φ is straight on both sides of 0, where it is 0.
    const PIECEWISE_LINEAR: bool = false;
    /// φ(z).
    fn value<T: Real>(&self, z: T) -> T;
    /// φ′(z), given also a = φ(z).
    fn slope<T: Real>(&self, z: T, a: T) -> T;
    /// φ″(z), given also a = φ(z); at a kink 0.
    fn curvature<T: Real>(&self, z: T, a: T) -> T;
}

/// One precision of an activation.
pub trait Elementwise<T: Real> {
    /// a = φ(z).
    fn forward(&self, z: &[T], a: &mut [T]);
    /// δ ← δ ⊙ φ′(z), given also a = φ(z).
    fn backward(&self, z: &[T], a: &[T], delta: &mut [T]);
    /// x ← x ⊙ φ″(z), given also a = φ(z).
    fn curvature(&self, z: &[T], a: &[T], x: &mut [T]);
}

/// An activation behind a pointer. Every [`Curve`] is one; write a `Curve`.
pub trait Activation: Tunable + Elementwise<f32> + Elementwise<f64> {
    /// See [`Curve::INIT`].
    fn init(&self) -> &'static str;
    /// See [`Curve::PIECEWISE_LINEAR`].
    fn is_piecewise_linear(&self) -> bool;
}

impl<T: Real, C: Curve> Elementwise<T> for C {
    fn forward(&self, z: &[T], a: &mut [T]) {
        vectorized(
            #[inline(always)]
            || {
                for (a, &z) in a.iter_mut().zip(z) {
                    *a = self.value(z);
                }
            },
        );
    }

    fn backward(&self, z: &[T], a: &[T], delta: &mut [T]) {
        vectorized(
            #[inline(always)]
            || {
                for ((delta, &z), &a) in delta.iter_mut().zip(z).zip(a) {
                    *delta *= self.slope(z, a);
                }
            },
        );
    }

    fn curvature(&self, z: &[T], a: &[T], x: &mut [T]) {
        vectorized(
            #[inline(always)]
            || {
                for ((x, &z), &a) in x.iter_mut().zip(z).zip(a) {
                    *x *= Curve::curvature(self, z, a);
                }
            },
        );
    }
}

impl<C: Curve> Activation for C {
    fn init(&self) -> &'static str {
        C::INIT
    }

    fn is_piecewise_linear(&self) -> bool {
        C::PIECEWISE_LINEAR
    }
}

impl Entry<dyn Activation> {
    /// The entry of an activation.
    pub const fn of<C: Curve>() -> Self {
        Entry {
            card: C::CARD,
            build: || Box::new(C::default()),
            describe: || Box::new(C::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values in f64 over a range that reaches every branch, away from the kink at 0.
    fn points() -> impl Iterator<Item = f64> {
        (-400..400).map(|i| f64::from(i) / 20.0 + 0.011)
    }

    #[test]
    fn slopes_are_those_of_central_differences() {
        for entry in ALL.members {
            let activation = (entry.build)();
            let curve = f64::elementwise(&*activation);
            for z in points() {
                let h = 1e-5;
                let (mut up, mut down, mut a, mut slope) = ([0.0], [0.0], [0.0], [1.0]);
                curve.forward(&[z + h], &mut up);
                curve.forward(&[z - h], &mut down);
                curve.forward(&[z], &mut a);
                curve.backward(&[z], &a, &mut slope);
                let numeric = (up[0] - down[0]) / (2.0 * h);
                // The central difference errs by h² φ‴ / 6 < 1e-10 and by rounding, 1e-16 × 20 / 1e-5.
                let error = (slope[0] - numeric).abs();
                assert!(
                    error < 1e-9,
                    "{} at {z}: {} {numeric}",
                    entry.card.name,
                    slope[0]
                );
            }
        }
    }

    #[test]
    fn curvatures_are_those_of_central_differences_of_slopes() {
        for entry in ALL.members {
            let activation = (entry.build)();
            let curve = f64::elementwise(&*activation);
            let slope_at = |z: f64| {
                let (mut a, mut slope) = ([0.0], [1.0]);
                curve.forward(&[z], &mut a);
                curve.backward(&[z], &a, &mut slope);
                slope[0]
            };
            for z in points() {
                let h = 1e-5;
                let (mut a, mut curvature) = ([0.0], [1.0]);
                curve.forward(&[z], &mut a);
                curve.curvature(&[z], &a, &mut curvature);
                let numeric = (slope_at(z + h) - slope_at(z - h)) / (2.0 * h);
                // h² φ⁗ / 6 < 1e-9, where φ⁗ of GELU near its middle is about 2, and 1e-16 / 1e-5 of rounding.
                let error = (curvature[0] - numeric).abs();
                assert!(
                    error < 1e-9,
                    "{} at {z}: {curvature:?} {numeric}",
                    entry.card.name
                );
                let straight = activation.is_piecewise_linear();
                assert!(!straight || curvature[0] == 0.0, "{}", entry.card.name);
                let through_zero = a[0] - z * slope_at(z);
                assert!(!straight || through_zero == 0.0, "{}", entry.card.name);
            }
        }
    }

    #[test]
    fn no_input_gives_nan() {
        for entry in ALL.members {
            let activation = (entry.build)();
            let curve = f32::elementwise(&*activation);
            for z in [-3e38, -1e4, -100.0, -0.0, 0.0, 1e-38, 100.0, 1e4, 3e38_f32] {
                let (mut a, mut slope, mut curvature) = ([0.0], [1.0], [1.0]);
                curve.forward(&[z], &mut a);
                curve.backward(&[z], &a, &mut slope);
                curve.curvature(&[z], &a, &mut curvature);
                assert!(
                    a[0].is_finite() && slope[0].is_finite() && curvature[0].is_finite(),
                    "{} at {z}",
                    entry.card.name
                );
            }
        }
    }
}

//! The two floating-point types that the mathematics runs in.
//!
//! Training runs in `f32`; the same code runs in `f64` where it is checked against references.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::activation::{Activation, Elementwise};
use crate::elementary;
use crate::loss::{Criterion, Loss};
use crate::network::Products;
use crate::optimizer::{Optimizer, Update};
use crate::solver::{Solve, Solver};
use crate::vector::Vector;
use crate::wrapper::{Wrap, Wrapper};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`.
pub trait Real:
    sealed::Sealed
    + Vector
    + Products
    + Copy
    + Default
    + Debug
    + Display
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The distance from 1 to the next number.
    const EPSILON: Self;
    /// The largest finite number.
    const MAX: Self;

    /// The nearest value of this type.
    fn of(x: f64) -> Self;
    /// The same value as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// √x.
    fn sqrt(self) -> Self;
    /// a b + c for this a, rounded once.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// eˣ.
    fn exp(self) -> Self;
    /// e^(x + low) for a `low` that is a rounding error of x, as three factors: the last two keep the first one near 1,
    /// so that what is multiplied with it before them loses no digits where the result is small.
    fn exp_parts(self, low: Self) -> [Self; 3];
    /// eˣ − 1, accurate near 0.
    fn exp_m1(self) -> Self;
    /// ln x.
    fn ln(self) -> Self;
    /// ln(1 + x), accurate near 0.
    fn ln_1p(self) -> Self;
    /// tanh x.
    fn tanh(self) -> Self;
    /// |x|.
    fn abs(self) -> Self;
    /// The larger of two numbers.
    fn max(self, other: Self) -> Self;
    /// The smaller of two numbers.
    fn min(self, other: Self) -> Self;
    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The rule's update for slices of this type.
    fn update(rule: &dyn Optimizer) -> &dyn Update<Self>;
    /// The wrapper for slices of this type.
    fn wrap(wrapper: &dyn Wrapper) -> &dyn Wrap<Self>;
    /// The solver's step for vectors of this type.
    fn solve(solver: &dyn Solver) -> &dyn Solve<Self>;
    /// The activation for slices of this type.
    fn elementwise(activation: &dyn Activation) -> &dyn Elementwise<Self>;
    /// The loss for slices of this type.
    fn criterion(loss: &dyn Loss) -> &dyn Criterion<Self>;
}

impl Real for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
    const EPSILON: f32 = f32::EPSILON;
    const MAX: f32 = f32::MAX;

    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn mul_add(self, b: f32, c: f32) -> f32 {
        f32::mul_add(self, b, c)
    }
    #[inline(always)]
    fn exp(self) -> f32 {
        elementary::exp(self)
    }
    #[inline(always)]
    fn exp_parts(self, low: f32) -> [f32; 3] {
        elementary::exp_parts(self, low)
    }
    #[inline(always)]
    fn exp_m1(self) -> f32 {
        elementary::exp_m1(self)
    }
    #[inline(always)]
    fn ln(self) -> f32 {
        elementary::ln(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> f32 {
        elementary::ln_1p(self)
    }
    #[inline(always)]
    fn tanh(self) -> f32 {
        elementary::tanh(self)
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn max(self, other: f32) -> f32 {
        f32::max(self, other)
    }
    #[inline(always)]
    fn min(self, other: f32) -> f32 {
        f32::min(self, other)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }
    fn update(rule: &dyn Optimizer) -> &dyn Update<f32> {
        rule
    }
    fn wrap(wrapper: &dyn Wrapper) -> &dyn Wrap<f32> {
        wrapper
    }
    fn solve(solver: &dyn Solver) -> &dyn Solve<f32> {
        solver
    }
    fn elementwise(activation: &dyn Activation) -> &dyn Elementwise<f32> {
        activation
    }
    fn criterion(loss: &dyn Loss) -> &dyn Criterion<f32> {
        loss
    }
}

impl Real for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    const EPSILON: f64 = f64::EPSILON;
    const MAX: f64 = f64::MAX;

    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn mul_add(self, b: f64, c: f64) -> f64 {
        f64::mul_add(self, b, c)
    }
    #[inline(always)]
    fn exp(self) -> f64 {
        elementary::exp(self)
    }
    #[inline(always)]
    fn exp_parts(self, low: f64) -> [f64; 3] {
        elementary::exp_parts(self, low)
    }
    #[inline(always)]
    fn exp_m1(self) -> f64 {
        elementary::exp_m1(self)
    }
    #[inline(always)]
    fn ln(self) -> f64 {
        elementary::ln(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> f64 {
        elementary::ln_1p(self)
    }
    #[inline(always)]
    fn tanh(self) -> f64 {
        elementary::tanh(self)
    }
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }
    #[inline(always)]
    fn max(self, other: f64) -> f64 {
        f64::max(self, other)
    }
    #[inline(always)]
    fn min(self, other: f64) -> f64 {
        f64::min(self, other)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
    fn update(rule: &dyn Optimizer) -> &dyn Update<f64> {
        rule
    }
    fn wrap(wrapper: &dyn Wrapper) -> &dyn Wrap<f64> {
        wrapper
    }
    fn solve(solver: &dyn Solver) -> &dyn Solve<f64> {
        solver
    }
    fn elementwise(activation: &dyn Activation) -> &dyn Elementwise<f64> {
        activation
    }
    fn criterion(loss: &dyn Loss) -> &dyn Criterion<f64> {
        loss
    }
}

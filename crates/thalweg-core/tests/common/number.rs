//! A number in f64 that knows how far the same number may be off when it is computed in f32. No interval arithmetic:
//! the bounds are those of the first order in the roundoff, whose squares are 10⁻⁸ of it.
//!
//! The model is the standard one (Higham 2002, Accuracy and Stability of Numerical Algorithms, sections 2.2 and 3.1):
//! an operation gives the exact result times 1 + δ with |δ| ≤ u. From it follow the three rules here:
//!
//! - a product of numbers that are off by e_a and e_b is off by `|a| e_b + |b| e_a + u |a b|`;
//! - a sum of n products, in any order, fused or not, is off by what its products are, and by `n u Σ |aᵢ bᵢ|`;
//! - a function of a number is off by what it does over the number's error, and by what its own computation adds.

/// u: the most that rounding to f32 changes a number, relative to it.
const ROUNDOFF: f64 = 0.5 * f32::EPSILON as f64;

/// What computing a function in f32 may add, in units of u and of 1 or the number, whichever is larger: exponentials and
/// their like are exact to 4 u or so, and a formula has up to ten operations more.
const FORMULA: f64 = 16.0;

/// A number, and a bound on the error of the same number in f32.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

impl Number {
    /// One that f32 has exactly.
    pub(crate) fn exact(value: f64) -> Number {
        Number { value, error: 0.0 }
    }

    /// One that is rounded to f32.
    pub(crate) fn rounded(value: f64) -> Number {
        let error = ROUNDOFF * value.abs();
        Number { value, error }
    }

    /// One that comes out of a formula with a sum of n terms, and is off by `error` before that is computed.
    fn computed(value: f64, error: f64, n: usize) -> Number {
        let error = error + (FORMULA + n as f64) * ROUNDOFF * value.abs().max(1.0);
        Number { value, error }
    }

    pub(crate) fn times(self, other: Number) -> Number {
        dot(std::iter::once((self, other)))
    }

    /// f of it. At a kink or a jump within its error, f may be what it is on either side.
    pub(crate) fn map(self, f: impl Fn(f64) -> f64) -> Number {
        let value = f(self.value);
        let moved = |by: f64| (f(self.value + by) - value).abs();
        let error = moved(self.error).max(moved(-self.error));
        Number::computed(value, error, 0)
    }

    /// Whether what f32 has may be this number.
    pub(crate) fn admits(self, x: f64) -> bool {
        (x - self.value).abs() <= self.error
    }
}

/// Σ aᵢ bᵢ.
pub(crate) fn dot(pairs: impl Iterator<Item = (Number, Number)>) -> Number {
    let (mut sum, mut size, mut error, mut n) = (0.0, 0.0, 0.0, 0.0);
    for (a, b) in pairs {
        sum += a.value * b.value;
        size += (a.value * b.value).abs();
        error += a.value.abs() * b.error + b.value.abs() * a.error;
        n += 1.0;
    }
    Number {
        value: sum,
        error: error + n * ROUNDOFF * size,
    }
}

/// Σ aᵢ.
pub(crate) fn sum(numbers: impl Iterator<Item = Number>) -> Number {
    dot(numbers.map(|a| (a, Number::exact(1.0))))
}

/// f of some numbers, each result of which rises with its own number and falls with all others, or does not depend on
/// them.
pub(crate) fn map_all(numbers: &[Number], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Number> {
    let values = f(&numbers.iter().map(|it| it.value).collect::<Vec<_>>());
    let moved = |k: usize, sign: f64| {
        let at = |(index, it): (usize, &Number)| {
            let sign = if index == k { sign } else { -sign };
            it.value + sign * it.error
        };
        (f(&numbers.iter().enumerate().map(at).collect::<Vec<_>>())[k] - values[k]).abs()
    };
    let error = |k: usize| moved(k, 1.0).max(moved(k, -1.0));
    let number = |(k, &value): (usize, &f64)| Number::computed(value, error(k), values.len());
    values.iter().enumerate().map(number).collect()
}

/// f of some numbers, whose slopes are these.
pub(crate) fn map_one(numbers: &[Number], value: f64, slopes: &[Number]) -> Number {
    let pairs = numbers.iter().zip(slopes);
    let error = pairs.map(|(x, slope)| (slope.value.abs() + slope.error) * x.error);
    Number::computed(value, error.sum(), numbers.len())
}

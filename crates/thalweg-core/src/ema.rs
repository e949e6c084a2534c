//! The exponential moving average and its bias correction, for optimizers, curves and progress bars alike.
//!
//! ```text
//! mₜ = β mₜ₋₁ + (1 − β) xₜ,  m₀ = 0
//! m̂ₜ = mₜ / (1 − βᵗ)
//! ```
//! Starting from zero pulls the first averages towards zero; dividing by the weight `1 − βᵗ` that the
//! values seen so far really have takes the bias out (Kingma & Ba 2015, arXiv:1412.6980, section 3).

use crate::Real;

/// A moving average of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    beta: f64,
    steps: u64,
    value: f64,
}

impl Ema {
    /// An average that forgets with the factor `beta` in [0, 1).
    pub fn new(beta: f64) -> Ema {
        Ema {
            beta,
            steps: 0,
            value: 0.0,
        }
    }

    /// Takes in the next value and returns the corrected average.
    pub fn push(&mut self, x: f64) -> f64 {
        self.steps += 1;
        self.value = mix(self.beta, self.value, x);
        self.value / correction(self.beta, self.steps)
    }

    /// The average without bias; `None` before the first value.
    pub fn corrected(&self) -> Option<f64> {
        (self.steps > 0).then(|| self.value / correction(self.beta, self.steps))
    }
}

/// `1 − βᵗ`: the weight that t values have in an average that started from zero.
pub fn correction(beta: f64, t: u64) -> f64 {
    1.0 - powu(beta, t)
}

/// `βᵗ` for any count of steps.
pub fn powu(beta: f64, t: u64) -> f64 {
    // `powi` takes an i32; beyond that βᵗ is 0 or 1 in every case that has a limit.
    i32::try_from(t).map_or_else(|_| beta.powf(t as f64), |t| beta.powi(t))
}

/// One step of a moving average: `β m + (1 − β) x`.
#[inline(always)]
pub fn mix<T: Real>(beta: T, m: T, x: T) -> T {
    beta * m + (T::ONE - beta) * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_its_own_average_from_the_first_step() {
        let mut ema = Ema::new(0.98);
        assert_eq!(ema.corrected(), None);
        for _ in 0..50 {
            assert!((ema.push(3.0) - 3.0).abs() < 1e-13);
        }
    }

    #[test]
    fn weights_are_the_geometric_ones() {
        let (beta, xs) = (0.9, [1.0, -2.0, 4.0]);
        let mut ema = Ema::new(beta);
        let last = xs.map(|x| ema.push(x))[2];
        let weighted = 0.1 * (beta * beta * xs[0] + beta * xs[1] + xs[2]);
        assert!((last - weighted / (1.0 - 0.9_f64.powi(3))).abs() < 1e-14);
    }
}

//! The terms that Adam's forms are put together from.

use super::{Adam, Convention, Now, decay};
use crate::Real;
use crate::ema::correction;

impl Adam {
    /// What the averages are divided by, with the decays as T has them: 1 − 0.999 is 5e-5 too large in f32.
    #[inline(always)]
    pub(super) fn corrections<T: Real>(&self, t: u64) -> [f64; 2] {
        match (self.amsgrad, self.convention) {
            (true, Convention::Paper) => [1.0; 2],
            _ => [self.beta1, self.beta2].map(|beta| correction(decay::<T>(beta).to_f64(), t)),
        }
    }

    /// ε as it stands beside a root that is already corrected.
    #[inline(always)]
    pub(super) fn eps_after(&self, second: f64) -> f64 {
        match self.convention {
            Convention::Keras => self.eps / second.sqrt(),
            _ => self.eps,
        }
    }

    /// See [`super::Rule::thresholds`].
    pub(super) fn limits<T: Real>(&self, now: Now<'_>, buffers: &[&[T]], out: &mut [f64]) -> bool {
        let [first, second] = self.corrections::<T>(now.t);
        let eps = self.eps_after(second);
        let (squares, correction) = match (buffers, self.convention) {
            ([_, _, max], Convention::Optax) => (max, 1.0),
            ([_, v] | [_, _, v], _) => (v, second),
            _ => unreachable!("adam has two buffers, or three with amsgrad"),
        };
        let reach = 2.0 * (1.0 + self.beta1) / (1.0 - self.beta1) * first / self.lr;
        for (threshold, v) in out.iter_mut().zip(*squares) {
            *threshold = reach * ((v.to_f64() / correction).sqrt() + eps);
        }
        true
    }
}

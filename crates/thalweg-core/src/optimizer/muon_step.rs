//! What Muon does with a matrix, and with a vector; what it is says its own file.

use super::{Adam, Convention, Muon, Now, Rule, Scope, decay};
use crate::Real;
use crate::ema::{correction, mix};
use crate::newton_schulz::orthogonalize;

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

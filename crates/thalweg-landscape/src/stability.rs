//! How sharp a surface may be for a rule to come to rest on it, and how long its steps may be on a surface this sharp.

/// What a rule does with the gradient g, as far as its stability goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// p ← p − lr g
    GradientDescent,
    /// m ← μ m + g, p ← p − lr m
    HeavyBall {
        /// μ
        momentum: f64,
    },
    /// m ← μ m + g, p ← p − lr (g + μ m)
    Nesterov {
        /// μ
        momentum: f64,
    },
    /// m ← β₁ m + (1 − β₁) g, p ← p − lr m / D: Adam and its kin once m is no longer corrected, with D = √v̂ + eps. With
    /// D = 1 it is gradient descent on averaged gradients.
    Averaged {
        /// β₁
        beta1: f64,
    },
    /// p ← p − lr g / D: RMSprop and its kin.
    Scaled,
}

impl Rule {
    /// Whether the curvature that counts is that of D^−½ H D^−½.
    pub fn is_preconditioned(&self) -> bool {
        matches!(self, Rule::Averaged { .. } | Rule::Scaled)
    }

    /// lr · λ at which a step along an eigenvector only turns its sign: the characteristic polynomial has a root at −1
    /// (Cohen et al. 2021, arXiv:2103.00065, appendix B; Cohen et al. 2022, arXiv:2207.14484).
    fn reach(&self) -> f64 {
        match *self {
            Rule::GradientDescent | Rule::Scaled => 2.0,
            Rule::HeavyBall { momentum } => 2.0 + 2.0 * momentum,
            Rule::Nesterov { momentum } => (2.0 + 2.0 * momentum) / (1.0 + 2.0 * momentum),
            Rule::Averaged { beta1 } => (2.0 + 2.0 * beta1) / (1.0 - beta1),
        }
    }

    /// The largest eigenvalue at which steps of this length do not grow from one to the next: where it is exceeded, the
    /// rule leaves.
    pub fn sharpest(&self, lr: f64) -> f64 {
        self.reach() / lr
    }

    /// The longest steps that do not grow where the largest eigenvalue is this; none where nothing bends up, and every
    /// length is stable.
    pub fn longest(&self, largest: f64) -> Option<f64> {
        (largest > 0.0).then(|| self.reach() / largest)
    }

    /// How near its limit a rule is: λ over the sharpest that it can stand. At 1 it is at the edge of stability.
    pub fn load(&self, lr: f64, largest: f64) -> f64 {
        largest / self.sharpest(lr)
    }
}

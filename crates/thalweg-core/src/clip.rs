//! Clipping: a gradient made no larger than a bound before the rule sees it.

use crate::Real;
use crate::layout::{Layout, Part};

/// The bounds that a gradient is held to, in this order; each may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clip {
    /// On every element; see [`by_value`].
    pub value: Option<f64>,
    /// On each weight matrix and each bias; see [`by_layer`].
    pub layer_norm: Option<f64>,
    /// On each unit's weights, as a part of their norm; see [`adaptive`].
    pub adaptive: Option<f64>,
    /// On the whole; see [`by_norm`].
    pub norm: Option<f64>,
}

impl Clip {
    /// Holds a gradient to the bounds.
    pub fn apply<T: Real>(&self, layout: &Layout, parameters: &[T], g: &mut [T]) {
        if let Some(bound) = self.value {
            by_value(g, bound);
        }
        if let Some(bound) = self.layer_norm {
            by_layer(layout, g, bound);
        }
        if let Some(bound) = self.adaptive {
            adaptive(layout, parameters, g, bound);
        }
        if let Some(bound) = self.norm {
            by_norm(g, bound);
        }
    }

    /// Whether there is any bound.
    pub fn is_on(&self) -> bool {
        *self != Clip::default()
    }
}

/// Moves every element into [−bound, bound].
pub fn by_value<T: Real>(g: &mut [T], bound: f64) {
    let bound = T::of(bound);
    for g in g {
        // Comparisons, not min and max: NaN stays NaN, so that it is found.
        if *g > bound {
            *g = bound;
        } else if *g < -bound {
            *g = -bound;
        }
    }
}

/// Scales the whole gradient so that its norm is at most `bound`; returns the norm that it had.
///
/// ```text
/// g ← g · min(1, bound / (‖g‖ + 1e-6))
/// ```
/// (Pascanu, Mikolov & Bengio 2013, algorithm 1, with PyTorch's 1e-6.)
pub fn by_norm<T: Real>(g: &mut [T], bound: f64) -> f64 {
    let norm = norm(g);
    let factor = bound / (norm + 1e-6);
    if factor < 1.0 {
        let factor = T::of(factor);
        for g in g {
            *g *= factor;
        }
    }
    norm
}

/// Scales each segment of the gradient (a weight matrix, a bias) so that its norm is at most `bound`, as [`by_norm`]
/// scales the whole. Keras's `clipnorm` does it without the 1e-6.
pub fn by_layer<T: Real>(layout: &Layout, g: &mut [T], bound: f64) {
    for segment in layout.segments() {
        by_norm(&mut g[segment.range.clone()], bound);
    }
}

/// Adaptive clipping (Brock et al. 2021, equation 3, arXiv:2102.06171): scales the gradient of each unit (a row of a
/// weight matrix; a bias as a whole) so that its norm is at most `bound` times that of the unit's weights.
///
/// ```text
/// gᵢ ← gᵢ · min(1, bound max(‖wᵢ‖, 1e-3) / max(‖gᵢ‖, 1e-6))
/// ```
/// As optax's `adaptive_grad_clip`, whose matrices are the transposes of these.
pub fn adaptive<T: Real>(layout: &Layout, parameters: &[T], g: &mut [T], bound: f64) {
    for segment in layout.segments() {
        let width = match segment.part {
            Part::Weight => segment.shape.1,
            Part::Bias => segment.range.len(),
        };
        let units = g[segment.range.clone()].chunks_mut(width);
        for (g, w) in units.zip(parameters[segment.range.clone()].chunks(width)) {
            let most = bound * norm(w).max(1e-3);
            let found = norm(g);
            if found > most {
                let factor = T::of(most / found.max(1e-6));
                for g in g.iter_mut() {
                    *g *= factor;
                }
            }
        }
    }
}

fn norm<T: Real>(x: &[T]) -> f64 {
    x.iter()
        .map(|x| x.to_f64() * x.to_f64())
        .sum::<f64>()
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_gradient_is_shortened_and_a_short_one_kept() {
        let mut g = [3.0, -4.0];
        assert!((by_norm(&mut g, 1.0) - 5.0).abs() < 1e-15);
        assert!((g[0] - 3.0 / 5.000_001).abs() < 1e-15 && (g[1] + 4.0 / 5.000_001).abs() < 1e-15);
        let mut g = [0.3_f32, -0.4];
        by_norm(&mut g, 1.0);
        assert_eq!(g, [0.3, -0.4]);
    }

    #[test]
    fn values_are_bounded() {
        let mut g = [0.5_f32, -7.0, f32::INFINITY];
        by_value(&mut g, 1.0);
        assert_eq!(g, [0.5, -1.0, 1.0]);
    }
}

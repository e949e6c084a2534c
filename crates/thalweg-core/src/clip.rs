//! Clipping: a gradient made no larger than a bound before the rule sees it.

use crate::Real;

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
    let norm = g
        .iter()
        .map(|g| g.to_f64() * g.to_f64())
        .sum::<f64>()
        .sqrt();
    let factor = bound / (norm + 1e-6);
    if factor < 1.0 {
        let factor = T::of(factor);
        for g in g {
            *g *= factor;
        }
    }
    norm
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

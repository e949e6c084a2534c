//! Softmax cross-entropy: the loss for several classes.

use std::ops::Range as Lanes;

use super::softmax::softmax;
use super::{LossTile, Purpose, RowLoss, SIDE, Target, Targets, class};
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Softmax cross-entropy of K outputs, with label smoothing (Szegedy et al. 2016, section 7).
///
/// ```text
/// pₖ = e^zₖ / Σⱼ e^zⱼ
/// qₖ = (1 − s) [k = y] + s / K
/// loss = −Σₖ qₖ ln pₖ
/// ∂loss/∂zₖ = pₖ − qₖ
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoftmaxCrossEntropy {
    /// s: the share of the target that is spread over all classes.
    pub label_smoothing: f64,
}

impl Spec for SoftmaxCrossEntropy {
    const CARD: &'static Card = &Card {
        name: "softmax_cross_entropy",
        summary: "Minus the logarithm of the probability given to the right class.",
        formula: "pₖ = e^zₖ / Σⱼ e^zⱼ\nqₖ = (1 − s) [k = y] + s / K\nloss = −Σₖ qₖ ln pₖ",
        paper: "Szegedy et al. 2016, Rethinking the Inception Architecture, section 7 (label smoothing), arXiv:1512.00567",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "label_smoothing",
        doc: "Share of the target that is spread evenly over all classes.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.label_smoothing),
    }];
}

impl RowLoss for SoftmaxCrossEntropy {
    const PURPOSE: Purpose = Purpose::Classes;

    #[inline(always)]
    fn row<T: Real>(&self, z: &mut [T], target: Target<'_, T>) -> T {
        let mut losses = [T::ZERO];
        self.tile(&mut LossTile {
            z,
            lanes: 1,
            rows: 1,
            targets: Targets::Classes(&[class(target)]),
            losses: &mut losses,
            row: &mut [],
        });
        losses[0]
    }

    /// Rows side by side, a pass over all of them for each output.
    #[inline(always)]
    fn tile<T: Real>(&self, tile: &mut LossTile<'_, T>) {
        let Targets::Classes(classes) = tile.targets else {
            unreachable!("a loss for classes is given classes");
        };
        tile.each_part(
            #[inline(always)]
            |tile, part| self.part(tile, part, classes),
        );
    }

    #[inline(always)]
    fn predict<T: Real>(&self, z: &mut [T]) {
        let (mut largest, mut rest) = ([T::ZERO], [T::ZERO]);
        softmax(z, 1, &(0..1), &mut largest, &mut rest);
    }

    fn curvature<T: Real>(&self, z: &mut [T], _target: Target<'_, T>) {
        self.predict(z);
    }

    /// H = diag p − p pᵀ.
    fn hessian_product<T: Real>(&self, p: &[T], r: &mut [T]) {
        let mean: T = p.iter().zip(&*r).map(|(&p, &r)| p * r).sum();
        for (r, &p) in r.iter_mut().zip(p) {
            *r = p * (*r - mean);
        }
    }

    /// S = diag √p − p √pᵀ: then S Sᵀ = diag p − 2 p pᵀ + p pᵀ, because Σ p = 1.
    fn hessian_root<T: Real>(&self, p: &[T], c: usize, s: &mut [T]) {
        let root = p[c].sqrt();
        for (s, &p) in s.iter_mut().zip(p) {
            *s = -p * root;
        }
        s[c] += root;
    }
}

impl SoftmaxCrossEntropy {
    /// Some lanes of a tile, at most [`SIDE`], with the classes of all rows.
    #[inline(always)]
    fn part<T: Real>(&self, tile: &mut LossTile<'_, T>, part: Lanes<usize>, classes: &[u32]) {
        let (lanes, count) = (tile.lanes, part.len());
        let rows = part.start.min(tile.rows)..part.end.min(tile.rows);
        let classes = &classes[rows];
        let (mut largest, mut rest) = ([T::ZERO; SIDE], [T::ZERO; SIDE]);
        let (mut at_target, mut mean) = ([T::ZERO; SIDE], [T::ZERO; SIDE]);
        for ((at_target, &class), lane) in at_target.iter_mut().zip(classes).zip(part.clone()) {
            *at_target = tile.z[class as usize * lanes + lane];
        }
        let outputs = T::of((tile.z.len() / lanes) as f64);
        let smoothing = T::of(self.label_smoothing);
        if self.label_smoothing > 0.0 {
            for z in tile.z.chunks_exact(lanes) {
                for (mean, &z) in mean.iter_mut().zip(&z[part.clone()]) {
                    *mean += z;
                }
            }
        }
        let (largest, rest) = (&mut largest[..count], &mut rest[..count]);
        softmax(tile.z, lanes, &part, largest, rest);
        if self.label_smoothing > 0.0 {
            for p in tile
                .z
                .chunks_exact_mut(lanes)
                .flat_map(|p| &mut p[part.clone()])
            {
                *p -= smoothing / outputs;
            }
        }
        for (index, &class) in classes.iter().enumerate() {
            tile.z[class as usize * lanes + part.start + index] -= T::ONE - smoothing;
        }
        // All relative to the largest output, so that small losses keep their digits at large outputs. A loop of its own:
        // the one above goes where the classes say, and would keep the logarithms from running side by side.
        let parts = largest.iter().zip(&*rest).zip(at_target.iter().zip(&mean));
        for (loss, ((&largest, &rest), (&at_target, &mean))) in
            tile.losses[part].iter_mut().zip(parts)
        {
            *loss = rest.ln_1p()
                - (T::ONE - smoothing) * (at_target - largest)
                - smoothing * (mean / outputs - largest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_outputs_cost_the_logarithm_of_the_classes() {
        for smoothing in [0.0, 0.3] {
            let mut z = [7.0_f64; 5];
            let loss = SoftmaxCrossEntropy {
                label_smoothing: smoothing,
            };
            assert!((loss.row(&mut z, Target::Class(2)) - 5.0_f64.ln()).abs() < 1e-14);
        }
    }

    #[test]
    fn small_losses_keep_their_digits_at_large_outputs() {
        let mut z = [100.0_f32, 90.0];
        let loss = SoftmaxCrossEntropy::default().row(&mut z, Target::Class(0));
        let exact = (-10.0_f64).exp().ln_1p();
        // An exponential and a logarithm within 2 ulp each.
        assert!(
            (f64::from(loss) - exact).abs() < 4.0 * 1.2e-7 * exact,
            "{loss:e}"
        );
    }

    #[test]
    fn large_outputs_do_not_overflow() {
        let mut z = [1e30_f32, -1e30, 0.0];
        assert_eq!(
            SoftmaxCrossEntropy::default().row(&mut z, Target::Class(0)),
            0.0
        );
        assert_eq!(z, [0.0, 0.0, 0.0]);
    }
}

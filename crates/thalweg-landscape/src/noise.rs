//! Gradient noise: how much the gradients of single rows differ, and what batch that calls for (McCandlish et al. 2018,
//! An Empirical Model of Large-Batch Training, arXiv:1812.06162).
//!
//! ```text
//! tr Σ = (Σ ‖gᵢ‖² − n ‖ḡ‖²) / (n − 1)          unbiased
//! ‖G‖² = ‖ḡ‖² − tr Σ / n                       unbiased: ‖ḡ‖² alone is too large by its own noise
//! B_simple = tr Σ / ‖G‖²                       B_noise = tr(H Σ) / (Gᵀ H G)
//! ```
//!
//! The norms come from what the layers have seen and from their deltas; no row's gradient is ever formed.

use thalweg_core::Real;
use thalweg_core::objective::Curvature;

use crate::Error;
use crate::statistics::{Interval, Pair, student};
use crate::surface::Surface;
use crate::vector::{difference, dot};

/// How to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Groups of rows that the intervals come from; each costs a gradient of its rows, and with `curved` a product.
    pub groups: usize,
    /// Whether the curvature-weighted scale is measured too.
    pub curved: bool,
}

impl Default for Measure {
    fn default() -> Self {
        Measure {
            groups: 16,
            curved: true,
        }
    }
}

/// A noise scale: the batch whose noise is as large as its signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The noise: tr Σ, or tr(H Σ).
    pub noise: f64,
    /// The signal: ‖G‖², or Gᵀ H G. It may come out below 0, where the gradient is drowned in its noise.
    pub signal: f64,
    /// Rows; none where the signal is not above 0.
    pub rows: Option<f64>,
    /// What the rows may be with 95 % confidence; without an upper end where the signal cannot be told from 0.
    pub interval: Interval,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientNoise {
    /// ‖ḡ‖², penalties included.
    pub gradient: f64,
    /// B_simple.
    pub simple: Scale,
    /// B_noise, if it was asked for and the gradient is not flat.
    pub curved: Option<Scale>,
    /// The learning rate with which gradient descent without noise would gain the most in its next step, ‖G‖² / Gᵀ H G;
    /// none where the surface does not bend up along the gradient.
    pub longest: Option<f64>,
    /// ‖gᵢ‖² of each row, in the order of the surface's rows.
    pub norms: Vec<f64>,
}

impl GradientNoise {
    /// The batch at which steps and examples are both twice what they need be: B_noise, or B_simple without it.
    pub fn critical(&self) -> Scale {
        self.curved
            .filter(|scale| scale.rows.is_some())
            .unwrap_or(self.simple)
    }

    /// The learning rate that gains the most with batches of so many rows: ε_max / (1 + B_noise / B).
    pub fn learning_rate(&self, batch: f64) -> Option<f64> {
        let scale = self.curved?.rows?;
        Some(self.longest? / (1.0 + scale / batch))
    }

    /// E ‖g_B − ḡ‖² for batches of `batch` rows that are drawn from `of` without putting any back: tr Σ / B · (1 − B / N)
    /// (Cochran 1977, Sampling Techniques, theorem 2.2).
    pub fn variance(&self, batch: f64, of: f64) -> f64 {
        self.simple.noise / batch * (1.0 - batch / of)
    }
}

impl Scale {
    /// Steps that a training takes with this batch, over the fewest that any batch needs.
    pub fn steps(&self, batch: f64) -> Option<f64> {
        self.rows.map(|critical| 1.0 + critical / batch)
    }

    /// Examples that it takes, over the fewest.
    pub fn examples(&self, batch: f64) -> Option<f64> {
        self.rows.map(|critical| 1.0 + batch / critical)
    }

    /// The batch that takes the least time, of those whose step has been measured: where (1 + B_c / B) · t(B) is least.
    /// None without measurements; without a scale, the steps are as many as the batches are small.
    pub fn fastest(&self, measured: &[(usize, f64)]) -> Option<Fastest> {
        let best = |critical: f64| {
            let time = |&(batch, seconds): &(usize, f64)| {
                // Where the noise is all there is, 1 is nothing beside B_c / B.
                let steps = if critical.is_finite() {
                    1.0 + critical / batch as f64
                } else {
                    1.0 / batch as f64
                };
                (batch, steps * seconds)
            };
            let times = measured.iter().map(time);
            times.min_by(|a, b| a.1.total_cmp(&b.1))
        };
        let critical = self.rows.unwrap_or(f64::INFINITY);
        let (batch, least) = best(critical)?;
        let slower = measured.iter().map(|&(b, seconds)| {
            let ratio = if critical.is_finite() {
                (1.0 + critical / b as f64) * seconds / least
            } else {
                seconds / b as f64 / least
            };
            (b, ratio)
        });
        Some(Fastest {
            batch,
            range: [best(self.interval.low)?.0, best(self.interval.high)?.0],
            times: slower.collect(),
        })
    }
}

/// The batch that takes the least time.
#[derive(Clone, Debug, PartialEq)]
pub struct Fastest {
    /// Its rows.
    pub batch: usize,
    /// What it would be at either end of the scale's interval.
    pub range: [usize; 2],
    /// Each measured batch with the time of a training over that of the best.
    pub times: Vec<(usize, f64)>,
}

/// A group of rows.
struct Group {
    rows: f64,
    /// Σ ‖gᵢ‖².
    norms: f64,
}

/// Products of all group means, and of what penalties add as the last of them, with each other.
struct Gram {
    size: usize,
    entries: Vec<f64>,
}

/// The noise of the gradient at a point.
///
/// # Errors
/// Fewer than 3 groups, fewer than 2 rows in each, or a gradient that is not finite.
pub fn measure<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    how: &Measure,
) -> Result<GradientNoise, Error> {
    surface.check("the point", at)?;
    let rows = surface.rows().indices.clone();
    let too_few = |what, found, needed| {
        Err(Error::TooFew {
            what,
            found,
            needed,
        })
    };
    if how.groups < 3 {
        return too_few("groups of rows for an interval", how.groups, 3);
    }
    if rows.len() < 2 * how.groups {
        return too_few(
            "rows for the noise of a gradient",
            rows.len(),
            2 * how.groups,
        );
    }
    let (groups, means, norms) = groups(surface, at, &rows, how.groups);
    let mut gradient = vec![0.0; at.len()];
    surface.gradient(at, &mut gradient);
    if !dot(&gradient, &gradient).is_finite() {
        return Err(Error::NotFinite {
            what: "the gradient",
        });
    }
    let vectors = with_penalty(&groups, means, &gradient);
    let plain = Gram::new(&vectors, &vectors);
    let simple = scale(&groups, &plain, None);
    let mut noise = GradientNoise {
        gradient: dot(&gradient, &gradient),
        simple,
        curved: None,
        longest: None,
        norms,
    };
    if how.curved {
        let flat: Vec<f64> = vectors.concat();
        let mut products = vec![0.0; flat.len()];
        surface.products(Curvature::Hessian, at, &flat, &mut products)?;
        let products: Vec<Vec<f64>> = products.chunks(at.len()).map(<[f64]>::to_vec).collect();
        let curved = scale(&groups, &plain, Some(&Gram::new(&vectors, &products)));
        noise.longest =
            (curved.signal > 0.0 && simple.signal > 0.0).then(|| simple.signal / curved.signal);
        noise.curved = Some(curved);
    }
    Ok(noise)
}

/// The groups, the mean gradient of each, and the norm of every row. Every m-th row is in the same group, so that rows
/// in an order do not make groups that differ.
fn groups<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    rows: &[u32],
    count: usize,
) -> (Vec<Group>, Vec<Vec<f64>>, Vec<f64>) {
    let mut all = vec![0.0; rows.len()];
    let (mut groups, mut means) = (Vec::new(), Vec::new());
    for group in 0..count {
        let places: Vec<usize> = (group..rows.len()).step_by(count).collect();
        let here: Vec<u32> = places.iter().map(|&place| rows[place]).collect();
        let (mut norms, mut mean) = (vec![0.0; here.len()], vec![0.0; at.len()]);
        surface.row_norms(at, &here, &mut norms, &mut mean);
        for (&place, &norm) in places.iter().zip(&norms) {
            all[place] = norm;
        }
        groups.push(Group {
            rows: here.len() as f64,
            norms: norms.iter().sum(),
        });
        means.push(mean);
    }
    (groups, means, all)
}

/// The group means, and what the whole gradient has beside their mean.
fn with_penalty(groups: &[Group], mut means: Vec<Vec<f64>>, gradient: &[f64]) -> Vec<Vec<f64>> {
    let n: f64 = groups.iter().map(|group| group.rows).sum();
    let mut mean = vec![0.0; gradient.len()];
    for (group, here) in groups.iter().zip(&means) {
        crate::vector::add(&mut mean, group.rows / n, here);
    }
    means.push(difference(gradient, &mean));
    means
}

impl Gram {
    fn new(left: &[Vec<f64>], right: &[Vec<f64>]) -> Gram {
        let pairs = left
            .iter()
            .flat_map(|a| right.iter().map(move |b| dot(a, b)));
        Gram {
            size: left.len(),
            entries: pairs.collect(),
        }
    }

    /// Σᵢⱼ aᵢ bⱼ entryᵢⱼ.
    fn between(&self, a: &[f64], b: &[f64]) -> f64 {
        let rows = self.entries.chunks(self.size);
        a.iter().zip(rows).map(|(a, row)| a * dot(row, b)).sum()
    }
}

/// The scale of all groups, with an interval from leaving out one group at a time.
fn scale(groups: &[Group], plain: &Gram, curved: Option<&Gram>) -> Scale {
    let all: Vec<bool> = vec![true; groups.len()];
    let (noise, signal) = estimate(groups, &all, plain, curved);
    let left_out: Vec<(f64, f64)> = (0..groups.len())
        .map(|out| {
            let mut some = all.clone();
            some[out] = false;
            estimate(groups, &some, plain, curved)
        })
        .collect();
    let pair = Pair::jackknife((noise, signal), &left_out);
    Scale {
        noise,
        signal,
        rows: (signal > 0.0).then(|| (noise / signal).max(0.0)),
        interval: pair.ratio(student(groups.len() - 1)),
    }
}

/// Noise and signal of these groups, both unbiased.
fn estimate(groups: &[Group], taken: &[bool], plain: &Gram, curved: Option<&Gram>) -> (f64, f64) {
    let chosen = || groups.iter().zip(taken).filter(|(_, taken)| **taken);
    let n: f64 = chosen().map(|(group, _)| group.rows).sum();
    // The mean gradient as a sum of group means; the last place is that of the penalties.
    let weight = |(group, taken): (&Group, &bool)| if *taken { group.rows / n } else { 0.0 };
    let mut mean: Vec<f64> = groups.iter().zip(taken).map(weight).collect();
    mean.push(0.0);
    let mut whole = mean.clone();
    whole[groups.len()] = 1.0;
    let Some(gram) = curved else {
        let norms: f64 = chosen().map(|(group, _)| group.norms).sum();
        let noise = (norms - n * plain.between(&mean, &mean)) / (n - 1.0);
        return (noise, plain.between(&whole, &whole) - noise / n);
    };
    // The variance between the means of groups is that between rows over the rows of a group.
    let mut sum = 0.0;
    let mut count = 0.0;
    for (index, group) in groups.iter().enumerate().filter(|(index, _)| taken[*index]) {
        let mut centered: Vec<f64> = mean.iter().map(|m| -m).collect();
        centered[index] += 1.0;
        sum += group.rows * gram.between(&centered, &centered);
        count += 1.0;
    }
    let noise = sum / (count - 1.0);
    (noise, gram.between(&whole, &whole) - noise / n)
}

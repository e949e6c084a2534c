//! Points of curves: averaged first, thinned then, so that an average does not change with the thinning.

use thalweg_core::ema::Ema;

/// Places of a curve on a page.
pub(crate) const MOST: usize = 1600;
/// The part of a curve that its average looks back over: one thirtieth.
const WINDOWS: f64 = 30.0;

/// A curve's points.
pub(crate) type Points = Vec<[f64; 2]>;

/// How much of itself an average of so many points keeps from one to the next; 0 where there are too few to be averaged.
pub(crate) fn smoothing(points: usize) -> f64 {
    1.0 - 1.0 / (points as f64 / WINDOWS).max(1.0)
}

/// The moving average of all points, without the bias of its start.
pub(crate) fn smoothed(points: &[[f64; 2]], beta: f64) -> Points {
    let mut ema = Ema::new(beta);
    points.iter().map(|&[x, y]| [x, ema.push(y)]).collect()
}

/// Few enough points to be drawn at once: of half as many parts as `most` the lowest and the highest each, in their order,
/// and both ends.
pub(crate) fn thinned(points: &[[f64; 2]], most: usize) -> Points {
    if points.len() <= most {
        return points.to_vec();
    }
    let part = points.len().div_ceil(most / 2);
    let ends = |chunk: &[[f64; 2]]| -> Points {
        let by = |sign: f64| {
            let key = |k: &usize| sign * chunk[*k][1];
            (0..chunk.len())
                .min_by(|a, b| key(a).total_cmp(&key(b)))
                .unwrap_or(0)
        };
        let (low, high) = (by(1.0), by(-1.0));
        let mut kept = vec![low.min(high), low.max(high)];
        kept.dedup();
        kept.into_iter().map(|k| chunk[k]).collect()
    };
    let (first, last) = (points[0], points[points.len() - 1]);
    let mut all: Points = points.chunks(part).flat_map(ends).collect();
    if all[0][0] > first[0] {
        all.insert(0, first);
    }
    if all[all.len() - 1][0] < last[0] {
        all.push(last);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_extremes_and_its_ends() {
        let mut points: Points = (0..100_000).map(|k| [f64::from(k), 1.0]).collect();
        points[31_337][1] = 9.0;
        points[77_777][1] = -9.0;
        let few = thinned(&points, MOST);
        assert!(few.len() <= MOST + 4, "{}", few.len());
        assert!(few.contains(&[31_337.0, 9.0]) && few.contains(&[77_777.0, -9.0]));
        assert_eq!((few[0], few[few.len() - 1]), (points[0], points[99_999]));
        assert!(few.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert_eq!(thinned(&points[..10], MOST), points[..10]);
    }

    #[test]
    fn an_average_has_no_bias_at_its_start() {
        let points = [[0.0, 3.0], [1.0, 3.0], [2.0, 0.0]];
        let smooth = smoothed(&points, 0.8);
        assert!((smooth[0][1] - 3.0).abs() < 1e-12 && (smooth[1][1] - 3.0).abs() < 1e-12);
        assert_eq!([10, 30, 300].map(smoothing), [0.0, 0.0, 0.9]);
        // The weights are 0.64, 0.8 and 1, over their sum.
        assert!((smooth[2][1] - 3.0 * 1.44 / 2.44).abs() < 1e-12);
    }
}

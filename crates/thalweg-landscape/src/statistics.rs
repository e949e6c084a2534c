//! Means with their errors, and what is said of ratios.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// The mean, and its standard error; the latter is infinite for a single number.
pub(crate) fn mean(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    if numbers.len() < 2 {
        return (mean, f64::INFINITY);
    }
    let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// An interval; its upper end may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether it holds a number.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}

/// Two estimates with their covariances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) var_a: f64,
    pub(crate) var_b: f64,
    pub(crate) cov: f64,
}

impl Pair {
    /// From what the pair is with each group left out: the jackknife (Efron & Stein 1981, doi:10.1214/aos/1176345462).
    pub(crate) fn jackknife((a, b): (f64, f64), left_out: &[(f64, f64)]) -> Pair {
        let m = left_out.len() as f64;
        let mean_a = left_out.iter().map(|x| x.0).sum::<f64>() / m;
        let mean_b = left_out.iter().map(|x| x.1).sum::<f64>() / m;
        let sum = |f: &dyn Fn(f64, f64) -> f64| {
            let terms = left_out.iter().map(|x| f(x.0 - mean_a, x.1 - mean_b));
            terms.sum::<f64>() * (m - 1.0) / m
        };
        Pair {
            a,
            b,
            var_a: sum(&|x, _| x * x),
            var_b: sum(&|_, y| y * y),
            cov: sum(&|x, y| x * y),
        }
    }

    /// The values of a / b that t standard errors do not rule out, from 0 on (Fieller 1954): r for which
    ///
    /// ```text
    /// (a − r b)² ≤ t² (var a − 2 r cov + r² var b)
    /// ```
    ///
    /// Where b itself may be 0, there is no upper end.
    pub(crate) fn ratio(&self, t: f64) -> Interval {
        let t2 = t * t;
        // A r² − 2 B r + C ≤ 0.
        let a = self.b * self.b - t2 * self.var_b;
        let b = self.a * self.b - t2 * self.cov;
        let c = self.a * self.a - t2 * self.var_a;
        let root = (b * b - a * c).max(0.0).sqrt();
        if a > 0.0 && self.b > 0.0 {
            return Interval {
                low: ((b - root) / a).max(0.0),
                high: ((b + root) / a).max(0.0),
            };
        }
        // The set has no upper end; its lower one is the root above 0 from which on the inequality holds.
        let low = if c <= 0.0 {
            0.0
        } else if a == 0.0 {
            c / (2.0 * b)
        } else {
            let ends = [(b - root) / a, (b + root) / a];
            let above = ends.into_iter().filter(|&r| r > 0.0);
            above.fold(f64::INFINITY, f64::min)
        };
        Interval {
            low: if low.is_finite() { low.max(0.0) } else { 0.0 },
            high: f64::INFINITY,
        }
    }
}

/// The 97.5 % point of Student's distribution with so many degrees of freedom, at least one.
pub(crate) fn student(degrees: usize) -> f64 {
    let distribution = StudentsT::new(0.0, 1.0, degrees.max(1) as f64);
    let distribution = distribution.expect("a scale and degrees above 0");
    distribution.inverse_cdf(0.975)
}

/// A mean of a few independent numbers, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// How many numbers it is of.
    pub count: usize,
    /// The mean; NaN of none.
    pub mean: f64,
    /// Where the expectation lies with 95 % confidence, if the numbers are about normal (Student 1908): as t times the
    /// standard error on both sides. None for fewer than two.
    pub interval: Option<Interval>,
}

impl Mean {
    /// The mean of these numbers.
    pub fn of(numbers: &[f64]) -> Mean {
        let count = numbers.len();
        let (mean, error) = mean(numbers);
        let half = student(count.saturating_sub(1)) * error;
        Mean {
            count,
            mean,
            interval: (count > 1).then_some(Interval {
                low: mean - half,
                high: mean + half,
            }),
        }
    }

    /// Half of the interval's length.
    pub fn half(&self) -> Option<f64> {
        self.interval.map(|it| 0.5 * (it.high - it.low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_points_are_those_of_the_tables() {
        for (degrees, point) in [
            (1, 12.7062),
            (2, 4.3027),
            (5, 2.5706),
            (31, 2.0395),
            (120, 1.9799),
        ] {
            assert!((student(degrees) - point).abs() < 6e-5, "{degrees}");
        }
    }

    #[test]
    fn a_ratio_of_exact_numbers_is_a_point_and_of_an_unknown_one_has_no_end() {
        let exact = Pair {
            a: 6.0,
            b: 2.0,
            var_a: 0.0,
            var_b: 0.0,
            cov: 0.0,
        };
        let Interval { low, high } = exact.ratio(2.0);
        assert!((low - 3.0).abs() < 1e-12 && (high - 3.0).abs() < 1e-12);
        // b = 2 ± 4: anything from a root of (6 − 2r)² = 4 · 4 r² on, which is r = 1 (the other one is −3).
        let vague = Pair {
            var_b: 4.0,
            ..exact
        };
        let Interval { low, high } = vague.ratio(2.0);
        assert!((low - 1.0).abs() < 1e-12 && high == f64::INFINITY);
    }
}

//! Epochs at which something happened to the learning rate: a warm-up ended, it dropped, or it began anew. Found by the rates
//! themselves, so that every schedule has them.

use thalweg_train::EpochRecord;

use crate::canvas::short;

/// A change by less than this factor is no jump.
const JUMP: f64 = 1.3;
/// More than so many in a picture could not be read.
const MOST: usize = 12;

/// The first of the epochs after which the learning rate did something that is not how it goes otherwise, with what it did.
pub(crate) fn events(epochs: &[EpochRecord]) -> Vec<(f64, String)> {
    // Before the first step there is no rate, and at the end of a schedule it may be 0.
    let rates: Vec<(u64, f64)> = epochs
        .iter()
        .filter(|record| record.epoch > 0 && record.lr > 0.0)
        .map(|record| (record.epoch, record.lr))
        .collect();
    let factor = |k: usize| rates[k].1 / rates[k - 1].1;
    let is_small = |k: usize| k == 0 || k >= rates.len() || size(factor(k)) < size(JUMP).min(0.5);
    let rises = (1..rates.len()).take_while(|&k| factor(k) > 1.0).count();
    let mut found = Vec::new();
    if rises > 0 && rises + 1 < rates.len() {
        found.push((rates[rises - 1].0, "warm-up ends".to_owned()));
    }
    for k in rises + 1..rates.len() {
        let (before, change) = (rates[k - 1].0, factor(k));
        // A steep curve falls much from one epoch to the next, but then it does so again and again.
        let stands_out = [k - 1, k + 1].into_iter().all(|other| {
            is_small(other) || other == rises || size(factor(other)) < 0.2 * size(change)
        });
        if change > JUMP && factor(k - 1) < 1.0 {
            found.push((before, "restart".to_owned()));
        } else if stands_out && change < 1.0 / JUMP {
            found.push((before, format!("lr ÷ {}", short(1.0 / change))));
        } else if stands_out && change > JUMP {
            found.push((before, format!("lr × {}", short(change))));
        }
    }
    let found = found.into_iter().take(MOST);
    found.map(|(epoch, what)| (epoch as f64, what)).collect()
}

/// How large a change is, up or down alike.
fn size(factor: f64) -> f64 {
    factor.ln().abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rates: &[f64]) -> Vec<(f64, String)> {
        let record = |(k, lr): (usize, &f64)| EpochRecord {
            epoch: k as u64,
            step: 0,
            gradients: 0,
            lr: *lr,
            loss: None,
            validation: None,
            best_epoch: 0,
            seconds: 0.0,
        };
        events(&rates.iter().enumerate().map(record).collect::<Vec<_>>())
    }

    #[test]
    fn drops_restarts_and_the_end_of_a_warm_up_are_found() {
        let mut rates = [[0.1; 10], [0.05; 10], [0.005; 10]].concat();
        let drops = vec![(9.0, "lr ÷ 2".to_owned()), (19.0, "lr ÷ 10".to_owned())];
        assert_eq!(found(&rates), drops);
        rates[1] = 0.02;
        rates[2] = 0.06;
        let warm = vec![(2.0, "warm-up ends".to_owned())];
        assert_eq!(found(&rates), [warm, drops].concat());
        let cosine = |k: usize| 0.1 * (0.01 + (0.157 * (k % 20) as f64).cos() + 1.0);
        let restarts: Vec<f64> = (0..60).map(cosine).collect();
        let at = [19.0, 39.0].map(|epoch| (epoch, "restart".to_owned()));
        assert_eq!(found(&restarts), at);
    }

    #[test]
    fn curves_without_a_jump_have_no_events() {
        let cosine = |k: u32| 0.1 * (1.0 + (f64::from(k) * std::f64::consts::PI / 100.0).cos());
        assert!(found(&(0..=100).map(cosine).collect::<Vec<_>>()).is_empty());
        let exponential: Vec<f64> = (0..50).map(|k| 0.7_f64.powi(k)).collect();
        assert!(found(&exponential).is_empty());
        assert!(
            found(&[0.1; 5]).is_empty()
                && found(&[]).is_empty()
                && found(&[f64::NAN; 9]).is_empty()
        );
    }
}

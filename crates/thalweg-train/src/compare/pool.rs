//! Work that several threads share, a piece at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Does all pieces, `jobs` at a time, and returns what came of each, in their order. After the first that fails no other
/// is begun.
///
/// # Errors
/// What failed first, in the order of the pieces.
pub(super) fn pool<P: Sync, T: Send, E: Send>(
    jobs: usize,
    pieces: &[P],
    work: impl Fn(&P) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done: Vec<Mutex<Option<Result<T, E>>>> = pieces.iter().map(|_| Mutex::new(None)).collect();
    let worker = || {
        while !has_failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(index) else {
                break;
            };
            let result = work(piece);
            has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
            *done[index].lock().expect("nobody panics with it") = Some(result);
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(pieces.len()) {
            scope.spawn(worker);
        }
        worker();
    });
    // Pieces are begun in their order: whatever was not done comes after one that failed.
    let taken = done
        .into_iter()
        .filter_map(|it| it.into_inner().ok().flatten());
    taken.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_a_failure_ends_it() {
        let pieces: Vec<u32> = (0..100).collect();
        for jobs in [1, 2, 7, 200] {
            let squares = pool(jobs, &pieces, |x| Ok::<u32, u32>(x * x)).unwrap();
            assert!(
                squares
                    .iter()
                    .zip(&pieces)
                    .all(|(square, x)| *square == x * x)
            );
            assert_eq!(squares.len(), 100);
            let failed = pool(jobs, &pieces, |&x| if x < 10 { Ok(x) } else { Err(x) });
            assert_eq!(failed, Err(10));
        }
        assert_eq!(pool(3, &[] as &[u32], |x| Ok::<u32, u32>(*x)), Ok(vec![]));
    }
}

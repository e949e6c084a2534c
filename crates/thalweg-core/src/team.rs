//! The threads that share the work of a step. How many there are never changes a bit of what is computed.

use rayon::prelude::*;

/// Below this number of operations a second thread costs more than it brings.
const WORTH_SHARING: f64 = 4e6;

/// The threads that share the blocks of a step.
#[derive(Default)]
pub struct Team {
    pool: Option<rayon::ThreadPool>,
}

impl Team {
    /// A team of this many threads; where threads cannot be had, the calling thread works alone.
    pub fn new(threads: usize) -> Team {
        let build = || {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .ok()
        };
        Team {
            pool: if threads > 1 { build() } else { None },
        }
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// Runs a whole training on the team, so that each step starts without waking it.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Calls `f` for each item, on several threads where `operations` are worth it.
    pub(crate) fn each<I: Send>(
        &self,
        operations: f64,
        items: &mut [I],
        f: impl Fn(usize, &mut I) + Sync,
    ) {
        match &self.pool {
            Some(pool) if items.len() > 1 && operations >= WORTH_SHARING => pool.install(|| {
                let items = items.par_iter_mut().enumerate().with_max_len(1);
                items.for_each(|(index, item)| f(index, item));
            }),
            _ => items
                .iter_mut()
                .enumerate()
                .for_each(|(index, item)| f(index, item)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_of_one_needs_no_pool() {
        assert_eq!(Team::new(1).threads(), 1);
        assert_eq!(Team::new(3).threads(), 3);
    }
}

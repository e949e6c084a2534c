//! The threads that work for Python: a team for each size, shared by all who ask for that many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use thalweg::Team;

static TEAMS: Mutex<BTreeMap<usize, Arc<Team>>> = Mutex::new(BTreeMap::new());

/// The team of so many threads. While one Python thread has it at work, another works alone: fits side by side take
/// no more cores than there are.
pub(crate) fn team(threads: usize) -> Arc<Team> {
    let mut teams = TEAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let team = teams
        .entry(threads)
        .or_insert_with(|| Arc::new(Team::new(threads)));
    Arc::clone(team)
}

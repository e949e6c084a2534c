//! Both ends of a spectrum, found again from where they were.

use thalweg_landscape::lanczos::{Ends, Lanczos, Ritz};
use thalweg_landscape::operator::Operator;

/// What a probe of a spectrum remembers: the vectors of both ends.
pub(super) const BUFFERS: &[&str] = &["lowest", "highest"];

/// The ends, by at most so many products; each reading begins with the vectors of the last one. None where the curvature
/// is not finite: the loss will tell.
pub(super) fn ends(
    operator: &mut dyn Operator,
    (products, seed): (u64, u64),
    memory: &mut [Vec<f32>],
) -> Option<Ends> {
    let how = Lanczos {
        steps: products as usize,
        tolerance: 1e-2,
        seed,
    };
    let found = how.ends(operator, recall(memory).as_ref()).ok()?;
    for (memory, ritz) in memory.iter_mut().zip([&found.lowest, &found.highest]) {
        // As a checkpoint has them: a run that goes on begins from the same vectors.
        *memory = ritz.vector.iter().map(|&v| v as f32).collect();
    }
    Some(found)
}

/// The ends of the last reading, of which only the vectors count.
fn recall(memory: &[Vec<f32>]) -> Option<Ends> {
    let ritz = |vector: &Vec<f32>| Ritz {
        value: 0.0,
        residual: 0.0,
        vector: vector.iter().map(|&v| f64::from(v)).collect(),
    };
    let [lowest, highest] = memory else {
        return None;
    };
    (!highest.is_empty()).then(|| Ends {
        lowest: ritz(lowest),
        highest: ritz(highest),
        products: 0,
        has_converged: false,
        unseen: None,
    })
}

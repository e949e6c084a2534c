//! Both ends of a spectrum, found again from where they were.

use thalweg_landscape::lanczos::{Ends, Lanczos};
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
        // An eigenvalue is then off by less than 3 % of the largest, and by its square over the gap where there is one. The
        // sample of rows is off by more.
        tolerance: 3e-2,
        seed,
    };
    let found = match memory {
        [lowest, highest] if !highest.is_empty() => how.ends_near(operator, [lowest, highest]),
        _ => how.ends(operator),
    };
    let found = found.ok()?;
    for (memory, ritz) in memory.iter_mut().zip([&found.lowest, &found.highest]) {
        // As a checkpoint has them: a run that goes on begins from the same vectors.
        memory.clear();
        memory.extend(ritz.vector.iter().map(|&v| v as f32));
    }
    Some(found)
}

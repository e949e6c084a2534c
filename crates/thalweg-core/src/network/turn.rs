//! Copies between the two layouts of a tile: examples side by side, and features side by side.

use crate::Real;

/// Rows and columns that are turned at a time: both sides stay within a few cache lines.
const BLOCK: usize = 16;

/// Turns `rows` × `width` numbers: `to[column · to_stride + row] = from[row · from_stride + column]`.
pub(super) fn turn<T: Real>(
    from: &[T],
    from_stride: usize,
    to: &mut [T],
    to_stride: usize,
    (rows, width): (usize, usize),
) {
    for row in (0..rows).step_by(BLOCK) {
        let rows = BLOCK.min(rows - row);
        for column in (0..width).step_by(BLOCK) {
            let width = BLOCK.min(width - column);
            let from = &from[row * from_stride + column..];
            let to = &mut to[column * to_stride + row..];
            if rows == BLOCK && width == BLOCK {
                whole(from, from_stride, to, to_stride);
            } else {
                for r in 0..rows {
                    for c in 0..width {
                        to[c * to_stride + r] = from[r * from_stride + c];
                    }
                }
            }
        }
    }
}

/// A whole block, whose bounds are known.
fn whole<T: Real>(from: &[T], from_stride: usize, to: &mut [T], to_stride: usize) {
    let rows: [&[T]; BLOCK] = std::array::from_fn(|r| &from[r * from_stride..][..BLOCK]);
    for c in 0..BLOCK {
        let line: [T; BLOCK] = std::array::from_fn(|r| rows[r][c]);
        to[c * to_stride..][..BLOCK].copy_from_slice(&line);
    }
}

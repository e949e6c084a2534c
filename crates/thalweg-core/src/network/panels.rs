//! Panels: what a layer has seen of a tile, features side by side; and copies between that and examples side by side.

use super::factor::Factor;

/// The most examples in a tile.
pub(super) const LANES: usize = 64;
/// Examples that masks are drawn for together: tiles begin at multiples of it.
pub(super) const GROUP: usize = 16;
/// Features in a panel.
pub(super) const PANEL: usize = 64;

/// Rows and columns that are turned at a time: both sides stay within a few cache lines.
const BLOCK: usize = 16;

/// What a layer has seen of a tile: examples × features, as factors along the examples, in panels of some features, so
/// that a block of the gradient reads memory from one end to the other. The last panel has a whole number of vectors;
/// what lies beyond the features in it means nothing.
pub(super) struct Seen<F> {
    data: Vec<F>,
    width: usize,
}

impl<F: Factor> Seen<F> {
    pub(super) fn new(width: usize) -> Seen<F> {
        let data = vec![F::default(); LANES.div_ceil(F::DEPTH) * Self::padded(width)];
        Seen { data, width }
    }

    /// Features.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Features with those that fill the last vector.
    pub(super) fn padded(width: usize) -> usize {
        width.next_multiple_of(GROUP)
    }

    /// The number of panels for so many features.
    pub(super) fn panels(width: usize) -> usize {
        width.div_ceil(PANEL)
    }

    /// The first feature of a panel.
    pub(super) fn panel_start(panel: usize) -> usize {
        panel * PANEL
    }

    /// The width of a panel.
    pub(super) fn panel_width(width: usize, panel: usize) -> usize {
        PANEL.min(Self::padded(width) - Self::panel_start(panel))
    }

    /// A panel of a tile with factors for so many lanes, row after row.
    pub(super) fn panel(&self, panel: usize, lanes: usize) -> &[F] {
        &self.data[Self::panel_start(panel) * lanes..]
    }

    /// Writes the features of the examples in one factor.
    pub(super) fn set_row(
        &mut self,
        row: usize,
        lanes: usize,
        first: &[F::Sum],
        second: Option<&[F::Sum]>,
    ) {
        for (panel, part) in first.chunks(PANEL).enumerate() {
            let (start, stride) = (
                Self::panel_start(panel),
                Self::panel_width(self.width, panel),
            );
            let to = &mut self.data[start * lanes + row * stride..][..part.len()];
            let second = second.map(|second| &second[start..][..part.len()]);
            F::across(part, second, to);
        }
    }

    /// Writes units × lanes factors, of which the first `rows` of each unit count.
    pub(super) fn turn_in(&mut self, from: &[F], lanes: usize, (width, rows): (usize, usize)) {
        for panel in 0..Self::panels(width) {
            let start = Self::panel_start(panel);
            let (units, stride) = (PANEL.min(width - start), Self::panel_width(width, panel));
            let to = &mut self.data[start * lanes..];
            let unit = |unit: usize| &from[(start + unit) * lanes..];
            turn(unit, to, stride, (units, rows));
        }
    }
}

/// Turns `rows` × `width` elements: `to[column · stride + row] = row(row)[column]`.
pub(super) fn turn<'f, E: Copy + 'f>(
    row: impl Fn(usize) -> &'f [E],
    to: &mut [E],
    stride: usize,
    (rows, width): (usize, usize),
) {
    for first in (0..rows).step_by(BLOCK) {
        let rows = BLOCK.min(rows - first);
        for column in (0..width).step_by(BLOCK) {
            let width = BLOCK.min(width - column);
            let to = &mut to[column * stride + first..];
            if rows == BLOCK && width == BLOCK {
                let rows = std::array::from_fn(|r| &row(first + r)[column..][..BLOCK]);
                whole(rows, to, stride);
            } else {
                for r in 0..rows {
                    let row = &row(first + r)[column..][..width];
                    for (c, &element) in row.iter().enumerate() {
                        to[c * stride + r] = element;
                    }
                }
            }
        }
    }
}

/// A whole block, whose bounds are known.
fn whole<E: Copy>(rows: [&[E]; BLOCK], to: &mut [E], stride: usize) {
    for c in 0..BLOCK {
        let line: [E; BLOCK] = std::array::from_fn(|r| rows[r][c]);
        to[c * stride..][..BLOCK].copy_from_slice(&line);
    }
}

//! Panels: what a layer has seen of a tile, features side by side.

use super::lines::Lines;
use super::turn::turn;
use crate::Real;

/// The most examples in a tile.
pub(super) const LANES: usize = 64;
/// Examples that masks are drawn for together: tiles begin at multiples of it.
pub(super) const GROUP: usize = 16;
/// Features in a panel.
pub(super) const PANEL: usize = 64;

/// What a layer has seen of a tile: examples × features, in panels of some features, so that a block of the gradient
/// reads memory from one end to the other. The last panel has a whole number of vectors; what lies beyond the features
/// in it means nothing.
pub(super) struct Seen<T> {
    /// Empty until something is seen.
    data: Lines<T>,
    width: usize,
}

impl<T: Real> Seen<T> {
    pub(super) fn new(width: usize) -> Seen<T> {
        let data = Lines::default();
        Seen { data, width }
    }

    fn make_room(&mut self) {
        self.data.make_room(LANES * Self::padded(self.width));
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

    /// A panel of a tile with so many lanes, row after row.
    pub(super) fn panel(&self, panel: usize, lanes: usize) -> &[T] {
        &self.data[Self::panel_start(panel) * lanes..]
    }

    /// Writes rows of features, and the same as features × lanes into `turned`.
    pub(super) fn load<'f>(
        &mut self,
        rows: usize,
        lanes: usize,
        features: impl Fn(usize) -> &'f [T],
        turned: &mut [T],
    ) {
        self.make_room();
        // Panel by panel of some rows: memory is read faster from many places at once, and turned while it is at hand.
        for first in (0..rows).step_by(GROUP) {
            let group = first..rows.min(first + GROUP);
            for panel in 0..Self::panels(self.width) {
                let start = Self::panel_start(panel);
                let columns = start..self.width.min(start + PANEL);
                for row in group.clone() {
                    self.set(panel, row, lanes, &features(row)[columns.clone()]);
                }
                let stride = Self::panel_width(self.width, panel);
                turn(
                    &self.panel(panel, lanes)[first * stride..],
                    stride,
                    &mut turned[start * lanes + first..],
                    lanes,
                    (group.len(), columns.len()),
                );
            }
        }
    }

    /// Writes those features of one example that are in a panel.
    fn set(&mut self, panel: usize, row: usize, lanes: usize, features: &[T]) {
        let stride = Self::panel_width(self.width, panel);
        let at = Self::panel_start(panel) * lanes + row * stride;
        self.data[at..at + features.len()].copy_from_slice(features);
    }

    /// Writes units × lanes.
    pub(super) fn turn_in(&mut self, from: &[T], lanes: usize, (width, rows): (usize, usize)) {
        self.make_room();
        for panel in 0..Self::panels(width) {
            let start = Self::panel_start(panel);
            let (units, stride) = (PANEL.min(width - start), Self::panel_width(width, panel));
            let to = &mut self.data[start * lanes..];
            turn(&from[start * lanes..], lanes, to, stride, (units, rows));
        }
    }
}

//! Lines of equal height on a lattice, by marching squares: where they lie, as polylines. Not the choice of heights.

use std::collections::BTreeMap;

/// Heights over a lattice: a row for each y.
pub(crate) struct Field<'a> {
    pub(crate) xs: &'a [f64],
    pub(crate) ys: &'a [f64],
    pub(crate) heights: &'a [f64],
}

/// A side of a cell: the lattice point that it starts from, and whether it goes up.
type Side = (usize, bool);

impl Field<'_> {
    /// The lines on which the height is this; none through cells with a corner that is not finite.
    pub(crate) fn lines(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let mut links: BTreeMap<Side, Vec<Side>> = BTreeMap::new();
        for row in 0..self.ys.len().saturating_sub(1) {
            for column in 0..self.xs.len().saturating_sub(1) {
                for (a, b) in self.crossings(column, row, level) {
                    links.entry(a).or_default().push(b);
                    links.entry(b).or_default().push(a);
                }
            }
        }
        let mut lines = Vec::new();
        // Lines that end at the edge first, from their ends; what is left goes round.
        for ends_only in [true, false] {
            let starts: Vec<Side> = links.keys().copied().collect();
            for start in starts {
                let count = links.get(&start).map_or(0, Vec::len);
                if count == 0 || (ends_only && count != 1) {
                    continue;
                }
                let line = follow(&mut links, start);
                lines.push(
                    line.into_iter()
                        .map(|side| self.place(side, level))
                        .collect(),
                );
            }
        }
        lines
    }

    /// The pairs of sides of a cell between which the line goes.
    fn crossings(&self, column: usize, row: usize, level: f64) -> Vec<(Side, Side)> {
        let width = self.xs.len();
        let corner = row * width + column;
        let corners = [corner, corner + 1, corner + width + 1, corner + width];
        let heights = corners.map(|at| self.heights[at]);
        if heights.iter().any(|height| !height.is_finite()) {
            return Vec::new();
        }
        let above = heights.map(|height| height >= level);
        let sides = [
            (corner, false),
            (corner + 1, true),
            (corner + width, false),
            (corner, true),
        ];
        let crossed: Vec<usize> = (0..4)
            .filter(|&side| above[side] != above[(side + 1) % 4])
            .collect();
        match crossed[..] {
            [a, b] => vec![(sides[a], sides[b])],
            [a, b, c, d] => {
                // A saddle: the middle decides which corners belong together.
                let middle = heights.iter().sum::<f64>() / 4.0 >= level;
                if middle == above[0] {
                    vec![(sides[a], sides[b]), (sides[c], sides[d])]
                } else {
                    vec![(sides[d], sides[a]), (sides[b], sides[c])]
                }
            }
            _ => Vec::new(),
        }
    }

    /// Where the line crosses a side.
    fn place(&self, (from, is_upward): Side, level: f64) -> (f64, f64) {
        let width = self.xs.len();
        let (column, row) = (from % width, from / width);
        let to = if is_upward { from + width } else { from + 1 };
        let (a, b) = (self.heights[from], self.heights[to]);
        // One of them is below the level and the other is not.
        let part = (level - a) / (b - a);
        let between = |all: &[f64], at: usize| all[at] + part * (all[at + 1] - all[at]);
        if is_upward {
            (self.xs[column], between(self.ys, row))
        } else {
            (between(self.xs, column), self.ys[row])
        }
    }
}

/// Takes the line from this side on out of the links.
fn follow(links: &mut BTreeMap<Side, Vec<Side>>, start: Side) -> Vec<Side> {
    let mut line = vec![start];
    let mut at = start;
    while let Some(next) = links.get_mut(&at).and_then(Vec::pop) {
        if let Some(back) = links.get_mut(&next)
            && let Some(index) = back.iter().position(|side| *side == at)
        {
            back.swap_remove(index);
        }
        line.push(next);
        at = next;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(level: f64, height: impl Fn(f64, f64) -> f64) -> Vec<Vec<(f64, f64)>> {
        let xs: Vec<f64> = (0..=40).map(|k| f64::from(k) / 20.0 - 1.0).collect();
        let heights: Vec<f64> = xs
            .iter()
            .flat_map(|&y| xs.iter().map(move |&x| (x, y)))
            .map(|(x, y)| height(x, y))
            .collect();
        let field = Field {
            xs: &xs,
            ys: &xs,
            heights: &heights,
        };
        field.lines(level)
    }

    #[test]
    fn a_cone_has_circles() {
        let found = lines(0.5, f64::hypot);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].first(), found[0].last(), "it goes round");
        for &(x, y) in &found[0] {
            assert!((x.hypot(y) - 0.5).abs() < 2e-3);
        }
        assert!(found[0].len() > 40);
    }

    #[test]
    fn a_saddle_has_two_lines_and_a_slope_one() {
        assert_eq!(lines(0.2, |x, y| x * y).len(), 2);
        let slope = lines(0.33, |x, _| x);
        assert_eq!((slope.len(), slope[0].len()), (1, 41));
        assert!(lines(5.0, |x, _| x).is_empty());
    }

    #[test]
    fn what_is_not_finite_has_no_line() {
        let found = lines(0.5, |x, y| if x > 0.0 { f64::NAN } else { x.hypot(y) });
        assert!(found.iter().flatten().all(|(x, _)| *x <= 0.0));
    }
}

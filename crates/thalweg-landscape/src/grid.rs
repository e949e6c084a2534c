//! The loss on a lattice over a plane or a line: everywhere, or where it matters.

use thalweg_core::Real;
use thalweg_core::network::Section;

use crate::Error;
use crate::plane::Plane;
use crate::surface::Surface;
use crate::vector::difference;

/// What part of a plane, and how finely.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    /// From where to where α and β go.
    pub bounds: [[f64; 2]; 2],
    /// Points along each axis.
    pub points: [usize; 2],
    /// The error, as a part of the range of losses so far, up to which a cell is filled in between its corners instead of
    /// being measured; none to measure every point.
    pub tolerance: Option<f64>,
}

impl Default for Lattice {
    fn default() -> Self {
        Lattice {
            bounds: [[-1.0, 1.0]; 2],
            points: [51, 51],
            tolerance: None,
        }
    }
}

/// The loss over a lattice.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The values of α.
    pub alphas: Vec<f64>,
    /// The values of β.
    pub betas: Vec<f64>,
    /// The loss, a row for each β, each of which goes through all α from the first.
    pub losses: Vec<f64>,
    /// Its standard error as a loss over all rows; 0 where all rows were taken.
    pub errors: Vec<f64>,
    /// Whether it was measured there, or filled in.
    pub is_measured: Vec<bool>,
}

/// The loss along a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Places along the direction.
    pub places: Vec<f64>,
    /// The loss there.
    pub losses: Vec<f64>,
    /// Its standard error as a loss over all rows.
    pub errors: Vec<f64>,
}

/// `count` numbers from the first to the last of a range, which are among them.
fn spaced([low, high]: [f64; 2], count: usize) -> Vec<f64> {
    let last = count - 1;
    let at = |k: usize| {
        let part = k as f64 / last as f64;
        low * (1.0 - part) + high * part
    };
    (0..count).map(at).collect()
}

/// The loss at origin + t direction.
///
/// # Errors
/// Vectors of another objective, or fewer than two points.
pub fn line<T: Real>(
    surface: &mut Surface<'_, T>,
    origin: &[f64],
    direction: &[f64],
    bounds: [f64; 2],
    points: usize,
) -> Result<Line, Error> {
    surface.check("the origin", origin)?;
    surface.check("the direction", direction)?;
    at_least_two(points)?;
    let places = spaced(bounds, points);
    let at: Vec<[f64; 2]> = places.iter().map(|&t| [t, 0.0]).collect();
    let found = surface.section(origin, &[direction], &at);
    let error = |section: &Section| surface.rows().standard_error(section.deviation);
    Ok(Line {
        places,
        losses: found.iter().map(|section| section.mean).collect(),
        errors: found.iter().map(error).collect(),
    })
}

/// The loss between two points and somewhat beyond: at 0 the first one, at 1 the second.
///
/// # Errors
/// As [`line()`].
pub fn between<T: Real>(
    surface: &mut Surface<'_, T>,
    first: &[f64],
    second: &[f64],
    bounds: [f64; 2],
    points: usize,
) -> Result<Line, Error> {
    surface.check("the second point", second)?;
    line(surface, first, &difference(second, first), bounds, points)
}

fn at_least_two(found: usize) -> Result<(), Error> {
    if found < 2 {
        return Err(Error::TooFew {
            what: "points along an axis",
            found,
            needed: 2,
        });
    }
    Ok(())
}

/// The loss over a lattice of a plane.
///
/// # Errors
/// A plane of another objective, or fewer than two points along an axis.
pub fn grid<T: Real>(
    surface: &mut Surface<'_, T>,
    plane: &Plane,
    lattice: &Lattice,
) -> Result<Grid, Error> {
    surface.check("the plane", &plane.origin)?;
    let [width, height] = lattice.points;
    at_least_two(width.min(height))?;
    let mut work = Work {
        grid: Grid {
            alphas: spaced(lattice.bounds[0], width),
            betas: spaced(lattice.bounds[1], height),
            losses: vec![f64::NAN; width * height],
            errors: vec![0.0; width * height],
            is_measured: vec![false; width * height],
        },
        plane,
    };
    let Some(tolerance) = lattice.tolerance else {
        work.measure(surface, (0..width * height).collect());
        return Ok(work.grid);
    };
    work.refine(surface, tolerance);
    Ok(work.grid)
}

/// A grid in the making.
struct Work<'p> {
    grid: Grid,
    plane: &'p Plane,
}

/// A cell: its first and last column, and its first and last row.
#[derive(Clone, Copy)]
struct Cell {
    columns: [usize; 2],
    rows: [usize; 2],
}

/// The widest cells to begin with, in points.
const COARSEST: usize = 8;

impl Work<'_> {
    fn width(&self) -> usize {
        self.grid.alphas.len()
    }

    /// Measures these places, as far as they have not been measured yet.
    fn measure<T: Real>(&mut self, surface: &mut Surface<'_, T>, mut places: Vec<usize>) {
        places.sort_unstable();
        places.dedup();
        places.retain(|&place| !self.grid.is_measured[place]);
        let width = self.width();
        let point = |&place: &usize| {
            [
                self.grid.alphas[place % width],
                self.grid.betas[place / width],
            ]
        };
        let points: Vec<[f64; 2]> = places.iter().map(point).collect();
        let [first, second] = &self.plane.axes;
        let found = surface.section(&self.plane.origin, &[first, second], &points);
        for (&place, section) in places.iter().zip(found) {
            self.grid.losses[place] = section.mean;
            self.grid.errors[place] = surface.rows().standard_error(section.deviation);
            self.grid.is_measured[place] = true;
        }
    }

    /// Halves cells from coarse to fine, and leaves those in which the surface is as straight between its corners as is
    /// asked for. Where the middles of a cell are off by e, those of its quarters will be by about e / 4.
    fn refine<T: Real>(&mut self, surface: &mut Surface<'_, T>, tolerance: f64) {
        let (width, height) = (self.width(), self.grid.betas.len());
        let columns = coarse(width);
        let rows = coarse(height);
        let corners = rows
            .iter()
            .flat_map(|row| columns.iter().map(move |column| row * width + column));
        self.measure(surface, corners.collect());
        let pairs = |ends: &[usize]| ends.windows(2).map(|w| [w[0], w[1]]).collect::<Vec<_>>();
        let rows = pairs(&rows);
        let mut cells: Vec<Cell> = pairs(&columns)
            .into_iter()
            .flat_map(|columns| rows.iter().map(move |&rows| Cell { columns, rows }))
            .collect();
        while !cells.is_empty() {
            let middles = cells.iter().flat_map(|cell| cell.inner(width));
            self.measure(surface, middles.collect());
            let range = self.range();
            let mut finer = Vec::new();
            for cell in cells {
                let off = self.deviation(&cell);
                if off / 4.0 > tolerance * range || !off.is_finite() {
                    finer.extend(cell.parts());
                } else {
                    cell.parts().for_each(|part| self.fill(&part));
                }
            }
            cells = finer.into_iter().filter(|cell| !cell.is_whole()).collect();
        }
    }

    /// The largest loss less the smallest, of those measured.
    fn range(&self) -> f64 {
        let finite = || {
            self.grid
                .losses
                .iter()
                .copied()
                .filter(|loss| loss.is_finite())
        };
        finite().fold(f64::MIN, f64::max) - finite().fold(f64::MAX, f64::min)
    }

    /// How far the points in the middles of a cell are from the surface through its corners.
    fn deviation(&self, cell: &Cell) -> f64 {
        let off = |place: usize| {
            let loss = self.grid.losses[place];
            (loss - self.bilinear(cell, place % self.width(), place / self.width())).abs()
        };
        let middles = cell.inner(self.width());
        middles.map(off).fold(
            0.0,
            |most, off| if off.is_nan() { off } else { most.max(off) },
        )
    }

    /// The surface through the corners of a cell.
    fn bilinear(&self, cell: &Cell, column: usize, row: usize) -> f64 {
        let part =
            |[low, high]: [usize; 2], at: usize| (at - low) as f64 / (high - low).max(1) as f64;
        let (x, y) = (part(cell.columns, column), part(cell.rows, row));
        let loss =
            |c: usize, r: usize| self.grid.losses[cell.rows[r] * self.width() + cell.columns[c]];
        let along = |r: usize| loss(0, r) * (1.0 - x) + loss(1, r) * x;
        along(0) * (1.0 - y) + along(1) * y
    }

    /// Fills in what has not been measured of a cell.
    fn fill(&mut self, cell: &Cell) {
        let corner_error = {
            let width = self.width();
            let error =
                |c: usize, r: usize| self.grid.errors[cell.rows[r] * width + cell.columns[c]];
            [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(c, r)| error(c, r))
                .into_iter()
                .fold(0.0, f64::max)
        };
        for row in cell.rows[0]..=cell.rows[1] {
            for column in cell.columns[0]..=cell.columns[1] {
                let place = row * self.width() + column;
                if !self.grid.is_measured[place] {
                    self.grid.losses[place] = self.bilinear(cell, column, row);
                    self.grid.errors[place] = corner_error;
                }
            }
        }
    }
}

/// Every eighth point, and the last.
fn coarse(count: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..count - 1).step_by(COARSEST).collect();
    ends.push(count - 1);
    ends
}

impl Cell {
    fn middle([low, high]: [usize; 2]) -> usize {
        usize::midpoint(low, high)
    }

    /// Whether there is nothing between its corners.
    fn is_whole(&self) -> bool {
        [self.columns, self.rows]
            .iter()
            .all(|[low, high]| high - low <= 1)
    }

    /// The places in the middles of its sides and of itself.
    fn inner(&self, width: usize) -> impl Iterator<Item = usize> + use<> {
        let ([left, right], [top, bottom]) = (self.columns, self.rows);
        let (x, y) = (Cell::middle(self.columns), Cell::middle(self.rows));
        let places = [(x, top), (left, y), (x, y), (right, y), (x, bottom)];
        places
            .into_iter()
            .map(move |(column, row)| row * width + column)
    }

    /// Its quarters, or halves where it has no middle one way.
    fn parts(self) -> impl Iterator<Item = Cell> {
        let halves = |[low, high]: [usize; 2]| {
            let middle = Cell::middle([low, high]);
            let both = [[low, middle], [middle, high]];
            both.into_iter().filter(move |[a, b]| a < b)
        };
        halves(self.columns)
            .flat_map(move |columns| halves(self.rows).map(move |rows| Cell { columns, rows }))
    }
}

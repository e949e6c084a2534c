//! A map in characters, for a terminal: light for low, dark for high, and a letter for each path.

use std::fmt::Write as _;

use crate::contour::Map;
use crate::{Levels, canvas::short};

/// From low to high.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// Characters across and down; two across are about as wide as one is high.
const WIDTH: usize = 60;
const HEIGHT: usize = 26;

/// A map as lines of text, all of the same width: paths as letters (a for the first, its end as a capital), the places
/// with a name as `+`, and below it what the shades mean.
pub fn blocks(map: &Map<'_>) -> Vec<String> {
    let levels = Levels::of(&map.grid.losses, SHADES.len());
    let mut canvas = vec![vec![SHADES[0]; WIDTH]; HEIGHT];
    for (row, line) in canvas.iter_mut().enumerate() {
        for (column, place) in line.iter_mut().enumerate() {
            let loss = nearest(map, column, row);
            *place = levels.band(loss).map_or('?', |band| SHADES[band]);
        }
    }
    for (at, _) in &map.marks {
        put(&mut canvas, map, *at, '+');
    }
    for (letter, path) in ('a'..='z').zip(&map.paths) {
        for at in &path.at {
            put(&mut canvas, map, *at, letter);
        }
        if let Some(last) = path.at.last() {
            put(&mut canvas, map, *last, letter.to_ascii_uppercase());
        }
    }
    let mut lines = vec![format!("┌{}┐", "─".repeat(WIDTH))];
    lines.extend(
        canvas
            .iter()
            .map(|line| format!("│{}│", line.iter().collect::<String>())),
    );
    lines.push(format!("└{}┘", "─".repeat(WIDTH)));
    lines.extend(scale(&levels));
    for (letter, path) in ('a'..='z').zip(&map.paths) {
        lines.push(format!(
            "{letter} … {}  {}",
            letter.to_ascii_uppercase(),
            path.name
        ));
    }
    lines
}

/// The loss at the lattice point next to the middle of a character.
fn nearest(map: &Map<'_>, column: usize, row: usize) -> f64 {
    let grid = map.grid;
    let (width, height) = (grid.alphas.len(), grid.betas.len());
    let place = |index: usize, count: usize, of: usize| {
        let part = (index as f64 + 0.5) / count as f64;
        (part * (of - 1) as f64).round() as usize
    };
    // The first line is the highest.
    let row = place(HEIGHT - 1 - row, HEIGHT, height);
    grid.losses[row * width + place(column, WIDTH, width)]
}

/// Writes a character where a place lies, if it lies on the map.
fn put(canvas: &mut [Vec<char>], map: &Map<'_>, [x, y]: [f64; 2], sign: char) {
    let index = |at: f64, places: &[f64], count: usize| {
        let (low, high) = (places[0], places[places.len() - 1]);
        let part = (at - low) / (high - low);
        (0.0..=1.0)
            .contains(&part)
            .then(|| ((part * count as f64) as usize).min(count - 1))
    };
    let column = index(x, &map.grid.alphas, WIDTH);
    let row = index(y, &map.grid.betas, HEIGHT);
    if let (Some(column), Some(row)) = (column, row) {
        canvas[HEIGHT - 1 - row][column] = sign;
    }
}

/// What the shades mean: `blank < 0.3 ░ < 1.2 ▒ …`
fn scale(levels: &Levels) -> Vec<String> {
    let range = format!("loss from {} to {}", short(levels.low), short(levels.high));
    let mut shades = String::from("blank");
    for (level, shade) in levels.at.iter().zip(&SHADES[1..]) {
        // Writing to a string does not fail.
        let _ = write!(shades, " < {} {shade}", short(*level));
    }
    vec![range, shades]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contour::Path;
    use thalweg_landscape::grid::Grid;

    #[test]
    fn a_valley_is_light_and_its_path_is_in_it() {
        let places: Vec<f64> = (0..31).map(|k| f64::from(k) / 15.0 - 1.0).collect();
        let pairs = places
            .iter()
            .flat_map(|y| places.iter().map(move |x| (x, y)));
        let losses: Vec<f64> = pairs.map(|(x, y)| x * x + 10.0 * y * y).collect();
        let grid = Grid {
            errors: vec![0.0; losses.len()],
            is_measured: vec![true; losses.len()],
            alphas: places.clone(),
            betas: places,
            losses,
        };
        let map = Map {
            title: String::new(),
            grid: &grid,
            axes: [String::new(), String::new()],
            paths: vec![Path {
                name: "adam".into(),
                at: vec![[-0.9, 0.9], [0.5, 0.0], [7.0, 0.0], [0.0, -0.9]],
                ..Path::default()
            }],
            marks: vec![([0.0, 0.0], "minimum".into())],
            sentences: Vec::new(),
        };
        let lines = blocks(&map);
        assert_eq!(lines.len(), HEIGHT + 5);
        let drawn = &lines[1..=HEIGHT];
        assert!(drawn.iter().all(|line| line.chars().count() == WIDTH + 2));
        // Up is up: the path begins at the upper left and ends, with a capital, below the middle.
        assert!(drawn[1].contains('a') && drawn[1].contains('█'));
        assert!(drawn[HEIGHT - 2].contains('A'));
        assert!(drawn[HEIGHT / 2 - 1].contains('+') || drawn[HEIGHT / 2].contains('+'));
        assert!(drawn[HEIGHT / 2].contains("  "));
        assert_eq!(lines[HEIGHT + 2], "loss from 0 to 11");
        assert!(lines[HEIGHT + 3].starts_with("blank < ") && lines[HEIGHT + 3].ends_with('█'));
        assert!(lines[HEIGHT + 4].contains("adam"));
    }
}

//! Maps of what was found: how a portrait of a run and the ways of rules become a [`Map`].

use thalweg_landscape::plane::Dot;
use thalweg_train::{CommonPlane, Compared, Directions, Portrait, Standing, Walks};

use crate::contour::{Map, Path};
use crate::words::{about_common_plane, about_portrait, about_walks};

impl<'a> Map<'a> {
    /// Of a plane of a run's loss surface, with its trajectory and the weights of the model.
    pub fn of_portrait(portrait: &'a Portrait, title: &str) -> Map<'a> {
        let path = Path {
            name: "trajectory, points in the color of their own loss".into(),
            at: portrait.dots.iter().map(|dot| dot.at).collect(),
            losses: portrait.dots.iter().map(|dot| dot.loss).collect(),
            distances: portrait.dots.iter().map(|dot| dot.distance).collect(),
        };
        Map {
            title: title.to_owned(),
            grid: &portrait.grid,
            axes: axes(portrait),
            paths: Some(path)
                .filter(|path| !path.at.is_empty())
                .into_iter()
                .collect(),
            marks: vec![(portrait.here.at, "model".into())],
            sentences: about_portrait(portrait),
        }
    }

    /// Of the plane on which the trajectories of all contenders lie.
    pub fn of_compared(compared: &Compared, plane: &'a CommonPlane, title: &str) -> Map<'a> {
        let path = |(standing, dots): (&Standing, &Vec<Dot>)| Path {
            name: standing.name.clone(),
            at: dots.iter().map(|dot| dot.at).collect(),
            losses: dots.iter().map(|dot| dot.loss).collect(),
            distances: dots.iter().map(|dot| dot.distance).collect(),
        };
        let share = |k: usize| format!("{:.0} % of the variance", 100.0 * plane.explained[k]);
        Map {
            title: title.to_owned(),
            grid: &plane.grid,
            axes: [
                format!("first principal direction of all ({})", share(0)),
                format!("second ({})", share(1)),
            ],
            paths: compared
                .standings
                .iter()
                .zip(&plane.paths)
                .map(path)
                .collect(),
            marks: Vec::new(),
            sentences: about_common_plane(plane),
        }
    }

    /// Of rules on a test function, with its critical points.
    pub fn of_walks(walks: &'a Walks, title: &str) -> Map<'a> {
        let path = |walk: &thalweg_train::Walk| Path {
            name: walk.rule.clone(),
            at: walk.points.clone(),
            ..Path::default()
        };
        let mark = |critical: &thalweg_core::function::Critical| {
            let name = format!("{:?}", critical.kind).to_lowercase();
            ([critical.at[0], critical.at[1]], name)
        };
        Map {
            title: title.to_owned(),
            grid: &walks.grid,
            axes: ["x".into(), "y".into()],
            paths: walks.walks.iter().map(path).collect(),
            marks: walks.critical.iter().map(mark).collect(),
            sentences: about_walks(walks),
        }
    }
}

/// What lies along the axes of a run's plane.
pub(crate) fn axes(portrait: &Portrait) -> [String; 2] {
    let share = |k: usize| {
        let share = portrait.explained.get(k).copied().unwrap_or(0.0);
        format!("{:.0} % of the variance", 100.0 * share)
    };
    match portrait.directions {
        Directions::Pca => [
            format!("first principal direction ({})", share(0)),
            format!("second ({})", share(1)),
        ],
        Directions::Random => ["random direction".into(), "another one".into()],
        Directions::Hessian => [
            "direction of the largest eigenvalue".into(),
            "direction of the smallest".into(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Theme, blocks, contour, png, surface};
    use thalweg_core::function;
    use thalweg_train::WalkTest;

    #[test]
    fn rules_on_a_test_function_are_drawn_in_every_way() {
        let rosenbrock = function::ALL.parse("rosenbrock").unwrap();
        let rules = ["adam:lr=0.1".to_owned(), "momentum".to_owned()];
        let walks = WalkTest::default().walk(&*rosenbrock, &rules).unwrap();
        let map = Map::of_walks(&walks, "Rosenbrock");
        let lines = blocks(&map).join("\n");
        assert!(lines.contains('a') && lines.contains('B') && lines.contains('+'));
        for theme in [Theme::Light, Theme::Dark] {
            for picture in [contour(&map, theme), surface(&map, theme)] {
                let picture = picture.unwrap();
                assert!(picture.contains("minimum") && picture.contains("momentum:lr="));
            }
        }
        let bytes = png(&contour(&map, Theme::Dark).unwrap()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 10_000);
    }
}

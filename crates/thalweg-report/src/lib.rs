//! Pictures of what runs and tests have found, as SVG text or PNG, and in characters for a terminal; and the sentences that
//! they are to be read with. The same as JSON. Nothing is written here, and nothing is computed but where things lie in the picture.

// Tests compare numbers that are written out.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod blocks;
mod canvas;
mod connection;
mod contour;
mod curves;
mod error;
mod events;
mod isolines;
mod json;
mod levels;
mod lines;
mod maps;
mod noise;
mod page;
mod png;
mod race;
mod range_test;
mod scale;
mod spectrum;
mod surface;
mod theme;
mod thinning;
mod words;

pub use blocks::blocks;
pub use connection::connection;
pub use contour::{Map, Path, contour};
pub use curves::curves;
pub use error::ReportError;
pub use json::{
    compared_json, connection_json, noise_json, portrait_json, spectrum_json, walks_json,
};
pub use levels::Levels;
pub use lines::lines;
pub use noise::noise;
pub use page::{Looks, comparison_page, run_page};
pub use png::png;
pub use race::{Along, race, walked};
pub use range_test::range_test;
pub use spectrum::spectrum;
pub use surface::surface;
pub use theme::Theme;
pub use words::{
    about_compared, about_connection, about_curves, about_lines, about_noise, about_portrait,
    about_spectrum, about_walks,
};

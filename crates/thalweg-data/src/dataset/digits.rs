//! Handwritten digits, carried with the program. Where they come from is in `data/README.md`.

use std::io::Read;

use flate2::read::GzDecoder;
use thalweg_core::spec::{Card, Field, Spec};

use super::Source;
use crate::Column;
use crate::read::Idx;

static IMAGES: &[u8] = include_bytes!("../../data/digits-images-idx3-ubyte.gz");
static LABELS: &[u8] = include_bytes!("../../data/digits-labels-idx1-ubyte.gz");

/// 1,797 handwritten digits of 8 × 8 pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits;

impl Spec for Digits {
    const CARD: &'static Card = &Card {
        name: "digits",
        summary: "1,797 handwritten digits, 8 × 8 pixels from 0 to 16, bundled.",
        formula: "",
        paper: "Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI, doi:10.24432/C50P49 (test part), CC BY 4.0",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[];
}

impl Source for Digits {
    const TARGET: &'static str = "digit";

    fn columns(&self) -> Vec<Column> {
        let images = unpack(IMAGES);
        let labels = unpack(LABELS);
        let why = "the bundled files are whole, which a test makes sure of";
        let images = Idx::images("digits", &images).expect(why);
        let labels = Idx::labels("digits", &labels).expect(why);
        vec![
            images.image_column().expect(why),
            labels.label_column(Self::TARGET),
        ]
    }
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut content)
        .expect("the bundled files are whole, which a test makes sure of");
    content
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dataset;
    use crate::Values;
    use crate::column::bytes;

    #[test]
    fn the_digits_are_those_of_the_origin() {
        let table = Digits.table();
        assert_eq!(
            (table.rows(), table.names()),
            (1797, vec!["image", "digit"])
        );
        let Values::Image { pixels, .. } = &table.columns()[0].values else {
            panic!("images");
        };
        // The first row of UCI's file, and the sum of all pixels as scikit-learn gives it.
        assert_eq!(bytes(pixels)[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        let sum: u64 = bytes(pixels).iter().map(|&pixel| u64::from(pixel)).sum();
        assert_eq!(sum, 561_718);
        let digits: Vec<_> = (0..12)
            .filter_map(|row| table.columns()[1].cell(row))
            .collect();
        assert_eq!(digits.concat(), "012345678901");
    }
}

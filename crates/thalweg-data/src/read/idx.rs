//! IDX, the format of MNIST: a magic number, the sizes in big-endian order, then bytes.
//!
//! Only what images and labels need: unsigned bytes in three dimensions and in one.

use std::path::Path;

use super::read_whole;
use crate::table::Lines;
use crate::{Column, DataError, Format, Table};

/// Unsigned bytes in three dimensions.
const IMAGES: u32 = 0x0803;
/// Unsigned bytes in one dimension.
const LABELS: u32 = 0x0801;

/// The name of the column of images.
pub(crate) const IMAGE_COLUMN: &str = "image";
/// The name of the column of labels.
const LABEL_COLUMN: &str = "label";

/// Images and their labels as a table; without labels the table has only the images.
pub(super) fn read(
    origin: &str,
    content: &[u8],
    labels: Option<&Path>,
) -> Result<Table, DataError> {
    if magic(content) == LABELS {
        return Err(DataError::IdxLabelsAsData {
            path: origin.to_owned(),
        });
    }
    let images = Idx::parse(origin, content, IMAGES)?;
    let format = Format::Idx {
        height: images.sizes[1],
        width: images.sizes[2],
    };
    let mut columns = vec![images.image_column()?];
    if let Some(path) = labels {
        let labels_path = path.display().to_string();
        let content = read_whole(path)?;
        let labels = Idx::parse(&labels_path, &content, LABELS)?;
        if labels.sizes[0] != images.sizes[0] {
            return Err(DataError::IdxCounts {
                images_path: origin.to_owned(),
                images: images.sizes[0],
                labels_path,
                labels: labels.sizes[0],
            });
        }
        columns.push(labels.label_column(LABEL_COLUMN));
    }
    let table = Table::build(origin, format, columns, Lines::Rows(1))?;
    Ok(if labels.is_some() {
        table.with_target(LABEL_COLUMN)
    } else {
        table
    })
}

/// The content of an IDX file.
pub(crate) struct Idx<'a> {
    pub(crate) sizes: Vec<usize>,
    bytes: &'a [u8],
}

impl<'a> Idx<'a> {
    /// Images, as in a file that the program carries with it.
    pub(crate) fn images(origin: &str, content: &'a [u8]) -> Result<Idx<'a>, DataError> {
        Idx::parse(origin, content, IMAGES)
    }

    /// Labels, likewise.
    pub(crate) fn labels(origin: &str, content: &'a [u8]) -> Result<Idx<'a>, DataError> {
        Idx::parse(origin, content, LABELS)
    }

    fn parse(origin: &str, content: &'a [u8], expected: u32) -> Result<Idx<'a>, DataError> {
        let path = || origin.to_owned();
        let found = magic(content);
        if found != expected {
            let what = if expected == IMAGES {
                "images"
            } else {
                "labels"
            };
            return Err(DataError::IdxMagic {
                path: path(),
                what,
                found,
                expected,
            });
        }
        let dimensions = (expected & 0xff) as usize;
        let header = 4 + 4 * dimensions;
        let sizes: Vec<usize> = content
            .get(4..header)
            .unwrap_or_default()
            .chunks_exact(4)
            .map(|size| size.iter().fold(0, |n, &byte| n << 8 | usize::from(byte)))
            .collect();
        let product = |n: u64, &size: &usize| n.saturating_mul(size as u64);
        let length = if sizes.is_empty() {
            0
        } else {
            sizes.iter().fold(1, product)
        };
        let expected = length.saturating_add(header as u64);
        if content.len() as u64 != expected {
            return Err(DataError::IdxLength {
                path: path(),
                expected,
                found: content.len() as u64,
            });
        }
        if length == 0 {
            return Err(DataError::EmptyFile { path: path() });
        }
        let bytes = &content[header..];
        Ok(Idx { sizes, bytes })
    }

    /// The images as a column.
    pub(crate) fn image_column(&self) -> Result<Column, DataError> {
        Column::image(
            IMAGE_COLUMN,
            self.sizes[1],
            self.sizes[2],
            self.bytes.to_vec(),
        )
    }

    /// The labels as a column of numbers.
    pub(crate) fn label_column(&self, name: &str) -> Column {
        Column::number(
            name,
            self.bytes.iter().map(|&label| f64::from(label)).collect(),
        )
    }
}

/// The first four bytes; zeros stand for those that a shorter file lacks.
fn magic(content: &[u8]) -> u32 {
    let at = |index: usize| u32::from(content.get(index).copied().unwrap_or_default());
    at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3)
}

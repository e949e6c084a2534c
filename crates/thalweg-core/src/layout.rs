//! Which range of the flat parameter vector is which weight: nothing else knows.

use std::fmt;
use std::ops::Range;

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A weight matrix, outputs × inputs, row-major: decays and is penalized.
    Weight,
    /// A bias vector: neither.
    Bias,
}

/// One named range of the parameter vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The layer, from 1 as in the notation `[l]`.
    pub layer: usize,
    /// What it holds.
    pub part: Part,
    /// Its rows and columns; a bias has one column.
    pub shape: (usize, usize),
    /// Where it lies in the vector.
    pub range: Range<usize>,
}

/// `layer 2.weight`.
impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Weight => "weight",
            Part::Bias => "bias",
        };
        write!(f, "layer {}.{part}", self.layer)
    }
}

/// Some rows of a segment: what one thread finds the gradient of at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment, from 0.
    pub segment: usize,
    /// Its rows.
    pub rows: Range<usize>,
    /// Where they lie in the vector.
    pub range: Range<usize>,
}

/// All segments, in order and without gaps: `W[1], b[1], W[2], b[2], …`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    segments: Vec<Segment>,
}

impl Layout {
    /// The layout of dense layers of these widths, the input's width first.
    pub fn dense(widths: &[usize]) -> Layout {
        let mut segments = Vec::new();
        let mut start = 0;
        for (index, pair) in widths.windows(2).enumerate() {
            let (inputs, outputs) = (pair[0], pair[1]);
            for (part, shape) in [
                (Part::Weight, (outputs, inputs)),
                (Part::Bias, (outputs, 1)),
            ] {
                let range = start..start + shape.0 * shape.1;
                start = range.end;
                segments.push(Segment {
                    layer: index + 1,
                    part,
                    shape,
                    range,
                });
            }
        }
        Layout { segments }
    }

    /// The layout of a plain vector: one weight, as `layer 1.weight`.
    pub fn vector(n: usize) -> Layout {
        let segment = Segment {
            layer: 1,
            part: Part::Weight,
            shape: (n, 1),
            range: 0..n,
        };
        Layout {
            segments: vec![segment],
        }
    }

    /// The segments in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.segments.last().map_or(0, |segment| segment.range.end)
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ranges of weights, without biases.
    pub fn weights(&self) -> impl Iterator<Item = Range<usize>> {
        self.segments
            .iter()
            .filter(|segment| segment.part == Part::Weight)
            .map(|segment| segment.range.clone())
    }

    /// All segments cut up, in order: enough cuts of a weight matrix for several threads, each of so many rows that its
    /// gradient is found fast and that handing it out costs next to nothing. A bias is one cut.
    pub fn cuts(&self) -> Vec<Cut> {
        self.cut(|height, few| {
            let rows = height.div_ceil(8).max(few).next_multiple_of(8);
            rows.min(32.max(few))
        })
    }

    /// The same in larger parts, two for each of so many threads, for sums over so many rows that they do not stay in a
    /// cache: they are read once for each part.
    pub fn large_cuts(&self, threads: usize) -> Vec<Cut> {
        self.cut(|height, few| {
            let parts = if threads > 1 { 2 * threads } else { 1 };
            let rows = height.div_ceil(parts).max(few).next_multiple_of(8);
            rows.min(128.max(few))
        })
    }

    /// Cuts weight matrices into parts of so many rows as `rows` says, given all of them and what is the least.
    fn cut(&self, rows: impl Fn(usize, usize) -> usize) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for (index, segment) in self.segments.iter().enumerate() {
            let (height, width) = segment.shape;
            let size = match segment.part {
                Part::Weight => rows(height, 2048_usize.div_ceil(width.max(1))),
                Part::Bias => height,
            };
            for first in (0..height).step_by(size) {
                let rows = first..height.min(first + size);
                let start = segment.range.start;
                cuts.push(Cut {
                    segment: index,
                    range: start + rows.start * width..start + rows.end * width,
                    rows,
                });
            }
        }
        cuts
    }

    /// The weight matrix and the bias of a layer (from 1) in a vector of this layout.
    pub fn layer<'a, T>(&self, layer: usize, vector: &'a [T]) -> (&'a [T], &'a [T]) {
        let [weight, bias] = [0, 1].map(|part| self.segments[2 * (layer - 1) + part].range.clone());
        (&vector[weight], &vector[bias])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_lie_side_by_side() {
        let layout = Layout::dense(&[3, 4, 2]);
        assert_eq!(layout.len(), 3 * 4 + 4 + 4 * 2 + 2);
        let names: Vec<_> = layout.segments().iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "layer 1.weight",
                "layer 1.bias",
                "layer 2.weight",
                "layer 2.bias"
            ]
        );
        assert_eq!(layout.weights().collect::<Vec<_>>(), [0..12, 16..24]);
    }
}

//! Turning numbers: copies between examples side by side and features side by side.

use pulp::Arch;
#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, Simd, x86::V4};

use crate::Real;

/// Rows and columns that are turned at a time: both sides stay within a few cache lines.
const BLOCK: usize = 16;

/// Turns `rows` × `width` numbers: `to[column · to_stride + row] = from[row · from_stride + column]`.
pub(super) fn turn<T: Real>(
    from: &[T],
    from_stride: usize,
    to: &mut [T],
    to_stride: usize,
    shape: (usize, usize),
) {
    turn_on(Arch::new(), from, from_stride, to, to_stride, shape);
}

fn turn_on<T: Real>(
    arch: Arch,
    from: &[T],
    from_stride: usize,
    to: &mut [T],
    to_stride: usize,
    (rows, width): (usize, usize),
) {
    if (rows, to_stride) == (1, 1) || (width, from_stride) == (1, 1) {
        // The features of a single example lie the same way on both sides.
        let len = rows * width;
        to[..len].copy_from_slice(&from[..len]);
        return;
    }
    let mut turning = Turning {
        from,
        from_stride,
        to,
        to_stride,
        shape: (rows, width),
    };
    match arch {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => Simd::vectorize(simd, OnV4(simd, turning)),
        _ => turning.blocks(BLOCK, |block| match block.shape {
            (BLOCK, BLOCK) => block.line_by_line(),
            _ => block.number_by_number(),
        }),
    }
}

/// What is turned.
struct Turning<'a, T> {
    from: &'a [T],
    from_stride: usize,
    to: &'a mut [T],
    to_stride: usize,
    /// Rows and columns of `from`.
    shape: (usize, usize),
}

impl<T: Real> Turning<'_, T> {
    /// Calls `f` with each block, `size` × `size` numbers or what is left at the edges.
    #[inline(always)]
    fn blocks(&mut self, size: usize, f: impl Fn(&mut Turning<'_, T>)) {
        let (rows, width) = self.shape;
        for row in (0..rows).step_by(size) {
            for column in (0..width).step_by(size) {
                f(&mut Turning {
                    from: &self.from[row * self.from_stride + column..],
                    to: &mut self.to[column * self.to_stride + row..],
                    shape: (size.min(rows - row), size.min(width - column)),
                    ..*self
                });
            }
        }
    }

    /// A whole block, whose bounds are known.
    fn line_by_line(&mut self) {
        let mut lines = [&self.from[..0]; BLOCK];
        for (r, line) in lines.iter_mut().enumerate() {
            *line = &self.from[r * self.from_stride..][..BLOCK];
        }
        for c in 0..BLOCK {
            let column = lines.map(|line| line[c]);
            self.to[c * self.to_stride..][..BLOCK].copy_from_slice(&column);
        }
    }

    #[inline(always)]
    fn number_by_number(&mut self) {
        let (rows, width) = self.shape;
        for r in 0..rows {
            for c in 0..width {
                self.to[c * self.to_stride + r] = self.from[r * self.from_stride + c];
            }
        }
    }
}

/// Turning by vectors of 512 bits, of which the others have no equal.
#[cfg(target_arch = "x86_64")]
struct OnV4<'a, T>(V4, Turning<'a, T>);

#[cfg(target_arch = "x86_64")]
impl<T: Real> NullaryFnOnce for OnV4<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let OnV4(simd, mut turning) = self;
        turning.blocks(
            T::lanes::<V4>(),
            #[inline(always)]
            |block| {
                if const { size_of::<T>() == 4 } {
                    square::<T, 16>(simd, block);
                } else {
                    square::<T, 8>(simd, block);
                }
            },
        );
    }
}

/// Turns a block of at most N vectors of at most N numbers.
///
/// A number's row and column make up one address. Zipping line i with line i + N/2 takes the highest bit of all addresses
/// and puts it last; once as many times as a row has bits, rows are columns.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn square<T: Real, const N: usize>(simd: V4, block: &mut Turning<'_, T>) {
    let (rows, width) = block.shape;
    let is_whole = block.shape == (N, N);
    let mut lines = [T::splat(simd, T::ZERO); N];
    for (r, line) in lines.iter_mut().enumerate() {
        if is_whole {
            let from = &block.from[r * block.from_stride..][..N];
            *line = T::vectors::<V4>(from)[0];
        } else if r < rows {
            *line = T::load_part(simd, &block.from[r * block.from_stride..][..width]);
        }
    }
    for _ in 0..N.ilog2() {
        let mut zipped = lines;
        for i in 0..N / 2 {
            [zipped[2 * i], zipped[2 * i + 1]] = T::zip(simd, lines[i], lines[i + N / 2]);
        }
        lines = zipped;
    }
    for (c, &line) in lines.iter().enumerate() {
        if is_whole {
            let to = &mut block.to[c * block.to_stride..][..N];
            T::vectors_mut::<V4>(to)[0] = line;
        } else if c < width {
            T::store_part(simd, &mut block.to[c * block.to_stride..][..rows], line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        fn check<T: Real>(arch: Arch) {
            for (rows, width) in [
                (1, 1),
                (1, 40),
                (40, 1),
                (16, 16),
                (32, 48),
                (33, 17),
                (15, 70),
            ] {
                let (from_stride, to_stride) = (width + 3, rows + 5);
                let from: Vec<_> = (0..rows * from_stride).map(|i| T::of(i as f64)).collect();
                let mut to = vec![T::of(-1.0); width * to_stride];
                turn_on(arch, &from, from_stride, &mut to, to_stride, (rows, width));
                for (index, &found) in to.iter().enumerate() {
                    let (column, row) = (index / to_stride, index % to_stride);
                    let expected = if row < rows {
                        from[row * from_stride + column]
                    } else {
                        T::of(-1.0)
                    };
                    assert!(found == expected, "{rows} × {width}: {row}, {column}");
                }
            }
        }
        for arch in [Arch::new(), Arch::Scalar] {
            check::<f32>(arch);
            check::<f64>(arch);
        }
    }
}

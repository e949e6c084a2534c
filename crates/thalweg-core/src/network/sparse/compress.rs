//! What is not 0 of a row.

use pulp::Arch;
#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, Simd, x86::V4};

use crate::Real;

/// Writes the numbers that are not 0, and their columns, the first of which is `first`; returns how many there are.
/// Both places are longer than the row by a vector, and what follows the nonzeros in them means nothing.
pub(super) fn compress<T: Real>(
    row: &[T],
    first: u32,
    columns: &mut [u32],
    values: &mut [T],
) -> usize {
    compress_on(Arch::new(), row, first, columns, values)
}

pub(super) fn compress_on<T: Real>(
    arch: Arch,
    row: &[T],
    first: u32,
    columns: &mut [u32],
    values: &mut [T],
) -> usize {
    let compressing = Compressing {
        row,
        first,
        columns,
        values,
    };
    match arch {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => Simd::vectorize(simd, OnV4(simd, compressing)),
        _ => compressing.number_by_number(0),
    }
}

struct Compressing<'a, T> {
    row: &'a [T],
    first: u32,
    columns: &'a mut [u32],
    values: &'a mut [T],
}

impl<T: Real> Compressing<'_, T> {
    /// With so many nonzeros before: each number is written, and the next one over it if it was 0.
    #[inline(always)]
    fn number_by_number(self, mut count: usize) -> usize {
        for (column, &x) in (self.first..).zip(self.row) {
            self.columns[count] = column;
            self.values[count] = x;
            count += usize::from(x != T::ZERO);
        }
        count
    }
}

/// By vectors of 512 bits, which can be compressed.
#[cfg(target_arch = "x86_64")]
struct OnV4<'a, T>(V4, Compressing<'a, T>);

#[cfg(target_arch = "x86_64")]
impl<T: Real> NullaryFnOnce for OnV4<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn call(self) -> usize {
        let OnV4(simd, mut of) = self;
        let lanes = T::lanes::<V4>();
        let mut count = 0;
        for &x in T::vectors::<V4>(of.row) {
            let columns = &mut of.columns[count..].as_chunks_mut().0[0];
            let values = &mut T::vectors_mut::<V4>(&mut of.values[count..])[0];
            count += T::compress(simd, x, of.first, columns, values);
            of.first += lanes as u32;
        }
        of.row = &of.row[of.row.len() / lanes * lanes..];
        of.number_by_number(count)
    }
}

//! Numbers that begin where a line of a cache begins. What an allocator returns begins 16 bytes behind one, as a rule, and
//! then every vector of 64 bytes lies in two lines.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the longest vectors.
pub(super) const LINE: usize = 64;

/// A fixed number of numbers, which begin with a line.
pub(super) struct Lines<T> {
    data: Vec<T>,
    first: usize,
    len: usize,
}

impl<T: Copy> Lines<T> {
    /// So many times `x`.
    pub(super) fn new(x: T, len: usize) -> Lines<T> {
        let room = LINE / size_of::<T>();
        let data = vec![x; len + room];
        // Moving a vector does not move what it holds. No alignment is promised here, and none is needed for the result.
        let first = data.as_ptr().align_offset(LINE).min(room);
        Lines { data, first, len }
    }

    /// Makes room for at least so many numbers; where there was less, what was there is lost.
    pub(super) fn make_room(&mut self, len: usize)
    where
        T: Default,
    {
        if self.len < len {
            *self = Lines::new(T::default(), len);
        }
    }
}

impl<T> Deref for Lines<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.data[self.first..][..self.len]
    }
}

impl<T> DerefMut for Lines<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data[self.first..][..self.len]
    }
}

impl<T> Default for Lines<T> {
    /// No numbers.
    fn default() -> Lines<T> {
        Lines {
            data: Vec::new(),
            first: 0,
            len: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_with_a_line() {
        for len in [0, 1, 15, 1000, 1 << 20] {
            let lines = Lines::new(1.5_f64, len);
            assert_eq!((lines.len(), lines.as_ptr() as usize % LINE), (len, 0));
            assert!(lines.iter().all(|x| *x == 1.5));
        }
    }
}

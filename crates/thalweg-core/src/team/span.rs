//! A slice that several threads may take disjoint places of.

use std::ops::Range;

/// A mutable slice, to be shared among threads by someone who sees to it that no place is taken twice.
#[derive(Debug)]
pub(crate) struct Span<T> {
    start: *mut T,
    len: usize,
}

// SAFETY: a span is a mutable slice that has been taken apart: it may go wherever its elements may.
unsafe impl<T: Send> Send for Span<T> {}
// SAFETY: through a shared span nothing can be reached but by the unsafe functions, whose callers vouch for it.
unsafe impl<T: Send> Sync for Span<T> {}

impl<T> Clone for Span<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Span<T> {}

impl<T> Default for Span<T> {
    fn default() -> Self {
        Span::new(&mut [])
    }
}

impl<T> Span<T> {
    /// The span of a slice, which nobody may use otherwise while places of the span are in use.
    pub(crate) fn new(slice: &mut [T]) -> Span<T> {
        let (start, len) = (slice.as_mut_ptr(), slice.len());
        Span { start, len }
    }

    /// The elements of a range.
    ///
    /// # Safety
    /// The slice is still borrowed, and while the result is in use nothing else reaches a place of the range.
    pub(crate) unsafe fn range<'a>(self, range: Range<usize>) -> &'a mut [T] {
        assert!(
            range.start <= range.end && range.end <= self.len,
            "{range:?} lies in a span of {}",
            self.len
        );
        // SAFETY: the range is within the slice, and the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }

    /// One element.
    ///
    /// # Safety
    /// As [`Span::range`].
    pub(crate) unsafe fn at<'a>(self, index: usize) -> &'a mut T {
        assert!(index < self.len, "{index} lies in a span of {}", self.len);
        // SAFETY: the index is within the slice, and the caller vouches for the rest.
        unsafe { &mut *self.start.add(index) }
    }
}

//! Groups of numbers that lie at equal distances in a slice, without a check of bounds for each.

// What a sum walks along is checked once, before it begins.
#![allow(unsafe_code)]

/// Groups of N numbers, each `stride` behind the last.
pub(super) struct Strided<'a, V, const N: usize> {
    data: &'a [V],
    stride: usize,
    count: usize,
}

impl<'a, V, const N: usize> Strided<'a, V, N> {
    /// The first `count` groups of a slice, which has to hold them.
    #[inline(always)]
    pub(super) fn new(data: &'a [V], stride: usize, count: usize) -> Strided<'a, V, N> {
        let last = count.saturating_sub(1).checked_mul(stride);
        let end = last.and_then(|last| last.checked_add(N));
        assert!(count == 0 || end.is_some_and(|end| end <= data.len()));
        Strided {
            data,
            stride,
            count,
        }
    }

    /// The k-th group.
    #[inline(always)]
    pub(super) fn get(&self, k: usize) -> &'a [V; N] {
        assert!(k < self.count);
        // SAFETY: the last group ends in the slice, as `new` has seen, and none is behind the last. An array has the
        // alignment of what it is made of.
        unsafe { &*self.data.as_ptr().add(k * self.stride).cast() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_those_of_the_slice() {
        let data: Vec<u32> = (0..23).collect();
        let groups = Strided::<_, 3>::new(&data, 5, 5);
        for k in 0..5 {
            assert_eq!(groups.get(k)[..], data[5 * k..][..3]);
        }
        assert!(std::panic::catch_unwind(|| *Strided::<_, 3>::new(&data, 5, 5).get(5)).is_err());
        for (stride, count) in [(5, 6), (11, 3), (usize::MAX, 3)] {
            let beyond =
                std::panic::catch_unwind(|| Strided::<_, 3>::new(&data, stride, count).count);
            assert!(beyond.is_err(), "{stride} {count}");
        }
        assert_eq!(Strided::<_, 24>::new(&data, 5, 0).count, 0);
    }
}

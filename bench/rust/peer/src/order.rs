//! The order of the rows: a new one for each epoch.

/// Hands out batches of rows in random order; the rows left over at the end of an epoch are not used, as everywhere
/// in the comparison.
pub struct Order {
    rows: Vec<u32>,
    next: usize,
    random: u64,
}

impl Order {
    /// An order of so many rows.
    pub fn new(rows: usize) -> Order {
        Order {
            rows: (0..rows as u32).collect(),
            next: rows,
            random: 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// The rows of the next batch.
    pub fn next(&mut self, batch: usize) -> &[u32] {
        if self.next + batch > self.rows.len() {
            self.shuffle();
            self.next = 0;
        }
        self.next += batch;
        &self.rows[self.next - batch..self.next]
    }

    /// Fisher and Yates, with Marsaglia's xorshift.
    fn shuffle(&mut self) {
        for last in (1..self.rows.len()).rev() {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            self.rows
                .swap(last, (self.random % (last as u64 + 1)) as usize);
        }
    }
}

//! Chance that can be repeated.

/// A small generator (SplitMix64): the same seed gives the same cases everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number from 0 to `below` − 1.
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    /// A number from one end to the other, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.roll(high.abs_diff(low) + 1) as i64
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    pub(crate) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len() as u64) as usize].clone()
    }
}

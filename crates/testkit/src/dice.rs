//! Chance that can be repeated.

/// A small generator (SplitMix64): the same seed gives the same numbers everywhere.
pub struct Dice(u64);

impl Dice {
    /// A generator of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below this, which is not zero. A little uneven for huge ones: no matter here.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.any() % below
    }

    /// A number from one end to the other, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.roll(high.abs_diff(low) + 1) as i64
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    /// Any of them, each as likely; there is at least one.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len() as u64) as usize]
    }

    /// A copy of any of them.
    pub fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        self.pick(of).clone()
    }

    /// Any of them, the first far more often than the last: half of the draws fall on the first quarter.
    pub fn pick_skewed<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let share = (self.any() >> 11) as f64 / (1_u64 << 53) as f64;
        &of[(share * share * of.len() as f64) as usize]
    }
}

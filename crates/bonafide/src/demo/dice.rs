//! Chance of the demo, from a seed: the same seed makes the same chain. Nothing secret may ever come from it.

use bonafide_store::id::Id;

/// The constant of the sequence (SplitMix64): its steps visit every 64-bit number.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A generator; a copy goes on from the same place.
#[derive(Clone)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice { state: seed }
    }

    /// A generator of its own for the thing with this number, so that things can be made in any order.
    pub(super) fn of(seed: u64, number: u64) -> Dice {
        Dice { state: Dice::new(seed).next() ^ Dice::new(number.wrapping_mul(STEP)).next() }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one, which is not zero.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// A number from one end to the other, both included.
    pub(super) fn within(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low).saturating_add(1).max(1);
        low.saturating_add_unsigned(self.next() % width)
    }

    /// True in so many of a hundred.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// A share from zero up to, not including, one.
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of them, each as likely; the first of none is a fault of the caller and panics.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The place of one of these weights, each as likely as it is heavy.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        let mut left = self.below(total as usize);
        let fits = |&weight: &u32| {
            let here = left < weight as usize;
            left = left.saturating_sub(weight as usize);
            here
        };
        weights.iter().position(fits).unwrap_or(0)
    }

    /// An id. Operations of the demo have ids of it; rows get theirs from the store.
    pub(super) fn id(&mut self) -> Id {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        Id::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_within_their_limits() {
        let drawn = |seed: u64| {
            let mut dice = Dice::of(seed, 7);
            (0..20).map(|_| dice.within(-3, 3)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!(drawn(1).iter().all(|number| (-3..=3).contains(number)));
        let mut dice = Dice::new(3);
        assert!((0..100).all(|_| dice.weighted(&[0, 5, 0, 1]) % 2 == 1));
        assert!((0..100).all(|_| (0.0..1.0).contains(&dice.share())));
    }
}

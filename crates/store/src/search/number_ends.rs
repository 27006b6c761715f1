//! Members by the end of a telephone number.

use zeroize::{DefaultIsZeroes, Zeroizing};

use super::blocks::SortedBlocks;
use super::limits::NUMBERS_PER_MEMBER_MAX;
use super::query::Digits;

/// A number and whose it is; in two halves, so that it takes 12 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Ending {
    high: u32,
    low: u32,
    member: u32,
}

impl DefaultIsZeroes for Ending {}

/// The same in the order of members: what a member has is found when it is removed.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Owned {
    member: u32,
    high: u32,
    low: u32,
}

impl DefaultIsZeroes for Owned {}

impl Ending {
    fn new(packed: u64, member: u32) -> Self {
        let [high, low] = [packed >> 32, packed & u64::from(u32::MAX)].map(|half| half as u32);
        Self { high, low, member }
    }

    fn owned(self) -> Owned {
        Owned { member: self.member, high: self.high, low: self.low }
    }
}

pub(super) struct NumberEnds {
    endings: SortedBlocks<Ending>,
    owned: SortedBlocks<Owned>,
}

impl NumberEnds {
    pub(super) fn new() -> Self {
        Self { endings: SortedBlocks::new(), owned: SortedBlocks::new() }
    }

    /// Each member has exactly these numbers from now on. The ends are put in in their order, so that neighbours are still
    /// in the processor's cache.
    pub(super) fn replace_all<'a>(&mut self, members: impl Iterator<Item = (u32, &'a [Digits])>) {
        let mut endings = Zeroizing::new(Vec::new());
        for (member, numbers) in members {
            self.remove(member);
            let numbers = numbers.iter().filter(|digits| digits.count() > 0).take(NUMBERS_PER_MEMBER_MAX);
            for ending in numbers.map(|digits| Ending::new(digits.packed(), member)) {
                self.owned.insert(ending.owned());
                endings.push(ending);
            }
        }
        endings.sort_unstable();
        // A member may have been there twice: what the last one brought is owned.
        for ending in endings.iter().filter(|ending| self.owned.contains(&ending.owned())) {
            self.endings.insert(*ending);
        }
    }

    pub(super) fn remove(&mut self, member: u32) {
        let all = Owned { member, high: 0, low: 0 }..=Owned { member, high: u32::MAX, low: u32::MAX };
        let before: Vec<Owned> = self.owned.range(all).collect();
        for Owned { member, high, low } in before {
            let ending = Ending { high, low, member };
            self.endings.remove(&ending);
            self.owned.remove(&ending.owned());
        }
    }

    /// Members with such a number; one with two of them comes twice.
    pub(super) fn with_end(&self, end: &Digits) -> impl Iterator<Item = u32> {
        let range = Ending::new(end.packed(), 0)..=Ending::new(end.last(), u32::MAX);
        self.endings.range(range).map(|ending| ending.member)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.endings.heap_bytes() + self.owned.heap_bytes()
    }

    /// Whether anything but zeros is left.
    #[cfg(test)]
    pub(super) fn is_wiped(&self) -> bool {
        self.endings.all_values().all(|ending| ending == Ending::default())
            && self.owned.all_values().all(|owned| owned == Owned::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(ends: &mut NumberEnds, member: u32, numbers: &[Digits]) {
        ends.replace_all(std::iter::once((member, numbers)));
    }

    fn found(ends: &NumberEnds, end: &str) -> Vec<u32> {
        ends.with_end(&Digits::of(end)).collect()
    }

    #[test]
    fn a_number_is_found_by_its_last_digits() {
        let mut ends = NumberEnds::new();
        replace(&mut ends, 1, &[Digits::of("+7 495 123-45-67")]);
        replace(&mut ends, 2, &[Digits::of("+44 20 7946 4567"), Digits::of("+86 139 0000 0000")]);
        replace(&mut ends, 3, &[Digits::of("4567")]);
        replace(&mut ends, 4, &[Digits::of("")]);
        let cases: [(&str, &[u32]); 6] = [
            ("4567", &[3, 1, 2]),
            ("34567", &[1]),
            ("64567", &[2]),
            ("0000", &[2]),
            ("74951234567", &[1]),
            ("9999", &[]),
        ];
        for (end, expected) in cases {
            assert_eq!(found(&ends, end), expected, "{end}");
        }
    }

    #[test]
    fn removal_leaves_zeros_only() {
        let mut ends = NumberEnds::new();
        let number = |member: u32| (u64::from(member) * 7_919_000_003 % 99_999_999_977).to_string();
        // In an order that splits blocks everywhere, with a second number for some.
        for step in 0..5_000_u32 {
            let member = step * 1_237 % 5_000;
            replace(
                &mut ends,
                member,
                &[Digits::of(&number(member)), Digits::of(&number(member / 2 + 70_000))],
            );
        }
        for member in 0..5_000 {
            assert!(found(&ends, &number(member)).contains(&member), "{member}");
        }
        for member in 0..5_000 {
            replace(&mut ends, member * 1_237 % 5_000, &[]);
            if member == 2_500 {
                let left = ends.owned.range(Owned::default()..=Owned { member: u32::MAX, high: 0, low: 0 });
                let left = left.map(|owned| owned.member).collect::<std::collections::BTreeSet<_>>();
                assert_eq!(left.len(), 2_499);
                let used = ends.owned.all_values().filter(|owned| *owned != Owned::default()).count();
                assert_eq!(used, 2 * 2_499);
            }
        }
        assert!(ends.is_wiped());
        assert!(found(&ends, "0000").is_empty());
    }
}

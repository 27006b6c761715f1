//! How many letters of two words differ, and a quick way to see that it is too many.

use zeroize::Zeroize;

use super::limits::WORD_CHARS_MAX;

/// Which letters occur, and which occur twice: a bit each. Both alphabets lie in Unicode such that the low five bits tell
/// their letters apart; other scripts share bits, which only makes the filter coarser.
pub(super) fn signature(letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0, |bits, letter| {
        let once = 1 << (letter as u32 % 32);
        if bits & once == 0 { bits | once } else { bits | once << 32 }
    })
}

/// A word to be found with wrong letters.
pub(super) struct Needle {
    letters: Vec<char>,
    signature: u64,
    distance_max: u8,
    /// For each letter of the Latin and the Cyrillic block the places where it stands in the word.
    ascii: [u64; 128],
    cyrillic: [u64; 256],
}

const CYRILLIC: u32 = 0x400;

impl Needle {
    pub(super) fn new(text: &str, distance_max: u8) -> Self {
        let mut letters = Vec::with_capacity(WORD_CHARS_MAX);
        letters.extend(text.chars().take(WORD_CHARS_MAX));
        let signature = signature(text.chars().take(WORD_CHARS_MAX));
        let mut needle = Self { letters, signature, distance_max, ascii: [0; 128], cyrillic: [0; 256] };
        for (place, letter) in needle.letters.iter().enumerate() {
            let code = *letter as u32;
            if let Some(places) = needle.ascii.get_mut(code as usize) {
                *places |= 1 << place;
            } else if let Some(places) = needle.cyrillic.get_mut(code.wrapping_sub(CYRILLIC) as usize) {
                *places |= 1 << place;
            }
        }
        needle
    }

    /// For each signature what is left of the difference when as much is taken away as the needle allows: only where
    /// that is zero, the word may be near. One wrong letter takes a letter away and brings another.
    pub(super) fn too_different(&self, signatures: &[u64], left: &mut [u64]) {
        match self.distance_max {
            0 | 1 => take_bits::<2>(self.signature, signatures, left),
            _ => take_bits::<4>(self.signature, signatures, left),
        }
    }

    /// Whether a word of so many letters may be near; one of none never is.
    pub(super) fn may_be_as_long(&self, letters: u8) -> bool {
        letters > 0 && usize::from(letters).abs_diff(self.letters.len()) <= usize::from(self.distance_max)
    }

    /// Letters that are left out, put in, replaced or exchanged with their neighbour (optimal string alignment), if not
    /// more than the needle allows.
    ///
    /// The columns of the usual table as bits (Hyyrö 2003): one step for each letter, not one for each pair.
    pub(super) fn distance(&self, word: &str) -> Option<u8> {
        // The empty word has no place for the bit that counts.
        let last = self.letters.len().checked_sub(1)?;
        let mut distance = self.letters.len();
        let (mut more, mut less, mut diagonal, mut places_before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
        for letter in word.chars() {
            let places = self.places(letter);
            let exchanged = ((!diagonal & places) << 1) & places_before;
            diagonal = ((places & more).wrapping_add(more) ^ more) | places | less | exchanged;
            let (right_more, right_less) = (less | !(diagonal | more), diagonal & more);
            distance += (right_more >> last & 1) as usize;
            distance -= (right_less >> last & 1) as usize;
            let right_more = right_more << 1 | 1;
            more = right_less << 1 | !(diagonal | right_more);
            less = right_more & diagonal;
            places_before = places;
        }
        u8::try_from(distance).ok().filter(|distance| *distance <= self.distance_max)
    }

    fn places(&self, letter: char) -> u64 {
        let code = letter as u32;
        if let Some(places) = self.ascii.get(code as usize) {
            return *places;
        }
        if let Some(places) = self.cyrillic.get(code.wrapping_sub(CYRILLIC) as usize) {
            return *places;
        }
        let all = self.letters.iter().enumerate();
        all.fold(0, |places, (place, own)| places | u64::from(*own == letter) << place)
    }
}

/// Without a branch and with a known count, so that the compiler does several at once.
fn take_bits<const BITS: usize>(signature: u64, signatures: &[u64], left: &mut [u64]) {
    for (other, left) in signatures.iter().zip(left) {
        let mut differing = signature ^ other;
        for _ in 0..BITS {
            // Takes the lowest bit away.
            differing &= differing.wrapping_sub(1);
        }
        *left = differing;
    }
}

impl Drop for Needle {
    fn drop(&mut self) {
        self.letters.zeroize();
        self.ascii.zeroize();
        self.cyrillic.zeroize();
    }
}

/// The table of the textbook, which judges the bits.
#[cfg(test)]
pub(super) fn by_the_book(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|word| word.chars().collect::<Vec<_>>());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let cell = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                let exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if exchanged { cell.min(table[i - 2][j - 2] + 1) } else { cell }
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str) {
        let expected = by_the_book(a, b) as u8;
        for distance_max in 1..=2 {
            let needle = Needle::new(a, distance_max);
            let found = needle.distance(b);
            assert_eq!(found, (expected <= distance_max).then_some(expected), "{a:?} {b:?}");
            let mut left = [0];
            needle.too_different(&[signature(b.chars())], &mut left);
            let may_be = left[0] == 0 && needle.may_be_as_long(b.chars().count() as u8);
            assert!(may_be || found.is_none(), "{a:?} {b:?} is filtered out");
        }
    }

    #[test]
    fn the_distance_counts_changed_letters() {
        let cases = [
            ("ivanov", "ivanov", 0),
            ("ivanov", "ivanof", 1),
            ("ivanov", "vanov", 1),
            ("ivanov", "ivannov", 1),
            ("ivanov", "ivaonv", 1),
            ("ivanov", "viaonv", 2),
            ("ivanov", "ivan", 2),
            ("ivanov", "petrov", 4),
            ("иванов", "ивонав", 2),
            ("ab", "cd", 2),
            ("ab", "b", 1),
            ("ψάθα", "ψάθ", 1),
            ("aaaa", "aaaaaa", 2),
        ];
        for (a, b, expected) in cases {
            assert_eq!(by_the_book(a, b), expected, "{a:?} {b:?}");
            check(a, b);
            check(b, a);
        }
    }

    #[test]
    fn the_bits_agree_with_the_table() {
        let mut state = 1_u64;
        let mut roll = |below: u64| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let letters: Vec<char> = "abиψ".chars().collect();
            let mut word = || (0..=roll(7)).map(|_| letters[roll(4) as usize]).collect::<String>();
            check(&word(), &word());
        }
        let long = "a".repeat(WORD_CHARS_MAX);
        check(&long, &long[1..]);
        check(&long, &long);
    }
}

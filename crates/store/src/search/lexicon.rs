//! Texts in order, each with the words that are found by it.
//!
//! A sorted list in shelves of up to [`TEXTS_PER_SHELF_MAX`] texts. A shelf keeps its texts in one block of bytes: that is
//! compact, a change moves little, the search with wrong letters runs through it as through an array, and there is one
//! place to wipe. The block is initialised to its end, so that a test can look at all of it.

use std::ops::Range;

use zeroize::Zeroize;

use super::distance::{Needle, signature};
use super::folding::{INITIALS, Text, is_han};
use super::limits::WORD_CHARS_MAX;
use super::numbers::Numbers;

const TEXTS_PER_SHELF_MAX: usize = 64;

/// A new block of texts has this many bytes; it doubles when it is full.
const BLOCK_BYTES_MIN: usize = 64;

#[derive(Default)]
pub(super) struct Lexicon {
    /// None is empty.
    shelves: Vec<Shelf>,
    /// The first letters of each shelf: what a search for a place looks at lies side by side.
    heads: Heads,
}

struct Shelf {
    /// The texts, one behind the other, and zeros behind them.
    block: Vec<u8>,
    /// Where each text ends in the block.
    ends: Vec<u16>,
    /// How many letters each has; zero if wrong letters are not looked for in it.
    letters: Vec<u8>,
    signatures: Vec<u64>,
    words: Vec<Numbers>,
}

impl Lexicon {
    /// Makes each word found by its text. In the order of the texts, so that neighbours are still in the processor's cache.
    pub(super) fn insert_all(&mut self, mut texts: Vec<(Text, u32)>) {
        texts.sort_by_cached_key(|(text, word)| (Heads::of(text.as_bytes()), *word));
        for (text, word) in &texts {
            self.insert(text, *word);
        }
    }

    fn insert(&mut self, text: &str, word: u32) {
        if self.shelves.is_empty() {
            let mut shelf = Shelf::new();
            shelf.insert(0, text, word);
            self.shelves.push(shelf);
            return self.heads.insert(0, text.as_bytes());
        }
        let at = self.shelf_of(text);
        let shelf = &mut self.shelves[at];
        match shelf.place(text) {
            Ok(place) => shelf.words[place].insert(word),
            Err(place) => {
                shelf.insert(place, text, word);
                if shelf.ends.len() > TEXTS_PER_SHELF_MAX {
                    let upper = shelf.split();
                    self.heads.insert(at + 1, upper.text(0));
                    self.shelves.insert(at + 1, upper);
                }
                if place == 0 {
                    self.heads.replace(at, self.shelves[at].text(0));
                }
            }
        }
    }

    /// The word is no longer found by the text; a text without words is wiped.
    pub(super) fn remove(&mut self, text: &str, word: u32) {
        if self.shelves.is_empty() {
            return;
        }
        let at = self.shelf_of(text);
        let shelf = &mut self.shelves[at];
        let Ok(place) = shelf.place(text) else { return };
        shelf.words[place].remove(word);
        if shelf.words[place].is_empty() {
            shelf.remove(place);
            if shelf.ends.is_empty() {
                self.shelves.remove(at);
                self.heads.remove(at);
            } else if place == 0 {
                self.heads.replace(at, shelf.text(0));
            }
        }
    }

    /// The texts that begin with this one, and whether each is the very text.
    pub(super) fn beginning_with(&self, text: &str, mut found: impl FnMut(bool, &[u32])) {
        let Some(mut at) = (!self.shelves.is_empty()).then(|| self.shelf_of(text)) else { return };
        let mut place = self.shelves[at].place(text).unwrap_or_else(|place| place);
        while let Some(shelf) = self.shelves.get(at) {
            for place in place..shelf.ends.len() {
                let listed = shelf.text(place);
                if !listed.starts_with(text.as_bytes()) {
                    return;
                }
                found(listed.len() == text.len(), shelf.words[place].as_slice());
            }
            (at, place) = (at + 1, 0);
        }
    }

    /// The texts in which one letter or more is wrong, but not more than the needle allows: which needle, how many
    /// letters, and the words. All needles are looked for in one pass, since the way through memory is the longest part.
    pub(super) fn near(&self, needles: &[Needle], mut found: impl FnMut(usize, u8, &[u32])) {
        let mut left = [0; TEXTS_PER_SHELF_MAX];
        for shelf in &self.shelves {
            for (which, needle) in needles.iter().enumerate() {
                needle.too_different(&shelf.signatures, &mut left);
                for (place, (left, letters)) in left.iter().zip(&shelf.letters).enumerate() {
                    if *left != 0 || !needle.may_be_as_long(*letters) {
                        continue;
                    }
                    // The block holds what was inserted as text; nothing else is ever in it.
                    let Ok(text) = std::str::from_utf8(shelf.text(place)) else { continue };
                    match needle.distance(text) {
                        Some(0) | None => {}
                        Some(distance) => found(which, distance, shelf.words[place].as_slice()),
                    }
                }
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.shelves.capacity() * size_of::<Shelf>()
            + self.heads.0.capacity() * size_of::<u64>()
            + self.shelves.iter().map(Shelf::heap_bytes).sum::<usize>()
    }

    /// The shelf in which the text is or would be.
    fn shelf_of(&self, text: &str) -> usize {
        let begins_alike = self.heads.around(text.as_bytes());
        let (first, shelves) = (begins_alike.start, &self.shelves[begins_alike]);
        let before = shelves.partition_point(|shelf| shelf.text(0) <= text.as_bytes());
        (first + before).saturating_sub(1)
    }

    /// Every byte that is kept of texts, used or not.
    #[cfg(test)]
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[u8]> {
        self.shelves.iter().map(|shelf| shelf.block.as_slice())
    }

    /// How many texts there are.
    #[cfg(test)]
    pub(super) fn texts(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.ends.len()).sum()
    }
}

impl Shelf {
    fn new() -> Self {
        Self {
            block: vec![0; BLOCK_BYTES_MIN],
            ends: Vec::new(),
            letters: Vec::new(),
            signatures: Vec::new(),
            words: Vec::new(),
        }
    }

    fn range(&self, place: usize) -> Range<usize> {
        let start = place.checked_sub(1).map_or(0, |before| usize::from(self.ends[before]));
        start..usize::from(self.ends[place])
    }

    fn text(&self, place: usize) -> &[u8] {
        &self.block[self.range(place)]
    }

    fn used(&self) -> usize {
        self.ends.last().map_or(0, |end| usize::from(*end))
    }

    fn place(&self, text: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.text(middle).cmp(text.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn insert(&mut self, place: usize, text: &str, word: u32) {
        let (used, size) = (self.used(), text.len());
        if used + size > self.block.len() {
            self.resize_block((2 * self.block.len()).max(used + size));
        }
        let start = if place == self.ends.len() { used } else { self.range(place).start };
        self.block.copy_within(start..used, start + size);
        self.block[start..start + size].copy_from_slice(text.as_bytes());
        self.ends[place..].iter_mut().for_each(|end| *end += short(size));
        self.ends.insert(place, short(start + size));
        self.letters.insert(place, letters(text));
        self.signatures.insert(place, signature(text.chars()));
        self.words.insert(place, Numbers::One(word));
    }

    fn remove(&mut self, place: usize) {
        let (range, used) = (self.range(place), self.used());
        self.block.copy_within(range.end..used, range.start);
        self.block[used - range.len()..used].zeroize();
        self.ends.remove(place);
        self.ends[place..].iter_mut().for_each(|end| *end -= short(range.len()));
        self.letters.remove(place);
        self.signatures[place..].rotate_left(1);
        if let Some(last) = self.signatures.last_mut() {
            last.zeroize();
        }
        self.signatures.pop();
        self.words.remove(place);
    }

    /// Keeps the lower half and returns the upper.
    fn split(&mut self) -> Self {
        let half = self.ends.len() / 2;
        let (start, used) = (self.range(half).start, self.used());
        let block = self.block[start..used].to_vec();
        let mut ends = self.ends.split_off(half);
        ends.iter_mut().for_each(|end| *end -= short(start));
        let (letters, signatures) = (self.letters.split_off(half), self.signatures.split_off(half));
        let words = self.words.split_off(half);
        self.resize_block(start);
        Self { block, ends, letters, signatures, words }
    }

    /// Moves the texts into a block of another size and wipes the old one.
    fn resize_block(&mut self, size: usize) {
        let mut block = vec![0; size];
        let kept = self.block.len().min(size);
        block[..kept].copy_from_slice(&self.block[..kept]);
        std::mem::swap(&mut self.block, &mut block);
        block.zeroize();
    }

    fn heap_bytes(&self) -> usize {
        self.block.capacity()
            + self.ends.capacity() * size_of::<u16>()
            + self.letters.capacity()
            + self.signatures.capacity() * size_of::<u64>()
            + self.words.capacity() * size_of::<Numbers>()
            + self.words.iter().map(Numbers::heap_bytes).sum::<usize>()
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.block.zeroize();
    }
}

/// The first eight bytes of the first text of each shelf, as numbers of the same order. What is no longer needed is
/// overwritten, as in the blocks.
#[derive(Default)]
struct Heads(Vec<u64>);

impl Heads {
    fn of(text: &[u8]) -> u64 {
        let mut head = [0; 8];
        let size = text.len().min(8);
        head[..size].copy_from_slice(&text[..size]);
        u64::from_be_bytes(head)
    }

    /// The shelves whose first text begins like this one. Those before begin with less, those after with more.
    fn around(&self, text: &[u8]) -> Range<usize> {
        let head = Self::of(text);
        let first = self.0.partition_point(|other| *other < head);
        first..first + self.0[first..].partition_point(|other| *other == head)
    }

    fn insert(&mut self, at: usize, text: &[u8]) {
        if self.0.len() == self.0.capacity() {
            let mut larger = Vec::with_capacity(2 * self.0.len() + 16);
            larger.extend_from_slice(&self.0);
            std::mem::swap(&mut self.0, &mut larger);
            larger.zeroize();
        }
        self.0.insert(at, Self::of(text));
    }

    fn replace(&mut self, at: usize, text: &[u8]) {
        self.0[at] = Self::of(text);
    }

    fn remove(&mut self, at: usize) {
        self.0[at..].rotate_left(1);
        if let Some(last) = self.0.last_mut() {
            last.zeroize();
        }
        self.0.pop();
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// How many letters can be wrong: none in Chinese, where a wrong character is found by its sound, and none in initials.
fn letters(text: &str) -> u8 {
    let fixed = text.starts_with(|c: char| c == INITIALS || is_han(c));
    let count = text.chars().count();
    if fixed || count > WORD_CHARS_MAX { 0 } else { count as u8 }
}

/// A shelf has at most 65 texts of at most a few hundred bytes.
fn short(bytes: usize) -> u16 {
    u16::try_from(bytes).expect("a shelf of texts is shorter than 64 KiB")
}

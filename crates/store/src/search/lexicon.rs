//! Texts in order, each with the words that are found by it.
//!
//! A sorted list in shelves of up to [`TEXTS_PER_SHELF_MAX`] texts. A shelf keeps its texts in one block of bytes: that is
//! compact, a change moves little, the search with wrong letters runs through it as through an array, and there is one
//! place to wipe. The block is initialised to its end, so that a test can look at all of it.

use std::ops::Range;

use zeroize::Zeroize;

use super::distance::{distance, may_be_near, signature};
use super::folding::{INITIALS, is_han};
use super::limits::WORD_CHARS_MAX;
use super::numbers::Numbers;

const TEXTS_PER_SHELF_MAX: usize = 64;

/// A new block of texts has this many bytes; it doubles when it is full.
const BLOCK_BYTES_MIN: usize = 64;

#[derive(Default)]
pub(super) struct Lexicon {
    /// None is empty.
    shelves: Vec<Shelf>,
}

struct Shelf {
    /// The texts, one behind the other, and zeros behind them.
    block: Vec<u8>,
    entries: Vec<Entry>,
    words: Vec<Numbers>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Where the text ends in the block.
    end: u16,
    /// How many letters it has; zero if wrong letters are not looked for in it.
    letters: u8,
    signature: u32,
}

/// A text to be found with wrong letters.
pub(super) struct Needle {
    letters: Vec<char>,
    signature: u32,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let letters: Vec<char> = text.chars().take(WORD_CHARS_MAX).collect();
        let signature = signature(letters.iter().copied());
        Self { letters, signature }
    }
}

impl Drop for Needle {
    fn drop(&mut self) {
        self.letters.zeroize();
    }
}

impl Lexicon {
    /// Makes the word found by the text.
    pub(super) fn insert(&mut self, text: &str, word: u32) {
        if self.shelves.is_empty() {
            self.shelves.push(Shelf::new());
        }
        let at = self.shelf_of(text);
        let shelf = &mut self.shelves[at];
        match shelf.place(text) {
            Ok(place) => shelf.words[place].insert(word),
            Err(place) => {
                shelf.insert(place, text, word);
                if shelf.entries.len() > TEXTS_PER_SHELF_MAX {
                    let upper = shelf.split();
                    self.shelves.insert(at + 1, upper);
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
            if shelf.entries.is_empty() {
                self.shelves.remove(at);
            }
        }
    }

    /// The texts that begin with this one, and whether each is the very text.
    pub(super) fn beginning_with(&self, text: &str, mut found: impl FnMut(bool, &[u32])) {
        let Some(mut at) = (!self.shelves.is_empty()).then(|| self.shelf_of(text)) else { return };
        let mut place = self.shelves[at].place(text).unwrap_or_else(|place| place);
        while let Some(shelf) = self.shelves.get(at) {
            for place in place..shelf.entries.len() {
                let listed = shelf.text(place);
                if !listed.starts_with(text.as_bytes()) {
                    return;
                }
                found(listed.len() == text.len(), shelf.words[place].as_slice());
            }
            (at, place) = (at + 1, 0);
        }
    }

    /// The texts that differ from the needle in one to `distance_max` letters.
    pub(super) fn near(&self, needle: &Needle, distance_max: usize, mut found: impl FnMut(usize, &[u32])) {
        let lengths = needle.letters.len().saturating_sub(distance_max)..=needle.letters.len() + distance_max;
        let mut letters = Vec::with_capacity(WORD_CHARS_MAX);
        for shelf in &self.shelves {
            for (place, entry) in shelf.entries.iter().enumerate() {
                // No text is empty, so a zero in the range means nothing.
                let near = may_be_near(entry.signature, needle.signature, distance_max)
                    && lengths.contains(&usize::from(entry.letters))
                    && entry.letters > 0;
                if !near {
                    continue;
                }
                letters.clear();
                letters.extend(String::from_utf8_lossy(shelf.text(place)).chars());
                match distance(&needle.letters, &letters, distance_max) {
                    Some(0) | None => {}
                    Some(distance) => found(distance, shelf.words[place].as_slice()),
                }
            }
        }
        letters.zeroize();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.shelves.capacity() * size_of::<Shelf>()
            + self.shelves.iter().map(Shelf::heap_bytes).sum::<usize>()
    }

    /// The shelf in which the text is or would be.
    fn shelf_of(&self, text: &str) -> usize {
        self.shelves.partition_point(|shelf| shelf.text(0) <= text.as_bytes()).saturating_sub(1)
    }

    /// Every byte that is kept of texts, used or not.
    #[cfg(test)]
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[u8]> {
        self.shelves.iter().map(|shelf| shelf.block.as_slice())
    }
}

impl Shelf {
    fn new() -> Self {
        Self { block: vec![0; BLOCK_BYTES_MIN], entries: Vec::new(), words: Vec::new() }
    }

    fn range(&self, place: usize) -> Range<usize> {
        let start = place.checked_sub(1).map_or(0, |before| usize::from(self.entries[before].end));
        start..usize::from(self.entries[place].end)
    }

    /// Only an empty shelf has no first text; it is about to get one.
    fn text(&self, place: usize) -> &[u8] {
        if self.entries.is_empty() { &[] } else { &self.block[self.range(place)] }
    }

    fn used(&self) -> usize {
        self.entries.last().map_or(0, |entry| usize::from(entry.end))
    }

    fn place(&self, text: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.entries.len());
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
        let start = if place == self.entries.len() { used } else { self.range(place).start };
        self.block.copy_within(start..used, start + size);
        self.block[start..start + size].copy_from_slice(text.as_bytes());
        self.entries[place..].iter_mut().for_each(|entry| entry.end += short(size));
        self.entries.insert(place, Entry::new(text, start + size));
        self.words.insert(place, Numbers::One(word));
    }

    fn remove(&mut self, place: usize) {
        let (range, used) = (self.range(place), self.used());
        self.block.copy_within(range.end..used, range.start);
        self.block[used - range.len()..used].zeroize();
        self.entries.remove(place);
        self.entries[place..].iter_mut().for_each(|entry| entry.end -= short(range.len()));
        self.words.remove(place);
    }

    /// Keeps the lower half and returns the upper.
    fn split(&mut self) -> Self {
        let half = self.entries.len() / 2;
        let (start, used) = (self.range(half).start, self.used());
        let block = self.block[start..used].to_vec();
        let mut entries = self.entries.split_off(half);
        entries.iter_mut().for_each(|entry| entry.end -= short(start));
        let words = self.words.split_off(half);
        self.resize_block(start);
        Self { block, entries, words }
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
            + self.entries.capacity() * size_of::<Entry>()
            + self.words.capacity() * size_of::<Numbers>()
            + self.words.iter().map(Numbers::heap_bytes).sum::<usize>()
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.block.zeroize();
    }
}

impl Entry {
    fn new(text: &str, end: usize) -> Self {
        // A wrong Chinese character is found by its sound, and initials are too short to be wrong.
        let fixed = text.starts_with(|c: char| c == INITIALS || is_han(c));
        let letters = if fixed { 0 } else { text.chars().count() };
        let letters = u8::try_from(letters).ok().filter(|count| usize::from(*count) <= WORD_CHARS_MAX);
        Self { end: short(end), letters: letters.unwrap_or(0), signature: signature(text.chars()) }
    }
}

/// A shelf has at most 65 texts of at most a few hundred bytes.
fn short(bytes: usize) -> u16 {
    u16::try_from(bytes).expect("a shelf of texts is shorter than 64 KiB")
}

//! Which stored words fit a word of a query, and how well.

use super::distance::Needle;
use super::folding::{INITIALS, Script, Sought, Text, Word};
use super::lexicon::Lexicon;
use super::limits::{ONE_TYPO_LETTERS_MIN, QUERY_LETTERS_MIN, TWO_TYPOS_LETTERS_MIN};

/// How well a word fits; the best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// The word itself, in either alphabet or as pinyin; or a part of a Chinese name.
    Exact,
    /// The beginning of the word.
    Prefix,
    /// A rival spelling: Julia for Юлия, a Chinese character of the same sound, the initials of a Chinese name.
    Alike,
    /// The beginning of a rival spelling.
    AlikePrefix,
    /// One letter is wrong. It stands behind the rival spellings, since those are the same name.
    OneTypo,
    /// Two letters are wrong.
    TwoTypos,
}

/// The stored words that fit one word of a query.
pub(super) struct Matches {
    sought: Sought,
    typos_max: u8,
    /// Too short to be anything but a beginning, like an initial.
    initial: bool,
    /// For each stored word its grade and one; zero if it does not fit.
    grades: Vec<u8>,
    /// Those that fit, each once.
    words: Vec<u32>,
}

impl Matches {
    pub(super) fn new(word: &Word, stored_words: usize) -> Self {
        let letters = word.letters();
        let typos_max = match word.script {
            Script::Han => 0,
            Script::Letters if letters >= TWO_TYPOS_LETTERS_MIN => 2,
            Script::Letters => u8::from(letters >= ONE_TYPO_LETTERS_MIN),
        };
        let initial = word.script == Script::Letters && letters < QUERY_LETTERS_MIN;
        Self { sought: word.sought(), typos_max, initial, grades: vec![0; stored_words], words: Vec::new() }
    }

    fn mark(&mut self, grade: Grade, found: &[u32]) {
        for word in found {
            let place = &mut self.grades[*word as usize];
            let value = grade as u8 + 1;
            if *place == 0 {
                self.words.push(*word);
                *place = value;
            } else {
                *place = (*place).min(value);
            }
        }
    }

    /// Adds the words that are, or begin, as sought.
    pub(super) fn look_for_spelled(&mut self, spelled: &Lexicon) {
        for text in self.sought.spelled.clone() {
            spelled.beginning_with(&text, |whole, found| {
                self.mark(if whole { Grade::Exact } else { Grade::Prefix }, found);
            });
        }
    }

    /// Adds the words that are, or begin, like one that is spelled otherwise. A single letter is like nothing.
    pub(super) fn look_for_alike(&mut self, spelled: &Lexicon, alike: &Lexicon) {
        if self.initial {
            return;
        }
        let Sought { sounds, alike: skeletons, .. } = self.sought.clone();
        for (lexicon, texts) in [(spelled, sounds), (alike, skeletons)] {
            for text in &texts {
                lexicon.beginning_with(text, |whole, found| {
                    self.mark(if whole { Grade::Alike } else { Grade::AlikePrefix }, found);
                });
            }
        }
    }

    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }

    /// The grade of a stored word as a number; the best is zero.
    pub(super) fn grade(&self, word: u32) -> Option<u8> {
        self.grades[word as usize].checked_sub(1)
    }
}

/// Adds to the matches of each word those with wrong letters.
pub(super) fn look_for_typos(matches: &mut [Matches], spelled: &Lexicon, alike: &Lexicon) {
    type Texts = fn(&Sought) -> &[Text];
    let both: [(&Lexicon, Texts); 2] = [(spelled, |sought| &sought.spelled), (alike, |sought| &sought.alike)];
    for (lexicon, texts) in both {
        let mut needles = Vec::new();
        let mut owners = Vec::new();
        for (owner, matches) in matches.iter().enumerate().filter(|(_, matches)| matches.typos_max > 0) {
            for text in texts(&matches.sought).iter().filter(|text| !text.starts_with(INITIALS)) {
                needles.push(Needle::new(text, matches.typos_max));
                owners.push(owner);
            }
        }
        lexicon.near(&needles, |which, distance, found| {
            matches[owners[which]].mark(if distance == 1 { Grade::OneTypo } else { Grade::TwoTypos }, found);
        });
    }
}

//! Which stored words fit a word of a query, and how well.

use super::folding::{Script, Sought, Word};
use super::lexicon::{Lexicon, Needle};
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

/// In which order words are looked for. Members are as good as their worst word, so who is found at one step stands
/// before all that the next one adds, and the costly steps are only taken when there is room left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Spelled,
    Alike,
    Typos,
}

impl Step {
    pub(super) const ALL: [Self; 3] = [Self::Spelled, Self::Alike, Self::Typos];
}

/// The stored words that fit one word of a query.
pub(super) struct Matches {
    sought: Sought,
    typos_max: usize,
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
            Script::Letters => usize::from(letters >= ONE_TYPO_LETTERS_MIN),
        };
        let initial = word.script == Script::Letters && letters < QUERY_LETTERS_MIN;
        Self { sought: word.sought(), typos_max, initial, grades: vec![0; stored_words], words: Vec::new() }
    }

    /// Adds what is found at this step.
    pub(super) fn look(&mut self, step: Step, spelled: &Lexicon, alike: &Lexicon) {
        let Self { sought, typos_max, initial, grades, words } = self;
        let mut mark = |grade: Grade, found: &[u32]| {
            for word in found {
                let place = &mut grades[*word as usize];
                let value = grade as u8 + 1;
                if *place == 0 {
                    words.push(*word);
                    *place = value;
                } else {
                    *place = (*place).min(value);
                }
            }
        };
        let either = |whole, exact, prefix| if whole { exact } else { prefix };
        match step {
            Step::Spelled => {
                for text in &sought.spelled {
                    spelled.beginning_with(text, |whole, found| {
                        mark(either(whole, Grade::Exact, Grade::Prefix), found);
                    });
                }
            }
            // The sound of a single letter says nothing.
            Step::Alike if *initial => {}
            Step::Alike => {
                for (lexicon, texts) in [(spelled, &sought.sounds), (alike, &sought.alike)] {
                    for text in texts {
                        lexicon.beginning_with(text, |whole, found| {
                            mark(either(whole, Grade::Alike, Grade::AlikePrefix), found);
                        });
                    }
                }
            }
            Step::Typos if *typos_max == 0 => {}
            Step::Typos => {
                for (lexicon, texts) in [(spelled, &sought.spelled), (alike, &sought.alike)] {
                    for text in texts {
                        lexicon.near(&Needle::new(text), *typos_max, |distance, found| {
                            mark(if distance == 1 { Grade::OneTypo } else { Grade::TwoTypos }, found);
                        });
                    }
                }
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

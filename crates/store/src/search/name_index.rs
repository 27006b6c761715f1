//! Words, the members that have them, and the words that a member has.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use zeroize::Zeroizing;

use super::folding::{Script, Text, Word, words_of_name};
use super::lexicon::Lexicon;
use super::limits::WORDS_PER_MEMBER_MAX;
use super::matching::{Matches, look_for_typos};
use super::numbers::Numbers;
use super::query::NameQuery;
use super::ranking::{Found, Stored, best};

/// The folded words of a member, each once. Made before the index is locked.
pub(super) struct Names(Vec<Word>);

impl Names {
    pub(super) fn new(names: &[&str]) -> Self {
        let mut words: Vec<Word> = Vec::new();
        for word in names.iter().flat_map(|name| words_of_name(name)) {
            if words.len() < WORDS_PER_MEMBER_MAX && !words.contains(&word) {
                words.push(word);
            }
        }
        Self(words)
    }
}

/// A word that some member has. The text is wiped when the last member is gone.
struct StoredWord {
    text: Zeroizing<Box<str>>,
    script: Script,
    members: Numbers,
}

/// The numbers of a member's words, ascending.
enum MemberWords {
    Few { count: u8, words: [u32; FEW] },
    Many(Box<[u32]>),
}

/// Enough for most: with this a member takes 24 bytes and one look into memory.
const FEW: usize = 5;

impl MemberWords {
    const NONE: Self = Self::Few { count: 0, words: [0; FEW] };

    fn new(numbers: &[u32]) -> Self {
        let mut words = [0; FEW];
        match words.get_mut(..numbers.len()) {
            Some(few) => {
                few.copy_from_slice(numbers);
                Self::Few { count: numbers.len() as u8, words }
            }
            None => Self::Many(numbers.into()),
        }
    }

    fn as_slice(&self) -> &[u32] {
        match self {
            Self::Few { count, words } => &words[..usize::from(*count)],
            Self::Many(words) => words,
        }
    }
}

/// Texts of new words that are not in the lexicons yet: what a batch brings is put there at once.
#[derive(Default)]
struct Pending {
    spelled: Vec<(Text, u32)>,
    alike: Vec<(Text, u32)>,
}

pub(super) struct NameIndex {
    hasher: RandomState,
    /// Finds a word's number by its text. Only numbers lie in it: the text has one place, where it is wiped.
    numbers: HashTable<u32>,
    words: Vec<Option<StoredWord>>,
    /// Numbers of words that are gone.
    free: Vec<u32>,
    spelled: Lexicon,
    alike: Lexicon,
    members: Vec<MemberWords>,
    ranks: Vec<u32>,
}

impl NameIndex {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            numbers: HashTable::new(),
            words: Vec::new(),
            free: Vec::new(),
            spelled: Lexicon::default(),
            alike: Lexicon::default(),
            members: Vec::new(),
            ranks: Vec::new(),
        }
    }

    /// Each member has exactly these names and this rank from now on.
    pub(super) fn replace_all<'a>(&mut self, members: impl Iterator<Item = (u32, &'a Names, u32)>) {
        let mut pending = Pending::default();
        for (member, names, rank) in members {
            self.replace(member, names, rank, &mut pending);
        }
        self.settle(&mut pending);
    }

    fn settle(&mut self, pending: &mut Pending) {
        let Pending { spelled, alike } = std::mem::take(pending);
        self.spelled.insert_all(spelled);
        self.alike.insert_all(alike);
    }

    fn replace(&mut self, member: u32, names: &Names, rank: u32, pending: &mut Pending) {
        let at = member as usize;
        if at >= self.members.len() {
            self.members.resize_with(at + 1, || MemberWords::NONE);
            self.ranks.resize(at + 1, 0);
        }
        self.ranks[at] = rank;
        let mut now: Vec<u32> = names.0.iter().map(|word| self.number_of(word, pending)).collect();
        now.sort_unstable();
        let before = std::mem::replace(&mut self.members[at], MemberWords::new(&now));
        for word in now.iter().filter(|word| !before.as_slice().contains(word)) {
            self.stored_mut(*word).members.insert(member);
        }
        for word in before.as_slice().iter().filter(|word| !now.contains(word)) {
            self.stored_mut(*word).members.remove(member);
            if self.stored_mut(*word).members.is_empty() {
                // It may be one that came with this batch.
                self.settle(pending);
                self.forget(*word);
            }
        }
    }

    pub(super) fn remove(&mut self, member: u32) {
        if (member as usize) < self.members.len() {
            self.replace_all(std::iter::once((member, &Names(Vec::new()), 0)));
        }
    }

    /// The best members. As a member is as good as its worst word fits, who is found at one step stands before all that
    /// the next would add, and the costly steps are only taken when there is room left.
    pub(super) fn search(&self, query: &NameQuery, limit: usize) -> Vec<Found> {
        let mut matches: Vec<Matches> =
            query.words().iter().map(|word| Matches::new(word, self.words.len())).collect();
        matches.iter_mut().for_each(|word| word.look_for_spelled(&self.spelled));
        let found = best(&matches, self, limit);
        if found.len() == limit {
            return found;
        }
        matches.iter_mut().for_each(|word| word.look_for_alike(&self.spelled, &self.alike));
        let found = best(&matches, self, limit);
        if found.len() == limit {
            return found;
        }
        look_for_typos(&mut matches, &self.spelled, &self.alike);
        best(&matches, self, limit)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts = self.words.iter().flatten().map(|word| word.text.len() + word.members.heap_bytes());
        let many = self.members.iter().map(|words| match words {
            MemberWords::Few { .. } => 0,
            MemberWords::Many(words) => size_of_val::<[u32]>(words),
        });
        self.numbers.allocation_size()
            + self.words.capacity() * size_of::<Option<StoredWord>>()
            + texts.sum::<usize>()
            + self.free.capacity() * size_of::<u32>()
            + self.spelled.heap_bytes()
            + self.alike.heap_bytes()
            + self.members.capacity() * size_of::<MemberWords>()
            + many.sum::<usize>()
            + self.ranks.capacity() * size_of::<u32>()
    }

    /// Different words.
    pub(super) fn words(&self) -> usize {
        self.words.len() - self.free.len()
    }

    #[cfg(test)]
    pub(super) fn is_wiped(&self) -> bool {
        let texts = self.words() + self.spelled.texts() + self.alike.texts();
        texts == 0 && self.numbers.is_empty() && self.words.iter().all(Option::is_none)
    }

    #[cfg(test)]
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        let contains = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        let words = self.words.iter().flatten().any(|word| contains(word.text.as_bytes()));
        words || self.spelled.blocks().chain(self.alike.blocks()).any(contains)
    }

    /// The number of a word; a new word gets one, and is found from then on.
    fn number_of(&mut self, word: &Word, pending: &mut Pending) -> u32 {
        let hash = self.hasher.hash_one(word.text.as_str());
        let same = |number: &u32| {
            self.words[*number as usize].as_ref().is_some_and(|stored| **stored.text == **word.text)
        };
        if let Some(number) = self.numbers.find(hash, same) {
            return *number;
        }
        let text = Zeroizing::new(Box::from(word.text.as_str()));
        let stored = Some(StoredWord { text, script: word.script, members: Numbers::none() });
        let number = match self.free.pop() {
            Some(number) => {
                self.words[number as usize] = stored;
                number
            }
            None => {
                self.words.push(stored);
                (self.words.len() - 1) as u32
            }
        };
        let forms = word.forms();
        pending.spelled.extend(forms.spelled.into_iter().map(|text| (text, number)));
        pending.alike.extend(forms.alike.into_iter().map(|text| (text, number)));
        let (hasher, words) = (&self.hasher, &self.words);
        self.numbers.insert_unique(hash, number, |number| {
            hasher.hash_one(words[*number as usize].as_ref().map_or("", |stored| &stored.text))
        });
        number
    }

    /// Takes a word that no member has any more out of everything.
    fn forget(&mut self, number: u32) {
        let Some(stored) = self.words[number as usize].take() else { return };
        let word = Word { text: Zeroizing::new(String::from(&**stored.text)), script: stored.script };
        let forms = word.forms();
        forms.spelled.iter().for_each(|text| self.spelled.remove(text, number));
        forms.alike.iter().for_each(|text| self.alike.remove(text, number));
        let hash = self.hasher.hash_one(word.text.as_str());
        if let Ok(found) = self.numbers.find_entry(hash, |other| *other == number) {
            found.remove();
        }
        self.free.push(number);
    }

    fn stored_mut(&mut self, word: u32) -> &mut StoredWord {
        self.words[word as usize].as_mut().expect("a member's word is stored as long as the member has it")
    }
}

impl Stored for NameIndex {
    fn members_of(&self, word: u32) -> &[u32] {
        self.words[word as usize].as_ref().map_or(&[], |stored| stored.members.as_slice())
    }

    fn words_of(&self, member: u32) -> &[u32] {
        self.members[member as usize].as_slice()
    }

    fn rank(&self, member: u32) -> u32 {
        self.ranks[member as usize]
    }
}

//! From a name to its words, and from a word to the texts by which it is found.
//!
//! ```text
//! name ── case, marks, forms ──► words ──► spelled   (as written; in Latin letters; Chinese as pinyin)
//!                                     └──► alike     (one text for the rival spellings of a name; initials)
//! ```
//!
//! Folding is the same for names and queries, so that it may be as coarse as it likes: a word that loses an accent finds
//! the word that has lost it too. Every text that is made on the way is wiped when it is dropped, and is allocated in its
//! full length, since a growing one would leave copies behind.

mod alike;
mod chinese;
mod cyrillic;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

pub(super) use chinese::INITIALS;

use super::limits::{HAN_JOINED_MAX, NAME_CHARS_MAX, WORD_CHARS_MAX};

/// A piece of a name; wiped when dropped.
pub(super) type Text = Zeroizing<String>;

/// What stands between folded words.
const GAP: char = ' ';
const HYPHEN: char = '-';
const APOSTROPHE: char = '\'';

/// One folded word.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: Text,
    pub(super) script: Script,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Chinese characters.
    Han,
    /// Every other script, and digits.
    Letters,
}

/// The texts by which a stored word is found.
#[derive(Default)]
pub(super) struct Forms {
    pub(super) spelled: Vec<Text>,
    pub(super) alike: Vec<Text>,
}

/// The texts that are looked for when a word is asked for.
#[derive(Clone, Default)]
pub(super) struct Sought {
    /// Among the spelled, as written.
    pub(super) spelled: Vec<Text>,
    /// Among the spelled, but another way to write it: the sound of Chinese characters.
    pub(super) sounds: Vec<Text>,
    /// Among the alike.
    pub(super) alike: Vec<Text>,
}

impl Word {
    fn new(chars: &[char], script: Script) -> Self {
        Self { text: text(chars.iter().take(WORD_CHARS_MAX).copied()), script }
    }

    pub(super) fn letters(&self) -> usize {
        self.text.chars().count()
    }

    pub(super) fn forms(&self) -> Forms {
        let mut forms = Forms::default();
        match self.script {
            Script::Han => chinese::forms(&self.text, &mut forms),
            Script::Letters => {
                let latin = cyrillic::to_latin(&self.text);
                forms.alike = alike::skeletons(&latin);
                add(&mut forms.spelled, self.text.clone());
                add(&mut forms.spelled, latin);
            }
        }
        forms
    }

    pub(super) fn sought(&self) -> Sought {
        let mut sought = Sought::default();
        match self.script {
            Script::Han => sought.sounds = chinese::sounds(&self.text),
            Script::Letters => {
                let latin = cyrillic::to_latin(&self.text);
                sought.alike = alike::skeletons(&latin);
                sought.alike.extend(chinese::initials_sought(&latin));
                add(&mut sought.spelled, latin);
            }
        }
        add(&mut sought.spelled, self.text.clone());
        sought
    }
}

/// The words of a stored name. A compound (with hyphens or apostrophes) gives its parts and the whole.
pub(super) fn words_of_name(name: &str) -> Vec<Word> {
    let folded = fold(name);
    let mut words = Vec::new();
    let mut han = HanRun::default();
    for chunk in folded.split(|c| *c == GAP).filter(|chunk| !chunk.is_empty()) {
        let parts = || chunk.split(|c| matches!(*c, HYPHEN | APOSTROPHE)).filter(|part| !part.is_empty());
        for part in parts() {
            han.feed(part, &mut words);
        }
        if parts().count() > 1 {
            let whole: Zeroizing<Vec<char>> = Zeroizing::new(parts().collect::<Vec<_>>().concat());
            if !whole.iter().any(|c| is_han(*c)) {
                words.push(Word::new(&whole, Script::Letters));
            }
        }
    }
    han.end(&mut words);
    words
}

/// One key for all the spellings of a name: small Latin letters that sound alike, Chinese characters as they are. Two names
/// with one key are called the same; the key is the name of nobody.
#[must_use]
pub fn folded_key(name: &str) -> String {
    let word_key = |word: &Word| match word.script {
        Script::Han => word.text.to_string(),
        Script::Letters => {
            let latin = cyrillic::to_latin(&word.text);
            alike::skeletons(&latin).first().map_or_else(|| latin.to_string(), |alike| alike.to_string())
        }
    };
    words_of_name(name).iter().map(word_key).collect::<Vec<_>>().join(" ")
}

/// The words of a query. Hyphens part words; apostrophes do not, since who types one means one word.
pub(super) fn words_of_query(query: &str) -> Vec<Word> {
    let folded = fold(query);
    let mut words = Vec::new();
    for chunk in folded.split(|c| matches!(*c, GAP | HYPHEN)) {
        let whole = characters(chunk.iter().copied().filter(|c| *c != APOSTROPHE), chunk.len());
        for run in whole.chunk_by(|a, b| is_han(*a) == is_han(*b)) {
            let word = Word::new(run, script(run));
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

/// Chinese surname and given name are one word, also when a form has put a space between them.
#[derive(Default)]
struct HanRun(Zeroizing<Vec<char>>);

impl HanRun {
    fn feed(&mut self, part: &[char], words: &mut Vec<Word>) {
        for run in part.chunk_by(|a, b| is_han(*a) == is_han(*b)) {
            if script(run) == Script::Letters {
                self.end(words);
                words.push(Word::new(run, Script::Letters));
                continue;
            }
            if self.0.len() + run.len() > HAN_JOINED_MAX {
                self.end(words);
            }
            let joined: Vec<char> = [self.0.as_slice(), run].concat();
            self.0 = Zeroizing::new(joined);
        }
    }

    fn end(&mut self, words: &mut Vec<Word>) {
        if !self.0.is_empty() {
            words.push(Word::new(&self.0, Script::Han));
            self.0 = Zeroizing::default();
        }
    }
}

fn script(run: &[char]) -> Script {
    if run.first().is_some_and(|c| is_han(*c)) { Script::Han } else { Script::Letters }
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
        || matches!(c, '\u{20000}'..='\u{323af}')
}

/// A text of its final length from the start.
fn text(chars: impl Iterator<Item = char> + Clone) -> Text {
    let mut text = String::with_capacity(chars.clone().map(char::len_utf8).sum());
    text.extend(chars);
    Zeroizing::new(text)
}

/// At most `room` characters, in a list of its final size from the start.
fn characters(chars: impl Iterator<Item = char>, room: usize) -> Zeroizing<Vec<char>> {
    let mut list = Zeroizing::new(Vec::with_capacity(room));
    list.extend(chars);
    list
}

fn add(texts: &mut Vec<Text>, text: Text) {
    if !text.is_empty() && !texts.contains(&text) {
        texts.push(text);
    }
}

/// Lower-case letters without marks, and what stands between them.
fn fold(name: &str) -> Zeroizing<Vec<char>> {
    let room = (2 * name.len() + 16).min(2 * NAME_CHARS_MAX);
    let mut folded = Zeroizing::new(Vec::with_capacity(room));
    let mut push = |c: char| {
        // Only letters that fall apart into many more reach the end of the room.
        if folded.len() < folded.capacity() {
            folded.push(c);
        }
    };
    for c in name.chars().take(NAME_CHARS_MAX) {
        match c {
            'a'..='z' | '0'..='9' | 'а'..='и' | 'к'..='я' => push(c),
            'A'..='Z' => push(c.to_ascii_lowercase()),
            // Two alphabets of the same order, 32 letters apart.
            'А'..='И' | 'К'..='Я' => push(char::from_u32(c as u32 + 32).unwrap_or(c)),
            '\u{b4}' => push(APOSTROPHE),
            _ => std::iter::once(c).nfkd().flat_map(char::to_lowercase).for_each(|c| fold_rare(c, &mut push)),
        }
    }
    folded
}

/// A character that was decomposed and put in lower case.
fn fold_rare(c: char, push: &mut impl FnMut(char)) {
    match c {
        // What is not seen is not there: soft hyphens, and the zero-width spaces and joiners.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
        '\'' | '`' | '\u{2bb}'..='\u{2bf}' | '\u{2b9}' | '\u{2018}' | '\u{2019}' | '\u{2032}' => {
            push(APOSTROPHE);
        }
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => push(HYPHEN),
        _ if is_combining_mark(c) => {}
        _ if !c.is_alphanumeric() => push(GAP),
        // Letters with a stroke, and ligatures that are letters: they do not decompose.
        'ß' => "ss".chars().for_each(push),
        'æ' => "ae".chars().for_each(push),
        'œ' => "oe".chars().for_each(push),
        'þ' => "th".chars().for_each(push),
        'ð' | 'đ' => push('d'),
        'ø' => push('o'),
        'ł' => push('l'),
        'ħ' => push('h'),
        'ı' => push('i'),
        'ς' => push('σ'),
        _ => push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn a_name_falls_into_words() {
        let cases: [(&str, &[&str]); 26] = [
            ("Иванов Иван Сергеевич", &["иванов", "иван", "сергеевич"]),
            ("Салтыков-Щедрин", &["салтыков", "щедрин", "салтыковщедрин"]),
            ("O'Neil", &["o", "neil", "oneil"]),
            ("O’Neil", &["o", "neil", "oneil"]),
            ("ИГОРЬ", &["игорь"]),
            ("Ёлкин Йозеф", &["елкин", "иозеф"]),
            ("Е\u{308}лкин", &["елкин"]),
            ("Її Ґава", &["іі", "ґава"]),
            ("Jürgen Łukasz Straße", &["jurgen", "lukasz", "strasse"]),
            ("Ángström Søren Æsop Œuvre", &["angstrom", "soren", "aesop", "oeuvre"]),
            ("İstanbul Yılmaz", &["istanbul", "yilmaz"]),
            ("Ｉｖａｎ　Ｐｅｔｒｏｖ", &["ivan", "petrov"]),
            ("王小明", &["王小明"]),
            ("王 小明", &["王小明"]),
            ("王　小明", &["王小明"]),
            ("王小明 Tony", &["王小明", "tony"]),
            ("王Tony", &["王", "tony"]),
            ("阿列克谢·伊万诺夫", &["阿列克谢", "伊万诺夫"]),
            ("김철수", &["김철수"]),
            ("Smith, John (III)", &["smith", "john", "iii"]),
            ("  \t Anna\u{0}Maria\n", &["anna", "maria"]),
            ("An\u{ad}na\u{200b}", &["anna"]),
            ("--- '' *** %_%", &[]),
            ("", &[]),
            ("-Anna-", &["anna"]),
            ("Agent 007", &["agent", "007"]),
        ];
        for (name, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|word| word.nfkd().collect()).collect();
            let words = words_of_name(name);
            // The two letters of the table that decompose stay folded.
            let found: Vec<String> = texts(&words).iter().map(|word| word.nfkd().collect()).collect();
            assert_eq!(found, expected, "{name:?}");
        }
    }

    #[test]
    fn a_query_falls_into_words_that_are_typed() {
        let cases: [(&str, &[&str]); 6] = [
            ("Jean-Luc", &["jean", "luc"]),
            ("O'Neil o’neil", &["oneil"]),
            ("王小明", &["王小明"]),
            ("王 小明", &["王", "小明"]),
            ("王wang", &["王", "wang"]),
            ("' - *", &[]),
        ];
        for (query, expected) in cases {
            assert_eq!(texts(&words_of_query(query)), expected, "{query:?}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "Щ".repeat(100_000);
        assert_eq!(words_of_name(&long)[0].letters(), WORD_CHARS_MAX);
        let many = "аб ".repeat(100_000);
        assert!(words_of_name(&many).len() <= NAME_CHARS_MAX);
        // A sign that decomposes into eighteen letters.
        let wide = "\u{fdfa}".repeat(100_000);
        assert!(words_of_name(&wide).iter().all(|word| word.letters() <= WORD_CHARS_MAX));
        // Marks without end belong to the letter before.
        let marks = format!("a{}b", "\u{301}".repeat(100));
        assert_eq!(texts(&words_of_name(&marks)), ["ab"]);
    }
}

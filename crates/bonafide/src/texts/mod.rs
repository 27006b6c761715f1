//! What people read, in three languages: the words of `texts/<language>/*.ftl`, with numbers, money, dates and times as the reader
//! writes them ([`numbers`]).
//!
//! A word is asked for by its key, `say` with `desk-title`; what is an enum becomes a key in one exhaustive match beside the page that
//! shows it. A test proves that every key that is asked for is there in each language, and that none is there for nothing.

pub mod numbers;

use std::collections::BTreeMap;

use bonafide_domain::profile::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::failure::Failure;
use crate::texts::numbers::Numbers;

macro_rules! files {
    ($language:literal) => {
        [
            include_str!(concat!("../../texts/", $language, "/frame.ftl")),
            include_str!(concat!("../../texts/", $language, "/staff.ftl")),
            include_str!(concat!("../../texts/", $language, "/till.ftl")),
            include_str!(concat!("../../texts/", $language, "/desk.ftl")),
            include_str!(concat!("../../texts/", $language, "/member.ftl")),
            include_str!(concat!("../../texts/", $language, "/kiosk.ftl")),
            include_str!(concat!("../../texts/", $language, "/card.ftl")),
            include_str!(concat!("../../texts/", $language, "/set-up.ftl")),
            include_str!(concat!("../../texts/", $language, "/consent-texts.ftl")),
            include_str!(concat!("../../texts/", $language, "/programme.ftl")),
            include_str!(concat!("../../texts/", $language, "/terms.ftl")),
            include_str!(concat!("../../texts/", $language, "/reasons.ftl")),
            include_str!(concat!("../../texts/", $language, "/api.ftl")),
            include_str!(concat!("../../texts/", $language, "/figures.ftl")),
            include_str!(concat!("../../texts/", $language, "/rewards.ftl")),
            include_str!(concat!("../../texts/", $language, "/limits.ftl")),
            include_str!(concat!("../../texts/", $language, "/offers.ftl")),
        ]
    };
}

/// The texts that are built in, by language.
const SHIPPED: [(Language, [&str; 17]); 3] =
    [(Language::English, files!("en")), (Language::Russian, files!("ru")), (Language::Chinese, files!("zh"))];

/// The texts of all languages, read once.
pub struct Texts {
    words: Vec<Words>,
}

/// The texts of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// How numbers and dates are written.
    pub numbers: Numbers,
}

impl Texts {
    /// Reads what is built in.
    ///
    /// # Errors
    /// `bad_texts` when a file has another form, which the tests exclude.
    pub fn shipped() -> Result<Texts, Failure> {
        let words = SHIPPED.iter().map(|(language, files)| Words::read(*language, files));
        Ok(Texts { words: words.collect::<Result<_, _>>()? })
    }

    /// The texts of a language.
    #[must_use]
    pub fn of(&self, language: Language) -> &Words {
        // All languages are there: `shipped` reads one entry for each.
        self.words.iter().find(|words| words.language == language).unwrap_or(&self.words[0])
    }
}

impl Words {
    fn read(language: Language, files: &[&str]) -> Result<Words, Failure> {
        let bad = |what: String| Failure::new("bad_texts", format!("{}: {what}", language.code()));
        let id = language.code().parse().map_err(|error| bad(format!("{error}")))?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks would stand in receipts, file names and tests; names are shown in elements of their own.
        bundle.set_use_isolating(false);
        for file in files {
            let resource = FluentResource::try_new((*file).to_owned())
                .map_err(|(_, errors)| bad(format!("{:?}", errors.first())))?;
            bundle.add_resource(resource).map_err(|errors| bad(format!("{:?}", errors.first())))?;
        }
        Ok(Words { language, bundle, numbers: Numbers::of(language)? })
    }

    /// Which language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The words of a key. One that is missing shows itself; the tests exclude it.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.said(key, None)
    }

    /// The words of a key with values in them.
    #[must_use]
    pub fn say_with(&self, key: &str, values: &Values<'_>) -> String {
        self.said(key, Some(&values.0))
    }

    fn said(&self, key: &str, values: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, values, &mut errors).into_owned()
    }

    /// The words of a key about so many: `count` chooses the plural, `shown` is the number as the reader writes it.
    #[must_use]
    pub fn count(&self, key: &str, count: u64) -> String {
        let shown = self.numbers.whole(i64::try_from(count).unwrap_or(i64::MAX));
        self.say_with(key, &Values::default().number("count", count).and("shown", shown))
    }

    /// Whether there are words for a key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.bundle.get_message(key).is_some_and(|message| message.value().is_some())
    }
}

/// Values that stand in a text, by name.
#[derive(Default)]
pub struct Values<'a>(FluentArgs<'a>);

impl<'a> Values<'a> {
    /// One value; further ones with [`Values::and`].
    #[must_use]
    pub fn of(name: &'a str, value: impl AsRef<str>) -> Values<'a> {
        Values::default().and(name, value)
    }

    /// One more, as text.
    #[must_use]
    pub fn and(mut self, name: &'a str, value: impl AsRef<str>) -> Values<'a> {
        self.0.set(name, value.as_ref().to_owned());
        self
    }

    /// One more, as a number that plurals depend on.
    #[must_use]
    pub fn number(mut self, name: &'a str, value: u64) -> Values<'a> {
        self.0.set(name, value);
        self
    }
}

/// The keys of a language with their source, for the tests and for documents.
#[must_use]
pub fn keys(language: Language) -> BTreeMap<String, String> {
    let files = SHIPPED.iter().filter(|(found, _)| *found == language).flat_map(|(_, files)| files.iter());
    let lines = files.flat_map(|file| file.lines());
    let entry = |line: &str| {
        let (key, words) = line.split_once('=')?;
        let key = key.strip_suffix(' ')?;
        let is_key = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        is_key.then(|| (key.to_owned(), words.trim().to_owned()))
    };
    lines.filter_map(entry).collect()
}

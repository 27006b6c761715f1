//! Texts: every key in every language, none for nothing, and none asked for that is missing.

use std::collections::BTreeSet;
use std::path::Path;

use bonafide::texts::{Texts, keys};
use bonafide_domain::profile::Language;

fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// All words in quotes of the product's sources that could be a key.
fn quoted() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src"), &mut texts);
    sources(&root.join("templates"), &mut texts);
    texts.iter().flat_map(|text| text.split('"').map(str::to_owned)).collect()
}

#[test]
fn every_key_is_there_in_every_language_and_none_is_there_for_nothing() {
    let english: BTreeSet<String> = keys(Language::English).into_keys().collect();
    assert!(english.len() > 20);
    for language in Language::ALL {
        let own: BTreeSet<String> = keys(language).into_keys().collect();
        let differing: Vec<_> = own.symmetric_difference(&english).collect();
        assert!(differing.is_empty(), "{}: {differing:?}", language.code());
    }
    let quoted = quoted();
    let unused: Vec<_> = english.iter().filter(|key| !quoted.contains(*key)).collect();
    assert!(unused.is_empty(), "nobody asks for {unused:?}");
}

#[test]
fn every_key_that_a_page_asks_for_is_there() {
    let english = keys(Language::English);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src"), &mut texts);
    sources(&root.join("templates"), &mut texts);
    for text in &texts {
        for call in ["say(\"", "say_with(\"", "say_of(\"", "say_count(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(english.contains_key(key), "{key} is asked for");
            }
        }
    }
}

#[test]
fn the_files_are_understood_and_all_values_of_a_text_are_in_all_languages() {
    let texts = Texts::shipped().unwrap();
    let values = |words: &str| -> BTreeSet<String> {
        let after = words.split("{ $").skip(1);
        after.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
    };
    for (key, english) in keys(Language::English) {
        for language in Language::ALL {
            assert!(texts.of(language).has(&key), "{}: {key}", language.code());
            let own = keys(language);
            if !english.is_empty() && !english.contains("->") && !own[&key].contains("->") {
                assert_eq!(values(&own[&key]), values(&english), "{}: {key}", language.code());
            }
        }
    }
}

#[test]
fn numbers_money_and_dates_are_written_as_the_reader_writes_them() {
    use bonafide_domain::money::{Currency, Money};
    use jiff::civil::date;
    let texts = Texts::shipped().unwrap();
    let roubles = Money::parse(1_234_550, Currency::parse("RUB").unwrap()).unwrap();
    for (language, number, money, day) in [
        (Language::English, "12,345", "₽12,345.50", "3 May 2027"),
        (Language::Russian, "12\u{a0}345", "12\u{a0}345,50\u{a0}₽", "3 мая 2027\u{202f}г."),
        (Language::Chinese, "12,345", "₽12,345.50", "2027年5月3日"),
    ] {
        let numbers = &texts.of(language).numbers;
        assert_eq!(numbers.whole(12_345), number);
        assert_eq!(numbers.money(roubles), money);
        let owed = Money::parse(-1_234_550, roubles.currency()).unwrap();
        assert_eq!(numbers.money(owed), format!("-{money}"));
        let blank = if language == Language::Russian { "\u{a0}" } else { "" };
        let of =
            |text: &str| if language == Language::Russian { text.replace('.', ",") } else { text.to_owned() };
        for (share, written) in [(1_234, "12.3"), (1_235, "12.4"), (-1_235, "-12.4"), (-4, "0.0"), (0, "0.0")]
        {
            assert_eq!(numbers.share(share), format!("{}{blank}%", of(written)));
        }
        assert_eq!(numbers.two_digits(205), of("2.05"));
        assert_eq!(numbers.date(date(2027, 5, 3)).replace('\u{a0}', "\u{202f}"), day);
    }
}

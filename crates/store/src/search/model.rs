//! The index against a slow scan that anybody can check by reading, and what is left of a member when it is gone.
//!
//! The scan takes the texts of words as they are: those have cases of their own, beside the folding.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bonafide_testkit::dice::Dice;
use bonafide_testkit::people::People;

use super::distance::by_the_book;
use super::folding::{INITIALS, Script, Word, words_of_name};
use super::member_index::{Entry, MemberIndex};
use super::query::NameQuery;
use super::{Found, Grade, RESULTS_MAX};

type Members = BTreeMap<u32, (Vec<String>, u32)>;

/// How well a word of the query fits a word of a member.
fn grade(asked: &Word, stored: &Word) -> Option<Grade> {
    use Grade::*;
    let (sought, forms) = (asked.sought(), stored.forms());
    let letters = asked.letters();
    let initial = asked.script == Script::Letters && letters < 2;
    let typos_max = match letters {
        _ if asked.script == Script::Han => 0,
        8.. => 2,
        4.. => 1,
        _ => 0,
    };
    let mut best: Option<Grade> = None;
    let mut take = |grade| best = Some(best.map_or(grade, |best: Grade| best.min(grade)));
    let pairs = [
        (&sought.spelled, &forms.spelled, Exact, Prefix, true),
        (&sought.sounds, &forms.spelled, Alike, AlikePrefix, false),
        (&sought.alike, &forms.alike, Alike, AlikePrefix, true),
    ];
    for (asked, stored, exact, prefix, with_typos) in pairs {
        for (asked, stored) in asked.iter().flat_map(|asked| stored.iter().map(move |stored| (asked, stored)))
        {
            if exact == Alike && initial {
                continue;
            }
            if asked == stored {
                take(exact);
            } else if stored.starts_with(asked.as_str()) {
                take(prefix);
            }
            let fixed = |text: &str| text.starts_with(|c| c == INITIALS || super::folding::is_han(c));
            if with_typos && typos_max > 0 && !fixed(asked) && !fixed(stored) {
                match by_the_book(asked, stored) {
                    1 => take(OneTypo),
                    2 if typos_max == 2 => take(TwoTypos),
                    _ => {}
                }
            }
        }
    }
    best
}

fn scan(members: &Members, query: &NameQuery, limit: usize) -> Vec<Found> {
    let mut found = Vec::new();
    for (member, (names, rank)) in members {
        let words: Vec<Word> = names.iter().flat_map(|name| words_of_name(name)).collect();
        let grades =
            query.words().iter().map(|asked| words.iter().filter_map(|word| grade(asked, word)).min());
        let Some(grades) = grades.collect::<Option<Vec<Grade>>>() else { continue };
        let worst = *grades.iter().max().expect("a query has a word");
        let sum: u8 = grades.iter().map(|grade| *grade as u8).sum();
        found.push(((worst, sum, Reverse(*rank), *member), Found { member: *member, grade: worst }));
    }
    found.sort_by_key(|(key, _)| *key);
    found.into_iter().map(|(_, found)| found).take(limit).collect()
}

fn roll_query(dice: &mut Dice, people: &People) -> String {
    let name = people.person(dice.roll(120)).full_name;
    let words: Vec<&str> = name.split(' ').collect();
    let mut letters: Vec<char> = match dice.roll(4) {
        0 => name.chars().collect(),
        1 => dice.pick(&words).chars().collect(),
        2 => dice.pick(&words).chars().take(1 + dice.roll(5) as usize).collect(),
        _ => words.iter().rev().flat_map(|word| word.chars().take(3).chain([' '])).collect(),
    };
    for _ in 0..dice.roll(3) {
        let at = dice.roll(letters.len() as u64) as usize;
        match dice.roll(3) {
            0 => letters[at] = 'о',
            1 => letters.insert(at, 'a'),
            _ if letters.len() > 2 => _ = letters.remove(at),
            _ => {}
        }
    }
    letters.into_iter().collect()
}

fn run(seed: u64) {
    let people = People::new(seed % 3);
    let mut dice = Dice::new(seed);
    let index = MemberIndex::new();
    let mut members = Members::new();
    for step in 0..300 {
        let member = dice.roll(80) as u32;
        if dice.roll(4) == 0 {
            assert_eq!(index.remove(member), members.remove(&member).is_some(), "seed {seed}, step {step}");
        } else {
            let names: Vec<String> =
                (0..=dice.roll(5) / 4).map(|_| people.person(dice.roll(120)).full_name).collect();
            let rank = dice.roll(3) as u32;
            let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
            index.upsert(member, &Entry { names: &borrowed, numbers: &[], rank }).unwrap();
            members.insert(member, (names, rank));
        }
        assert_eq!(index.members(), members.len(), "seed {seed}, step {step}");
        let text = roll_query(&mut dice, &people);
        let Ok(query) = NameQuery::parse(&text) else { continue };
        let limit = [1, 3, 10, RESULTS_MAX][dice.roll(4) as usize];
        let (found, expected) = (index.by_name(&query, limit), scan(&members, &query, limit));
        assert_eq!(found, expected, "seed {seed}, step {step}: {text:?}");
    }
    for member in members.keys() {
        assert!(index.remove(*member));
    }
    assert!(index.is_wiped(), "seed {seed}");
}

#[test]
fn the_index_answers_like_a_scan() {
    (0..12).for_each(run);
}

#[test]
fn a_batch_is_like_its_members_one_by_one() {
    let people = People::new(4);
    let names: Vec<String> = (0..3_000).map(|index| people.person(index).full_name).collect();
    let [batched, single] = [MemberIndex::new(), MemberIndex::new()];
    let names: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
    // Some members come twice in a batch, and words are forgotten in the batch that brought them.
    let numbers = ["+7 900 123-45-67"];
    let mut entries = Vec::new();
    for (at, names) in names.iter().enumerate() {
        entries.push((at as u32 % 2_000, Entry { names, numbers: &numbers[..at % 2], rank: at as u32 % 7 }));
    }
    entries.chunks(900).for_each(|batch| batched.upsert_all(batch).unwrap());
    entries.iter().for_each(|(member, entry)| single.upsert(*member, entry).unwrap());
    assert_eq!((batched.members(), batched.words()), (single.members(), single.words()));
    for [name] in &names {
        let query = NameQuery::parse(name).unwrap();
        assert_eq!(batched.by_name(&query, 10), single.by_name(&query, 10), "{name}");
    }
    let end = super::NumberEnd::parse("4567").unwrap();
    assert_eq!(batched.by_number_end(&end, 50), single.by_number_end(&end, 50));
    (0..2_000).for_each(|member| assert!(batched.remove(member)));
    assert!(batched.is_wiped());
}

#[test]
fn one_removed_among_many_leaves_no_text() {
    let people = People::new(5);
    let index = MemberIndex::new();
    for member in 0..2_000 {
        let name = people.person(member.into()).full_name;
        index.upsert(member, &Entry { names: &[&name], numbers: &[], rank: 0 }).unwrap();
    }
    for name in ["Жъщмыловский", "Qzvexwulbrand", "鼂龘靐"] {
        index.upsert(700, &Entry { names: &[name], numbers: &[], rank: 0 }).unwrap();
        let word = &words_of_name(name)[0];
        let forms = word.forms();
        let longest = forms.spelled.iter().chain(&forms.alike).filter(|text| text.len() > 8);
        for text in longest.clone() {
            assert!(index.holds(text.as_bytes()), "the search must be able to find it");
        }
        assert!(index.remove(700));
        for text in longest {
            assert!(!index.holds(text.as_bytes()), "{text:?}");
        }
    }
}

//! Made-up members from a seed: names in three scripts with the skew of real ones, and what else a form asks for.
//!
//! The same seed gives the same people everywhere. Common names come from lists in the order of how frequent they roughly
//! are; rare surnames are composed, so that a million people have more than a hundred thousand different ones, as they do.
//! Telephone numbers are drawn over a country's whole range, so one may by chance be somebody's: nothing may ever call
//! them. E-mail addresses are in `.example`, which nobody can have.

mod lists;

use crate::dice::Dice;

/// In which script a person's name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    /// Surname, given name and patronymic in Cyrillic.
    Russian,
    /// Given name and surname in Latin letters.
    English,
    /// Surname and given name in Chinese characters, without a space.
    Chinese,
}

/// A civil date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Four digits.
    pub year: i16,
    /// From one.
    pub month: i8,
    /// From one; never above 28, so that every month has it.
    pub day: i8,
}

/// Somebody who does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As it stands in the club's list.
    pub full_name: String,
    /// The script of the name.
    pub script: Script,
    /// Between 6 and 90 years before 2026.
    pub born: Date,
    /// E.164: a plus, the country and the number, without spaces.
    pub phone: String,
    /// In a domain that cannot exist.
    pub email: String,
    /// Sixteen digits, the last of them a check digit (Luhn).
    pub card: String,
}

/// All the people of a seed.
pub struct People {
    seed: u64,
    russian: Surnames,
    men: Names,
    women: Names,
    english: Surnames,
    english_given: Names,
    chinese: Vec<char>,
    chinese_compound: Names,
    chinese_given: Vec<char>,
    mailboxes: Names,
    domains: Names,
}

type Names = Vec<&'static str>;

/// The common ones, and of what the rare ones are made.
struct Surnames {
    common: Names,
    beginnings: Names,
    middles: Names,
    endings: Names,
}

impl Surnames {
    fn roll(&self, dice: &mut Dice) -> String {
        if dice.roll(100) < 70 {
            return (*dice.pick_skewed(&self.common)).to_owned();
        }
        let pieces = [dice.pick(&self.beginnings), dice.pick(&self.middles), dice.pick_skewed(&self.endings)];
        pieces.into_iter().copied().collect()
    }
}

impl People {
    /// Reads the lists; making a person is cheap afterwards.
    pub fn new(seed: u64) -> Self {
        let names = |list: &'static str| list.split(',').collect::<Names>();
        Self {
            seed,
            russian: Surnames {
                common: names(lists::RUSSIAN_SURNAMES),
                beginnings: names(lists::RUSSIAN_BEGINNINGS),
                middles: names(lists::RUSSIAN_MIDDLES),
                endings: names(lists::RUSSIAN_ENDINGS),
            },
            men: names(lists::RUSSIAN_MEN),
            women: names(lists::RUSSIAN_WOMEN),
            english: Surnames {
                common: names(lists::ENGLISH_SURNAMES),
                beginnings: names(lists::ENGLISH_BEGINNINGS),
                middles: names(lists::ENGLISH_MIDDLES),
                endings: names(lists::ENGLISH_ENDINGS),
            },
            english_given: names(lists::ENGLISH_GIVEN),
            chinese: lists::CHINESE_SURNAMES.chars().collect(),
            chinese_compound: names(lists::CHINESE_COMPOUND_SURNAMES),
            chinese_given: lists::CHINESE_GIVEN.chars().collect(),
            mailboxes: names(lists::MAILBOXES),
            domains: names(lists::DOMAINS),
        }
    }

    /// One of them; it can be made without those before.
    pub fn person(&self, index: u64) -> Person {
        let seed = Dice::new(self.seed).any() ^ index.wrapping_mul(0xD134_2543_DE82_EF95);
        let dice = &mut Dice::new(seed);
        let (script, full_name, phone) = match dice.roll(10) {
            0..=3 => (Script::Russian, self.russian(dice), phone(dice, "+79", 9)),
            4..=6 => (Script::English, self.english(dice), phone(dice, "+447", 9)),
            _ => (Script::Chinese, self.chinese(dice), phone(dice, "+861", 10)),
        };
        let born = Date {
            year: 1936 + dice.roll(85) as i16,
            month: 1 + dice.roll(12) as i8,
            day: 1 + dice.roll(28) as i8,
        };
        let email = format!("{}{index}@{}.example", dice.pick(&self.mailboxes), dice.pick(&self.domains));
        Person { full_name, script, born, phone, email, card: card(index) }
    }

    fn russian(&self, dice: &mut Dice) -> String {
        let female = dice.roll(2) == 1;
        let surname = gendered(&self.russian.roll(dice), female);
        let given = dice.pick_skewed(if female { &self.women } else { &self.men });
        let father = dice.pick_skewed(&self.men);
        format!("{surname} {given} {}", patronymic(father, female))
    }

    fn english(&self, dice: &mut Dice) -> String {
        let mut name = (*dice.pick_skewed(&self.english_given)).to_owned();
        if dice.roll(4) == 0 {
            name = format!("{name} {}", dice.pick_skewed(&self.english_given));
        }
        name = format!("{name} {}", self.english.roll(dice));
        // Double names.
        if dice.roll(50) == 0 {
            name = format!("{name}-{}", self.english.roll(dice));
        }
        name
    }

    fn chinese(&self, dice: &mut Dice) -> String {
        let mut name = if dice.roll(200) == 0 {
            (*dice.pick(&self.chinese_compound)).to_owned()
        } else {
            dice.pick_skewed(&self.chinese).to_string()
        };
        // One in eight has a given name of one character.
        for _ in 0..if dice.roll(8) == 0 { 1 } else { 2 } {
            name.push(*dice.pick_skewed(&self.chinese_given));
        }
        name
    }
}

/// Adjectives take -ая, -ов and -ин take -а, others stay.
fn gendered(surname: &str, female: bool) -> String {
    if !female {
        surname.to_owned()
    } else if let Some(stem) = surname.strip_suffix("ий").or(surname.strip_suffix("ый")) {
        format!("{stem}ая")
    } else if surname.ends_with(['в', 'н']) {
        format!("{surname}а")
    } else {
        surname.to_owned()
    }
}

fn patronymic(father: &str, female: bool) -> String {
    let (stem, soft) = if let Some(stem) = father.strip_suffix("ий") {
        (format!("{stem}ь"), true)
    } else if let Some(stem) = father.strip_suffix(['й', 'ь']) {
        (stem.to_owned(), true)
    } else if let Some(stem) = father.strip_suffix(['а', 'я']) {
        return if female { format!("{stem}инична") } else { format!("{stem}ич") };
    } else {
        (father.to_owned(), false)
    };
    let ending = match (soft, female) {
        (true, false) => "евич",
        (true, true) => "евна",
        (false, false) => "ович",
        (false, true) => "овна",
    };
    stem + ending
}

fn phone(dice: &mut Dice, beginning: &str, digits: u32) -> String {
    format!("{beginning}{:0width$}", dice.roll(10_u64.pow(digits)), width = digits as usize)
}

/// A prefix that no bank has, the person's number, and the check digit.
fn card(index: u64) -> String {
    let payload = format!("99{:013}", index % 10_000_000_000_000);
    let doubled = |(at, digit): (usize, u32)| {
        let value = if at % 2 == 0 { 2 * digit } else { digit };
        if value > 9 { value - 9 } else { value }
    };
    let sum: u32 = payload.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().map(doubled).sum();
    format!("{payload}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_seed_gives_the_same_people() {
        let of = |seed: u64| {
            let people = People::new(seed);
            (0..50).map(|index| people.person(index)).collect::<Vec<_>>()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7)[0], of(7)[1]);
        assert_ne!(of(7)[0], of(8)[0]);
    }

    #[test]
    fn people_are_of_all_scripts_and_their_data_are_well_formed() {
        let all = People::new(1);
        let people: Vec<Person> = (0..20_000).map(|index| all.person(index)).collect();
        for script in [Script::Russian, Script::English, Script::Chinese] {
            assert!(people.iter().filter(|person| person.script == script).count() > 4_000, "{script:?}");
        }
        for person in &people {
            let digits = person.phone.strip_prefix('+').unwrap();
            assert!(
                (11..=13).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()),
                "{person:?}"
            );
            assert!(person.email.ends_with(".example") && person.card.len() == 16, "{person:?}");
            assert!((1936..=2020).contains(&person.born.year), "{person:?}");
            assert!(!person.full_name.contains("  "), "{person:?}");
        }
        let cards: HashSet<&str> = people.iter().map(|person| person.card.as_str()).collect();
        assert_eq!(cards.len(), people.len());
        let names: HashSet<&str> = people.iter().map(|person| person.full_name.as_str()).collect();
        assert!(names.len() > 16_000, "{}", names.len());
    }

    #[test]
    fn russian_endings_agree() {
        let cases = [
            ("Иванов", "Иванова", "Сергей", "Сергеевич", "Сергеевна"),
            ("Достоевский", "Достоевская", "Юрий", "Юрьевич", "Юрьевна"),
            ("Шевченко", "Шевченко", "Игорь", "Игоревич", "Игоревна"),
            ("Пушкин", "Пушкина", "Иван", "Иванович", "Ивановна"),
            ("Черных", "Черных", "Никита", "Никитич", "Никитинична"),
        ];
        for (surname, female, father, son, daughter) in cases {
            assert_eq!(
                (gendered(surname, false).as_str(), gendered(surname, true).as_str()),
                (surname, female)
            );
            assert_eq!((patronymic(father, false), patronymic(father, true)), (son.into(), daughter.into()));
        }
    }

    #[test]
    fn the_check_digit_is_luhns() {
        // The last digit makes the sum of digits, every second doubled, a multiple of ten.
        for index in [0, 1, 12_345, 999_999] {
            let digits: Vec<u32> = card(index).chars().filter_map(|c| c.to_digit(10)).collect();
            let sum: u32 = digits
                .iter()
                .rev()
                .enumerate()
                .map(|(at, d)| if at % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d })
                .sum();
            assert_eq!(sum % 10, 0, "{index}");
        }
    }
}

//! Names as lists hold them: in one cell or in three, in either order, in capitals, with remarks in brackets.
//!
//! The rules for one cell, in this order:
//! 1. What stands in brackets is a remark and not the name.
//! 2. `IVANOVA, ANNA` has the family name before the comma.
//! 3. Two to four Chinese characters are a family name of one (of two, if it is one of the known double ones) and a
//!    given name.
//! 4. A word that is a patronymic by its ending tells the order: what stands before it is the given name, unless two
//!    words do, of which the first is then the family name.
//! 5. Two or three Cyrillic words have the family name first, as lists are sorted, unless the second word looks like a
//!    family name and the first does not.
//! 6. Latin words have the family name last, with its particles (van, de, bin).
//! 7. One word is the given name: what the person is called.
//!
//! Case is repaired only in a name that is wholly in capitals or wholly without: `McDonald` stays.

use super::trouble::Trouble;

/// The words that a name may have.
const WORDS_MAX: usize = 6;
const NAME_CHARS_MAX: usize = 120;

/// A person's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PersonName {
    /// The family name.
    pub family: Option<String>,
    /// The given name.
    pub given: Option<String>,
    /// The father's name.
    pub patronymic: Option<String>,
}

impl PersonName {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.family.is_none() && self.given.is_none() && self.patronymic.is_none()
    }

    /// Family, given name and patronymic with a space between; Chinese without.
    #[must_use]
    pub fn shown(&self) -> String {
        let parts: Vec<&str> =
            [&self.family, &self.given, &self.patronymic].into_iter().flatten().map(String::as_str).collect();
        let chinese = parts.iter().all(|part| part.chars().all(is_hanzi));
        parts.join(if chinese { "" } else { " " })
    }
}

/// A name and what stood beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadName {
    /// The name.
    pub name: PersonName,
    /// What stood in brackets.
    pub remark: Option<String>,
}

/// Reads a whole name from one cell.
///
/// # Errors
/// When it is no name.
pub fn read_full(text: &str) -> Result<ReadName, Trouble> {
    let (bare, remark) = without_brackets(text);
    let bare = checked(&bare)?;
    if bare.is_empty() {
        return Ok(ReadName { name: PersonName::default(), remark });
    }
    let name = if let Some((family, rest)) = bare.split_once(',') {
        after_comma(family, rest)
    } else if bare.chars().filter(|c| !c.is_whitespace()).all(|c| is_hanzi(c) || c == '·') {
        chinese(&bare)
    } else {
        by_words(&words(&bare))
    };
    if name.is_empty() { Err(Trouble::UnreadableName) } else { Ok(ReadName { name, remark }) }
}

/// Reads one part of a name from its own cell.
///
/// # Errors
/// When it is no name.
pub fn read_part(text: &str) -> Result<ReadName, Trouble> {
    let (bare, remark) = without_brackets(text);
    let bare = checked(&bare)?;
    let part = (!bare.is_empty()).then(|| words(&bare).join(" "));
    Ok(ReadName { name: PersonName { given: part, ..PersonName::default() }, remark })
}

/// The name without unusual spaces, if it can be one.
fn checked(text: &str) -> Result<String, Trouble> {
    let name = text.replace('\n', " ");
    let name = name.trim_matches(|c: char| !c.is_alphabetic() && c != '.' && c != '\'');
    let strange =
        |c: char| c.is_numeric() || matches!(c, '@' | ':' | ';' | '/' | '\\' | '=' | '<' | '>' | '_' | '+');
    if text.chars().any(strange)
        || name.chars().count() > NAME_CHARS_MAX
        || name.split_whitespace().count() > WORDS_MAX
    {
        return Err(Trouble::UnreadableName);
    }
    Ok(name.to_owned())
}

fn without_brackets(text: &str) -> (String, Option<String>) {
    let Some(open) = text.find(['(', '[', '（']) else { return (text.to_owned(), None) };
    let (before, inner) = text.split_at(open);
    let mut inner = inner.chars();
    inner.next();
    let inner = inner.as_str();
    let (remark, after) = inner.split_once([')', ']', '）']).unwrap_or((inner, ""));
    let remark = remark.trim();
    (format!("{before} {after}"), (!remark.is_empty()).then(|| remark.to_owned()))
}

/// The words with their case repaired. Initials that touch (`А.П.`) are two words.
fn words(name: &str) -> Vec<String> {
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    let has_case = letters().any(|c| c.is_uppercase() || c.is_lowercase());
    let one_case = letters().all(|c| !c.is_lowercase()) || letters().all(|c| !c.is_uppercase());
    let repair = has_case && one_case && letters().count() > 2;
    let mut words = Vec::new();
    for word in name.split_whitespace() {
        for word in split_initials(word) {
            words.push(if repair { capitalised(word) } else { word.to_owned() });
        }
    }
    words
}

fn split_initials(word: &str) -> Vec<&str> {
    let parts: Vec<&str> = word.split_inclusive('.').collect();
    let initials =
        parts.len() > 1 && parts.iter().all(|part| part.chars().count() <= 2 || !part.ends_with('.'));
    if initials { parts } else { vec![word] }
}

fn capitalised(word: &str) -> String {
    let mut begins = true;
    let particle = is_particle(&word.to_lowercase());
    word.chars()
        .flat_map(|c| {
            let upper = begins && !particle;
            begins = matches!(c, '-' | '\'' | '’' | '.');
            if upper { c.to_uppercase().collect::<Vec<_>>() } else { c.to_lowercase().collect() }
        })
        .collect()
}

fn after_comma(family: &str, rest: &str) -> PersonName {
    let whole = words(&format!("{family} {rest}"));
    let family_words = family.split_whitespace().count().min(whole.len());
    let (family, rest) = whole.split_at(family_words);
    let (given, patronymic) = match rest {
        [given @ .., last] if !given.is_empty() && (is_patronymic(last) || is_initial(last)) => {
            (given.join(" "), Some(last.clone()))
        }
        given => (given.join(" "), None),
    };
    PersonName { family: some(family.join(" ")), given: some(given), patronymic }
}

fn chinese(name: &str) -> PersonName {
    const DOUBLE: [&str; 12] =
        ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯"];
    let letters: Vec<char> = name.chars().filter(|c| is_hanzi(*c)).collect();
    let text: String = letters.iter().collect();
    if !(2..=4).contains(&letters.len()) {
        return PersonName { given: some(text), ..PersonName::default() };
    }
    let double = letters.len() > 2 && DOUBLE.iter().any(|family| text.starts_with(family));
    let (family, given) = letters.split_at(if double { 2 } else { 1 });
    PersonName {
        family: Some(family.iter().collect()),
        given: Some(given.iter().collect()),
        patronymic: None,
    }
}

fn by_words(words: &[String]) -> PersonName {
    let name = |family: &[String], given: &[String], patronymic: &[String]| PersonName {
        family: some(family.join(" ")),
        given: some(given.join(" ")),
        patronymic: some(patronymic.join(" ")),
    };
    let cyrillic = words.iter().flat_map(|word| word.chars()).any(|c| ('\u{400}'..='\u{52F}').contains(&c));
    let patronymic = words.iter().position(|word| is_patronymic(word)).filter(|at| *at > 0);
    match (words, patronymic) {
        ([], _) => PersonName::default(),
        ([only], _) => name(&[], std::slice::from_ref(only), &[]),
        // A patronymic with `оглы` or `кызы` behind it has two words.
        (words, Some(1)) => {
            let end = if words.get(2).is_some_and(|word| is_patronymic(word)) { 3 } else { 2 };
            name(&words[end..], &words[..1], &words[1..end])
        }
        (words, Some(at)) => name(&words[..at - 1], &words[at - 1..at], &words[at..]),
        ([first, rest @ ..], None) if cyrillic => match rest {
            [second] if looks_like_family(second) && !looks_like_family(first) => {
                name(rest, &words[..1], &[])
            }
            // "А.П. Иванова": initials first.
            [.., last] if is_initial(first) && !is_initial(last) => {
                name(&rest[rest.len() - 1..], &words[..1], &rest[..rest.len() - 1])
            }
            [given, father @ ..] if is_initial(given) => name(&words[..1], &rest[..1], father),
            rest => name(&words[..1], rest, &[]),
        },
        (words, None) => {
            let before_last =
                words[1..words.len() - 1].iter().position(|word| is_particle(&word.to_lowercase()));
            let family = before_last.map_or(words.len() - 1, |at| at + 1);
            name(&words[family..], &words[..family], &[])
        }
    }
}

fn is_hanzi(c: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&c) || ('\u{20000}'..='\u{323AF}').contains(&c)
}

fn is_initial(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_alphabetic) && matches!(chars.as_str(), "" | ".")
}

fn is_patronymic(word: &str) -> bool {
    const ENDS: [&str; 16] = [
        "ович", "евич", "ьич", "мич", "нич", "овна", "евна", "ична", "івна", "ївна", "оглы", "кызы", "улы",
        "ovich", "evich", "ovna",
    ];
    let lower = word.to_lowercase();
    lower.chars().count() > 3 && ENDS.iter().any(|end| lower.ends_with(end))
}

fn looks_like_family(word: &str) -> bool {
    const ENDS: [&str; 20] = [
        "ов",
        "ова",
        "ев",
        "ева",
        "ёв",
        "ёва",
        "ин",
        "ына",
        "ский",
        "ская",
        "цкий",
        "цкая",
        "ко",
        "ук",
        "юк",
        "чук",
        "ян",
        "дзе",
        "швили",
        "ых",
    ];
    // These end as family names do and are given ones.
    const GIVEN: [&str; 10] =
        ["вадимин", "константин", "валентин", "мартин", "лев", "яков", "августин", "севастьян", "ян", "эмин"];
    let lower = word.to_lowercase();
    // "ина" alone is in Марина, Ирина, Нина, Полина; a family name has more before it.
    let long_ina = lower.ends_with("кина")
        || lower.ends_with("шина")
        || lower.ends_with("лина") && lower.chars().count() > 7;
    !GIVEN.contains(&lower.as_str())
        && lower.chars().count() > 3
        && (long_ina || ENDS.iter().any(|end| lower.ends_with(end)))
}

fn is_particle(lower: &str) -> bool {
    matches!(
        lower,
        "van"
            | "von"
            | "der"
            | "den"
            | "de"
            | "da"
            | "di"
            | "del"
            | "la"
            | "le"
            | "bin"
            | "ibn"
            | "al"
            | "фон"
    )
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, family: &str, given: &str, patronymic: &str) {
        let read = read_full(text).unwrap_or_else(|trouble| panic!("{text}: {trouble:?}")).name;
        let shown = [read.family, read.given, read.patronymic].map(Option::unwrap_or_default);
        assert_eq!(shown, [family, given, patronymic], "{text}");
    }

    #[test]
    fn one_cell_is_taken_apart() {
        for (text, family, given, patronymic) in [
            ("Иванова Анна Петровна", "Иванова", "Анна", "Петровна"),
            ("Анна Петровна Иванова", "Иванова", "Анна", "Петровна"),
            ("Анна Петровна", "", "Анна", "Петровна"),
            ("ИВАНОВА АННА ПЕТРОВНА", "Иванова", "Анна", "Петровна"),
            ("иванова анна", "Иванова", "Анна", ""),
            ("Иванова Анна", "Иванова", "Анна", ""),
            ("Анна Иванова", "Иванова", "Анна", ""),
            ("Константин Лев", "Константин", "Лев", ""),
            ("Иванова А.П.", "Иванова", "А.", "П."),
            ("А.П. Иванова", "Иванова", "А.", "П."),
            ("Римская-корсакова анна", "Римская-корсакова", "анна", ""),
            ("РИМСКАЯ-КОРСАКОВА АННА", "Римская-Корсакова", "Анна", ""),
            ("Алиев Вагиф Гасан оглы", "Алиев Вагиф", "Гасан", "оглы"),
            ("Anna Ivanova", "Ivanova", "Anna", ""),
            ("Anna Maria Smith", "Smith", "Anna Maria", ""),
            ("Vincent van Gogh", "van Gogh", "Vincent", ""),
            ("VINCENT VAN GOGH", "van Gogh", "Vincent", ""),
            ("IVANOVA, ANNA", "Ivanova", "Anna", ""),
            ("Ivanova, Anna P.", "Ivanova", "Anna", "P."),
            ("Ronald McDonald", "McDonald", "Ronald", ""),
            ("SEAN O'BRIEN", "O'Brien", "Sean", ""),
            ("王小明", "王", "小明", ""),
            ("欧阳娜娜", "欧阳", "娜娜", ""),
            ("王芳", "王", "芳", ""),
            ("Анна", "", "Анна", ""),
            ("  Анна  ", "", "Анна", ""),
        ] {
            check(text, family, given, patronymic);
        }
    }

    #[test]
    fn a_remark_is_no_name() {
        let read = read_full("Иванова Анна (подруга Оли)").unwrap();
        assert_eq!(read.name.shown(), "Иванова Анна");
        assert_eq!(read.remark.as_deref(), Some("подруга Оли"));
        assert_eq!(read_full("王小明").unwrap().name.shown(), "王小明");
    }

    #[test]
    fn what_is_no_name_is_said() {
        for text in
            ["Анна 89123456789", "anna@example.com", "итого: 5", "12", "один два три четыре пять шесть семь"]
        {
            assert_eq!(read_full(text), Err(Trouble::UnreadableName), "{text}");
        }
        assert!(read_full("—").unwrap().name.is_empty());
    }
}

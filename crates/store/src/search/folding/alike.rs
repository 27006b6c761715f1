//! One text for the rival spellings of a name: Юлия, Yulia, Julia and Iuliia; Александр, Alexander and Aleksandr.
//!
//! It is no phonetic code of English: vowels stay, so that little else falls together. Sounds that take two to four Latin
//! letters become one capital. Three letters are read in two ways, and a word with one of them gets two skeletons:
//!
//! | letter | western | slavic |
//! | ------ | ------- | ------ |
//! | x      | ks (Alexey) | h (Xabibulin) |
//! | c      | k, or s before e, i, y (Carl, Cecil) | ц (Carev) |
//! | j      | дж (John) | й (Jurij) |

use super::{Text, add, text};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Western,
    Slavic,
}

/// What one sound may be written like; the longer spelling stands first.
const SOUNDS: &[(&str, &str)] = &[
    ("shch", "S"),
    ("tsch", "C"),
    ("sch", "S"),
    ("tch", "C"),
    ("dzh", "J"),
    ("zh", "Z"),
    ("sh", "S"),
    ("sz", "S"),
    ("ch", "C"),
    ("cz", "C"),
    ("kh", "h"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("ts", "c"),
    ("tz", "c"),
    ("qu", "kv"),
    ("q", "k"),
    ("w", "v"),
    // ё is folded to е everywhere, so ё in Latin letters goes there too.
    ("yo", "e"),
    ("y", "i"),
];

/// The skeletons of a folded word in Latin letters: one, or two if it can be read in two ways.
pub(super) fn skeletons(latin: &str) -> Vec<Text> {
    let mut found = Vec::with_capacity(2);
    add(&mut found, skeleton(latin, Reading::Western));
    if latin.contains(['x', 'c', 'j']) {
        add(&mut found, skeleton(latin, Reading::Slavic));
    }
    found
}

fn skeleton(latin: &str, reading: Reading) -> Text {
    // No rule makes a text longer by more than a letter for each.
    let mut out = Text::new(String::with_capacity(4 * latin.len()));
    let mut rest = latin;
    while let Some(c) = rest.chars().next() {
        let (spelling, sound) = sound(rest, reading);
        if spelling > 0 {
            sound.chars().for_each(|c| push(&mut out, c));
            rest = &rest[spelling..];
        } else {
            push(&mut out, c);
            rest = &rest[c.len_utf8()..];
        }
    }
    ending(&out)
}

/// How many bytes at the beginning make a sound, and which; none if the letter stands for itself.
fn sound(rest: &str, reading: Reading) -> (usize, &'static str) {
    if let Some((spelling, sound)) = SOUNDS.iter().find(|(spelling, _)| rest.starts_with(spelling)) {
        return (spelling.len(), sound);
    }
    let soft = matches!(rest.as_bytes().get(1), Some(b'e' | b'i' | b'y'));
    match (rest.as_bytes()[0], reading) {
        (b'x', Reading::Western) => (1, "ks"),
        (b'x', Reading::Slavic) => (1, "h"),
        (b'c', Reading::Western) => (1, if soft { "s" } else { "k" }),
        (b'c', Reading::Slavic) => (1, "c"),
        (b'j', Reading::Western) => (1, "J"),
        (b'j', Reading::Slavic) if rest.starts_with("jo") => (2, "e"),
        (b'j', Reading::Slavic) => (1, "i"),
        _ => (0, ""),
    }
}

/// Double letters are one (Anna, Kirill, -iy), and i before e is not heard (Yevgeny, Dmitriyev, Sergeyevich).
fn push(out: &mut Text, c: char) {
    if out.ends_with(c) {
        return;
    }
    if c == 'e' && out.ends_with('i') {
        out.pop();
        if out.ends_with(c) {
            return;
        }
    }
    out.push(c);
}

/// -er behind a consonant is -r (Alexander, Peter), -off is -ov.
fn ending(skeleton: &str) -> Text {
    let consonant = |stem: &str| stem.ends_with(|c: char| c.is_alphabetic() && !"aeiou".contains(c));
    if let Some(stem) = skeleton.strip_suffix("er").filter(|stem| consonant(stem)) {
        return text(stem.chars().chain(['r']));
    }
    if skeleton.len() > 2 && (skeleton.ends_with("of") || skeleton.ends_with("ef")) {
        return text(skeleton[..skeleton.len() - 1].chars().chain(['v']));
    }
    text(skeleton.chars())
}

#[cfg(test)]
mod tests {
    use super::super::cyrillic::to_latin;
    use super::super::words_of_query;
    use super::*;

    fn skeletons_of(name: &str) -> Vec<String> {
        let words = words_of_query(name);
        assert_eq!(words.len(), 1, "{name}");
        skeletons(&to_latin(&words[0].text)).iter().map(|text| String::from(text.as_str())).collect()
    }

    #[test]
    fn rival_spellings_meet() {
        let cases: [(&str, &[&str]); 22] = [
            ("Юлия", &["Yulia", "Yuliya", "Julia", "Julija", "Iuliia", "Iulia"]),
            ("Александр", &["Aleksandr", "Alexander", "Alexandr", "Aleksander", "Alexandre"][..4]),
            ("Дмитрий", &["Dmitry", "Dmitri", "Dmitriy", "Dmitrii", "Dmitrij"]),
            ("Сергей", &["Sergey", "Sergei", "Sergej"]),
            ("Евгений", &["Yevgeny", "Evgeny", "Evgeniy", "Evgenii", "Jevgenij"]),
            ("Екатерина", &["Ekaterina", "Yekaterina", "Jekaterina"]),
            ("Горбачёв", &["Gorbachev", "Gorbachyov", "Горбачев"]),
            ("Щербаков", &["Shcherbakov", "Scherbakov", "Sherbakov"]),
            ("Чайковский", &["Tchaikovsky", "Chaikovsky", "Tschaikowsky", "Chaykovskiy"]),
            ("Хабибуллин", &["Khabibullin", "Habibullin", "Xabibulin"]),
            ("Михаил", &["Mikhail", "Mihail"]),
            ("Цветков", &["Tsvetkov", "Cvetkov", "Zvetkov"][..2]),
            ("Ксения", &["Xenia", "Ksenia", "Kseniya", "Xeniya"]),
            ("Фёдор", &["Fedor", "Fyodor", "Fjodor"]),
            ("Пётр", &["Petr", "Pyotr", "Peter"]),
            ("Наталья", &["Natalia", "Natalya", "Natal'ya", "Natalja", "Наталия"]),
            ("Софья", &["Sofia", "Sophia", "Sofya", "София"]),
            ("Достоевский", &["Dostoevsky", "Dostoyevsky", "Dostojevskij", "Dostoevskiy"]),
            ("Сергеевич", &["Sergeevich", "Sergeyevich", "Sergejevic"][..2]),
            ("Романов", &["Romanov", "Romanoff", "Romanow"]),
            ("Юрий", &["Yuri", "Yury", "Iurii", "Jurij", "Yuriy"]),
            ("Джон", &["Jon"]),
        ];
        for (name, rivals) in cases {
            for rival in rivals {
                let [a, b] = [skeletons_of(name), skeletons_of(rival)];
                assert!(a.iter().any(|text| b.contains(text)), "{name} {a:?}, {rival} {b:?}");
            }
        }
    }

    #[test]
    fn other_names_stay_apart() {
        let cases = [
            ("Мария", "Марина"),
            ("Иван", "Иванов"),
            ("Юлия", "Юлиан"),
            ("Анна", "Анита"),
            ("Марк", "Максим"),
            ("Петров", "Петрова"),
            ("Жуков", "Щуков"),
            ("Чехов", "Шехов"),
            ("Цой", "Чой"),
        ];
        for (a, b) in cases {
            let [a, b] = [skeletons_of(a), skeletons_of(b)];
            assert!(!a.iter().any(|text| b.contains(text)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn any_text_has_a_skeleton() {
        for text in ["", "x", "c", "j", "i", "e", "ie", "er", "of", "x\u{3b1}", "c\u{3b1}", "щ", "\u{10ffff}"]
        {
            assert_eq!(skeletons(text).is_empty(), text.is_empty(), "{text:?}");
        }
    }
}

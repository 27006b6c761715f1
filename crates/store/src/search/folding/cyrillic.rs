//! Cyrillic in Latin letters: one fixed way. Its rivals meet in [`super::alike`].

use super::{Text, text};

/// The word with every Cyrillic letter replaced; other letters stay.
pub(super) fn to_latin(word: &str) -> Text {
    text(word.chars().flat_map(|c| {
        // A letter that is not in the table stands for itself, behind nothing.
        let (letters, itself) = latin(c).map_or(("", Some(c)), |letters| (letters, None));
        letters.chars().chain(itself)
    }))
}

/// Marks are gone already: ё is е, й is и, ї is і, ў is у.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'ғ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ж' | 'җ' => "zh",
        'з' => "z",
        'и' | 'і' => "i",
        'к' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' | 'ҫ' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' => "u",
        'ф' => "f",
        'х' | 'ҳ' => "kh",
        'һ' => "h",
        'ц' => "ts",
        'ч' | 'ҷ' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        'є' => "ye",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ђ' => "dj",
        'ћ' => "c",
        'џ' => "dzh",
        'ѕ' => "dz",
        _ => return None,
    })
}

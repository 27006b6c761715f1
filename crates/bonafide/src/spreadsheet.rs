//! Cells of a CSV that a spreadsheet program opens: in it a name must be no formula (S-06) and steer no terminal (W-24).

/// What a spreadsheet program takes for the beginning of a formula, with the wide signs of East Asian keyboards.
const fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠')
}

/// A cell of a CSV, in quotes where it must be. What would be a formula, also behind spaces, gets an apostrophe before it,
/// unless it is a negative number. Line breaks become `\n`; other control characters are shown and not sent.
#[must_use]
pub fn cell(text: &str) -> String {
    let first = text.chars().find(|c| *c != ' ' && *c != '\u{A0}' && *c != '\u{3000}');
    let is_negative_number = text.strip_prefix('-').is_some_and(|rest| {
        let digits = rest.split_once('.').map_or(rest.to_owned(), |(whole, part)| format!("{whole}{part}"));
        rest.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_formula = first.is_some_and(begins_formula) && !is_negative_number;
    let mut clean = String::with_capacity(text.len() + 3);
    if is_formula {
        clean.push('\'');
    }
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '"' => clean.push_str("\"\""),
            '\r' => clean.push('\n'),
            '\n' | '\t' => clean.push(c),
            c if c.is_control() => clean.push(char::REPLACEMENT_CHARACTER),
            c => clean.push(c),
        }
    }
    if is_formula || clean.contains([';', ',', '"', '\n', '\t', ' ']) {
        format!("\"{clean}\"")
    } else {
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s06_a_name_is_no_formula_in_a_spreadsheet() {
        let cases = [
            ("Anna", "Anna"),
            ("Anna Maria", "\"Anna Maria\""),
            ("=HYPERLINK(\"http://a\")", "\"'=HYPERLINK(\"\"http://a\"\")\""),
            ("+79123456789", "\"'+79123456789\""),
            ("-1+1", "\"'-1+1\""),
            ("-500", "-500"),
            ("-5.25", "-5.25"),
            ("-5.2.5", "\"'-5.2.5\""),
            ("-.5", "\"'-.5\""),
            ("-", "\"'-\""),
            ("@SUM(1)", "\"'@SUM(1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\n=1\""),
            ("\n=1", "\"'\n=1\""),
            ("\0=1", "\"'\u{FFFD}=1\""),
            (" =1+1", "\"' =1+1\""),
            ("\u{3000}=1", "\"'\u{3000}=1\""),
            ("＝1+1", "\"'＝1+1\""),
            ("a,b\nc", "\"a,b\nc\""),
            ("a;b", "\"a;b\""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn w24_what_a_terminal_would_obey_is_shown_and_not_sent() {
        assert_eq!(cell("Anna\u{1b}[31m"), "Anna\u{FFFD}[31m");
        assert_eq!(cell("\u{9b}2J"), "\u{FFFD}2J");
        assert_eq!(cell("a\r\nb\rc"), "\"a\nb\nc\"");
    }
}

//! Answers on standard output: text for people, one JSON document for programs.

use std::io::Write;

use serde::Serialize;

use crate::failure::Failure;

/// A command's answer in both forms.
pub trait Answer: Serialize {
    /// The answer for a person, several lines without the last line end.
    fn text(&self) -> String;
}

/// Prints `answer` as JSON or as text.
///
/// # Errors
/// When standard output cannot be written, for example a closed pipe.
pub fn print(answer: &impl Answer, json: bool) -> Result<(), Failure> {
    let text = if json { to_json(answer)? } else { harmless(&answer.text()) };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Failure::new("io", error.to_string()))
}

/// Text without control characters: a file name must not be able to steer the terminal that shows it.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Pretty JSON of a value.
///
/// # Errors
/// When a value cannot be written as JSON, which the answers of this program never cause.
pub fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::new("json", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w24_a_name_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\rc\nАнна"), "a\u{fffd}[2Jb\u{fffd}c\nАнна");
    }
}

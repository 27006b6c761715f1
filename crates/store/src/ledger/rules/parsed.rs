//! The rules that a connection has read: a till asks for the same ones three times a purchase, and taking two hundred rules apart costs
//! more than the rest of an answer.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::fault::Fault;
use crate::ledger::programmes::ProgrammeVersion;

use super::rules_of;

/// The most text of which a connection keeps the rules, in bytes: four programmes of the longest rules, and hundreds of usual ones.
const TEXT_BYTES_MAX: usize = 4 * super::super::programmes::RULES_BYTES_MAX;

/// What was read, the latest first. It is found by its whole text and never by its number: a version that was put and taken back with its
/// transaction leaves its number to another one.
#[derive(Debug, Default)]
pub(crate) struct ParsedRules {
    kept: VecDeque<(String, Arc<ProgrammeVersion>)>,
    text_bytes: usize,
}

impl ParsedRules {
    /// The version of a text that was added then.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn of(&mut self, text: String, added_us: i64) -> Result<Arc<ProgrammeVersion>, Fault> {
        let is_it = |(before, version): &(String, Arc<ProgrammeVersion>)| {
            version.added_us == added_us && *before == text
        };
        if let Some(place) = self.kept.iter().position(is_it) {
            let version = Arc::clone(&self.kept[place].1);
            self.kept.make_contiguous()[..=place].rotate_right(1);
            return Ok(version);
        }
        let version = Arc::new(rules_of(&text, added_us)?);
        self.text_bytes += text.len();
        self.kept.push_front((text, Arc::clone(&version)));
        while self.text_bytes > TEXT_BYTES_MAX
            && let Some((oldest, _)) = self.kept.pop_back()
        {
            self.text_bytes -= oldest.len();
        }
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::MOST;
    use super::*;

    #[test]
    fn the_same_text_is_taken_apart_once_and_another_one_is_never_taken_for_it() {
        let mut parsed = ParsedRules::default();
        let text = MOST.concat();
        let first = parsed.of(text.clone(), 5).unwrap();
        assert_eq!(*first, rules_of(&text, 5).unwrap());
        assert!(Arc::ptr_eq(&first, &parsed.of(text.clone(), 5).unwrap()));

        let later = parsed.of(text.clone(), 6).unwrap();
        assert_eq!((first.added_us, later.added_us), (5, 6));
        let other = text.replace(r#""pending_days":14"#, r#""pending_days":15"#);
        let other = parsed.of(other, 5).unwrap();
        assert_eq!(other.version, first.version);
        assert_eq!(other.rules.spec().pending_days, 15);
        assert!(Arc::ptr_eq(&first, &parsed.of(text, 5).unwrap()));
        assert!(parsed.of("{}".to_owned(), 5).is_err());
    }

    #[test]
    fn no_more_text_is_kept_than_the_bound_and_the_oldest_goes_first() {
        let mut parsed = ParsedRules::default();
        let padded = |number: usize| MOST.concat() + &" ".repeat(TEXT_BYTES_MAX / 3 + number);
        let first = parsed.of(padded(0), 5).unwrap();
        parsed.of(padded(1), 5).unwrap();
        assert!(Arc::ptr_eq(&first, &parsed.of(padded(0), 5).unwrap()));
        parsed.of(padded(2), 5).unwrap();
        assert!(parsed.text_bytes <= TEXT_BYTES_MAX);
        assert_eq!(parsed.kept.len(), 2);
        assert!(
            Arc::ptr_eq(&first, &parsed.of(padded(0), 5).unwrap()),
            "it was asked for later than the second"
        );
    }
}

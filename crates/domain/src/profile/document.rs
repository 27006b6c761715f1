//! An identity document: its kind and number.

use crate::hidden::hide_from_debug;

/// The fewest characters of a number, without separators.
pub const DOCUMENT_NUMBER_CHARS_MIN: usize = 3;
/// The most characters of a number, without separators.
pub const DOCUMENT_NUMBER_CHARS_MAX: usize = 32;

/// What the document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A passport, of the country or for travelling.
    Passport,
    /// An identity card.
    IdentityCard,
    /// A driving licence.
    DrivingLicence,
    /// A certificate of birth, the document of a child.
    BirthCertificate,
    /// A permit of residence.
    ResidencePermit,
    /// Any other.
    Other,
}

/// A kind and a number in the one spelling that is looked up: capitals and digits without separators. `45 10 № 123456`
/// and `4510-123456` are the same. The issuing country is not part of it, so that two countries may share a number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityDocument {
    kind: DocumentKind,
    number: String,
}

hide_from_debug!(IdentityDocument);

/// Why a number is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentRefusal {
    /// It has something other than letters, digits and separators.
    Character,
    /// It has fewer than [`DOCUMENT_NUMBER_CHARS_MIN`] or more than [`DOCUMENT_NUMBER_CHARS_MAX`] letters and digits.
    Length,
    /// It has no digit.
    NoDigit,
}

impl IdentityDocument {
    /// Checks a number and brings it into its canonical form.
    pub fn parse(kind: DocumentKind, number: &str) -> Result<Self, DocumentRefusal> {
        let mut canonical = String::new();
        for c in number.chars() {
            match c {
                '-' | '\u{2010}'..='\u{2015}' | '/' | '.' | '№' | '#' => {}
                c if c.is_whitespace() && !c.is_control() => {}
                c if c.is_alphanumeric() => canonical.extend(c.to_uppercase()),
                _ => return Err(DocumentRefusal::Character),
            }
            if canonical.len() > 4 * DOCUMENT_NUMBER_CHARS_MAX {
                return Err(DocumentRefusal::Length);
            }
        }
        let size = DOCUMENT_NUMBER_CHARS_MIN..=DOCUMENT_NUMBER_CHARS_MAX;
        if !size.contains(&canonical.chars().count()) {
            return Err(DocumentRefusal::Length);
        }
        if !canonical.contains(|c: char| c.is_ascii_digit()) {
            return Err(DocumentRefusal::NoDigit);
        }
        Ok(Self { kind, number: canonical })
    }

    /// What the document is.
    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The canonical number.
    pub fn number(&self) -> &str {
        &self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DocumentKind::{BirthCertificate, Passport};
    use DocumentRefusal::*;

    #[test]
    fn a_number_has_one_spelling() {
        let long = "1".repeat(DOCUMENT_NUMBER_CHARS_MAX + 1);
        let cases = [
            (Passport, "45 10 № 123456", Ok("4510123456")),
            (Passport, "4510-123456", Ok("4510123456")),
            (Passport, "ab1234567", Ok("AB1234567")),
            (BirthCertificate, "II-мю № 123456", Ok("IIМЮ123456")),
            (Passport, "E12345678", Ok("E12345678")),
            (Passport, "", Err(Length)),
            (Passport, "1-2", Err(Length)),
            (Passport, &long, Err(Length)),
            (Passport, "unknown", Err(NoDigit)),
            (Passport, "4510\n123456", Err(Character)),
            (Passport, "4510<123456", Err(Character)),
        ];
        for (kind, number, expected) in cases {
            let found = IdentityDocument::parse(kind, number);
            assert_eq!(
                found.as_ref().map(IdentityDocument::number),
                expected.as_ref().copied(),
                "{number:?}"
            );
            assert!(found.is_err() || found.is_ok_and(|document| document.kind() == kind));
        }
        let document = IdentityDocument::parse(Passport, "4510 123456");
        assert_eq!(format!("{document:?}"), "Ok(IdentityDocument(…))");
    }
}

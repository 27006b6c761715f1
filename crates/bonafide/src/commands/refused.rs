//! Why a value that somebody typed is not accepted, in words that say what to do. No value stands in them: it may be a
//! person's.

use bonafide_domain::plain_text::TextRefusal;
use bonafide_domain::profile::{
    AGE_YEARS_MAX, BirthDateRefusal, DOCUMENT_NUMBER_CHARS_MAX, DOCUMENT_NUMBER_CHARS_MIN, DocumentRefusal,
    EMAIL_BYTES_MAX, EmailRefusal, MessengerRefusal, NameRefusal, PhoneRefusal,
};

use crate::failure::Failure;

/// The refusal of a field's value.
pub(crate) fn bad(field: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new("bad_value", format!("{field} is not accepted: {why}"))
}

pub(crate) fn text(why: TextRefusal) -> String {
    match why {
        TextRefusal::Empty => "it is empty".to_owned(),
        TextRefusal::TooLong { chars_max } => format!("it is longer than {chars_max} characters"),
        TextRefusal::ControlCharacter => "it has a control character, or a line break too many".to_owned(),
        TextRefusal::DirectionOverride => {
            "it has an invisible character that turns the direction of writing; type it anew".to_owned()
        }
        TextRefusal::Unprintable => "it has a character that nobody can see; type it anew".to_owned(),
    }
}

pub(crate) fn name(why: NameRefusal) -> String {
    match why {
        NameRefusal::Given(why) => format!("the given name: {}", text(why)),
        NameRefusal::Family(why) => format!("the family name: {}", text(why)),
        NameRefusal::Middle(why) => format!("the middle name: {}", text(why)),
        NameRefusal::NoLetter => "each part of a name needs a letter".to_owned(),
    }
}

pub(crate) fn birth(why: BirthDateRefusal) -> String {
    match why {
        BirthDateRefusal::InFuture => "the day has not come yet".to_owned(),
        BirthDateRefusal::TooLongAgo => {
            format!("nobody is older than {AGE_YEARS_MAX} years; is the century right?")
        }
    }
}

pub(crate) fn phone(why: PhoneRefusal) -> String {
    match why {
        PhoneRefusal::NoPlus => "write it with + and the country, as +79123456789".to_owned(),
        PhoneRefusal::NotDigits => "only digits may follow the +".to_owned(),
        PhoneRefusal::Length { digits } => {
            format!("a phone with its country has 7 to 15 digits, and these are {digits}")
        }
        PhoneRefusal::LeadingZero => {
            "no country begins with 0: leave it out after the + and write the country".to_owned()
        }
    }
}

pub(crate) fn email(why: EmailRefusal) -> String {
    match why {
        EmailRefusal::TooLong => format!("it is longer than {EMAIL_BYTES_MAX} characters"),
        EmailRefusal::NotOneAt => "an e-mail address has one @".to_owned(),
        EmailRefusal::Local => "the part before the @ is not that of an e-mail address".to_owned(),
        EmailRefusal::Domain => "the part after the @ is no name with a dot, as example.com".to_owned(),
    }
}

pub(crate) fn document(why: DocumentRefusal) -> String {
    match why {
        DocumentRefusal::Character => {
            "only letters, digits and separators may stand in the number".to_owned()
        }
        DocumentRefusal::Length => format!(
            "the number has {DOCUMENT_NUMBER_CHARS_MIN} to {DOCUMENT_NUMBER_CHARS_MAX} letters and digits"
        ),
        DocumentRefusal::NoDigit => "the number has no digit".to_owned(),
    }
}

pub(crate) fn messenger(why: MessengerRefusal) -> String {
    match why {
        MessengerRefusal::Phone(why) => format!("this messenger knows people by phone: {}", phone(why)),
        MessengerRefusal::Length => "the name is too short or too long for this messenger".to_owned(),
        MessengerRefusal::Character => {
            "the name begins with a Latin letter and has Latin letters, digits and _ only".to_owned()
        }
    }
}

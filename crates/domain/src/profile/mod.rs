//! Who a member is: the values of a profile, each checked once by its own constructor.
//!
//! Whoever holds a [`Phone`] holds a phone in the one spelling that is looked up, because no other can be made. Personal
//! values print as `…` in `Debug`: a log is no place for them.

mod birth;
mod document;
mod email;
mod family;
mod language;
mod messenger;
mod name;
mod phone;
mod remarks;

pub use birth::{AGE_YEARS_MAX, AgeBand, BirthDate, BirthDateRefusal};
pub use document::{
    DOCUMENT_NUMBER_CHARS_MAX, DOCUMENT_NUMBER_CHARS_MIN, DocumentKind, DocumentRefusal, IdentityDocument,
};
pub use email::{EMAIL_BYTES_MAX, EmailAddress, EmailRefusal};
pub use family::{FamilyTie, GuardianKind};
pub use language::Language;
pub use messenger::{Messenger, MessengerKind, MessengerRefusal};
pub use name::{NAME_PART_CHARS_MAX, NameOrder, NameRefusal, PersonName};
pub use phone::{Phone, PhoneRefusal};
pub use remarks::{
    CATEGORY_CHARS_MAX, Category, CategoryName, NOTE_CHARS_MAX, Note, SHORT_NOTE_CHARS_MAX, ShortNote,
    TAG_CHARS_MAX, Tag,
};

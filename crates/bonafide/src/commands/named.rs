//! What a person types to name a thing of the book: a member by the number, anything by its id.

use bonafide_store::id::Id;
use bonafide_store::members::{self, Member};

use crate::book::Book;
use crate::failure::Failure;

/// A member by what a person types: the number, or the id.
///
/// # Errors
/// `no_member` when there is none, or the text is neither.
pub(crate) fn member(book: &Book, text: &str) -> Result<Member, Failure> {
    let none = || Failure::new("no_member", format!("there is no member {text}: give a number or an id"));
    let vault = book.store.vault();
    let found = match (text.parse::<u32>(), Id::parse(text)) {
        (Ok(number), _) => book.store.read(|tx| members::of_numbers(tx, vault, &[number]))?.pop(),
        (Err(_), Some(id)) => book.store.read(|tx| members::get(tx, vault, id))?,
        (Err(_), None) => None,
    };
    found.ok_or_else(none)
}

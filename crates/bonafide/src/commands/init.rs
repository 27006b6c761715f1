//! `bonafide init`: makes the book of an installation.

use serde::Serialize;

use crate::book::BookArgs;
use crate::failure::Failure;
use crate::output::{self, Answer};

#[derive(Serialize)]
struct InitAnswer {
    data: String,
    /// False when there was a book already: it was opened and left as it is.
    made: bool,
    members: u64,
}

impl Answer for InitAnswer {
    fn text(&self) -> String {
        if self.made {
            format!(
                "{}: a new book. Keep a copy of the key elsewhere: without it nothing can be opened.",
                self.data
            )
        } else {
            format!("{}: there is a book with {} members; nothing was changed", self.data, self.members)
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder, the key or the databases cannot be used.
pub fn run(book: &BookArgs, json: bool) -> Result<(), Failure> {
    let (opened, made) = book.make()?;
    let members = opened.store.read(bonafide_store::members::count)?;
    output::print(&InitAnswer { data: book.folder().display().to_string(), made, members }, json)
}

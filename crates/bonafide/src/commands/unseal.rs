//! `bonafide unseal`: does this key open this book?

use std::path::PathBuf;

use bonafide_store::dialect::Place;
use bonafide_store::keys::member::Vault;
use bonafide_store::members;
use serde::Serialize;

use crate::book::BookArgs;
use crate::failure::Failure;
use crate::key::PASSPHRASE_VARIABLE;
use crate::output::{self, Answer};
use crate::settings;

/// Characters of the key that checks the audit's heads by which a book is known.
const BOOK_KEY_CHARS: usize = 16;

#[derive(Serialize)]
struct UnsealAnswer {
    /// Always true: a key that does not open the book is a refusal.
    opens: bool,
    /// `key_file` or `passphrase`: what the book was sealed with.
    secret: String,
    /// `key_file`, `environment` or `keyboard`: where it was taken from.
    source: &'static str,
    key_file: Option<PathBuf>,
    data: PathBuf,
    /// `file` or `server`.
    engine: &'static str,
    /// The beginning of the key that checks the audit's heads: it is the same as long as it is this book.
    book: String,
    members: u64,
}

impl Answer for UnsealAnswer {
    fn text(&self) -> String {
        let from = match (self.source, &self.key_file) {
            ("key_file", Some(file)) => format!("the key file {}", file.display()),
            ("environment", _) => format!("the passphrase in {PASSPHRASE_VARIABLE}"),
            _ => "the passphrase from the keyboard".to_owned(),
        };
        let engine = if self.engine == "server" { ", on its server" } else { "" };
        format!(
            "opens: {from}\n  book {} in {}{engine}, members: {}",
            self.book,
            self.data.display(),
            self.members
        )
    }
}

/// Runs the command.
///
/// # Errors
/// `no_book`; `wrong_key` with the kind of secret that the book wants; and the keys of faults.
pub(crate) fn run(book: &BookArgs, json: bool) -> Result<(), Failure> {
    let places = settings::places(book.folder())?;
    let wanted = Vault::note(&places.keys)?.map(|note| note.secret_kind);
    let opened = book.open().map_err(|failure| match (failure.key, wanted.as_deref()) {
        ("wrong_key", Some(wanted)) => wrong_key(wanted, book.key().source()),
        _ => failure,
    })?;
    let key = opened.store.vault().ring().verifying_key();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = UnsealAnswer {
        opens: true,
        secret: wanted.unwrap_or_default(),
        source: book.key().source(),
        key_file: book.key().key_file.clone(),
        data: book.folder().to_owned(),
        engine: if matches!(places.book, Place::Server(_)) { "server" } else { "file" },
        book: hex.chars().take(BOOK_KEY_CHARS).collect(),
        members: opened.store.read(members::count)?,
    };
    output::print(&answer, json)
}

/// What to bring instead of what does not open the book.
fn wrong_key(wanted: &str, source: &str) -> Failure {
    let words = match (wanted, source) {
        ("key_file", "key_file") => {
            "this key file does not open the book: give the one that it was sealed with last"
        }
        ("key_file", _) => {
            "the book was sealed with a key file, and not with a passphrase: name it with --key-file"
        }
        (_, "key_file") => {
            "the book was sealed with a passphrase, and not with a key file: leave --key-file out"
        }
        _ => "this passphrase does not open the book: give the one that it was sealed with last",
    };
    Failure::new("wrong_key", words)
}

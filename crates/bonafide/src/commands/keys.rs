//! `bonafide keys`: the keys of a book.

use std::path::PathBuf;

use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::keys::seal::Secret;
use serde::Serialize;

use crate::book::{Book, BookArgs};
use crate::failure::Failure;
use crate::key::KeyArgs;
use crate::output::{self, Answer};
use crate::progress;

/// What can be done with the keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeysCommand {
    /// Put a new personal data key in the place of the old one: each member's key is sealed anew. It may be killed at any
    /// time; the next run goes on where it was.
    #[command(after_help = "Example:\n  bonafide keys rotate --data club --key-file club.key")]
    Rotate,
    ChangeSecret(ChangeSecretArgs),
}

/// Let another key file or passphrase open the book: the old one opens it no more. Killed at any moment, one of the two opens
/// it. Backups that were made before still open with the old one.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide keys change-secret --key-file club.key --new-key-file next.key\n  \
    BONAFIDE_NEW_PASSPHRASE=… bonafide keys change-secret --key-file club.key"
)]
pub(crate) struct ChangeSecretArgs {
    /// The new key file; made if it is not there, never overwritten. Without it a new passphrase is taken from the variable
    /// BONAFIDE_NEW_PASSPHRASE or asked for.
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

const HELD_BY_BACKUP: &str =
    "  a backup is at work and holds the old keys: run `bonafide keys rotate` when it has ended";

#[derive(Serialize)]
struct RotateAnswer {
    /// Members' keys that this run sealed anew.
    rotated: u64,
    /// Whether the old key opens nothing any more, wherever in the folder a byte may lie.
    old_forgotten: bool,
}

impl Answer for RotateAnswer {
    fn text(&self) -> String {
        let sealed = format!("{} keys sealed anew", self.rotated);
        if self.old_forgotten {
            return format!("{sealed}; the old key is forgotten");
        }
        format!("{sealed}\n{HELD_BY_BACKUP}")
    }
}

#[derive(Serialize)]
struct ChangeSecretAnswer {
    /// `key_file` or `passphrase`.
    secret: &'static str,
    key_file: Option<PathBuf>,
    /// Whether the old one opens nothing any more, wherever in the folder a byte may lie.
    old_forgotten: bool,
}

impl Answer for ChangeSecretAnswer {
    fn text(&self) -> String {
        let by = match &self.key_file {
            Some(file) => format!("the key file {}", file.display()),
            None => "the new passphrase".to_owned(),
        };
        let mut lines = vec![
            format!("the book opens with {by} now, and not with the old secret"),
            "  keep a copy of it elsewhere: without it nobody opens the book".to_owned(),
            "  keep the old one as long as there are backups from before: they still open with it".to_owned(),
        ];
        if !self.old_forgotten {
            lines.push(HELD_BY_BACKUP.to_owned());
        }
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// The keys of faults; of `change-secret` also `same_secret` and what is wrong with the new one.
pub(crate) fn run(command: &KeysCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let (book, secret) = book.open_with_secret()?;
    match command {
        KeysCommand::Rotate => rotate(&book, &secret, json),
        KeysCommand::ChangeSecret(args) => change_secret(args, &book, &secret, json),
    }
}

fn rotate(book: &Book, secret: &Secret, json: bool) -> Result<(), Failure> {
    let vault = book.store.vault();
    vault.begin_rotation(secret)?;
    let total = vault.left_to_rotate()?;
    let bar = progress::bar("keys", usize::try_from(total).unwrap_or(usize::MAX));
    loop {
        let left = vault.rotate_batch()?;
        bar.set_position(total.saturating_sub(left));
        if left == 0 {
            break;
        }
    }
    let old_forgotten = vault.end_rotation(secret)?;
    bar.finish_and_clear();
    trace(book, "keys_rotated")?;
    output::print(&RotateAnswer { rotated: total, old_forgotten }, json)
}

fn change_secret(args: &ChangeSecretArgs, book: &Book, secret: &Secret, json: bool) -> Result<(), Failure> {
    // A new key file is durable before anything is sealed with it.
    let new = KeyArgs { key_file: args.new_key_file.clone() }.new_book_secret()?;
    if is_same(secret, &new) {
        return Err(Failure::new(
            "same_secret",
            "this is the secret that opens the book already: give another one",
        ));
    }
    // The trace lies in another database than the keys: what was meant to be done stands there before, that it was done after.
    trace(book, "secret_change_begun")?;
    let old_forgotten = book.store.vault().change_secret(&new)?;
    trace(book, "secret_changed")?;
    let secret = if matches!(new, Secret::KeyFile(_)) { "key_file" } else { "passphrase" };
    let key_file = args.new_key_file.clone();
    output::print(&ChangeSecretAnswer { secret, key_file, old_forgotten }, json)
}

fn is_same(one: &Secret, other: &Secret) -> bool {
    match (one, other) {
        (Secret::KeyFile(one), Secret::KeyFile(other)) => one == other,
        (Secret::Passphrase(one), Secret::Passphrase(other)) => one == other,
        (Secret::KeyFile(_), Secret::Passphrase(_)) | (Secret::Passphrase(_), Secret::KeyFile(_)) => false,
    }
}

fn trace(book: &Book, action: &'static str) -> Result<(), Failure> {
    let acting = book.acting();
    book.write(move |work| record(work.tx, &acting, action, Subject::installation(), None).map(drop))
}

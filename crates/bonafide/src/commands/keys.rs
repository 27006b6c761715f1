//! `bonafide keys`: the keys of a book.

use bonafide_store::audit::entry::{Subject, record};
use serde::Serialize;

use crate::book::BookArgs;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;

/// What can be done with the keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeysCommand {
    /// Put a new personal data key in the place of the old one: each member's key is sealed anew. It may be killed at any
    /// time; the next run goes on where it was.
    Rotate,
}

#[derive(Serialize)]
struct RotateAnswer {
    /// Members' keys that this run sealed anew.
    rotated: u64,
}

impl Answer for RotateAnswer {
    fn text(&self) -> String {
        format!("{} keys sealed anew; the old key is forgotten", self.rotated)
    }
}

/// Runs the command.
///
/// # Errors
/// The keys of faults.
pub(crate) fn run(command: &KeysCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let KeysCommand::Rotate = command;
    let (book, secret) = book.open_with_secret()?;
    let vault = book.store.vault();
    vault.begin_rotation(&secret)?;
    let total = vault.left_to_rotate()?;
    let bar = progress::bar("keys", usize::try_from(total).unwrap_or(usize::MAX));
    loop {
        let left = vault.rotate_batch()?;
        bar.set_position(total.saturating_sub(left));
        if left == 0 {
            break;
        }
    }
    vault.end_rotation(&secret)?;
    bar.finish_and_clear();
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "keys_rotated", Subject::installation(), None).map(drop)
    })?;
    output::print(&RotateAnswer { rotated: total }, json)
}

//! `bonafide audit verify`: whether anybody has changed the trace.

use bonafide_store::audit::order::size;
use bonafide_store::audit::proof::{from_hex, to_hex};
use bonafide_store::audit::verify::{Broken, Verified, verify};
use serde::Serialize;

use crate::book::Book;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;

/// Check every entry against the tree, the tree against its signed heads. Exit code 0 only when all is whole.
///
/// Somebody who owns the machine and the key could make the tree anew. A head that you noted elsewhere (paper, a mail to
/// yourself) finds even that: give it with --head.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide audit verify --data club --head 1042:9f86d081884c7d659a2feaa0c55ad015…"
)]
pub(crate) struct VerifyArgs {
    /// A head that was noted elsewhere, SIZE:ROOT as this command prints it; may be given several times.
    #[arg(long, value_name = "SIZE:ROOT", value_parser = head)]
    head: Vec<(u64, [u8; 32])>,
}

fn head(text: &str) -> Result<(u64, [u8; 32]), String> {
    let parsed = text.split_once(':').and_then(|(size, root)| Some((size.parse().ok()?, from_hex(root)?)));
    parsed.ok_or_else(|| "a head is a number, a colon and 64 hexadecimal digits".to_owned())
}

#[derive(Serialize)]
struct VerifyAnswer {
    whole: bool,
    entries: u64,
    /// Written, and not yet in the tree: on a server, for a second.
    unordered: u64,
    heads: u64,
    /// The newest head, to be noted elsewhere.
    head: Option<String>,
    /// The public key under the heads, to be noted elsewhere too: `audit check-proof --key` wants it.
    key: String,
    /// What does not fit first, and which entry or head.
    broken: Option<BrokenAnswer>,
}

#[derive(Serialize)]
struct BrokenAnswer {
    kind: &'static str,
    at: u64,
    words: String,
}

impl BrokenAnswer {
    fn of(broken: &Broken) -> BrokenAnswer {
        let (kind, at, words) = match broken {
            Broken::Missing { index } => ("missing", *index, format!("entry {index} is missing")),
            Broken::Altered { index } => ("altered", *index, format!("entry {index} was altered or moved")),
            Broken::Tree { index } => ("tree", *index, format!("the tree does not fit at entry {index}")),
            Broken::Head { size } => {
                ("head", *size, format!("the signed head of {size} entries has another root"))
            }
            Broken::Signature { size } => {
                ("signature", *size, format!("the head of {size} entries is not signed by this book's key"))
            }
            Broken::Elsewhere { size } => (
                "elsewhere",
                *size,
                format!(
                    "the head of {size} entries that you noted is not this book's: its end was cut off, or it was replaced"
                ),
            ),
        };
        BrokenAnswer { kind, at, words }
    }
}

impl Answer for VerifyAnswer {
    fn text(&self) -> String {
        let mut lines = vec![match &self.broken {
            None => format!("whole: {} entries, {} signed heads", self.entries, self.heads),
            Some(broken) => format!("BROKEN: {}", broken.words),
        }];
        lines.extend(self.head.as_ref().map(|head| format!("head to note elsewhere: {head}")));
        lines.push(format!("public key to note elsewhere: {}", self.key));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `audit_broken` when it is not whole, after the answer was printed; and the keys of faults.
pub(super) fn run(args: &VerifyArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let entries = book.store.read(size)?;
    let bar = progress::bar("entries", usize::try_from(entries).unwrap_or(usize::MAX));
    let key = book.store.vault().ring().verifying_key();
    let found: Verified =
        book.store.read(|tx| verify(tx, &key, &args.head, |done| bar.set_position(done)))?;
    bar.finish_and_clear();
    let answer = VerifyAnswer {
        whole: found.broken.is_none(),
        entries: found.size,
        unordered: found.unordered,
        heads: found.heads,
        head: found.last.map(|head| format!("{}:{}", head.size, to_hex(&head.root))),
        key: to_hex(&key),
        broken: found.broken.as_ref().map(BrokenAnswer::of),
    };
    if let Some(broken) = &answer.broken {
        // One document, whatever the exit code: the failure names what the answer would.
        return Err(Failure::new("audit_broken", format!("{} ({} entries read)", broken.words, found.size)));
    }
    output::print(&answer, json)
}

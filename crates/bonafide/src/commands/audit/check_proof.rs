//! `bonafide audit check-proof`: whether an entry is in an audit, without its book.

use std::io::Read;
use std::path::{Path, PathBuf};

use bonafide_store::audit::proof::{NotProven, Proof, from_hex};
use serde::{Deserialize, Serialize};

use crate::commands::audit::show::utc_time;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// The largest file that is read as a proof, in bytes.
const PROOF_BYTES_MAX: u64 = 1 << 20;

/// Check the proof of an entry. It needs neither the book nor its key, so that anybody can do it who was given the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide audit show --entry 17 --proof entry-17.json --data club\n  \
    bonafide audit check-proof entry-17.json --key 3b6a27bcceb6a42d…")]
pub(crate) struct CheckProofArgs {
    /// The file that `audit show --entry N --proof FILE` or `audit show --entry N --json` has written.
    file: PathBuf,
    /// The public key of the installation, as `audit verify` tells it: known from elsewhere, and not from the file.
    #[arg(long, value_name = "HEX", value_parser = key)]
    key: Option<Key>,
}

type Key = [u8; 32];

fn key(text: &str) -> Result<Key, String> {
    from_hex(text).ok_or_else(|| "a key is 64 hexadecimal digits".to_owned())
}

/// Either the proof alone, or the answer of `audit show` around it.
#[derive(Deserialize)]
#[serde(untagged)]
enum ProofDocument {
    Alone(Proof),
    Answer { proof: Proof },
}

#[derive(Serialize)]
struct CheckProofAnswer {
    proven: bool,
    /// Whether the key was known from elsewhere. If not, the proof only says that whoever has this key has signed it.
    key_known: bool,
    key: String,
    entry: u64,
    action: String,
    at_us: i64,
    actor_kind: String,
    origin: String,
    /// Entries of the signed head.
    size: u64,
}

impl Answer for CheckProofAnswer {
    fn text(&self) -> String {
        let mut lines = vec![
            format!("proven: entry {} is in the audit of {} entries", self.entry, self.size),
            format!("  {} · {} · {}", utc_time(self.at_us), self.action.replace('_', " "), self.origin),
        ];
        lines.push(if self.key_known {
            format!("signed by the key that you gave: {}", self.key)
        } else {
            format!(
                "signed by {}: is this the installation's public key? Give it with --key to be sure",
                self.key
            )
        });
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `not_proven` with the reason, `bad_proof` when the file is none, `io`.
pub(super) fn run(args: &CheckProofArgs, json: bool) -> Result<(), Failure> {
    let proof = read(&args.file)?;
    let words = match proof.check(args.key.as_ref()) {
        Ok(()) => {
            return output::print(
                &CheckProofAnswer {
                    proven: true,
                    key_known: args.key.is_some(),
                    key: proof.verifying_key,
                    entry: proof.index,
                    action: proof.entry.action,
                    at_us: proof.entry.at_us,
                    actor_kind: proof.entry.actor_kind,
                    origin: proof.entry.origin,
                    size: proof.head.size,
                },
                json,
            );
        }
        Err(NotProven::OtherForm) => return Err(no_proof(&args.file)),
        Err(NotProven::OtherKey) => "it is signed by another key than the one that you gave",
        Err(NotProven::Signature) => "the head of the tree is not signed by the key: it was changed",
        Err(NotProven::Entry) => "the entry is not the one that was written: it was changed",
        Err(NotProven::Path) => "the path does not lead from the entry to the signed root",
    };
    Err(Failure::new("not_proven", format!("NOT PROVEN: {words}")))
}

fn no_proof(file: &Path) -> Failure {
    let words = format!("{} is no proof of an audit entry that this program knows", file.display());
    Failure::new("bad_proof", words)
}

fn read(file: &Path) -> Result<Proof, Failure> {
    let io = |error: std::io::Error| Failure::io("read", file, &error);
    let mut text = Vec::new();
    std::fs::File::open(file).map_err(io)?.take(PROOF_BYTES_MAX + 1).read_to_end(&mut text).map_err(io)?;
    if text.len() as u64 > PROOF_BYTES_MAX {
        return Err(no_proof(file));
    }
    match serde_json::from_slice(&text) {
        Ok(ProofDocument::Alone(proof) | ProofDocument::Answer { proof }) => Ok(proof),
        Err(_) => Err(no_proof(file)),
    }
}

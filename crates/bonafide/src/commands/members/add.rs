//! `bonafide members add`: a new member.

use bonafide_domain::duplicates::Strength;
use bonafide_store::id::Id;
use bonafide_store::members::lookup::duplicates;
use bonafide_store::members::profile::Profile;
use bonafide_store::members::{add, get, note_view};
use bonafide_store::search::folded_key;
use serde::Serialize;

use crate::book::Book;
use crate::commands::members::answer::{DuplicateAnswer, MemberAnswer};
use crate::commands::members::fields::{FieldArgs, person_name};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Add a member. When there may be the same person already, nothing is added and the likely ones are shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide members add --given Anna --family Petrova --phone +79123456789\n  \
    bonafide members add --given 小明 --family 王 --tag pool --duplicate-anyway\n  \
    bonafide members add --given Ivan --birth 2015-06-01 --guardian-given Anna --guardian-phone +79123456789"
)]
pub(crate) struct AddArgs {
    /// Given name.
    #[arg(long)]
    given: String,
    /// Family name.
    #[arg(long, default_value = "")]
    family: String,
    /// Middle name or patronymic.
    #[arg(long, default_value = "")]
    middle: String,
    #[command(flatten)]
    fields: FieldArgs,
    /// Add even if the member seems to be here already.
    #[arg(long)]
    duplicate_anyway: bool,
}

#[derive(Serialize)]
struct AddAnswer {
    /// Nothing when possible duplicates were found instead.
    member: Option<MemberAnswer>,
    duplicates: Vec<DuplicateAnswer>,
}

impl Answer for AddAnswer {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        match &self.member {
            Some(member) => lines.push(format!("added\n{}", member.lines())),
            None => lines.push(
                "not added: this may be the same person. Look, then add with --duplicate-anyway if it is not:"
                    .to_owned(),
            ),
        }
        lines.extend(self.duplicates.iter().map(DuplicateAnswer::line));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` with the field, `no_branch`, and the keys of faults.
pub(super) fn run(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let name = person_name(&args.given, &args.family, &args.middle)?;
    let profile = args.fields.put_into(Profile::named(name), book)?;
    let vault = book.store.vault();
    // By phone, e-mail and document, which the book finds itself; the import knows the names too.
    let found = book.store.read(|tx| duplicates(tx, vault, &profile, &[], folded_key))?;
    let blocked = !args.duplicate_anyway && found.iter().any(|one| one.likeness.strength >= Strength::Likely);
    let (acting, shown): (_, Vec<Id>) = (book.acting(), found.iter().map(|one| one.member.id).collect());
    let added = book.write(move |work| {
        // Showing the others is looking at them.
        for other in &shown {
            note_view(work, &acting, *other)?;
        }
        if blocked { Ok(None) } else { add(work, &acting, &profile).map(|(id, _)| Some(id)) }
    })?;
    let member = match added {
        Some(id) => book.store.read(|tx| get(tx, vault, id))?,
        None => None,
    };
    let member = member.map(|member| MemberAnswer::of(&member, book)).transpose()?;
    output::print(&AddAnswer { member, duplicates: found.iter().map(DuplicateAnswer::of).collect() }, json)
}

//! `bonafide credentials find`: whose card is it?

use bonafide_domain::card::Agreement;
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::credentials::content::{Content, Shown};
use bonafide_store::credentials::find::{Holder, Holders, find};
use bonafide_store::credentials::history::{kind_word, state_words};
use bonafide_store::id::Id;
use bonafide_store::members;
use serde::Serialize;

use crate::book::Book;
use crate::commands::credentials::answer::{told_kind, told_state};
use crate::commands::credentials::content::{ContentArgs, KindArg};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Find whose credential is shown: a card in any spelling, a bracelet, a club number, a phone, a device, a reference. When
/// several agree equally well, a person decides.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide credentials find card --number 0077740828 --spelling decimal\n  \
    bonafide credentials find club-number --number A-0017"
)]
pub(crate) struct FindArgs {
    /// What is shown.
    #[arg(value_enum)]
    kind: KindArg,
    #[command(flatten)]
    content: ContentArgs,
}

#[derive(Serialize)]
struct FindAnswer {
    /// `nobody`, `one` or `several`.
    found: &'static str,
    holders: Vec<HolderAnswer>,
}

#[derive(Serialize)]
struct HolderAnswer {
    member: String,
    member_number: u32,
    credential: String,
    kind: &'static str,
    state: &'static str,
    reason: Option<&'static str>,
    /// `whole`, `whole_reversed`, `tail` or `tail_reversed`.
    agreement: &'static str,
    #[serde(skip)]
    told_kind: &'static str,
    #[serde(skip)]
    told: String,
}

impl HolderAnswer {
    fn line(&self) -> String {
        format!(
            "{} · number {} · {}: {}\n  id {}",
            self.member, self.member_number, self.told_kind, self.told, self.credential
        )
    }
}

impl Answer for FindAnswer {
    fn text(&self) -> String {
        let mut lines = match self.found {
            "nobody" => vec!["nobody's".to_owned()],
            "one" => Vec::new(),
            _ => {
                vec!["several agree equally well; look who it is, and do not open by this alone:".to_owned()]
            }
        };
        lines.extend(self.holders.iter().map(HolderAnswer::line));
        let doubt = match self.holders.first().map(|holder| holder.agreement) {
            Some("whole_reversed") => Some("the bytes agree turned round: set the reader's order"),
            Some("tail") => Some("only the last bytes are known and agree: other cards may have the same"),
            Some("tail_reversed") => {
                Some("only three bytes are known and agree turned round: other cards may have the same")
            }
            _ => None,
        };
        lines.extend(doubt.map(str::to_owned));
        lines.join("\n")
    }
}

const fn agreement_word(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Whole => "whole",
        Agreement::WholeReversed => "whole_reversed",
        Agreement::Tail => "tail",
        Agreement::TailReversed => "tail_reversed",
    }
}

fn shown(content: &Content) -> Option<Shown<'_>> {
    match content {
        Content::ClubNumber(number) => Some(Shown::ClubNumber(number)),
        Content::Card(number) | Content::Bracelet(number) => Some(Shown::Card(number)),
        Content::VirtualCard(key) => Some(Shown::Device(key)),
        Content::Phone(phone) => Some(Shown::Phone(phone)),
        Content::AtProvider(of, result) => Some(Shown::Provider(*of, result)),
        Content::InDevice(of, reference) => Some(Shown::Vendor(*of, reference)),
        Content::Pin(_) | Content::FaceHere => None,
    }
}

/// Runs the command.
///
/// # Errors
/// `missing_value`, `bad_value`, `not_looked_up`, and the keys of faults.
pub(super) fn run(args: &FindArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let content = args.content.shown(args.kind.kind())?;
    let vault = book.store.vault();
    let acting = book.acting();
    let now_us = acting.now_us;
    let found = match shown(&content) {
        Some(shown) => book.store.read(|tx| find(tx, vault, shown, now_us))?,
        None => Holders::Nobody,
    };
    let (word, holders) = match found {
        Holders::Nobody => ("nobody", Vec::new()),
        Holders::One(one) => ("one", vec![one]),
        Holders::Several(several) => ("several", several),
    };
    // First the trace, then the name.
    let found: Vec<Id> = holders.iter().map(|holder| holder.member).collect();
    book.write(move |work| {
        if found.is_empty() {
            record(work.tx, &acting, "credential_looked_up", Subject::installation(), None)?;
        }
        for member in &found {
            record(work.tx, &acting, "credential_looked_up", Subject::row(members::TABLE, *member), None)?;
        }
        Ok(())
    })?;
    let holders = holders.iter().map(|holder| told(book, holder)).collect::<Result<_, _>>()?;
    output::print(&FindAnswer { found: word, holders }, json)
}

fn told(book: &Book, holder: &Holder) -> Result<HolderAnswer, Failure> {
    let member = book.store.read(|tx| members::get(tx, book.store.vault(), holder.member))?;
    let member = member.ok_or_else(|| Failure::new("no_member", "the holder is gone"))?;
    let (state, reason) = state_words(holder.state);
    Ok(HolderAnswer {
        member: member.profile.name.full(),
        member_number: member.number,
        credential: holder.credential.to_string(),
        kind: kind_word(holder.kind),
        told_kind: told_kind(holder.kind),
        state,
        reason,
        agreement: agreement_word(holder.agreement),
        told: told_state(holder.state),
    })
}

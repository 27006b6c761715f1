//! `bonafide members search`: by name, phone, e-mail, card, document or messenger.

use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::directory::Directory;
use serde::Serialize;

use crate::book::Book;
use crate::commands::members::answer::MemberLine;
use crate::failure::Failure;
use crate::finding::{Found, Sought, look, needs_directory, understood};
use crate::output::{self, Answer};
use crate::progress;

/// Find members. The answer tells how the text was understood: as a name (in any order, from its beginning, with a typo, in
/// Cyrillic, Latin or Chinese), a phone, the last four digits or more of one, an e-mail address, the number of a card in any
/// of its spellings, a number of the club's own, an identity document, or a messenger. What can be several things is looked
/// for as each of them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide members search 'petrova anna'\n  bonafide members search 6789\n  \
    bonafide members search +79123456789 --json\n  bonafide members search 04:A2:3B:1C\n  \
    bonafide members search 162,15132\n  bonafide members search 'passport:45 10 123456'\n  \
    bonafide members search @anna_petrova"
)]
pub(crate) struct SearchArgs {
    /// What to look for. Wiegand bits are written as w26:21A6616 or w34:2932C05A4, in hex.
    text: String,
}

#[derive(Serialize)]
struct SearchAnswer {
    /// How the text was understood when somebody was found, or else the last way that was tried: `name`, `phone`, `phone_end`,
    /// `email`, `card_hex`, `card_decimal`, `card_facility_number`, `card_wiegand`, `club_number`, `document` or `messenger`.
    by: &'static str,
    /// All ways in which it was looked for.
    tried: Vec<&'static str>,
    members: Vec<FoundLine>,
}

#[derive(Serialize)]
struct FoundLine {
    /// By what this one was found.
    by: &'static str,
    /// Of a card: what it allows now.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_state: Option<&'static str>,
    #[serde(flatten)]
    member: MemberLine,
}

impl Answer for SearchAnswer {
    fn text(&self) -> String {
        let ways: Vec<&str> = self.tried.iter().map(|way| way_words(way)).collect();
        if self.members.is_empty() {
            return format!("nobody by {}", ways.join(", nor by "));
        }
        let mut lines: Vec<String> = Vec::new();
        let mut last = "";
        for found in &self.members {
            if found.by != last {
                lines.push(format!("by {}:", way_words(found.by)));
                last = found.by;
            }
            let state = found.card_state.map_or_else(String::new, |state| format!(" (the card is {state})"));
            lines.push(format!("{}{state}", found.member.line()));
        }
        lines.join("\n")
    }
}

fn way_words(way: &str) -> &str {
    match way {
        "phone_end" => "the end of a phone",
        "email" => "e-mail",
        "card_hex" => "card number in hex",
        "card_decimal" => "card number in decimal",
        "card_facility_number" => "card number as facility,number",
        "card_wiegand" => "card number as Wiegand bits",
        "club_number" => "club number",
        "document" => "identity document",
        other => other,
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_query` for a text that says too little, and the keys of faults.
pub(super) fn run(args: &SearchArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let ways = understood(&args.text)?;
    let loaded = if needs_directory(&ways) { Some(directory(book)?) } else { None };
    let found = look(&book.store, loaded.as_ref(), &ways)?;
    let mut tried: Vec<&'static str> = ways.iter().map(Sought::way).collect();
    tried.dedup();
    let last = tried.last().copied().unwrap_or("name");
    let by = found.first().map_or(last, |found| found.by);
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "members_searched", Subject::installation(), None).map(drop)
    })?;
    let line = |found: &Found| FoundLine {
        by: found.by,
        card_state: found.card_state,
        member: MemberLine::of(&found.member),
    };
    output::print(&SearchAnswer { by, tried, members: found.iter().map(line).collect() }, json)
}

/// Everybody in memory: names lie sealed in the book and can be searched nowhere else.
pub(super) fn directory(book: &Book) -> Result<Directory, Failure> {
    let directory = Directory::new();
    let bar = progress::counter("members");
    directory.load(&book.store, |members| bar.set_position(members))?;
    bar.finish_and_clear();
    Ok(directory)
}

//! `bonafide members card`: the card that a member carries, as a page to print.
//!
//! The QR code holds the member's club number and nothing else. It is printed and does not change, so that whoever
//! photographs it has it: the rules let such a number earn, never spend, and never open a door alone
//! (`Method::ClubNumber` in `bonafide_domain::access_method`). It is no member's number either: a card that is lost is
//! replaced by one with another code, and nobody finds a neighbour's by counting.

use std::path::PathBuf;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bonafide_domain::card::ClubNumber;
use bonafide_domain::credential::{CredentialKind, CredentialState};
use bonafide_domain::profile::{Language, PersonName};
use bonafide_store::audit::entry::{Acting, Subject, record};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::find::of_member;
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::members::{self, Member};
use bonafide_store::store::Work;
use serde::Serialize;

use super::photo::{self, Shown};
use crate::book::Book;
use crate::commands::consents::{BranchArgs, Place};
use crate::commands::credentials::{made_club_number, not_issued, told_block};
use crate::commands::named::member;
use crate::failure::Failure;
use crate::new_file::NewFile;
use crate::output::{self, Answer};
use crate::squares::Squares;

/// Make the member's card as a page to print: front and back, 85.60 × 53.98 mm, with the photo if there is one. The code on
/// it is the member's club number, which is made if there is none: it earns, and neither spends nor opens a door alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members card 17 --out card-17.html --force")]
pub(crate) struct CardArgs {
    /// The member's number or id.
    member: String,
    /// The file to write: one HTML page with everything in it. It holds a name and a face: delete it after printing.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    branch: BranchArgs,
}

#[derive(Serialize)]
struct CardAnswer {
    file: PathBuf,
    member: String,
    member_number: u32,
    /// Whether the club number was made just now.
    number_made: bool,
    with_photo: bool,
    /// Why the photo that is kept was left out.
    photo_left_out: Option<String>,
}

impl Answer for CardAnswer {
    fn text(&self) -> String {
        let file = self.file.display();
        let mut lines =
            vec![format!("wrote the card of {} (number {}) to {file}", self.member, self.member_number)];
        if self.number_made {
            lines.push("  a club number was made for it".to_owned());
        }
        match &self.photo_left_out {
            Some(why) => lines.push(format!("  without the photo: {why}")),
            None if !self.with_photo => lines.push("  without a photo: there is none".to_owned()),
            None => {}
        }
        lines.push("  print it at 100 %, then delete the file".to_owned());
        lines.join("\n")
    }
}

/// What the card says in each language. This is the one place for these words.
const fn not_transferable(language: Language) -> &'static str {
    match language {
        Language::Russian => "Без права передачи",
        Language::English => "Not transferable",
        Language::Chinese => "仅限本人使用，不得转让",
    }
}

/// The page. Everything in it is escaped by the template.
#[derive(Template)]
#[template(path = "members/card.html")]
struct CardPage<'a> {
    language: &'static str,
    club: &'a str,
    name: &'a str,
    /// Which of the sizes of a name: `short`, `medium`, `long` or `longest`.
    name_size: &'static str,
    initials: String,
    number: u32,
    /// The photo as base64.
    photo: Option<String>,
    code: &'a str,
    squares: Squares,
    not_transferable: &'static str,
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `merged`, `card_stopped` when the member's club number is blocked or lost, `code_too_long`, `changed_meanwhile`, `file_exists`,
/// `not_a_file`, `io`, and the keys of faults.
pub(super) fn run(args: &CardArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    photo::remained(&holder)?;
    // Before anything is issued or traced: what cannot be written leaves nothing.
    let mut file = NewFile::begin(&args.out, args.force)?;
    let place = args.branch.place(book, &holder)?;
    let (picture, photo_left_out) = match photo::shown(book, &args.branch, &holder)? {
        Shown::Picture(picture) => (Some(picture), None),
        Shown::Nothing => (None, None),
        // The card is good without.
        Shown::Withheld(missing) => (None, Some(missing.message)),
    };
    let (acting, id, vault) = (book.acting(), holder.id, book.store.vault());
    let known = book.store.read(|tx| code_of(tx, vault, id, acting.now_us))??;
    let operation = Id::new(acting.now_us)?;
    let (number, number_made) = match known {
        Some(number) => (number, false),
        None => (made_club_number(&vault.ring(), operation)?, true),
    };
    let html =
        rendered(&holder, &place, picture.as_ref().map(|picture| picture.as_slice()), number.as_str())?;
    file.write(html.as_bytes())?;
    // The number and the trace first, then the page.
    let printed = Printed { member: id, operation, number, number_made };
    book.store.write(move |work| note(work, &acting, &printed))??;
    file.finish()?;
    let answer = CardAnswer {
        file: args.out.clone(),
        member: holder.profile.name.full(),
        member_number: holder.number,
        number_made,
        with_photo: picture.is_some(),
        photo_left_out,
    };
    output::print(&answer, json)
}

/// The page of a card.
fn rendered(holder: &Member, place: &Place, picture: Option<&[u8]>, code: &str) -> Result<String, Failure> {
    let name = holder.profile.name.full();
    let language = holder.profile.language.unwrap_or(place.language);
    let page = CardPage {
        language: language.code(),
        club: place.branch.as_deref().unwrap_or(""),
        name: &name,
        name_size: name_size(&name),
        initials: initials(&holder.profile.name),
        number: holder.number,
        photo: picture.map(|picture| BASE64.encode(picture)),
        code,
        squares: Squares::of(code)?,
        not_transferable: not_transferable(language),
    };
    page.render().map_err(|error| Failure::new("card", error.to_string()))
}

/// The club number that the member's card shows: the newest that is not over; nothing when there is none. One that is stopped
/// is not gone round by making another.
fn code_of(
    tx: &mut Tx<'_>,
    vault: &Vault,
    member: Id,
    now_us: i64,
) -> Result<Result<Option<ClubNumber>, Failure>, Fault> {
    let all = of_member(tx, vault, member, now_us)?;
    let is_over = |state| state == CredentialState::Expired;
    let newest = all.into_iter().rev().find(|kept| {
        kept.kind == CredentialKind::ClubNumber && kept.replaced_by.is_none() && !is_over(kept.state)
    });
    let Some(kept) = newest else { return Ok(Ok(None)) };
    let Some(Content::ClubNumber(number)) = kept.content else { return Ok(Ok(None)) };
    Ok(match stopped(kept.id, kept.state) {
        Some(words) => Err(Failure::new("card_stopped", words)),
        None => Ok(Some(number)),
    })
}

/// A card that is about to be there.
struct Printed {
    member: Id,
    operation: Id,
    number: ClubNumber,
    number_made: bool,
}

/// Issues the number of the card, if it is new, and writes down that it was printed.
fn note(work: &mut Work<'_, '_>, acting: &Acting, printed: &Printed) -> Result<Result<(), Failure>, Fault> {
    let member = printed.member;
    let known = match code_of(work.tx, work.vault, member, acting.now_us)? {
        Ok(known) => known,
        Err(failure) => return Ok(Err(failure)),
    };
    let expected = (!printed.number_made).then_some(&printed.number);
    if known.as_ref() != expected {
        let words = "the member's club number was changed by somebody meanwhile: make the card again";
        return Ok(Err(Failure::new("changed_meanwhile", words)));
    }
    if printed.number_made {
        let content = Content::ClubNumber(printed.number.clone());
        let new = NewCredential { member, content, until_us: None, limited: None };
        if let Err(refusal) = credentials::issue(work, acting, printed.operation, &new, None)? {
            return Ok(Err(not_issued(refusal)));
        }
    }
    record(work.tx, acting, "card_printed", Subject::row(members::TABLE, member), None)?;
    Ok(Ok(()))
}

/// Why a number is not printed, with the way out; nothing of one that counts.
fn stopped(credential: Id, state: CredentialState) -> Option<String> {
    let replace = format!("`bonafide credentials replace {credential}`");
    match state {
        CredentialState::Active | CredentialState::Limited(_) => None,
        CredentialState::Lost | CredentialState::Expired => {
            Some(format!("the member's club number is lost or over: put another in its place with {replace}"))
        }
        CredentialState::Blocked(reason) => Some(format!(
            "the member's club number is blocked ({}): release it with `bonafide credentials unblock {credential}`",
            told_block(reason)
        )),
    }
}

/// The size of a name by its width in halves of a Chinese character.
fn name_size(name: &str) -> &'static str {
    let width: usize = name.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum();
    match width {
        0..=22 => "short",
        23..=44 => "medium",
        45..=80 => "long",
        _ => "longest",
    }
}

/// What stands where the photo would be.
fn initials(name: &PersonName) -> String {
    let first = |part: &str| part.chars().find(|c| c.is_alphabetic());
    let family = name.family().and_then(first);
    // A Chinese name has its family name as its sign.
    if let Some(sign) = family.filter(|sign| u32::from(*sign) >= 0x1100) {
        return sign.to_string();
    }
    first(name.given()).into_iter().chain(family).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_there_in_every_language_and_differ() {
        let words: Vec<&str> = Language::ALL.into_iter().map(not_transferable).collect();
        assert!(words.iter().all(|words| !words.trim().is_empty()));
        assert!(words.iter().enumerate().all(|(at, one)| !words[..at].contains(one)), "{words:?}");
    }

    #[test]
    fn a_name_that_is_longer_is_written_smaller() {
        for (name, size) in [
            ("Ян", "short"),
            ("王小明", "short"),
            ("Александра Константинопольская", "medium"),
            ("Константинопольская-Преображенская Александра Вла", "long"),
            (&"Ж".repeat(240), "longest"),
        ] {
            assert_eq!(name_size(name), size, "{name}");
        }
    }

    #[test]
    fn initials_are_of_the_script() {
        for (given, family, expected) in
            [("anna", "petrova", "AP"), ("Анна", "", "А"), ("小明", "王", "王"), ("<b>x", "-y", "BY")]
        {
            assert_eq!(initials(&PersonName::parse(given, family, "").unwrap()), expected);
        }
    }
}

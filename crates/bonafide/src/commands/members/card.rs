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
use bonafide_domain::credential::{CredentialKind, CredentialState};
use bonafide_domain::profile::{Language, PersonName};
use bonafide_store::audit::entry::{Acting, Subject, record};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::find::of_member;
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::store::Work;
use serde::Serialize;

use super::photo::{self, Shown};
use super::qr::Squares;
use crate::book::Book;
use crate::commands::consents::BranchArgs;
use crate::commands::credentials::{made_club_number, not_issued, told_block};
use crate::commands::named::member;
use crate::failure::Failure;
use crate::new_file::{NewFile, refuse_existing};
use crate::output::{self, Answer};

/// Make the member's card as a page to print: front and back, 85.60 × 53.98 mm, with the photo if there is one. The code on
/// it is the member's club number, which is made if there is none: it earns, and neither spends nor opens a door alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members card 17 --out card-17.html --replace")]
pub(crate) struct CardArgs {
    /// The member's number or id.
    member: String,
    /// The file to write: one HTML page with everything in it. It holds a name and a face: delete it after printing.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Put it in the place of a file that is there.
    #[arg(long)]
    replace: bool,
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
/// `no_member`, `merged`, `card_stopped` when the member's club number is blocked or lost, `code_too_long`, `file_exists`, `io`, and the keys of
/// faults.
pub(super) fn run(args: &CardArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    photo::remained(&holder)?;
    refuse_existing(&args.out, args.replace)?;
    let place = args.branch.place(book, &holder)?;
    let (picture, photo_left_out) = match photo::shown(book, &args.branch, &holder)? {
        Shown::Picture(picture) => (Some(picture), None),
        Shown::Nothing => (None, None),
        // The card is good without.
        Shown::Withheld(missing) => (None, Some(missing.message)),
    };
    let (acting, id) = (book.acting(), holder.id);
    // The number and the trace first, then the page.
    let (code, number_made) = book.store.write(move |work| code_of(work, &acting, id))??;
    let name = holder.profile.name.full();
    let language = holder.profile.language.unwrap_or(place.language);
    let page = CardPage {
        language: language.code(),
        club: place.branch.as_deref().unwrap_or(""),
        name: &name,
        name_size: name_size(&name),
        initials: initials(&holder.profile.name),
        number: holder.number,
        photo: picture.as_ref().map(|picture| BASE64.encode(picture.as_slice())),
        code: &code,
        squares: Squares::of(&code)?,
        not_transferable: not_transferable(language),
    };
    let html = page.render().map_err(|error| Failure::new("card", error.to_string()))?;
    let mut file = NewFile::begin(&args.out, args.replace)?;
    file.write(html.as_bytes())?;
    file.finish()?;
    let answer = CardAnswer {
        file: args.out.clone(),
        member: name,
        member_number: holder.number,
        number_made,
        with_photo: picture.is_some(),
        photo_left_out,
    };
    output::print(&answer, json)
}

/// The club number that the member's card shows, and whether it was made now: the newest that is not over. One that is
/// stopped is not gone round by making another.
fn code_of(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
) -> Result<Result<(String, bool), Failure>, Fault> {
    let all = of_member(work.tx, work.vault, member, acting.now_us)?;
    let is_over = |state| state == CredentialState::Expired;
    let newest = all.iter().rev().find(|kept| {
        kept.kind == CredentialKind::ClubNumber && kept.replaced_by.is_none() && !is_over(kept.state)
    });
    let (code, made) = match newest.map(|kept| (kept, &kept.content)) {
        Some((kept, Some(Content::ClubNumber(number)))) => {
            if let Some(words) = stopped(kept.id, kept.state) {
                return Ok(Err(Failure::new("card_stopped", words)));
            }
            (number.as_str().to_owned(), false)
        }
        _ => {
            let operation = Id::new(acting.now_us)?;
            let number = match made_club_number(&work.vault.ring(), operation) {
                Ok(number) => number,
                Err(failure) => return Ok(Err(failure)),
            };
            let code = number.as_str().to_owned();
            let new =
                NewCredential { member, content: Content::ClubNumber(number), until_us: None, limited: None };
            if let Err(refusal) = credentials::issue(work, acting, operation, &new, None)? {
                return Ok(Err(not_issued(refusal)));
            }
            (code, true)
        }
    };
    record(work.tx, acting, "card_printed", Subject::row(members::TABLE, member), None)?;
    Ok(Ok((code, made)))
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

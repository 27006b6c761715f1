//! `bonafide members search`: by name, phone, e-mail or number.

use bonafide_domain::profile::{EmailAddress, Phone};
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::directory::Directory;
use bonafide_store::members::lookup::{By, find};
use bonafide_store::members::{get, of_numbers};
use bonafide_store::search::{NameQuery, NumberEnd};
use serde::Serialize;

use crate::book::Book;
use crate::commands::members::answer::MemberLine;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;

/// Members that a search shows at most.
const SHOWN_MAX: usize = 20;

/// Find members. A text with an @ is an e-mail address, one with a + a whole phone, four digits or more the end of a
/// phone, anything else a name: in any order, from its beginning, with a typo, in Cyrillic, Latin or Chinese.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide members search 'petrova anna'\n  bonafide members search 6789\n  \
    bonafide members search +79123456789 --json"
)]
pub(crate) struct SearchArgs {
    /// What to look for.
    text: String,
}

#[derive(Serialize)]
struct SearchAnswer {
    /// `name`, `phone`, `phone_end` or `email`: how the text was understood.
    by: &'static str,
    members: Vec<MemberLine>,
}

impl Answer for SearchAnswer {
    fn text(&self) -> String {
        if self.members.is_empty() {
            return "nobody".to_owned();
        }
        self.members.iter().map(MemberLine::line).collect::<Vec<_>>().join("\n")
    }
}

/// How a text is understood.
enum Sought {
    Email(EmailAddress),
    Phone(Phone),
    PhoneEnd(NumberEnd),
    Name(NameQuery),
}

fn understood(text: &str) -> Result<Sought, Failure> {
    let bad = |words: String| Failure::new("bad_query", words);
    if text.contains('@') {
        let email = EmailAddress::parse(text).map_err(|_| bad(format!("{text} is no e-mail address")))?;
        return Ok(Sought::Email(email));
    }
    // A whole phone with the spaces and hyphens that people put into it.
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.trim_start().starts_with('+')
        && let Ok(phone) = Phone::parse(&format!("+{digits}"))
    {
        return Ok(Sought::Phone(phone));
    }
    if let Ok(end) = NumberEnd::parse(text) {
        return Ok(Sought::PhoneEnd(end));
    }
    NameQuery::parse(text).map(Sought::Name).map_err(|refusal| bad(refusal.to_string()))
}

/// Runs the command.
///
/// # Errors
/// `bad_query` for a text that says too little, and the keys of faults.
pub(super) fn run(args: &SearchArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let sought = understood(&args.text)?;
    let (store, vault) = (&book.store, book.store.vault());
    let exactly = |by: By<'_>| {
        store.read(|tx| {
            let ids = find(tx, vault, by)?;
            ids.into_iter().filter_map(|id| get(tx, vault, id).transpose()).collect::<Result<Vec<_>, _>>()
        })
    };
    let (by, members) = match &sought {
        Sought::Email(email) => ("email", exactly(By::Email(email))?),
        Sought::Phone(phone) => ("phone", exactly(By::Phone(phone))?),
        Sought::PhoneEnd(end) => {
            let numbers = directory(book)?.by_number_end(end, SHOWN_MAX);
            ("phone_end", store.read(|tx| of_numbers(tx, vault, &numbers))?)
        }
        Sought::Name(query) => {
            let numbers = directory(book)?.by_name(query, SHOWN_MAX);
            ("name", store.read(|tx| of_numbers(tx, vault, &numbers))?)
        }
    };
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "members_searched", Subject::installation(), None).map(drop)
    })?;
    output::print(&SearchAnswer { by, members: members.iter().map(MemberLine::of).collect() }, json)
}

/// Everybody in memory: names lie sealed in the book and can be searched nowhere else.
fn directory(book: &Book) -> Result<Directory, Failure> {
    let directory = Directory::new();
    let bar = progress::counter("members");
    directory.load(&book.store, |members| bar.set_position(members))?;
    bar.finish_and_clear();
    Ok(directory)
}

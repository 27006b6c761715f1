//! `bonafide audit show`: what was done, by whom, on whom.

use std::path::PathBuf;

use bonafide_store::audit::entry::{Acting, Subject, record};
use bonafide_store::audit::proof::{Proof, prove};
use bonafide_store::audit::read::{EntryFilter, EntryPage, PAGE_MAX, ReadEntry, Words, entries};
use bonafide_store::id::Id;
use bonafide_store::members::export::EXPORTS;
use bonafide_store::members::list::SavedFilter;
use bonafide_store::members::{AUDIT_VIEWED, TABLE as MEMBERS};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::Value as Json;

use crate::book::Book;
use crate::commands::members::filters::in_words;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::listing::{counted, table};
use crate::new_file::NewFile;
use crate::output::{self, Answer};

/// Show the trace, the newest entry first. Looking at it is traced too.
///
/// With --json, what was before and after stands in each entry as long as the member's key opens it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide audit show --member 17 --from 2026-11-01\n  \
    bonafide audit show --action member_exported --actor command_line --limit 100\n  \
    bonafide audit show --entry 17 --proof entry-17.json")]
pub(crate) struct ShowArgs {
    /// Who did it: program, command_line, staff, device or member, or the id of one.
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// What was done, as member_viewed.
    #[arg(long, value_name = "WHAT")]
    action: Option<String>,
    /// About this member, or done by him: number or id; of somebody who was erased, the id.
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
    /// On this day or later, in UTC.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// On this day or earlier, in UTC.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Go on below this entry, where the last page ended.
    #[arg(long, value_name = "ENTRY")]
    before: Option<u64>,
    /// Entries on a page.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(PAGE_MAX)))]
    limit: u32,
    /// Only this entry, with what was before and after, and the proof that it is in the audit.
    #[arg(long, value_name = "ENTRY", conflicts_with_all = ["actor", "action", "member", "from", "until", "before"])]
    entry: Option<u64>,
    /// Write the proof of --entry into this file, for `audit check-proof`.
    #[arg(long, value_name = "FILE", requires = "entry")]
    proof: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long, requires = "proof")]
    force: bool,
}

#[derive(Serialize)]
struct PageAnswer {
    entries: Vec<EntryAnswer>,
    /// What to give to `--before` for the next page; nothing on the last one.
    next_before: Option<u64>,
    /// Written, and not yet in order: on a server, for a second.
    unordered: u64,
}

#[derive(Serialize)]
struct OneAnswer {
    entry: EntryAnswer,
    proof: Proof,
}

#[derive(Serialize)]
struct EntryAnswer {
    entry: u64,
    at_us: i64,
    /// In UTC.
    at: String,
    actor_kind: String,
    actor: Option<String>,
    origin: String,
    action: String,
    subject_kind: String,
    subject: Option<String>,
    /// The number of the member whom it is about, if he is still there.
    member: Option<u32>,
    /// `none`, `opened`, `erased` with the member's key, `other_holder` when they are sealed for whoever
    /// held the membership then, or `altered`: not what the entry commits to.
    words: &'static str,
    /// What was before and after, when it opens.
    detail: Option<Json>,
}

/// A moment as `2026-11-24 18:12:30 UTC`.
pub(super) fn utc_time(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).map_or_else(
        |_| format!("{at_us} microseconds since 1970"),
        |at| Offset::UTC.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// The first microsecond of a day in UTC.
fn day_start_us(date: Date) -> i64 {
    i64::from((date - Date::constant(1970, 1, 1)).get_days()) * 24 * 60 * 60 * 1_000_000
}

impl EntryAnswer {
    fn of(read: ReadEntry) -> EntryAnswer {
        let (words, detail) = match read.words {
            Words::None => ("none", None),
            Words::Opened(detail) => ("opened", Some(detail)),
            Words::Erased => ("erased", None),
            Words::OtherHolder => ("other_holder", None),
            Words::Altered => ("altered", None),
        };
        EntryAnswer {
            entry: read.index,
            at_us: read.at_us,
            at: utc_time(read.at_us),
            actor_kind: read.by.kind,
            actor: read.by.id.map(|id| id.to_string()),
            origin: read.origin,
            action: read.action,
            subject_kind: read.subject_kind,
            subject: read.subject.map(|id| id.to_string()),
            member: read.member_number,
            words,
            detail,
        }
    }

    /// The origin of the command line says that it is one; an employee or a door has a name of its own.
    fn who(&self) -> String {
        match (self.actor_kind.as_str(), &self.actor) {
            ("command_line", _) => self.origin.clone(),
            (kind, Some(id)) => format!("{} {id} at {}", kind.replace('_', " "), self.origin),
            (kind, None) => format!("{} ({})", kind.replace('_', " "), self.origin),
        }
    }

    fn whom(&self) -> String {
        if let Some(words) = self.exported() {
            return words;
        }
        match (self.member, self.subject_kind.as_str(), &self.subject) {
            (Some(number), MEMBERS, _) => format!("member {number}"),
            (Some(number), kind, _) => format!("{} of member {number}", one_of(kind)),
            (None, MEMBERS, Some(id)) => format!("a member who is gone: {id}"),
            (None, kind, Some(id)) => format!("{} {id}", one_of(kind)),
            (None, kind, None) => one_of(kind),
        }
    }

    /// Of an export, how many members and which; no person stands in it.
    fn exported(&self) -> Option<String> {
        let detail = self.detail.as_ref().filter(|_| self.subject_kind == EXPORTS)?;
        let filter: SavedFilter = serde_json::from_value(detail.get("filter")?.clone()).ok()?;
        let members = counted(detail.get("members")?.as_u64()?, "member");
        let reason = detail.get("reason").and_then(Json::as_str);
        let reason = reason.map_or_else(String::new, |reason| format!("; reason: {reason}"));
        Some(format!("{members}: {}{reason}", in_words(&filter, str::to_owned)))
    }

    fn row(&self) -> Vec<String> {
        let words = match self.words {
            "opened" if self.subject_kind == EXPORTS => "",
            "opened" => "more with --entry",
            "erased" => "words erased",
            "other_holder" => "words of an earlier holder",
            "altered" => "WORDS ALTERED",
            _ => "",
        };
        vec![
            self.entry.to_string(),
            self.at.clone(),
            self.who(),
            self.action.replace('_', " "),
            self.whom(),
            words.to_owned(),
        ]
    }
}

/// A row of a table in words: `access_points` is an access point.
fn one_of(table: &str) -> String {
    let words = table.replace('_', " ");
    match words.strip_suffix("ches") {
        Some(stem) => format!("{stem}ch"),
        None => words.strip_suffix('s').map_or_else(|| words.clone(), str::to_owned),
    }
}

impl Answer for PageAnswer {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.entries.is_empty() {
            lines.push("no such entry".to_owned());
        } else {
            let head = ["entry", "when", "who", "what", "on whom", ""].map(str::to_owned).to_vec();
            let mut rows = vec![head];
            rows.extend(self.entries.iter().map(EntryAnswer::row));
            lines.push(table(&rows));
        }
        lines.extend(self.next_before.map(|before| format!("more with --before {before}")));
        if self.unordered > 0 {
            lines.push(format!("{} more are not in order yet: ask again in a second", self.unordered));
        }
        lines.join("\n")
    }
}

impl Answer for OneAnswer {
    fn text(&self) -> String {
        let (entry, proof) = (&self.entry, &self.proof);
        let mut lines = vec![
            format!("entry {} · {}", entry.entry, entry.at),
            format!("  {} · {} · {}", entry.action.replace('_', " "), entry.whom(), entry.who()),
        ];
        match (&entry.detail, entry.words) {
            (Some(detail), _) => {
                let pretty = output::to_json(detail).unwrap_or_else(|_| detail.to_string());
                lines.extend(pretty.lines().map(|line| format!("  {line}")));
            }
            (None, "erased") => lines.push("  what it was went with the member's key".to_owned()),
            (None, "other_holder") => {
                lines.push("  what it was is sealed for whoever held the membership then".to_owned());
            }
            (None, "altered") => {
                lines.push("  ALTERED: what is kept is not what was written down".to_owned());
            }
            (None, _) => {}
        }
        lines.push(format!("proof: leaf {}", proof.leaf));
        lines.extend(proof.path.iter().map(|step| format!("       path {step}")));
        lines.push(format!("       root {} over {} entries, signed", proof.head.root, proof.head.size));
        lines.push(format!("       by the key {}", proof.verifying_key));
        lines.join("\n")
    }
}

impl ShowArgs {
    fn filter(&self, book: &Book) -> Result<EntryFilter, Failure> {
        let (mut actor_kind, mut actor) = (None, None);
        if let Some(who) = &self.actor {
            let word = who.to_lowercase().replace(['-', ' '], "_");
            match (word.as_str(), Id::parse(who)) {
                ("program" | "command_line" | "staff" | "device" | "member", _) => actor_kind = Some(word),
                (_, Some(id)) => actor = Some(id),
                (_, None) => {
                    let words = "--actor is program, command_line, staff, device or member, or an id";
                    return Err(Failure::new("bad_value", words));
                }
            }
        }
        let person = match self.member.as_deref() {
            // Somebody who is gone is nobody's number, but the trace knows his id.
            Some(text) => Some(match Id::parse(text) {
                Some(id) => id,
                None => member(book, text)?.id,
            }),
            None => None,
        };
        let next_day = |date: Date| date.tomorrow().map_or(i64::MAX, day_start_us);
        Ok(EntryFilter {
            actor_kind,
            actor,
            action: self.action.as_deref().map(|text| text.trim().to_lowercase().replace(['-', ' '], "_")),
            person,
            from_us: self.from.map(day_start_us),
            until_us: self.until.map(next_day),
            index: self.entry,
        })
    }
}

/// Writes down who looks, before anything is shown: at the audit, and at each member whose words are opened.
fn note(book: &Book, acting: Acting, person: Option<Id>, opened: Vec<Id>) -> Result<(), Failure> {
    book.write(move |work| {
        let about = person.map_or(Subject::installation(), |id| Subject::row(MEMBERS, id));
        record(work.tx, &acting, AUDIT_VIEWED, about, None)?;
        for member in opened.iter().filter(|member| Some(**member) != person) {
            record(work.tx, &acting, AUDIT_VIEWED, Subject::row(MEMBERS, *member), None)?;
        }
        Ok(())
    })
}

/// The members about whom words stand in the entries, those about their memberships too, each once.
fn opened_members(page: &EntryPage) -> Vec<Id> {
    let opened = page.entries.iter().filter(|entry| matches!(entry.words, Words::Opened(_)));
    let mut members: Vec<Id> = opened.filter_map(|entry| entry.member).collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// Runs the command.
///
/// # Errors
/// `no_entry`, `no_member`, `bad_value`, `file_exists`, and the keys of faults.
pub(super) fn run(args: &ShowArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let filter = args.filter(book)?;
    let vault = book.store.vault();
    let page = book.store.read(|tx| entries(tx, vault, &filter, args.before, args.limit))?;
    // The table has no words of a person, the document and the single entry have.
    let opened = if json || args.entry.is_some() { opened_members(&page) } else { Vec::new() };
    let Some(index) = args.entry else {
        note(book, book.acting(), filter.person, opened)?;
        let entries = page.entries.into_iter().map(EntryAnswer::of).collect();
        let answer = PageAnswer { entries, next_before: page.next_before, unordered: page.unordered };
        return output::print(&answer, json);
    };
    let none = || {
        let words = format!("there is no entry {index}: `bonafide audit show` tells which there are");
        Failure::new("no_entry", words)
    };
    let entry = page.entries.into_iter().next().ok_or_else(none)?;
    let proof = book.store.read(|tx| prove(tx, &vault.ring(), index))?.ok_or_else(none)?;
    note(book, book.acting(), None, opened)?;
    if let Some(path) = &args.proof {
        let mut file = NewFile::begin(path, args.force)?;
        file.write(format!("{}\n", output::to_json(&proof)?).as_bytes())?;
        file.finish()?;
    }
    output::print(&OneAnswer { entry: EntryAnswer::of(entry), proof }, json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(utc_time(1_790_000_000_000_000), "2026-09-21 14:13:20 UTC");
        assert_eq!(utc_time(-1), "1969-12-31 23:59:59 UTC");
        assert!(utc_time(i64::MAX).ends_with("since 1970"));
        assert_eq!(day_start_us(Date::constant(1970, 1, 2)), 24 * 60 * 60 * 1_000_000);
    }

    #[test]
    fn a_row_is_told_by_what_it_is() {
        for (table, words) in
            [("branches", "branch"), ("access_points", "access point"), ("installation", "installation")]
        {
            assert_eq!(one_of(table), words);
        }
    }
}

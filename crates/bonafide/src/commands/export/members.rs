//! `bonafide export members`: a list into a CSV.

use std::collections::HashMap;
use std::path::PathBuf;

use bonafide_domain::plain_text::Title;
use bonafide_store::id::Id;
use bonafide_store::members::export::{BATCH_MEMBERS, Export, MEMBERS_MAX, NotExported, begin, note_members};
use bonafide_store::members::list::PAGE_MAX;
use bonafide_store::members::profile::category_word;
use bonafide_store::members::{Member, get};
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::members::answer::{branch_names, documents, messengers};
use crate::commands::members::filters::{NamedFilterArgs, Question};
use crate::commands::refused::{self, bad};
use crate::failure::Failure;
use crate::listing::counted;
use crate::new_file::{NewFile, refuse_existing};
use crate::output::{self, Answer};
use crate::progress;
use crate::spreadsheet::cell;

/// Write the members whom a filter lets through into a CSV in UTF-8.
///
/// Who exports, how many, which columns and which filter is written down before the file, and at each member. More than the
/// installation's limit in 24 hours needs a reason, which is written down too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide export members --tag pool --out pool.csv --bom\n  \
    bonafide export members --filter 'sleeping regulars' --out sleeping.csv --columns number,name,phones\n  \
    bonafide export members --out all.csv --more-than-limit 'moving to the new accountant'")]
pub(crate) struct ExportMembersArgs {
    #[command(flatten)]
    filter: NamedFilterArgs,
    /// The file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Columns, separated by commas; no document, note, address or day of birth unless it is named.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "COLUMNS")]
    columns: Vec<Column>,
    /// What stands between the cells.
    #[arg(long, value_enum, default_value = "semicolon")]
    separator: Separator,
    /// Begin with the mark by which Excel knows UTF-8.
    #[arg(long)]
    bom: bool,
    /// Refuse more members than this in 24 hours. It can only be lower than the installation's limit.
    #[arg(long, value_name = "MEMBERS")]
    limit: Option<u32>,
    /// Why there are more than the limit; it is written down.
    #[arg(long, value_name = "REASON")]
    more_than_limit: Option<String>,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Separator {
    Semicolon,
    Comma,
}

macro_rules! columns {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A column of the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
        enum Column {
            $(#[value(name = $name)] $variant,)*
        }

        impl Column {
            /// The name in the head of the file.
            const fn name(self) -> &'static str {
                match self { $(Column::$variant => $name,)* }
            }
        }
    };
}

columns! {
    Number = "number", Name = "name", Given = "given", Family = "family", Middle = "middle",
    Category = "category", Tags = "tags", Language = "language", Branch = "branch", Source = "source",
    Phones = "phones", Emails = "emails", Messengers = "messengers", Address = "address", Birth = "birth",
    Documents = "documents", Note = "note", Guardian = "guardian", GuardianPhone = "guardian_phone",
    CheckDue = "check_due", MembershipEnds = "membership_ends", Added = "added", FirstVisit = "first_visit",
    LastVisit = "last_visit", Visits = "visits", Bookings = "bookings", Receipts = "receipts",
    SpentMinor = "spent_minor", AverageReceiptMinor = "average_receipt_minor",
}

/// What a list to call or to write to needs.
const USUAL_COLUMNS: [Column; 11] = [
    Column::Number,
    Column::Given,
    Column::Family,
    Column::Phones,
    Column::Emails,
    Column::Category,
    Column::Tags,
    Column::Branch,
    Column::MembershipEnds,
    Column::LastVisit,
    Column::Visits,
];

impl Column {
    fn value(self, member: &Member, branches: &HashMap<Id, String>) -> String {
        let (profile, figures) = (&member.profile, &member.figures);
        let day = |at_us: Option<i64>| at_us.map_or_else(String::new, |us| clock::utc_date(us).to_string());
        let date = |date: Option<jiff::civil::Date>| date.map_or_else(String::new, |date| date.to_string());
        match self {
            Column::Number => member.number.to_string(),
            Column::Name => profile.name.full(),
            Column::Given => profile.name.given().to_owned(),
            Column::Family => profile.name.family().unwrap_or_default().to_owned(),
            Column::Middle => profile.name.middle().unwrap_or_default().to_owned(),
            Column::Category => category_word(&profile.category).trim_start_matches(':').to_owned(),
            Column::Tags => join(profile.tags.iter().map(|tag| tag.as_str())),
            Column::Language => {
                profile.language.map_or_else(String::new, |language| language.code().to_owned())
            }
            Column::Branch => {
                profile.home_branch.and_then(|id| branches.get(&id)).cloned().unwrap_or_default()
            }
            Column::Source => profile.source.clone().unwrap_or_default(),
            Column::Phones => join(profile.phones.iter().map(|phone| phone.as_str())),
            Column::Emails => join(profile.emails.iter().map(|email| email.as_written())),
            Column::Messengers => messengers(member).join(", "),
            Column::Address => profile.address.clone().unwrap_or_default(),
            Column::Birth => date(profile.birth.map(|birth| birth.date())),
            Column::Documents => documents(member).join(", "),
            Column::Note => profile.note.as_ref().map_or_else(String::new, |note| note.as_str().to_owned()),
            Column::Guardian => {
                profile.guardian.as_ref().map_or_else(String::new, |guardian| guardian.name.full())
            }
            Column::GuardianPhone => {
                let phone = profile.guardian.as_ref().and_then(|guardian| guardian.phone.as_ref());
                phone.map_or_else(String::new, |phone| phone.as_str().to_owned())
            }
            Column::CheckDue => date(profile.check_due),
            Column::MembershipEnds => member.membership_ends.map_or_else(String::new, |end| end.to_string()),
            Column::Added => day(Some(member.added_us)),
            Column::FirstVisit => day(figures.first_visit_us),
            Column::LastVisit => day(figures.last_visit_us),
            Column::Visits => figures.visits.to_string(),
            Column::Bookings => figures.bookings.to_string(),
            Column::Receipts => figures.receipts.to_string(),
            Column::SpentMinor => figures.spent_minor.to_string(),
            Column::AverageReceiptMinor => {
                figures.average_receipt_minor().map_or_else(String::new, |minor| minor.to_string())
            }
        }
    }
}

fn join<'a>(values: impl Iterator<Item = &'a str>) -> String {
    values.collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct ExportMembersAnswer {
    /// The id of the export, as the audit names it.
    export: String,
    members: u32,
    columns: Vec<&'static str>,
    file: String,
    bytes: u64,
}

impl Answer for ExportMembersAnswer {
    fn text(&self) -> String {
        let members = counted(u64::from(self.members), "member");
        format!("{members} in {}, and written down in the audit", self.file)
    }
}

/// The ids of all whom a filter lets through; nothing of them is opened.
fn chosen(book: &Book, question: &Question) -> Result<Vec<Id>, Failure> {
    let mut ids = Vec::new();
    let mut before = None;
    loop {
        let page = question.page(book, before, PAGE_MAX)?;
        ids.extend(page.members.iter().map(|(id, _)| *id));
        if ids.len() > MEMBERS_MAX as usize {
            let words =
                format!("these are more than {MEMBERS_MAX} members: narrow the list and export it in parts");
            return Err(Failure::new("too_many", words));
        }
        before = page.next_before;
        if before.is_none() {
            return Ok(ids);
        }
    }
}

fn over_limit(members: u32, refusal: NotExported) -> Failure {
    let NotExported::OverLimit { before, limit } = refusal;
    let earlier = match before {
        0 => String::new(),
        before => format!(", {before} were exported in the last 24 hours"),
    };
    let words = format!(
        "nothing was exported: {} were asked for{earlier}, and the limit is {limit}. Narrow the list, or \
         say why with --more-than-limit REASON",
        counted(u64::from(members), "member")
    );
    Failure::new("over_limit", words)
}

/// Writes the rows; members who are gone meanwhile are left out.
fn write_rows(
    args: &ExportMembersArgs,
    book: &Book,
    ids: &[Id],
    columns: &[Column],
    file: &mut NewFile,
) -> Result<(), Failure> {
    let separator = match args.separator {
        Separator::Semicolon => ";",
        Separator::Comma => ",",
    };
    let row = |cells: Vec<String>| format!("{}\r\n", cells.join(separator));
    if args.bom {
        file.write("\u{FEFF}".as_bytes())?;
    }
    file.write(row(columns.iter().map(|column| cell(column.name())).collect()).as_bytes())?;
    let (vault, branches) = (book.store.vault(), branch_names(book)?);
    let bar = progress::bar("members", ids.len());
    for batch in ids.chunks(BATCH_MEMBERS) {
        let members = book.store.read(|tx| {
            batch.iter().filter_map(|id| get(tx, vault, *id).transpose()).collect::<Result<Vec<_>, _>>()
        })?;
        for member in &members {
            let cells = columns.iter().map(|column| cell(&column.value(member, &branches))).collect();
            file.write(row(cells).as_bytes())?;
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Runs the command.
///
/// # Errors
/// `over_limit`, `too_many`, `file_exists`, `bad_value`, `no_filter`, `no_branch`, `io`, and the keys of faults.
pub(super) fn run(args: &ExportMembersArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let reason = args.more_than_limit.as_deref().map(Title::parse).transpose();
    let reason = reason.map_err(|why| bad("--more-than-limit", refused::text(why)))?;
    refuse_existing(&args.out, args.force)?;
    let (filter, filter_name) = args.filter.filter(book)?;
    let asked = if args.columns.is_empty() { &USUAL_COLUMNS[..] } else { &args.columns };
    let mut columns: Vec<Column> = Vec::new();
    for column in asked {
        if !columns.contains(column) {
            columns.push(*column);
        }
    }
    let ids = chosen(book, &Question::new(book, filter.clone())?)?;
    let members = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    // Before the file is begun, so that a folder that cannot be written to leaves no trace of an export.
    let mut file = NewFile::begin(&args.out, args.force)?;
    let names: Vec<&'static str> = columns.iter().map(|column| column.name()).collect();
    let reason = reason.map(|reason| reason.as_str().to_owned());
    let export = Export { members, columns: names.clone(), filter, filter_name, reason };
    let (acting, limit) = (book.acting(), args.limit);
    let begun = book.store.write(move |work| begin(work, &acting, &export, limit))?;
    let id = begun.map_err(|refusal| over_limit(members, refusal))?;
    let bar = progress::bar("trace", ids.len());
    for batch in ids.chunks(BATCH_MEMBERS) {
        let (acting, batch) = (book.acting(), batch.to_vec());
        bar.inc(batch.len() as u64);
        book.write(move |work| note_members(work, &acting, &batch))?;
    }
    bar.finish_and_clear();
    write_rows(args, book, &ids, &columns, &mut file)?;
    let bytes = file.finish()?;
    let file = args.out.display().to_string();
    output::print(&ExportMembersAnswer { export: id.to_string(), members, columns: names, file, bytes }, json)
}

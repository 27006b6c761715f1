//! Branches: places with a calendar, a currency and a law of their own.

use bonafide_domain::consent::{Jurisdiction, MemberState};
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::schedule::Schedule;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::time_zone::TimeZoneName;
use crate::organisation::{Closing, Kept, LIST_MAX, NotFound, write_closing};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{damaged, from_text, hours_of, hours_record, to_text};

pub(crate) const TABLE: &str = "branches";

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// What the club calls it.
    pub name: Title,
    /// Its calendar: everything that has a date has it in this zone.
    pub time_zone: TimeZoneName,
    /// What is paid in.
    pub currency: Currency,
    /// Whose law holds.
    pub jurisdiction: Jurisdiction,
    /// What its pages and receipts speak when nothing else is known.
    pub language: Language,
    /// When it is open.
    pub opening: Schedule,
}

/// Why a branch is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchRefusal {
    /// There is none with this id.
    NotFound,
    /// Its price list is in the old currency: empty it first, since nothing is converted (case T-22).
    PricesInOldCurrency,
}

/// Adds a branch.
///
/// # Errors
/// When it cannot be written.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, branch: &Branch) -> Result<Id, Fault> {
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO branches (id, name, zone, currency, jurisdiction, language, opening, added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            branch.name.as_str(),
            branch.time_zone.as_str(),
            branch.currency.code(),
            jurisdiction_word(branch.jurisdiction),
            branch.language.code(),
            to_text(&hours_record(&branch.opening))?,
            acting.now_us
        ],
    )?;
    let after = words_of(branch);
    record_change(work.tx, acting, "branch_added", Subject::row(TABLE, id), None, Some(&after))?;
    Ok(id)
}

/// Puts another content in the place of a branch's.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    branch: &Branch,
) -> Result<Result<(), BranchRefusal>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(BranchRefusal::NotFound)) };
    let priced = "SELECT plan_id FROM price_list_entries WHERE branch_id = $1 AND currency <> $2 LIMIT 1";
    let currency = branch.currency.code();
    if before.content.currency != branch.currency && !work.tx.query(priced, values![id, currency])?.is_empty()
    {
        return Ok(Err(BranchRefusal::PricesInOldCurrency));
    }
    work.tx.execute(
        "UPDATE branches SET name = $1, zone = $2, currency = $3, jurisdiction = $4, language = $5, opening = $6
         WHERE id = $7",
        values![
            branch.name.as_str(),
            branch.time_zone.as_str(),
            currency,
            jurisdiction_word(branch.jurisdiction),
            branch.language.code(),
            to_text(&hours_record(&branch.opening))?,
            id
        ],
    )?;
    let (before, after) = (words_of(&before.content), words_of(branch));
    record_change(work.tx, acting, "branch_changed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// Closes a branch, or opens it again. Everything that happened there stays. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set_closed(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    closed: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let before = get(work.tx, id)?.map(|kept| kept.closed_us);
    let sql = "UPDATE branches SET closed_us = $1 WHERE id = $2";
    let action = if closed { "branch_closed" } else { "branch_reopened" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed, sql, action })
}

/// A branch, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<Branch>>, Fault> {
    let row = tx.query_opt(
        "SELECT id, name, zone, currency, jurisdiction, language, opening, closed_us FROM branches WHERE id = $1",
        values![id],
    )?;
    row.map(from_row).transpose()
}

/// The branches that are open, the oldest first; `closed` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, closed: bool) -> Result<Vec<Kept<Branch>>, Fault> {
    let rows = tx.query(
        "SELECT id, name, zone, currency, jurisdiction, language, opening, closed_us FROM branches
         WHERE closed_us IS NULL OR $1 = 1 ORDER BY id LIMIT $2",
        values![i64::from(closed), LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The branches that are called so, to the letter, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<Kept<Branch>>, Fault> {
    let rows = tx.query(
        "SELECT id, name, zone, currency, jurisdiction, language, opening, closed_us FROM branches
         WHERE name = $1 ORDER BY id LIMIT $2",
        values![name, LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// What the trace says of a branch.
fn words_of(branch: &Branch) -> String {
    let words = serde_json::json!({
        "name": branch.name.as_str(), "time_zone": branch.time_zone.as_str(), "currency": branch.currency.code(),
        "jurisdiction": jurisdiction_word(branch.jurisdiction), "language": branch.language.code(),
        "opening": hours_record(&branch.opening),
    });
    words.to_string()
}

/// The row of a list, also where it is a part of a larger one.
pub(crate) fn from_row(mut row: Row) -> Result<Kept<Branch>, Fault> {
    const WHAT: &str = "a branch";
    let opening = row.text(6)?;
    let branch = Branch {
        name: Title::parse(&row.text(1)?).map_err(|_| damaged(WHAT))?,
        time_zone: TimeZoneName::parse(&row.text(2)?).map_err(|_| damaged(WHAT))?,
        currency: Currency::parse(&row.text(3)?).map_err(|_| damaged(WHAT))?,
        jurisdiction: jurisdiction_of(&row.text(4)?).ok_or_else(|| damaged(WHAT))?,
        language: Language::of_code(&row.text(5)?).ok_or_else(|| damaged(WHAT))?,
        opening: hours_of(&from_text::<Vec<_>>(&opening, WHAT)?).ok_or_else(|| damaged(WHAT))?,
    };
    Ok(Kept { id: row.id(0)?, content: branch, closed_us: row.integer_or_null(7)? })
}

/// The word that stands for a law in its column; a state of the European Union has its age of consent behind a colon.
#[must_use]
pub fn jurisdiction_word(jurisdiction: Jurisdiction) -> String {
    match jurisdiction {
        Jurisdiction::Russia => "russia".to_owned(),
        Jurisdiction::EuropeanUnion(_) => format!("european_union:{}", jurisdiction.consent_age_years()),
        Jurisdiction::Illinois => "illinois".to_owned(),
        Jurisdiction::China => "china".to_owned(),
        Jurisdiction::Other => "other".to_owned(),
    }
}

/// The law of such a word.
#[must_use]
pub fn jurisdiction_of(word: &str) -> Option<Jurisdiction> {
    match word {
        "russia" => Some(Jurisdiction::Russia),
        "illinois" => Some(Jurisdiction::Illinois),
        "china" => Some(Jurisdiction::China),
        "other" => Some(Jurisdiction::Other),
        _ => {
            let years = word.strip_prefix("european_union:")?.parse().ok()?;
            MemberState::with_consent_age(years).map(Jurisdiction::EuropeanUnion)
        }
    }
}

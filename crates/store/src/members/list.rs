//! Lists of members: filters on plain columns, a page at a time.

use std::collections::HashMap;

use bonafide_domain::plain_text::Title;
use serde::{Deserialize, Serialize};

use crate::audit::entry::{Acting, Subject, record};
use crate::conditions::Conditions;
use crate::consents::{LAST_WORD_WAS_YES, consent_of_word, modality_word, purpose_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::store::Work;
use crate::value::{Row, Value};
use crate::values;

const SAVED_FILTERS: &str = "saved_filters";

/// Members on one page at most.
pub const PAGE_MAX: u32 = 100;

/// Days that a filter looks back or ahead at most: a century.
pub const FILTER_DAYS_MAX: u32 = 36_500;

/// Filters that are kept under a name at most.
pub const SAVED_FILTERS_MAX: usize = 200;

/// Numbers that one statement asks for when a list is narrowed to some.
const NUMBERS_AT_ONCE: usize = 100;

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// A filter: what is given must hold, all of it. Days count from 1970-01-01 in the calendar of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberFilter {
    /// The word of a category, see [`crate::members::profile::category_word`].
    pub category: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// The home branch.
    pub branch: Option<String>,
    /// No visit at or after this moment, in microseconds; members without any visit belong to it.
    pub not_seen_since_us: Option<i64>,
    /// The membership that ends last ends on this day or later …
    pub ends_from_day: Option<i64>,
    /// … and before this day.
    pub ends_before_day: Option<i64>,
    /// Spent at least so much, in minor units …
    pub spent_from_minor: Option<i64>,
    /// … and at most so much.
    pub spent_to_minor: Option<i64>,
    /// At least so many visits …
    pub visits_from: Option<u32>,
    /// … and at most so many.
    pub visits_to: Option<u32>,
    /// The profile is to be checked by this day.
    pub check_due_by_day: Option<i64>,
    /// The last word for this was a consent: `contact/marketing`, see [`crate::consents::consent_word`]. It knows no texts,
    /// terms or ages: whoever writes to these members asks [`crate::consents::standing`] for each.
    pub consented: Option<String>,
    /// Never consented to this, or withdrew.
    pub not_consented: Option<String>,
}

/// A filter as people say it and as it is kept: in days before and after whenever it is asked, at most [`FILTER_DAYS_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SavedFilter {
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// No visit for so many days; members without any visit belong to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_seen_days: Option<u32>,
    /// The membership that ends last ends within so many days, today being none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_within_days: Option<u32>,
    /// The birthday comes within so many days, today being none: [`crate::directory::Directory::birthdays`] knows whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday_within_days: Option<u16>,
    /// The profile is to be checked within so many days, or is due already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_due_within_days: Option<u32>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent_from_minor: Option<i64>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent_to_minor: Option<i64>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits_from: Option<u32>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits_to: Option<u32>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consented: Option<String>,
    /// As in [`MemberFilter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_consented: Option<String>,
}

impl SavedFilter {
    /// The filter at a moment, in microseconds since 1970, its days counted in UTC. The birthday is not in it.
    #[must_use]
    pub fn at(&self, now_us: i64) -> MemberFilter {
        let today = now_us.div_euclid(DAY_US);
        let ahead = |days: u32| today + i64::from(days.min(FILTER_DAYS_MAX));
        MemberFilter {
            category: self.category.clone(),
            tag: self.tag.clone(),
            branch: self.branch.clone(),
            not_seen_since_us: self
                .not_seen_days
                .map(|days| now_us - i64::from(days.min(FILTER_DAYS_MAX)) * DAY_US),
            ends_from_day: self.ends_within_days.map(|_| today),
            ends_before_day: self.ends_within_days.map(|days| ahead(days) + 1),
            spent_from_minor: self.spent_from_minor,
            spent_to_minor: self.spent_to_minor,
            visits_from: self.visits_from,
            visits_to: self.visits_to,
            check_due_by_day: self.check_due_within_days.map(ahead),
            consented: self.consented.clone(),
            not_consented: self.not_consented.clone(),
        }
    }
}

/// A filter whose words do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterRefusal {
    /// The branch is no id.
    Branch,
    /// What was consented to is no word of [`crate::consents::consent_word`].
    Consent,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Ids and numbers, the newest member first.
    pub members: Vec<(Id, u32)>,
    /// What to ask for next; nothing on the last page.
    pub next_before: Option<u32>,
}

impl Conditions {
    /// The condition about a consent, as it is or turned round; tells whether the word fits.
    fn add_consent(&mut self, not: &str, word: Option<&str>) -> bool {
        let Some(word) = word else { return true };
        let Some((modality, purpose)) = consent_of_word(word) else { return false };
        let first = self.values.len() + 1;
        let condition = LAST_WORD_WAS_YES.replacen('?', &format!("${first}"), 1).replacen(
            '?',
            &format!("${}", first + 1),
            1,
        );
        self.values.extend([modality_word(modality).into(), purpose_word(purpose).into()]);
        self.words.push(format!("{not}{condition}"));
        true
    }
}

/// What must hold in a statement over `members m`, joined with `member_tags t` where a tag is asked for.
fn conditions(filter: &MemberFilter) -> Result<Conditions, FilterRefusal> {
    let branch = match filter.branch.as_deref().map(Id::parse) {
        Some(None) => return Err(FilterRefusal::Branch),
        Some(Some(id)) => Some(id),
        None => None,
    };
    let mut conditions = Conditions::default();
    conditions.words.push("m.merged_into IS NULL".to_owned());
    conditions.add("t.tag = ?", filter.tag.as_deref());
    conditions.add("m.category = ?", filter.category.as_deref());
    conditions.add("m.home_branch_id = ?", branch);
    conditions.add("(m.last_visit_us IS NULL OR m.last_visit_us < ?)", filter.not_seen_since_us);
    conditions.add("m.membership_ends_day >= ?", filter.ends_from_day);
    conditions.add("m.membership_ends_day < ?", filter.ends_before_day);
    conditions.add("m.spent_minor >= ?", filter.spent_from_minor);
    conditions.add("m.spent_minor <= ?", filter.spent_to_minor);
    conditions.add("m.visits >= ?", filter.visits_from);
    conditions.add("m.visits <= ?", filter.visits_to);
    conditions.add("m.check_due_day <= ?", filter.check_due_by_day);
    let fits = conditions.add_consent("", filter.consented.as_deref())
        && conditions.add_consent("NOT ", filter.not_consented.as_deref());
    if fits { Ok(conditions) } else { Err(FilterRefusal::Consent) }
}

/// The tables, and the column that the list is in the order of: a tag has few members, and its own order, then it leads.
const fn tables(filter: &MemberFilter) -> (&'static str, &'static str) {
    match filter.tag {
        Some(_) => ("member_tags t JOIN members m ON m.id = t.member_id", "t.number"),
        None => ("members m", "m.number"),
    }
}

fn id_and_number(mut row: Row) -> Result<(Id, u32), Fault> {
    Ok((row.id(0)?, row.number(1)?))
}

impl Page {
    /// A page of what was found, one more than `limit` at most: the one more tells whether there is a next page.
    fn of(mut members: Vec<(Id, u32)>, limit: usize) -> Page {
        let more = members.len() > limit;
        members.truncate(limit);
        let next_before = members.last().filter(|_| more).map(|(_, number)| *number);
        Page { members, next_before }
    }
}

/// Members that a filter lets through, from the one before `before` (a number) on.
///
/// # Errors
/// When the book cannot be read; the inner error for a filter that does not fit.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &MemberFilter,
    before: Option<u32>,
    limit: u32,
) -> Result<Result<Page, FilterRefusal>, Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let mut conditions = match conditions(filter) {
        Ok(conditions) => conditions,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (from, number) = tables(filter);
    conditions.add(&format!("{number} < ?"), before);
    conditions.values.push(Value::from(limit + 1));
    let sql = format!(
        "SELECT m.id, m.number FROM {from} WHERE {} ORDER BY {number} DESC LIMIT ${}",
        conditions.words.join(" AND "),
        conditions.values.len()
    );
    let rows = tx.query(&sql, &conditions.values)?;
    let members = rows.into_iter().map(id_and_number).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Ok(Page::of(members, limit as usize)))
}

/// Of these numbers, in their order, those that a filter lets through: for what only the memory knows, as birthdays. The page
/// goes on behind the number `before`.
///
/// # Errors
/// As [`list`].
pub fn list_among(
    tx: &mut Tx<'_>,
    filter: &MemberFilter,
    numbers: &[u32],
    before: Option<u32>,
    limit: u32,
) -> Result<Result<Page, FilterRefusal>, Fault> {
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let mut conditions = match conditions(filter) {
        Ok(conditions) => conditions,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let rest = match before {
        None => numbers,
        Some(before) => {
            let behind = numbers.iter().position(|number| *number == before).map(|at| at + 1);
            behind.and_then(|at| numbers.get(at..)).unwrap_or(&[])
        }
    };
    let (from, number) = tables(filter);
    let fixed = conditions.values.len();
    let places: Vec<String> = (1..=NUMBERS_AT_ONCE).map(|place| format!("${}", fixed + place)).collect();
    conditions.words.push(format!("{number} IN ({})", places.join(", ")));
    let sql = format!("SELECT m.id, m.number FROM {from} WHERE {}", conditions.words.join(" AND "));
    let mut members = Vec::new();
    for chunk in rest.chunks(NUMBERS_AT_ONCE) {
        let Some(last) = chunk.last() else { break };
        conditions.values.truncate(fixed);
        // Always as many values, so that the statement is prepared once.
        let filled = chunk.iter().chain(std::iter::repeat(last)).take(NUMBERS_AT_ONCE);
        conditions.values.extend(filled.map(|number| Value::from(*number)));
        let found: HashMap<u32, Id> = tx
            .query(&sql, &conditions.values)?
            .into_iter()
            .map(|row| id_and_number(row).map(|(id, number)| (number, id)))
            .collect::<Result<_, Fault>>()?;
        members.extend(chunk.iter().filter_map(|number| Some((*found.get(number)?, *number))));
        if members.len() > limit {
            break;
        }
    }
    Ok(Ok(Page::of(members, limit)))
}

/// Why a filter is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSaved {
    /// It does not fit.
    Refused(FilterRefusal),
    /// There are [`SAVED_FILTERS_MAX`] already.
    TooMany,
}

/// Keeps a filter under a name; one of that name is replaced.
///
/// # Errors
/// When it cannot be written; the inner error when it is not kept.
pub fn save_filter(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    name: &Title,
    filter: &SavedFilter,
) -> Result<Result<(), NotSaved>, Fault> {
    if let Err(refusal) = conditions(&filter.at(acting.now_us)) {
        return Ok(Err(NotSaved::Refused(refusal)));
    }
    let known = saved_filters(work.tx)?;
    let is_new = known.iter().all(|(known, _)| known != name.as_str());
    if is_new && known.len() >= SAVED_FILTERS_MAX {
        return Ok(Err(NotSaved::TooMany));
    }
    let json = serde_json::to_string(filter).map_err(|_| Fault::broken("a filter is no JSON"))?;
    let mut row = work.tx.query_one(
        "INSERT INTO saved_filters (id, name, filter, added_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET filter = excluded.filter RETURNING id",
        values![Id::new(acting.now_us)?, name.as_str(), json, acting.now_us],
    )?;
    record(work.tx, acting, "filter_saved", Subject::row(SAVED_FILTERS, row.id(0)?), None)?;
    Ok(Ok(()))
}

/// Forgets the filter of a name; tells whether there was one.
///
/// # Errors
/// When it cannot be written.
pub fn delete_filter(work: &mut Work<'_, '_>, acting: &Acting, name: &Title) -> Result<bool, Fault> {
    let sql = "DELETE FROM saved_filters WHERE name = $1 RETURNING id";
    let Some(mut row) = work.tx.query_opt(sql, values![name.as_str()])? else { return Ok(false) };
    record(work.tx, acting, "filter_deleted", Subject::row(SAVED_FILTERS, row.id(0)?), None)?;
    Ok(true)
}

/// All kept filters by name.
///
/// # Errors
/// When the book cannot be read.
pub fn saved_filters(tx: &mut Tx<'_>) -> Result<Vec<(String, SavedFilter)>, Fault> {
    let rows = tx.query("SELECT name, filter FROM saved_filters ORDER BY name", &[])?;
    let filter = |json: String| {
        serde_json::from_str(&json).map_err(|_| Fault::damaged("a saved filter has another form"))
    };
    rows.into_iter().map(|mut row| Ok((row.text(0)?, filter(row.text(1)?)?))).collect()
}

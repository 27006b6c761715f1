//! Lists of members: filters on plain columns, a page at a time.

use serde::{Deserialize, Serialize};

use crate::audit::entry::{Acting, Subject, record};
use crate::consents::{LAST_WORD_WAS_YES, consent_of_word, modality_word, purpose_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::store::Work;
use crate::value::Value;
use crate::values;

/// Members on one page at most.
pub const PAGE_MAX: u32 = 100;

/// A filter: what is given must hold, all of it. Days count from 1970-01-01 in the calendar of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemberFilter {
    /// The word of a category, see [`crate::members::profile::category_word`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// A tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The home branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// No visit at or after this moment, in microseconds; members without any visit belong to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_seen_since_us: Option<i64>,
    /// The membership that ends last ends on this day or later …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_from_day: Option<i64>,
    /// … and before this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_before_day: Option<i64>,
    /// Spent at least so much, in minor units …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent_from_minor: Option<i64>,
    /// … and at most so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent_to_minor: Option<i64>,
    /// At least so many visits …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits_from: Option<u32>,
    /// … and at most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits_to: Option<u32>,
    /// The profile is to be checked by this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_due_by_day: Option<i64>,
    /// The last word for this was a consent: `contact/marketing`, see [`crate::consents::consent_word`]. It knows no texts,
    /// terms or ages: whoever writes to these members asks [`crate::consents::standing`] for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consented: Option<String>,
    /// Never consented to this, or withdrew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_consented: Option<String>,
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

/// Conditions of a statement with their values.
struct Conditions {
    words: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        self.values.push(value.into());
        self.words.push(condition.replace('?', &format!("${}", self.values.len())));
    }
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
    let branch = match filter.branch.as_deref().map(Id::parse) {
        Some(None) => return Ok(Err(FilterRefusal::Branch)),
        Some(Some(id)) => Some(id),
        None => None,
    };
    let limit = limit.clamp(1, PAGE_MAX);
    let mut conditions = Conditions { words: vec!["m.merged_into IS NULL".to_owned()], values: Vec::new() };
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
    if !conditions.add_consent("", filter.consented.as_deref())
        || !conditions.add_consent("NOT ", filter.not_consented.as_deref())
    {
        return Ok(Err(FilterRefusal::Consent));
    }
    // A tag has few members, and its own order: then it leads.
    let (from, number) = match &filter.tag {
        Some(_) => ("member_tags t JOIN members m ON m.id = t.member_id", "t.number"),
        None => ("members m", "m.number"),
    };
    conditions.add(&format!("{number} < ?"), before);
    // One more than asked for tells whether there is a next page.
    conditions.values.push(Value::from(limit + 1));
    let sql = format!(
        "SELECT m.id, m.number FROM {from} WHERE {} ORDER BY {number} DESC LIMIT ${}",
        conditions.words.join(" AND "),
        conditions.values.len()
    );
    let rows = tx.query(&sql, &conditions.values)?;
    let mut members = rows
        .into_iter()
        .map(|mut row| Ok((row.id(0)?, row.number(1)?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let more = members.len() > limit as usize;
    members.truncate(limit as usize);
    let next_before = members.last().filter(|_| more).map(|(_, number)| *number);
    Ok(Ok(Page { members, next_before }))
}

/// Keeps a filter under a name; one of that name is replaced.
///
/// # Errors
/// When it cannot be written.
pub fn save_filter(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    name: &str,
    filter: &MemberFilter,
) -> Result<(), Fault> {
    let json = serde_json::to_string(filter).map_err(|_| Fault::broken("a filter is no JSON"))?;
    work.tx.execute(
        "INSERT INTO saved_filters (id, name, filter, added_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET filter = excluded.filter",
        values![Id::new(acting.now_us)?, name, json, acting.now_us],
    )?;
    record(work.tx, acting, "filter_saved", Subject::installation(), None).map(drop)
}

/// All kept filters by name.
///
/// # Errors
/// When the book cannot be read.
pub fn saved_filters(tx: &mut Tx<'_>) -> Result<Vec<(String, MemberFilter)>, Fault> {
    let rows = tx.query("SELECT name, filter FROM saved_filters ORDER BY name", &[])?;
    let filter = |json: String| {
        serde_json::from_str(&json).map_err(|_| Fault::damaged("a saved filter has another form"))
    };
    rows.into_iter().map(|mut row| Ok((row.text(0)?, filter(row.text(1)?)?))).collect()
}

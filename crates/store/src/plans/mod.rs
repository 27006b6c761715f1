//! Plans: what is sold. The terms of a plan are never changed: a plan gets a further version, and what was sold keeps the
//! one that it was sold under (case T-21).

pub mod extra;
pub mod price;
mod terms;

use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{PlanRefusal, PlanSpec, PlanTerms, Reach};
use bonafide_domain::profile::Note;

use crate::audit::entry::{Acting, Author, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::{Closing, NotFound, write_closing};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::damaged;

pub use terms::cancellation_word;
pub(crate) use terms::{terms_of, terms_text};

const TABLE: &str = "plans";

/// Plans of one list, and versions of one plan, at most.
pub const LIST_MAX: u32 = 2_000;

/// What a plan is called.
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    /// The name, on receipts too.
    pub name: Title,
    /// What the staff should know.
    pub note: Option<Note>,
}

/// A plan as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptPlan {
    /// The row.
    pub id: Id,
    /// What it is called.
    pub plan: Plan,
    /// The version that is sold.
    pub version: u32,
    /// Since when it is not sold any more, in microseconds since 1970.
    pub archived_us: Option<i64>,
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanVersion {
    /// The plan.
    pub plan: Id,
    /// The terms, with the number of the version in them.
    pub terms: PlanTerms,
    /// When it was added, in microseconds since 1970.
    pub added_us: i64,
    /// By whom.
    pub author: Author,
}

/// Why a version is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishRefusal {
    /// There is no such plan.
    NotFound,
    /// Somebody published another version meanwhile: look at it first.
    PublishedMeanwhile {
        /// The version that it has now.
        version: u32,
    },
    /// The terms are not acceptable.
    Terms(PlanRefusal),
    /// It names a zone that does not exist.
    NoZone(Id),
    /// It names a branch that does not exist.
    NoBranch(Id),
    /// It includes an extra that does not exist.
    NoExtra(Id),
    /// A branch has a price for the plan in another currency: take it off the list first (case T-22).
    PricesInOtherCurrency,
}

/// Adds a plan with its first version. The number in `spec` does not count: the first is 1.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    plan: &Plan,
    spec: PlanSpec,
) -> Result<Result<Id, PublishRefusal>, Fault> {
    let terms = match checked(work.tx, PlanSpec { version: 1, ..spec })? {
        Ok(terms) => terms,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO plans (id, name, note, added_us) VALUES ($1, $2, $3, $4)",
        values![id, plan.name.as_str(), plan.note.as_ref().map(Note::as_str), acting.now_us],
    )?;
    record_change(work.tx, acting, "plan_added", Subject::row(TABLE, id), None, Some(&words_of(plan)))?;
    insert_version(work.tx, acting, id, None, &terms)?;
    Ok(Ok(id))
}

/// Publishes the version after `seen_version` and tells its number. What was sold keeps its own.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn publish(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    plan: Id,
    seen_version: u32,
    spec: PlanSpec,
) -> Result<Result<u32, PublishRefusal>, Fault> {
    let Some(current) = current(work.tx, plan)? else { return Ok(Err(PublishRefusal::NotFound)) };
    let version = current.terms.spec().version;
    if version != seen_version {
        return Ok(Err(PublishRefusal::PublishedMeanwhile { version }));
    }
    let version = version + 1;
    let terms = match checked(work.tx, PlanSpec { version, ..spec })? {
        Ok(terms) => terms,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let priced = "SELECT branch_id FROM price_list_entries WHERE plan_id = $1 AND currency <> $2 LIMIT 1";
    if !work.tx.query(priced, values![plan, terms.spec().price.currency().code()])?.is_empty() {
        return Ok(Err(PublishRefusal::PricesInOtherCurrency));
    }
    insert_version(work.tx, acting, plan, Some(&current.terms), &terms)?;
    Ok(Ok(version))
}

/// Gives a plan another name and note. They are no terms.
///
/// # Errors
/// When it cannot be written.
pub fn rename(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    plan: &Plan,
) -> Result<Result<(), NotFound>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(NotFound)) };
    work.tx.execute(
        "UPDATE plans SET name = $1, note = $2 WHERE id = $3",
        values![plan.name.as_str(), plan.note.as_ref().map(Note::as_str), id],
    )?;
    let (before, after) = (words_of(&before.plan), words_of(plan));
    record_change(work.tx, acting, "plan_renamed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// Stops selling a plan, or sells it again. What was sold runs on, and is renewed where its terms say so.
/// Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set_archived(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    archived: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let before = get(work.tx, id)?.map(|kept| kept.archived_us);
    let sql = "UPDATE plans SET archived_us = $1 WHERE id = $2";
    let action = if archived { "plan_archived" } else { "plan_sold_again" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed: archived, sql, action })
}

/// A plan, archived ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<KeptPlan>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id, p.name, p.note, p.archived_us,
             (SELECT MAX(v.version) FROM plan_versions v WHERE v.plan_id = p.id)
         FROM plans p WHERE p.id = $1",
        values![id],
    )?;
    row.map(from_row).transpose()
}

/// The plans that are sold, the oldest first; `archived` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, archived: bool) -> Result<Vec<KeptPlan>, Fault> {
    let rows = tx.query(
        "SELECT p.id, p.name, p.note, p.archived_us,
             (SELECT MAX(v.version) FROM plan_versions v WHERE v.plan_id = p.id)
         FROM plans p WHERE p.archived_us IS NULL OR $1 = 1 ORDER BY p.id LIMIT $2",
        values![i64::from(archived), LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The plans that are called so, to the letter, archived ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<KeptPlan>, Fault> {
    let rows = tx.query(
        "SELECT p.id, p.name, p.note, p.archived_us,
             (SELECT MAX(v.version) FROM plan_versions v WHERE v.plan_id = p.id)
         FROM plans p WHERE p.name = $1 ORDER BY p.id LIMIT $2",
        values![name, LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The version of a plan that is sold; `None` when there is no such plan.
///
/// # Errors
/// When the book cannot be read.
pub fn current(tx: &mut Tx<'_>, plan: Id) -> Result<Option<PlanVersion>, Fault> {
    let row = tx.query_opt(
        "SELECT v.plan_id, v.terms, v.added_us, a.actor_kind, a.actor_id
         FROM plan_versions v JOIN audit_entries a ON a.id = v.audit_entry_id
         WHERE v.plan_id = $1 ORDER BY v.version DESC LIMIT 1",
        values![plan],
    )?;
    row.map(version_from_row).transpose()
}

/// One version of a plan.
///
/// # Errors
/// When the book cannot be read.
pub fn version(tx: &mut Tx<'_>, plan: Id, version: u32) -> Result<Option<PlanVersion>, Fault> {
    let row = tx.query_opt(
        "SELECT v.plan_id, v.terms, v.added_us, a.actor_kind, a.actor_id
         FROM plan_versions v JOIN audit_entries a ON a.id = v.audit_entry_id
         WHERE v.plan_id = $1 AND v.version = $2",
        values![plan, version],
    )?;
    row.map(version_from_row).transpose()
}

/// All versions of a plan, the newest first.
///
/// # Errors
/// When the book cannot be read.
pub fn versions(tx: &mut Tx<'_>, plan: Id) -> Result<Vec<PlanVersion>, Fault> {
    let rows = tx.query(
        "SELECT v.plan_id, v.terms, v.added_us, a.actor_kind, a.actor_id
         FROM plan_versions v JOIN audit_entries a ON a.id = v.audit_entry_id
         WHERE v.plan_id = $1 ORDER BY v.version DESC LIMIT $2",
        values![plan, LIST_MAX],
    )?;
    rows.into_iter().map(version_from_row).collect()
}

/// The terms, when they are acceptable and name only what exists.
fn checked(tx: &mut Tx<'_>, spec: PlanSpec) -> Result<Result<PlanTerms, PublishRefusal>, Fault> {
    let terms = match PlanTerms::parse(spec) {
        Ok(terms) => terms,
        Err(refusal) => return Ok(Err(PublishRefusal::Terms(refusal))),
    };
    let mut missing = |sql: &str, id: [u8; 16]| -> Result<Option<Id>, Fault> {
        let id = Id::from_bytes(id);
        Ok(tx.query_opt(sql, values![id])?.is_none().then_some(id))
    };
    if let Reach::Only(zones) = &terms.spec().zones {
        for zone in zones {
            if let Some(id) = missing("SELECT id FROM zones WHERE id = $1", zone.0)? {
                return Ok(Err(PublishRefusal::NoZone(id)));
            }
        }
    }
    if let Reach::Only(branches) = &terms.spec().branches {
        for branch in branches {
            if let Some(id) = missing("SELECT id FROM branches WHERE id = $1", branch.0)? {
                return Ok(Err(PublishRefusal::NoBranch(id)));
            }
        }
    }
    for included in &terms.spec().extras {
        if let Some(id) = missing("SELECT id FROM extras WHERE id = $1", included.extra.0)? {
            return Ok(Err(PublishRefusal::NoExtra(id)));
        }
    }
    Ok(Ok(terms))
}

/// What the trace says of a plan. Its terms stand with the entry of their version.
fn words_of(plan: &Plan) -> String {
    let note = plan.note.as_ref().map(Note::as_str);
    serde_json::json!({ "name": plan.name.as_str(), "note": note }).to_string()
}

fn insert_version(
    tx: &mut Tx<'_>,
    acting: &Acting,
    plan: Id,
    before: Option<&PlanTerms>,
    terms: &PlanTerms,
) -> Result<(), Fault> {
    let (before, after) = (before.map(terms_text).transpose()?, terms_text(terms)?);
    let subject = Subject::row(TABLE, plan);
    let entry =
        record_change(tx, acting, "plan_version_published", subject, before.as_deref(), Some(&after))?;
    tx.execute(
        "INSERT INTO plan_versions (plan_id, version, terms, added_us, audit_entry_id)
         VALUES ($1, $2, $3, $4, $5)",
        values![plan, terms.spec().version, after, acting.now_us, entry],
    )?;
    Ok(())
}

fn from_row(mut row: Row) -> Result<KeptPlan, Fault> {
    let note = row.text_or_null(2)?.map(|note| Note::parse(&note)).transpose();
    let plan = Plan {
        name: Title::parse(&row.text(1)?).map_err(|_| damaged("a plan"))?,
        note: note.map_err(|_| damaged("a plan"))?,
    };
    Ok(KeptPlan { id: row.id(0)?, plan, version: row.number(4)?, archived_us: row.integer_or_null(3)? })
}

fn version_from_row(mut row: Row) -> Result<PlanVersion, Fault> {
    Ok(PlanVersion {
        plan: row.id(0)?,
        terms: terms_of(&row.text(1)?)?,
        added_us: row.integer(2)?,
        author: Author { kind: row.text(3)?, id: row.id_or_null(4)? },
    })
}

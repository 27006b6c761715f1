//! What needs somebody: a refusal, a second factor that never came, a card that was lost, a body that nobody knows. It stays until
//! one of the staff decides, or until the person is let in after all.
//!
//! Somebody who taps ten times is one thing to be looked at, with a count. What is in here is only a list: the decisions stand in
//! [`crate::passages`] whatever becomes of it.

use bonafide_domain::admission::exit::ExitMark;
use bonafide_domain::admission::{Mark, Refusal};
use bonafide_domain::profile::ShortNote;

use crate::audit::entry::{Acting, Actor, Detail, Subject, record, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::passages::Outcome;
use crate::passages::door::Door;
use crate::passages::note;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::{damaged, from_text};

/// The table, as the audit names it.
pub const TABLE: &str = "attention";

/// Things on one page at most.
pub const PAGE_MAX: u32 = 200;

/// How long somebody has time to show a second thing before anybody is called: 30 seconds.
pub const SECOND_FACTOR_WAIT_US: i64 = 30_000_000;

/// After so long what nobody has decided leaves the list: 30 days. The decisions stay.
pub const KEPT_US: i64 = 30 * 86_400_000_000;

/// Why somebody is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Somebody was refused.
    Refused,
    /// A card that was reported lost, or is blocked for misuse, was used.
    LostCard,
    /// Something more was asked for, and nothing came.
    SecondFactor,
    /// Somebody passed, and there is something to be looked at.
    Mark,
    /// Somebody more went through behind a member.
    Tailgate,
    /// Somebody went through without a grant.
    Unattributed,
}

words! {
    /// The word that stands for why somebody is needed.
    why_word, why_of_word: Why {
        Refused = "refused", LostCard = "lost_card", SecondFactor = "second_factor", Mark = "mark",
        Tailgate = "tailgate", Unattributed = "unattributed",
    }
}

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// He was let in: written by [`crate::passages::by_hand::admit`], and not to be said otherwise.
    AdmittedByHand,
    /// A membership was sold.
    Sold,
    /// A membership was extended, thawed or unlocked.
    Extended,
    /// The card was blocked or taken in.
    CardTaken,
    /// A document was asked for, or the profile renewed.
    DocumentSeen,
    /// Somebody talked to him.
    Spoken,
    /// There is nothing to do.
    Dismissed,
}

words! {
    /// The word that stands for what somebody decided.
    how_word, how_of_word: How {
        AdmittedByHand = "admitted_by_hand", Sold = "sold", Extended = "extended", CardTaken = "card_taken",
        DocumentSeen = "document_seen", Spoken = "spoken", Dismissed = "dismissed",
    }
}

/// Something that needs somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id: that of the first decision, or of the event at the door.
    pub id: Id,
    /// Why.
    pub why: Why,
    /// Where, the latest time.
    pub access_point: Id,
    /// Who, when somebody was recognised.
    pub member: Option<Id>,
    /// The latest decision; of a body that nobody knows there is none.
    pub passage: Option<Id>,
    /// By which credential.
    pub credential: Option<Id>,
    /// The word of the refusal.
    pub reason: Option<String>,
    /// The words of what is to be looked at.
    pub marks: Vec<String>,
    /// Since when, in microseconds since 1970.
    pub since_us: i64,
    /// The latest time.
    pub at_us: i64,
    /// How often.
    pub times: u32,
}

/// The place in the list before which a page begins: it goes back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    at_us: i64,
    id: Id,
}

/// What waits in a branch, the newest first, and where the next page begins. A second factor is waited for a while
/// ([`SECOND_FACTOR_WAIT_US`]) before it is in the list.
///
/// # Errors
/// When the book cannot be read.
pub fn list(
    tx: &mut Tx<'_>,
    branch: Id,
    now_us: i64,
    before: Option<Before>,
    limit: u32,
) -> Result<(Vec<Item>, Option<Before>), Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let before = before.unwrap_or(Before { at_us: i64::MAX, id: Id::from_bytes([255; 16]) });
    let rows = tx.query(
        "SELECT a.id, a.why, a.access_point_id, a.member_id, a.passage_id, a.since_us, a.at_us, a.times,
             p.credential_id, p.reason, p.marks
         FROM attention a LEFT JOIN passages p ON p.id = a.passage_id
         WHERE a.branch_id = $1 AND (a.at_us, a.id) < ($2, $3) AND (a.why <> 'second_factor' OR a.since_us <= $4)
         ORDER BY a.at_us DESC, a.id DESC LIMIT $5",
        values![branch, before.at_us, before.id, now_us.saturating_sub(SECOND_FACTOR_WAIT_US), limit + 1],
    )?;
    let more = rows.len() > limit as usize;
    let items = rows.into_iter().take(limit as usize).map(item).collect::<Result<Vec<_>, _>>()?;
    let last = items.last().map(|item| Before { at_us: item.at_us, id: item.id });
    Ok((items, last.filter(|_| more)))
}

fn item(mut row: Row) -> Result<Item, Fault> {
    let marks = row.text_or_null(10)?;
    Ok(Item {
        id: row.id(0)?,
        why: why_of_word(&row.text(1)?).ok_or_else(|| damaged(TABLE))?,
        access_point: row.id(2)?,
        member: row.id_or_null(3)?,
        passage: row.id_or_null(4)?,
        since_us: row.integer(5)?,
        at_us: row.integer(6)?,
        times: row.number(7)?,
        credential: row.id_or_null(8)?,
        reason: row.text_or_null(9)?,
        marks: marks.map_or(Ok(Vec::new()), |marks| from_text(&marks, TABLE))?,
    })
}

/// How much waits in a branch, by its kind; kinds of which there is nothing are left out.
///
/// # Errors
/// When the book cannot be read.
pub fn counts(tx: &mut Tx<'_>, branch: Id, now_us: i64) -> Result<Vec<(Why, u32)>, Fault> {
    let rows = tx.query(
        "SELECT why, COUNT(*) FROM attention
         WHERE branch_id = $1 AND (why <> 'second_factor' OR since_us <= $2) GROUP BY why ORDER BY why",
        values![branch, now_us.saturating_sub(SECOND_FACTOR_WAIT_US)],
    )?;
    let count = |mut row: Row| {
        let why = why_of_word(&row.text(0)?).ok_or_else(|| damaged(TABLE))?;
        Ok((why, row.number(1)?))
    };
    let mut counts = rows.into_iter().map(count).collect::<Result<Vec<_>, Fault>>()?;
    counts.sort_unstable();
    Ok(counts)
}

/// A decision that was just written.
pub(super) struct Decided<'a> {
    pub(super) door: &'a Door,
    pub(super) passage: Id,
    pub(super) member: Option<Id>,
    pub(super) now_us: i64,
}

/// Puts a decision into the list when it needs somebody, and takes out what it settles. What a door on trial decides is looked at
/// in [`crate::trial`] only.
pub(super) fn note_entry(
    tx: &mut Tx<'_>,
    decided: &Decided<'_>,
    outcome: &Outcome,
    marks: &[Mark],
) -> Result<(), Fault> {
    let watched = |mark: &Mark| !matches!(mark, Mark::LeftUnseen | Mark::LimitedCredential);
    let why = match outcome {
        Outcome::Refused(Refusal::Lost) => Why::LostCard,
        Outcome::Refused(_) => Why::Refused,
        Outcome::SecondFactor(_) => Why::SecondFactor,
        Outcome::SamePassage { .. } => return Ok(()),
        Outcome::Admitted { .. } | Outcome::AdmittedByHand { .. } => {
            came(tx, decided)?;
            if !marks.iter().any(watched) {
                return Ok(());
            }
            Why::Mark
        }
    };
    put(tx, decided, why)
}

/// The same of leaving: only a credential that should not be in use is looked at.
pub(super) fn note_exit(tx: &mut Tx<'_>, decided: &Decided<'_>, marks: &[ExitMark]) -> Result<(), Fault> {
    if marks.contains(&ExitMark::StoppedCredential) { put(tx, decided, Why::LostCard) } else { Ok(()) }
}

/// Whoever has come in has shown what was asked for.
fn came(tx: &mut Tx<'_>, decided: &Decided<'_>) -> Result<(), Fault> {
    let Some(member) = decided.member else { return Ok(()) };
    tx.execute(
        "DELETE FROM attention WHERE member_id = $1 AND branch_id = $2 AND why = 'second_factor'",
        values![member, decided.door.zone.branch],
    )?;
    Ok(())
}

fn put(tx: &mut Tx<'_>, decided: &Decided<'_>, why: Why) -> Result<(), Fault> {
    let Decided { door, passage, member, now_us } = decided;
    if door.shadow {
        return Ok(());
    }
    if let Some(member) = member {
        let counted = tx.execute(
            "UPDATE attention SET passage_id = $1, access_point_id = $2, at_us = $3, times = times + 1
             WHERE member_id = $4 AND branch_id = $5 AND why = $6",
            values![*passage, door.id, *now_us, *member, door.zone.branch, why_word(why)],
        )?;
        if counted > 0 {
            return Ok(());
        }
    }
    let row = (*passage, door.zone.branch, door.id);
    insert(tx, row, why, (*member, Some(*passage)), *now_us)
}

/// Puts a body that nobody knows into the list: `id` is the event.
pub(super) fn note_body(
    tx: &mut Tx<'_>,
    (id, access_point, zone): (Id, Id, Id),
    why: Why,
    grant: Option<Id>,
    now_us: i64,
) -> Result<(), Fault> {
    let mut row = tx.query_one("SELECT branch_id FROM zones WHERE id = $1", values![zone])?;
    let branch = row.id(0)?;
    insert(tx, (id, branch, access_point), why, (None, grant), now_us)
}

fn insert(
    tx: &mut Tx<'_>,
    (id, branch, access_point): (Id, Id, Id),
    why: Why,
    (member, passage): (Option<Id>, Option<Id>),
    now_us: i64,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO attention (id, branch_id, access_point_id, why, member_id, passage_id, since_us, at_us, times)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)",
        values![id, branch, access_point, why_word(why), member, passage, now_us],
    )?;
    Ok(())
}

/// Something that somebody has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// It was decided before, under the same id.
    pub repeated: bool,
}

/// Why nothing is settled. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSettled {
    /// Only somebody of the staff may, under his own name.
    NotStaff,
    /// That he was let in is written by letting him in.
    OnlyByAdmitting,
    /// The id was used for something else.
    OtherOperation,
    /// Somebody else was quicker.
    SettledBefore {
        /// Who.
        staff: Id,
        /// What he decided.
        how: How,
        /// When, in microseconds since 1970.
        at_us: i64,
    },
    /// Nothing of this id waits (any more).
    NotFound,
}

/// One of the staff decides about something that waits: `item` is its id, or that of its latest decision.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn settle(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    item: Id,
    how: How,
    note: Option<&ShortNote>,
) -> Result<Result<Settled, NotSettled>, Fault> {
    let Actor::Staff(_) = acting.actor else { return Ok(Err(NotSettled::NotStaff)) };
    if how == How::AdmittedByHand {
        return Ok(Err(NotSettled::OnlyByAdmitting));
    }
    let before = work.tx.query_opt(
        "SELECT s.id, s.how FROM attention_settled s WHERE s.operation_id = $1",
        values![operation],
    )?;
    if let Some(mut row) = before {
        let same = row.id(0)? == item && how_of_word(&row.text(1)?) == Some(how);
        return Ok(if same { Ok(Settled { repeated: true }) } else { Err(NotSettled::OtherOperation) });
    }
    settle_open(work, acting, operation, item, how, note)
}

/// The same, for whoever has asked about the operation already.
pub(super) fn settle_open(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    item: Id,
    how: How,
    note: Option<&ShortNote>,
) -> Result<Result<Settled, NotSettled>, Fault> {
    let Actor::Staff(staff) = acting.actor else { return Ok(Err(NotSettled::NotStaff)) };
    let row = work.tx.query_opt(
        "SELECT id, branch_id, member_id FROM attention WHERE id = $1 OR passage_id = $1 ORDER BY id LIMIT 1",
        values![item],
    )?;
    let Some(mut row) = row else { return Ok(Err(settled_before(work.tx, item)?)) };
    let (id, branch, member) = (row.id(0)?, row.id(1)?, row.id_or_null(2)?);
    work.tx.execute("DELETE FROM attention WHERE id = $1", values![id])?;
    let about = note::about(work.tx, work.vault, member)?;
    let note_sealed = note::seal(work.vault, (SETTLED, id), &about, note)?;
    let (subject, word) = (Subject::row(TABLE, id), how_word(how));
    let json = serde_json::json!({ "how": word, "note": note.map(ShortNote::as_str) }).to_string();
    let entry = match &about {
        Some((member, key)) => {
            let detail = Detail { member: *member, key, json: &json };
            record(work.tx, acting, "attention_settled", subject, Some(detail))?
        }
        None => {
            let json = serde_json::json!({ "how": word }).to_string();
            record_words(work.tx, acting, "attention_settled", subject, json)?
        }
    };
    work.tx.execute(
        "INSERT INTO attention_settled (id, operation_id, at_us, branch_id, staff_id, how, note_sealed, member_id,
             audit_entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![id, operation, acting.now_us, branch, staff, word, note_sealed, member, entry],
    )?;
    Ok(Ok(Settled { repeated: false }))
}

const SETTLED: &str = "attention_settled";

fn settled_before(tx: &mut Tx<'_>, item: Id) -> Result<NotSettled, Fault> {
    let sql = "SELECT staff_id, how, at_us FROM attention_settled WHERE id = $1";
    let Some(mut row) = tx.query_opt(sql, values![item])? else { return Ok(NotSettled::NotFound) };
    let how = how_of_word(&row.text(1)?).ok_or_else(|| damaged(TABLE))?;
    Ok(NotSettled::SettledBefore { staff: row.id(0)?, how, at_us: row.integer(2)? })
}

/// What somebody has decided, for the history of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledItem {
    /// The id that it had in the list.
    pub id: Id,
    /// When it was decided, in microseconds since 1970.
    pub at_us: i64,
    /// By whom.
    pub staff: Id,
    /// What.
    pub how: How,
    /// About whom.
    pub member: Option<Id>,
    /// What he wrote about it.
    pub note: Option<ShortNote>,
}

/// What was decided in a branch since a moment, the newest first, [`PAGE_MAX`] at most.
///
/// # Errors
/// When the book cannot be read, or a note does not open.
pub fn settled(
    tx: &mut Tx<'_>,
    vault: &Vault,
    branch: Id,
    since_us: i64,
    limit: u32,
) -> Result<Vec<SettledItem>, Fault> {
    let rows = tx.query(
        "SELECT id, at_us, staff_id, how, member_id, note_sealed FROM attention_settled
         WHERE branch_id = $1 AND at_us >= $2 ORDER BY at_us DESC, id DESC LIMIT $3",
        values![branch, since_us, limit.clamp(1, PAGE_MAX)],
    )?;
    rows.into_iter().map(|row| settled_item(tx, vault, row)).collect()
}

/// What was decided about a profile, the oldest first.
pub(crate) fn settled_of(tx: &mut Tx<'_>, vault: &Vault, member: Id) -> Result<Vec<SettledItem>, Fault> {
    let rows = tx.query(
        "SELECT id, at_us, staff_id, how, member_id, note_sealed FROM attention_settled
         WHERE member_id = $1 ORDER BY at_us, id",
        values![member],
    )?;
    rows.into_iter().map(|row| settled_item(tx, vault, row)).collect()
}

fn settled_item(tx: &mut Tx<'_>, vault: &Vault, mut row: Row) -> Result<SettledItem, Fault> {
    let (id, member, sealed) = (row.id(0)?, row.id_or_null(4)?, row.blob_or_null(5)?);
    let about = note::about(tx, vault, member)?;
    Ok(SettledItem {
        id,
        at_us: row.integer(1)?,
        staff: row.id(2)?,
        how: how_of_word(&row.text(3)?).ok_or_else(|| damaged(TABLE))?,
        member,
        note: note::open(vault, (SETTLED, id), &about, sealed.as_deref())?,
    })
}

/// Takes out what has waited longer than [`KEPT_US`], as many as `limit`; tells how many.
///
/// # Errors
/// When it cannot be written.
pub fn forget_old(tx: &mut Tx<'_>, now_us: i64, limit: u32) -> Result<u64, Fault> {
    tx.execute(
        "DELETE FROM attention WHERE id IN (SELECT id FROM attention WHERE at_us < $1 ORDER BY id LIMIT $2)",
        values![now_us.saturating_sub(KEPT_US), limit],
    )
}

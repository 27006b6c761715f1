//! The newest passages, for the desk; and those of one person, for the person.

use bonafide_domain::admission::Refusal;
use bonafide_domain::profile::ShortNote;
use serde_json::Value as Json;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::face_alone;
use crate::passages::passing::{End, end_of_word};
use crate::passages::record::refusal_of_columns;
use crate::passages::{Way, attention, by_hand, way_of_word};
use crate::value::Row;
use crate::values;
use crate::written::{damaged, from_text};

/// Passages on one page at most.
pub const PAGE_MAX: u32 = 200;

/// Passages of one person in one export; the newest.
pub const OF_PERSON_MAX: u32 = 100_000;

/// A passage in the feed. Words are those of [`crate::passages`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedItem {
    /// The row.
    pub passage: Id,
    /// When it was decided, in microseconds since 1970.
    pub at_us: i64,
    /// Where.
    pub access_point: Id,
    /// The zone behind the door.
    pub zone: Id,
    /// The branch.
    pub branch: Id,
    /// Which way.
    pub way: Way,
    /// Who, when somebody was recognised.
    pub member: Option<Id>,
    /// By which credential.
    pub credential: Option<Id>,
    /// `admitted`, `refused`, `second_factor`.
    pub outcome: String,
    /// The word of the refusal.
    pub reason: Option<String>,
    /// The refusal with what it says.
    pub refusal: Option<Refusal>,
    /// The words of what somebody should look at.
    pub marks: Vec<String>,
    /// What became of the grant; nothing while it holds, or when there was none.
    pub end: Option<End>,
    /// Somebody more went through behind it.
    pub tailgate: bool,
    /// Who of the staff let him in by hand.
    pub by_hand: Option<Id>,
    /// The door was on trial: nothing opened by it.
    pub shadow: bool,
}

/// The columns of [`item`], from `p`.
const COLUMNS: &str =
    "p.id, p.at_us, p.access_point_id, p.zone_id, p.direction, p.member_id, p.credential_id, p.outcome,
     p.reason, p.marks, e.kind,
     (SELECT COUNT(*) FROM passage_events t WHERE t.grant_id = p.id AND t.kind = 'tailgate'),
     p.branch_id, p.shadow, h.staff_id, p.detail";

/// Where they come from.
const FROM: &str = "passages p
     LEFT JOIN passage_events e ON e.grant_id = p.id AND e.kind IN ('passed', 'assumed', 'lapsed')
     LEFT JOIN hand_admissions h ON h.passage_id = p.id";

/// The place in the feed before which a page begins: the feed goes back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    at_us: i64,
    passage: Id,
}

/// The newest passages of a branch, a page at a time, and where the next page begins. Repeated taps are left out.
///
/// # Errors
/// When the book cannot be read.
pub fn feed(
    tx: &mut Tx<'_>,
    branch: Id,
    before: Option<Before>,
    limit: u32,
) -> Result<(Vec<FeedItem>, Option<Before>), Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let before = before.unwrap_or(Before { at_us: i64::MAX, passage: Id::from_bytes([255; 16]) });
    let rows = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM {FROM}
             WHERE p.branch_id = $1 AND (p.at_us, p.id) < ($2, $3) AND p.outcome <> 'same_passage'
             ORDER BY p.at_us DESC, p.id DESC LIMIT $4"
        ),
        values![branch, before.at_us, before.passage, limit + 1],
    )?;
    let more = rows.len() > limit as usize;
    let items = rows.into_iter().take(limit as usize).map(item).collect::<Result<Vec<_>, _>>()?;
    let last = items.last().map(|item| Before { at_us: item.at_us, passage: item.passage });
    Ok((items, last.filter(|_| more)))
}

/// A decision as the feed has it; `None` when there is none with this id, or it is a repeated tap.
///
/// # Errors
/// When the book cannot be read.
pub fn item_of(tx: &mut Tx<'_>, passage: Id) -> Result<Option<FeedItem>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE p.id = $1 AND p.outcome <> 'same_passage'");
    tx.query_opt(&sql, values![passage])?.map(item).transpose()
}

/// The newest passages of a member, repeated taps left out.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member(tx: &mut Tx<'_>, member: Id, limit: u32) -> Result<Vec<FeedItem>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE p.member_id = $1 AND p.outcome <> 'same_passage'
         ORDER BY p.at_us DESC, p.id DESC LIMIT $2"
    );
    let rows = tx.query(&sql, values![member, limit.clamp(1, PAGE_MAX)])?;
    rows.into_iter().map(item).collect()
}

fn item(mut row: Row) -> Result<FeedItem, Fault> {
    let end = row.text_or_null(10)?;
    let end = end.map(|word| end_of_word(&word).ok_or_else(|| damaged("a passage"))).transpose()?;
    let (reason, detail) = (row.text_or_null(8)?, row.text(15)?);
    let refusal = reason.as_deref().map(|reason| refusal_of_columns(reason, &detail)).transpose()?;
    Ok(FeedItem {
        passage: row.id(0)?,
        at_us: row.integer(1)?,
        access_point: row.id(2)?,
        zone: row.id(3)?,
        way: way_of_word(&row.text(4)?).ok_or_else(|| damaged("a passage"))?,
        member: row.id_or_null(5)?,
        credential: row.id_or_null(6)?,
        outcome: row.text(7)?,
        reason,
        refusal,
        marks: from_text(&row.text(9)?, "a passage")?,
        end,
        tailgate: row.integer(11)? > 0,
        branch: row.id(12)?,
        shadow: row.boolean(13)?,
        by_hand: row.id_or_null(14)?,
    })
}

/// What happened at doors without anybody to attribute it to, since a moment: bodies without a grant or behind one.
///
/// # Errors
/// When the book cannot be read.
pub fn unattributed(tx: &mut Tx<'_>, zone: Id, since_us: i64) -> Result<u32, Fault> {
    let mut row = tx.query_one(
        "SELECT COUNT(*) FROM passage_events WHERE zone_id = $1 AND at_us >= $2
             AND kind IN ('tailgate', 'unattributed')",
        values![zone, since_us],
    )?;
    row.number(0)
}

/// The passages of a profile as its export has them, the newest first.
pub(crate) fn of_profile(tx: &mut Tx<'_>, member: Id) -> Result<Vec<Json>, Fault> {
    let rows = tx.query(
        "SELECT p.at_us, p.access_point_id, p.zone_id, p.branch_id, p.direction, p.outcome, p.reason, p.methods,
             p.marks, p.membership_id, e.kind, e.at_us, e.inside_us
         FROM passages p
         LEFT JOIN passage_events e ON e.grant_id = p.id AND e.kind IN ('passed', 'assumed', 'lapsed')
         WHERE p.member_id = $1 ORDER BY p.at_us DESC, p.id DESC LIMIT $2",
        values![member, OF_PERSON_MAX],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let (methods, marks): (Json, Json) = (
                from_text(&row.text(7)?, "a passage")?,
                from_text(&row.text(8)?, "a passage")?,
            );
            Ok(serde_json::json!({
                "at_us": row.integer(0)?, "access_point": row.id(1)?, "zone": row.id(2)?, "branch": row.id(3)?,
                "way": row.text(4)?, "outcome": row.text(5)?, "reason": row.text_or_null(6)?,
                "methods": methods, "marks": marks, "membership": row.id_or_null(9)?,
                "end": row.text_or_null(10)?, "ended_us": row.integer_or_null(11)?,
                "inside_us": row.integer_or_null(12)?,
            }))
        })
        .collect()
}

/// What the desk decided about a profile and how it was let in by hand, its lockers, and what an older system said of it, as its
/// export has them. Notes of the staff are opened.
pub(crate) fn of_the_desk(tx: &mut Tx<'_>, vault: &Vault, member: Id) -> Result<Json, Fault> {
    let mut admitted = Vec::new();
    let sql = "SELECT passage_id FROM hand_admissions WHERE member_id = $1 ORDER BY at_us, passage_id";
    for mut row in tx.query(sql, values![member])? {
        let Some(one) = by_hand::get(tx, vault, row.id(0)?)? else { continue };
        let (reason, note) = (by_hand::reason_word(one.reason), one.note.as_ref().map(ShortNote::as_str));
        admitted.push(serde_json::json!({ "at_us": one.at_us, "reason": reason, "note": note }));
    }
    let mut decided = Vec::new();
    for one in attention::settled_of(tx, vault, member)? {
        let (how, note) = (attention::how_word(one.how), one.note.as_ref().map(ShortNote::as_str));
        decided.push(serde_json::json!({ "at_us": one.at_us, "how": how, "note": note }));
    }
    let mut lockers = Vec::new();
    let sql = "SELECT at_us, locker_id, kind, why FROM locker_events WHERE member_id = $1 ORDER BY at_us, id LIMIT $2";
    for mut row in tx.query(sql, values![member, OF_PERSON_MAX])? {
        lockers.push(serde_json::json!({
            "at_us": row.integer(0)?, "locker": row.id(1)?, "what": row.text(2)?, "why": row.text_or_null(3)?,
        }));
    }
    let mut observed = Vec::new();
    let sql = "SELECT at_us, access_point_id, admitted FROM trial_observations WHERE member_id = $1 ORDER BY at_us, id LIMIT $2";
    for mut row in tx.query(sql, values![member, OF_PERSON_MAX])? {
        observed.push(serde_json::json!({
            "at_us": row.integer(0)?, "access_point": row.id(1)?, "admitted": row.boolean(2)?,
        }));
    }
    Ok(serde_json::json!({
        "admitted_by_hand": admitted, "decided_at_the_desk": decided, "lockers": lockers,
        "older_system": observed, "never_by_face_alone": face_alone::is_never_alone(tx, member)?,
    }))
}

/// The decisions of the club to keep a profile out, and the stays that were ended by hand, as its export has them.
pub(crate) fn decisions_about(tx: &mut Tx<'_>, member: Id) -> Result<(Vec<Json>, Vec<Json>), Fault> {
    let rows = tx.query(
        "SELECT reason, at_us, until_us, lifted_us FROM suspensions WHERE member_id = $1 ORDER BY at_us, id",
        values![member],
    )?;
    let suspensions = rows.into_iter().map(|mut row| {
        Ok(serde_json::json!({
            "reason": row.text(0)?, "at_us": row.integer(1)?, "until_us": row.integer_or_null(2)?,
            "lifted_us": row.integer_or_null(3)?,
        }))
    });
    let suspensions = suspensions.collect::<Result<_, Fault>>()?;
    let rows = tx.query(
        "SELECT at_us, zone_id, reason FROM presence_corrections WHERE member_id = $1 ORDER BY at_us, id",
        values![member],
    )?;
    let corrections = rows.into_iter().map(|mut row| {
        Ok(serde_json::json!({ "at_us": row.integer(0)?, "zone": row.id(1)?, "reason": row.text(2)? }))
    });
    Ok((suspensions, corrections.collect::<Result<_, Fault>>()?))
}

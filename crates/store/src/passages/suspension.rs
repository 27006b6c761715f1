//! Decisions of the club to keep somebody out for a time, or until they are lifted. They hold for a person: for all profiles that
//! were merged.

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members;
use crate::members::merging::profiles_of_person;
use crate::store::Work;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// Decisions about one profile that are told at most; the newest.
pub const LIST_MAX: u32 = 50;

/// Why somebody is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// He broke the rules of the house.
    Conduct,
    /// He owes something.
    Debt,
    /// A physician or the club fears for his health.
    Health,
    /// Something is being looked into.
    Inquiry,
}

words! {
    /// The word that stands for why somebody is kept out.
    reason_word, reason_of_word: Reason {
        Conduct = "conduct", Debt = "debt", Health = "health", Inquiry = "inquiry",
    }
}

/// Why nobody is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSuspended {
    /// There is no such member.
    NotFound,
    /// The id was used for another decision.
    OtherOperation,
    /// It would be over before it begins.
    EndsBeforeItBegins,
}

/// Keeps somebody out until a moment, or until it is lifted. The operation's id becomes that of the suspension; asked again, it
/// changes nothing.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn suspend(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    (member, reason): (Id, Reason),
    until_us: Option<i64>,
) -> Result<Result<(), NotSuspended>, Fault> {
    let before = work
        .tx
        .query_opt("SELECT member_id, reason, until_us FROM suspensions WHERE id = $1", values![operation])?;
    if let Some(mut row) = before {
        let same = row.id(0)? == member
            && reason_of_word(&row.text(1)?) == Some(reason)
            && row.integer_or_null(2)? == until_us;
        return Ok(if same { Ok(()) } else { Err(NotSuspended::OtherOperation) });
    }
    let Some(key) = members::data_key(work.tx, work.vault, member)? else {
        return Ok(Err(NotSuspended::NotFound));
    };
    if until_us.is_some_and(|until_us| until_us <= acting.now_us) {
        return Ok(Err(NotSuspended::EndsBeforeItBegins));
    }
    work.tx.execute(
        "INSERT INTO suspensions (id, member_id, reason, at_us, until_us) VALUES ($1, $2, $3, $4, $5)",
        values![operation, member, reason_word(reason), acting.now_us, until_us],
    )?;
    let json = serde_json::json!({ "reason": reason_word(reason), "until_us": until_us }).to_string();
    let detail = Detail { member, key: &key, json: &json };
    record(work.tx, acting, "member_suspended", Subject::row(members::TABLE, member), Some(detail))?;
    Ok(Ok(()))
}

/// There is no such suspension, or it was lifted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotInForce;

/// Lifts a suspension.
///
/// # Errors
/// When it cannot be written; the inner error when there is nothing to lift.
pub fn lift(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    suspension: Id,
) -> Result<Result<(), NotInForce>, Fault> {
    let row = work.tx.query_opt(
        "UPDATE suspensions SET lifted_us = $1 WHERE id = $2 AND lifted_us IS NULL RETURNING member_id",
        values![acting.now_us, suspension],
    )?;
    let Some(mut row) = row else { return Ok(Err(NotInForce)) };
    let subject = Subject::row(members::TABLE, row.id(0)?);
    record(work.tx, acting, "suspension_lifted", subject, None)?;
    Ok(Ok(()))
}

/// A decision as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// Its id.
    pub id: Id,
    /// Why.
    pub reason: Reason,
    /// When it was made, in microseconds since 1970.
    pub at_us: i64,
    /// Until when, which is not part of it; nothing when it must be lifted.
    pub until_us: Option<i64>,
    /// When it was lifted.
    pub lifted_us: Option<i64>,
}

impl Suspension {
    /// Whether it keeps him out now.
    #[must_use]
    pub fn holds(&self, now_us: i64) -> bool {
        self.lifted_us.is_none() && self.until_us.is_none_or(|until_us| until_us > now_us)
    }
}

/// The decisions about a person, the newest first.
///
/// # Errors
/// When the book cannot be read.
pub fn of_person(tx: &mut Tx<'_>, member: Id) -> Result<Vec<Suspension>, Fault> {
    let mut all = Vec::new();
    for profile in profiles_of_person(tx, member)? {
        let rows = tx.query(
            "SELECT id, reason, at_us, until_us, lifted_us FROM suspensions WHERE member_id = $1
             ORDER BY at_us DESC, id DESC LIMIT $2",
            values![profile, LIST_MAX],
        )?;
        for mut row in rows {
            all.push(Suspension {
                id: row.id(0)?,
                reason: reason_of_word(&row.text(1)?).ok_or_else(|| damaged("a suspension"))?,
                at_us: row.integer(2)?,
                until_us: row.integer_or_null(3)?,
                lifted_us: row.integer_or_null(4)?,
            });
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse((one.at_us, one.id)));
    Ok(all)
}

//! Who has which locker. A bracelet opens the locker that it took, once its holder is inside; the desk sees which.
//!
//! A locker is taken by the first thing that is held to it and opens by that alone. It is free again when its holder leaves the
//! branch, gives it back, or somebody of the staff opens it for him with a reason. Whatever is asked twice under one id is done
//! once.

use bonafide_domain::credential::Use;

use crate::audit::entry::{Acting, Actor, Detail, Subject, record};
use crate::credentials::find;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members;
use crate::organisation::{locker, zone};
use crate::passages::presence::is_inside;
use crate::store::Work;
use crate::values;
use crate::words::words;
use crate::written::damaged;

const TABLE: &str = "lockers";

/// Lockers on one page at most.
pub const PAGE_MAX: u32 = 500;

/// What is asked at a locker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The id of the request, from the lock or the desk.
    pub operation: Id,
    /// Which locker.
    pub locker: Id,
    /// The credential that was held to it.
    pub credential: Id,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It was free and is his now.
    Taken,
    /// It is his: it opens.
    Opened,
    /// It is free again.
    Released,
}

words! {
    /// The word that stands for what became of a locker.
    done_word, done_of_word: Done { Taken = "taken", Opened = "opened", Released = "released" }
}

/// The answer of a locker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// What became of it.
    pub done: Done,
    /// Whose it is, or was.
    pub member: Id,
    /// It was done before, under the same id.
    pub repeated: bool,
}

/// Why a locker stays shut. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The id was used for something else.
    OtherOperation,
    /// There is no such locker.
    NoLocker,
    /// The locker is out of use.
    OutOfUse,
    /// Nobody knows the credential.
    Unknown,
    /// The credential is lost, blocked or expired.
    Stopped,
    /// Its holder is not in the branch.
    NotInside,
    /// Somebody else has it, or he took it with another thing.
    TakenByAnother,
    /// He has another locker of the branch.
    HasAnother {
        /// Which.
        locker: Id,
    },
    /// Nobody has it.
    Free,
    /// Only somebody of the staff may, under his own name.
    NotStaff,
}

/// Holds a credential to a locker: opens it when it is his, and makes it his when it is free.
///
/// # Errors
/// When it cannot be written: then the locker stays shut; the inner error says why it does.
pub fn take(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    asked: &Asked,
) -> Result<Result<Answer, Refusal>, Fault> {
    if let Some(before) = done_before(work.tx, asked.operation, asked.locker, Some(asked.credential))? {
        return Ok(before.filter_done(|done| done != Done::Released));
    }
    let (branch, member) = match holder(work, acting, asked)? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(held) = held(work.tx, asked.locker)? {
        if held.member != member || held.credential != asked.credential {
            return Ok(Err(Refusal::TakenByAnother));
        }
        return write(work, acting, asked, member, (Done::Opened, None)).map(Ok);
    }
    let sql = "SELECT locker_id FROM locker_holders WHERE member_id = $1 AND branch_id = $2";
    if let Some(mut row) = work.tx.query_opt(sql, values![member, branch])? {
        return Ok(Err(Refusal::HasAnother { locker: row.id(0)? }));
    }
    work.tx.execute(
        "INSERT INTO locker_holders (locker_id, branch_id, member_id, credential_id, since_us)
         VALUES ($1, $2, $3, $4, $5)",
        values![asked.locker, branch, member, asked.credential, acting.now_us],
    )?;
    write(work, acting, asked, member, (Done::Taken, None)).map(Ok)
}

/// The holder gives his locker back. He need not be inside any more.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn give_back(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    asked: &Asked,
) -> Result<Result<Answer, Refusal>, Fault> {
    if let Some(before) = done_before(work.tx, asked.operation, asked.locker, Some(asked.credential))? {
        return Ok(before.filter_done(|done| done == Done::Released));
    }
    let Some(held) = held(work.tx, asked.locker)? else { return Ok(Err(Refusal::Free)) };
    if held.credential != asked.credential {
        return Ok(Err(Refusal::TakenByAnother));
    }
    release(work, acting, (asked.operation, asked.locker), &held, "holder").map(Ok)
}

/// Why the staff opens a locker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// What he took it with is lost or does not work.
    CredentialGone,
    /// He has left by a way that is not read.
    LeftUnread,
    /// The house closes.
    Closing,
    /// Something must be looked into.
    Inspection,
}

/// The word that stands for why the staff opens a locker.
#[must_use]
pub const fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::CredentialGone => "credential_gone",
        Reason::LeftUnread => "left_unread",
        Reason::Closing => "closing",
        Reason::Inspection => "inspection",
    }
}

/// One of the staff opens a locker: it is free from then on.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn open_by_staff(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    locker: Id,
    reason: Reason,
) -> Result<Result<Answer, Refusal>, Fault> {
    if let Some(before) = done_before(work.tx, operation, locker, None)? {
        return Ok(before.filter_done(|done| done == Done::Released));
    }
    let Actor::Staff(_) = acting.actor else { return Ok(Err(Refusal::NotStaff)) };
    if locker::get(work.tx, locker)?.is_none() {
        return Ok(Err(Refusal::NoLocker));
    }
    let Some(held) = held(work.tx, locker)? else { return Ok(Err(Refusal::Free)) };
    release(work, acting, (operation, locker), &held, reason_word(reason)).map(Ok)
}

/// Whoever has left the branch has no locker there any more.
pub(crate) fn release_all(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    branch: Id,
) -> Result<(), Fault> {
    let rows = work.tx.query(
        "SELECT locker_id FROM locker_holders WHERE member_id = $1 AND branch_id = $2",
        values![member, branch],
    )?;
    for mut row in rows {
        let locker = row.id(0)?;
        let Some(held) = held(work.tx, locker)? else { continue };
        release(work, acting, (Id::new(acting.now_us)?, locker), &held, "left")?;
    }
    Ok(())
}

/// A locker that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldLocker {
    /// Which.
    pub locker: Id,
    /// Who has it.
    pub member: Id,
    /// What opens it.
    pub credential: Id,
    /// Since when, in microseconds since 1970.
    pub since_us: i64,
}

/// The lockers of a branch that somebody has, the longest first; [`PAGE_MAX`] at most.
///
/// # Errors
/// When the book cannot be read.
pub fn of_branch(tx: &mut Tx<'_>, branch: Id) -> Result<Vec<HeldLocker>, Fault> {
    let rows = tx.query(
        "SELECT locker_id, member_id, credential_id, since_us FROM locker_holders WHERE branch_id = $1
         ORDER BY since_us, locker_id LIMIT $2",
        values![branch, PAGE_MAX],
    )?;
    rows.into_iter().map(held_locker).collect()
}

/// The lockers that a member has, one in each branch at most.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member(tx: &mut Tx<'_>, member: Id) -> Result<Vec<HeldLocker>, Fault> {
    let rows = tx.query(
        "SELECT locker_id, member_id, credential_id, since_us FROM locker_holders WHERE member_id = $1
         ORDER BY since_us, locker_id LIMIT $2",
        values![member, PAGE_MAX],
    )?;
    rows.into_iter().map(held_locker).collect()
}

fn held_locker(mut row: crate::value::Row) -> Result<HeldLocker, Fault> {
    let (locker, member) = (row.id(0)?, row.id(1)?);
    Ok(HeldLocker { locker, member, credential: row.id(2)?, since_us: row.integer(3)? })
}

/// Whose credential it is, and in which branch the locker stands.
fn holder(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    asked: &Asked,
) -> Result<Result<(Id, Id), Refusal>, Fault> {
    let Some(kept) = locker::get(work.tx, asked.locker)? else { return Ok(Err(Refusal::NoLocker)) };
    if kept.closed_us.is_some() {
        return Ok(Err(Refusal::OutOfUse));
    }
    let zone = zone::get(work.tx, kept.content.zone)?.ok_or_else(|| damaged("a locker"))?;
    let branch = zone.content.branch;
    let found = find::get(work.tx, work.vault, asked.credential, acting.now_us)?;
    let Some(found) = found.filter(|found| found.replaced_by.is_none()) else {
        return Ok(Err(Refusal::Unknown));
    };
    if !found.state.allows(Use::Enter) {
        return Ok(Err(Refusal::Stopped));
    }
    let profiles = members::merging::profiles_of_person(work.tx, found.member)?;
    let Some(&member) = profiles.first() else { return Ok(Err(Refusal::Unknown)) };
    let inside = is_inside(work.tx, member, branch, acting.now_us)?;
    Ok(if inside { Ok((branch, member)) } else { Err(Refusal::NotInside) })
}

fn held(tx: &mut Tx<'_>, locker: Id) -> Result<Option<HeldLocker>, Fault> {
    let row = tx.query_opt(
        "SELECT locker_id, member_id, credential_id, since_us FROM locker_holders WHERE locker_id = $1",
        values![locker],
    )?;
    row.map(held_locker).transpose()
}

fn release(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (operation, locker): (Id, Id),
    held: &HeldLocker,
    why: &'static str,
) -> Result<Answer, Fault> {
    work.tx.execute("DELETE FROM locker_holders WHERE locker_id = $1", values![locker])?;
    let asked = Asked { operation, locker, credential: held.credential };
    write(work, acting, &asked, held.member, (Done::Released, Some(why)))
}

fn write(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    asked: &Asked,
    member: Id,
    (done, why): (Done, Option<&'static str>),
) -> Result<Answer, Fault> {
    let action = match done {
        Done::Taken => "locker_taken",
        Done::Opened => "locker_opened",
        Done::Released => "locker_released",
    };
    let key = members::data_key(work.tx, work.vault, member)?
        .ok_or_else(|| Fault::damaged(format!("the member {member} is missing")))?;
    let json = serde_json::json!({ "credential": asked.credential, "why": why }).to_string();
    let detail = Detail { member, key: &key, json: &json };
    let entry = record(work.tx, acting, action, Subject::row(TABLE, asked.locker), Some(detail))?;
    work.tx.execute(
        "INSERT INTO locker_events (id, operation_id, at_us, locker_id, kind, why, member_id, credential_id,
             audit_entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            Id::new(acting.now_us)?,
            asked.operation,
            acting.now_us,
            asked.locker,
            done_word(done),
            why,
            member,
            asked.credential,
            entry
        ],
    )?;
    Ok(Answer { done, member, repeated: false })
}

/// What was done under an id; refused when it was about something else.
struct Before(Result<Answer, Refusal>);

impl Before {
    fn filter_done(self, fits: impl FnOnce(Done) -> bool) -> Result<Answer, Refusal> {
        self.0.and_then(|answer| if fits(answer.done) { Ok(answer) } else { Err(Refusal::OtherOperation) })
    }
}

fn done_before(
    tx: &mut Tx<'_>,
    operation: Id,
    locker: Id,
    credential: Option<Id>,
) -> Result<Option<Before>, Fault> {
    let row = tx.query_opt(
        "SELECT locker_id, credential_id, kind, member_id FROM locker_events WHERE operation_id = $1",
        values![operation],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (of_locker, of_credential) = (row.id(0)?, row.id(1)?);
    if of_locker != locker || credential.is_some_and(|credential| credential != of_credential) {
        return Ok(Some(Before(Err(Refusal::OtherOperation))));
    }
    let done = done_of_word(&row.text(2)?).ok_or_else(|| damaged("a locker"))?;
    Ok(Some(Before(Ok(Answer { done, member: row.id(3)?, repeated: true }))))
}

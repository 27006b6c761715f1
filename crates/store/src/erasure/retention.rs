//! What must be destroyed because nothing is left to keep it for: the earliest of the ends of purpose, consent and law.
//!
//! The rule is [`bonafide_domain::consent::destruction`]; this gathers what it is asked about. Nothing here is decided by a
//! person: what is due is destroyed, with a certificate, and whoever comes back is enrolled anew.

use std::collections::HashMap;

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_domain::consent::{Destruction, Held, Jurisdiction, Keeping, Modality, Purpose, destruction};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::audit::entry::Acting;
use crate::consents::{Withdrawn, modality_word, purpose_of_word, purpose_word};
use crate::credentials::history::kind;
use crate::db::Tx;
use crate::erasure::Cause;
use crate::erasure::withdrawal::{Scope, destroy as destroy_scope};
use crate::fault::Fault;
use crate::id::Id;
use crate::members::merging::profiles_of_person;
use crate::members::{MembershipEnd, NO_END_DAY};
use crate::organisation::branch::{self, Branch};
use crate::store::Work;
use crate::value::Value;
use crate::values;

/// After the end of the last membership a member may come back: so long what opened doors for him is kept.
pub const RENEWAL_WAIT_DAYS: i64 = 30;

/// Something that must be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Of whom.
    pub member: Id,
    /// His number.
    pub number: u32,
    /// What of the person.
    pub modality: Modality,
    /// What it was for.
    pub purpose: Purpose,
    /// By when, and why.
    pub destruction: Destruction,
}

/// Something that rests on a consent.
struct Kept {
    member: Id,
    number: u32,
    modality: Modality,
    purpose: Purpose,
}

/// What is known of the whole person, in all profiles.
struct Person {
    home_branch: Option<Id>,
    last_seen_us: i64,
    /// The last day of the memberships, cancelled ones too; nothing when there never was one.
    ends: Option<MembershipEnd>,
}

/// The law and the calendar of each branch, and of members without one.
struct Laws {
    of_branch: HashMap<Id, (Jurisdiction, Calendar)>,
    of_nobody: (Jurisdiction, Calendar),
}

impl Laws {
    fn read(tx: &mut Tx<'_>) -> Result<Laws, Fault> {
        let law = |branch: &Branch| (branch.jurisdiction, branch.time_zone.calendar());
        let branches = branch::list(tx, true)?;
        let of_nobody = match branches.as_slice() {
            [only] => law(&only.content),
            // Whose law holds is not known: the strictest.
            _ => (Jurisdiction::Other, Calendar::of(TimeZone::UTC)),
        };
        let of_branch = branches.iter().map(|kept| (kept.id, law(&kept.content))).collect();
        Ok(Laws { of_branch, of_nobody })
    }

    fn of(&self, home: Option<Id>) -> &(Jurisdiction, Calendar) {
        home.and_then(|home| self.of_branch.get(&home)).unwrap_or(&self.of_nobody)
    }
}

/// What must be gone by the day of `now_us` in each member's branch, in the order of the members.
///
/// # Errors
/// When the book cannot be read.
pub fn due(tx: &mut Tx<'_>, now_us: i64) -> Result<Vec<Due>, Fault> {
    due_of(tx, None, now_us)
}

/// The same of one member, or of all.
fn due_of(tx: &mut Tx<'_>, member: Option<Id>, now_us: i64) -> Result<Vec<Due>, Fault> {
    let laws = Laws::read(tx)?;
    let now = instant(now_us)?;
    let mut all = Vec::new();
    let (biometrics, photos) = (biometrics(tx, member)?, photos(tx, member)?);
    for Kept { member, number, modality, purpose } in biometrics.into_iter().chain(photos) {
        let person = person(tx, member)?;
        let consent_until_us = last_consent_until(tx, member, (modality, purpose))?;
        let (jurisdiction, calendar) = laws.of(person.home_branch);
        let date = |us: i64| instant(us).map(|at| calendar.date_of(at));
        let held = Held {
            jurisdiction: *jurisdiction,
            modality,
            // Where it is kept changes what there is to destroy, and not the day.
            keeping: Keeping::Here,
            withdrawn_on: None,
            purpose_ended_on: person.ends.and_then(|ends| purpose_ended_on(ends, purpose)),
            consent_until: consent_until_us.map(date).transpose()?,
            contract_until: None,
            last_interaction_on: date(person.last_seen_us)?,
        };
        let today = calendar.date_of(now);
        if let Some(destruction) = destruction(&held).filter(|found| found.by <= today) {
            all.push(Due { member, number, modality, purpose, destruction });
        }
    }
    all.sort_by_key(|due| due.number);
    Ok(all)
}

/// Whether this was due at a moment: an erasure that was cut off then was not a withdrawal.
pub(super) fn was_due(tx: &mut Tx<'_>, member: Id, scope: Scope, at_us: i64) -> Result<bool, Fault> {
    let is_it = |due: &Due| (due.modality, due.purpose) == (scope.modality, scope.purpose);
    Ok(due_of(tx, Some(member), at_us)?.iter().any(is_it))
}

/// Destroys what is due, with a certificate, and notes who must be told. Looked at again in the same transaction: whoever has
/// consented anew meanwhile keeps what he has. The certificate's id is the caller's, for on a server this may run twice.
///
/// # Errors
/// When it cannot be written. `None` when it is not due any more.
pub fn destroy(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    certificate: Id,
    due_one: &Due,
) -> Result<Option<Withdrawn>, Fault> {
    if !due_of(work.tx, Some(due_one.member), acting.now_us)?.contains(due_one) {
        return Ok(None);
    }
    let scope = Scope { modality: due_one.modality, purpose: due_one.purpose };
    destroy_scope(
        work,
        acting,
        (certificate, Cause::RetentionEnded),
        due_one.member,
        &[due_one.member],
        scope,
    )
    .map(Some)
}

fn instant(us: i64) -> Result<UtcMicros, Fault> {
    UtcMicros::parse(us).map_err(|_| Fault::broken(format!("{us} is outside of the calendar")))
}

/// What opens a door serves a membership, and goes some time after it. What tells the till or the staff who is there serves
/// anybody who comes.
fn purpose_ended_on(ends: MembershipEnd, purpose: Purpose) -> Option<Date> {
    match ends {
        MembershipEnd::After(last) if purpose == Purpose::Entry => days_after(last, 1 + RENEWAL_WAIT_DAYS),
        MembershipEnd::After(_) | MembershipEnd::NoEnd => None,
    }
}

/// Merged profiles are one person: the latest of each counts.
fn person(tx: &mut Tx<'_>, member: Id) -> Result<Person, Fault> {
    let mut person = Person { home_branch: None, last_seen_us: i64::MIN, ends: None };
    let mut ends_day: Option<i64> = None;
    for profile in profiles_of_person(tx, member)? {
        let mut row = tx.query_one(
            "SELECT home_branch_id, added_us, last_visit_us,
                 (SELECT MAX(CASE WHEN h.cancelled_day IS NULL THEN COALESCE(h.until_day - 1, h.used_up_day, $1)
                                  WHEN h.until_day < h.cancelled_day THEN h.until_day - 1
                                  ELSE h.cancelled_day - 1 END)
                  FROM memberships h WHERE h.holder_id = $2)
             FROM members WHERE id = $2",
            values![NO_END_DAY, profile],
        )?;
        person.home_branch = person.home_branch.or(row.id_or_null(0)?);
        let (added_us, visit_us) = (row.integer(1)?, row.integer_or_null(2)?);
        person.last_seen_us = person.last_seen_us.max(added_us).max(visit_us.unwrap_or(added_us));
        ends_day = ends_day.max(row.integer_or_null(3)?);
    }
    person.ends = ends_day.map(MembershipEnd::of_day).transpose()?;
    Ok(person)
}

/// The end of the last consent that was given for it: whoever has consented anew keeps what he has.
fn last_consent_until(
    tx: &mut Tx<'_>,
    member: Id,
    (modality, purpose): (Modality, Purpose),
) -> Result<Option<i64>, Fault> {
    let row = tx.query_opt(
        "SELECT until_us FROM consent_events WHERE member_id = $1 AND modality = $2 AND purpose = $3 AND what = 'given'
         ORDER BY at_us DESC, id DESC LIMIT 1",
        values![member, modality_word(modality), purpose_word(purpose)],
    )?;
    row.map_or(Ok(None), |mut row| row.integer_or_null(0))
}

fn biometrics(tx: &mut Tx<'_>, member: Option<Id>) -> Result<Vec<Kept>, Fault> {
    let of_member = if member.is_some() { "AND m.id = $1" } else { "" };
    let sql = format!(
        "SELECT m.id, m.number, c.kind, c.purpose FROM credentials c JOIN members m ON m.id = c.member_id
         WHERE c.key_id IS NOT NULL {of_member} ORDER BY c.id"
    );
    let values: Vec<Value> = member.into_iter().map(Value::from).collect();
    let mut found: Vec<Kept> = Vec::new();
    tx.for_each(&sql, &values, |mut row| {
        let (kind, purpose) = (kind(&row.text(2)?)?, row.text(3)?);
        let damaged = || Fault::damaged("a credential with a key is not biometric");
        let (modality, purpose) =
            (kind.modality().ok_or_else(damaged)?, purpose_of_word(&purpose).ok_or_else(damaged)?);
        found.push(Kept { member: row.id(0)?, number: row.number(1)?, modality, purpose });
        Ok(())
    })?;
    // A fingerprint and a palm rest on one consent.
    found.sort_by_key(|kept| (kept.number, modality_word(kept.modality), purpose_word(kept.purpose)));
    found.dedup_by_key(|kept| (kept.number, kept.modality, kept.purpose));
    Ok(found)
}

fn photos(tx: &mut Tx<'_>, member: Option<Id>) -> Result<Vec<Kept>, Fault> {
    let of_member = if member.is_some() { "WHERE m.id = $1" } else { "" };
    let sql = format!(
        "SELECT m.id, m.number FROM member_photos p JOIN members m ON m.id = p.member_id {of_member} ORDER BY p.id"
    );
    let values: Vec<Value> = member.into_iter().map(Value::from).collect();
    let (modality, purpose) = (Modality::ProfilePhoto, Purpose::StaffViewing);
    let mut found = Vec::new();
    tx.for_each(&sql, &values, |mut row| {
        found.push(Kept { member: row.id(0)?, number: row.number(1)?, modality, purpose });
        Ok(())
    })?;
    Ok(found)
}

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
use crate::consents::{Withdrawn, modality_word, purpose_of_word};
use crate::credentials::history::kind;
use crate::db::Tx;
use crate::erasure::Cause;
use crate::erasure::withdrawal::{Scope, destroy as destroy_scope};
use crate::fault::Fault;
use crate::id::Id;
use crate::members::MembershipEnd;
use crate::organisation::branch::{self, Branch};
use crate::store::Work;
use crate::value::{Row, Value};

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

/// Something that rests on a consent, as far as the rule needs it.
struct Kept {
    member: Id,
    number: u32,
    modality: Modality,
    purpose: Purpose,
    home_branch: Option<Id>,
    membership_ends_day: Option<i64>,
    last_seen_us: i64,
    consent_until_us: Option<i64>,
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
    for kept in biometrics.into_iter().chain(photos) {
        let (_, calendar) = laws.of(kept.home_branch);
        let today = calendar.date_of(now);
        if let Some(destruction) = destruction(&held(&kept, &laws)?).filter(|found| found.by <= today) {
            let Kept { member, number, modality, purpose, .. } = kept;
            all.push(Due { member, number, modality, purpose, destruction });
        }
    }
    all.sort_by_key(|due| due.number);
    Ok(all)
}

/// Destroys what is due, with a certificate, and notes who must be told. Looked at again in the same transaction: whoever has
/// consented anew meanwhile keeps what he has.
///
/// # Errors
/// When it cannot be written. `None` when it is not due any more.
pub fn destroy(work: &mut Work<'_, '_>, acting: &Acting, due_one: &Due) -> Result<Option<Withdrawn>, Fault> {
    if !due_of(work.tx, Some(due_one.member), acting.now_us)?.contains(due_one) {
        return Ok(None);
    }
    let scope = Scope { modality: due_one.modality, purpose: due_one.purpose };
    let certificate = (Id::new(acting.now_us)?, Cause::RetentionEnded);
    destroy_scope(work, acting, certificate, due_one.member, &[due_one.member], scope).map(Some)
}

fn instant(us: i64) -> Result<UtcMicros, Fault> {
    UtcMicros::parse(us).map_err(|_| Fault::broken(format!("{us} is outside of the calendar")))
}

fn held(kept: &Kept, laws: &Laws) -> Result<Held, Fault> {
    let (jurisdiction, calendar) = laws.of(kept.home_branch);
    let date = |us: i64| instant(us).map(|at| calendar.date_of(at));
    Ok(Held {
        jurisdiction: *jurisdiction,
        modality: kept.modality,
        // Where it is kept changes what there is to destroy, and not the day.
        keeping: Keeping::Here,
        withdrawn_on: None,
        purpose_ended_on: purpose_ended_on(kept)?,
        consent_until: kept.consent_until_us.map(date).transpose()?,
        contract_until: None,
        last_interaction_on: date(kept.last_seen_us)?,
    })
}

/// What opens a door serves a membership, and goes some time after it. What tells the till or the staff who is there serves
/// anybody who comes.
fn purpose_ended_on(kept: &Kept) -> Result<Option<Date>, Fault> {
    let Some(day) = kept.membership_ends_day.filter(|_| kept.purpose == Purpose::Entry) else {
        return Ok(None);
    };
    Ok(match MembershipEnd::of_day(day)? {
        MembershipEnd::NoEnd => None,
        MembershipEnd::After(last) => days_after(last, 1 + RENEWAL_WAIT_DAYS),
    })
}

const MEMBER: &str = "m.id, m.number, m.home_branch_id, m.membership_ends_day,
    CASE WHEN m.last_visit_us > m.added_us THEN m.last_visit_us ELSE m.added_us END";

fn biometrics(tx: &mut Tx<'_>, member: Option<Id>) -> Result<Vec<Kept>, Fault> {
    let of_member = if member.is_some() { "AND m.id = $1" } else { "" };
    let sql = format!(
        "SELECT {MEMBER}, e.until_us, c.kind, c.purpose
         FROM credentials c JOIN members m ON m.id = c.member_id LEFT JOIN consent_events e ON e.id = c.consent_id
         WHERE c.key_id IS NOT NULL {of_member} ORDER BY c.id"
    );
    let mut found = Vec::new();
    let values: Vec<Value> = member.into_iter().map(Value::from).collect();
    tx.for_each(&sql, &values, |mut row| {
        let (kind, purpose) = (kind(&row.text(6)?)?, row.text(7)?);
        let modality =
            kind.modality().ok_or_else(|| Fault::damaged("a credential with a key is not biometric"))?;
        let purpose =
            purpose_of_word(&purpose).ok_or_else(|| Fault::damaged("a credential has another purpose"))?;
        found.push(kept(&mut row, modality, purpose)?);
        Ok(())
    })?;
    Ok(found)
}

/// A photo rests on the last consent that was given for it.
fn photos(tx: &mut Tx<'_>, member: Option<Id>) -> Result<Vec<Kept>, Fault> {
    let of_member = if member.is_some() { "WHERE m.id = $2" } else { "" };
    let sql = format!(
        "SELECT {MEMBER}, (SELECT e.until_us FROM consent_events e WHERE e.member_id = m.id AND e.modality = $1
             AND e.what = 'given' ORDER BY e.at_us DESC, e.id DESC LIMIT 1)
         FROM member_photos p JOIN members m ON m.id = p.member_id {of_member} ORDER BY p.id"
    );
    let mut found = Vec::new();
    let modality = Value::from(modality_word(Modality::ProfilePhoto));
    let values: Vec<Value> = [modality].into_iter().chain(member.map(Value::from)).collect();
    tx.for_each(&sql, &values, |mut row| {
        found.push(kept(&mut row, Modality::ProfilePhoto, Purpose::StaffViewing)?);
        Ok(())
    })?;
    Ok(found)
}

fn kept(row: &mut Row, modality: Modality, purpose: Purpose) -> Result<Kept, Fault> {
    Ok(Kept {
        member: row.id(0)?,
        number: row.number(1)?,
        home_branch: row.id_or_null(2)?,
        membership_ends_day: row.integer_or_null(3)?,
        last_seen_us: row.integer(4)?,
        consent_until_us: row.integer_or_null(5)?,
        modality,
        purpose,
    })
}

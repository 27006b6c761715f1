//! Who brought whom. It is written down when a newcomer is enrolled, and never changed; points come later ([`paying`]), once he has paid
//! for something that cannot come back any more, so that nobody earns by enrolling people who never come.
//!
//! A member gives away a code: his number, and four characters that only this installation can make of it, so that nobody is named by a
//! slip of the finger. An employee at the desk may type the number alone.
//!
//! **What is refused (case T-24).** Somebody who brings himself: the same person by a merging, or by a phone, an address or a document
//! that both have. Somebody who is no newcomer, or whom another one has brought. Rings. An employee who enrols whoever he himself has
//! brought. What nobody can know: whether somebody who was erased has been a member before.

pub mod paying;

use std::collections::BTreeSet;

use crate::audit::entry::{Acting, Actor, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::merging::profiles_of_person;
use crate::members::{self, of_numbers};
use crate::purchases::own_member;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// The table, as the audit names it.
pub const TABLE: &str = "referrals";

const WHAT: &str = "who brought whom";

/// How long after he was added somebody is a newcomer, in microseconds: an hour, as long as anybody stands at a desk.
pub const NEWCOMER_US_MAX: i64 = 60 * 60 * 1_000_000;

/// How far a chain of who brought whom is followed. A longer one is taken for a ring.
const CHAIN_MAX: usize = 1_000;

/// Characters of a code behind the number: each has five bits.
const TAG_CHARS: usize = 4;

/// The digits of base 32 without those that look alike.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The newcomer has paid for nothing yet, or it may still come back.
    Waiting,
    /// Points were given.
    Paid,
    /// None are.
    Refused,
}

words! {
    /// The word that stands for what became of it.
    state_word, state_of_word: State { Waiting = "waiting", Paid = "paid", Refused = "refused" }
}

/// Why nobody got points, or the bringer did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Both are one person, as it has turned out.
    SamePerson,
    /// The newcomer had been a member before: he was merged with an older profile.
    WasMember,
    /// It closes a ring.
    Ring,
    /// The rules gave nothing for it when the newcomer bought.
    NoRule,
    /// The bringer has had [`paying::PAID_A_MONTH_MAX`] this month: the newcomer alone gets his points.
    TooMany,
}

words! {
    /// The word that stands for why nobody got points, or not both.
    why_word, why_of_word: Why {
        SamePerson = "same_person", WasMember = "was_member", Ring = "ring", NoRule = "no_rule", TooMany = "too_many",
    }
}

/// Somebody who was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referral {
    /// Who was brought.
    pub newcomer: Id,
    /// By whom.
    pub by: Id,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// What became of it.
    pub state: State,
    /// Why nobody got points, or not both.
    pub why: Option<Why>,
}

/// Why it is not written down. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReferred {
    /// One of them is there no more.
    NoMember,
    /// Another one has brought him.
    BroughtByAnother,
    /// He was added more than [`NEWCOMER_US_MAX`] ago.
    NoNewcomer,
    /// Both are one person: one profile, or a phone, an address or a document that both have.
    SamePerson,
    /// It would close a ring.
    Ring,
    /// Whoever enrols him is himself the one who brings him (case T-14).
    OwnNewcomer,
}

/// Writes down who brought a newcomer. The same again changes nothing.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn note(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    newcomer: Id,
    by: Id,
) -> Result<Result<(), NotReferred>, Fault> {
    if let Some(before) = of_newcomer(work.tx, newcomer)? {
        return Ok(if before.by == by { Ok(()) } else { Err(NotReferred::BroughtByAnother) });
    }
    let (own, others) = (profiles_of_person(work.tx, newcomer)?, profiles_of_person(work.tx, by)?);
    if own.is_empty() || others.is_empty() {
        return Ok(Err(NotReferred::NoMember));
    }
    let added_us =
        work.tx.query_one("SELECT added_us FROM members WHERE id = $1", values![newcomer])?.integer(0)?;
    if own.len() > 1 || acting.now_us.saturating_sub(added_us) > NEWCOMER_US_MAX {
        return Ok(Err(NotReferred::NoNewcomer));
    }
    if is_same_person(work.tx, &own, &others)? {
        return Ok(Err(NotReferred::SamePerson));
    }
    if is_ring(work.tx, &own, by)? {
        return Ok(Err(NotReferred::Ring));
    }
    if let Actor::Staff(employee) = acting.actor
        && own_member(work.tx, employee)?.is_some_and(|own| others.contains(&own))
    {
        return Ok(Err(NotReferred::OwnNewcomer));
    }
    work.tx.execute(
        "INSERT INTO referrals (newcomer_id, by_id, at_us, state, look_us) VALUES ($1, $2, $3, $4, $3)",
        values![newcomer, by, acting.now_us, state_word(State::Waiting)],
    )?;
    trace(work, acting, "member_was_brought", newcomer, by)?;
    trace(work, acting, "member_brought", by, newcomer)?;
    Ok(Ok(()))
}

/// An entry for one of the two: who the other is, is sealed under his key.
fn trace(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    action: &'static str,
    member: Id,
    other: Id,
) -> Result<(), Fault> {
    let key = members::data_key(work.tx, work.vault, member)?.ok_or_else(|| damaged(WHAT))?;
    let json = serde_json::json!({ "other": other }).to_string();
    let detail = Detail { member, key: &key, json: &json };
    record(work.tx, acting, action, Subject::row(members::TABLE, member), Some(detail)).map(drop)
}

/// Whether two people are one: a profile of both, or something that both are found by.
fn is_same_person(tx: &mut Tx<'_>, own: &[Id], others: &[Id]) -> Result<bool, Fault> {
    for one in own {
        if others.contains(one) {
            return Ok(true);
        }
        for other in others {
            let row = tx.query_opt(
                "SELECT 1 FROM member_lookups a JOIN member_lookups b ON b.kind = a.kind AND b.hash = a.hash
                 WHERE a.member_id = $1 AND b.member_id = $2 LIMIT 1",
                values![*one, *other],
            )?;
            if row.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether somebody was brought by a person, over however many others. Profiles that were merged since may have brought each other: nobody
/// is looked at twice.
fn is_ring(tx: &mut Tx<'_>, person: &[Id], from: Id) -> Result<bool, Fault> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        for profile in profiles_of_person(tx, at)? {
            if person.contains(&profile) {
                return Ok(true);
            }
            if seen.insert(profile) {
                next.extend(of_newcomer(tx, profile)?.map(|before| before.by));
            }
        }
        if seen.len() > CHAIN_MAX {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Who brought somebody.
///
/// # Errors
/// When the book cannot be read.
pub fn of_newcomer(tx: &mut Tx<'_>, newcomer: Id) -> Result<Option<Referral>, Fault> {
    let sql = "SELECT newcomer_id, by_id, at_us, state, why FROM referrals WHERE newcomer_id = $1";
    tx.query_opt(sql, values![newcomer])?.map(referral).transpose()
}

/// Whom a profile has brought, the first one first.
///
/// # Errors
/// When the book cannot be read.
pub fn by_member(tx: &mut Tx<'_>, by: Id) -> Result<Vec<Referral>, Fault> {
    let sql = "SELECT newcomer_id, by_id, at_us, state, why FROM referrals WHERE by_id = $1 ORDER BY at_us, newcomer_id";
    tx.query(sql, values![by])?.into_iter().map(referral).collect()
}

fn referral(mut row: Row) -> Result<Referral, Fault> {
    let why = row.text_or_null(4)?;
    Ok(Referral {
        newcomer: row.id(0)?,
        by: row.id(1)?,
        at_us: row.integer(2)?,
        state: state_of_word(&row.text(3)?).ok_or_else(|| damaged(WHAT))?,
        why: why.map(|why| why_of_word(&why).ok_or_else(|| damaged(WHAT))).transpose()?,
    })
}

/// The code that a member gives away.
#[must_use]
pub fn code(vault: &Vault, number: u32) -> String {
    let hash = vault.ring().chain("bonafide/referral-code/1", &[0; 32], &number.to_be_bytes());
    let digit = |byte: &u8| char::from(DIGITS[usize::from(byte % 32)]);
    let tag: String = hash[..TAG_CHARS].iter().map(digit).collect();
    format!("{number}-{tag}")
}

/// Whom a code or a number names; nothing when it names nobody.
///
/// # Errors
/// When the book cannot be read.
pub fn named(tx: &mut Tx<'_>, vault: &Vault, typed: &str) -> Result<Option<Id>, Fault> {
    let typed = typed.trim().to_uppercase();
    let (number, is_code) = match typed.split_once('-') {
        Some((number, _)) => (number, true),
        None => (typed.as_str(), false),
    };
    let Ok(number) = number.parse::<u32>() else { return Ok(None) };
    if is_code && code(vault, number) != typed {
        return Ok(None);
    }
    Ok(of_numbers(tx, vault, &[number])?.pop().map(|member| member.id))
}

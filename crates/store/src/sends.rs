//! One-time codes that are sent, counted against guessing and pumping (cases W-01 to W-05).
//!
//! Who asks at a kiosk may type any number: he must neither learn whether it is that of a member, nor make the house pay for
//! messages to whomever he likes. So every asking is a row, also for a number that nobody has here, and what the person is told
//! depends on rows of his own typing, of the place and of the house alone ([`ask`]). What is counted of the member beyond that
//! ([`begin`]) is told only to whoever something else has named.
//!
//! Rows are kept for a day, and a restart forgets nothing. The code is in no row.

use crate::audit::entry::{Acting, Detail, Subject, record, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::{LOOKUP_BYTES, Lookup, Ring};
use crate::members;
use crate::store::Work;
use crate::values;

/// Between two codes for the same, in microseconds: a minute. A message takes seconds, sometimes most of a minute, and a second code
/// would end the first one that is still on its way.
pub const PAUSE_US: i64 = 60 * 1_000_000;

/// Codes for the same number, address or member within a day. Whoever needs more does not get them: the desk helps him. A stranger's
/// number costs the house no more than this.
pub const PER_ADDRESS_A_DAY_MAX: u32 = 5;

/// Askings at one kiosk or till within an hour: one every two minutes. A place that really has more has a desk beside it.
pub const PER_PLACE_AN_HOUR_MAX: u32 = 30;

/// The last codes that were taken, by which it is judged whether they are used: those of whom the time to type them is over.
pub const JUDGED: u32 = 40;

/// So many of [`JUDGED`] are typed at the least: a tenth. Members type what they asked for; of what is pumped nobody types anything,
/// and then nothing is sent until a day has passed (case W-03).
pub const USED_OF_JUDGED_MIN: usize = 4;

/// After so long a code is judged, in microseconds: ten minutes, as long as it counts.
pub const JUDGED_AFTER_US: i64 = 10 * 60 * 1_000_000;

/// How long rows are kept, in microseconds: a day, the longest time that anything is counted in.
pub const KEPT_US: i64 = 24 * HOUR_US;

/// Rows that one sweep takes at most.
pub const SWEPT_AT_ONCE_MAX: u32 = 1_000;

const HOUR_US: i64 = 60 * 60 * 1_000_000;

/// Where a code is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A kiosk, at this access point.
    AccessPoint(Id),
    /// This till.
    Till(Id),
    /// The page of the set-up: a test.
    SetUp,
}

impl Place {
    const fn word(self) -> &'static str {
        match self {
            Place::AccessPoint(_) => "access_point",
            Place::Till(_) => "till",
            Place::SetUp => "set_up",
        }
    }

    const fn access_point(self) -> Option<Id> {
        if let Place::AccessPoint(id) = self { Some(id) } else { None }
    }

    const fn till(self) -> Option<Id> {
        if let Place::Till(id) = self { Some(id) } else { None }
    }

    const fn subject(self) -> Subject {
        match self {
            Place::AccessPoint(id) => Subject::row("access_points", id),
            Place::Till(id) => Subject::row("tills", id),
            Place::SetUp => Subject::installation(),
        }
    }
}

/// By what a code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// An SMS gateway.
    Sms,
    /// A mail server.
    Email,
}

impl Channel {
    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Email => "email",
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// The gateway or mail server has taken it.
    Taken,
    /// It has not, or it was not handed over.
    Failed,
}

impl Became {
    const fn word(self) -> &'static str {
        match self {
            Became::Taken => "taken",
            Became::Failed => "failed",
        }
    }
}

/// Why nothing is sent now, in the order in which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// A code was asked for less than [`PAUSE_US`] ago.
    TooSoon,
    /// [`PER_ADDRESS_A_DAY_MAX`] were asked for within a day.
    ForAddress,
    /// [`PER_PLACE_AN_HOUR_MAX`] were asked for at this place within an hour.
    AtPlace,
    /// The house has sent as many within a day as its settings say.
    OfHouse,
    /// Of the last [`JUDGED`] codes fewer than [`USED_OF_JUDGED_MIN`] were typed.
    NotUsed,
}

/// A code that somebody asks for.
pub struct Asking<'a> {
    /// Where.
    pub place: Place,
    /// What he named: what he has typed, or the member whom something else has named. The same, however often he asks.
    pub named: &'a str,
    /// Messages of the house within a day, by its settings.
    pub sends_a_day_max: u32,
}

/// A message that is to go out.
pub struct Sending<'a> {
    /// For whom; nobody for a test.
    pub member: Option<Id>,
    /// By what.
    pub channel: Channel,
    /// Where to.
    pub address: &'a str,
}

fn hash(ring: &Ring, about: &str, value: &str) -> [u8; LOOKUP_BYTES] {
    ring.lookup(Lookup::SentTo, format!("{about}\n{value}").as_bytes())
}

/// Counts an asking, and refuses it when there were too many. Nothing here depends on whether there is such a member. The checks stand
/// in the order of [`TooMany`]. The answer is the row.
///
/// # Errors
/// When it cannot be written; the inner error when there were too many: then it is not counted either.
pub fn ask(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    asking: &Asking<'_>,
) -> Result<Result<Id, TooMany>, Fault> {
    let asked = hash(&work.vault.ring(), "asked", asking.named);
    let (now_us, place) = (acting.now_us, asking.place);
    let since = |us: i64| now_us.saturating_sub(us);
    let of_same = "SELECT COUNT(*) FROM sends WHERE asked_hash = $1 AND at_us > $2";
    if count(work.tx, of_same, values![asked, since(PAUSE_US)])? > 0 {
        return Ok(Err(TooMany::TooSoon));
    }
    if count(work.tx, of_same, values![asked, since(KEPT_US)])? >= PER_ADDRESS_A_DAY_MAX {
        return Ok(Err(TooMany::ForAddress));
    }
    let at_place = "SELECT COUNT(*) FROM sends WHERE at_us > $1 AND place = $2
        AND (access_point_id = $3 OR till_id = $3 OR place = 'set_up')";
    let id = place.access_point().or(place.till());
    if count(work.tx, at_place, values![since(HOUR_US), place.word(), id])? >= PER_PLACE_AN_HOUR_MAX {
        return Ok(Err(TooMany::AtPlace));
    }
    let of_house = "SELECT COUNT(*) FROM sends WHERE at_us > $1 AND channel IS NOT NULL";
    if count(work.tx, of_house, values![since(KEPT_US)])? >= asking.sends_a_day_max {
        return Ok(Err(TooMany::OfHouse));
    }
    if are_not_used(work.tx, now_us)? {
        return Ok(Err(TooMany::NotUsed));
    }
    let row = Id::new(now_us)?;
    work.tx.execute(
        "INSERT INTO sends (id, at_us, place, access_point_id, till_id, asked_hash, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, 'none')",
        values![row, now_us, place.word(), place.access_point(), place.till(), asked],
    )?;
    // Also of a number that nobody has: whoever tries many shows himself in the trace.
    record(work.tx, acting, "code_asked_for", place.subject(), None)?;
    Ok(Ok(row))
}

/// Lets an asking become a message, in the same transaction. The inner error is for whoever may know that there is such a member:
/// others hear nothing of it, and their asking stays counted.
///
/// # Errors
/// When it cannot be written; the inner error when the member or the address was sent too much already.
pub fn begin(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: Id,
    sending: &Sending<'_>,
) -> Result<Result<(), TooMany>, Fault> {
    let address = hash(&work.vault.ring(), sending.channel.word(), sending.address);
    let since = |us: i64| acting.now_us.saturating_sub(us);
    let of_member = "SELECT COUNT(*) FROM sends WHERE member_id = $1 AND at_us > $2";
    let to_address = "SELECT COUNT(*) FROM sends WHERE address_hash = $1 AND at_us > $2";
    for (within_us, max, why) in
        [(PAUSE_US, 1, TooMany::TooSoon), (KEPT_US, PER_ADDRESS_A_DAY_MAX, TooMany::ForAddress)]
    {
        let sent = count(work.tx, of_member, values![sending.member, since(within_us)])?;
        if sent >= max || count(work.tx, to_address, values![address, since(within_us)])? >= max {
            return Ok(Err(why));
        }
    }
    work.tx.execute(
        "UPDATE sends SET channel = $1, address_hash = $2, member_id = $3, outcome = 'begun' WHERE id = $4",
        values![sending.channel.word(), address, sending.member, row],
    )?;
    Ok(Ok(()))
}

/// Writes down what became of a message, with who asked for it and where. Of a member who was erased meanwhile nothing is written: his
/// row is gone.
///
/// # Errors
/// When it cannot be written.
pub fn end(work: &mut Work<'_, '_>, acting: &Acting, row: Id, became: Became) -> Result<(), Fault> {
    let found = work.tx.query_opt(
        "UPDATE sends SET outcome = $1 WHERE id = $2 AND outcome = 'begun'
         RETURNING member_id, place, access_point_id, till_id, channel",
        values![became.word(), row],
    )?;
    let Some(mut found) = found else { return Ok(()) };
    let (member, place) = (found.id_or_null(0)?, found.text(1)?);
    let at = found.id_or_null(2)?.or(found.id_or_null(3)?);
    let json = serde_json::json!({
        "channel": found.text(4)?, "became": became.word(), "place": place, "at": at,
    })
    .to_string();
    let action = match became {
        Became::Taken => members::CODE_SENT,
        Became::Failed => members::CODE_NOT_SENT,
    };
    let Some(member) = member else {
        return record_words(work.tx, acting, "sending_tested", Subject::installation(), json).map(drop);
    };
    let key = members::data_key(work.tx, work.vault, member)?;
    let detail = key.as_ref().map(|key| Detail { member, key, json: &json });
    record(work.tx, acting, action, Subject::row(members::TABLE, member), detail).map(drop)
}

/// Notes that a code was typed and right. Of a code that the desk has told there is no row, and nothing to note.
///
/// # Errors
/// When it cannot be written.
pub fn used(tx: &mut Tx<'_>, now_us: i64, row: Id) -> Result<(), Fault> {
    tx.execute("UPDATE sends SET used_us = $1 WHERE id = $2", values![now_us, row]).map(drop)
}

/// How many of the codes that were sent after a moment were typed.
///
/// # Errors
/// When the book cannot be read.
pub fn typed(tx: &mut Tx<'_>, after_us: i64) -> Result<u32, Fault> {
    count(tx, "SELECT COUNT(*) FROM sends WHERE at_us > $1 AND used_us IS NOT NULL", values![after_us])
}

/// Whether codes are sent that nobody types. A test of the set-up is nobody's.
fn are_not_used(tx: &mut Tx<'_>, now_us: i64) -> Result<bool, Fault> {
    let rows = tx.query(
        "SELECT used_us FROM sends WHERE at_us > $1 AND at_us <= $2 AND outcome = 'taken' AND member_id IS NOT NULL
         ORDER BY at_us DESC LIMIT $3",
        values![now_us.saturating_sub(KEPT_US), now_us.saturating_sub(JUDGED_AFTER_US), JUDGED],
    )?;
    let judged = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Ok(judged >= JUDGED && rows.iter().filter(|row| !row.is_null(0)).count() < USED_OF_JUDGED_MIN)
}

/// Forgets what is older than [`KEPT_US`], and tells how many rows that were; [`SWEPT_AT_ONCE_MAX`] when there are more.
///
/// # Errors
/// When it cannot be written.
pub fn sweep(tx: &mut Tx<'_>, now_us: i64) -> Result<u64, Fault> {
    tx.execute(
        "DELETE FROM sends WHERE id IN (SELECT id FROM sends WHERE at_us <= $1 ORDER BY at_us LIMIT $2)",
        values![now_us.saturating_sub(KEPT_US), SWEPT_AT_ONCE_MAX],
    )
}

fn count(tx: &mut Tx<'_>, sql: &str, values: &[crate::value::Value]) -> Result<u32, Fault> {
    tx.query_one(sql, values)?.number(0)
}

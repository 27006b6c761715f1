//! The log of a SIGUR server, entry by entry: each counts once, however often and in whatever order it is delivered.
//!
//! An entry says that a body went through. It becomes a passage when its card's holder has a grant at that access point, whichever
//! way he got it; without one it is written down as nobody's, so that a grant stays what the club decided. What cannot be
//! understood is kept for a person ([`quarantine`]) and never a reason to refuse the others.
//!
//! **What is confirmed is durable.** The number that the answer confirms is given by [`deliver`], and holds once its transaction
//! is committed: the server forgets what is confirmed, and sends everything above it again.

use bonafide_domain::card::{ByteOrder, CardNumber};
use sha2::{Digest, Sha256};

use crate::audit::entry::Acting;
use crate::credentials::content::Shown;
use crate::credentials::find::{Holders, find};
use crate::db::Tx;
use crate::devices::sigur::quarantine::{self, Cause, Held};
use crate::devices::sigur::{Point, SaidDirection, point};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::{LOOKUP_BYTES, Lookup};
use crate::organisation::access_point;
use crate::passages::passing::{End, Report, passed};
use crate::passages::{Way, way_of_word, way_word};
use crate::store::Work;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// Entries that one transaction takes at most, those with the smallest numbers first. The others are not confirmed, and come again.
pub const ENTRIES_AT_ONCE_MAX: usize = 500;

/// How far the clock of a controller may be from ours: an entry belongs to a grant when its moment is no farther from it.
pub const CLOCK_OFF_US_MAX: i64 = 300_000_000;

/// A grant holds for two minutes at most, so that no older one can be meant.
const GRANT_US_MAX: i64 = *bonafide_domain::admission::rules::GRANT_US.end();

/// An entry of the log as it was read. No `Debug`: a card names a person.
#[derive(Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number; an entry without one cannot be confirmed.
    pub log_id: Option<i64>,
    /// When it happened by the controller's clock, in microseconds since 1970.
    pub at_us: Option<i64>,
    /// The server's number of the access point.
    pub number: Option<i64>,
    /// The direction.
    pub direction: SaidDirection,
    /// The card's number in hex, as it was written.
    pub key_hex: Option<String>,
    /// The whole entry as it came, for whoever has to look at it.
    pub raw: String,
}

/// What an entry of the log became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// The passage of a grant.
    Passed,
    /// A passage that was assumed when it was granted, since the door is set so.
    Assumed,
    /// A second body on one grant.
    Tailgate,
    /// A passage that nobody was granted.
    Unattributed,
    /// Nothing that is counted.
    Nothing,
}

words! {
    /// The word that stands for what became of an entry.
    became_word, became_of_word: Became {
        Passed = "passed", Assumed = "assumed", Tailgate = "tailgate", Unattributed = "unattributed",
        Nothing = "nothing",
    }
}

/// What was made of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub log_id: Option<i64>,
    /// What it became.
    pub became: Became,
    /// Why somebody should look at it; nothing when all is well.
    pub cause: Option<Cause>,
    /// It was delivered before.
    pub repeated: bool,
}

/// What was made of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// What is to be confirmed once this is committed: everything that was ever received with this number or a smaller one is
    /// kept. Nothing when nothing with a number was.
    pub confirmed: Option<i64>,
    /// The entries that were taken, in the order of their numbers.
    pub taken: Vec<Taken>,
    /// How many were left for the next delivery.
    pub left: usize,
    /// How many should be looked at and are not kept in full, because too many are kept already. They count all the same.
    pub not_kept: usize,
}

/// Takes entries of a server's log.
///
/// # Errors
/// When they cannot be written: then nothing of them is, and nothing may be confirmed.
pub fn deliver(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    server: Id,
    entries: &[LogEntry],
) -> Result<Delivered, Fault> {
    let mut entries: Vec<&LogEntry> = entries.iter().collect();
    // Those without a number last: they come again for ever, and must not keep the others out.
    entries.sort_by_key(|entry| (entry.log_id.is_none(), entry.log_id));
    let left = entries.split_off(entries.len().min(ENTRIES_AT_ONCE_MAX));
    let mut room = quarantine::room(work.tx, server)?;
    let (mut taken, mut not_kept) = (Vec::with_capacity(entries.len()), 0);
    for entry in entries {
        let one = take(work, acting, server, entry, &mut room)?;
        not_kept += usize::from(one.is_not_kept);
        taken.push(one.taken);
    }
    let kept = confirm(work.tx, server)?;
    // Of those that were left the smallest is not kept, whatever else is.
    let first_left = left.iter().filter_map(|entry| entry.log_id).min();
    let confirmed = match first_left {
        Some(first_left) => kept.map(|kept| kept.min(first_left.saturating_sub(1))),
        None => kept,
    };
    Ok(Delivered { confirmed, taken, left: left.len(), not_kept })
}

/// The largest number of a server's log that is kept. As long as [`deliver`] leaves nothing over, that is what may be confirmed.
///
/// # Errors
/// When the book cannot be read.
pub fn confirm(tx: &mut Tx<'_>, server: Id) -> Result<Option<i64>, Fault> {
    let sql = "SELECT MAX(log_id) FROM sigur_log WHERE device_id = $1";
    tx.query_one(sql, values![server])?.integer_or_null(0)
}

struct One {
    taken: Taken,
    is_not_kept: bool,
}

fn take(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    server: Id,
    entry: &LogEntry,
    room: &mut u32,
) -> Result<One, Fault> {
    let hash = work.vault.ring().lookup(Lookup::ControllerEntry, &fingerprint(server, entry));
    let known = known(work.tx, server, entry.log_id)?;
    if let Some((same, became)) = known
        && same == hash
    {
        let taken = Taken { log_id: entry.log_id, became, cause: None, repeated: true };
        return Ok(One { taken, is_not_kept: false });
    }
    let judged = match entry.log_id {
        // Its passage cannot be counted once: nobody knows how often it comes.
        None => Judged::only(Cause::LogIdMissing, None),
        Some(_) if known.is_some() => Judged::only(Cause::LogIdReused, None),
        Some(log_id) => judge(work, acting, (server, log_id), entry)?,
    };
    if let (Some(log_id), true) = (entry.log_id, known.is_none()) {
        work.tx.execute(
            "INSERT INTO sigur_log (device_id, log_id, entry_hash, received_us, became)
             VALUES ($1, $2, $3, $4, $5)",
            values![server, log_id, hash, acting.now_us, became_word(judged.became)],
        )?;
    }
    let (mut repeated, mut is_not_kept) = (false, false);
    if let Some(cause) = judged.cause {
        let held = Held { server, hash, entry, cause, member: judged.member };
        repeated = quarantine::is_held(work.tx, &held)?;
        is_not_kept = !repeated && *room == 0;
        if !repeated && *room > 0 {
            quarantine::hold(work, acting, &held)?;
            *room -= 1;
        }
    }
    let taken = Taken { log_id: entry.log_id, became: judged.became, cause: judged.cause, repeated };
    Ok(One { taken, is_not_kept })
}

/// What an entry is known again by: all that was understood of it, each part behind its length. Of one without a number, the whole
/// text, because nothing else tells two of them apart.
fn fingerprint(server: Id, entry: &LogEntry) -> Vec<u8> {
    let LogEntry { log_id, at_us, number, direction, key_hex, raw } = entry;
    let mut parts: Vec<Vec<u8>> = vec![server.bytes().to_vec()];
    for number in [log_id, at_us, number] {
        parts.push(number.map_or_else(Vec::new, |number| number.to_le_bytes().to_vec()));
    }
    parts.push(match direction {
        SaidDirection::One => vec![1],
        SaidDirection::Two => vec![2],
        SaidDirection::Unknown => vec![3],
    });
    parts.push(key_hex.as_deref().unwrap_or("").as_bytes().to_vec());
    if log_id.is_none() {
        parts.push(raw.as_bytes().to_vec());
    }
    parts.iter().flat_map(|part| [(part.len() as u64).to_le_bytes().as_slice(), part].concat()).collect()
}

/// What became of the entry with this number, with its hash.
fn known(
    tx: &mut Tx<'_>,
    server: Id,
    log_id: Option<i64>,
) -> Result<Option<([u8; LOOKUP_BYTES], Became)>, Fault> {
    let Some(log_id) = log_id else { return Ok(None) };
    let sql = "SELECT entry_hash, became FROM sigur_log WHERE device_id = $1 AND log_id = $2";
    let row = tx.query_opt(sql, values![server, log_id])?;
    row.map(|mut row| {
        let became = became_of_word(&row.text(1)?).ok_or_else(|| damaged("an entry of a log"))?;
        Ok((row.bytes(0)?, became))
    })
    .transpose()
}

/// What is made of an entry that is new.
struct Judged {
    became: Became,
    cause: Option<Cause>,
    member: Option<Id>,
}

impl Judged {
    const fn only(cause: Cause, member: Option<Id>) -> Judged {
        Judged { became: Became::Nothing, cause: Some(cause), member }
    }
}

/// Whose card an entry names.
enum Whose {
    Missing,
    Unreadable,
    Nobody,
    Several,
    One(Id),
}

impl Whose {
    const fn cause(&self) -> Option<Cause> {
        match self {
            Whose::Missing => Some(Cause::CardMissing),
            Whose::Unreadable => Some(Cause::CardUnreadable),
            Whose::Nobody => Some(Cause::CardUnknown),
            Whose::Several => Some(Cause::CardAmbiguous),
            Whose::One(_) => None,
        }
    }

    const fn member(&self) -> Option<Id> {
        match self {
            Whose::One(member) => Some(*member),
            _ => None,
        }
    }
}

/// Finds the grant and writes the passage. The checks stand in this order: the access point, the card, its grant, the way.
fn judge(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (server, log_id): (Id, i64),
    entry: &LogEntry,
) -> Result<Judged, Fault> {
    let point = match entry.number {
        Some(number) => point(work.tx, server, number)?,
        None => None,
    };
    let whose = whose(work, entry, point.as_ref(), acting.now_us)?;
    let Some(point) = point else {
        let cause =
            if entry.number.is_none() { Cause::AccessPointMissing } else { Cause::AccessPointUnknown };
        return Ok(Judged::only(cause, whose.member()));
    };
    let door = access_point::get(work.tx, point.access_point)?.ok_or_else(|| damaged("an access point"))?;
    let way = point.way(entry.direction, door.content.direction);
    let at_us = entry.at_us.unwrap_or(acting.now_us);
    let found = match whose.member() {
        Some(member) => grant_of(work.tx, point.access_point, member, way, at_us)?,
        None => grant_of_nobody(work.tx, point.access_point, way, at_us)?,
    };
    if matches!(found, Some(Grant { end: GrantEnd::Assumed, .. })) {
        return Ok(Judged { became: Became::Assumed, cause: whose.cause(), member: whose.member() });
    }
    let mut cause = whose.cause();
    if found.is_none() && cause.is_none() && has_open(work.tx, point.access_point, whose.member())? {
        cause = Some(Cause::Clock);
    }
    let Some(way) = found.map(|grant| grant.way).or(way) else {
        return Ok(Judged::only(cause.unwrap_or(Cause::DirectionUnknown), whose.member()));
    };
    let report = Report {
        operation: operation(server, log_id),
        access_point: point.access_point,
        grant: found.map(|grant| grant.passage),
        way,
    };
    let became = match passed(work, acting, &report)? {
        Ok(done) => match done.end {
            End::Passed => Became::Passed,
            End::Assumed => Became::Assumed,
            End::Tailgate => Became::Tailgate,
            End::Unattributed | End::Lapsed => Became::Unattributed,
        },
        Err(refusal) => return Err(Fault::broken(format!("an entry of a log is not reported: {refusal:?}"))),
    };
    Ok(Judged { became, cause, member: whose.member() })
}

/// The id of an entry's report: the same for the same entry, whenever it comes.
fn operation(server: Id, log_id: i64) -> Id {
    let hash = Sha256::new()
        .chain_update(b"bonafide/sigur/1")
        .chain_update(server.bytes())
        .chain_update(log_id.to_le_bytes())
        .finalize();
    Id::from_bytes(std::array::from_fn(|at| hash[at]))
}

fn whose(
    work: &mut Work<'_, '_>,
    entry: &LogEntry,
    point: Option<&Point>,
    now_us: i64,
) -> Result<Whose, Fault> {
    let Some(key_hex) = &entry.key_hex else { return Ok(Whose::Missing) };
    let order = point.map_or(ByteOrder::AsOnCard, |point| point.byte_order);
    let Ok(card) = CardNumber::from_controller_hex(key_hex, order) else { return Ok(Whose::Unreadable) };
    Ok(match find(work.tx, work.vault, Shown::Card(&card), now_us)? {
        Holders::Nobody => Whose::Nobody,
        Holders::One(holder) => Whose::One(holder.member),
        Holders::Several(_) => Whose::Several,
    })
}

/// A grant that an entry may belong to.
#[derive(Clone, Copy)]
struct Grant {
    passage: Id,
    way: Way,
    end: GrantEnd,
}

/// How a grant stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum GrantEnd {
    Open,
    Assumed,
    Ended,
}

/// The grant of a member at a door that fits the moment: one that is open before one that has its end, which tells a second body
/// or a late report. It is looked for by the member, not by the card: a second thing that he shows belongs to his first grant.
fn grant_of(
    tx: &mut Tx<'_>,
    access_point: Id,
    member: Id,
    way: Option<Way>,
    at_us: i64,
) -> Result<Option<Grant>, Fault> {
    let from_us = at_us.saturating_sub(CLOCK_OFF_US_MAX);
    let row = tx.query_opt(
        "SELECT p.id, p.direction, g.passage_id, e.kind FROM passages p
         LEFT JOIN open_grants g ON g.passage_id = p.id
         LEFT JOIN passage_events e ON e.grant_id = p.id AND e.kind IN ('passed', 'assumed', 'lapsed')
         WHERE p.member_id = $1 AND p.at_us >= $2 AND p.at_us <= $3 AND p.lapses_us >= $4
             AND p.access_point_id = $5 AND p.outcome = 'admitted' AND p.direction = COALESCE($6, p.direction)
         ORDER BY CASE WHEN g.passage_id IS NULL THEN 1 ELSE 0 END,
             CASE WHEN g.passage_id IS NULL THEN -p.at_us ELSE p.at_us END
         LIMIT 1",
        values![
            member,
            from_us.saturating_sub(GRANT_US_MAX),
            at_us.saturating_add(CLOCK_OFF_US_MAX),
            from_us,
            access_point,
            way.map(way_word)
        ],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let end = match row.text_or_null(3)?.as_deref() {
        _ if !row.is_null(2) => GrantEnd::Open,
        Some("assumed") => GrantEnd::Assumed,
        _ => GrantEnd::Ended,
    };
    Ok(Some(Grant { passage: row.id(0)?, way: way_of(&row.text(1)?)?, end }))
}

/// The oldest open grant of nobody at a door that fits the moment. A stranger, or whose card may be several people's, has one only
/// when he leaves, and one is like the other.
fn grant_of_nobody(
    tx: &mut Tx<'_>,
    access_point: Id,
    way: Option<Way>,
    at_us: i64,
) -> Result<Option<Grant>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id, p.direction FROM open_grants g JOIN passages p ON p.id = g.passage_id
         WHERE g.member_id IS NULL AND g.lapses_us >= $1 AND p.at_us <= $2 AND p.access_point_id = $3
             AND p.direction = COALESCE($4, p.direction)
         ORDER BY p.at_us, p.id LIMIT 1",
        values![
            at_us.saturating_sub(CLOCK_OFF_US_MAX),
            at_us.saturating_add(CLOCK_OFF_US_MAX),
            access_point,
            way.map(way_word)
        ],
    )?;
    row.map(|mut row| Ok(Grant { passage: row.id(0)?, way: way_of(&row.text(1)?)?, end: GrantEnd::Open }))
        .transpose()
}

fn way_of(word: &str) -> Result<Way, Fault> {
    way_of_word(word).ok_or_else(|| Fault::damaged("a passage has no direction"))
}

/// Whether a member has any open grant at a door: an entry that belongs to none by its moment then tells of a clock that is wrong.
fn has_open(tx: &mut Tx<'_>, access_point: Id, member: Option<Id>) -> Result<bool, Fault> {
    let Some(member) = member else { return Ok(false) };
    let mut row = tx.query_one(
        "SELECT COUNT(*) FROM open_grants g JOIN passages p ON p.id = g.passage_id
         WHERE g.member_id = $1 AND p.access_point_id = $2",
        values![member, access_point],
    )?;
    Ok(row.integer(0)? > 0)
}

//! Members: who they are, sealed; what lists are made by, in plain columns.

pub mod export;
pub mod face_alone;
pub mod family;
pub mod list;
pub mod lookup;
pub mod merging;
pub mod photo;
pub mod profile;
mod told;
pub mod verify;

use bonafide_domain::profile::{Language, Tag};
use jiff::civil::Date;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field, Vault};
use crate::keys::ring::Ring;
use crate::members::profile::{Profile, category_of, category_word, from_record, to_record};
use crate::members::told::told;
use crate::store::Work;
use crate::value::{Row, Value};
use crate::values;

/// The table, as the audit names it.
pub const TABLE: &str = "members";

/// The action of an entry that somebody looked at a member.
pub(crate) const VIEWED: &str = "member_viewed";

/// The action of an entry that a member left in a file with others.
pub(crate) const EXPORTED: &str = "member_exported";

/// The action of an entry that somebody read what the trace says about a member.
pub const AUDIT_VIEWED: &str = "audit_viewed";

/// The action of an entry that an outside provider has answered about a member at a door.
pub const PROVIDER_ANSWERED: &str = "provider_answered";

/// The action of an entry that somebody has made a one-time code for a member's phone.
pub const PHONE_CODE_MADE: &str = "phone_code_made";

/// The action of an entry that a one-time code was handed to a gateway or mail server for a member.
pub const CODE_SENT: &str = "code_sent";

/// The action of an entry that the gateway or mail server has not taken it.
pub const CODE_NOT_SENT: &str = "code_not_sent";

/// Actions that change nothing of a member.
pub(crate) const LOOKS: [&str; 7] =
    [VIEWED, EXPORTED, AUDIT_VIEWED, PROVIDER_ANSWERED, PHONE_CODE_MADE, CODE_SENT, CODE_NOT_SENT];

/// Counted about a member, exactly: the transaction that adds a visit or a receipt changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// The first passage, paid service or appointment, in microseconds since 1970.
    pub first_visit_us: Option<i64>,
    /// The last one.
    pub last_visit_us: Option<i64>,
    /// How many there were.
    pub visits: u32,
    /// Appointments made.
    pub bookings: u32,
    /// Receipts.
    pub receipts: u32,
    /// Spent in all, in minor units.
    pub spent_minor: i64,
}

impl Figures {
    /// The mean of a receipt in minor units, rounded down; nothing without a receipt.
    #[must_use]
    pub fn average_receipt_minor(&self) -> Option<i64> {
        (self.receipts > 0).then(|| self.spent_minor / i64::from(self.receipts))
    }
}

/// A member with everything that is known. No `Debug`: it is a person.
pub struct Member {
    /// The row.
    pub id: Id,
    /// The dense number.
    pub number: u32,
    /// Raised by each change; a change says which one it saw.
    pub version: u32,
    /// Who it is.
    pub profile: Profile,
    /// What was counted.
    pub figures: Figures,
    /// When the membership that ends last does.
    pub membership_ends: Option<MembershipEnd>,
    /// The member that this profile was merged into.
    pub merged_into: Option<Id>,
    /// When the member was added, in microseconds since 1970.
    pub added_us: i64,
}

/// When a membership ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipEnd {
    /// With this day, the last valid one.
    After(Date),
    /// With its last visit, whenever that is.
    NoEnd,
}

/// As answers and records write it.
impl std::fmt::Display for MembershipEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            MembershipEnd::After(date) => date.fmt(f),
            MembershipEnd::NoEnd => f.write_str("no end"),
        }
    }
}

impl MembershipEnd {
    /// The end of a column.
    pub(crate) fn of_day(day: i64) -> Result<MembershipEnd, Fault> {
        if day == NO_END_DAY { Ok(MembershipEnd::NoEnd) } else { date_of(day).map(MembershipEnd::After) }
    }
}

/// The day that stands in `members.membership_ends_day` for a membership without an end: later than any, so that no list of
/// what ends soon has it.
pub(crate) const NO_END_DAY: i64 = i64::MAX;

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// There is no such member (any more).
    NotFound,
    /// Somebody else changed the profile meanwhile: look at it again.
    ChangedMeanwhile {
        /// The version that it has now.
        version: u32,
    },
}

/// Days since 1970-01-01, the form of a civil date in a column.
pub(crate) fn day_number(date: Date) -> i64 {
    i64::from((date - Date::constant(1970, 1, 1)).get_days())
}

/// The date of a column.
pub(crate) fn date_of(day: i64) -> Result<Date, Fault> {
    let span = jiff::Span::new().try_days(day).map_err(|_| Fault::damaged("a day is out of range"))?;
    Date::constant(1970, 1, 1).checked_add(span).map_err(|_| Fault::damaged("a day is out of range"))
}

pub(crate) fn profile_field(member: Id) -> Field {
    Field { table: TABLE, column: "profile_sealed", row: member, member }
}

/// Adds a member and tells its id and number.
///
/// # Errors
/// When it cannot be written.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, profile: &Profile) -> Result<(Id, u32), Fault> {
    let (key_id, key) = work.vault.allot(acting.now_us)?;
    let (id, number) = (Id::new(acting.now_us)?, next_number(work.tx)?);
    let plain = to_record(profile)?;
    work.tx.execute(
        "INSERT INTO members (id, number, key_id, profile_sealed, version, category, language, source,
             home_branch_id, check_due_day, visits, bookings, receipts, spent_minor, added_us, changed_us)
         VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, 0, 0, 0, 0, $10, $10)",
        values![
            id,
            number,
            key_id,
            key.seal(&profile_field(id), &plain)?,
            category_word(&profile.category),
            profile.language.map(Language::code),
            profile.source.as_deref(),
            profile.home_branch,
            profile.check_due.map(day_number),
            acting.now_us
        ],
    )?;
    write_lookups(work.tx, &work.vault.ring(), id, profile)?;
    write_tags(work.tx, id, number, &profile.tags)?;
    trace(work.tx, acting, "member_added", id, &key, &told(None, profile)?)?;
    Ok((id, number))
}

/// Puts another profile in the place of the one with this version, and tells the new version.
///
/// # Errors
/// When it cannot be written; the inner error when the change does not fit any more.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    seen_version: u32,
    profile: &Profile,
) -> Result<Result<u32, ChangeRefusal>, Fault> {
    let Some((member, key)) = get_with_key(work.tx, work.vault, id)? else {
        return Ok(Err(ChangeRefusal::NotFound));
    };
    if member.version != seen_version {
        return Ok(Err(ChangeRefusal::ChangedMeanwhile { version: member.version }));
    }
    let plain = to_record(profile)?;
    let version = seen_version + 1;
    work.tx.execute(
        "UPDATE members SET profile_sealed = $1, version = $2, category = $3, language = $4, source = $5,
             home_branch_id = $6, check_due_day = $7, changed_us = $8
         WHERE id = $9",
        values![
            key.seal(&profile_field(id), &plain)?,
            version,
            category_word(&profile.category),
            profile.language.map(Language::code),
            profile.source.as_deref(),
            profile.home_branch,
            profile.check_due.map(day_number),
            acting.now_us,
            id
        ],
    )?;
    write_lookups(work.tx, &work.vault.ring(), id, profile)?;
    write_tags(work.tx, id, member.number, &profile.tags)?;
    trace(work.tx, acting, "member_changed", id, &key, &told(Some(&member.profile), profile)?)?;
    Ok(Ok(version))
}

/// The number of a member.
///
/// # Errors
/// When the book cannot be read.
pub fn number(tx: &mut Tx<'_>, id: Id) -> Result<Option<u32>, Fault> {
    let sql = "SELECT number FROM members WHERE id = $1";
    tx.query_opt(sql, values![id])?.map(|mut row| row.number(0)).transpose()
}

/// A member; `None` when there is none with this id.
///
/// # Errors
/// When the book cannot be read, or the profile does not open.
pub fn get(tx: &mut Tx<'_>, vault: &Vault, id: Id) -> Result<Option<Member>, Fault> {
    Ok(get_with_key(tx, vault, id)?.map(|(member, _)| member))
}

/// A member's key, for what other nouns seal about him; `None` when there is no such member.
///
/// # Errors
/// When the book or the keys cannot be read, or the key is missing.
pub(crate) fn data_key(tx: &mut Tx<'_>, vault: &Vault, id: Id) -> Result<Option<DataKey>, Fault> {
    let row = tx.query_opt("SELECT key_id FROM members WHERE id = $1", values![id])?;
    row.map(|mut row| vault.key_of_member(row.id(0)?)).transpose()
}

/// Notes that somebody looked at a member's profile: looking is traced like changing.
///
/// # Errors
/// When it cannot be written: then the profile must not be shown.
pub fn note_view(work: &mut Work<'_, '_>, acting: &Acting, id: Id) -> Result<(), Fault> {
    record(work.tx, acting, VIEWED, Subject::row(TABLE, id), None).map(drop)
}

/// Notes that somebody has made a one-time code for a member's phone. The code itself is in no book.
///
/// # Errors
/// When it cannot be written: then there is no code.
pub fn note_phone_code(work: &mut Work<'_, '_>, acting: &Acting, id: Id) -> Result<(), Fault> {
    record(work.tx, acting, PHONE_CODE_MADE, Subject::row(TABLE, id), None).map(drop)
}

const COLUMNS: &str =
    "id, number, version, profile_sealed, category, language, source, home_branch_id, check_due_day,
    membership_ends_day, first_visit_us, last_visit_us, visits, bookings, receipts, spent_minor, merged_into,
    added_us, key_id";

fn get_with_key(tx: &mut Tx<'_>, vault: &Vault, id: Id) -> Result<Option<(Member, DataKey)>, Fault> {
    let Some(mut row) = tx.query_opt(&format!("SELECT {COLUMNS} FROM members WHERE id = $1"), values![id])?
    else {
        return Ok(None);
    };
    let key = vault.key_of_member(row.id(18)?)?;
    let mut member = from_row(&mut row, &key)?;
    member.profile.tags = tags(tx, id)?;
    Ok(Some((member, key)))
}

fn from_row(row: &mut Row, key: &DataKey) -> Result<Member, Fault> {
    let id = row.id(0)?;
    let opened = key.open(&profile_field(id), &row.blob(3)?)?;
    let word = row.text(4)?;
    let profile = Profile {
        category: category_of(&word).ok_or_else(|| Fault::damaged(format!("a category is {word}")))?,
        language: row.text_or_null(5)?.as_deref().and_then(Language::of_code),
        source: row.text_or_null(6)?,
        home_branch: row.id_or_null(7)?,
        check_due: row.integer_or_null(8)?.map(date_of).transpose()?,
        ..from_record(&opened)?
    };
    Ok(Member {
        id,
        number: row.number(1)?,
        version: row.number(2)?,
        profile,
        membership_ends: row.integer_or_null(9)?.map(MembershipEnd::of_day).transpose()?,
        figures: Figures {
            first_visit_us: row.integer_or_null(10)?,
            last_visit_us: row.integer_or_null(11)?,
            visits: row.number(12)?,
            bookings: row.number(13)?,
            receipts: row.number(14)?,
            spent_minor: row.integer(15)?,
        },
        merged_into: row.id_or_null(16)?,
        added_us: row.integer(17)?,
    })
}

fn next_number(tx: &mut Tx<'_>) -> Result<u32, Fault> {
    let mut row = tx.query_one(
        "INSERT INTO counters (name, next) VALUES ('members', 1)
         ON CONFLICT (name) DO UPDATE SET next = counters.next + 1 RETURNING next - 1",
        &[],
    )?;
    row.number(0)
}

fn write_lookups(tx: &mut Tx<'_>, ring: &Ring, id: Id, profile: &Profile) -> Result<(), Fault> {
    tx.execute("DELETE FROM member_lookups WHERE member_id = $1", values![id])?;
    for (kind, canonical) in profile.lookups() {
        tx.execute(
            "INSERT INTO member_lookups (kind, hash, member_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            values![kind.name(), ring.lookup(kind, &canonical), id],
        )?;
    }
    Ok(())
}

fn write_tags(tx: &mut Tx<'_>, id: Id, number: u32, tags: &[Tag]) -> Result<(), Fault> {
    tx.execute("DELETE FROM member_tags WHERE member_id = $1", values![id])?;
    for tag in tags {
        tx.execute(
            "INSERT INTO member_tags (tag, number, member_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            values![tag.as_str(), number, id],
        )?;
    }
    Ok(())
}

fn tags(tx: &mut Tx<'_>, id: Id) -> Result<Vec<Tag>, Fault> {
    let rows = tx.query("SELECT tag FROM member_tags WHERE member_id = $1 ORDER BY tag", values![id])?;
    let tag = |mut row: Row| {
        let text = row.text(0)?;
        Tag::parse(&text).map_err(|_| Fault::damaged("a tag has another form"))
    };
    rows.into_iter().map(tag).collect()
}

/// The entry of a change, with before and after sealed under the member's key.
fn trace(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    id: Id,
    key: &DataKey,
    json: &str,
) -> Result<(), Fault> {
    let detail = Detail { member: id, key, json };
    record(tx, acting, action, Subject::row(TABLE, id), Some(detail)).map(drop)
}

/// Counts a visit: a passage, a paid service or an appointment that was kept.
///
/// # Errors
/// When it cannot be written.
pub fn count_visit(tx: &mut Tx<'_>, id: Id, at_us: i64) -> Result<(), Fault> {
    let changed = tx.execute(
        "UPDATE members SET visits = visits + 1,
             first_visit_us = CASE WHEN first_visit_us IS NULL OR first_visit_us > $1 THEN $1 ELSE first_visit_us END,
             last_visit_us = CASE WHEN last_visit_us IS NULL OR last_visit_us < $1 THEN $1 ELSE last_visit_us END
         WHERE id = $2",
        values![at_us, id],
    )?;
    one_row(changed)
}

/// Takes over what another program counted: visits and the moment of the last one are raised to its figures, and never lowered.
///
/// # Errors
/// When it cannot be written.
pub fn raise_visits(tx: &mut Tx<'_>, id: Id, visits: u32, last_visit_us: Option<i64>) -> Result<(), Fault> {
    let changed = tx.execute(
        "UPDATE members SET visits = CASE WHEN visits < $1 THEN $1 ELSE visits END,
             first_visit_us = COALESCE(first_visit_us, $2),
             last_visit_us = CASE WHEN last_visit_us IS NULL OR last_visit_us < $2 THEN COALESCE($2, last_visit_us)
                             ELSE last_visit_us END
         WHERE id = $3",
        values![visits, last_visit_us, id],
    )?;
    one_row(changed)
}

/// Counts an appointment.
///
/// # Errors
/// When it cannot be written.
pub fn count_booking(tx: &mut Tx<'_>, id: Id) -> Result<(), Fault> {
    one_row(tx.execute("UPDATE members SET bookings = bookings + 1 WHERE id = $1", values![id])?)
}

/// Counts a receipt; a return is one with a negative amount and counts no receipt.
///
/// # Errors
/// When it cannot be written.
pub fn count_receipt(tx: &mut Tx<'_>, id: Id, amount_minor: i64) -> Result<(), Fault> {
    let receipts = i64::from(amount_minor > 0);
    one_row(tx.execute(
        "UPDATE members SET receipts = receipts + $1, spent_minor = spent_minor + $2 WHERE id = $3",
        values![receipts, amount_minor, id],
    )?)
}

fn one_row(changed: u64) -> Result<(), Fault> {
    if changed == 1 { Ok(()) } else { Err(Fault::broken(format!("{changed} members instead of one"))) }
}

/// How many members there are, merged ones aside.
///
/// # Errors
/// When the book cannot be read.
pub fn count(tx: &mut Tx<'_>) -> Result<u64, Fault> {
    let mut row = tx.query_one("SELECT COUNT(*) FROM members WHERE merged_into IS NULL", &[])?;
    Ok(row.integer(0)?.unsigned_abs())
}

/// Members by their numbers, in the order asked for; those that are gone are left out.
///
/// # Errors
/// When the book cannot be read.
pub fn of_numbers(tx: &mut Tx<'_>, vault: &Vault, numbers: &[u32]) -> Result<Vec<Member>, Fault> {
    let mut found = Vec::new();
    for number in numbers {
        let row = tx.query_opt("SELECT id FROM members WHERE number = $1", &[Value::from(*number)])?;
        if let Some(mut row) = row {
            found.extend(get(tx, vault, row.id(0)?)?);
        }
    }
    Ok(found)
}

//! Zones: parts of a branch that a plan may open, with how many people fit in.

use bonafide_domain::access_method::{AccessMethods, MethodsRefusal, Place};
use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::access_point::methods_in;
use crate::organisation::{Closing, Kept, LIST_MAX, NotFound, branch, write_closing};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::damaged;

const TABLE: &str = "zones";

/// What a zone is for. It settles what may be shown at its doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneKind {
    /// Machines and weights.
    Gym,
    /// A pool.
    Pool,
    /// A hall, a court, a studio.
    Hall,
    /// Sauna, solarium, massage.
    Spa,
    /// For those who pay more.
    Vip,
    /// Anything else that members enter.
    Other,
    /// A changing room or toilet: no camera there.
    ChangingRoom,
    /// For the staff.
    Staff,
    /// A safe or cash office.
    Safe,
}

words! {
    /// The word that stands for a kind of zone.
    zone_kind, zone_kind_of: ZoneKind {
        Gym = "gym", Pool = "pool", Hall = "hall", Spa = "spa", Vip = "vip", Other = "other",
        ChangingRoom = "changing_room", Staff = "staff", Safe = "safe",
    }
}

impl ZoneKind {
    /// Which rules hold at its doors.
    #[must_use]
    pub const fn place(self) -> Place {
        match self {
            ZoneKind::Gym
            | ZoneKind::Pool
            | ZoneKind::Hall
            | ZoneKind::Spa
            | ZoneKind::Vip
            | ZoneKind::Other => Place::MemberDoor,
            ZoneKind::ChangingRoom => Place::ChangingRoom,
            ZoneKind::Staff => Place::StaffZone,
            ZoneKind::Safe => Place::Safe,
        }
    }
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The branch. A zone never moves to another one: plans are sold for it.
    pub branch: Id,
    /// What the club calls it.
    pub name: Title,
    /// What it is for.
    pub kind: ZoneKind,
    /// How many people may be in it at once; nothing when that is not limited.
    pub capacity: Option<u32>,
}

/// Why a zone is not added or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneRefusal {
    /// There is none with this id.
    NotFound,
    /// There is no such branch.
    NoBranch,
    /// The zone belongs to another branch.
    OtherBranch,
    /// A door of the zone has methods that a zone of this kind cannot have.
    Door {
        /// The door.
        access_point: Id,
        /// Why not.
        refusal: MethodsRefusal,
    },
}

/// Adds a zone.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, zone: &Zone) -> Result<Result<Id, ZoneRefusal>, Fault> {
    if branch::get(work.tx, zone.branch)?.is_none() {
        return Ok(Err(ZoneRefusal::NoBranch));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO zones (id, branch_id, name, kind, capacity) VALUES ($1, $2, $3, $4, $5)",
        values![id, zone.branch, zone.name.as_str(), zone_kind(zone.kind), zone.capacity],
    )?;
    record_change(work.tx, acting, "zone_added", Subject::row(TABLE, id), None, Some(&words_of(zone)))?;
    Ok(Ok(id))
}

/// Puts another content in the place of a zone's. Another kind must suit the doors that the zone has.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    zone: &Zone,
) -> Result<Result<(), ZoneRefusal>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(ZoneRefusal::NotFound)) };
    if before.content.branch != zone.branch {
        return Ok(Err(ZoneRefusal::OtherBranch));
    }
    for (access_point, methods) in methods_in(work.tx, id)? {
        if let Err(refusal) = AccessMethods::new(zone.kind.place(), &methods) {
            return Ok(Err(ZoneRefusal::Door { access_point, refusal }));
        }
    }
    work.tx.execute(
        "UPDATE zones SET name = $1, kind = $2, capacity = $3 WHERE id = $4",
        values![zone.name.as_str(), zone_kind(zone.kind), zone.capacity, id],
    )?;
    let (before, after) = (words_of(&before.content), words_of(zone));
    record_change(work.tx, acting, "zone_changed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// Takes a zone out of use, or into use again. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set_closed(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    closed: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let before = get(work.tx, id)?.map(|kept| kept.closed_us);
    let sql = "UPDATE zones SET closed_us = $1 WHERE id = $2";
    let action = if closed { "zone_closed" } else { "zone_reopened" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed, sql, action })
}

/// A zone, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<Zone>>, Fault> {
    let sql = "SELECT id, branch_id, name, kind, capacity, closed_us FROM zones WHERE id = $1";
    tx.query_opt(sql, values![id])?.map(from_row).transpose()
}

/// The zones of a branch that are in use, the oldest first; `closed` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, branch: Id, closed: bool) -> Result<Vec<Kept<Zone>>, Fault> {
    let rows = tx.query(
        "SELECT id, branch_id, name, kind, capacity, closed_us FROM zones
         WHERE branch_id = $1 AND (closed_us IS NULL OR $2 = 1) ORDER BY id LIMIT $3",
        values![branch, i64::from(closed), LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The zones that are called so, of all branches, to the letter, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<Kept<Zone>>, Fault> {
    let rows = tx.query(
        "SELECT id, branch_id, name, kind, capacity, closed_us FROM zones WHERE name = $1 ORDER BY id LIMIT $2",
        values![name, LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// What the trace says of a zone.
fn words_of(zone: &Zone) -> String {
    let words = serde_json::json!({
        "branch": zone.branch, "name": zone.name.as_str(), "kind": zone_kind(zone.kind), "capacity": zone.capacity,
    });
    words.to_string()
}

/// The row of a list, also where it is a part of a larger one.
pub(crate) fn from_row(mut row: Row) -> Result<Kept<Zone>, Fault> {
    let capacity = if row.is_null(4) { None } else { Some(row.number(4)?) };
    let zone = Zone {
        branch: row.id(1)?,
        name: Title::parse(&row.text(2)?).map_err(|_| damaged("a zone"))?,
        kind: zone_kind_of(&row.text(3)?).ok_or_else(|| damaged("a zone"))?,
        capacity,
    };
    Ok(Kept { id: row.id(0)?, content: zone, closed_us: row.integer_or_null(5)? })
}

//! Devices: what asks on behalf of a door, a desk or a till, each bound to one thing and known by its token.
//!
//! A token is shown once, when the device is registered; the book keeps a keyed hash. One that was lost is not shown again: the
//! device is revoked and registered anew. Nothing is deleted, since the trace of passages names the device.

pub(crate) mod known;
pub mod sigur;
mod token;

use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::devices::sigur::Login;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::organisation::{NotFound, access_point, branch, till};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::damaged;

pub use token::{DeviceToken, TOKEN_BYTES, TOKEN_PREFIX};

/// The table, as the audit names it.
pub const TABLE: &str = "devices";

/// Devices of one list at most.
pub const LIST_MAX: u32 = 2_000;

/// How long a device may have been seen before it is noted again, in microseconds.
pub const SEEN_EVERY_US: i64 = 60_000_000;

/// What kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The generic door adapter.
    DoorAdapter,
    /// A kiosk at a door.
    Kiosk,
    /// A SIGUR server that delegates its decisions.
    SigurServer,
    /// A reader at the desk.
    DeskReader,
    /// A till.
    Till,
}

words! {
    /// The word that stands for a kind of device.
    kind_word, kind_of_word: Kind {
        DoorAdapter = "door_adapter", Kiosk = "kiosk", SigurServer = "sigur_server", DeskReader = "desk_reader",
        Till = "till",
    }
}

/// What a device is, with the one thing that it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The adapter of one access point.
    DoorAdapter {
        /// Which.
        access_point: Id,
    },
    /// The kiosk of one access point.
    Kiosk {
        /// Which.
        access_point: Id,
    },
    /// The reader of a desk, at one access point.
    DeskReader {
        /// Which.
        access_point: Id,
    },
    /// A till.
    Till {
        /// Which.
        till: Id,
    },
    /// A SIGUR server of a branch. [`sigur::set_point`] tells what its numbers mean.
    SigurServer {
        /// Which branch.
        branch: Id,
        /// The user of its Basic authentication; the password is the token.
        login: Login,
    },
}

impl Role {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Role::DoorAdapter { .. } => Kind::DoorAdapter,
            Role::Kiosk { .. } => Kind::Kiosk,
            Role::DeskReader { .. } => Kind::DeskReader,
            Role::Till { .. } => Kind::Till,
            Role::SigurServer { .. } => Kind::SigurServer,
        }
    }

    /// The access point that it is bound to; nothing for those that are bound to something else.
    #[must_use]
    pub const fn access_point(&self) -> Option<Id> {
        match self {
            Role::DoorAdapter { access_point }
            | Role::Kiosk { access_point }
            | Role::DeskReader { access_point } => Some(*access_point),
            Role::Till { .. } | Role::SigurServer { .. } => None,
        }
    }
}

/// A device to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// What the club calls it.
    pub name: Title,
    /// What it is.
    pub role: Role,
}

/// A device as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The row.
    pub id: Id,
    /// What the club calls it.
    pub name: Title,
    /// What it is.
    pub role: Role,
    /// Since when it is registered, in microseconds since 1970.
    pub added_us: i64,
    /// Since when its token opens nothing.
    pub revoked_us: Option<i64>,
    /// When it was seen last, to the minute; nothing when it never was.
    pub seen_us: Option<i64>,
}

impl Device {
    /// Whether [`note_seen`] would write: ask this before taking a place among those who write.
    #[must_use]
    pub fn is_to_be_noted(&self, now_us: i64) -> bool {
        self.seen_us.is_none_or(|seen_us| seen_us <= now_us.saturating_sub(SEEN_EVERY_US))
    }
}

/// A device that was registered.
pub struct Registered {
    /// The row.
    pub device: Id,
    /// Its token: to be shown now, and never again.
    pub token: DeviceToken,
}

/// Why a device is not registered. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRegistered {
    /// There is no such access point.
    NoAccessPoint,
    /// There is no such till.
    NoTill,
    /// There is no such branch.
    NoBranch,
}

/// Registers a device and makes its token.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn register(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    new: &NewDevice,
) -> Result<Result<Registered, NotRegistered>, Fault> {
    let (access_point, mut branch, mut till, mut login) = (new.role.access_point(), None, None, None);
    match &new.role {
        Role::DoorAdapter { access_point }
        | Role::Kiosk { access_point }
        | Role::DeskReader { access_point } => {
            if access_point::get(work.tx, *access_point)?.is_none() {
                return Ok(Err(NotRegistered::NoAccessPoint));
            }
        }
        Role::Till { till: of } => {
            if till::get(work.tx, *of)?.is_none() {
                return Ok(Err(NotRegistered::NoTill));
            }
            till = Some(*of);
        }
        Role::SigurServer { branch: of, login: user } => {
            if branch::get(work.tx, *of)?.is_none() {
                return Ok(Err(NotRegistered::NoBranch));
            }
            (branch, login) = (Some(*of), Some(user.as_str()));
        }
    }
    let (device, token) = (Id::new(acting.now_us)?, DeviceToken::generate()?);
    work.tx.devices_change();
    work.tx.execute(
        "INSERT INTO devices (id, kind, name, access_point_id, branch_id, till_id, login, key_hash, added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            device,
            kind_word(new.role.kind()),
            new.name.as_str(),
            access_point,
            branch,
            till,
            login,
            token.hash(&work.vault.ring()),
            acting.now_us
        ],
    )?;
    let after = serde_json::json!({
        "kind": kind_word(new.role.kind()), "name": new.name.as_str(), "access_point": access_point,
        "branch": branch, "till": till, "login": login,
    });
    let after = after.to_string();
    record_change(work.tx, acting, "device_registered", Subject::row(TABLE, device), None, Some(&after))?;
    Ok(Ok(Registered { device, token }))
}

/// Takes a device its token away, for good and from this moment on. Tells whether it had it still.
///
/// # Errors
/// When it cannot be written; the inner error when there is no such device.
pub fn revoke(work: &mut Work<'_, '_>, acting: &Acting, device: Id) -> Result<Result<bool, NotFound>, Fault> {
    let Some(kept) = get(work.tx, device)? else { return Ok(Err(NotFound)) };
    if kept.revoked_us.is_some() {
        return Ok(Ok(false));
    }
    work.tx.devices_change();
    work.tx.execute("UPDATE devices SET revoked_us = $1 WHERE id = $2", values![acting.now_us, device])?;
    let words = |since_us: Option<i64>| {
        let (kind, name) = (kind_word(kept.role.kind()), kept.name.as_str());
        serde_json::json!({ "kind": kind, "name": name, "revoked_us": since_us }).to_string()
    };
    let (before, after) = (words(None), words(Some(acting.now_us)));
    let subject = Subject::row(TABLE, device);
    record_change(work.tx, acting, "device_revoked", subject, Some(&before), Some(&after))?;
    Ok(Ok(true))
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// It is no device's.
    Unknown,
    /// It was taken away from this device.
    Revoked(Id),
}

/// The device with this token, read now: a revocation holds at once, in all processes of a chain. [`Store::device`] asks for it.
///
/// [`Store::device`]: crate::store::Store::device
///
/// # Errors
/// When the book cannot be read; the inner error when the token opens nothing.
pub fn find_by_token(
    tx: &mut Tx<'_>,
    vault: &Vault,
    token: &DeviceToken,
) -> Result<Result<Device, TokenRefusal>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM devices d WHERE d.key_hash = $1");
    let row = tx.query_opt(&sql, values![token.hash(&vault.ring())])?;
    let Some(device) = row.map(from_row).transpose()? else { return Ok(Err(TokenRefusal::Unknown)) };
    Ok(if device.revoked_us.is_some() { Err(TokenRefusal::Revoked(device.id)) } else { Ok(device) })
}

/// The access points that a device may speak for: its own, or all that a SIGUR server's numbers mean; none for a till.
///
/// # Errors
/// When the book cannot be read.
pub fn access_points(tx: &mut Tx<'_>, device: &Device) -> Result<Vec<Id>, Fault> {
    if let Some(access_point) = device.role.access_point() {
        return Ok(vec![access_point]);
    }
    let mut points: Vec<Id> =
        sigur::points(tx, device.id)?.into_iter().map(|(_, point)| point.access_point).collect();
    points.sort_unstable();
    points.dedup();
    Ok(points)
}

/// Notes that a device has asked, once in a minute at most. It is no deed, so that it leaves no entry in the audit.
///
/// # Errors
/// When it cannot be written.
pub fn note_seen(tx: &mut Tx<'_>, device: Id, now_us: i64) -> Result<(), Fault> {
    let before_us = now_us.saturating_sub(SEEN_EVERY_US);
    tx.devices_change();
    tx.execute(
        "UPDATE devices SET seen_us = $1 WHERE id = $2 AND (seen_us IS NULL OR seen_us <= $3)",
        values![now_us, device, before_us],
    )
    .map(drop)
}

/// A device, revoked ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Device>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM devices d WHERE d.id = $1");
    tx.query_opt(&sql, values![id])?.map(from_row).transpose()
}

/// The devices of a branch that are in use, the oldest first; `revoked` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, branch: Id, revoked: bool) -> Result<Vec<Device>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM devices d LEFT JOIN access_points p ON p.id = d.access_point_id
         LEFT JOIN zones z ON z.id = p.zone_id LEFT JOIN tills t ON t.id = d.till_id
         WHERE COALESCE(d.branch_id, z.branch_id, t.branch_id) = $1 AND (d.revoked_us IS NULL OR $2 = 1)
         ORDER BY d.id LIMIT $3"
    );
    tx.query(&sql, values![branch, i64::from(revoked), LIST_MAX])?.into_iter().map(from_row).collect()
}

const COLUMNS: &str =
    "d.id, d.kind, d.name, d.access_point_id, d.branch_id, d.till_id, d.login, d.added_us, d.revoked_us,
    d.seen_us";

fn from_row(mut row: Row) -> Result<Device, Fault> {
    const WHAT: &str = "a device";
    let role = match kind_of_word(&row.text(1)?).ok_or_else(|| damaged(WHAT))? {
        Kind::DoorAdapter => Role::DoorAdapter { access_point: row.id(3)? },
        Kind::Kiosk => Role::Kiosk { access_point: row.id(3)? },
        Kind::DeskReader => Role::DeskReader { access_point: row.id(3)? },
        Kind::Till => Role::Till { till: row.id(5)? },
        Kind::SigurServer => {
            let login = Login::parse(&row.text(6)?).ok_or_else(|| damaged(WHAT))?;
            Role::SigurServer { branch: row.id(4)?, login }
        }
    };
    Ok(Device {
        id: row.id(0)?,
        name: Title::parse(&row.text(2)?).map_err(|_| damaged(WHAT))?,
        role,
        added_us: row.integer(7)?,
        revoked_us: row.integer_or_null(8)?,
        seen_us: row.integer_or_null(9)?,
    })
}

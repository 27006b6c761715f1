//! A SIGUR server that delegates its decisions: how it signs in, and what its numbers mean.
//!
//! The server names access points by its own numbers and directions by 1 and 2. Which of the two is the way in is settled by no
//! document, and neither is the order of a card's bytes: both are settings of each access point.
//!
//! - [`delivery`]: its log of passages, entry by entry, each once; [`quarantine`]: entries that somebody should look at.

pub mod delivery;
pub mod quarantine;

use bonafide_domain::card::ByteOrder;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::devices::{Device, DeviceToken, Role, TABLE, TokenRefusal, find_by_token, get};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::organisation::access_point::{self, Direction};
use crate::organisation::zone;
use crate::passages::Way;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// The most characters of a login.
pub const LOGIN_CHARS_MAX: usize = 64;

/// Numbers of one server at most.
pub const POINTS_MAX: u32 = 2_000;

words! {
    /// The word that stands for the order in which a reader sends the bytes of a card.
    byte_order_word, byte_order_of_word: ByteOrder { AsOnCard = "as_on_card", Reversed = "reversed" }
}

/// The user of Basic authentication: 1 to [`LOGIN_CHARS_MAX`] visible ASCII characters without a colon, which would end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// Checks a login; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Login> {
        let fits = (1..=LOGIN_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        fits.then(|| Login(text.to_owned()))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a server is not let in. The checks stand in this order; the answer over the wire is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLetIn {
    /// The password is no device's token, or that of one that was revoked.
    Token(TokenRefusal),
    /// The token is that of another kind of device.
    OtherKind(Id),
    /// The token is right and the login is another one.
    OtherLogin(Id),
}

/// The server that signs in with this login and password. The password is the device's token, so that it is kept, and revoked,
/// like those of all others.
///
/// # Errors
/// When the book cannot be read; the inner error when it is not let in.
pub fn sign_in(
    tx: &mut Tx<'_>,
    vault: &Vault,
    login: &str,
    password: &str,
) -> Result<Result<Device, NotLetIn>, Fault> {
    let Some(token) = DeviceToken::parse(password) else {
        return Ok(Err(NotLetIn::Token(TokenRefusal::Unknown)));
    };
    let device = match find_by_token(tx, vault, &token)? {
        Ok(device) => device,
        Err(refusal) => return Ok(Err(NotLetIn::Token(refusal))),
    };
    Ok(match &device.role {
        Role::SigurServer { login: own, .. } if own.as_str() == login => Ok(device),
        Role::SigurServer { .. } => Err(NotLetIn::OtherLogin(device.id)),
        _ => Err(NotLetIn::OtherKind(device.id)),
    })
}

/// Which of a server's two directions is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidDirection {
    /// 1.
    One,
    /// 2.
    Two,
    /// 3, nothing, or what is no direction.
    Unknown,
}

/// What a number of a server means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Which access point.
    pub access_point: Id,
    /// Whether 1 is the way in; otherwise 2 is.
    pub one_is_entry: bool,
    /// In which order its readers send the bytes of a card.
    pub byte_order: ByteOrder,
}

impl Point {
    /// The way of a direction. An unknown one is that of a door with one way only; at another door nobody can tell.
    #[must_use]
    pub const fn way(&self, said: SaidDirection, door: Direction) -> Option<Way> {
        match (said, door) {
            (SaidDirection::One, _) if self.one_is_entry => Some(Way::Entry),
            (SaidDirection::One, _) => Some(Way::Exit),
            (SaidDirection::Two, _) if self.one_is_entry => Some(Way::Exit),
            (SaidDirection::Two, _) => Some(Way::Entry),
            (SaidDirection::Unknown, Direction::Entry) => Some(Way::Entry),
            (SaidDirection::Unknown, Direction::Exit) => Some(Way::Exit),
            (SaidDirection::Unknown, Direction::Both) => None,
        }
    }
}

/// Why a number is not set. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSet {
    /// There is no such SIGUR server, or it was revoked.
    NoServer,
    /// There is no such access point.
    NoAccessPoint,
    /// The access point is in another branch than the server.
    OtherBranch,
    /// There are [`POINTS_MAX`] numbers already.
    TooMany,
}

/// Says what a number of a server means, in place of what it meant before; nothing takes the number out. Tells whether it
/// meant something else.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn set_point(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    server: Id,
    number: u32,
    point: Option<&Point>,
) -> Result<Result<bool, NotSet>, Fault> {
    let device = get(work.tx, server)?.filter(|device| device.revoked_us.is_none());
    let Some(Role::SigurServer { branch, .. }) = device.map(|device| device.role) else {
        return Ok(Err(NotSet::NoServer));
    };
    let before = self::point(work.tx, server, i64::from(number))?;
    if let Some(point) = point
        && let Err(refusal) = may_be_set(work.tx, (server, branch), point, before.is_none())?
    {
        return Ok(Err(refusal));
    }
    if before.as_ref() == point {
        return Ok(Ok(false));
    }
    match point {
        Some(point) => work.tx.execute(
            "INSERT INTO sigur_points (device_id, number, access_point_id, entry_direction, byte_order)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (device_id, number) DO UPDATE SET access_point_id = excluded.access_point_id,
                 entry_direction = excluded.entry_direction, byte_order = excluded.byte_order",
            values![
                server,
                number,
                point.access_point,
                if point.one_is_entry { 1_i64 } else { 2 },
                byte_order_word(point.byte_order)
            ],
        )?,
        None => work.tx.execute(
            "DELETE FROM sigur_points WHERE device_id = $1 AND number = $2",
            values![server, number],
        )?,
    };
    let words = |point: &Point| {
        let entry_direction = if point.one_is_entry { 1 } else { 2 };
        let order = byte_order_word(point.byte_order);
        serde_json::json!({
            "number": number, "access_point": point.access_point, "entry_direction": entry_direction,
            "byte_order": order,
        })
        .to_string()
    };
    let (before, after) = (before.as_ref().map(words), point.map(words));
    let subject = Subject::row(TABLE, server);
    record_change(work.tx, acting, "sigur_point_set", subject, before.as_deref(), after.as_deref())?;
    Ok(Ok(true))
}

fn may_be_set(
    tx: &mut Tx<'_>,
    (server, branch): (Id, Id),
    point: &Point,
    is_new: bool,
) -> Result<Result<(), NotSet>, Fault> {
    let Some(door) = access_point::get(tx, point.access_point)? else {
        return Ok(Err(NotSet::NoAccessPoint));
    };
    let zone = zone::get(tx, door.content.zone)?.ok_or_else(|| damaged("an access point"))?;
    if zone.content.branch != branch {
        return Ok(Err(NotSet::OtherBranch));
    }
    let sql = "SELECT COUNT(*) FROM sigur_points WHERE device_id = $1";
    if is_new && tx.query_one(sql, values![server])?.number(0)? >= POINTS_MAX {
        return Ok(Err(NotSet::TooMany));
    }
    Ok(Ok(()))
}

/// What a number of a server means; `None` when nobody has said so.
///
/// # Errors
/// When the book cannot be read.
pub fn point(tx: &mut Tx<'_>, server: Id, number: i64) -> Result<Option<Point>, Fault> {
    let row = tx.query_opt(
        "SELECT access_point_id, entry_direction, byte_order FROM sigur_points
         WHERE device_id = $1 AND number = $2",
        values![server, number],
    )?;
    row.map(|mut row| point_of(&mut row, 0)).transpose()
}

/// All numbers of a server with what they mean, in order.
///
/// # Errors
/// When the book cannot be read.
pub fn points(tx: &mut Tx<'_>, server: Id) -> Result<Vec<(u32, Point)>, Fault> {
    let rows = tx.query(
        "SELECT number, access_point_id, entry_direction, byte_order FROM sigur_points
         WHERE device_id = $1 ORDER BY number LIMIT $2",
        values![server, POINTS_MAX],
    )?;
    rows.into_iter().map(|mut row| Ok((row.number(0)?, point_of(&mut row, 1)?))).collect()
}

fn point_of(row: &mut Row, first: usize) -> Result<Point, Fault> {
    Ok(Point {
        access_point: row.id(first)?,
        one_is_entry: row.integer(first + 1)? == 1,
        byte_order: byte_order_of_word(&row.text(first + 2)?)
            .ok_or_else(|| damaged("an access point of a SIGUR server"))?,
    })
}

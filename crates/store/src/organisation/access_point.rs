//! Access points: doors, turnstiles, gates, each into or out of one zone.

use bonafide_domain::access_method::{AccessMethods, Method};
use bonafide_domain::admission::rules::{Demands, DemandsRefusal};
use bonafide_domain::plain_text::Title;

use bonafide_domain::profile::Language;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::zone::{self, zone_kind_of};
use crate::organisation::{Closing, Kept, LIST_MAX, NotFound, write_closing};
use crate::passages::door;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::{damaged, from_text, to_text};

const TABLE: &str = "access_points";

/// Which way one passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In only.
    Entry,
    /// Out only.
    Exit,
    /// Both ways.
    Both,
}

/// What an entrance does while the book cannot be written. Leaving is never refused, whatever stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenUnwritable {
    /// Admit whom the emergency journal can note.
    KeepAdmitting,
    /// Admit nobody.
    Deny,
}

words! {
    /// The word that stands for a direction.
    direction, direction_of: Direction { Entry = "entry", Exit = "exit", Both = "both" }
}

words! {
    /// The word that stands for what is done while the book cannot be written.
    when_unwritable, when_unwritable_of: WhenUnwritable { KeepAdmitting = "keep_admitting", Deny = "deny" }
}

words! {
    /// The word that stands for a way to show who one is.
    method, method_of: Method {
        ClubNumber = "club_number", CardNumber = "card_number", CardProof = "card_proof",
        DeviceKey = "device_key", PhoneCode = "phone_code", Face = "face", Voice = "voice",
        FingerprintOrPalm = "fingerprint_or_palm", Pin = "pin",
    }
}

/// An access point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPoint {
    /// The zone behind it.
    pub zone: Id,
    /// What the club calls it.
    pub name: Title,
    /// Which way.
    pub direction: Direction,
    /// What may be shown; never biometrics only, because the type has no such value (case B-23).
    pub methods: AccessMethods,
    /// What is done while the book cannot be written.
    pub when_unwritable: WhenUnwritable,
}

/// Why an access point is not added or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessPointRefusal {
    /// There is none with this id.
    NotFound,
    /// There is no such zone.
    NoZone,
    /// The methods were checked for another kind of place than this zone is.
    OtherPlace,
    /// What the door demands could not be shown any more: set its rules first.
    Demanded(DemandsRefusal),
}

/// Adds an access point.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    point: &AccessPoint,
) -> Result<Result<Id, AccessPointRefusal>, Fault> {
    if let Err(refusal) = fits(work.tx, point)? {
        return Ok(Err(refusal));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO access_points (id, zone_id, name, direction, methods, when_unwritable)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            id,
            point.zone,
            point.name.as_str(),
            direction(point.direction),
            methods_text(point.methods.methods())?,
            when_unwritable(point.when_unwritable)
        ],
    )?;
    let after = words_of(point);
    record_change(work.tx, acting, "access_point_added", Subject::row(TABLE, id), None, Some(&after))?;
    Ok(Ok(id))
}

/// Puts another content in the place of an access point's.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    point: &AccessPoint,
) -> Result<Result<(), AccessPointRefusal>, Fault> {
    if let Err(refusal) = fits(work.tx, point)? {
        return Ok(Err(refusal));
    }
    let Some(before) = get(work.tx, id)? else { return Ok(Err(AccessPointRefusal::NotFound)) };
    if let Err(refusal) = Demands::new(&point.methods, &door::combinations(work.tx, id)?) {
        return Ok(Err(AccessPointRefusal::Demanded(refusal)));
    }
    work.tx.execute(
        "UPDATE access_points SET zone_id = $1, name = $2, direction = $3, methods = $4, when_unwritable = $5
         WHERE id = $6",
        values![
            point.zone,
            point.name.as_str(),
            direction(point.direction),
            methods_text(point.methods.methods())?,
            when_unwritable(point.when_unwritable),
            id
        ],
    )?;
    let (before, after) = (words_of(&before.content), words_of(point));
    record_change(
        work.tx,
        acting,
        "access_point_changed",
        Subject::row(TABLE, id),
        Some(&before),
        Some(&after),
    )?;
    Ok(Ok(()))
}

/// Takes an access point out of use, or into use again. Tells whether it was otherwise before.
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
    let sql = "UPDATE access_points SET closed_us = $1 WHERE id = $2";
    let action = if closed { "access_point_closed" } else { "access_point_reopened" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed, sql, action })
}

/// Has a camera at the access point make sure that a living person stands before it, or not. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written; the inner error when there is no such access point.
pub fn set_liveness(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    on: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let row = work.tx.query_opt("SELECT liveness FROM access_points WHERE id = $1", values![id])?;
    let Some(mut row) = row else { return Ok(Err(NotFound)) };
    let before = row.boolean(0)?;
    if before == on {
        return Ok(Ok(false));
    }
    work.tx.execute("UPDATE access_points SET liveness = $1 WHERE id = $2", values![on, id])?;
    let [was, is] = [before, on].map(|on| serde_json::json!({ "liveness": on }).to_string());
    record_change(work.tx, acting, "liveness_set", Subject::row(TABLE, id), Some(&was), Some(&is))?;
    Ok(Ok(true))
}

/// An access point, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<AccessPoint>>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id, p.zone_id, p.name, p.direction, p.methods, p.when_unwritable, p.closed_us, z.kind
         FROM access_points p JOIN zones z ON z.id = p.zone_id WHERE p.id = $1",
        values![id],
    )?;
    row.map(from_row).transpose()
}

/// The access points of a branch that are in use, the oldest first; `closed` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, branch: Id, closed: bool) -> Result<Vec<Kept<AccessPoint>>, Fault> {
    let rows = tx.query(
        "SELECT p.id, p.zone_id, p.name, p.direction, p.methods, p.when_unwritable, p.closed_us, z.kind
         FROM access_points p JOIN zones z ON z.id = p.zone_id
         WHERE z.branch_id = $1 AND (p.closed_us IS NULL OR $2 = 1) ORDER BY p.id LIMIT $3",
        values![branch, i64::from(closed), LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The access points that are called so, of all branches, to the letter, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<Kept<AccessPoint>>, Fault> {
    let rows = tx.query(
        "SELECT p.id, p.zone_id, p.name, p.direction, p.methods, p.when_unwritable, p.closed_us, z.kind
         FROM access_points p JOIN zones z ON z.id = p.zone_id WHERE p.name = $1 ORDER BY p.id LIMIT $2",
        values![name, LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// What may be shown at each access point of a zone, closed ones included.
pub(super) fn methods_in(tx: &mut Tx<'_>, zone: Id) -> Result<Vec<(Id, Vec<Method>)>, Fault> {
    let sql = "SELECT id, methods FROM access_points WHERE zone_id = $1 ORDER BY id";
    let rows = tx.query(sql, values![zone])?;
    rows.into_iter().map(|mut row| Ok((row.id(0)?, methods_of(&row.text(1)?)?))).collect()
}

fn fits(tx: &mut Tx<'_>, point: &AccessPoint) -> Result<Result<(), AccessPointRefusal>, Fault> {
    let Some(zone) = zone::get(tx, point.zone)? else { return Ok(Err(AccessPointRefusal::NoZone)) };
    let same = zone.content.kind.place() == point.methods.place();
    Ok(if same { Ok(()) } else { Err(AccessPointRefusal::OtherPlace) })
}

/// What the trace says of an access point.
fn words_of(point: &AccessPoint) -> String {
    let methods: Vec<_> = point.methods.methods().iter().map(|&one| method(one)).collect();
    let words = serde_json::json!({
        "zone": point.zone, "name": point.name.as_str(), "direction": direction(point.direction), "methods": methods,
        "when_unwritable": when_unwritable(point.when_unwritable),
    });
    words.to_string()
}

fn methods_text(methods: &[Method]) -> Result<String, Fault> {
    to_text(&methods.iter().map(|&one| method(one)).collect::<Vec<_>>())
}

fn methods_of(text: &str) -> Result<Vec<Method>, Fault> {
    let words: Vec<String> = from_text(text, "an access point")?;
    let methods = words.iter().map(|word| method_of(word)).collect::<Option<_>>();
    methods.ok_or_else(|| damaged("an access point"))
}

/// The row of a list, also where it is a part of a larger one.
pub(crate) fn from_row(mut row: Row) -> Result<Kept<AccessPoint>, Fault> {
    const WHAT: &str = "an access point";
    let kind = zone_kind_of(&row.text(7)?).ok_or_else(|| damaged(WHAT))?;
    // Checked again: a row that was made biometrics only behind the program's back opens nothing.
    let methods = AccessMethods::new(kind.place(), &methods_of(&row.text(4)?)?).map_err(|_| damaged(WHAT))?;
    let point = AccessPoint {
        zone: row.id(1)?,
        name: Title::parse(&row.text(2)?).map_err(|_| damaged(WHAT))?,
        direction: direction_of(&row.text(3)?).ok_or_else(|| damaged(WHAT))?,
        methods,
        when_unwritable: when_unwritable_of(&row.text(5)?).ok_or_else(|| damaged(WHAT))?,
    };
    Ok(Kept { id: row.id(0)?, content: point, closed_us: row.integer_or_null(6)? })
}

/// What the branch of an access point speaks; nothing when there is no such access point.
///
/// # Errors
/// When the book cannot be read.
pub fn language(tx: &mut Tx<'_>, id: Id) -> Result<Option<Language>, Fault> {
    let row = tx.query_opt(
        "SELECT b.language FROM access_points p JOIN zones z ON z.id = p.zone_id JOIN branches b ON b.id = z.branch_id
         WHERE p.id = $1",
        values![id],
    )?;
    let word = row.map(|mut row| row.text(0)).transpose()?;
    Ok(word.and_then(|word| Language::of_code(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_methods_stay() {
        use Method::{
            CardNumber, CardProof, ClubNumber, DeviceKey, Face, FingerprintOrPalm, PhoneCode, Pin, Voice,
        };
        let all =
            [ClubNumber, CardNumber, CardProof, DeviceKey, PhoneCode, Face, Voice, FingerprintOrPalm, Pin];
        let text = r#"["club_number","card_number","card_proof","device_key","phone_code","face","voice","fingerprint_or_palm","pin"]"#;
        assert_eq!(methods_text(&all).unwrap(), text);
        assert_eq!(methods_of(text).unwrap(), all);
        for bad in ["", "{}", r#""face""#, r#"["iris"]"#, "[1]"] {
            assert!(methods_of(bad).is_err(), "{bad}");
        }
    }
}
